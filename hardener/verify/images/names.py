"""Kyverno's ValidatingPolicies: registries and digests, where API servers have no admission policies of their own.

Such a policy is what a ValidatingAdmissionPolicy with its binding is, in one object, so the same engine answers for it:
Kyverno hands its expressions to the library that an API server uses (pkg/cel/compiler/env.go of Kyverno).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from hardener.catalog.kubernetes import minor
from hardener.profile import Profile
from hardener.profile.zones import Zone
from hardener.verify import Finding
from hardener.verify.admission.policies import Policies, Resource, Review
from hardener.verify.images.kyverno import namespaces, requests, switched_off
from hardener.verify.images.promised import FILE, of_namespaces
from hardener.verify.images.shapes import Asking
from hardener.verify.objects import NotUnderstoodError, Object, finding, shaped
from hardener.verify.pods.demands import POLICIES_SINCE
from hardener.verify.pods.images import by_digest, comes_from
from hardener.verify.written import Written

_KIND: Final = "ValidatingPolicy"
_API: Final = "admissionregistration.k8s.io/v1"
_BODY: Final = ("failurePolicy", "matchConstraints", "variables", "validations")
_DIGEST: Final = f"@sha256:{'0' * 64}"
_NO_DIGESTS: Final = ("", ":1", f"@sha256:{'0' * 63}", f"@sha512:{'0' * 64}")
_PLACES: Final = ("containers", "initContainers", "ephemeralContainers")


def names(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each image that starts from another registry or without a digest, or wrongly does not."""
    zones = _asking(profile)
    found = written.of(_KIND)
    for each in found:
        yield from _read(each, zones)
    if not zones:
        return
    policies = Policies.read(Written(written.files, tuple(part for each in found for part in _parts(each))), 30)
    yield from policies.problems
    for name, zone in sorted(zones.items()):
        yield from _judged(policies, name, zone, profile.zones[zone])


def starting(written: Written, profile: Profile, about: tuple[Profile, ...]) -> dict[str, frozenset[str]]:
    """Which images start in the namespaces of a profile, of all that the zones of these profiles could tell apart.

    All of them where the API server answers for them itself, or where nobody knows what is asked.
    """
    images = {image for each in about for zone in each.zones.values() for image in _images(zone)}
    zones = _asking(profile)
    everything = {name: frozenset(images) for name in of_namespaces(profile)}
    if not zones:
        return everything
    found = written.of(_KIND)
    policies = Policies.read(Written(written.files, tuple(part for each in found for part in _parts(each))), 30)
    lets = {name: frozenset(each for each in images if _starts(policies, name, each)) for name in zones}
    return everything | lets


def _starts(policies: Policies, namespace: str, image: str) -> bool:
    return any(not policies.judge(review).refusals for _, review in _reviews(namespace, image))


def _asking(profile: Profile) -> dict[str, str]:
    """The zones of the namespaces where Kyverno stands in for the API server."""
    if profile.images.verifier != "kyverno" or minor(profile.cluster.kubernetes) >= POLICIES_SINCE:
        return {}
    zones = profile.zones
    return {
        name: zone for name, zone in of_namespaces(profile).items() if zones[zone].registries or zones[zone].digests
    }


def _read(object: Object, zones: Mapping[str, str]) -> Iterator[Finding]:
    """What keeps a policy of Kyverno's from refusing, and where nobody asked for it."""
    try:
        policy = shaped(object, Asking, "pods", "spec")
    except NotUnderstoodError as error:
        yield error.finding
        return
    selected, strange = namespaces(policy.match_constraints)
    wrong = switched_off(policy.failure_policy, policy.validation_actions, policy.evaluation)
    for message, path in (*strange, *wrong, *requests(policy.match_constraints)):
        yield finding("pods", object, message, *path)
    for name in sorted(selected - zones.keys()):
        yield finding("pods", object, f"nobody promised what it asks of pods in {name}")


def _parts(object: Object) -> Iterator[Object]:
    """The policy and the binding that an API server would be given in its stead."""
    spec = object.data.get("spec")
    spec = spec if isinstance(spec, dict) else {}
    body = {key: spec[key] for key in _BODY if key in spec}
    bound = {"policyName": object.name, "validationActions": spec.get("validationActions", ["Deny"])}
    for kind, given in (("ValidatingAdmissionPolicy", body), ("ValidatingAdmissionPolicyBinding", bound)):
        yield replace(object, kind=kind, api_version=_API, data={**object.data, "spec": given})


def _judged(policies: Policies, name: str, zone: str, asks: Zone) -> Iterator[Finding]:
    """The first image that is judged wrongly, if there is one."""
    for image in _images(asks):
        good = (not asks.registries or comes_from(image, asks.registries)) and (not asks.digests or by_digest(image))
        for place, review in _reviews(name, image):
            refusals = policies.judge(review).refusals
            if good and refusals:
                by = refusals[0]
                message = f"in {name} the image {image} is refused in {place}, and keeps what zone {zone} asks for"
                yield finding("pods", by.policy, f"{message}: {by.message}", at=("zones", zone))
                return
            if not good and not refusals:
                message = f"in {name} the image {image} starts in {place}, and breaks what zone {zone} asks for"
                yield Finding(word="pods", file=FILE, message=message, at=("zones", zone))
                return


def _images(asks: Zone) -> Iterator[str]:
    """Names that are as near to what is asked as can be, on both sides."""
    for prefix in asks.registries or ("registry.example.com/",):
        bare = prefix.rstrip("/")
        for name in (f"{bare}/web", f"{bare}/a/b", f"{bare}-evil/web", f"evil.example/{bare}/web", f"{bare}evil/web"):
            yield from (f"{name}{ending}" for ending in (_DIGEST, *_NO_DIGESTS))
    yield from ("nginx", f"nginx{_DIGEST}", f"evil/nginx{_DIGEST}", f"sha256:{'0' * 64}", "")


def _reviews(namespace: str, image: str) -> Iterator[tuple[str, Review]]:
    """The requests by which an image can come to a pod, with the place where it stands."""
    for place in _PLACES:
        pod = _pod(namespace, {"containers": []} | {place: [{"name": "it", "image": image}]})
        later = place == "ephemeralContainers"
        yield place, _review(namespace, pod, _pod(namespace, {"containers": []}) if later else None)


def _pod(namespace: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {"name": "probe", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": dict(spec)}


def _review(namespace: str, pod: dict[str, Any], old: dict[str, Any] | None) -> Review:
    return Review(
        operation="UPDATE" if old else "CREATE",
        resource=Resource(resource="pods", subresource="ephemeralcontainers" if old else ""),
        namespace=namespace,
        namespace_labels={"kubernetes.io/metadata.name": namespace},
        namespace_annotations={},
        name="probe",
        object=pod,
        old_object=old,
        user="somebody",
        groups=("system:authenticated",),
        authorizer=lambda _check: False,
    )
