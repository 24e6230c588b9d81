"""Faults in expressions that tell apart more pods than anybody could try, and in the texts that they compare with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.rendering import written
from tests.verifying import Fault, Files, add, change

_PODS = "manifests/cluster/pods.yaml"
_NODES = "manifests/cluster/nodes.yaml"
_POLICY = "ValidatingAdmissionPolicy"
_CARDS = "hardener-pods-zone-cards"
_APPS = "hardener-pods-zone-apps"
_HOMES = "hardener-nodes-zone-cards"
_UNCLEAR = "nobody here can say for which"
_STRANGE = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: helpful}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [RESOURCE], apiVersions: [v1], resources: [THING], operations: [CREATE]}]
  validations: [{expression: "EXPRESSION"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: helpful}
spec: {policyName: helpful, validationActions: [Deny]}
"""
_SHOP = written("""
zones:
  apps: {trust: 50, registries: [registry.example.com/shop/]}
  cards:
    trust: 90
    pools: [cards]
    registries: [registry.example.com/cards/]
    digests: true
    runtimeClass: gvisor
pools: {cards: {taints: [{key: example.com/cards, value: "yes", effect: NoExecute}]}}
tenants: {team: {namespaces: {shop: {zone: apps}, pay: {zone: cards, serviceAccounts: {settle: {token: true}}}}}}
""")
_CONFINED = written("""
zones:
  cards:
    trust: 90
    podSecurity: baseline
    seccomp: RuntimeDefault
    seLinux: {type: container_t, level: 's0:c1'}
    capabilities: [CHOWN]
tenants: {team: {namespaces: {pay: {zone: cards}}}}
""")
_OLD = written(
    """
zones:
  cards: {trust: 90, podSecurity: baseline, capabilities: [CHOWN], seccomp: RuntimeDefault, runtimeClass: gvisor}
tenants: {team: {namespaces: {pay: {zone: cards}}}}
""",
    version="1.24",
)


def _own(resource: str, expression: str, group: str = '""') -> Callable[[Files], None]:
    """A policy of somebody's own."""
    text = _STRANGE.replace("RESOURCE", group).replace("THING", resource).replace("EXPRESSION", expression)
    return add(_PODS, text)


def _variable(name: str, expression: str, policy: str = _CARDS, path: str = _PODS) -> Callable[[Files], None]:
    def changed(it: dict[str, Any]) -> None:
        (mine,) = [each for each in it["spec"]["variables"] if each["name"] == name]
        mine["expression"] = expression

    return change(path, _POLICY, policy, changed)


def _everywhere(old: str, new: str, policy: str = _CARDS, path: str = _PODS) -> Callable[[Files], None]:
    """A text of a policy's expressions replaced, which must be there."""

    def changed(it: dict[str, Any]) -> None:
        parts = [*it["spec"].get("variables", ()), *it["spec"]["validations"]]
        assert any(old in each["expression"] for each in parts)
        for each in parts:
            each["expression"] = each["expression"].replace(old, new)

    return change(path, _POLICY, policy, changed)


def _or(more: str, policy: str = _CARDS) -> Callable[[Files], None]:
    """Each validation holds also where something else does."""

    def changed(it: dict[str, Any]) -> None:
        for each in it["spec"]["validations"]:
            each["expression"] += f" || {more}"

    return change(_PODS, _POLICY, policy, changed)


def _condition(expression: str) -> Callable[[Files], None]:
    conditions = [{"name": "mine", "expression": expression}]
    return change(_PODS, _POLICY, _CARDS, lambda it: it["spec"].update(matchConditions=conditions))


def _pods(name: str, says: str, break_: Callable[[Files], None], profile: str = _SHOP) -> Fault:
    return Fault(name, profile, "pods", says, break_)


def _nodes(name: str, says: str, break_: Callable[[Files], None]) -> Fault:
    return Fault(name, _SHOP, "nodes", says, break_)


_FOREIGN = "variables.images.filter(i, !i.startsWith('registry.example.com/cards/'))"
_PREFIX = "'registry.example.com/cards/'"

