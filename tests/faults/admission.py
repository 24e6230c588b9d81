"""Faults in admission policies as a language: in expressions, in what they are about, and in policies of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.verifying import Fault, Files, add, change

_PODS = "manifests/cluster/pods.yaml"
_NODES = "manifests/cluster/nodes.yaml"
_POLICY = "ValidatingAdmissionPolicy"
_BINDING = "ValidatingAdmissionPolicyBinding"
_CARDS = "hardener-pods-zone-cards"
_HOMES = "hardener-nodes-zone-cards"
_COMPLETING = """\
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: helpful}
spec:
  reinvocationPolicy: Never
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE]}]
  mutations:
    - patchType: JSONPatch
      jsonPatch: {expression: "[JSONPatch{op: 'add', path: '/spec/hostNetwork', value: true}]"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: helpful}
spec: {policyName: helpful}
"""
_WEBHOOK = """\
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: helpful}
webhooks: []
"""


def _rule(policy: str, path: str = _PODS, **fields: Any) -> Callable[[Files], None]:
    return change(path, _POLICY, policy, lambda it: it["spec"]["matchConstraints"]["resourceRules"][0].update(fields))


def _about(policy: str, path: str = _PODS, **fields: Any) -> Callable[[Files], None]:
    return change(path, _POLICY, policy, lambda it: it["spec"]["matchConstraints"].update(fields))


def _where(binding: str, path: str = _PODS, **fields: Any) -> Callable[[Files], None]:
    return change(path, _BINDING, binding, lambda it: it["spec"].update(fields))


def _expressions(policy: str, how: Callable[[str], str], path: str = _PODS) -> Callable[[Files], None]:
    """Each validation of a policy with another expression."""

    def changed(it: dict[str, Any]) -> None:
        before = str(it)
        for each in it["spec"]["validations"]:
            each["expression"] = how(each["expression"])
        assert str(it) != before

    return change(path, _POLICY, policy, changed)


def _variable(policy: str, name: str, expression: str, path: str = _PODS) -> Callable[[Files], None]:
    def changed(it: dict[str, Any]) -> None:
        (mine,) = [each for each in it["spec"]["variables"] if each["name"] == name]
        mine["expression"] = expression

    return change(path, _POLICY, policy, changed)


def _pods(name: str, says: str, break_: Callable[[Files], None]) -> Fault:
    return Fault(name, "shop-prod", "pods", says, break_)


def _nodes(name: str, says: str, break_: Callable[[Files], None]) -> Fault:
    return Fault(name, "shop-prod", "nodes", says, break_)


FAULTS = (
    _pods("an expression that is always true", "the image", _expressions(_CARDS, lambda text: f"true || {text}")),
    _pods(
        "an error that a true swallows",
        "the image",
        _expressions(_CARDS, lambda text: f"1 / (object.spec.containers.size() * 0) == 1 || true || {text}"),
    ),
    _pods("an expression in brackets", "the image", _expressions(_CARDS, lambda text: f"!(!({text}) && false)")),
    _pods("a variable that says nothing changes", "zone cards", _variable(_CARDS, "unchanged", "true")),
    _pods(
        "a digest that need not end",
        "zone cards",
        _variable(_CARDS, "taggedImages", "variables.images.filter(i, !i.matches('@sha256:[0-9a-f]{8}'))"),
    ),
    _pods(
        "a binding for namespaces with a label that cannot be, which no API server takes",
        "no label can have the value 'x!'",
        _where(
            _CARDS,
            matchResources={
                "namespaceSelector": {"matchExpressions": [{"key": "b", "operator": "NotIn", "values": ["x!"]}]}
            },
        ),
    ),
    _pods("ephemeral containers left out", "added while it runs", _rule(_CARDS, resources=["pods"])),
    _pods("a rule for the cluster's own", "zone cards", _rule(_CARDS, scope="Cluster")),
    _pods(
        "an exclusion",
        "zone cards",
        _about(
            _CARDS,
            excludeResourceRules=[
                {"apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*/*"], "operations": ["*"]}
            ],
        ),
    ),
    _pods("a binding that audits", "it does not deny", _where(_CARDS, validationActions=["Audit"])),
    _pods(
        "an expression that no API server takes",
        "not understood",
        _expressions(_CARDS, lambda text: f"{text} && 1 == 'a'"),
    ),
    _pods(
        "a policy of another API version",
        "v1beta1",
        change(_PODS, _POLICY, _CARDS, lambda it: it.update(apiVersion="admissionregistration.k8s.io/v1beta1")),
    ),
    _pods("a policy that changes pods", "MutatingAdmissionPolicy", add(_PODS, _COMPLETING)),
    Fault(
        "a webhook",
        "shop-prod",
        "namespaces",
        "nobody here judges a MutatingWebhookConfiguration",
        add(_PODS, _WEBHOOK),
    ),
    _nodes(
        "a node that a pod names",
        "cards",
        _expressions(_HOMES, lambda text: "true" if "nodeName" in text else text, _NODES),
    ),
    _nodes("a home that only warns", "cards", _where(_HOMES, _NODES, validationActions=["Warn"])),
)
