"""`appArmor` and `seccomp`: profiles by which nodes confine containers, rendered for the zones that name them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from hardener.catalog import pod_security
from hardener.profile.scalars import Model
from hardener.profile.zones import PodSecurity, Zone

Mode = Literal["enforce", "complain"]
# No sign that means something to AppArmor, and no way up.
Writable = Annotated[
    str,
    Meta(
        pattern=r"^(/(?!\.{1,2}(/|$))[-A-Za-z0-9_.+]+)+/?$(?!\n)",
        max_length=255,
        description="a path in a container, without patterns: /data/ with all that is in it, /data/lock alone",
    ),
]
Call = Annotated[
    str, Meta(pattern=r"^[a-z_][a-z0-9_]*$(?!\n)", max_length=63, description="a system call of Linux: keyctl")
]

# A host has profiles of its own, such as one called runc: theirs never begin so.
OURS = "hardener-"


class AppArmor(Model, frozen=True, kw_only=True):
    """A profile of AppArmor. Its capabilities are those of the zones that name it; it mounts and traces nothing."""

    mode: Annotated[Mode, Meta(description="complain: what is not allowed happens, and is logged.")] = "enforce"
    write: Annotated[
        tuple[Writable, ...],
        Meta(
            description="What containers may write beside devices, with no symbolic link in it: a folder ends with a "
            "slash; nothing unless given."
        ),
    ] = ()
    run: Annotated[
        tuple[Writable, ...], Meta(description="Which of `write` may hold programs and libraries, too; none.")
    ] = ()


class Seccomp(Model, frozen=True, kw_only=True):
    """A profile of seccomp: what RuntimeDefault allows to the zones that name it, and no tracing or rare sockets."""

    mode: Annotated[Mode, Meta(description="complain: what is not allowed happens, and is logged.")] = "enforce"
    allow: Annotated[tuple[Call, ...], Meta(description="System calls that are allowed besides.")] = ()
    deny: Annotated[tuple[Call, ...], Meta(description="System calls that are not allowed either.")] = ()


def app_armor_name(name: str) -> str:
    """What a profile of AppArmor is called on a node; a zone writes Localhost/ before it."""
    return f"{OURS}{name}"


def seccomp_name(name: str) -> str:
    """What a profile of seccomp is called below a kubelet's folder; a zone writes Localhost/ before it."""
    return f"{OURS}{name}.json"


def capabilities(zones: Iterable[Zone]) -> tuple[str, ...]:
    """Those that pods of any of these zones may hold: what the zone says, or else what its level lets them add."""
    return tuple(sorted({each for zone in zones for each in _of_zone(zone)}))


def _of_zone(zone: Zone) -> tuple[str, ...]:
    modes = zone.pod_security
    level = modes.enforce if isinstance(modes, PodSecurity) else modes
    return pod_security.addable(level) if zone.capabilities is None else zone.capabilities
