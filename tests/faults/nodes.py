"""Faults in pools, and in what keeps pods on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.verifying import Fault, Files, change, drop, edit

_CARDS = "nodes/cards/"
_NODES = "manifests/cluster/nodes.yaml"
_PAYMENTS = "manifests/namespaces/payments/namespace.yaml"
_CONFIGURATION = "control-plane/admission-configuration.yaml"
_ANNOTATION = "scheduler.alpha.kubernetes.io/"
_DEFAULT = '[{"key":"example.com/cards","operator":"Equal","value":"yes","effect":"NoExecute"}]'
_SERVER = "control-plane/kube-apiserver.flags"


def _fault(name: str, says: str, break_: Any, profile: str = "shop-prod") -> Fault:
    return Fault(name, profile, "nodes", says, break_)


def _relabelled(files: Files) -> None:
    """A label of the profile's own instead of the one that nobody but an administrator sets."""
    for path in ("nodes/cards/node.labels", "manifests/namespaces/payments/namespace.yaml", _NODES):
        edit(path, "zone.node-restriction.kubernetes.io/cards", "example.com/cards", 9)(files)


def _told(what: str, old: str, new: str) -> Callable[[Files], None]:
    """What the namespace payments says to the plugins of places."""

    def how(namespace: dict[str, Any]) -> None:
        annotations = namespace["metadata"]["annotations"]
        assert old in annotations[f"{_ANNOTATION}{what}"]
        annotations[f"{_ANNOTATION}{what}"] = annotations[f"{_ANNOTATION}{what}"].replace(old, new)

    return change(_PAYMENTS, "Namespace", "payments", how)


def _untold(what: str) -> Callable[[Files], None]:
    return change(
        _PAYMENTS, "Namespace", "payments", lambda it: it["metadata"]["annotations"].pop(f"{_ANNOTATION}{what}")
    )


def _untold_everywhere(files: Files) -> None:
    """Neither the plugin nor the policy refuses a toleration."""
    change(
        _PAYMENTS,
        "Namespace",
        "payments",
        lambda it: it["metadata"]["annotations"].update({f"{_ANNOTATION}tolerationsWhitelist": ""}),
    )(files)
    _without("variables.tolerations.all", "cards")(files)


def _switched_off(plugin: str) -> Callable[[Files], None]:
    return edit(_SERVER, f",{plugin}", "")


def _without(word: str, zone: str) -> Callable[[Files], None]:
    """A policy of a zone without what it asks of something."""

    def how(policy: dict[str, Any]) -> None:
        asked = policy["spec"]["validations"]
        policy["spec"]["validations"] = [each for each in asked if word not in each["expression"]]
        assert policy["spec"]["validations"] != asked

    return change(_NODES, "ValidatingAdmissionPolicy", f"hardener-nodes-zone-{zone}", how)


def _condition(name: str, expression: str) -> Callable[[Files], None]:
    def how(policy: dict[str, Any]) -> None:
        policy["spec"]["validations"][0]["expression"] = expression

    return change(_NODES, "ValidatingAdmissionPolicy", name, how)


