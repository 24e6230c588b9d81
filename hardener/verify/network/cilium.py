"""CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy, as the agent of Cilium 1.18 reads them.

Facts are from Cilium's source: pkg/policy/api (rule.go, ingress.go, egress.go, l4.go, rule_validation.go),
pkg/k8s/apis/cilium.io/utils/utils.go for the namespace that a selector is given, pkg/policy/rule.go for how peers and
ports meet, pkg/policy/repository.go for what isolates. What Cilium refuses, or what depends on more than policies, is
not understood here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hardener.verify.network.cilium_peers import Chosen, Peers
from hardener.verify.network.cilium_ports import Group, groups
from hardener.verify.network.ends import NAME_LABEL
from hardener.verify.network.policies import EGRESS, EVERY_PORT, INGRESS, NOBODY, Peer, Pods, Policy, Rule
from hardener.verify.network.selectors import POSITIVE, Requirement, Selector, equal
from hardener.verify.network.unreadable import UnreadableError, known_keys, list_of, mapping
from hardener.verify.objects import Object

_OBJECT: Final = frozenset(["apiVersion", "kind", "metadata", "spec", "specs"])
_RULES: Final = (INGRESS, "ingressDeny", EGRESS, "egressDeny")
_SPEC: Final = frozenset([*_RULES, "endpointSelector", "enableDefaultDeny", "description", "labels", "log"])
_POSTURES: Final = frozenset([INGRESS, EGRESS])
_FIELDS: Final = frozenset(["toPorts", "icmps"])


class Reader:
    """Reads the policies of one cluster that only Cilium knows."""

    def __init__(self, ignored_labels: tuple[str, ...]) -> None:
        """`ignored_labels` are beginnings of labels that are no part of a pod's identity."""
        self._peers = Peers(ignored_labels)

    def read(self, object: Object) -> Iterator[Policy]:
        """The policies that an object is: one for each of its specs. Raises UnreadableError."""
        known_keys(object.data, _OBJECT)
        specs: list[tuple[Any, tuple[str | int, ...]]] = []
        if object.data.get("spec") is not None:
            specs.append((object.data["spec"], ("spec",)))
        if object.data.get("specs") is not None:
            specs += [(spec, ("specs", number)) for number, spec in enumerate(list_of(object.data["specs"], "specs"))]
        if not specs:
            raise UnreadableError("a policy of Cilium must say something")
        for spec, path in specs:
            yield self._policy(object, mapping(spec, *path), path)

    def _policy(self, object: Object, spec: dict[str, Any], path: tuple[str | int, ...]) -> Policy:
        if "nodeSelector" in spec:
            what = "it selects nodes, and nothing here says whether Cilium's host firewall is on"
            raise UnreadableError(what, *path, "nodeSelector")
        known_keys(spec, _SPEC, *path)
        if spec.get("endpointSelector") is None or not any(spec.get(key) for key in _RULES):
            raise UnreadableError("Cilium takes no policy without endpointSelector, or without rules", *path)
        chosen = self._peers.selector(spec["endpointSelector"], (*path, "endpointSelector"))
        return Policy(
            object=object,
            namespace=object.namespace,
            subject=self._subject(chosen, object.namespace),
            entity=_entity_of(chosen, (*path, "endpointSelector")),
            isolates=_isolated(spec, path),
            rules=tuple(self._rules(spec, object.namespace, path)),
        )

    def _subject(self, chosen: Chosen, home: str) -> Pods:
        """A policy is for pods of its own namespace, whatever else a selector may say of that.

        No pod that runs has a label which Cilium reserves.
        """
        if any(each.operator in POSITIVE for each in chosen.reserved):
            return NOBODY
        if not home:
            return chosen.pods
        own = equal(NAME_LABEL, home)
        kept: tuple[Requirement, ...] = tuple(
            each for each in chosen.pods.namespaces.requirements if each not in chosen.replaced
        )
        return Pods(Selector((own, *kept)), chosen.pods.pods)

    def _rules(self, spec: dict[str, Any], home: str, path: tuple[str | int, ...]) -> Iterator[Rule]:
        for key in _RULES:
            for number, rule in enumerate(list_of(spec.get(key) or [], *path, key)):
                direction, where = key.removesuffix("Deny"), (*path, key, number)
                yield from self._rule(mapping(rule, *where), direction, key != direction, home, where)

    def _rule(
        self, data: dict[str, Any], direction: str, deny: bool, home: str, path: tuple[str | int, ...]
    ) -> Iterator[Rule]:
        """One rule for each group of ports, which may look into what passes differently."""
        if data.get("icmps"):
            raise UnreadableError("it speaks of ICMP, and a profile only of TCP, UDP and SCTP", *path, "icmps")
        checked = {key: value for key, value in data.items() if key != "authentication"}
        filtered = _authenticates(data.get("authentication"), deny, path)
        peers = self._peers.read(checked, direction, home, _FIELDS, deny, path)
        ports = data.get("toPorts") or None
        if ports is None:
            # Without ports and peers a rule opens nothing, and isolates all the same.
            said = [Group(EVERY_PORT)] if peers.named else []
        else:
            said = list(groups(list_of(ports, *path, "toPorts"), direction, deny, (*path, "toPorts")))
        meant: tuple[Peer, ...] = peers.meant
        for group in said:
            yield Rule(
                direction=direction,
                peers=meant,
                ports=group.ports,
                path=path,
                deny=deny,
                lookups=group.lookups,
                filtered=filtered or group.filtered,
            )


def _entity_of(chosen: Chosen, path: tuple[str | int, ...]) -> str:
    """The entity that a policy is for; empty if it is for pods."""
    asked = [each.key for each in chosen.reserved if each.operator in POSITIVE]
    if len(asked) > 1:
        raise UnreadableError("nobody here knows whom these reserved labels mean", *path)
    return "".join(asked)


def _isolated(spec: dict[str, Any], path: tuple[str | int, ...]) -> tuple[str, ...]:
    """The directions of which it has rules, unless enableDefaultDeny says otherwise."""
    postures = mapping(spec.get("enableDefaultDeny") or {}, *path, "enableDefaultDeny")
    known_keys(postures, _POSTURES, *path, "enableDefaultDeny")
    found = []
    for direction in (EGRESS, INGRESS):
        said = postures.get(direction)
        if said is not None and said.__class__ is not bool:
            raise UnreadableError("this must be true or false", *path, "enableDefaultDeny", direction)
        if said is not False and (spec.get(direction) or spec.get(f"{direction}Deny")):
            found.append(direction)
    return tuple(found)


def _authenticates(data: Any, deny: bool, path: tuple[str | int, ...]) -> bool:
    """Whether both ends must prove who they are, so that less may pass."""
    if data is None:
        return False
    modes = ("disabled", "required", "test-always-fail")
    if deny or mapping(data, *path, "authentication").keys() != {"mode"} or data["mode"] not in modes:
        raise UnreadableError("this is no authentication that Cilium knows", *path, "authentication")
    return bool(data["mode"] != "disabled")
