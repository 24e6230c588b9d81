"""The policies of a rendered profile, and ends that they can tell apart: a world as tests/network_worlds makes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from random import Random
from typing import Any

from hardener.profile.schema import Profile
from hardener.verify.written import read
from tests.network_worlds import NAMED, World, hosts
from tests.packets import Pod

KINDS = ("NetworkPolicy", "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy")
NAME = "kubernetes.io/metadata.name"
# Namespaces that the profile does not know: DNS is in one of them, anybody in the other.
STRANGERS = {"kube-system": {NAME: "kube-system"}, "stranger": {NAME: "stranger", "team": "a"}}


def manifests_of(files: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every policy in a folder of output."""
    written, findings = read(files)
    assert findings == ()
    return [each.data for each in written.of(*KINDS)]


def namespaces_of(files: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    """The labels of every namespace in a folder of output."""
    return dict(read(files)[0].namespaces())


def world_of(
    manifests: list[dict[str, Any]], namespaces: Mapping[str, object], profile: Profile, luck: Random
) -> World:
    """Pods of every namespace with any two of the sets of labels that selectors name, and addresses at all edges."""
    named = [{}, *_labels_in(manifests)]
    sets = {tuple(sorted({**one, **other}.items())) for one in named for other in named}
    ends = [
        Pod(namespace, dict(labels), f"10.244.{number // 200}.{number % 200}", luck.choice(NAMED))
        for number, (namespace, labels) in enumerate(product([*namespaces, *STRANGERS], sorted(sets)))
    ]
    on_cilium = profile.cluster.cni == "cilium"
    return World(manifests, [*ends, *hosts(luck, manifests, cilium=on_cilium)], on_cilium)


def namespaces_in(value: Any) -> Iterator[str]:
    """The namespaces that policies name, also such as nobody knows."""
    for name, inner in value.items() if isinstance(value, dict) else ():
        if name == NAME and isinstance(inner, str):
            yield inner
        yield from namespaces_in(inner)
    for inner in value if isinstance(value, list) else ():
        yield from namespaces_in(inner)


def namespace_labels_in(value: Any, inside: bool = False) -> set[tuple[str, str]]:
    """The labels by which NetworkPolicies choose namespaces, but for their names."""
    found: set[tuple[str, str]] = set()
    if inside and isinstance(value, dict):
        found |= {label for label in (value.get("matchLabels") or {}).items() if label[0] != NAME}
        for each in value.get("matchExpressions") or ():
            found |= {(each["key"], text) for text in each.get("values") or ["other"] if each["key"] != NAME}
    for name, inner in value.items() if isinstance(value, dict) else ():
        found |= namespace_labels_in(inner, name == "namespaceSelector")
    for inner in value if isinstance(value, list) else ():
        found |= namespace_labels_in(inner)
    return found


def _labels_in(value: Any, key: str = "") -> Iterator[dict[str, str]]:
    """The labels by which pods are chosen, as a pod would have them."""
    if key == "matchLabels":
        # What Cilium is told of a pod's namespace is no label of the pod.
        yield {name.removeprefix("k8s:"): text for name, text in value.items() if "kubernetes." not in name}
    if key == "matchExpressions":
        for each in value if isinstance(value, list) else ():
            if "kubernetes." not in each.get("key", "kubernetes."):
                yield from ({each["key"].removeprefix("k8s:"): text} for text in each.get("values") or ["other"])
    for name, inner in value.items() if isinstance(value, dict) else ():
        yield from _labels_in(inner, name)
    for inner in value if isinstance(value, list) else ():
        yield from _labels_in(inner)
