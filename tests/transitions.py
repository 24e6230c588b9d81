"""What holds while a change is rolled out: traffic, rights and refusals on the old side, on the new, and in between.

Written apart from the steps: what is asked here is Kubernetes' own view, by the engines or by hand.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from hardener.profile.cluster import Cluster
from hardener.verify.network.ends import Address, End, PodEnd
from hardener.verify.network.model import Network
from hardener.verify.objects import Object
from hardener.verify.written import Written, read

Files = Mapping[str, str]
PODS = ("NetworkPolicy", "CiliumNetworkPolicy")
LEVELS = ("privileged", "baseline", "restricted")


def objects(files: Files) -> Written:
    written, findings = read(files)
    assert not findings, findings
    return written


# --- who reaches whom ---


class Questions:
    """Every packet that is worth asking about: of the pods, addresses and ports that either side names, and others."""

    def __init__(self, sides: Iterable[Written]) -> None:
        policies = [each for side in sides for each in side.of(*PODS)]
        spaces = sorted({each.name for side in sides for each in side.of("Namespace")} | {"elsewhere"})
        labels = {(): {}} | {tuple(sorted(found.items())): found for each in policies for found in _labels(each.data)}
        self.pods = [PodEnd(namespace=space, labels=some) for space in spaces for some in labels.values()]
        blocks = {block for each in policies for block in _values(each.data, "cidr", "except")}
        self.outside = [Address(ip=ip) for ip in sorted({*map(_first, blocks), "198.51.100.7", "169.254.169.254"})]
        ports = {port for each in policies for port in _values(each.data, "port", "endPort")}
        self.ports = sorted({int(port) for port in ports if str(port).isdigit()} | {1})

    def passing(self, files: Files, cluster: Cluster) -> frozenset[tuple[Any, ...]]:
        network = Network.read(objects(files), cluster)
        assert not network.problems
        return frozenset(
            (_name(source), _name(target), port)
            for source, target in self._pairs()
            for port in self.ports
            if network.passes(source, target, port, "TCP").yes
        )

    def _pairs(self) -> Iterator[tuple[End, End]]:
        yield from product(self.pods, self.pods)
        yield from product(self.pods, self.outside)
        yield from product(self.outside, self.pods)


def _name(end: End) -> Any:
    return end.ip if isinstance(end, Address) else (end.namespace, tuple(sorted(end.labels.items())))


def _labels(data: Any) -> Iterator[dict[str, str]]:
    for found in _found(data, "matchLabels"):
        if not any("namespace" in key or key.startswith("kubernetes.io") for key in found):
            yield {key.removeprefix("k8s:").removeprefix("any:"): value for key, value in found.items()}


def _values(data: Any, *keys: str) -> Iterator[Any]:
    for found in _found(data, *keys):
        yield from found if isinstance(found, list) else [found]


def _found(data: Any, *keys: str) -> Iterator[Any]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key in keys:
                yield value
            yield from _found(value, *keys)
    elif isinstance(data, list):
        for value in data:
            yield from _found(value, *keys)


def _first(cidr: str) -> str:
    return str(ipaddress.ip_network(cidr)[-1])


# --- who may do what ---


def granted(written: Written) -> frozenset[tuple[Any, ...]]:
    """Each subject with each single right in each namespace; a binding for the cluster holds in all of them."""
    spaces = sorted({each.name for each in written.of("Namespace")} | {"elsewhere"})
    roles = {
        (each.kind, each.namespace, each.name): each.data.get("rules") or []
        for each in written.of("ClusterRole", "Role")
    }
    found = set()
    for binding in written.of("RoleBinding", "ClusterRoleBinding"):
        ref = binding.data["roleRef"]
        key = ref["kind"], binding.namespace if ref["kind"] == "Role" else "", ref["name"]
        where = [binding.namespace] if binding.kind == "RoleBinding" else ["", *spaces]
        for rule, subject, space in product(roles.get(key, []), binding.data.get("subjects") or [], where):
            who = tuple(sorted(subject.items()))
            paths = rule.get("nonResourceURLs") or [] if binding.kind == "ClusterRoleBinding" else []
            found.update((who, space, *right) for right in product(rule["verbs"], paths))
            right = (
                rule["verbs"],
                rule.get("apiGroups") or [],
                rule.get("resources") or [],
                rule.get("resourceNames") or [""],
            )
            found.update((who, space, *each) for each in product(*right))
    return frozenset(found)


# --- what is refused ---


def refusals(written: Written, spaces: Iterable[str]) -> Mapping[str, tuple[int, frozenset[str]]]:
    """For each namespace, also one that is not there, the level that it enforces, and the policies that deny there."""
    labels = written.namespaces()
    policies = {each.name: repr(each.data["spec"]) for each in written.of("ValidatingAdmissionPolicy")}
    found = {}
    for space in spaces:
        denying = frozenset(
            policies[each.data["spec"]["policyName"]]
            for each in written.of("ValidatingAdmissionPolicyBinding")
            if each.data["spec"]["policyName"] in policies
            and "Deny" in each.data["spec"]["validationActions"]
            and _chosen(each, space)
        )
        level = labels.get(space, {}).get("pod-security.kubernetes.io/enforce", "privileged")
        found[space] = LEVELS.index(level), denying
    return found


def _chosen(binding: Object, space: str) -> bool:
    chosen = binding.data["spec"].get("matchResources", {}).get("namespaceSelector", {})
    return all((space in each["values"]) == (each["operator"] == "In") for each in chosen.get("matchExpressions", []))


@cache
def text(file: Path) -> str:
    return file.read_text()


def edited(base: str, *edits: str) -> str:
    """A profile with mappings laid over it, one after the other; null takes away."""
    data = yaml.safe_load(base)
    for edit in edits:
        _lay(data, yaml.safe_load(edit))
    return yaml.safe_dump(data, sort_keys=False)


def _lay(data: dict[str, Any], over: dict[str, Any]) -> None:
    for key, value in over.items():
        if value is None:
            data.pop(key, None)
        elif isinstance(value, dict) and isinstance(data.get(key), dict):
            _lay(data[key], value)
        elif isinstance(value, list) and isinstance(data.get(key), list):
            data[key] = [*data[key], *value]
        else:
            data[key] = value
