"""`flows`: what the network plugin can enforce, and names outside the cluster, which only one of them knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hardener.catalog.cni import Cni, cni
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.flows import End
from hardener.profile.ports import PortRange, port_range, port_ranges
from hardener.rules.flows import is_outside, zones_of_namespaces
from hardener.source import KeyPath, Source

# More ports one by one than anybody reads, where a network plugin knows no ranges.
MANY_PORTS: Final = 500
# Compiled when a flow names a name: most profiles have none.
_LABEL: Final = r"[a-z0-9_*]([-a-z0-9_*]{0,61}[a-z0-9_*])?"
_IN_CLUSTER: Final = (".svc", ".cluster.local")


def the_plugin_can_enforce_it(profile: Profile, source: Source) -> Iterator[Problem]:
    """A flow that the network plugin cannot express is refused, never opened wider."""
    plugin = cni(profile.cluster.cni)
    if plugin is None:
        return
    for number, flow in enumerate(profile.flows):
        path = ("flows", number)
        yield from _port_limits(flow.ports, path, plugin, source)
        for side, end in (("from", flow.source), ("to", flow.target)):
            yield from _end_limits(end, (*path, side), plugin, source)


def _port_limits(ports: tuple[str | int, ...], path: KeyPath, plugin: Cni, source: Source) -> Iterator[Problem]:
    if not plugin.sctp:
        for index, text in enumerate(ports):
            if port_range(text).protocol == "SCTP":
                what = f"{plugin.name} does not enforce SCTP"
                help = "use TCP or UDP, or another network plugin"
                yield source.problem((*path, "ports", index), what, help=help, rule="flow.not-enforced")
    if not plugin.end_port and sum(map(_width, port_ranges(ports))) > MANY_PORTS:
        what = f"{plugin.name} knows no ranges of ports, and these are more than {MANY_PORTS} one by one"
        yield source.problem((*path, "ports"), what, help="name fewer ports", rule="flow.not-enforced")


def _width(ports: PortRange) -> int:
    return ports.last - ports.first + 1


def _end_limits(end: End, path: KeyPath, plugin: Cni, source: Source) -> Iterator[Problem]:
    rule = "flow.not-enforced"
    if not plugin.ip_block and is_outside(end):
        what = f"{plugin.name} cannot tell addresses outside its pods apart"
        yield source.problem(path, what, help="use another network plugin, such as calico or cilium", rule=rule)
    if not plugin.pods_of_namespace and end.pods:
        what = f"{plugin.name} cannot choose pods of another namespace by their labels"
        yield source.problem((*path, "pods"), what, help="open it to the whole namespace", rule=rule)
    if not plugin.ipv6 and end.cidr is not None and ":" in end.cidr:
        what = f"{plugin.name} has no IPv6"
        yield source.problem((*path, "cidr"), what, help="use another network plugin", rule=rule)
    for key in end.pods:
        if key.startswith(plugin.ignored_labels):
            what = f"{plugin.name} does not select pods by the label {key}"
            help = "use a label of your own, such as app or app.kubernetes.io/name"
            yield source.problem((*path, "pods", key), what, help=help, rule=rule, at_key=True)


def dns_labels_are_selectable(profile: Profile, source: Source) -> Iterator[Problem]:
    """The DNS pods are found by labels that the network plugin looks at."""
    plugin = cni(profile.cluster.cni)
    for key in profile.cluster.dns.pods:
        if plugin is not None and key.startswith(plugin.ignored_labels):
            what = f"{plugin.name} does not select pods by the label {key}"
            path = ("cluster", "dns", "pods", key)
            yield source.problem(path, what, help="use k8s-app or another label", rule="network.dns-pods", at_key=True)


def domain_names_can_be_meant(profile: Profile, source: Source) -> Iterator[Problem]:
    """Names stand for what is called, outside, by pods that may ask DNS, and only Cilium knows them."""
    plugin = cni(profile.cluster.cni)
    zones_of = zones_of_namespaces(profile)
    for number, flow in enumerate(profile.flows):
        if flow.source.fqdn:
            what = "fqdn cannot start a flow: who calls does not say its name"
            help = "write the callers' addresses as cidr"
            yield source.problem(("flows", number, "from", "fqdn"), what, help=help, rule="flow.fqdn")
        if not flow.target.fqdn:
            continue
        path = ("flows", number, "to", "fqdn")
        if plugin is not None and not plugin.names:
            what = f"only Cilium knows names outside the cluster, and the network plugin is {plugin.name}"
            yield source.problem(path, what, help="write the addresses as cidr", rule="flow.fqdn")
        silent = _silent(flow.source, profile, zones_of)
        if silent:
            what = f"pods of zone {silent} may not ask DNS, so they never learn where a name leads"
            help = "remove dns: false from the zone, or write the addresses as cidr"
            yield source.problem(path, what, help=help, rule="flow.fqdn")
        for index, name in enumerate(flow.target.fqdn):
            yield from _name_mistakes(name, (*path, index), source)


def _silent(end: End, profile: Profile, zones_of: dict[str, str]) -> str:
    """The first zone of an end whose pods may not ask DNS; "" if all of them may."""
    zones: list[str | None] = [end.zone]
    if end.namespace is not None:
        zones = [zones_of.get(end.namespace)]
    elif end.tenant is not None and end.tenant in profile.tenants:
        zones = [namespace.zone for namespace in profile.tenants[end.tenant].namespaces.values()]
    known = [zone for zone in zones if zone is not None and zone in profile.zones]
    return next((zone for zone in sorted(known) if not profile.zones[zone].dns), "")


def _name_mistakes(name: str, path: KeyPath, source: Source) -> Iterator[Problem]:
    plain = name.lower().removesuffix(".")
    labels = plain.split(".")
    if not all(re.fullmatch(_LABEL, label) for label in labels):
        what = f"{name!r} is no domain name"
        yield source.problem(path, what, help="write it as api.example.com, or *.example.com", rule="flow.fqdn")
    elif all(label.isdecimal() for label in labels):
        yield source.problem(path, f"{name} is an address", help=f"write cidr: {plain}/32", rule="flow.fqdn")
    elif plain.endswith(_IN_CLUSTER):
        what = f"{name} is a service inside the cluster, and a name never leads there"
        yield source.problem(path, what, help="name the pods behind it by their namespace", rule="flow.fqdn")
