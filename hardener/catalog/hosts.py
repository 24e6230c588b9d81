"""The hosts' kernels: settings, and modules that are never loaded. The facts are in `hosts.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from hardener.source import load_data

_FILE: Final = Path(__file__).with_suffix(".yaml")


def kubelet_sysctls() -> Mapping[str, str]:
    """Kernel settings without which the kubelet refuses to run, where it protects the kernel's defaults."""
    return dict(_facts()["kubelet"])


def hardened_sysctls() -> Mapping[str, str]:
    """Kernel settings that give little away."""
    return dict(_facts()["hardened"])


def forwarding_sysctls(*, ipv6: bool) -> Mapping[str, str]:
    """Kernel settings without which a node's pods are cut off; with those that pods need for IPv6, if asked."""
    return {**_facts()["forwarding"], **(_facts()["forwarding-ipv6"] if ipv6 else {})}


def runs_a_program(name: str, value: str) -> bool:
    """Would the kernel run what the setting says, as root?

    >>> runs_a_program("kernel.core_pattern", "|/bin/keep %p"), runs_a_program("kernel.core_pattern", "core.%p")
    (True, False)
    """
    if name == "kernel.core_pattern":
        return value.lstrip().startswith("|")
    return name in _facts()["programs"]


def opens(name: str, value: str) -> str:
    """What the setting opens with this value; "" where that is nothing.

    >>> opens("net.ipv4.conf.eth0.route_localnet", "1"), opens("net.ipv4.conf.eth0.route_localnet", "0")
    ('what the host serves on 127.0.0.1 alone could be reached from its network', '')
    """
    opened: str = _facts()["opening"].get(of_every_interface(name), "")
    return opened if value != "0" else ""


def of_every_interface(name: str) -> str:
    """The setting that new network interfaces start with, for one of a single interface; any other as it is.

    >>> of_every_interface("net.ipv4.conf.eth0.rp_filter"), of_every_interface("net/ipv6/conf/eth0.100/accept_ra")
    ('net.ipv4.conf.default.rp_filter', 'net.ipv6.conf.default.accept_ra')
    """
    # As in sysctl.conf, the first separator is the one that counts; the other can be a part of an interface's name.
    parts = name.split("/" if "." not in name.partition("/")[0] else ".")
    if len(parts) == 5 and parts[:3] in (["net", "ipv4", "conf"], ["net", "ipv6", "conf"]) and parts[3] != "all":
        return ".".join([*parts[:3], "default", parts[4]])
    return name


def blocked_modules() -> tuple[str, ...]:
    """Kernel modules that no node needs."""
    return tuple(_facts()["modules"])


def ports() -> Mapping[int, str]:
    """The ports that Kubernetes' own programs open on a host, and what each is for."""
    return {int(port): what for port, what in _facts()["ports"].items()}


def are_only_for_services(first: int, last: int) -> bool:
    """Does nobody wait at a port of this range but a Service?

    >>> are_only_for_services(30000, 32767), are_only_for_services(80, 32767)
    (True, False)
    """
    least, _, most = _facts()["node-ports"].partition("-")
    return int(least) <= first and last <= int(most)


def dotted(name: str) -> str:
    """The name of a kernel setting as sysctl.conf has it: with dots, unless it was written with slashes.

    In the form with slashes a dot is part of a name, such as that of a network interface.

    >>> dotted("net/ipv4/conf/eth0.100/rp_filter"), dotted("kernel.panic"), dotted("kernel/panic")
    ('net/ipv4/conf/eth0.100/rp_filter', 'kernel.panic', 'kernel.panic')
    """
    return name if "." in name else name.replace("/", ".")


@cache
def _facts() -> dict[str, Any]:
    facts: dict[str, Any] = load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
    return facts
