"""CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy, as far as they decide which connections begin.

The rules are those of Cilium 1.18: pkg/policy/api (rule.go, ingress.go, egress.go, l4.go, rule_validation.go) for what
a field means, pkg/k8s/apis/cilium.io/utils/utils.go for the namespace that a selector is given, pkg/policy/rule.go for
how peers and ports meet, pkg/policy/repository.go for what isolates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_network
from typing import Any

from tests.packets.ends import Host, Packet, Pod
from tests.packets.kubernetes import PROTOCOLS, Namespaces, named
from tests.packets.labels import OPERATORS, in_range, sound, within
from tests.packets.policy import EGRESS, INGRESS, NotJudgedError, Policy, Rule, only

Peers = Callable[[Pod | Host], bool]
Ports = Callable[[Packet], bool]
# A label of Cilium: where it comes from, its key.
Key = tuple[str, str]

NAMESPACE = "io.kubernetes.pod.namespace"
NAMESPACE_LABEL = "io.cilium.k8s.namespace.labels."
SERVICE_ACCOUNT = "io.cilium.k8s.policy.serviceaccount"
SERVICE_NAME = re.compile(r"([a-zA-Z0-9]-?)*[a-zA-Z](-?[a-zA-Z0-9])*")
NODES = {"host", "remote-node"}
# Words for what no pod and no host of ours ever is.
NOBODY = {"init", "ingress", "health", "unmanaged", "none"}
DIRECTIONS = {INGRESS: "from", EGRESS: "to"}
# Fields of which an empty list means nobody; of the others it means what leaving them out means.
CLOSING = ("Endpoints", "CIDR", "CIDRSet", "Entities", "Nodes")
# What we do not know enough for: other objects, other clouds, what a certificate says.
UNKNOWN = ("Services", "Groups", "Nodes", "Requires")


def policies(manifest: Mapping[str, Any], namespaces: Namespaces) -> list[Policy]:
    """One for each rule of the manifest."""
    only(manifest, "apiVersion", "kind", "metadata", "spec", "specs")
    home = manifest["metadata"]["namespace"] if manifest["kind"] == "CiliumNetworkPolicy" else None
    specs = [*([manifest["spec"]] if manifest.get("spec") else []), *(manifest.get("specs") or ())]
    if not specs:
        raise NotJudgedError("a policy without rules")
    return [_policy(spec, home, namespaces) for spec in specs]


def _policy(spec: Mapping[str, Any], home: str | None, namespaces: Namespaces) -> Policy:
    fields = (INGRESS, EGRESS, "ingressDeny", "egressDeny")
    only(spec, "endpointSelector", "enableDefaultDeny", "description", "labels", "log", *fields)
    if spec.get("endpointSelector") is None or not any(spec.get(key) for key in fields):
        raise NotJudgedError("Cilium takes no policy without endpointSelector, or without rules")
    chosen, postures = Selector(spec["endpointSelector"]), spec.get("enableDefaultDeny") or {}
    only(postures, INGRESS, EGRESS)
    if home is not None:
        chosen.require("k8s", NAMESPACE, home)
    return Policy(
        selects=lambda pod: chosen.selects(_labels(pod, namespaces)),
        isolates=frozenset(
            direction
            for direction in DIRECTIONS
            if (spec.get(direction) or spec.get(f"{direction}Deny")) and postures.get(direction) is not False
        ),
        allows={word: [_rule(rule, word, home, namespaces) for rule in spec.get(word) or ()] for word in DIRECTIONS},
        denies={
            word: [_rule(rule, word, home, namespaces, deny=True) for rule in spec.get(f"{word}Deny") or ()]
            for word in DIRECTIONS
        },
    )


def _rule(
    rule: Mapping[str, Any], direction: str, home: str | None, namespaces: Namespaces, *, deny: bool = False
) -> Rule:
    side = DIRECTIONS[direction]
    names = {f"{side}{word}": word for word in ("Endpoints", "CIDR", "CIDRSet", "Entities", *UNKNOWN)}
    if side == "to" and not deny:
        names["toFQDNs"] = "FQDNs"
    only(rule, *names, "toPorts")
    said = {word: rule[name] for name, word in names.items() if rule.get(name) is not None}
    if unknown := [word for word in UNKNOWN if said.get(word)]:
        raise NotJudgedError(f"{unknown} needs more than policies")
    given = [word for word, entries in said.items() if entries]
    if len(given) > 1:
        raise NotJudgedError(f"Cilium takes no rule with {given} together")
    readers = {word: _reader(word, said[word], home, namespaces) for word in given}
    ports = _ports(rule, egress=direction == EGRESS, deny=deny)
    return Rule(peers=_peers(said, readers, ports is not None), ports=ports or (lambda packet: True))


def _peers(
    said: Mapping[str, Any], readers: Mapping[str, Peers], with_ports: bool
) -> Callable[[Any, Pod | Host], bool]:
    """Nobody, if a list is empty; those that are named; else everybody at the ports named, and nobody without ports."""
    if any(entries == [] for word, entries in said.items() if word in CLOSING):
        return lambda subject, peer: False
    if readers:
        (means,) = readers.values()
        return lambda subject, peer: means(peer)
    return lambda subject, peer: with_ports


def _reader(word: str, entries: list[Any], home: str | None, namespaces: Namespaces) -> Peers:
    if word == "Endpoints":
        chosen = [_endpoint(entry, home) for entry in entries]
        return lambda peer: any(each.selects(_labels(peer, namespaces)) for each in chosen)
    if word == "Entities":
        meant = [_entity(entry) for entry in entries]
        return lambda peer: any(means(peer) for means in meant)
    if word == "FQDNs":
        patterns = [_pattern(entry) for entry in entries]
        return lambda peer: _is_outside(peer) and any(each.fullmatch(f"{peer.name}.".lower()) for each in patterns)
    blocks = [({"cidr": entry} if word == "CIDR" else entry) for entry in entries]
    for block in blocks:
        _check_block(block)
    return lambda peer: _is_outside(peer) and any(_in_block(peer.address, block) for block in blocks)


def _is_outside(peer: Pod | Host) -> bool:
    """Whether ranges and names can mean it: what is in the cluster is known otherwise (pkg/ipcache/metadata.go)."""
    return isinstance(peer, Host) and not peer.is_node


def _check_block(block: Mapping[str, Any]) -> None:
    only(block, "cidr", "except")
    ip_network(block["cidr"], strict=False)
    if not all(within(hole, block["cidr"]) for hole in block.get("except") or ()):
        raise NotJudgedError(f"a hole beside {block['cidr']}")


def _in_block(address: str, block: Mapping[str, Any]) -> bool:
    return in_range(address, block["cidr"]) and not any(in_range(address, hole) for hole in block.get("except") or ())


def _entity(word: str) -> Peers:
    """The words of pkg/policy/api/entity.go. A pod is part of the cluster; so is a node, and who serves the API."""
    if word == "all":
        return lambda peer: True
    if word == "world":
        return _is_outside
    if word == "cluster":
        return lambda peer: isinstance(peer, Pod) or bool(peer.entities)
    if word in NODES or word == "kube-apiserver":
        return lambda peer: isinstance(peer, Host) and word in peer.entities
    if word in NOBODY:
        return lambda peer: False
    raise NotJudgedError(f"entity {word!r}")


def _pattern(entry: Mapping[str, str]) -> re.Pattern[str]:
    """A star stands for any part of one label; alone, for every name (pkg/fqdn/matchpattern/matchpattern.go)."""
    only(entry, "matchName", "matchPattern")
    if len(entry) != 1:
        raise NotJudgedError(f"a name that is {entry}")
    (text,) = entry.values()
    if not re.fullmatch(r"([-a-zA-Z0-9_]+[.]?)+" if "matchName" in entry else r"([-a-zA-Z0-9_*]+[.]?)+", text):
        raise NotJudgedError(f"name {text!r}")
    if text == "*":
        return re.compile(r"([-a-z0-9_]+[.])+")
    text = text.lower().removesuffix(".") + "."
    return re.compile(text.replace(".", "[.]").replace("*", "[-a-zA-Z0-9_]*"))


def _ports(rule: Mapping[str, Any], *, egress: bool, deny: bool) -> Ports | None:
    """None if a rule names none: it is about every port, then."""
    groups = rule.get("toPorts") or ()
    if not groups:
        return None
    found = [_port(entry) for group in groups for entry in _entries(group, egress=egress, deny=deny)]
    return lambda packet: any(means(packet) for means in found)


def _entries(group: Mapping[str, Any], *, egress: bool, deny: bool) -> Iterable[Mapping[str, Any]]:
    only(group, "ports", *([] if deny else ["rules"]))
    ports, inside = group.get("ports") or (), group.get("rules") or {}
    only(inside, "dns", "http", "kafka", "l7", "l7proto")
    if len(ports) > 40:
        raise NotJudgedError("Cilium takes at most 40 ports together")
    # What looks at every name lets every name through; whatever else looks inside a connection is beyond us.
    if any(inside.values()) and (not egress or not ports or inside != {"dns": [{"matchPattern": "*"}]}):
        raise NotJudgedError(f"rules {inside}")
    return ports


def _port(entry: Mapping[str, Any]) -> Ports:
    only(entry, "port", "endPort", "protocol")
    port, last, said = entry.get("port"), entry.get("endPort") or 0, entry.get("protocol") or "ANY"
    if said not in (*PROTOCOLS, "ANY") or not isinstance(port, str) or not 0 <= last <= 65535:
        raise NotJudgedError(f"port {entry}")
    protocols = PROTOCOLS if said == "ANY" else (said,)
    if SERVICE_NAME.fullmatch(port) and len(port) <= 15:
        if last:
            raise NotJudgedError(f"port {entry}")
        return lambda packet: any(named(packet, port.lower(), protocol) for protocol in protocols)
    if not re.fullmatch("0|[1-9][0-9]{0,4}", port) or int(port) > 65535:
        raise NotJudgedError(f"port {port!r}")
    # An end before its beginning is no end (pkg/policy/portrange.go).
    first, end = int(port), max(int(port), last)
    if first == 0 and end == 0:
        return lambda packet: packet.protocol in protocols
    return lambda packet: packet.protocol in protocols and first <= packet.port <= end


class Selector:
    """A label selector over Cilium's labels, which come from somewhere: `k8s:app`; a key without is of any source."""

    def __init__(self, selector: Mapping[str, Any]) -> None:
        only(selector, "matchLabels", "matchExpressions")
        labels = selector.get("matchLabels") or {}
        self.labels = {_key(key): value for key, value in labels.items()}
        if len(self.labels) < len(labels):
            raise NotJudgedError("which of two spellings counts, Cilium leaves to luck")
        sound((".".join(key) for key in self.labels), labels.values())
        self.expressions: list[tuple[Key, str, tuple[str, ...]]] = []
        for each in selector.get("matchExpressions") or ():
            only(each, "key", "operator", "values")
            values = tuple(each.get("values") or ())
            if OPERATORS.get(each["operator"]) is not bool(values):
                raise NotJudgedError(f"{each['operator']} with {len(values)} values")
            sound([".".join(_key(each["key"]))], values)
            self.expressions.append((_key(each["key"]), each["operator"], values))

    def keys(self) -> list[Key]:
        return [*self.labels, *(key for key, _, _ in self.expressions)]

    def require(self, source: str, key: str, value: str) -> None:
        self.labels[source, key] = value

    def selects(self, labels: Mapping[Key, str]) -> bool:
        if any(_find(labels, key) != value for key, value in self.labels.items()):
            return False
        for key, operator, values in self.expressions:
            found = _find(labels, key)
            holds = found is not None if operator in ("Exists", "DoesNotExist") else found in values
            if holds is (operator in ("NotIn", "DoesNotExist")):
                return False
        return True


