"""`images`: the verifier can do what it is named for, and does not stand in its own way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog import minor
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.flows import End
from hardener.profile.zones import Zone
from hardener.rules import labels
from hardener.source import KeyPath, Source

# kubeVersion in charts/kyverno/Chart.yaml of Kyverno 1.17 to 1.19.
_KYVERNO_SINCE: Final = 25
_SIGSTORE: Final = "policy.sigstore.dev"


def kyverno_runs_there(profile: Profile, source: Source) -> Iterator[Problem]:
    """The Kyverno that knows policies for images as they stay is installed on no older Kubernetes."""
    at = profile.cluster.kubernetes
    if profile.images.verifier == "kyverno" and minor(at) < _KYVERNO_SINCE:
        yield source.problem(
            ("images", "verifier"),
            f"Kyverno 1.17, the first with these policies, is not installed on Kubernetes {at}",
            help=f"upgrade to 1.{_KYVERNO_SINCE}, or leave it out: a gap then says that nobody verifies images",
            rule="images.version",
        )


def sigstore_is_told_of_one_set(profile: Profile, source: Source) -> Iterator[Problem]:
    """A ClusterImagePolicy knows images and labels of pods, and no namespaces (MatchResource in its types)."""
    if profile.images.verifier != "sigstore":
        return
    first: tuple[str, Zone] | None = None
    for name, zone in profile.zones.items():
        if not zone.signers:
            continue
        if first is None:
            first = name, zone
        elif set(zone.signers) != set(first[1].signers):
            yield source.problem(
                ("zones", name, "signers"),
                f"zone {first[0]} has other signers, and sigstore's policy controller tells no zones apart",
                help=f"name the same signers as zone {first[0]}, or use kyverno",
                rule="images.signers",
            )


def images_have_an_age(profile: Profile, source: Source) -> Iterator[Problem]:
    """When an image was built its builder says: that counts only where somebody verifies who that is."""
    if profile.images.max_age is None:
        return
    if profile.images.verifier != "kyverno":
        what, help = "nobody asks how old an image is", "write verifier: kyverno, or leave maxAge out"
    elif not any(zone.signers for zone in profile.zones.values()):
        what = "no zone has signers, and of an image that nobody signed anybody may say when it was built"
        help = "name signers at a zone, or leave maxAge out"
    else:
        return
    yield source.problem(("images", "maxAge"), what, help=help, rule="images.age")


def verifiers_do_not_verify_themselves(profile: Profile, source: Source) -> Iterator[Problem]:
    """Once its pods are gone, nothing could start them: each waits for the verifier."""
    for path, zone in _home(profile):
        if profile.zones[zone].signers:
            yield source.problem(
                (*path, "zone"),
                f"{profile.images.verifier} runs here, and pods of zone {zone} start only once it has verified them",
                help="choose a zone without signers for its namespace",
                rule="images.itself",
            )


def verifiers_can_be_reached(profile: Profile, source: Source) -> Iterator[Problem]:
    """The API server asks a verifier before a pod starts; where it gets no answer, nothing starts."""
    for path, zone in _home(profile):
        tenant = str(path[1])
        ends = [(flow.source, flow.target) for flow in profile.flows]
        home = profile.images.home
        calls = any(each.api_server and _includes(other, home, tenant, zone) for each, other in ends)
        asks = any(each.api_server and _includes(other, home, tenant, zone) for other, each in ends)
        if not (calls and asks):
            missing = f"{{apiServer: true}} to {{namespace: {home}}}"
            missing = missing if not calls else f"{{namespace: {home}}} to {{apiServer: true}}"
            yield source.problem(
                path,
                f"{profile.images.verifier} runs here, and no flow goes from {missing}: no signed pod would start",
                help="add the flow, with the port of its webhook or of the API server",
                rule="images.unreachable",
                at_key=True,
            )


def labels_of_verifiers_are_theirs(profile: Profile, source: Source) -> Iterator[Problem]:
    """By this label a namespace leaves what is verified."""
    if profile.images.verifier != "sigstore":
        return
    for owner, tenant in profile.tenants.items():
        for name, namespace in tenant.namespaces.items():
            for key in namespace.labels:
                if labels.prefix_of(key) == _SIGSTORE:
                    yield source.problem(
                        ("tenants", owner, "namespaces", name, "labels", key),
                        f"what begins with {_SIGSTORE} says which images are verified, and that is for zones to say",
                        help="remove it: hardener writes it where a zone has signers",
                        rule="label.reserved",
                        at_key=True,
                    )


def _home(profile: Profile) -> Iterator[tuple[KeyPath, str]]:
    """Where the profile has the verifier's namespace among its tenants', and in which zone."""
    if profile.images.verifier is None:
        return
    for owner, tenant in profile.tenants.items():
        namespace = tenant.namespaces.get(profile.images.home)
        if namespace is not None and namespace.zone in profile.zones:
            yield ("tenants", owner, "namespaces", profile.images.home), namespace.zone


def _includes(end: End, namespace: str, tenant: str, zone: str) -> bool:
    return namespace == end.namespace or tenant == end.tenant or zone == end.zone
