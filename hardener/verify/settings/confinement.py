"""The profiles of AppArmor and seccomp on a pool's nodes: each confines as the profile says, no less and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.objects import NotUnderstoodError
from hardener.verify.settings import app_armor, confined, seccomp

# A container's files have no path where it sees none, and none any more once they are deleted.
_FLAGS: Final = frozenset(["attach_disconnected", "mediate_deleted"])
_COMPLAINS: Final = "complain"
_WORDS: Final[Mapping[str, str]] = {
    **{"r": "read", "w": "write", "a": "append to", "k": "lock", "l": "link", "m": "map as code"},
    **{"ix": "run", "x": "run"},
}
_DATA: Final = re.compile(r"<< 'END'\n(.*?)^END$", re.DOTALL | re.MULTILINE)


def confinement(files: Mapping[str, str], profile: Profile, pool: str) -> Iterator[Finding]:
    """What is wrong with the profiles of a pool, and with what its script installs. `folder` names what is missing."""
    for called, name in confined.of_app_armor(profile, pool).items():
        file = f"nodes/{pool}/apparmor/{called}"
        for line, message in _app_armor(files[file], called, profile, name) if file in files else ():
            yield Finding(word="settings", file=file, line=line, message=message, at=("appArmor", name))
    for called, name in confined.of_seccomp(profile, pool).items():
        file = f"nodes/{pool}/seccomp/{called}"
        if file in files:
            yield from _seccomp(files[file], file, profile, name)
    yield from _installed(files, profile, pool)


def _app_armor(text: str, called: str, profile: Profile, name: str) -> Iterator[tuple[int, str]]:
    found = app_armor.read(text)
    for number, line in found.unknown.items():
        yield number, f"nobody knows what this allows: {line}"
    if found.name != called:
        yield 0, f"the profile is called {found.name or 'nothing'}, so no pod that names {called} starts"
    yield from _flags(found.flags, complains=profile.app_armor[name].mode == _COMPLAINS)
    allowed, denied = confined.rules(profile, name)
    for about, accesses in beyond(found.allowed, allowed):
        yield found.lines[False, about], f"containers may {says(about, accesses)}, which nobody lets them"
    for about, accesses in beyond(denied, found.denied):
        yield 0, f"nothing keeps containers from this: {says(about, accesses)}"
    for about, accesses in beyond(allowed, found.allowed):
        yield 0, f"containers may not {says(about, accesses)}, though the profile lets them"
    for about, accesses in beyond(found.denied, denied):
        yield (
            found.lines[True, about],
            f"containers are kept from this, though the profile lets them: {says(about, accesses)}",
        )


def _flags(found: frozenset[str], *, complains: bool) -> Iterator[tuple[int, str]]:
    if _COMPLAINS in found and not complains:
        yield 0, "it only complains: what it does not allow happens all the same"
    if complains and _COMPLAINS not in found:
        yield 0, "it refuses what it should only log"
    for flag in sorted(found - _FLAGS - {_COMPLAINS}):
        yield 0, f"nobody knows what the flag {flag} does to the promises"
    for flag in sorted(_FLAGS - found):
        yield 0, f"without the flag {flag}, files are refused whose path it does not know"


def beyond(found: app_armor.Rules, known: app_armor.Rules) -> Iterator[tuple[str, frozenset[str]]]:
    """What of some rules others do not say."""
    for about, accesses in sorted(found.items()):
        more = accesses - known.get(about, frozenset())
        if more:
            yield about, more


def says(about: str, accesses: frozenset[str]) -> str:
    """What a rule is about, in words."""
    if accesses == {""}:
        return about if about.startswith(("signal", "ptrace", "mount", "umount")) else f"use {about}"
    known = [_WORDS[each] for each in _WORDS if each in accesses]
    others = [f"run by {each}" for each in sorted(accesses - _WORDS.keys())]
    *words, last = [*known, *others]
    return f"{', '.join(words)}{' and ' if words else ''}{last} {about.strip(chr(34))}"


def _seccomp(text: str, file: str, profile: Profile, name: str) -> Iterator[Finding]:
    at: KeyPath = ("seccomp", name)
    try:
        found = seccomp.read(text, file)
    except NotUnderstoodError as error:
        yield error.finding
        return
    for message in (*_otherwise(found, profile, name), *_calls(found.allowed, confined.calls(profile, name))):
        yield Finding(word="settings", file=file, message=message, at=at)


def _otherwise(found: seccomp.Seccomp, profile: Profile, name: str) -> Iterator[str]:
    """What becomes of calls that are not allowed."""
    wanted = "SCMP_ACT_LOG" if profile.seccomp[name].mode == _COMPLAINS else "SCMP_ACT_ERRNO"
    if found.default != wanted:
        yield f"a call that it does not name ends with {found.default}, and {wanted} is promised"
    if found.architectures:
        others = ", ".join(found.architectures)
        yield f"it lets in the calls of other processors, and bounds them by the node's own: {others}"
    errors = confined.errors(profile, name)
    for call, error in sorted(found.errors - errors):
        yield f"{call} fails with error {error}, which nobody asks for"
    for call, error in sorted(errors - found.errors):
        yield f"{call} does not fail with error {error}: programs would not go on without it"


def _calls(found: frozenset[seccomp.Call], wanted: frozenset[seccomp.Call]) -> Iterator[str]:
    for call, conditions in sorted(found - wanted):
        yield f"containers may call {call}{given(conditions)}, which nobody lets them"
    for call, conditions in sorted(wanted - found):
        # Whatever it is given is more, and told above.
        if (call, ()) not in found:
            yield f"containers cannot call {call}{given(conditions)}, though the profile lets them"


def given(conditions: tuple[seccomp.Argument, ...]) -> str:
    """Under which conditions a call is allowed, in words; empty under none."""
    said = [
        f"argument {each.index} {'of' if each.op == 'SCMP_CMP_EQ' else 'by the mask'} {each.value}"
        for each in conditions
    ]
    return f" with {' and '.join(said)}" if said else ""


def _installed(files: Mapping[str, str], profile: Profile, pool: str) -> Iterator[Finding]:
    """The script goes by a list: all that the pool needs stands there, and nothing else."""
    file = f"nodes/{pool}/{confined.SCRIPT}"
    wanted = {*confined.files(profile, pool)} - {file}
    if file not in files or not wanted:
        return
    data = _DATA.search(files[file])
    lines = data[1].replace('"', "").splitlines() if data else []
    found = {f"nodes/{pool}/{line.replace(' ', '/', 1)}" for line in lines}
    for path in sorted(wanted - found):
        yield Finding(word="settings", file=file, message=f"it does not install {path}: pods that name it do not start")
    for path in sorted(found - wanted):
        yield Finding(word="settings", file=file, message=f"it installs {path}, which nobody asks for")
