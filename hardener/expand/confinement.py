"""Profiles of AppArmor and seccomp, for each pool on which a zone runs that names one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hardener.catalog import confinement as catalog
from hardener.catalog import distribution
from hardener.expand.nodes.placement import SHARED
from hardener.plan.confinement import AppArmor, Bounded, Condition, Confinement, Seccomp
from hardener.plan.gap import Gap
from hardener.profile import Profile
from hardener.profile.confinement import AppArmor as AskedOfAppArmor
from hardener.profile.confinement import Seccomp as AskedOfSeccomp
from hardener.profile.confinement import app_armor_name, seccomp_name
from hardener.profile.confinement import capabilities as capabilities_of
from hardener.profile.ports import protocols

_BY_PROVIDER = (
    "a provider's nodes are not ours to set up: have {files} run on each node of the pool before it takes pods, by its "
    "start-up script or a DaemonSet of the system's; where its hosts have no AppArmor, pods that name a profile of it "
    "do not start"
)


def confinement(profile: Profile) -> tuple[Confinement, ...]:
    """What is installed on each pool, by its name; pools on which nobody asks for it are left out."""
    found = (_of_pool(profile, pool) for pool in sorted({*profile.pools, SHARED}))
    return tuple(each for each in found if each.app_armor or each.seccomp)


def gaps(profile: Profile) -> Iterator[Gap]:
    """Where hosts are somebody else's, how the profiles get there."""
    if distribution(profile.cluster.distribution).control_plane == "administrator":
        return
    for each in confinement(profile):
        what = _BY_PROVIDER.format(files=f"nodes/{each.pool}/install-profiles.sh")
        path = f"pools.{each.pool}" if each.pool in profile.pools else "zones"
        yield Gap(path=path, what=what, who="administrator")


def _of_pool(profile: Profile, pool: str) -> Confinement:
    there = [zone for zone in profile.zones.values() if pool in (zone.pools or (SHARED,))]
    named = {name for zone in there for name in (zone.app_armor, zone.seccomp)}
    return Confinement(
        pool=pool,
        app_armor=tuple(
            _app_armor(profile, name, asked)
            for name, asked in sorted(profile.app_armor.items())
            if f"Localhost/{app_armor_name(name)}" in named
        ),
        seccomp=tuple(
            _seccomp(profile, name, asked)
            for name, asked in sorted(profile.seccomp.items())
            if f"Localhost/{seccomp_name(name)}" in named
        ),
    )


def _app_armor(profile: Profile, name: str, asked: AskedOfAppArmor) -> AppArmor:
    """What its zones may do, and what it says of files."""
    called = app_armor_name(name)
    zones = [zone for zone in profile.zones.values() if zone.app_armor == f"Localhost/{called}"]
    capabilities = capabilities_of(zones)
    spoken = {protocol for flow in profile.flows for protocol in protocols(flow.ports)}
    return AppArmor(
        name=called,
        path=f"appArmor.{name}",
        complains=asked.mode == "complain",
        traces="SYS_PTRACE" in capabilities,
        capabilities=tuple(capability.lower() for capability in capabilities),
        networks=catalog.networks(capabilities, spoken),
        files=tuple(sorted({**catalog.everywhere(), **catalog.writable(), **dict(_written(asked))}.items())),
        denied=tuple(sorted([*((path, "rwklmx") for path in catalog.hidden()), *_not_run(asked)])),
    )


def _written(asked: AskedOfAppArmor) -> Iterator[tuple[str, str]]:
    """What may be written, and what of it may be run."""
    for path in asked.write:
        yield _below(path), "rwklmix" if path in asked.run else "rwkl"


def _not_run(asked: AskedOfAppArmor) -> Iterator[tuple[str, str]]:
    """What is written is not run, though everything else is."""
    yield from ((_below(path), "mx") for path in {*asked.write} - {*asked.run})
    yield from ((path, "mx") for path in catalog.not_run())


def _below(path: str) -> str:
    """A folder stands for all that is in it."""
    return f"{path}**" if path.endswith("/") else path


def _seccomp(profile: Profile, name: str, asked: AskedOfSeccomp) -> Seccomp:
    """What the runtime allows to its zones, and what it says of calls."""
    called = seccomp_name(name)
    capabilities = capabilities_of(zone for zone in profile.zones.values() if zone.seccomp == f"Localhost/{called}")
    allowed = (catalog.allowed_calls(capabilities) | {*asked.allow}) - {*asked.deny}
    bounded = catalog.bounded_calls() - allowed - {*asked.deny}
    return Seccomp(
        name=called,
        path=f"seccomp.{name}",
        complains=asked.mode == "complain",
        allowed=tuple(sorted(allowed)),
        bounded=tuple(sorted(each for each in _bounded(capabilities) if each.call in bounded)),
        unknown=() if "clone3" in allowed or asked.mode == "complain" else ("clone3",),
        no_such_call=catalog.no_such_call(),
    )


def _bounded(capabilities: Iterable[str]) -> Iterator[Bounded]:
    """Processes in the namespaces of their parent, sockets of some families, and harmless personalities."""
    same = Condition(index=0, value=0, mask=catalog.namespace_flags())
    yield Bounded(call="clone", condition=same)
    for family in catalog.families(capabilities):
        yield Bounded(call="socket", condition=Condition(index=0, value=family))
    for personality in catalog.personalities():
        yield Bounded(call="personality", condition=Condition(index=0, value=personality))
