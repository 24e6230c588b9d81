"""Kyverno's ImageValidatingPolicies: what they would refuse, read as Kyverno 1.19 reads them.

(api/policies.kyverno.io/v1alpha1/imagevalidating_policy.go of github.com/kyverno/api for the fields and what is taken
where they are left out; pkg/image/verification/evaluator and pkg/cel/libs/imageverify of Kyverno for what they do.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.images.promised import Signers, Somebody
from hardener.verify.images.shapes import Attestor, Constraints, Evaluation, Signed
from hardener.verify.images.signatures import Asked, Wrong, compared
from hardener.verify.objects import NotUnderstoodError, Object, shaped
from hardener.verify.written import Written

_NAME: Final = "kubernetes.io/metadata.name"
_LISTS: Final = r"\(images\.containers \+ images\.initContainers \+ images\.ephemeralContainers \+ images\.volumes\)"
_SIGNED: Final = re.compile(
    rf"{_LISTS}\.all\(each, verifyImageSignatures\(each, \[(attestors\.\w+(?:, attestors\.\w+)*)\]\) > 0\)"
)
_FRESH: Final = re.compile(
    rf"{_LISTS}\.all\(each, timestamp\(image\.GetMetadata\(each\)\.config\.created\) > "
    r"time\.now\(\) - duration\('([0-9]{1,6})h'\)\)"
)
_CHANGED: Final = "request.operation != 'UPDATE' || object.spec != oldObject.spec"
_VOLUMES: Final = "object.spec.?volumes.orValue([]).filter(v, has(v.image)).map(v, v.image.?reference.orValue(''))"
_JUDGED: Final = {("pods", "CREATE"), ("pods", "UPDATE"), ("pods/ephemeralcontainers", "UPDATE")}
_SECRET: Final = re.compile(r"k8s://([^/]+)/([^/]+)")
_HOURS: Final = 24


def kyverno(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each thing that these policies ask otherwise than the profile does."""
    found: list[Asked] = []
    for each in written.of("ImageValidatingPolicy"):
        try:
            found.append(asked(each, profile))
        except NotUnderstoodError as error:
            yield error.finding
    yield from compared(found, profile, "kyverno")


def asked(object: Object, profile: Profile) -> Asked:
    """Whose signatures a policy asks for, and where. Raises NotUnderstoodError of `objects`."""
    policy = shaped(object, Signed, "pods", "spec")
    signers = {each.name: _whose(each, profile.images.home) for each in policy.attestors}
    used = [name for each in policy.validations for name in _attestors(each.expression)]
    counted: Signers = frozenset(who for name in used for who in signers.get(name, ()))
    selected, strange = namespaces(policy.match_constraints)
    wrong = (*strange, *_wrong(policy, profile), *_nobodies(policy, signers, used))
    return Asked(object, selected, counted, wrong, min(_ages(policy), default=None))


def namespaces(constraints: Constraints) -> tuple[frozenset[str], tuple[Wrong, ...]]:
    """Which namespaces are selected by the one label that nobody can change; and what else selects."""
    path = ("spec", "matchConstraints", "namespaceSelector")
    found = [each for each in constraints.namespace_selector.match_expressions if each.key == _NAME]
    if len(found) != 1 or len(constraints.namespace_selector.match_expressions) != 1 or found[0].operator != "In":
        return frozenset(), (("nobody knows in which namespaces it holds: they are not named one by one", path),)
    return frozenset(found[0].values), ()


def switched_off(failure: str, actions: tuple[str, ...], evaluation: Evaluation) -> Iterator[Wrong]:
    """By what a policy of Kyverno's lets pass what it should refuse."""
    if failure != "Fail":
        yield "where Kyverno cannot be asked, or cannot answer, everything starts", ("spec", "failurePolicy")
    if "Deny" not in actions:
        yield (
            f"what breaks it starts all the same: it is told to {' and '.join(actions)}",
            ("spec", "validationActions"),
        )
    if evaluation.mode != "Kubernetes" or not evaluation.admission.enabled:
        yield "no pod is judged by it before it starts", ("spec", "evaluation")


