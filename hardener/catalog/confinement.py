"""What profiles of seccomp and AppArmor begin with. The facts are in `confinement.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from hardener.source import load_data

_FILE: Final = Path(__file__).with_suffix(".yaml")


def allowed_calls(capabilities: Iterable[str]) -> frozenset[str]:
    """The system calls that a container with these capabilities may make, whatever it gives them."""
    facts = _facts()["seccomp"]
    own: Mapping[str, list[str]] = facts["capabilities"]
    by_capability = (call for capability in capabilities for call in own.get(capability, ()))
    return frozenset((*facts["allowed"].split(), *facts["of-processors"].split(), *by_capability))


def bounded_calls() -> frozenset[str]:
    """Those that everybody may make, if what is given to them is harmless."""
    return frozenset(("clone", "personality", "socket"))


def needed_calls() -> frozenset[str]:
    """Those without which no program starts."""
    return frozenset(_facts()["seccomp"]["needed"].split())


def known_calls() -> frozenset[str]:
    """Every system call of Linux that anybody can mean."""
    facts = _facts()["seccomp"]
    return allowed_calls(facts["capabilities"]) | bounded_calls() | frozenset(facts["others"].split())


def families(capabilities: Iterable[str]) -> tuple[int, ...]:
    """Which families of sockets there may be, by their numbers."""
    facts = _facts()["seccomp"]
    more = (number for each in capabilities for number in facts["families-of-capabilities"].get(each, {}).values())
    return tuple(sorted({*facts["families"].values(), *more}))


def personalities() -> tuple[int, ...]:
    """Which personalities a process may take on."""
    return tuple(_facts()["seccomp"]["personalities"])


def namespace_flags() -> int:
    """The flags by which clone makes namespaces, all in one number."""
    return int(_facts()["seccomp"]["namespaces"])


def no_such_call() -> int:
    """The error of a call that Linux does not have."""
    return int(_facts()["seccomp"]["no-such-call"])


def networks(capabilities: Iterable[str], protocols: Iterable[str]) -> tuple[str, ...]:
    """The kinds of sockets of a container with these capabilities, in a cluster whose flows speak these protocols."""
    facts = _facts()["app-armor"]
    by_capability = (each for name in capabilities for each in facts["networks-of-capabilities"].get(name, ()))
    by_protocol = (each for name in protocols for each in facts["networks-of-protocols"].get(name, ()))
    return tuple(sorted({*facts["networks"], *by_capability, *by_protocol}))


def everywhere() -> Mapping[str, str]:
    """How any file may be opened, by its path."""
    return dict(_facts()["app-armor"]["everywhere"])


def writable() -> Mapping[str, str]:
    """What every container may write, by path."""
    return dict(_facts()["app-armor"]["writable"])


def not_run() -> tuple[str, ...]:
    """What every container may write and none may run."""
    return tuple(_facts()["app-armor"]["not-run"])


def hidden() -> tuple[str, ...]:
    """What no container may open."""
    return tuple(_facts()["app-armor"]["hidden"])


def of_the_kernel(path: str) -> bool:
    """Does this lie in a folder that is the kernel's?

    >>> of_the_kernel("/proc/sys/"), of_the_kernel("/process/")
    (True, False)
    """
    return any(path == folder or path.startswith(f"{folder}/") for folder in _facts()["app-armor"]["kernels"])


@cache
def _facts() -> dict[str, Any]:
    facts: dict[str, Any] = load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
    return facts
