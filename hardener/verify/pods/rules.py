"""Admission policies by themselves: each is asked, denies, fails closed, and holds for whoever sends a request.

What cannot be shown by asking about pods: a policy that holds for some of them by what whoever makes a pod chooses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.admission.cluster import Cluster
from hardener.verify.admission.plugins.standards import Standards
from hardener.verify.objects import Object, finding
from hardener.verify.pods.asking import Asking
from hardener.verify.pods.expressions import judges_pods, strange_fields
from hardener.verify.pods.understood import unclear_findings
from hardener.verify.written import Written

_BINDINGS: Final = {
    "ValidatingAdmissionPolicy": "ValidatingAdmissionPolicyBinding",
    "MutatingAdmissionPolicy": "MutatingAdmissionPolicyBinding",
}


def rule_findings(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each policy that is not asked, does not refuse, or not everybody."""
    for kind, binding in _BINDINGS.items():
        policies, bindings = written.of(kind), written.of(binding)
        named = {_text(each, "policyName") for each in bindings}
        known = {each.name for each in policies}
        for each in policies:
            if each.name not in named:
                yield finding("pods", each, "no binding names it: nothing asks it", "spec")
            yield from _policy(each)
        for each in bindings:
            if _text(each, "policyName") not in known:
                message = f"the policy {_text(each, 'policyName')} is not there: nothing is asked"
                yield finding("pods", each, message, "spec", "policyName")
            yield from _binding(each)


def _policy(policy: Object) -> Iterator[Finding]:
    if _spec(policy).get("failurePolicy", "Fail") != "Fail":
        message = "what it cannot judge, it lets pass"
        yield finding("pods", policy, message, "spec", "failurePolicy")
    yield from unclear_findings(policy)
    yield from chosen_findings(policy, "matchConstraints")
    if not judges_pods(policy):
        return
    for path, field in strange_fields(policy):
        message = f"it asks for {field}, of which no promise speaks: who or what passes by that, nobody here can say"
        yield finding("pods", policy, message, *path)


def _binding(binding: Object) -> Iterator[Finding]:
    actions = _spec(binding).get("validationActions")
    if binding.kind == _BINDINGS["ValidatingAdmissionPolicy"] and "Deny" not in (actions or ()):
        yield finding("pods", binding, f"it does not deny: {actions or 'nothing'} alone refuses no request", "spec")
    yield from chosen_findings(binding, "matchResources")


def chosen_findings(object: Object, field: str) -> Iterator[Finding]:
    """A finding for each rule that goes by labels of what is made, or by names: whoever makes it chooses them.

    So it is of pods, and of all else that policies judge: Services, Secrets, bindings and what Namespaces say.
    """
    matched = _spec(object).get(field)
    if not isinstance(matched, dict):
        return
    what = "a pod" if judges_pods(object) else "an object"
    if matched.get("objectSelector"):
        message = f"by its labels {what} is judged or not, and whoever makes it chooses them"
        yield finding("pods", object, message, "spec", field, "objectSelector")
    for rules in ("resourceRules", "excludeResourceRules"):
        for number, rule in enumerate(matched.get(rules) or ()):
            if isinstance(rule, dict) and rule.get("resourceNames"):
                message = f"by its name {what} is judged or not, and whoever makes it chooses it"
                yield finding("pods", object, message, "spec", field, rules, number)
            elif rules == "excludeResourceRules" or field == "matchResources":
                message = "it holds for a part of what it judges: of what is left out, no promise says that it may pass"
                yield finding("pods", object, message, "spec", field, rules, number)


def exemption_findings(asking: Asking, profile: Profile) -> Iterator[Finding]:
    """Whom Pod Security lets pass: nobody but the system's namespaces."""
    cluster = Cluster(asking.written, asking.minor)
    plugin, file = Standards(cluster).plugin, cluster.configuration_file
    foreign = sorted(plugin.namespaces - set(profile.cluster.system_namespaces))
    named = (
        *((name, f"pods in {name} are") for name in foreign),
        *((name, f"pods of the runtime class {name} are") for name in sorted(plugin.runtime_classes)),
        *((name, f"whatever pods {name} creates are") for name in sorted(plugin.users)),
    )
    for _, who in named:
        yield Finding(word="pods", file=file, message=f"{who} exempt from Pod Security, and no promise says so")


def _spec(object: Object) -> dict[str, Any]:
    spec = object.data.get("spec")
    return spec if isinstance(spec, dict) else {}


def _text(object: Object, field: str) -> str:
    return str(_spec(object).get(field))
