"""Ends and ports in words that need no YAML."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final

from hardener.compare.listing import enumerated
from hardener.compare.network.halves import Half
from hardener.compare.network.triples import Parties
from hardener.profile import Profile
from hardener.profile.flows import End
from hardener.verify.network.atoms import PortAtoms, bits_of
from hardener.verify.network.ends import NAME_LABEL
from hardener.verify.network.entities import HOST, REMOTE, SERVER
from hardener.verify.network.universe import Space
from hardener.verify.network.wording import CONTROL_PLANE, ENTITIES
from hardener.verify.reach import wording
from hardener.verify.reach.everything import Pods, described

Listed = Callable[[Sequence[str]], str]

EVERYTHING: Final = "everything"
EVERY_POD: Final = "pods of every namespace"
_OUTSIDE: Final = "everything outside"
_OWN: Final = frozenset([frozenset([HOST]), frozenset([HOST, SERVER])])
_OTHERS: Final = frozenset([frozenset([REMOTE]), frozenset([REMOTE, SERVER])])
_GROUPS: Final = (
    (CONTROL_PLANE | _OWN | _OTHERS, "the nodes and the API server"),
    (_OWN | _OTHERS, "the nodes"),
    (CONTROL_PLANE, "the nodes of the control plane and the API server"),
    (_OWN, "its own node"),
    (_OTHERS, "the other nodes"),
)
_FEW: Final = 4
# As many addresses as a range has that nobody calls the internet, by family: 10.0.0.0/8, fd00::/16.
_OF_ONE_OWNER: Final = {4: 1 << 24, 6: 1 << 112}


def in_full(words: Sequence[str]) -> str:
    """All of them, however many."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


