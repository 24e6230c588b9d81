"""Where pods run, in our own words: what a scheduler, a kubelet and two plugins of the API server make of them.

Written from Kubernetes' documentation and source, and of nothing that hardener knows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import yaml

Spec = dict[str, Any]


@dataclass(frozen=True)
class Node:
    """A node as the API server has it. Each taint is key, value and effect."""

    name: str
    labels: dict[str, str]
    taints: tuple[tuple[str, str, str], ...]


def registered(files: dict[str, str], pool: str) -> Node:
    """A node of a pool, once it registered with its taints and an administrator set its labels."""
    taints = yaml.load(files[f"nodes/{pool}/kubelet.yaml"], yaml.CSafeLoader).get("registerWithTaints", ())
    labels = dict(line.split("=", 1) for line in files[f"nodes/{pool}/node.labels"].splitlines())
    return Node(
        name=f"node-{pool}",
        labels={"kubernetes.io/hostname": f"node-{pool}", **labels},
        taints=tuple((taint["key"], taint.get("value", ""), taint["effect"]) for taint in taints),
    )


def tolerates(toleration: Spec, taint: tuple[str, str, str]) -> bool:
    """An effect or a key that is left out means every one; Exists asks for no value."""
    key, value, effect = taint
    if toleration.get("effect") not in (None, "", effect):
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return toleration.get("key") in (None, "", key)
    return toleration.get("key") == key and (toleration.get("value") or "") == value


def schedules(pod: Spec, node: Node) -> bool:
    """Would the scheduler put the pod there? A taint that only asks to be avoided keeps nobody off."""
    return _selects(pod, node) and _passes(pod, node, ("NoSchedule", "NoExecute"))


def takes(pod: Spec, node: Node) -> bool:
    """Would the kubelet run the pod, if it came with the node's name (pkg/kubelet/lifecycle/predicate.go)?"""
    return _selects(pod, node) and _passes(pod, node, ("NoExecute",))


def runs(pod: Spec, node: Node) -> bool:
    """Can the pod come to run there in any way?"""
    named = pod.get("nodeName")
    return takes(pod, node) if named == node.name else not named and schedules(pod, node)


def _selects(pod: Spec, node: Node) -> bool:
    return (pod.get("nodeSelector") or {}).items() <= node.labels.items()


def _passes(pod: Spec, node: Node, effects: tuple[str, ...]) -> bool:
    kept_off = [taint for taint in node.taints if taint[2] in effects]
    return all(any(tolerates(each, taint) for each in pod.get("tolerations") or ()) for taint in kept_off)


class NotAdmittedError(Exception):
    """The pod is refused."""


def admitted(pod: Spec, annotations: dict[str, str], configuration: dict[str, Spec]) -> Spec:
    """The pod as PodNodeSelector and PodTolerationRestriction leave it, in a namespace with these annotations.

    What they do is in plugin/pkg/admission/podnodeselector and podtolerationrestriction, and their comparison of
    tolerations in pkg/util/tolerations.
    """
    default = configuration["PodNodeSelector"]["podNodeSelectorPluginConfig"]["clusterDefaultNodeSelector"]
    written = annotations.get("scheduler.alpha.kubernetes.io/node-selector", default)
    selector = dict(pair.split("=") for pair in written.split(",") if pair)
    asked = pod.get("nodeSelector") or {}
    if any(asked.get(key, value) != value for key, value in selector.items()):
        raise NotAdmittedError("the selector contradicts that of the namespace")
    given = _list(annotations, "defaultTolerations", configuration["PodTolerationRestriction"].get("default", []))
    allowed = _list(annotations, "tolerationsWhitelist", configuration["PodTolerationRestriction"]["whitelist"])
    tolerations = [*(pod.get("tolerations") or ()), *given]
    if allowed and not all(any(_covers(one, each) for one in allowed) for each in tolerations):
        raise NotAdmittedError("a toleration is not on the list")
    return {**pod, "nodeSelector": {**selector, **asked}, "tolerations": tolerations}


def _list(annotations: dict[str, str], name: str, otherwise: list[Spec]) -> list[Spec]:
    """An annotation that is there and empty is an empty list; the plugin takes an empty whitelist for all."""
    written = annotations.get(f"scheduler.alpha.kubernetes.io/{name}")
    return otherwise if written is None else json.loads(written or "[]")


def _covers(allowed: Spec, asked: Spec) -> bool:
    if allowed == asked:
        return True
    if allowed.get("effect") not in (None, "", asked.get("effect")):
        return False
    if allowed.get("operator") == "Exists":
        return allowed.get("key") in (None, "", asked.get("key"))
    # Left out, the operator means Equal to everybody else; the plugin takes it for another word.
    return (
        allowed.get("key") == asked.get("key")
        and asked.get("operator") == "Equal"
        and (allowed.get("value") or "") == (asked.get("value") or "")
    )
