"""Who verifies the signatures of images, and how it is told whose signature counts where.

Kyverno is told by ImageValidatingPolicies of policies.kyverno.io/v1: its ClusterPolicies, which could verify images
too, are deprecated since Kyverno 1.17 and leave with 1.20 (kyverno.io/docs/guides/migration-to-cel). sigstore's policy
controller is told by a ClusterImagePolicy, which knows no namespaces: which of them it looks at is said by their label.

Issuers, identities and names of Secrets are compared letter by letter by both (checkOptions in
pkg/image/verifiers/ivpol/cosign/opts.go of Kyverno 1.19, checkOptsFromAuthority in pkg/webhook/validator.go of
sigstore's): no text of the profile ever stands where a pattern or an expression could.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog import minor
from hardener.expand.pods.demands import Demand
from hardener.expand.pods.images import image_demands
from hardener.expand.pods.zones import zone_policy
from hardener.plan.admission import FIRST, AdmissionPolicy, Validation
from hardener.plan.gap import Gap
from hardener.plan.images import ClusterImages, Images, Scanning, SignedImages, Signer
from hardener.profile import Profile
from hardener.profile.zones import Zone

# What sigstore's policy controller goes by (config/500-webhook-configuration.yaml of its module).
LOOKED_AT: Final = ("policy.sigstore.dev/include", "true")

# Kyverno finds the images of containers by itself (podImageExtractors in pkg/cel/compiler/images.go); those of volumes
# are found by the list `volumes` of the template.
_IMAGES: Final = "(images.containers + images.initContainers + images.ephemeralContainers + images.volumes)"
_HOURS: Final = 24

# Which versions of Kubernetes the maintainers of Kyverno 1.19 try it with (kyverno.io/docs/installation/releases).
_TRIED: Final = range(33, 36)


def images(profile: Profile) -> Images:
    """What the verifier that the profile names is told, and what the scanner is; nothing where it names none."""
    signed = {zone: names for zone, names in _members(profile).items() if profile.zones[zone].signers}
    verifier = profile.images.verifier
    named = [profile.zones[zone] for zone in signed]
    return Images(
        kyverno=tuple(_kyverno(profile, signed)) if verifier == "kyverno" else (),
        refusing=tuple(_refusing(profile)) if verifier == "kyverno" else (),
        sigstore=ClusterImages(name="hardener-images", signers=_signers(profile, named[0]))
        if verifier == "sigstore" and named
        else None,
        scanning=Scanning(namespaces=",".join(_namespaces(profile))) if profile.images.scanning else None,
    )


def label(profile: Profile, zone: str) -> tuple[tuple[str, str], ...]:
    """By which label sigstore's policy controller knows that it looks at the namespaces of a zone."""
    return (LOOKED_AT,) if profile.images.verifier == "sigstore" and profile.zones[zone].signers else ()


def gaps(profile: Profile) -> Iterator[Gap]:
    """What is not verified, and what the verifier itself is told by nobody here."""
    asked = profile.images
    for name, zone in profile.zones.items():
        if zone.signers and asked.verifier is None:
            what = "nothing refuses a pod whose image nobody signed: images.verifier names nobody who could"
            yield Gap(path=f"zones.{name}.signers", what=what, who="administrator")
    told = images(profile)
    if told.kyverno or told.refusing:
        yield from _of_kyverno(profile)
    elif told.sigstore:
        yield from _of_sigstore(profile)
    elif asked.verifier is not None:
        what = f"{asked.verifier} is asked nothing: no zone with namespaces names signers"
        yield Gap(path="images.verifier", what=what, who="nobody: it is for the profile to say whose signatures count")
    if asked.scanning:
        what = "Trivy Operator is installed by nobody here: give images/trivy-operator.yaml to its chart (helm -f)"
        yield Gap(path="images.scanning", what=what, who="administrator")


def _of_kyverno(profile: Profile) -> Iterator[Gap]:
    home, at = profile.images.home, minor(profile.cluster.kubernetes)
    what = (
        f"Kyverno 1.17 or newer must run in {home} before manifests/cluster/images.yaml is applied, without "
        "--enablePolicyException and --forceFailurePolicyIgnore, and with no namespace of these zones among those that "
        f"its webhooks or its resourceFilters leave out; the Secrets with public keys lie in {home}, each with its key "
        "as cosign.pub"
    )
    yield Gap(path="images.verifier", what=what, who="administrator")
    if at not in _TRIED:
        what = f"the maintainers of Kyverno 1.19 do not try it with Kubernetes 1.{at}"
        yield Gap(path="images.verifier", what=what, who="administrator")
    yield from _of_home(profile)


