"""What Falco is told to look for, in words of our own. The facts are in `falco.yaml`.

A rule's name stands in the profile (`runtime.quiet`) and in each alert: it never changes its meaning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, convert

from hardener.source import load_data

_FILE: Final = Path(__file__).with_suffix(".yaml")

_PLAIN: Final = re.compile(r"(?!hardener_)[A-Za-z0-9][A-Za-z0-9._:/@+-]*")

_NOBODY: Final = "system:unlisted"

SYSCALL: Final = "syscall"
AUDIT: Final = "k8s_audit"


class Plugin(Struct, frozen=True, kw_only=True):
    """A plugin that knows the fields of a source, and its oldest version that does."""

    name: str
    version: str


class Source(Struct, frozen=True, kw_only=True):
    """Where events come from. `where` is the field of their namespace, `names` what an alert shows of them."""

    where: str
    plugins: tuple[Plugin, ...]
    names: str


class Items(Struct, frozen=True, kw_only=True):
    """A list that is the same for every profile."""

    source: str
    items: tuple[str, ...]


class Macro(Struct, frozen=True, kw_only=True):
    """A part of conditions."""

    source: str
    condition: str


class Watched(Struct, frozen=True, kw_only=True):
    """A rule. `says` is what an alert says, `where` the field of its namespace; "" is a rule about none."""

    source: str
    says: str
    why: str
    priority: str
    condition: str
    where: str | None = None


class Falco(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it. `engine` is the oldest version of Falco's engine that reads the rules."""

    engine: str
    sources: dict[str, Source]
    lists: dict[str, Items]
    macros: dict[str, Macro]
    rules: dict[str, Watched]


@cache
def falco() -> Falco:
    """The facts."""
    facts: Mapping[str, Any] = load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
    return convert(facts, Falco)


def is_listable(name: str) -> bool:
    """Can a list of Falco hold the name of a user or a group, so that it means that name?

    What a list holds is read as part of a condition (parse_condition in userspace/engine/rule_loader_compiler.cpp of
    falcosecurity/falco): what is not made of plain characters might end a value, and what begins like our lists might
    be one. Such a name is never written.

    >>> is_listable("oidc:platform@example.com"), is_listable("a) or (b"), is_listable("hardener_shells")
    (True, False, False)
    """
    return _PLAIN.fullmatch(name) is not None


def listed(name: str) -> str:
    """The name as a list holds it; where none can, one that nobody has: no issuer may give out `system:` names."""
    return name if is_listable(name) else _NOBODY


def where(name: str) -> str:
    """The field in which a rule's events have their namespace; empty if they have none."""
    rule = falco().rules[name]
    return falco().sources[rule.source].where if rule.where is None else rule.where