def requests(constraints: Constraints) -> Iterator[Wrong]:
    """Which pods, and containers that come later, nobody judges."""
    judged = {
        (resource, operation)
        for rule in constraints.resource_rules
        if rule.api_groups == ("",) and rule.api_versions == ("v1",)
        for resource in rule.resources
        for operation in rule.operations
    }
    for resource, operation in sorted(_JUDGED - judged):
        yield f"nobody judges {operation} of {resource}", ("spec", "matchConstraints", "resourceRules")


def _wrong(policy: Signed, profile: Profile) -> Iterator[Wrong]:
    yield from switched_off(policy.failure_policy, policy.validation_actions, policy.evaluation)
    yield from requests(policy.match_constraints)
    for number, condition in enumerate(policy.match_conditions):
        if condition.expression != _CHANGED:
            yield f"nobody knows which pods it leaves out: {condition.expression}", ("spec", "matchConditions", number)
    if policy.match_image_references and not any(each.glob == "*" for each in policy.match_image_references):
        yield "images of other names start unsigned", ("spec", "matchImageReferences")
    if [(each.name, each.expression) for each in policy.images] != [("volumes", _VOLUMES)]:
        yield "an image that is mounted as a volume is judged by nobody", ("spec", "images")
    done, path = policy.validation_configurations, ("spec", "validationConfigurations")
    if done.mutate_digest:
        yield "a pod whose image is named by a tag is changed, and not refused", (*path, "mutateDigest")
    if not done.verify_digest:
        yield "a pod may name its image by a tag, which may be another one once it is pulled", (*path, "verifyDigest")
    if not done.required:
        yield "an image that nobody looked at starts", (*path, "required")
    yield from _validations(policy, profile)


def _validations(policy: Signed, profile: Profile) -> Iterator[Wrong]:
    days, ages = profile.images.max_age, _ages(policy)
    for number, each in enumerate(policy.validations):
        if not _FRESH.fullmatch(each.expression) and not _SIGNED.fullmatch(each.expression):
            yield f"nobody knows what it asks: {each.expression}", ("spec", "validations", number, "expression")
    if len([each for each in policy.validations if _SIGNED.fullmatch(each.expression)]) != 1:
        yield "it does not ask once for a signature of every image", ("spec", "validations")
    wanted = [] if days is None else [days * _HOURS]
    if ages != wanted:
        told = f"of {ages[0]} hours starts" if ages else "of any age starts"
        asks = f"{wanted[0]} hours are promised" if wanted else "no age is promised"
        yield f"an image {told}; {asks}", ("spec", "validations")


def _ages(policy: Signed) -> list[int]:
    """After how many hours an image starts no more."""
    return [int(match[1]) for each in policy.validations if (match := _FRESH.fullmatch(each.expression))]


def _attestors(expression: str) -> list[str]:
    match = _SIGNED.fullmatch(expression)
    return [each.removeprefix("attestors.") for each in match[1].split(", ")] if match else []


def _whose(attestor: Attestor, home: str) -> tuple[Somebody, ...]:
    """Whose signature is taken for an attestor's; nobody's if nobody knows."""
    cosign = attestor.cosign
    if cosign.key is not None and cosign.keyless is None:
        match = _SECRET.fullmatch(cosign.key.kms)
        return ((match[2],),) if match and match[1] == home else ()
    if cosign.keyless is not None and cosign.key is None:
        return tuple((each.issuer, each.subject) for each in cosign.keyless.identities if each.issuer and each.subject)
    return ()


def _nobodies(policy: Signed, signers: dict[str, tuple[Somebody, ...]], used: list[str]) -> Iterator[Wrong]:
    """Attestors of whom nobody knows whose signature they take, and such as are not there."""
    if len(signers) != len(policy.attestors):
        yield "two of its attestors have one name", ("spec", "attestors")
    for number, each in enumerate(policy.attestors):
        keyless = each.cosign.keyless
        nameless = keyless is not None and len(signers[each.name]) != len(keyless.identities)
        if not signers[each.name] or nameless:
            yield f"nobody knows whose signature {each.name} is", ("spec", "attestors", number)
    for name in used:
        if name not in signers:
            yield f"it asks for {name}, which is none of its attestors", ("spec", "validations")
