"""Whoever has no name reaches the API server's health alone, and tokens name nobody of the cluster's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from hardener.catalog import api_version, minor
from hardener.catalog.identities import own_names, own_prefixes
from hardener.profile import Profile
from hardener.profile.authentication import Oidc
from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.objects import Object, finding, shaped
from hardener.verify.settings.chosen import FILES_SINCE, HEALTH, PATHS_SINCE
from hardener.verify.settings.documents import of_single
from hardener.verify.settings.shapes import Anonymous, AuthenticationConfiguration, Jwt, Mapped

FILE: Final = "control-plane/authentication-configuration.yaml"
AUTHORITY: Final = "control-plane/oidc-ca.crt"
_SOURCE: Final = ("controlPlane", "authentication")
# The two rules that are understood: none of many conditions holds of the user, and of each group.
_USER: Final = re.compile(r"!\((?P<any>.*)\)")
_GROUPS: Final = re.compile(r"user\.groups\.all\((?P<name>[a-z]+), !\((?P<any>.*)\)\)")
_BEGINS: Final = re.compile(r"(?P<name>[a-z.]+)\.startsWith\('(?P<prefix>[^'\\]*)'\)")
_AMONG: Final = re.compile(r"(?P<name>[a-z.]+) in \[(?P<names>'[^'\\]*'(?:, ?'[^'\\]*')*)\]")


def authentication(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """What is wrong with AuthenticationConfiguration, or with the authority of the issuer that flags name."""
    yield from _authority(files, profile)
    yield from of_single(files, FILE, lambda document: _believed(document, profile))


def _believed(document: Object, profile: Profile) -> Iterator[Finding]:
    at = minor(profile.cluster.kubernetes)
    found = shaped(document, AuthenticationConfiguration, "settings")
    if at < FILES_SINCE or found.api_version != api_version("AuthenticationConfiguration", at):
        message = f"no API server of Kubernetes 1.{at} reads {found.api_version}"
        yield finding("settings", document, message, "apiVersion")
    if message := _anonymous(found.anonymous, profile, at):
        yield finding("settings", document, message, "anonymous", at=(*_SOURCE, "anonymous"))
    asked = {oidc.issuer: (number, oidc) for number, oidc in enumerate(profile.control_plane.authentication.oidc)}
    for number, jwt in enumerate(found.jwt):
        if jwt.issuer.url not in asked:
            message = f"tokens of {jwt.issuer.url} are believed, which the profile does not name"
            yield finding("settings", document, message, "jwt", number, at=(*_SOURCE, "oidc"))
            continue
        index, oidc = asked.pop(jwt.issuer.url)
        yield from _issuer(document, ("jwt", number), jwt, oidc, index)
        if message := _refused_at_start(jwt):
            yield finding("settings", document, message, "jwt", number, at=(*_SOURCE, "oidc", index))
        yield from _own(document, ("jwt", number, "userValidationRules"), jwt, profile.cluster.distribution)
    for url, (index, _) in asked.items():
        message = f"tokens of {url} are not believed"
        yield finding("settings", document, message, "jwt", at=(*_SOURCE, "oidc", index))


def _anonymous(found: Anonymous | None, profile: Profile, at: int) -> str:
    """What somebody without a name may ask beyond what is promised; empty where that is nothing."""
    if found is None:
        asked = profile.control_plane.authentication.anonymous == "health" and at >= PATHS_SINCE
        return "anonymous is missing: whoever has no name may ask for anything that RBAC leaves it" if asked else ""
    if at < PATHS_SINCE:
        return f"anonymous is unknown at Kubernetes 1.{at}, whose API server does not start with it"
    if not found.enabled:
        return "" if not found.conditions else "anonymous is off and has conditions: no API server starts with both"
    if not found.conditions:
        return "whoever has no name may ask for anything that RBAC leaves it"
    paths = [each.path for each in found.conditions]
    if beyond := [path for path in paths if path not in HEALTH]:
        return f"whoever has no name may ask for {beyond[0]}"
    missing = [path for path in HEALTH if path not in paths]
    return f"the probes of the API server get no answer from {missing[0]}" if missing else ""


def _issuer(document: Object, path: KeyPath, jwt: Jwt, oidc: Oidc, index: int) -> Iterator[Finding]:
    """Where an issuer's tokens are taken for more than the profile takes them for."""
    claims = {rule.claim: rule.required_value for rule in jwt.claim_validation_rules}
    mappings = jwt.claim_mappings
    said = (
        ("audiences", bool(jwt.issuer.audiences) and {*jwt.issuer.audiences} <= {*oidc.audiences}),
        ("usernameClaim", mappings.username == Mapped(claim=oidc.username_claim, prefix=oidc.username_prefix or "")),
        ("groupsClaim", mappings.groups == _groups(oidc)),
        ("requiredClaims", oidc.required_claims.items() <= claims.items()),
        (
            "certificateAuthority",
            jwt.issuer.certificate_authority.split() == (oidc.certificate_authority or "").split(),
        ),
    )
    for key, holds in said:
        if not holds:
            message = f"of the tokens of {oidc.issuer}, {key} is not as the profile says"
            yield finding("settings", document, message, *path, at=(*_SOURCE, "oidc", index, key))


