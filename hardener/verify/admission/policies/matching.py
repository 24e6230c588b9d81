"""Which requests a policy or a binding is about.

(staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/matching/matching.go and
pkg/admission/plugin/webhook/predicates/.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from hardener.verify.admission.policies.review import Match, Review
from hardener.verify.admission.policies.shapes import MatchResources, Rule
from hardener.verify.cel import NotUnderstoodError
from hardener.verify.network.selectors import EVERYTHING, Selector, Selectors
from hardener.verify.network.unreadable import UnreadableError

# No policy judges these (pkg/admission/plugin/policy/generic/plugin.go, and
# pkg/kubeapiserver/admission/exclusion/resources.go of Kubernetes).
_EXEMPT: Final = frozenset(
    [
        *(
            ("admissionregistration.k8s.io", name)
            for name in (
                "validatingadmissionpolicies",
                "validatingadmissionpolicybindings",
                "mutatingadmissionpolicies",
                "mutatingadmissionpolicybindings",
            )
        ),
        *(("authentication.k8s.io", name) for name in ("selfsubjectreviews", "tokenreviews")),
        *(
            ("authorization.k8s.io", name)
            for name in (
                "localsubjectaccessreviews",
                "selfsubjectaccessreviews",
                "selfsubjectrulesreviews",
                "subjectaccessreviews",
            )
        ),
    ]
)
# Of the core group, what is in no other group and version: no other rule is about the same.
_ELSEWHERE_TOO: Final = frozenset(["events"])


def exempt(review: Review) -> bool:
    """Whether no policy may judge it."""
    return (review.resource.group, review.resource.resource) in _EXEMPT


def matcher(resources: MatchResources | None) -> Match:
    """Whether a request is one of those. Nothing said is all of them. Raises NotUnderstoodError."""
    if resources is None:
        return lambda _review: True
    namespaces = _selector(resources.namespace_selector, "namespaceSelector")
    objects = _selector(resources.object_selector, "objectSelector")
    rules, excluded = tuple(resources.resource_rules or ()), tuple(resources.exclude_resource_rules or ())
    equivalent = resources.match_policy != "Exact"
    for rule in (*rules, *excluded):
        _sound(rule)

    def matches(review: Review) -> bool:
        return (
            _in_namespaces(namespaces, review)
            and _of_objects(objects, review)
            and not _by_rules(excluded, review, equivalent)
            and (not rules or _by_rules(rules, review, equivalent))
        )

    return matches


def _selector(data: dict[str, Any] | None, name: str) -> Selector:
    try:
        return Selectors().read(data or {}, name)
    except UnreadableError as error:
        raise NotUnderstoodError(f"{name}: {error}") from error


def _sound(rule: Rule) -> None:
    """Refuse what an API server refuses (pkg/apis/admissionregistration/validation: validateRuleWithOperations)."""
    lists: tuple[list[Any], ...] = (rule.operations, rule.api_groups, rule.api_versions)
    whole = [each for each in rule.resources if "/" not in each]
    if not all((*lists, rule.resources)) or any("*" in each and len(each) > 1 for each in (*lists, whole)):
        raise NotUnderstoodError("a rule with an empty list, or with * beside something: no API server takes it")
    if "*/*" in rule.resources and len(rule.resources) > 1:
        raise NotUnderstoodError("a rule with */* beside something: no API server takes it")


def _in_namespaces(selector: Selector, review: Review) -> bool:
    """What belongs to the cluster is in every selection; a Namespace is judged by what it will be."""
    if selector == EVERYTHING or not (review.namespace or review.is_namespace):
        return True
    if review.is_namespace and not review.resource.subresource and review.operation in ("CREATE", "UPDATE"):
        return selector.matches(_labels(review.object))
    return selector.matches(review.namespace_labels)


def _of_objects(selector: Selector, review: Review) -> bool:
    objects = (review.object, review.old_object)
    return selector == EVERYTHING or any(selector.matches(_labels(each)) for each in objects if each is not None)


def _labels(data: dict[str, Any] | None) -> Mapping[str, str]:
    return ((data or {}).get("metadata") or {}).get("labels") or {}


def _by_rules(rules: Iterable[Rule], review: Review, equivalent: bool) -> bool:
    return any(_by_rule(rule, review, equivalent) for rule in rules)


def _by_rule(rule: Rule, review: Review, equivalent: bool) -> bool:
    about = review.resource
    if not (_scope(rule, review) and _operation(rule, review) and _resource(rule, review) and _name(rule, review)):
        return False
    if _named(rule.api_groups, about.group) and _named(rule.api_versions, about.version):
        return True
    if equivalent and (about.group or about.resource in _ELSEWHERE_TOO):
        raise NotUnderstoodError(f"a rule for {about.resource} of other groups or versions, which may be the same")
    return False


def _named(words: list[str], word: str) -> bool:
    return "*" in words or word in words


def _scope(rule: Rule, review: Review) -> bool:
    cluster = review.is_namespace or not review.namespace
    return rule.scope in (None, "*") or (rule.scope == "Cluster") == cluster


def _operation(rule: Rule, review: Review) -> bool:
    return "*" in rule.operations or review.operation in rule.operations


def _resource(rule: Rule, review: Review) -> bool:
    about = review.resource
    for words in rule.resources:
        resource, _, subresource = words.partition("/")
        if resource in ("*", about.resource) and subresource in ("*", about.subresource):
            return True
    return False


def _name(rule: Rule, review: Review) -> bool:
    """What the server has yet to name has none of the names."""
    return not rule.resource_names or review.name in rule.resource_names