FAULTS = (
    _fault(
        "a taint removed",
        "nothing keeps other pods off the nodes of pool edge",
        lambda files: files.update(
            {"nodes/edge/kubelet.yaml": files["nodes/edge/kubelet.yaml"].split("registerWithTaints")[0]}
        ),
    ),
    _fault(
        "a taint of the profile changed",
        "does not come with example.com/cards=yes:NoExecute",
        edit(f"{_CARDS}kubelet.yaml", "effect: NoExecute", "effect: NoSchedule"),
    ),
    _fault(
        "a taint that keeps nobody off",
        "nothing keeps other pods off the nodes of pool edge",
        edit("nodes/edge/kubelet.yaml", "effect: NoExecute", "effect: PreferNoSchedule"),
    ),
    _fault(
        "a taint that a flag takes back",
        "does not come with example.com/cards=yes:NoExecute",
        edit(f"{_CARDS}kubelet.flags", "--config=", "--register-with-taints=\n--config="),
    ),
    _fault(
        "a taint of no effect",
        "has no effect Never",
        edit(f"{_CARDS}kubelet.yaml", "effect: NoExecute", "effect: Never"),
    ),
    _fault(
        "a field of a taint that nobody knows",
        "registerWithTaints",
        edit(f"{_CARDS}kubelet.yaml", "effect: NoExecute", "effect: NoExecute\n    timeAdded: now"),
    ),
    _fault(
        "a flag that is no taint",
        "is no taint",
        edit(f"{_CARDS}kubelet.flags", "--config=", "--register-with-taints=a\n--config="),
    ),
    _fault(
        "pods on the control plane",
        "nothing keeps pods off the nodes of the control plane",
        edit("nodes/control-plane/kubelet.yaml", "effect: NoSchedule", "effect: PreferNoSchedule"),
    ),
    _fault(
        "a pool without files",
        "pool edge has no files",
        lambda files: [files.pop(path) for path in list(files) if path.startswith("nodes/edge/")],
    ),
    _fault(
        "a pool that nobody knows",
        "knows no pool spare",
        lambda files: files.update({"nodes/spare/node.labels": "example.com/a=b\n"}),
    ),
    _fault("a line that is no label", "is no label", edit(f"{_CARDS}node.labels", "zone.", "# zone\nzone.")),
    _fault(
        "a kubelet that labels its node as it likes",
        "runs without NodeRestriction",
        edit(_SERVER, "NodeRestriction,", ""),
    ),
    _fault(
        "a kubelet whose labels nobody restricts",
        "runs without NodeRestriction",
        edit(_SERVER, "--audit-log-maxage", "--disable-admission-plugins=NodeRestriction\n--audit-log-maxage"),
    ),
    _fault("a kubelet's file that is none", "cannot be read", edit(f"{_CARDS}kubelet.yaml", "kind:", "kind: [")),
    _fault("a label that kubelets may set", "can run on pool", _relabelled),
    _fault(
        "nodes of another pool with a zone's label",
        "can be lured to pool edge",
        lambda files: files.update(
            {
                "nodes/edge/node.labels": files["nodes/edge/node.labels"]
                + "zone.node-restriction.kubernetes.io/cards=true\n"
            }
        ),
    ),
    _fault(
        "nodes of a pool without its zone's label",
        "as it should be",
        edit("nodes/cards/node.labels", "zone.node-restriction.kubernetes.io/cards=true\n", ""),
    ),
    _fault(
        "a namespace that selects another pool", "as it should be", _told("node-selector", "cards=true", "edge=true")
    ),
    _fault(
        "a namespace that selects nothing",
        "as it should be",
        _told("node-selector", "zone.node-restriction.kubernetes.io/cards=true", ""),
    ),
    _fault("a namespace without its selector", "as it should be", _untold("node-selector")),
    _fault(
        "a namespace whose pods tolerate everything",
        "as it should be",
        _told("defaultTolerations", _DEFAULT, '[{"operator":"Exists"}]'),
    ),
    _fault("a whitelist of everything", "and tolerates", _untold_everywhere),
    _fault(
        "another default selector",
        "in shop-api",
        edit(_CONFIGURATION, "pool=shared", "pool=edge"),
    ),
    _fault(
        "a toleration in the default whitelist, before policies",
        "tolerates hardener.dev/pool=plant:NoExecute of pool plant",
        edit(
            _CONFIGURATION,
            "        - key: node.kubernetes.io/not-ready\n",
            "        - {key: hardener.dev/pool, operator: Exists}\n        - key: node.kubernetes.io/not-ready\n",
        ),
        "legacy",
    ),
    _fault("no selectors by the plugin", "as it should be", _switched_off("PodNodeSelector")),
    _fault(
        "no selectors by the plugin, before policies", "can run on pool", _switched_off("PodNodeSelector"), "legacy"
    ),
    _fault(
        "no whitelist by the plugin, before policies", "tolerates", _switched_off("PodTolerationRestriction"), "legacy"
    ),
    _fault(
        "the system's pods held to the shared pool",
        "a pod of the system",
        edit(
            "manifests/namespaces/kube-system/namespace.yaml",
            '    scheduler.alpha.kubernetes.io/node-selector: ""\n',
            "",
        ),
    ),
    _fault(
        "the system's pods held to a whitelist",
        "a pod of the system",
        edit(
            "manifests/namespaces/kube-system/namespace.yaml",
            '    scheduler.alpha.kubernetes.io/tolerationsWhitelist: ""\n',
            "",
        ),
    ),
    _fault("names of nodes let through", "past the scheduler's judgement", _without("nodeName", "cards")),
    _fault("selectors let through at a provider", "in lab", _without("variables.selector", "batch"), "managed"),
    _fault(
        "foreign selectors at a provider",
        "can be lured to pool spot",
        _without("in variables.selector", "web"),
        "managed",
    ),
    _fault(
        "tolerations let through at a provider",
        "tolerates example.com/spot=true:NoSchedule of pool spot",
        _without("variables.tolerations.all", "web"),
        "managed",
    ),
    _fault(
        "one more toleration at a provider",
        "tolerates example.com/spot=true:NoSchedule of pool spot",
        edit(
            _NODES,
            "'node.kubernetes.io/unschedulable'])",
            "'node.kubernetes.io/unschedulable', 'example.com/spot'])",
            9,
        ),
        "managed",
    ),
    _fault(
        "a zone's own toleration refused", "as it should be", edit(_NODES, ", 'example.com/spot'])", "])"), "managed"
    ),
    _fault("bindings by everybody", "can put a pod of", _condition("hardener-nodes-bindings", "true")),
    _fault(
        "bindings by a group",
        "the group friends can put a pod of",
        edit(_NODES, "['system:masters', ", "['system:masters', 'friends', "),
    ),
    _fault(
        "bindings by one way alone",
        "by bindings",
        edit(_NODES, "resources: [bindings, pods/binding]", "resources: [pods/binding]"),
    ),
    _fault(
        "no bindings by the scheduler",
        "cannot put a pod of",
        edit(_NODES, "request.userInfo.username == 'system:kube-scheduler' || ", ""),
    ),
    _fault(
        "a token by which the pods of a zone are refused, and not by what places them",
        "manifests/cluster/pods.yaml ValidatingAdmissionPolicy hardener-pods-zone-cards in payments, of zone cards, "
        "a pod as it should be is refused",
        edit(
            "manifests/namespaces/payments/service-accounts.yaml",
            "automountServiceAccountToken: false",
            "automountServiceAccountToken: true",
            9,
        ),
    ),
    _fault(
        "placement of strangers let through",
        "in unknown-to-the-profile, of no zone,",
        drop(_NODES, "hardener-nodes-shared"),
        "managed",
    ),
    _fault(
        "a worker labelled as one of the control plane",
        "comes with the label node-role.kubernetes.io/control-plane=, which nobody asks for",
        edit(f"{_CARDS}node.labels", "zone.", "node-role.kubernetes.io/control-plane=\nzone."),
    ),
)
