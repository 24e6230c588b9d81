"""Whom a rule of Cilium means: endpoints by their labels, entities, ranges of addresses, names."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

from hardener.profile.addresses import RangeError, address_block
from hardener.verify.labels import is_key
from hardener.verify.network.ends import NAME_LABEL
from hardener.verify.network.kubernetes import address_range
from hardener.verify.network.names import pattern
from hardener.verify.network.policies import EGRESS, Entity, Everyone, Named, Outsiders, Peer, Pods
from hardener.verify.network.selectors import POSITIVE, Requirement, Selector, Selectors, equal
from hardener.verify.network.unreadable import UnreadableError, known_keys, list_of, mapping

# pkg/policy/api/entity.go; the definition of the kind takes no other.
ENTITIES: Final = frozenset(
    [
        "all",
        "cluster",
        "health",
        "host",
        "ingress",
        "init",
        "kube-apiserver",
        "none",
        "remote-node",
        "unmanaged",
        "world",
    ]
)
# What a pod's identity holds besides its labels (pkg/k8s/apis/cilium.io/const.go).
_NAMESPACE: Final = "io.kubernetes.pod.namespace"
_NAMESPACE_LABEL: Final = "io.cilium.k8s.namespace.labels."
_CILIUMS_OWN: Final = "io.cilium.k8s.policy."
_RESERVED: Final = "reserved"
_SIDES: Final = {"ingress": "from", "egress": "to"}
# Of these an empty list means nobody; of the others it is as good as none (ingress.go, egress.go).
_CLOSING: Final = frozenset(["Endpoints", "CIDR", "CIDRSet", "Entities", "Nodes"])
_KNOWN: Final = ("Endpoints", "CIDR", "CIDRSet", "Entities")
_BEYOND: Final = ("Nodes", "Groups", "Requires")
_RANGE: Final = frozenset(["cidr", "except"])


class Chosen(NamedTuple):
    """What a selector means. `replaced`: what it asks of the namespace, where the policy's own takes its place."""

    pods: Pods
    replaced: tuple[Requirement, ...]
    reserved: tuple[Requirement, ...]
    asks_namespace: bool
    asks_namespace_labels: bool


class Meant(NamedTuple):
    """Whom a rule means; `named`: it says so itself, and not only by leaving everything out."""

    meant: tuple[Peer, ...]
    named: bool


class Peers:
    """Reads the peers of rules. `ignored_labels` are beginnings of labels that are no part of a pod's identity."""

    def __init__(self, ignored_labels: tuple[str, ...]) -> None:
        """Start with nothing read."""
        self._ignored = ignored_labels
        self._selectors = Selectors(is_key=lambda key: is_key(".".join(_label(key))))
        self._readers: dict[str, Callable[[Any, str, tuple[str | int, ...]], tuple[Peer, ...]]] = {
            "Endpoints": self._endpoint,
            "Entities": _entity,
            "CIDR": _address,
            "CIDRSet": _range,
            "FQDNs": _name,
        }

    def read(
        self,
        data: dict[str, Any],
        direction: str,
        home: str,
        besides: AbstractSet[str],
        deny: bool,
        path: tuple[str | int, ...],
    ) -> Meant:
        """The peers of one rule, which may also have the fields `besides`. Raises UnreadableError."""
        side = _SIDES[direction]
        words = {f"{side}{word}": word for word in (*_KNOWN, *_BEYOND)}
        if direction == EGRESS:
            words |= {"toServices": "Services"} if deny else {"toServices": "Services", "toFQDNs": "FQDNs"}
        known_keys(data, words.keys() | besides, *path)
        said = {key: data[key] for key in words if data.get(key) is not None}
        full = [key for key, entries in said.items() if list_of(entries, *path, key)]
        if len(full) > 1:
            raise UnreadableError(f"Cilium takes no rule with {' and '.join(sorted(full))}", *path)
        if any(not entries and words[key] in _CLOSING for key, entries in said.items()):
            return Meant((), named=True)
        if not full:
            return Meant((Everyone(),), named=False)
        (key,) = full
        if words[key] not in self._readers:
            raise UnreadableError(f"whom {key} means stands in no policy", *path, key)
        read = self._readers[words[key]]
        found = [read(entry, home, (*path, key, number)) for number, entry in enumerate(said[key])]
        return Meant(tuple(peer for peers in found for peer in peers), named=True)

    def selector(self, data: Any, path: tuple[str | int, ...]) -> Chosen:
        """What a selector asks of pods and of their namespaces. Raises UnreadableError."""
        written = self._selectors.read(data, *path)
        pods, spaces, reserved, replaced = [], [], [], []
        names = labels = False
        _check_once(data, path)
        for each in written.requirements:
            source, key = _label(each.key)
            if source == _RESERVED:
                reserved.append(each._replace(key=key))
                continue
            if source not in ("k8s", "any"):
                raise UnreadableError(f"nobody here knows labels of the source {source}", *path)
            if key == _NAMESPACE:
                spaces.append(each._replace(key=NAME_LABEL))
                replaced += [spaces[-1]] if source == "k8s" and _is_label(each, data) else []
                names = True
            elif key.startswith(_NAMESPACE_LABEL):
                spaces.append(each._replace(key=key.removeprefix(_NAMESPACE_LABEL)))
                labels = True
            elif key.startswith(_CILIUMS_OWN):
                raise UnreadableError(f"what {key} is stands in no policy", *path)
            else:
                pods.append(each._replace(key=key))
        chosen = Pods(Selector(tuple(spaces)), Selector(tuple(pods)))
        return Chosen(chosen, tuple(replaced), tuple(reserved), names, labels)

    def _endpoint(self, data: Any, home: str, path: tuple[str | int, ...]) -> tuple[Peer, ...]:
        """Pods of the policy's own namespace, unless the selector asks for namespaces itself; see utils.go.

        A selector that only asks for what is not there means everything that is no pod as well.
        """
        chosen = self.selector(data, path)
        if chosen.reserved:
            return self._reserved(chosen, path)
        spaces = chosen.pods.namespaces.requirements
        if not chosen.asks_namespace and home and not chosen.asks_namespace_labels:
            spaces = (*spaces, equal(NAME_LABEL, home))
        found = Pods(Selector(spaces), chosen.pods.pods)
        asked = (*spaces, *found.pods.requirements)
        bound = not home and not chosen.asks_namespace
        if bound or any(each.operator in POSITIVE for each in asked):
            return (found,)
        return (found, Outsiders())

    def _reserved(self, chosen: Chosen, path: tuple[str | int, ...]) -> tuple[Peer, ...]:
        """What Cilium reserves a label for is an entity."""
        asked = chosen.reserved
        others = chosen.pods.pods.requirements or chosen.pods.namespaces.requirements
        if others or len(asked) > 1 or asked[0].operator not in POSITIVE or asked[0].key not in ENTITIES:
            raise UnreadableError("nobody here knows whom these reserved labels mean", *path)
        if asked[0].values and asked[0].values != {""}:
            return ()
        return (Entity(asked[0].key),)


