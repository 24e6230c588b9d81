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


def blocked_modules() -> tuple[str, ...]:
    """Kernel modules that no node needs."""
    return tuple(_facts()["modules"])


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
