"""What reaches what: every connection that begins on one side and not on the other, decided for all pods and addresses.

    reading    the namespaces whose policies can matter
    both       both sides, numbered alike
    ends       what a packet may come from or go to
    halves     one side: with whom each kind of pods may speak (states, and by whom it is let in: willing)
    moves      what passes on one side alone
    flows, sayings, spaces            what the profiles say of it
    triples    what is told together
    groups, isolation, lookups        as changes: of a flow, of a zone's isolation, of DNS, of a policy or of none
    telling, wording                  in words
    guarded                           what no policy of a namespace can undo
    reasons, problems                 flows with another reason, and what nobody understands

A connection needs both of its ends. What a policy looks into counts as open where that is weaker.
"""

from __future__ import annotations

from collections.abc import Iterator

from hardener.compare import Change
from hardener.compare.network.both import Both, part_of
from hardener.compare.network.flows import Flows, speaking_of
from hardener.compare.network.groups import Groups
from hardener.compare.network.guarded import guarded
from hardener.compare.network.problems import problems
from hardener.compare.network.reading import Reading, reading
from hardener.compare.network.reasons import reasons
from hardener.compare.network.sayings import Sayings
from hardener.compare.network.spaces import Spaces
from hardener.compare.network.telling import Telling
from hardener.compare.network.wording import Words
from hardener.compare.sides import Sides
from hardener.source import KeyPath

__all__ = ["network"]


def network(sides: Sides) -> Iterator[Change]:
    """A change for whatever reaches something now, and for whatever no longer does."""
    flows = Flows(sides.old.profile.flows, sides.new.profile.flows)
    yield from reasons(sides, flows)
    found = reading(sides)
    if found is None:
        return
    yield from problems(found)
    both, numbers = compared(sides, found, flows)
    before = _groups(sides, both, flows, numbers, gained=False)
    after = _groups(sides, both, flows, numbers, gained=True)
    yield from after.changes(both.moved.gained)
    yield from after.undecided(both.moved.unsure)
    yield from before.changes(both.moved.lost)
    if found.every and (change := guarded(both)):
        yield change


def compared(sides: Sides, found: Reading, flows: Flows) -> tuple[Both, tuple[list[int], list[int]]]:
    """Both sides, with the numbers of the flows of each profile that speak of what was read."""
    names = {name for each in (found.old, found.new) for name in (*each.namespaces, *each.of_namespace) if name}
    profiles = sides.old.profile, sides.new.profile
    numbers = [
        sorted({*alone, *speaking_of(profile, found.changed)})
        for alone, profile in zip(flows.alone, profiles, strict=True)
    ]
    old, new = (part_of(profile, names, mine) for profile, mine in zip(profiles, numbers, strict=True))
    return Both(found, old, new), (numbers[0], numbers[1])


def _groups(sides: Sides, both: Both, flows: Flows, numbers: tuple[list[int], list[int]], *, gained: bool) -> Groups:
    half, other = (both.new, both.old) if gained else (both.old, both.new)
    profile = sides.new.profile if gained else sides.old.profile
    others = sides.old.profile if gained else sides.new.profile
    twins = {(new if gained else old): (old if gained else new) for old, new in flows.twins}
    changed: dict[KeyPath, KeyPath] = {
        ("flows", number): ("flows", twins[number]) if number in twins else () for number in flows.alone[gained]
    }
    sayings = Sayings(half, both.promises[gained], numbers[gained], changed)
    words = Words(half, profile, both.ports)
    telling = Telling(half=half, profile=profile, sayings=sayings, words=words, gained=gained)
    return Groups(telling, other, Spaces.of(profile, others, gained=gained), others, changed)
