"""Faults in what Cilium is told of the cluster as a whole: a mode that cuts the system off, a guard with holes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.verifying import PROFILES, Fault, Files, add, change, drop

_FILE = "manifests/cluster/network.yaml"
_KIND = "CiliumClusterwideNetworkPolicy"
_SMALL = (PROFILES / "small.yaml").read_text(encoding="utf-8")
_PLAIN = _SMALL.replace("cni: calico", "cni: cilium")
_ALWAYS = _SMALL.replace("cni: calico", "cni: cilium\n  cilium: {enforcement: always}")
_GUARDED = _SMALL.replace("cni: calico", "cni: cilium\n  guard: true")
_NAMESPACE = "k8s:io.kubernetes.pod.namespace"
_HEALTH = (
    f"apiVersion: cilium.io/v2\nkind: {_KIND}\nmetadata: {{name: health}}\nspec: {{endpointSelector: {{matchLabels: "
    '{"reserved:health": ""}}, ingress: [{fromEntities: [%s]}], egress: [{toEntities: [health]}]}\n'
)

Break = Callable[[Files], None]
How = Callable[[dict[str, Any]], object]


def _mode(name: str, says: str, break_: Break) -> Fault:
    return Fault(name, _ALWAYS, "network", says, break_)


def _guard(name: str, says: str, break_: Break) -> Fault:
    return Fault(name, _GUARDED, "network", says, break_)


def _spec(policy: str, how: How) -> Break:
    return change(_FILE, _KIND, policy, lambda object: how(object["spec"]))


def _without_default_deny(files: Files) -> None:
    """Take away what closes a namespace, and put a policy beside it that isolates Cilium's own endpoints."""
    drop("manifests/namespaces/web/network.yaml", "default-deny")(files)
    add(_FILE, _HEALTH % "remote-node")(files)


FAULTS = (
    _mode(
        "the system cut off from all that it calls",
        "cannot reach the address 1.1.1.1 on 53/TCP, though the mode always must leave the system as it was",
        _spec("hardener-system", lambda spec: spec.pop("egress")),
    ),
    _mode(
        "the system let out to the cluster alone",
        "a pod of kube-system cannot reach the address 1.1.1.1 on 53/TCP",
        _spec("hardener-system", lambda spec: spec.update(egress=[{"toEntities": ["cluster"]}])),
    ),
    _mode(
        "a namespace of the system forgotten",
        "cannot reach a pod of kube-system",
        _spec(
            "hardener-system",
            lambda spec: spec["endpointSelector"]["matchExpressions"][0].update(values=["kube-systems"]),
        ),
    ),
    _mode(
        "nothing let in where everything is closed",
        "cannot reach a pod of kube-system labelled k8s-app=kube-dns on 53/TCP, though DNS says so",
        drop(_FILE, "hardener-system"),
    ),
    _mode(
        "health endpoints left closed",
        "health endpoint cannot be asked by other nodes",
        drop(_FILE, "hardener-health"),
    ),
    _mode(
        "health endpoints that answer no echo",
        "health endpoint cannot be asked by other nodes",
        _spec(
            "hardener-health",
            lambda spec: spec["ingress"][0].update(toPorts=[{"ports": [{"port": "4240", "protocol": "TCP"}]}]),
        ),
    ),
    _mode(
        "health endpoints that hear their own node alone",
        "health endpoint calls no other node",
        _spec("hardener-health", lambda spec: spec.update(egress=[{"toEntities": ["host"]}])),
    ),
    _mode(
        "health endpoints to which nodes are forbidden",
        "health endpoint cannot be asked by other nodes",
        _spec("hardener-health", lambda spec: spec.update(ingressDeny=[{"fromEntities": ["remote-node"]}])),
    ),
    _guard(
        "an address of the metadata left open",
        "a policy may let pods of api reach the metadata address 169.254.169.254",
        _spec("hardener-guard", lambda spec: spec["egressDeny"][1]["toCIDR"].remove("169.254.169.254/32")),
    ),
    _guard(
        "the metadata left open to other people's pods",
        "a policy may let pods of any other namespace reach the metadata address",
        drop(_FILE, "hardener-guard-others"),
    ),
    _guard(
        "a namespace that the guard forgets",
        "a policy may let pods of web reach",
        _spec("hardener-guard", lambda spec: spec["endpointSelector"]["matchExpressions"][0]["values"].remove("web")),
    ),
    _guard(
        "a way in for strangers",
        "a policy may let pods of any other namespace reach pods of api",
        _spec("hardener-guard", lambda spec: spec.pop("ingressDeny")),
    ),
    _guard(
        "a way out to strangers",
        "a policy may let pods of api reach pods of any other namespace",
        _spec("hardener-guard", lambda spec: spec["egressDeny"].pop(0)),
    ),
    _guard(
        "a stranger that the guard takes for one of ours",
        "a policy may let pods of lab reach pods of api",
        _spec(
            "hardener-guard",
            lambda spec: spec["ingressDeny"][0]["fromEndpoints"][0]["matchExpressions"][1]["values"].append("lab"),
        ),
    ),
    _guard(
        "one port closed to the metadata",
        "a policy may let pods of api reach the metadata address",
        _spec(
            "hardener-guard",
            lambda spec: spec["egressDeny"][1].update(toPorts=[{"ports": [{"port": "80", "protocol": "TCP"}]}]),
        ),
    ),
    _guard(
        "a guard that cuts DNS off",
        "CiliumClusterwideNetworkPolicy hardener-guard forbids it",
        _spec(
            "hardener-guard",
            lambda spec: spec["egressDeny"][0]["toEndpoints"][0]["matchExpressions"][1]["values"].remove("kube-system"),
        ),
    ),
    _guard(
        "a guard against whatever has no namespace, nodes among it",
        "forbids nodes to reach their own pods: probes fail",
        _spec("hardener-guard", lambda spec: spec["ingressDeny"][0]["fromEndpoints"][0]["matchExpressions"].pop(0)),
    ),
    _guard(
        "a guard that isolates other people's pods",
        "hardener-guard-others closes every way out of namespaces that the profile does not know",
        _spec("hardener-guard-others", lambda spec: spec.pop("enableDefaultDeny")),
    ),
    Fault(
        "a policy for Cilium's own endpoints in the place of one for pods",
        _PLAIN,
        "network",
        "no policy closes its way in",
        _without_default_deny,
    ),
)
