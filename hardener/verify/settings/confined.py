"""What profiles of AppArmor and seccomp must say, worked out from the profile; and which pools need which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hardener.catalog import confinement as catalog
from hardener.catalog import pod_security
from hardener.profile import Profile
from hardener.profile.confinement import app_armor_name, seccomp_name
from hardener.profile.ports import protocols
from hardener.profile.zones import PodSecurity, Zone
from hardener.verify.settings.app_armor import Rules
from hardener.verify.settings.seccomp import Argument, Call

SCRIPT: Final = "install-profiles.sh"
_SHARED: Final = "shared"
_HELD: Final = frozenset([""])


def of_app_armor(profile: Profile, pool: str) -> dict[str, str]:
    """The profiles of AppArmor that a pool's nodes need, and how the profile calls each."""
    return {app_armor_name(name): name for name in profile.app_armor if _used(profile, pool, app_armor_name(name))}


def of_seccomp(profile: Profile, pool: str) -> dict[str, str]:
    """The profiles of seccomp that a pool's nodes need, and how the profile calls each."""
    return {seccomp_name(name): name for name in profile.seccomp if _used(profile, pool, seccomp_name(name))}


def files(profile: Profile, pool: str) -> Iterator[str]:
    """Every file that a pool needs for them; none where it needs none of them."""
    wanted = [*(f"apparmor/{name}" for name in of_app_armor(profile, pool))]
    wanted += (f"seccomp/{name}" for name in of_seccomp(profile, pool))
    yield from (f"nodes/{pool}/{file}" for file in (*wanted, *((SCRIPT,) if wanted else ())))


def rules(profile: Profile, name: str) -> tuple[Rules, Rules]:
    """What a profile of AppArmor must allow, and what it must deny whatever else is allowed."""
    asked, called = profile.app_armor[name], app_armor_name(name)
    held = _capabilities(profile, called)
    spoken = {protocol for flow in profile.flows for protocol in protocols(flow.ports)}
    allowed = dict.fromkeys((f"capability {each.lower()}" for each in held), _HELD)
    allowed |= dict.fromkeys((f"network {each}" for each in catalog.networks(held, spoken)), _HELD)
    looks = "read, readby, trace, tracedby" if "SYS_PTRACE" in held else "read, readby"
    others = ("unix", "signal (receive)", f"signal (send) peer={called}", f"ptrace ({looks}) peer={called}")
    allowed |= dict.fromkeys(others, _HELD)
    for path, access in (*catalog.everywhere().items(), *catalog.writable().items()):
        allowed[f'"{path}"'] = _accesses(access)
    denied = dict.fromkeys((f'"{path}"' for path in catalog.hidden()), frozenset("rwklmx"))
    denied |= dict.fromkeys((f'"{path}"' for path in catalog.not_run()), frozenset("mx"))
    for path in asked.write:
        about = f'"{path}**"' if path.endswith("/") else f'"{path}"'
        allowed[about] = frozenset("rwkl") | (frozenset(["m", "ix"]) if path in asked.run else frozenset())
        if path not in asked.run:
            denied[about] = frozenset("mx")
    return allowed, denied


def calls(profile: Profile, name: str) -> frozenset[Call]:
    """What a profile of seccomp must allow."""
    asked = profile.seccomp[name]
    held = _capabilities(profile, seccomp_name(name))
    whole = (catalog.allowed_calls(held) | {*asked.allow}) - {*asked.deny}
    bounded: Mapping[str, list[Argument]] = {
        "clone": [Argument(0, catalog.namespace_flags(), "SCMP_CMP_MASKED_EQ", 0)],
        "socket": [Argument(0, family, "SCMP_CMP_EQ") for family in catalog.families(held)],
        "personality": [Argument(0, each, "SCMP_CMP_EQ") for each in catalog.personalities()],
    }
    return frozenset(
        [
            *((call, ()) for call in whole),
            *(
                (call, (condition,))
                for call, conditions in bounded.items()
                if call not in whole and call not in asked.deny
                for condition in conditions
            ),
        ]
    )


def errors(profile: Profile, name: str) -> frozenset[tuple[str, int]]:
    """Calls that fail as if Linux had none of them."""
    asked = profile.seccomp[name]
    tried = ("clone3", ()) not in calls(profile, name) and asked.mode == "enforce"
    return frozenset([("clone3", catalog.no_such_call())] if tried else [])


def _accesses(written: str) -> frozenset[str]:
    """Each letter is an access, but for `ix`, which is one."""
    return frozenset(written.replace("ix", "")) | (frozenset(["ix"]) if "ix" in written else frozenset())


def _used(profile: Profile, pool: str, called: str) -> bool:
    """Does a zone whose pods run there name it?"""
    return any(pool in (zone.pools or (_SHARED,)) for zone in _naming(profile, called))


def _naming(profile: Profile, called: str) -> list[Zone]:
    named = f"Localhost/{called}"
    return [zone for zone in profile.zones.values() if named in (zone.app_armor, zone.seccomp)]


def _capabilities(profile: Profile, called: str) -> frozenset[str]:
    """What the containers of any zone that names it may hold."""
    held: set[str] = set()
    for zone in _naming(profile, called):
        level = zone.pod_security.enforce if isinstance(zone.pod_security, PodSecurity) else zone.pod_security
        held.update(pod_security.addable(level) if zone.capabilities is None else zone.capabilities)
    return frozenset(held)
