"""The hosts: how their kernels are set, what they never load, and who may read their files."""

from __future__ import annotations

from hardener.catalog import Distribution
from hardener.catalog import hosts as catalog
from hardener.plan.nodes import Pair
from hardener.profile import Profile
from hardener.profile.pools import Pool as Asked
from hardener.profile.ports import protocols


def sysctls(asked: Asked) -> tuple[Pair, ...]:
    """What the kubelet needs, what hardens, and over both what the pool asks for."""
    wanted = {
        **catalog.hardened_sysctls(),
        **catalog.kubelet_sysctls(),
        **{catalog.dotted(name): str(value) for name, value in asked.sysctls.items()},
    }
    return tuple(Pair(name=name, value=value) for name, value in sorted(wanted.items()))


def blocked_modules(profile: Profile, asked: Asked) -> tuple[str, ...]:
    """The usual modules and those that the pool names, sorted; SCTP's too, unless a flow speaks it."""
    usual = set(catalog.blocked_modules())
    if not any("SCTP" in protocols(flow.ports) for flow in profile.flows):
        usual.add("sctp")
    return tuple(sorted(usual | set(asked.blocked_modules)))


def permissions(target: Distribution, *, control_plane: bool) -> tuple[str, ...]:
    """What is allowed of a host's files at most, its folders before what is in them."""
    besides = target.permissions.get("control-plane", ()) if control_plane else ()
    return (*target.permissions.get("node", ()), *besides)
