"""Profiles by which the nodes of a pool confine containers."""

from __future__ import annotations

from msgspec import Struct


class AppArmor(Struct, frozen=True, kw_only=True):
    """A profile of AppArmor, in lines that it is made of. `path` is where the profile speaks of it.

    `files` are paths with what may be done there, `denied` the same with what may not, whatever else says so.
    """

    name: str
    path: str
    complains: bool
    traces: bool
    capabilities: tuple[str, ...]
    networks: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    denied: tuple[tuple[str, str], ...]


class Condition(Struct, frozen=True, kw_only=True, order=True):
    """What a call must be given at `index`: `value`; if there is a `mask`, it counts alone."""

    index: int
    value: int
    mask: int | None = None


class Bounded(Struct, frozen=True, kw_only=True, order=True):
    """A system call that is allowed if it is given this."""

    call: str
    condition: Condition


class Seccomp(Struct, frozen=True, kw_only=True):
    """A profile of seccomp. `unknown` are calls that are answered as if Linux had none of them."""

    name: str
    path: str
    complains: bool
    allowed: tuple[str, ...]
    bounded: tuple[Bounded, ...]
    unknown: tuple[str, ...]
    no_such_call: int


class Confinement(Struct, frozen=True, kw_only=True):
    """What is installed on the nodes of a pool, by name; never nothing."""

    pool: str
    app_armor: tuple[AppArmor, ...]
    seccomp: tuple[Seccomp, ...]
