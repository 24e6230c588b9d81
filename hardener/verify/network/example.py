"""Of all that a rule opens the way to, the example that says most."""

from __future__ import annotations

from hardener.profile.addresses import Block, address_block
from hardener.verify.network.atoms import lowest
from hardener.verify.network.policies import EGRESS
from hardener.verify.network.universe import Universe

# Where most clouds hand out credentials, and addresses of the internet that everybody knows.
_METADATA = "169.254.169.254"
_KNOWN = ("1.1.1.1", "2606:4700:4700::1111")


def telling(universe: Universe, peers: int, direction: str, *, by_name: bool) -> int:
    """The place of one of the peers: a cloud's metadata, strangers, a pod, an address, the rest.

    Where a rule goes by names, they come first: whatever they lead to, they say themselves.
    """
    strangers = sum(space.bits for space in universe.named_spaces(universe.stranger))
    families = universe.addresses.of_family
    known = [_place(universe, text) for text in _KNOWN]
    groups = [strangers, universe.pods, known[0], families[4], known[1], families[6], universe.all]
    if direction == EGRESS:
        groups = [universe.names if by_name else 0, _place(universe, _METADATA), universe.metadata, *groups]
    return lowest(next(peers & group for group in groups if peers & group))


def address(universe: Universe, place: int) -> str:
    """An address of those that a bit stands for: one that people know, or the first."""
    known = next((text for text in _KNOWN if _place(universe, text) == 1 << place), None)
    found = universe.outsider(place)
    return known or str(found).partition("/")[0] if isinstance(found, Block) else ""


def _place(universe: Universe, text: str) -> int:
    return 1 << universe.addresses.of(address_block(text))
