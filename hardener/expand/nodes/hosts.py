"""The hosts' kernels: how they are set, and what they never load."""

from __future__ import annotations

from hardener.catalog import hosts as catalog
from hardener.plan.nodes import Pair
from hardener.profile import Profile
from hardener.profile.flows import Flow
from hardener.profile.pools import Pool as Asked


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
    if not any(map(_speaks_sctp, profile.flows)):
        usual.add("sctp")
    return tuple(sorted(usual | set(asked.blocked_modules)))


def _speaks_sctp(flow: Flow) -> bool:
    return any(isinstance(port, str) and port.endswith("/SCTP") for port in flow.ports)