class Words:
    """The words of one side, of which `profile` speaks."""

    def __init__(self, half: Half, profile: Profile, ports: PortAtoms) -> None:
        """Keep what the words are taken from."""
        self._half, self._profile, self._ports = half, profile, ports
        self._judged = half.ends.judged(ingress=True) & half.ends.outside

    def ports(self, mask: int, listed: Listed = enumerated) -> str:
        """On which ports: 8443/TCP and 53/UDP."""
        if not self._ports.uncalled & ~mask:
            return "every port"
        called = {f"the port called {in_full(sorted(names))}" for names in self._ports.names(mask)}
        return listed([*wording.ports(self._ports, mask & self._ports.uncalled), *sorted(called)])

    def parties(self, found: Parties, end: End | None, meant: int, listed: Listed = enumerated) -> str:
        """Who they are; in the words of a flow's `end`, which means `meant` outside, where it is just that."""
        everybody = self._is_every_kind(found.kinds)
        if everybody and not self._judged & ~found.outside:
            return EVERYTHING
        pods = EVERY_POD if everybody else self.pods(found.kinds, end, listed)
        return in_full(list(filter(None, (pods, self._outside(found.outside, end, meant, listed)))))

    def pods(self, kinds: int, end: End | None, listed: Listed = enumerated) -> str:
        """Pods by their namespaces and labels."""
        return in_full(
            [f"pods of {self._spaces(names, pods, end, listed)}{_labelled(pods)}" for pods, names in self._of(kinds)]
        )

    def short(self, found: Parties, end: End | None, meant: int) -> str:
        """Who they are, as short as in a picture."""
        if self._is_every_kind(found.kinds) and not self._judged & ~found.outside:
            return EVERYTHING
        texts = []
        for pods, names in self._of(found.kinds):
            labels = " or ".join(wording.labelled(dict(labels)) for labels in pods.labels)
            texts.append(f"{self._spaces(names, pods, end, enumerated)}{f'/{labels}' if pods.labels else ''}")
        outside = self._outside(found.outside, end, meant, enumerated)
        return enumerated([*texts, *([outside] if outside else [])])

    def names(self, kinds: int) -> tuple[str, ...]:
        """The namespaces of some kinds of pods."""
        return tuple(dict.fromkeys(self._half.pod(kind)[0].name for kind in bits_of(kinds)))

    def are_many(self, found: Parties) -> bool:
        """Are more addresses outside among them than one owner has? That is the internet, however it is written."""
        atoms = self._half.universe.addresses
        plain = [mask for row, mask in self._half.ends.met(found.outside) if not row.words and not row.name]
        sizes = dict.fromkeys(_OF_ONE_OWNER, 0)
        for place in (place for mask in plain for place in bits_of(mask)):
            sizes[atoms.first(place).family] += wording.last(atoms, place) - atoms.first(place).first + 1
        return any(size > _OF_ONE_OWNER[family] for family, size in sizes.items())

    def _is_every_kind(self, kinds: int) -> bool:
        return bool(kinds) and kinds.bit_count() == sum(len(space.kinds) for space in self._half.universe.spaces)

    def _of(self, kinds: int) -> list[tuple[Pods, list[str]]]:
        """The namespaces of which pods are described alike."""
        spaces: dict[int, tuple[Space, list[int]]] = {}
        for kind in bits_of(kinds):
            space, _ = self._half.pod(kind)
            spaces.setdefault(id(space), (space, []))[1].append(kind + self._half.ends.lowest_pod - space.first)
        found: dict[Pods, list[str]] = {}
        for space, numbers in spaces.values():
            found.setdefault(described(space, numbers), []).append(self._name(space))
        return sorted(found.items())

    def _name(self, space: Space) -> str:
        """A namespace, with the labels that are only supposed."""
        name = "any other namespace" if space.name == self._half.universe.stranger else space.name
        supposed = {} if space.name in self._half.network.namespaces else space.labels
        more = {key: value for key, value in supposed.items() if key != NAME_LABEL}
        return f"{name} labelled {wording.labelled(more)}" if more else name

    def _spaces(self, names: Collection[str], pods: Pods, end: End | None, listed: Listed) -> str:
        if end is not None and not pods.labels and set(names) == self._meant(end):
            return f"tenant {end.tenant}" if end.tenant else f"zone {end.zone}"
        return listed(sorted(names))

    def _meant(self, end: End) -> set[str]:
        """The namespaces that a tenant or a zone has."""
        if end.tenant is not None:
            return set(self._profile.tenants[end.tenant].namespaces)
        of = self._profile.tenants.values()
        return {name for tenant in of for name, each in tenant.namespaces.items() if each.zone == end.zone}

    def _outside(self, ends: int, end: End | None, meant: int, listed: Listed) -> str:
        if not ends:
            return ""
        if not self._judged & ~ends:
            return _OUTSIDE
        said = _said(end, listed) if end is not None else ""
        if said and not meant & ~ends:
            return said
        texts = self._listed(ends, listed)
        return (
            f"{said} (but for what is open anyway)"
            if said and len(texts) > _FEW and listed is enumerated
            else listed(texts)
        )

    def _listed(self, ends: int, listed: Listed) -> list[str]:
        """Ranges, then what Cilium has words for, then names, each with what it adds to those before."""
        atoms, plain = self._half.universe.addresses, 0
        words, named = set[frozenset[str]](), dict[str, int]()
        for row, mask in self._half.ends.met(ends):
            if not row.words and not row.name:
                plain = mask
            elif row.name and not row.words and mask & ~plain:
                named[row.name] = mask & ~plain
            elif row.words and not row.name and (not row.wide or mask & ~plain):
                words.add(row.words)
        judged = self._half.ends.met(self._judged)
        whole = {row.name: mask & ~plain for row, mask in judged if row.name in named and not row.words}
        leading = sorted(self._leading(name, mask, whole[name], listed) for name, mask in named.items())
        return [*wording.ranges(atoms, bits_of(plain)), *_worded(words), *leading]

    def _leading(self, witness: str, mask: int, whole: int, listed: Listed) -> str:
        """A name, and where it leads as far as that matters: `mask` of the `whole` that it may lead to."""
        universe = self._half.universe
        name = next(each.text for each in universe.patterns if each.witness == witness)
        elsewhere = ~universe.metadata & ~universe.own
        left = whole & elsewhere & ~mask
        if not left:
            return name
        there, others = (wording.ranges(universe.addresses, bits_of(each)) for each in (mask, left))
        if len(others) < len(there):
            return f"{name} unless it leads to {listed(others)}"
        return f"{name} where it leads to {listed(there)}"


def _worded(words: set[frozenset[str]]) -> list[str]:
    """What Cilium has words for, those that belong together as one."""
    found, left = [], words
    for group, text in _GROUPS:
        if left >= group:
            found.append(text)
            left = left - group
    return [*found, *sorted(ENTITIES[each] for each in left)]


def end_of_flow(end: End) -> str:
    """An end of a flow, as the profile says it."""
    if end.namespace is not None:
        return f"pods of {end.namespace}{f' labelled {wording.labelled(end.pods)}' if end.pods else ''}"
    if end.tenant is not None or end.zone is not None:
        return f"pods of {f'tenant {end.tenant}' if end.tenant else f'zone {end.zone}'}"
    return _said(end, enumerated)


def _said(end: End, listed: Listed) -> str:
    """An end of a flow that is no pod."""
    if end.cidr is not None:
        return f"{end.cidr} but for {listed(end.except_)}" if end.except_ else end.cidr
    if end.fqdn:
        return listed(end.fqdn)
    if end.internet:
        return "the internet"
    return "the API server" if end.api_server else "the nodes" if end.nodes else ""


def _labelled(pods: Pods) -> str:
    if not pods.labels:
        return ""
    texts = [f"labelled {wording.labelled(dict(each))}" if each else "without labels" for each in pods.labels]
    return f" {' or '.join(texts)}{' (and no others)' if pods.exactly and len(texts) > 1 else ''}"
