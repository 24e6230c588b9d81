"""All kinds of pods in one direction, by whom they let through: for what means so many that nobody asks each pair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hardener.compare.network.ends import Ends
from hardener.compare.network.states import Opening, State
from hardener.verify.network.atoms import bits_of
from hardener.verify.network.differences import cells

# By kind of pods that is let through: the ports, and the kinds that do so.
_Rules = dict[int, list[tuple[int, int]]]


class Willing:
    """Made once of the states of all kinds."""

    def __init__(self, states: Iterable[tuple[int, State]], ends: Ends) -> None:
        """Turn their rules round; equal ones are turned once."""
        self._open = 0
        opened: dict[tuple[int, int], int] = {}
        denied: dict[tuple[int, int], int] = {}
        for kind, state in states:
            if state.judged:
                self._open |= 0 if state.closed else 1 << kind
                _add(opened, state.opened, kind)
                _add(denied, state.denied, kind)
        self._opened, self._denied = _turned(opened, ends), _turned(denied, ends)

    def letting(self, place: int, kinds: int, ports: int) -> Iterator[tuple[int, int]]:
        """As `Half.letting`."""
        rules = [(kinds & self._open, ports)]
        rules += [(kinds & willing, ports & open_) for open_, willing in self._opened.get(place, ())]
        denied = [(kinds & closing, ports & closed) for closed, closing in self._denied.get(place, ())]
        for group in cells({mask for mask, _ in (*rules, *denied) if mask}):
            passing = 0
            for mask, some in rules:
                passing |= some if mask & group else 0
            for mask, some in denied:
                passing &= ~some if mask & group else -1
            if passing:
                yield group, passing


def _add(found: dict[tuple[int, int], int], rules: Iterable[Opening], kind: int) -> None:
    for each in rules:
        key = each.ports, each.peers
        found[key] = found.get(key, 0) | 1 << kind


def _turned(rules: dict[tuple[int, int], int], ends: Ends) -> _Rules:
    found: _Rules = {}
    for (ports, peers), kinds in rules.items():
        for place in bits_of(ends.kinds(peers)):
            found.setdefault(place, []).append((ports, kinds))
    return found