def _label(key: str) -> tuple[str, str]:
    """Source and name of a label, as Cilium takes a key apart (parseSource and GetExtendedKeyFrom in pkg/labels).

    >>> _label("app"), _label("k8s:app"), _label("$world"), _label("reserved.world"), _label("k8s:app=web")
    (('any', 'app'), ('k8s', 'app'), ('reserved', 'world'), ('reserved', 'world'), ('k8s', 'app'))
    """
    source, colon, name = key.partition(":")
    if key.startswith("$"):
        source, name = _RESERVED, key[1:]
    elif not colon:
        short = key.startswith(f"{_RESERVED}.")
        source, name = (_RESERVED, key.removeprefix(f"{_RESERVED}.")) if short else ("", key)
    return source or "any", name.partition("=")[0]


def _check_once(data: Any, path: tuple[str | int, ...]) -> None:
    """Of several spellings of one label, Cilium takes any. Raises UnreadableError."""
    keys = [_label(key) for key in data.get("matchLabels") or {}]
    if len(set(keys)) < len(keys):
        raise UnreadableError("one label stands in it in several spellings", *path, "matchLabels")


def _is_label(asked: Requirement, data: Any) -> bool:
    """Does it stand among matchLabels, where the policy's own namespace takes its place?"""
    return asked.key in (data.get("matchLabels") or {}) and len(asked.values) == 1


def _entity(data: Any, home: str, path: tuple[str | int, ...]) -> tuple[Peer, ...]:
    if data.__class__ is not str or data not in ENTITIES:
        raise UnreadableError(f"there is no entity {data!r}", *path)
    return (Entity(data),)


def _address(data: Any, home: str, path: tuple[str | int, ...]) -> tuple[Peer, ...]:
    """A range, or one address."""
    if data.__class__ is str and "/" not in data:
        try:
            return (address_range(str(address_block(data)), [], path),)
        except RangeError as error:
            raise UnreadableError(str(error), *path) from error
    return (address_range(data, [], path),)


def _range(data: Any, home: str, path: tuple[str | int, ...]) -> tuple[Peer, ...]:
    known_keys(mapping(data, *path), _RANGE, *path)
    return (address_range(data.get("cidr"), data.get("except") or [], path),)


def _name(data: Any, home: str, path: tuple[str | int, ...]) -> tuple[Peer, ...]:
    known_keys(mapping(data, *path), {"matchName", "matchPattern"}, *path)
    (text,) = data.values() if len(data) == 1 else (None,)
    found = pattern(text) if text.__class__ is str else None
    if found is None or ("matchName" in data and "*" in found.text):
        raise UnreadableError("this is no name, and no pattern of names", *path)
    return (Named(found),)
