"""ClusterImagePolicies, and the label by which sigstore's policy controller knows where it looks.

(pkg/apis/policy/v1beta1 of its module for the fields and what is taken where they are left out, and
pkg/webhook/validator.go for what they do: of several policies each must be satisfied, and of each one authority.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.images.promised import Signers, Somebody, of_namespaces, of_zone
from hardener.verify.images.shapes import Authority, Everywhere
from hardener.verify.images.signatures import Asked, Wrong, compared
from hardener.verify.objects import NotUnderstoodError, Object, finding, shaped
from hardener.verify.written import Written

LABEL: Final = "policy.sigstore.dev/include"
_FULCIO: Final = ("", "https://fulcio.sigstore.dev")
_REKOR: Final = "https://rekor.sigstore.dev"


def sigstore(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each thing that these policies and labels ask otherwise than the profile does."""
    looked_at = frozenset(each.name for each in written.of("Namespace") if each.labels.get(LABEL) == "true")
    yield from _labels(written, profile)
    found: list[Asked] = []
    for each in written.of("ClusterImagePolicy"):
        try:
            found.append(asked(each, profile, looked_at))
        except NotUnderstoodError as error:
            yield error.finding
    yield from compared(found, profile, "sigstore")


def asked(object: Object, profile: Profile, looked_at: frozenset[str]) -> Asked:
    """Whose signatures a policy asks for in the namespaces that are looked at. Raises NotUnderstoodError."""
    policy = shaped(object, Everywhere, "pods", "spec")
    home = profile.images.home
    signers: Signers = frozenset(who for each in policy.authorities for who in _whose(each, home))
    return Asked(object, looked_at, signers, tuple(_wrong(policy, home)))


def _wrong(policy: Everywhere, home: str) -> Iterator[Wrong]:
    if policy.mode != "enforce":
        yield f"what breaks it starts all the same: its mode is {policy.mode}", ("spec", "mode")
    if not any(each.glob == "**" for each in policy.images):
        yield "images of other names start unsigned", ("spec", "images")
    if not policy.authorities:
        yield "it asks for nobody's signature", ("spec", "authorities")
    for number, each in enumerate(policy.authorities):
        path = ("spec", "authorities", number)
        if each.ctlog is None or each.ctlog.url != _REKOR:
            yield "nobody asks the log of signatures", path
        if not _whose(each, home) or (each.keyless is not None and each.keyless.url not in _FULCIO):
            yield "nobody knows whose signature this is", path


def _whose(authority: Authority, home: str) -> tuple[Somebody, ...]:
    if authority.key is not None and authority.keyless is None:
        secret = authority.key.secret_ref
        return ((secret.name,),) if secret.name and secret.namespace in ("", home) else ()
    if authority.keyless is not None and authority.key is None:
        found = tuple((each.issuer, each.subject) for each in authority.keyless.identities)
        return found if all(all(each) for each in found) else ()
    return ()


def _labels(written: Written, profile: Profile) -> Iterator[Finding]:
    """Where a namespace of the profile's leaves what is looked at, or comes to it."""
    zones = of_namespaces(profile) if profile.images.verifier == "sigstore" else {}
    for each in written.of("Namespace"):
        zone = zones.get(each.name)
        if zone is None:
            continue
        at, said = ("zones", zone, "signers"), each.labels.get(LABEL)
        wanted = bool(of_zone(profile.zones[zone]))
        if wanted and said != "true":
            message = f"sigstore's policy controller does not look at {each.name}: any image starts there"
            yield finding("pods", each, message, "metadata", "labels", at=at)
        elif said == "true" and not wanted:
            message = f"sigstore's policy controller looks at {each.name}, and zone {zone} asks for no signature"
            yield finding("pods", each, message, "metadata", "labels", LABEL, at=at)
