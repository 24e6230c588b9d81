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
        **{dotted(name): str(value) for name, value in asked.sysctls.items()},
    }
    return tuple(Pair(name=name, value=value) for name, value in sorted(wanted.items()))


def blocked_modules(profile: Profile, asked: Asked) -> tuple[str, ...]:
    """The usual modules and those that the pool names, sorted; SCTP's too, unless a flow speaks it."""
    usual = set(catalog.blocked_modules())
    if not any(map(_speaks_sctp, profile.flows)):
        usual.add("sctp")
    return tuple(sorted(usual | set(asked.blocked_modules)))


def dotted(name: str) -> str:
    """The name of a kernel setting as sysctl.conf has it: with dots, unless it was written with slashes.

    In the form with slashes a dot is part of a name, such as that of a network interface.

    >>> dotted("net/ipv4/conf/eth0.100/rp_filter"), dotted("kernel.panic"), dotted("kernel/panic")
    ('net/ipv4/conf/eth0.100/rp_filter', 'kernel.panic', 'kernel.panic')
    """
    return name if "." in name else name.replace("/", ".")


def _speaks_sctp(flow: Flow) -> bool:
    return any(isinstance(port, str) and port.endswith("/SCTP") for port in flow.ports)
