"""What somebody may do to a policy in a file: changes of its data, and changes that change nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from random import Random
from typing import Any

from tests.network_worlds import is_range

Data = dict[str, Any]
Place = tuple[str | int, ...]
STRANGER = "stranger"


def changed(manifest: Data, luck: Random) -> Data:
    """The manifest with one thing in it dropped, emptied, widened, repeated, added or exchanged."""
    found = copy.deepcopy(manifest)
    luck.choice(CHANGES)(found, luck)
    return found


def same(manifest: Data, luck: Random) -> Data:
    """The manifest in other words."""
    found = copy.deepcopy(manifest)
    for way in luck.sample(REWORDINGS, luck.randint(1, 3)):
        way(found, luck)
    return found


def places(value: Any, kind: type | tuple[type, ...], at: Place = ()) -> Iterator[Place]:
    """Where below a value something of a kind stands."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        if isinstance(each, kind):
            yield (*at, key)
        yield from places(each, kind, (*at, key))


def _holder(manifest: Data, place: Place) -> Any:
    for key in place[:-1]:
        manifest = manifest[key]
    return manifest


def _spec(manifest: Data) -> Data:
    spec: Data = manifest["spec"]
    return spec


def _pick(manifest: Data, luck: Random, kind: type | tuple[type, ...]) -> tuple[Any, Any] | None:
    found = list(places(_spec(manifest), kind))
    if not found:
        return None
    place = luck.choice(found)
    return _holder(_spec(manifest), place), place[-1]


def drop(manifest: Data, luck: Random) -> None:
    """Leave something out."""
    if picked := _pick(manifest, luck, (dict, list, str, int)):
        holder, key = picked
        del holder[key]


def empty(manifest: Data, luck: Random) -> None:
    """Empty a list or a mapping: of many, that means all."""
    if picked := _pick(manifest, luck, (dict, list)):
        holder, key = picked
        holder[key] = type(holder[key])()


def exchange(manifest: Data, luck: Random) -> None:
    """Another text or number."""
    if picked := _pick(manifest, luck, (str, int)):
        holder, key = picked
        holder[key] = _other(holder[key], luck)


def _other(value: Any, luck: Random) -> Any:
    if isinstance(value, int):
        return luck.choice([value - 1, value + 1, 1, 65535])
    if value in ("TCP", "UDP", "SCTP"):
        return luck.choice(["TCP", "UDP", "SCTP"])
    if value in ("Ingress", "Egress"):
        return luck.choice(["Ingress", "Egress"])
    if value.isdigit():
        return str(luck.choice([int(value) - 1, int(value) + 1, 0, 65535]))
    if is_range(value):
        return _other_range(value, luck)
    return luck.choice([STRANGER, "kube-system", "a", "b", "c", value + "x"])


def _other_range(text: str, luck: Random) -> str:
    found = ip_network(text)
    if luck.random() < 0.6 and found.prefixlen:
        return str(found.supernet())
    return str(next(iter(found.subnets()))) if found.prefixlen < found.max_prefixlen else text


