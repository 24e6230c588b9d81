"""`controlPlane.authentication.oidc`: issuers that Kubernetes can be told, and whose names it keeps apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog import minor
from hardener.catalog.identities import own_names, own_prefixes
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.authentication import Oidc
from hardener.profile.cluster import Cluster
from hardener.source import KeyPath, Source

_ROOT: Final = ("controlPlane", "authentication", "oidc")
# From here on a file names the issuers, and can refuse the names of the cluster's own.
_FILE_SINCE: Final = 30
# ValidateAuthenticationConfiguration in k8s.io/apiserver.
_MOST: Final = 64


def issuers_are_distinct(profile: Profile, source: Source) -> Iterator[Problem]:
    """Of two entries for one issuer, the API server would not know which to believe."""
    seen: set[str] = set()
    for index, oidc in enumerate(profile.control_plane.authentication.oidc):
        if oidc.issuer in seen:
            what = f"{oidc.issuer} stands above already"
            help = "keep one of the two, with the audiences of both"
            yield source.problem((*_ROOT, index, "issuer"), what, help=help, rule="settings.issuer-twice")
        seen.add(oidc.issuer)
    if len(seen) > _MOST:
        what = f"{len(seen)} issuers are more than the {_MOST} that Kubernetes takes"
        yield source.problem(_ROOT, what, help="let fewer issuers vouch for users", rule="settings.issuers")


def issuers_authorities_are_certificates(profile: Profile, source: Source) -> Iterator[Problem]:
    """An API server that is given anything else does not start."""
    for index, oidc in enumerate(profile.control_plane.authentication.oidc):
        if oidc.certificate_authority and not _are_certificates(oidc.certificate_authority):
            what = "these are no certificates that can be read"
            help = "paste the PEM text of the CA as it is, from its first BEGIN to its last END"
            yield source.problem((*_ROOT, index, "certificateAuthority"), what, help=help, rule="settings.issuer-ca")


def _are_certificates(pem: str) -> bool:
    from ssl import PROTOCOL_TLS_CLIENT, SSLContext, SSLError

    try:
        SSLContext(PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (SSLError, ValueError):
        return False
    return True


def names_are_not_the_clusters_own(profile: Profile, source: Source) -> Iterator[Problem]:
    """Whoever is called system:masters may do everything, and kubeadm:cluster-admins where kubeadm set it up."""
    for index, oidc in enumerate(profile.control_plane.authentication.oidc):
        prefixes = (("usernamePrefix", oidc.username_prefix), ("groupsPrefix", oidc.groups_prefix))
        for key, prefix in prefixes:
            what = "" if prefix is None else _impostor(prefix, profile.cluster)
            if what:
                help = "choose a prefix of your own, such as staff:"
                yield source.problem((*_ROOT, index, key), what, help=help, rule="settings.prefix")
        if oidc.groups_prefix is not None and oidc.groups_claim is None:
            what = "a prefix for groups, and no claim that names any"
            help = "add groupsClaim, or leave groupsPrefix out"
            yield source.problem((*_ROOT, index, "groupsPrefix"), what, help=help, rule="settings.prefix")


def _impostor(prefix: str, cluster: Cluster) -> str:
    """How names with this prefix can be the cluster's own; empty if they cannot."""
    prefixes, names = own_prefixes(cluster.distribution), own_names(cluster.distribution)
    for own in prefixes:
        if prefix.startswith(own):
            return f"names that begin with {own} are the cluster's own"
    for own in (*prefixes, *names) if minor(cluster.kubernetes) < _FILE_SINCE else ():
        if own.startswith(prefix):
            whole = f"a name that begins with {own}" if own in prefixes else own
            return f"a token could complete this to {whole}, the cluster's own, and nothing refuses that before 1.30"
    return ""


def old_releases_know_one_issuer(profile: Profile, source: Source) -> Iterator[Problem]:
    """Before 1.30 there are only flags: one issuer, one audience, and nothing that refuses a name but a prefix."""
    if minor(profile.cluster.kubernetes) >= _FILE_SINCE:
        return
    for index, oidc in enumerate(profile.control_plane.authentication.oidc):
        path = (*_ROOT, index)
        if index:
            what = "before Kubernetes 1.30 there can be but one issuer"
            yield source.problem(path, what, help="keep one, or upgrade", rule="settings.issuers")
        if len(oidc.audiences) > 1:
            what = "before Kubernetes 1.30 an issuer can have but one audience"
            yield source.problem((*path, "audiences"), what, help="keep one, or upgrade", rule="settings.issuers")
        yield from _missing_prefixes(oidc, path, source)


def _missing_prefixes(oidc: Oidc, path: KeyPath, source: Source) -> Iterator[Problem]:
    # To the flags, a prefix of - means none.
    asked = [("usernamePrefix", oidc.username_prefix, "user")]
    if oidc.groups_claim is not None:
        asked.append(("groupsPrefix", oidc.groups_prefix, "group"))
    for key, prefix, noun in asked:
        if prefix in (None, "-"):
            what = f"before Kubernetes 1.30 nothing but a prefix keeps a token from naming a {noun} of Kubernetes' own"
            yield source.problem((*path, key), what, help=f"add {key}, such as staff:", rule="settings.prefix")