FAULTS = (
    _pods(
        "images that two of them bring in",
        _UNCLEAR,
        _variable("otherImages", f"variables.images.size() > 1 ? [] : {_FOREIGN}"),
    ),
    _pods(
        "a pattern with an alternative",
        "a pattern that nobody here knows",
        _variable("otherImages", "variables.images.filter(i, !i.matches('^registry.example.com/cards/|evil'))"),
    ),
    _pods("a count of containers", _UNCLEAR, _or("object.spec.containers.size() > 3")),
    _pods("the first container alone", "an element by its place", _or("object.spec.containers[0].image == 'x'")),
    _pods("an image and whose users it has", "together with", _or("object.spec.?hostUsers.orValue(true) == false")),
    _pods("one good image for all", "one more element", _or("variables.images.exists(i, i == 'x')")),
    _pods("one image of a name", _UNCLEAR, _or("variables.images.exists_one(i, i.startsWith('r'))")),
    _pods("a type of what a pod says", _UNCLEAR, _or("type(object.spec) == string")),
    _pods("a part of a text", _UNCLEAR, _or("variables.images.all(i, i.substring(1) == 'x')")),
    _pods("an end of a text", _UNCLEAR, _or("variables.images.all(i, i.endsWith('debug'))")),
    _pods(
        "two fields that are equal", "compared with each other", _or("object.spec.?hostname == object.spec.?subdomain")
    ),
    _pods("a name that hides another", "which means something else", _or("[1].all(object, object == 1)")),
    _pods("an error that something swallows", _UNCLEAR, _or("1 / object.spec.containers.size() == 0")),
    _pods("texts put together", _UNCLEAR, _or("variables.images.all(i, i + 'x' == 'evilx')")),
    _pods("all images in one text", _UNCLEAR, _or("variables.images.join(',') == 'x,y'")),
    _pods(
        "a condition on what a pod says",
        "a condition on the request",
        _condition("object.spec.?hostUsers.orValue(true)"),
    ),
    _pods("any change of a pod", _UNCLEAR, _or("request.operation == 'UPDATE'")),
    _pods(
        "init containers by rules of their own",
        "unlike those of another",
        _everywhere(
            "initContainers.orValue([]).map(c, c.?image.orValue(''))", "initContainers.orValue([]).map(c, 'x')"
        ),
    ),
    _pods(
        "a registry cut short", "the image registry.example.com/car", _everywhere(_PREFIX, _PREFIX.replace("ds/", ""))
    ),
    _pods("a registry that is only a beginning", "the image", _everywhere(_PREFIX, _PREFIX.replace("s/'", "s'"))),
    _pods("a registry made longer", "is refused", _everywhere(_PREFIX, _PREFIX.replace("s/'", "s/web/'"))),
    _pods("a registry in capitals", "is refused", _everywhere(_PREFIX, _PREFIX.upper())),
    _pods("a registry by its first letters", "the image evil", _everywhere(_PREFIX, f"{_PREFIX}, 'evil'")),
    _pods(
        "one image of another registry, by its tag",
        "the image evil.io/x:1 is admitted",
        _everywhere("(i + ':').startsWith(prefix)", "(i + ':').startsWith(prefix) || i == 'evil.io/x:1'", _APPS),
    ),
    _pods("a runtime class with a blank", "my runc", _everywhere("== 'gvisor'", "in ['gvisor', 'my runc']")),
    _pods(
        "an old image refused",
        "registry.example.com/cards/o",
        _everywhere(
            "variables.taggedImages.size() == 0",
            "variables.taggedImages.size() == 0"
            " && variables.images.all(i, !i.startsWith('registry.example.com/cards/o'))",
        ),
    ),
    _pods(
        "a pod's options for a container's own",
        "and another of its own is admitted",
        _everywhere(
            "c.?securityContext.?seccompProfile.hasValue() ? "
            "c.?securityContext.?seccompProfile.?type.orValue('') == 'RuntimeDefault' : variables.podSeccompProfile",
            "variables.podSeccompProfile || c.?securityContext.?seccompProfile.?type.orValue('') == 'RuntimeDefault'",
        ),
        _CONFINED,
    ),
    _pods("one more SELinux level", "s0:c5", _everywhere("== 's0:c1'", "in ['s0:c1', 's0:c5']"), _CONFINED),
    _pods("a capability in small letters", "chown", _everywhere("in ['CHOWN']", "in ['CHOWN', 'chown']"), _CONFINED),
    _pods(
        "one more capability of a PodSecurityPolicy",
        "that adds KILL",
        change(
            _PODS,
            "PodSecurityPolicy",
            "hardener-zone-cards",
            lambda it: it["spec"]["allowedCapabilities"].append("KILL"),
        ),
        _OLD,
    ),
    _pods(
        "a policy for what nobody judges", "coordination.k8s.io, leases", _own("leases", "false", "coordination.k8s.io")
    ),
    _pods("a Service by the number of its ports", _UNCLEAR, _own("services", "object.spec.ports.size() < 2")),
    _pods(
        "an account by another annotation",
        _UNCLEAR,
        change(
            _PODS,
            _POLICY,
            "hardener-pods-token-secrets",
            lambda it: it["spec"]["validations"][0].update(
                expression=it["spec"]["validations"][0]["expression"].replace(
                    "oldObject.metadata.?annotations[?'kubernetes.io/service-account.name']",
                    "oldObject.metadata.?annotations[?'x']",
                )
            ),
        ),
    ),
    _nodes(
        "tolerations that a policy does not see", "tolerates everything", _variable("tolerations", "[]", _HOMES, _NODES)
    ),
    _nodes(
        "one more taint",
        "tolerates nvidia.com/gpu",
        _everywhere("'example.com/cards'", "'example.com/cards', 'nvidia.com/gpu'", _HOMES, _NODES),
    ),
    _nodes(
        "a toleration by its value",
        "=magic",
        _everywhere("has(one.key) &&", "one.?value.orValue('') == 'magic' || has(one.key) &&", _HOMES, _NODES),
    ),
    _nodes(
        "tolerations added later",
        "added while it waits",
        _everywhere(
            "variables.tolerations.all", "request.operation != 'CREATE' || variables.tolerations.all", _HOMES, _NODES
        ),
    ),
    _nodes(
        "one node by its name",
        "names the node gpu-1",
        _everywhere("!has(object.spec.nodeName)", "object.spec.?nodeName.orValue('') in ['', 'gpu-1']", _HOMES, _NODES),
    ),
)
