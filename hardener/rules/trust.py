"""`flows`: what a flow risks. Towards more trust it needs a reason, from or to the internet somebody who accepts it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.addresses import RangeError, block
from hardener.profile.flows import End
from hardener.rules.flows import ends, kinds, zones_of_namespaces
from hardener.source import Source

# Nobody vouches for what is outside, and whoever holds a node or the API server holds everything.
OUTSIDE: Final = 0
CONTROL: Final = 100
# A shorter prefix is the internet by another name.
SHORTEST: Final = {4: 8, 6: 16}


def flows_with_the_internet_are_accepted(profile: Profile, source: Source) -> Iterator[Problem]:
    """What anybody can reach, or what can reach anybody, is somebody's decision."""
    for path, end in ends(profile):
        means = _internet(end)
        if means:
            yield source.problem(
                path,
                f"{means}: {'anybody can call these pods' if path[2] == 'from' else 'these pods can call anybody'}",
                help=f"narrow it, or accept it: an exception for flow.internet at {path[0]}.{path[1]}",
                rule="flow.internet",
            )


def flows_upward_have_a_reason(profile: Profile, source: Source) -> Iterator[Problem]:
    """A flow towards more trust is where somebody gets in: a reason says why it must be there."""
    trusts = _Trusts(profile)
    for number, flow in enumerate(profile.flows):
        callers, called = trusts.of(flow.source), trusts.of(flow.target)
        if callers and called and min(callers) < max(called) and not (flow.reason or "").strip():
            yield source.problem(
                ("flows", number),
                f"this flow goes from trust {min(callers)} to trust {max(called)}, and no reason is given",
                help="add reason: one line that says why it must be",
                rule="flow.upward",
            )


def _internet(end: End) -> str:
    """Why an end is the internet, in words; "" if it is not, or says too much to tell."""
    if len(kinds(end)) != 1:
        return ""
    if end.internet:
        return "this is the internet"
    if end.cidr is not None:
        try:
            found = block(end.cidr)
        except RangeError:
            return ""
        shortest = SHORTEST[found.family]
        return f"{found} is shorter than /{shortest} and counts as the internet" if found.length < shortest else ""
    wide = next((name for name in end.fqdn if _is_wide(name)), None)
    return f"{wide} is more than one owner's names and counts as the internet" if wide else ""


def _is_wide(name: str) -> bool:
    """Does a pattern leave open whose name it is? It names its owner by the last two labels at least."""
    labels = name.removesuffix(".").split(".")
    return any("*" in label for label in labels[-2:])


class _Trusts:
    """The trust of the ends of flows; each zone and tenant is asked once."""

    def __init__(self, profile: Profile) -> None:
        trust = {name: zone.trust for name, zone in profile.zones.items()}
        self.namespaces = {
            name: frozenset({trust[zone]}) for name, zone in zones_of_namespaces(profile).items() if zone in trust
        }
        self.zones = {name: frozenset({level}) for name, level in trust.items()}
        self.tenants = {name: self._together(tenant.namespaces) for name, tenant in profile.tenants.items()}
        system = {*profile.cluster.system_namespaces, profile.cluster.dns.namespace} - self.namespaces.keys()
        self.namespaces.update(dict.fromkeys(system, frozenset({CONTROL})))

    def _together(self, namespaces: Iterable[str]) -> frozenset[int]:
        return frozenset().union(*(self.namespaces.get(name, frozenset()) for name in namespaces))

    def of(self, end: End) -> frozenset[int]:
        """Every level of trust that the end has; none if it names what does not exist, or not one thing."""
        if len(kinds(end)) != 1:
            return frozenset()
        if end.namespace is not None:
            return self.namespaces.get(end.namespace, frozenset())
        if end.tenant is not None:
            return self.tenants.get(end.tenant, frozenset())
        if end.zone is not None:
            return self.zones.get(end.zone, frozenset())
        return frozenset({CONTROL if end.api_server or end.nodes else OUTSIDE})
