"""The two sides, numbered alike, and all that moved between them."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from msgspec.structs import replace

from hardener.compare.network.ends import Ends
from hardener.compare.network.halves import Half
from hardener.compare.network.moves import Moved, moved
from hardener.compare.network.reading import Reading
from hardener.profile import Profile
from hardener.verify.network.atoms import PortAtoms
from hardener.verify.network.policies import EVERY_PORT
from hardener.verify.network.promise import Promise
from hardener.verify.network.selectors import Selector
from hardener.verify.network.terms import Terms
from hardener.verify.network.universe import Universe


class Both:
    """Made of what was read, and of those parts of the two profiles that speak of it."""

    def __init__(self, reading: Reading, old: Profile, new: Profile) -> None:
        """Number whatever one of them tells apart."""
        self.reading, self.profiles = reading, (old, new)
        networks = reading.old, reading.new
        terms = [
            Terms(each, on_cilium=network.plugin.names) for each, network in zip(self.profiles, networks, strict=True)
        ]
        asked: dict[str, set[Selector]] = {}
        for each in terms:
            for name, selectors in each.asked.items():
                asked.setdefault(name, set()).update(selectors)
        self.universe = universe = Universe(
            reading.new,
            {*terms[0].known, *terms[1].known},
            asked,
            [*terms[0].blocks, *terms[1].blocks],
            [*terms[0].patterns, *terms[1].patterns],
            beside=reading.old,
        )
        written = {rule.ports for network in networks for policy in network.policies for rule in policy.rules}
        self.ports = PortAtoms({*written, *terms[0].ports, *terms[1].ports, EVERY_PORT}, called=True)
        self.ends = Ends(universe, networks)
        views = universe.seen_by(reading.old), universe
        self.old, self.new = (
            Half(network, view, self.ports, self.ends, missing)
            for network, view, missing in zip(networks, views, reading.missing, strict=True)
        )
        self.promises = tuple(
            Promise(each, words, view, self.ports)
            for each, words, view in zip(self.profiles, terms, views, strict=True)
        )

    @property
    def _changed(self) -> frozenset[str]:
        if not self.reading.every:
            return self.reading.changed
        return frozenset(space.name for space in self.universe.spaces)

    @cached_property
    def moved(self) -> Moved:
        """All that passes on one side alone."""
        return moved(self.old, self.new, self._changed, self.ports.uncalled)


def part_of(profile: Profile, names: Collection[str], flows: Collection[int]) -> Profile:
    """A profile with some of its namespaces and of its flows; what a tenant or a zone means are the rest of it."""
    tenants = {
        owner: replace(tenant, namespaces={name: each for name, each in tenant.namespaces.items() if name in names})
        for owner, tenant in profile.tenants.items()
    }
    return replace(profile, tenants=tenants, flows=tuple(profile.flows[number] for number in sorted(flows)))
