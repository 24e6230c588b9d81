"""`flows`: ends that exist and say one thing, and ports that exist.

Which addresses an end may mean is in `flow_addresses`, what the network plugin can enforce in `flow_limits`, what a
flow risks in `trust`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.flows import End
from hardener.profile.ports import LAST_PORT, port_range
from hardener.rules.names import nearest
from hardener.source import KeyPath, Source

KINDS: Final = ("namespace", "tenant", "zone", "cidr", "internet", "apiServer", "nodes", "fqdn")


def ends(profile: Profile) -> Iterator[tuple[KeyPath, End]]:
    """Every end of every flow, with its place."""
    for number, flow in enumerate(profile.flows):
        yield ("flows", number, "from"), flow.source
        yield ("flows", number, "to"), flow.target


def zones_of_namespaces(profile: Profile) -> dict[str, str]:
    """The zone of each namespace of a tenant."""
    tenants = profile.tenants.values()
    return {name: namespace.zone for tenant in tenants for name, namespace in tenant.namespaces.items()}


def is_outside(end: End) -> bool:
    """Is it something other than pods of namespaces?"""
    return end.namespace is None and end.tenant is None and end.zone is None


def known_namespaces(profile: Profile) -> set[str]:
    """The tenants' namespaces and the system's."""
    return {*zones_of_namespaces(profile), *profile.cluster.system_namespaces, profile.cluster.dns.namespace}


def ends_say_one_thing(profile: Profile, source: Source) -> Iterator[Problem]:
    """An end is exactly one of the kinds; pods refine a namespace, except refines a cidr."""
    for path, end in ends(profile):
        said = kinds(end)
        if not said:
            yield source.problem(
                path, "this end says nothing", help=f"give one of: {', '.join(KINDS)}", rule="flow.end"
            )
        elif len(said) > 1:
            what = f"this end says {len(said)} things: {', '.join(said)}"
            help = "keep one of them, or write one flow for each"
            yield source.problem(path, what, help=help, rule="flow.end")
        if end.pods and end.namespace is None:
            what = "pods without their namespace: labels can be given by anybody who runs a pod"
            yield source.problem((*path, "pods"), what, help="name the namespace beside them", rule="flow.end")
        if end.except_ and end.cidr is None:
            what = "except takes parts out of a cidr, and there is none here"
            yield source.problem((*path, "except"), what, help="write the range as cidr beside it", rule="flow.end")


def ends_exist(profile: Profile, source: Source) -> Iterator[Problem]:
    """Namespaces, tenants and zones that flows name are those of the profile, or the system's."""
    namespaces = known_namespaces(profile)
    for path, end in ends(profile):
        if end.namespace is not None and end.namespace not in namespaces:
            what = f"no namespace is called {end.namespace!r}"
            help = nearest(end.namespace, namespaces)
            yield source.problem((*path, "namespace"), what, help=help, rule="namespace.unknown")
        if end.tenant is not None and end.tenant not in profile.tenants:
            what = f"no tenant is called {end.tenant!r}"
            help = nearest(end.tenant, profile.tenants)
            yield source.problem((*path, "tenant"), what, help=help, rule="tenant.unknown")
        if end.zone is not None and end.zone not in profile.zones:
            what = f"no zone is called {end.zone!r}"
            yield source.problem((*path, "zone"), what, help=nearest(end.zone, profile.zones), rule="zone.unknown")


def an_end_is_in_the_profile(profile: Profile, source: Source) -> Iterator[Problem]:
    """A flow touches pods of the profile; what passes elsewhere is not hardener's to open."""
    foreign = known_namespaces(profile) - zones_of_namespaces(profile).keys()
    for number, flow in enumerate(profile.flows):
        if all(end.namespace in foreign or is_outside(end) for end in (flow.source, flow.target)):
            yield source.problem(
                ("flows", number),
                "neither end is a pod of a tenant's namespace, so there is nothing to open",
                help="at least one end is a namespace, a tenant or a zone of this profile",
                rule="flow.no-pods",
            )


def ports_exist(profile: Profile, source: Source) -> Iterator[Problem]:
    """Ports go from 1 to 65535, and a range from its lower to its higher end."""
    for number, flow in enumerate(profile.flows):
        for index, text in enumerate(flow.ports):
            found = port_range(text)
            path = ("flows", number, "ports", index)
            if not (1 <= found.first <= LAST_PORT and 1 <= found.last <= LAST_PORT):
                what = f"{text} is no port: they go from 1 to {LAST_PORT}"
                yield source.problem(path, what, help="write one number, or the lower and the higher", rule="flow.port")
            elif found.first > found.last:
                help = f"write {found.last}-{found.first}/{found.protocol}"
                yield source.problem(path, f"the range {text} runs backwards", help=help, rule="flow.port")


def kinds(end: End) -> tuple[str, ...]:
    """What an end says it is, in the words of the profile: one of KINDS, unless it is wrong."""
    others = (end.tenant, end.zone, end.cidr, end.internet, end.api_server, end.nodes, end.fqdn)
    if end.namespace and not any(others):
        # Most ends are namespaces, and each is asked several times.
        return KINDS[:1]
    return tuple(kind for kind, value in zip(KINDS, (end.namespace, *others), strict=True) if value)
