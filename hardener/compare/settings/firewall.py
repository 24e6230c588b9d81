"""From where the closed ports of a pool's hosts can be reached, by their firewall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from hardener.catalog.hosts import ports
from hardener.compare import Direction
from hardener.compare.listing import enumerated
from hardener.compare.reachable import beyond, in_words
from hardener.profile import Profile
from hardener.verify.nftables import EVERY, TCP
from hardener.verify.settings.firewall import Closed, admitted

_UNDECIDED: Final = "it cannot be decided whom this lets in"
_OPEN: Final[Closed] = {protocol: {} for protocol in EVERY}


class Said(NamedTuple):
    """What happens to the ports: a sentence, and why."""

    direction: Direction
    message: str
    reason: str = ""


def firewall(old: str, new: str, profiles: tuple[Profile, Profile]) -> Iterator[Said]:
    """Who reaches a port besides, and who no longer does. Without a file everybody reaches everything."""
    one, other = (admitted(text) if text else _OPEN for text in (old, new))
    if other is None:
        yield Said("weaker", "the hosts' firewall says something that nobody understands", _UNDECIDED)
        return
    if one is None:
        yield Said("stronger", "the hosts' firewall says what everybody understands")
        return
    yield from _told("weaker", one, other, "can be reached from", profiles)
    yield from _told("stronger", other, one, "can no longer be reached from", profiles)


def _told(
    direction: Direction, known: Closed, found: Closed, words: str, profiles: tuple[Profile, Profile]
) -> Iterator[Said]:
    """The same of several protocols is one sentence."""
    said: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for protocol in EVERY:
        for blocks, which in beyond(known[protocol], found[protocol], _compared(protocol, profiles)).items():
            said.setdefault((blocks, _named(which)), []).append(protocol.upper())
    for (blocks, named), protocols in said.items():
        yield Said(direction, f"{named} of {enumerated(protocols)} {words} {in_words(blocks)}")


def _compared(protocol: str, profiles: tuple[Profile, Profile]) -> list[int]:
    """The ports of Kubernetes' programs, and what is a node port on both sides: another range is told of its flag."""
    ranges = [profile.control_plane.service_node_port_range.partition("-") for profile in profiles]
    first, last = max(int(each[0]) for each in ranges), min(int(each[2]) for each in ranges)
    return [*(sorted(ports()) if protocol == TCP else ()), *range(first, last + 1)]


def _named(which: list[int]) -> str:
    """Ports in words, those that follow one another as their first and last.

    >>> _named([10250, 30000, 30001, 30002])
    'ports 10250 and 30000 to 30002'
    """
    spans: list[list[int]] = []
    for port in which:
        if spans and spans[-1][-1] + 1 == port:
            spans[-1][1:] = [port]
        else:
            spans.append([port])
    texts = [" to ".join(map(str, span)) for span in spans]
    return f"port {texts[0]}" if len(which) == 1 else f"ports {enumerated(texts)}"
