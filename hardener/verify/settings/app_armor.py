"""A profile of AppArmor as its file says it: one profile, of the kinds of rules that are understood here.

What a line may be is in apparmor.d(5). What is read is kept by what it is about, since two rules about one path allow
what either does, and a denial wins over both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

_HEAD: Final = re.compile(r"profile ([A-Za-z0-9][-A-Za-z0-9_.]*) flags=\(([a-z_]+(?:,[a-z_]+)*)\) \{")
_FILE: Final = re.compile(r'(deny )?"(/[^"\s]*)" ([a-zA-Z]+),')
# An access is a letter, but for running a program: in front of `x` stands under which profile.
_ACCESSES: Final = re.compile(r"[rwaklm]|[iIpPcCuU]*x")
_OTHER: Final = re.compile(
    r"(deny )?((?:capability(?: [a-z_]+)?|network(?: [a-z0-9]+){0,2}|unix|umount|mount|userns"
    r"|(?:signal|ptrace)(?: \([a-z, ]+\))?(?: peer=[-\w.]+)?)),"
)
# A line that begins so is none that is passed over.
_INCLUDE: Final = re.compile(r"#\s*include\b")

Rules = Mapping[str, frozenset[str]]


class AppArmor(Struct, frozen=True, kw_only=True):
    """What a profile says: `allowed` and `denied`, by what they are about; a file's path stands in quotes.

    An access is one of AppArmor's; a rule about no file has the empty one. `unknown` are lines that nobody here
    understands, by their numbers. `lines` is where a rule is, by whether it denies and what it is about.
    """

    name: str
    flags: frozenset[str]
    allowed: Rules
    denied: Rules
    unknown: Mapping[int, str]
    lines: Mapping[tuple[bool, str], int]


def read(text: str) -> AppArmor:
    """The profile of a file. Whatever is not understood is among the unknown lines."""
    name, flags, ended = "", frozenset[str](), False
    rules: tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]] = ({}, {})
    unknown: dict[int, str] = {}
    lines: dict[tuple[bool, str], int] = {}
    for number, line in _lines(text):
        head = _HEAD.fullmatch(line)
        if head and not name:
            name, flags = head[1], frozenset(head[2].split(","))
        elif line == "}" and name and not ended:
            ended = True
        elif name and not ended and (rule := _rule(line)):
            denies, about, accesses = rule
            rules[denies][about] = rules[denies].get(about, frozenset()) | accesses
            lines.setdefault((denies, about), number)
        else:
            unknown[number] = line
    if not ended:
        unknown[0] = "it has no end"
    return AppArmor(name=name, flags=flags, allowed=rules[0], denied=rules[1], unknown=unknown, lines=lines)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        said = line.strip(" \t")
        if said and (said[0] != "#" or _INCLUDE.match(said)):
            yield number, said


def _rule(line: str) -> tuple[bool, str, frozenset[str]] | None:
    file = _FILE.fullmatch(line)
    if file:
        accesses = _ACCESSES.findall(file[3])
        known = "".join(accesses) == file[3]
        return (bool(file[1]), f'"{file[2]}"', frozenset(accesses)) if known else None
    other = _OTHER.fullmatch(line)
    return (bool(other[1]), other[2], frozenset([""])) if other else None
