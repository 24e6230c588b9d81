"""Profiles of AppArmor and seccomp for the nodes of each pool that needs some, and what installs them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hardener.artifact import Artifact, rendered_from
from hardener.plan import Plan
from hardener.plan.confinement import AppArmor, Bounded, Confinement, Seccomp
from hardener.templating import fill

_SIGNALS = ("signal (receive)", "signal (send) peer={name}")
_LOOKS = "ptrace (read, readby) peer={name}"
_TRACES = "ptrace (read, readby, trace, tracedby) peer={name}"


def emit(plan: Plan) -> Iterator[Artifact]:
    """Beside the pool's other files: a file for each profile, and a script. Nothing where no zone names a profile."""
    for each in plan.confinement:
        yield from _of_pool(plan.profile, each)


def _of_pool(profile: str, each: Confinement) -> Iterator[Artifact]:
    folder = f"nodes/{each.pool}"
    for armor in each.app_armor:
        yield Artifact(
            path=f"{folder}/apparmor/{armor.name}",
            measures=("nodes.app-armor",),
            sources=(armor.path,),
            text=app_armor(profile, armor),
        )
    for seccomp in each.seccomp:
        yield Artifact(
            path=f"{folder}/seccomp/{seccomp.name}",
            measures=("nodes.seccomp",),
            sources=(seccomp.path,),
            text=_seccomp(seccomp),
        )
    yield Artifact(
        path=f"{folder}/install-profiles.sh",
        measures=("nodes.app-armor",) * bool(each.app_armor) + ("nodes.seccomp",) * bool(each.seccomp),
        executable=True,
        text=fill(
            "confinement-install.sh.j2",
            profile=profile,
            files=(
                *(f"apparmor {armor.name}" for armor in each.app_armor),
                *(f"seccomp {it.name}" for it in each.seccomp),
            ),
        ),
    )


def app_armor(profile: str, armor: AppArmor) -> str:
    """The file as AppArmor reads it. What may stand in a line is bounded by the profile's types."""
    flags = ("attach_disconnected", "mediate_deleted", *(("complain",) if armor.complains else ()))
    head = (f"# {rendered_from(profile)}", f"profile {armor.name} flags=({','.join(flags)}) {{")
    return "".join(f"{line}\n" for line in (*head, *(f"  {rule}," for rule in _rules(armor)), "}"))


def _rules(armor: AppArmor) -> Iterator[str]:
    yield from (f"capability {each}" for each in armor.capabilities)
    yield from (f"network {each}" for each in armor.networks)
    yield "unix"
    for rule in (*_SIGNALS, _TRACES if armor.traces else _LOOKS):
        yield rule.format(name=armor.name)
    yield from (f'"{path}" {access}' for path, access in armor.files)
    yield from (f'deny "{path}" {access}' for path, access in armor.denied)


def _seccomp(seccomp: Seccomp) -> str:
    """The JSON that a kubelet hands to the runtime: LinuxSeccomp of the OCI's runtime specification.

    No processor is named: the node's own is meant, and not its older forms with calls of their own.
    """
    from msgspec import json

    calls = [
        {"names": seccomp.allowed, "action": "SCMP_ACT_ALLOW"},
        *(_bounded(each) for each in seccomp.bounded),
        *({"names": [call], "action": "SCMP_ACT_ERRNO", "errnoRet": seccomp.no_such_call} for call in seccomp.unknown),
    ]
    told = {"defaultAction": "SCMP_ACT_LOG" if seccomp.complains else "SCMP_ACT_ERRNO", "syscalls": calls}
    return json.format(json.encode(told), indent=2).decode() + "\n"


def _bounded(each: Bounded) -> dict[str, Any]:
    given = each.condition
    if given.mask is None:
        argument: dict[str, Any] = {"index": given.index, "value": given.value, "op": "SCMP_CMP_EQ"}
    else:
        # Here the value is the mask, and the second one what must be left of the argument.
        argument = {"index": given.index, "value": given.mask, "valueTwo": given.value, "op": "SCMP_CMP_MASKED_EQ"}
    return {"names": [each.call], "action": "SCMP_ACT_ALLOW", "args": [argument]}
