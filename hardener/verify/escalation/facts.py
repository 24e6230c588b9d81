"""What there is to know of a role before anybody holds it. Roles are few, and their holders many."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from hardener.verify.access.roles import Role
from hardener.verify.escalation.acting import Means, means, means_of_two
from hardener.verify.escalation.openings import Opening, openings, settings


class Facts(Struct, frozen=True, eq=False):
    """What a role leads to, each with the number of the rule that does it.

    `openings` hold where the role holds everywhere, those `inside` in a namespace too; `settings` and `means` lead
    further than the namespace only where the system is.
    """

    openings: tuple[tuple[int, Opening], ...]
    inside: tuple[tuple[int, Opening], ...]
    settings: tuple[tuple[int, Opening], ...]
    means: tuple[tuple[int, Means], ...]

    def opened(self, everywhere: bool, runs: bool, sets_up: bool) -> Iterator[tuple[int, Opening]]:
        """What is opened where the role holds everywhere, where the system runs, and where the system is set up."""
        yield from self.openings if everywhere else self.inside
        if everywhere or runs:
            yield from ((number, each.opening) for number, each in self.means)
        if everywhere or sets_up:
            yield from self.settings


def facts(role: Role) -> Facts:
    """What a role leads to."""
    numbered = tuple(enumerate(role.rules))
    opened = tuple((number, each) for number, rule in numbered for each in openings(rule))
    two = means_of_two(role.rules)
    return Facts(
        opened,
        tuple((number, each) for number, each in opened if not each.of_cluster),
        tuple((number, each) for number, rule in numbered for each in settings(rule)),
        (*((number, each) for number, rule in numbered for each in means(rule)), *((two,) if two else ())),
    )
