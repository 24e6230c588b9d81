"""What Falco looks for: rules whose conditions are the same everywhere, over lists that the profile decides."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct


class List(Struct, frozen=True, kw_only=True):
    """Values under a name. An empty list holds nothing."""

    name: str
    items: tuple[str, ...]


class Macro(Struct, frozen=True, kw_only=True):
    """A part of conditions under a name."""

    name: str
    condition: str


class Declared(NamedTuple):
    """Calls that somebody declared: from pods of `namespaces` to `networks`, on the ports `first` to `last`.

    `networks` is the name of a list, or ranges of addresses.
    """

    namespaces: tuple[str, ...]
    networks: str | tuple[str, ...]
    protocol: str
    first: int
    last: int


class Rule(Struct, frozen=True, kw_only=True):
    """A rule. It is silent in the namespaces of `quiet`, which stand in the field `where`, and for what is declared."""

    name: str
    why: str
    condition: str
    output: str
    priority: str
    source: str
    where: str = ""
    quiet: tuple[str, ...] = ()
    declared: tuple[Declared, ...] = ()


class Plugin(NamedTuple):
    """A plugin that Falco has to load, and its oldest version."""

    name: str
    version: str


class Rules(Struct, frozen=True, kw_only=True):
    """A file of rules about events of one source, for Falco's `engine` or a newer one."""

    path: str
    engine: str
    source: str
    plugins: tuple[Plugin, ...]
    lists: tuple[List, ...]
    macros: tuple[Macro, ...]
    rules: tuple[Rule, ...]


class Runtime(Struct, frozen=True, kw_only=True):
    """What is looked for while pods run, a file for each source of events."""

    files: tuple[Rules, ...]