def widen(manifest: Data, luck: Random) -> None:
    """One more that may: everybody, a stranger, every address, every port."""
    rules = _rules(manifest)
    if not rules:
        return
    direction, rule = luck.choice(rules)
    if manifest["kind"] != "NetworkPolicy":
        key = {"ingress": "fromEntities", "egress": "toEntities"}.get(direction)
        if key:
            rule.setdefault(key, []).append(luck.choice(["all", "world", "cluster", "host"]))
        return
    if luck.random() < 0.2:
        rule.setdefault("ports", []).append({"port": luck.choice([1, 22, 8443])})
        return
    peer = luck.choice(
        [
            {"namespaceSelector": {}},
            {"podSelector": {}},
            {"ipBlock": {"cidr": "0.0.0.0/0"}},
            {"ipBlock": {"cidr": "169.254.169.254/32"}},
            {"namespaceSelector": {"matchLabels": {"team": "a"}}},
            {"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}},
        ]
    )
    rule.setdefault("from" if direction == "ingress" else "to", []).append(peer)


def narrow(manifest: Data, luck: Random) -> None:
    """A selector that asks for more."""
    found = [at for at in places(manifest, dict) if "elector" in str(at[-1])]
    if found:
        place = luck.choice(found)
        operator = luck.choice(["Exists", "DoesNotExist", "NotIn"])
        asked: Data = {"key": luck.choice(["app", "tier"]), "operator": operator}
        if operator == "NotIn":
            asked["values"] = ["api"]
        _holder(manifest, place)[place[-1]].setdefault("matchExpressions", []).append(asked)


def move(manifest: Data, luck: Random) -> None:
    """To another namespace."""
    if "namespace" in manifest["metadata"]:
        manifest["metadata"]["namespace"] = luck.choice([STRANGER, "kube-system", "default"])


def _rules(manifest: Data) -> list[tuple[str, Data]]:
    spec = _spec(manifest)
    return [(key, rule) for key in ("ingress", "egress") for rule in spec.get(key) or () if isinstance(rule, dict)]


CHANGES: tuple[Callable[[Data, Random], None], ...] = (
    drop,
    drop,
    empty,
    empty,
    exchange,
    exchange,
    widen,
    narrow,
    move,
)


def repeat(manifest: Data, luck: Random) -> None:
    """A rule, a peer or a port twice."""
    found = [at for at in places(_spec(manifest), list) if at[-1] not in ("policyTypes", "dns", "values")]
    if found:
        place = luck.choice(found)
        items = _holder(_spec(manifest), place)[place[-1]]
        if items and len(items) < 20:
            items.append(copy.deepcopy(luck.choice(items)))


def reorder(manifest: Data, luck: Random) -> None:
    """Every list the other way round."""
    for place in sorted(places(_spec(manifest), list), key=len, reverse=True):
        _holder(_spec(manifest), place)[place[-1]].reverse()


def express(manifest: Data, luck: Random) -> None:
    """A label as an expression."""
    found = [at for at in places(_spec(manifest), dict) if at[-1] == "matchLabels"]
    if found:
        place = luck.choice(found)
        selector = _holder(_spec(manifest), place)
        for key, value in selector.pop("matchLabels").items():
            asked = {"key": key, "operator": "In", "values": [value]}
            selector.setdefault("matchExpressions", []).append(asked)


def span(manifest: Data, luck: Random) -> None:
    """A port as a range of one."""
    for place in places(_spec(manifest), (int, str)):
        holder = _holder(_spec(manifest), place)
        if place[-1] == "port" and "endPort" not in holder and "dns" not in str(_spec(manifest)):
            holder["endPort"] = int(holder["port"])
            return


def part(manifest: Data, luck: Random) -> None:
    """Of a rule's peers, each a rule of its own."""
    if manifest["kind"] != "NetworkPolicy":
        return
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for rule in list(_spec(manifest).get(direction) or ()):
            if len(rule.get(side) or ()) > 1:
                first, *rest = rule[side]
                rule[side] = [first]
                _spec(manifest)[direction].append({**copy.deepcopy(rule), side: rest})
                return


def halve(manifest: Data, luck: Random) -> None:
    """A range as its two halves."""
    for place in places(_spec(manifest), dict):
        if place[-1] == "ipBlock":
            peers, number, block = (
                _holder(_spec(manifest), place[:-1]),
                place[-2],
                _holder(_spec(manifest), place)["ipBlock"],
            )
            whole = ip_network(block["cidr"])
            if not block.get("except") and whole.prefixlen < whole.max_prefixlen:
                peers[number : number + 1] = [{"ipBlock": {"cidr": str(half)}} for half in whole.subnets()]
                return


REWORDINGS: tuple[Callable[[Data, Random], None], ...] = (repeat, reorder, express, span, part, halve)
