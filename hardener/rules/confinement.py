"""`appArmor` and `seccomp`: profiles that zones name, that a container can live with, and that are not weak."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.catalog import confinement as catalog
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.confinement import OURS, app_armor_name, capabilities, seccomp_name
from hardener.rules.names import nearest
from hardener.source import KeyPath, Source

_LOCAL = "Localhost/"


def profiles_that_zones_name_are_defined(profile: Profile, source: Source) -> Iterator[Problem]:
    """What begins as hardener's own profiles do is one of them: nobody else brings it."""
    known = {
        "appArmor": [f"{_LOCAL}{app_armor_name(name)}" for name in profile.app_armor],
        "seccomp": [f"{_LOCAL}{seccomp_name(name)}" for name in profile.seccomp],
    }
    for name, zone in profile.zones.items():
        for key, named in (("appArmor", zone.app_armor), ("seccomp", zone.seccomp)):
            if named is not None and named.startswith(f"{_LOCAL}{OURS}") and named not in known[key]:
                what = f"{key} defines no profile that is called {named.removeprefix(_LOCAL)} on a node"
                help = nearest(named, known[key]) or f"define it at {key}, or name one that does not begin with {OURS}"
                yield source.problem(("zones", name, key), what, help=help, rule="confinement.unknown")


def profiles_are_named_by_zones(profile: Profile, source: Source) -> Iterator[Problem]:
    """One that no zone names is rendered for no node, and confines nobody."""
    named = {each for zone in profile.zones.values() for each in (zone.app_armor, zone.seccomp)}
    defined = [("appArmor", name, app_armor_name(name)) for name in profile.app_armor]
    defined += [("seccomp", name, seccomp_name(name)) for name in profile.seccomp]
    for key, name, called in defined:
        if f"{_LOCAL}{called}" not in named:
            what = "no zone names this profile, so it confines nobody"
            help = f"write zones.NAME.{key}: {_LOCAL}{called}, or leave the profile out"
            yield source.problem((key, name), what, help=help, rule="confinement.unused", at_key=True)


def written_paths_are_the_containers(profile: Profile, source: Source) -> Iterator[Problem]:
    """The kernel's own folders lead out of a container; of two paths in one another the inner one says nothing."""
    for name, armor in profile.app_armor.items():
        for index, path in enumerate(armor.write):
            at: KeyPath = ("appArmor", name, "write", index)
            around = next((each for each in armor.write if each != path and _lies_in(path, each)), None)
            if catalog.of_the_kernel(path):
                help = "leave it out: a container may write the devices that it needs, and what it says of itself"
                yield source.problem(at, f"{path} is the kernel's", help=help, rule="confinement.path")
            elif path in armor.write[:index] or around is not None:
                what = f"{path} lies in {around}, which may be written" if around else f"{path} is named twice"
                yield source.problem(at, what, help="keep one of the two", rule="confinement.path")
        for index, path in enumerate(armor.run):
            if path not in armor.write:
                help = "leave it out: what containers cannot write they may run" + (
                    f"; what they write is {', '.join(armor.write)}" if armor.write else ""
                )
                at = ("appArmor", name, "run", index)
                yield source.problem(at, f"{path} is not one of `write`", help=help, rule="confinement.path")


def calls_are_calls(profile: Profile, source: Source) -> Iterator[Problem]:
    """Each is one of Linux's, and says something; no container starts without some of them."""
    for name, seccomp in profile.seccomp.items():
        zones = (zone for zone in profile.zones.values() if zone.seccomp == f"{_LOCAL}{seccomp_name(name)}")
        usual = catalog.allowed_calls(capabilities(zones))
        for key, calls in (("allow", seccomp.allow), ("deny", seccomp.deny)):
            for index, call in enumerate(calls):
                at: KeyPath = ("seccomp", name, key, index)
                if call not in catalog.known_calls():
                    help = nearest(call, catalog.known_calls())
                    what = f"Linux has no system call {call!r}"
                    yield source.problem(at, what, help=help, rule="confinement.call-unknown")
                elif what := _idle(call, key, calls[:index], usual) or _clash(call, key, seccomp.allow):
                    yield source.problem(at, what, help="leave it out", rule="confinement.call")


def _idle(call: str, key: str, before: tuple[str, ...], usual: frozenset[str]) -> str:
    """Why a call need not be named; empty if it must."""
    if call in before:
        return f"{call} is named twice"
    if key == "allow":
        return f"{call} is allowed anyway" if call in usual else ""
    return "" if call in usual | catalog.bounded_calls() else f"{call} is not allowed anyway"


def _clash(call: str, key: str, allowed: tuple[str, ...]) -> str:
    """Why a call cannot be denied."""
    if key == "deny" and call in catalog.needed_calls():
        return f"no program starts without {call}"
    return f"{call} is allowed by the same profile" if key == "deny" and call in allowed else ""


def profiles_are_not_weak(profile: Profile, source: Source) -> Iterator[Problem]:
    """A profile that complains confines nobody, and each call is a way into the kernel."""
    for key, profiles in (("appArmor", profile.app_armor), ("seccomp", profile.seccomp)):
        for name, each in profiles.items():
            if each.mode == "complain":
                what = "what this profile does not allow would happen all the same, and only be logged"
                yield _weak(source, (key, name, "mode"), what, "write enforce, or leave it out")
    for name, seccomp in profile.seccomp.items():
        for index, call in enumerate(seccomp.allow):
            if call in catalog.known_calls() - catalog.allowed_calls(()):
                what = f"{call} is a way into the kernel that the runtime's own profile closes"
                yield _weak(source, ("seccomp", name, "allow", index), what, "leave it out")


def _weak(source: Source, path: KeyPath, what: str, help: str) -> Problem:
    accept = f"{help}, or accept it: an exception for confinement.weak at {'.'.join(map(str, path))}"
    return source.problem(path, what, help=accept, rule="confinement.weak")


def _lies_in(path: str, other: str) -> bool:
    return other.endswith("/") and path.startswith(other)