def _refused_at_start(jwt: Jwt) -> str:
    """Why no API server starts with it; empty if one does (pkg/apis/apiserver/validation of k8s.io/apiserver)."""
    for what, named in (
        ("audience", jwt.issuer.audiences),
        ("claim", [rule.claim for rule in jwt.claim_validation_rules]),
        ("rule", [rule.expression for rule in jwt.user_validation_rules]),
    ):
        if "" in named or len(set(named)) < len(named):
            return f"each {what} says something, and once: no API server starts with this"
    if len(jwt.issuer.audiences) > 1 and not jwt.issuer.audience_match_policy:
        return "several audiences need audienceMatchPolicy: MatchAny: no API server starts without it"
    return ""


def _groups(oidc: Oidc) -> Mapped | None:
    return Mapped(claim=oidc.groups_claim, prefix=oidc.groups_prefix or "") if oidc.groups_claim else None


def _own(document: Object, path: KeyPath, jwt: Jwt, installer: str) -> Iterator[Finding]:
    """Names of the cluster's own that a token may name."""
    users, groups = set[str](), set[str]()
    for number, rule in enumerate(jwt.user_validation_rules):
        of_groups = _GROUPS.fullmatch(rule.expression)
        of_user = None if of_groups else _USER.fullmatch(rule.expression)
        refused = _refused(of_groups["any"], of_groups["name"]) if of_groups else None
        if of_user:
            refused = _refused(of_user["any"], "user.username")
        if refused is None:
            message = f"nobody knows what this rule refuses: {rule.expression[:80]}"
            yield finding("settings", document, message, *path, number, at=(*_SOURCE, "oidc"))
            continue
        (groups if of_groups else users).update(refused)
    for name in (*own_prefixes(installer), *own_names(installer)):
        for kind, refused in (("user", users), ("group", groups)):
            if name not in refused:
                example = f"{name}masters" if name.endswith(":") else name
                message = (
                    f"a token of {jwt.issuer.url} may name the {kind} {example}, which is one of the cluster's own"
                )
                yield finding("settings", document, message, *path, at=(*_SOURCE, "oidc"))


def _refused(conditions: str, name: str) -> set[str] | None:
    """The beginnings and the names that an expression refuses; None where it is not understood."""
    found: set[str] = set()
    for condition in conditions.split(" || "):
        begins, among = _BEGINS.fullmatch(condition), _AMONG.fullmatch(condition)
        if begins and begins["name"] == name and begins["prefix"]:
            found.add(begins["prefix"])
        elif among and among["name"] == name:
            found.update(re.findall(r"'([^']*)'", among["names"]))
        else:
            return None
    return found


def _authority(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    oidc = profile.control_plane.authentication.oidc
    if AUTHORITY in files and oidc and files[AUTHORITY].split() != (oidc[0].certificate_authority or "").split():
        message = f"these are not the certificates by which {oidc[0].issuer} is known"
        yield Finding(
            word="settings", file=AUTHORITY, message=message, at=(*_SOURCE, "oidc", 0, "certificateAuthority")
        )