def _of_sigstore(profile: Profile) -> Iterator[Gap]:
    home = profile.images.home
    what = (
        f"sigstore's policy controller 0.13 or newer must run in {home} before manifests/cluster/images.yaml is "
        f"applied, with a failurePolicy of Fail, as its release says; the Secrets with public keys lie in {home}, each "
        "with nothing but its key"
    )
    yield Gap(path="images.verifier", what=what, who="administrator")
    for name, zone in profile.zones.items():
        if zone.signers:
            what = "sigstore's policy controller looks at containers alone: an image that is a volume nobody verifies"
            yield Gap(path=f"zones.{name}.signers", what=what, who="administrator")
        if zone.signers and zone.digests:
            # (resolvePodSpec in pkg/webhook/validator.go.)
            what = "sigstore's policy controller writes the digest of an image into a pod that named a tag, before "
            what += "anybody else looks at it: such a pod is completed where it would have been refused"
            yield Gap(path=f"zones.{name}.digests", what=what, who="administrator")
    yield from _of_home(profile)


def _of_home(profile: Profile) -> Iterator[Gap]:
    home = profile.images.home
    known = {*_namespaces(profile), *profile.cluster.system_namespaces}
    if home not in known:
        what = f"the profile knows no namespace {home}, where the verifier runs: nothing here says who changes it, or "
        what += "what reaches it"
        yield Gap(path="images.namespace", what=what, who="administrator")


def _members(profile: Profile) -> dict[str, tuple[str, ...]]:
    """The namespaces of each zone that has any, both by name."""
    found: dict[str, list[str]] = {}
    for tenant in profile.tenants.values():
        for name, namespace in tenant.namespaces.items():
            found.setdefault(namespace.zone, []).append(name)
    return {zone: tuple(sorted(names)) for zone, names in sorted(found.items())}


def _namespaces(profile: Profile) -> list[str]:
    return sorted(name for names in _members(profile).values() for name in names)


def _kyverno(profile: Profile, signed: dict[str, tuple[str, ...]]) -> Iterator[SignedImages]:
    for zone, namespaces in signed.items():
        signers = _signers(profile, profile.zones[zone])
        yield SignedImages(
            name=f"hardener-images-zone-{zone}",
            signers=signers,
            validations=tuple(_validations(profile, zone, signers)),
            namespaces=namespaces,
        )


def _validations(profile: Profile, zone: str, signers: tuple[Signer, ...]) -> Iterator[Validation]:
    """Kyverno counts whose signatures it finds: one of them is enough (lib.go in pkg/cel/libs/imageverify).

    How old an image is, its builder says in its configuration; that counts because it is signed.
    """
    attestors = ", ".join(f"attestors.{signer.name}" for signer in signers)
    yield Validation(
        expression=f"{_IMAGES}.all(each, verifyImageSignatures(each, [{attestors}]) > 0)",
        message=f"zone {zone}: an image is signed by one of the zone's signers",
    )
    if (days := profile.images.max_age) is not None:
        built = "timestamp(image.GetMetadata(each).config.created)"
        yield Validation(
            expression=f"{_IMAGES}.all(each, {built} > time.now() - duration('{days * _HOURS}h'))",
            message=f"zone {zone}: an image was built in the last {days} days",
        )


def _signers(profile: Profile, zone: Zone) -> tuple[Signer, ...]:
    """Each once, in an order of their own: who comes first makes no difference."""
    found = sorted({(each.public_key or "", each.issuer or "", each.identity or "") for each in zone.signers})
    return tuple(
        Signer(
            name=f"signer{number}",
            secret=secret or None,
            # (PublicKeyFromKeyRefWithHashAlgo in pkg/signature/keys.go of cosign, which Kyverno calls.)
            key=f"k8s://{profile.images.home}/{secret}" if secret else None,
            issuer=issuer or None,
            identity=identity or None,
        )
        for number, (secret, issuer, identity) in enumerate(found)
    )


def _refusing(profile: Profile) -> Iterator[AdmissionPolicy]:
    """Registries and digests, where the API server has no admission policies that could ask for them."""
    at = minor(profile.cluster.kubernetes)
    for zone, namespaces in _members(profile).items() if at < FIRST else ():
        demands: tuple[Demand, ...] = tuple(image_demands(profile.zones[zone], at))
        if demands:
            yield zone_policy(f"hardener-images-names-{zone}", zone, demands, namespaces)