def _endpoint(entry: Mapping[str, Any], home: str | None) -> Selector:
    """Those of the policy's own namespace, unless the selector says which; of every namespace for the whole cluster."""
    found = Selector(entry)
    keys = found.keys()
    if any(source == "reserved" for source, _ in keys):
        return found
    if any(key == NAMESPACE for _, key in keys):
        return found
    if home is None:
        found.expressions.append((("k8s", NAMESPACE), "Exists", ()))
    elif not any(key.startswith(NAMESPACE_LABEL) for _, key in keys):
        found.require("k8s", NAMESPACE, home)
    return found


def _key(text: str) -> Key:
    """After parseSource in Cilium's pkg/labels/labels.go: $world and reserved.world are reserved:world."""
    text = re.sub("^[$]", "reserved:", text)
    if ":" not in text:
        text = re.sub("^reserved[.]", "reserved:", text)
    source, colon, key = text.partition(":")
    found = (source or "any", key.split("=")[0]) if colon else ("any", text.split("=")[0])
    if found[0] not in ("k8s", "any", "reserved") or found[1] == SERVICE_ACCOUNT:
        raise NotJudgedError(f"label {text!r}")
    return found


def _find(labels: Mapping[Key, str], key: Key) -> str | None:
    if key[0] != "any":
        return labels.get(key)
    return next((value for (_, name), value in labels.items() if name == key[1]), None)


def _labels(end: Pod | Host, namespaces: Namespaces) -> dict[Key, str]:
    """What Cilium knows of an end."""
    if isinstance(end, Host):
        return {("reserved", word): "" for word in (*end.entities, *([] if end.is_node else ["world"]))}
    found = {("k8s", key): value for key, value in end.labels.items()}
    found |= {("k8s", f"{NAMESPACE_LABEL}{key}"): value for key, value in namespaces[end.namespace].items()}
    return {**found, ("k8s", NAMESPACE): end.namespace, ("k8s", "io.cilium.k8s.policy.cluster"): "default"}
