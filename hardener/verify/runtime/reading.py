"""A file of rules as Falco loads it. Written after userspace/engine/rule_loader_reader.cpp and rule_loader_compiler.cpp
of falcosecurity/falco: names of lists are replaced in the text of a condition, then macros in what it means.

What changes rules that stand elsewhere (`append`, `override`, a rule without a condition, a second one of a name) is
refused: hardener writes each once, and whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Literal, TypeVar

from msgspec import Struct, ValidationError, convert, field

from hardener.errors import ProfileError
from hardener.source import load_data
from hardener.verify.runtime.conditions import Condition, ConditionError, expanded, read_condition

_BLANKS: Final = " \t\n\r"
_DELIMITERS: Final = f"{_BLANKS}(),="
_KINDS: Final = ("required_engine_version", "required_plugin_versions", "list", "macro", "rule")

Priority = Literal["EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "INFORMATIONAL", "DEBUG"]
Values = str | int | list[str | int | list[str | int]]


class Plugin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plugin that Falco has to load."""

    name: str
    version: str


class Exempted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events that a rule is silent about: each value has one part for each field."""

    name: str
    fields: str | list[str]
    comps: str | list[str]
    values: list[Values]


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule as it is written."""

    name: str = field(name="rule")
    desc: str
    condition: str
    output: str
    priority: Priority
    source: Literal["syscall", "k8s_audit"]
    tags: list[str] = []
    enabled: bool = True
    exceptions: list[Exempted] = []


class _List(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str = field(name="list")
    items: tuple[str | int, ...]


class _Macro(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str = field(name="macro")
    condition: str


class _Engine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: str = field(name="required_engine_version")


class _Plugins(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    plugins: list[Plugin] = field(name="required_plugin_versions")


_Item = _Engine | _Plugins | _List | _Macro | Rule
_Named = TypeVar("_Named", _List, _Macro, Rule)


class Loaded(Struct, frozen=True, eq=False, kw_only=True):
    """What a file says: its rules by name, with what each condition means, without its exceptions; and its lists."""

    engine: str
    plugins: tuple[Plugin, ...]
    lists: dict[str, tuple[str, ...]]
    rules: dict[str, Rule]
    conditions: dict[str, Condition]


class UnreadableError(Exception):
    """Falco does not load the file, or nobody here knows what it does."""


def read_rules(text: str, file: str) -> Loaded:
    """What is in a file. Raises UnreadableError with the reason."""
    try:
        return _loaded(list(_items(load_data(text, file))))
    except ProfileError as error:
        raise UnreadableError(error.problems[0].what) from error
    except (ConditionError, ValidationError) as error:
        raise UnreadableError(str(error)) from error


def line(text: str, name: str) -> int:
    """The line of a rule, from 1; 0 if there is none."""
    found = re.search(rf"^- rule: \"?{re.escape(name)}\"?$", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def _items(data: Any) -> Iterator[_Item]:
    if not isinstance(data, list):
        raise UnreadableError("it is no list of rules")
    types = dict(zip(_KINDS, (_Engine, _Plugins, _List, _Macro, Rule), strict=True))
    for item in data:
        kind = next((kind for kind in _KINDS if isinstance(item, dict) and kind in item), None)
        if kind is None:
            raise UnreadableError("something in it is neither a rule, a macro, a list nor a version")
        yield convert(item, types[kind])


def _loaded(items: list[_Item]) -> Loaded:
    lists = {item.name: tuple(map(str, item.items)) for item in _named(items, _List)}
    macros: dict[str, Condition] = {}
    for item in _named(items, _Macro):
        macros[item.name] = expanded(read_condition(with_lists(item.condition, lists)), macros)
    rules = {item.name: item for item in _named(items, Rule)}
    for name, values in lists.items():
        if inner := lists.keys() & set(values):
            raise UnreadableError(f"the list {name} holds the list {min(inner)}: nobody here reads lists of lists")
    return Loaded(
        engine=next((item.version for item in items if isinstance(item, _Engine)), ""),
        plugins=tuple(plugin for item in items if isinstance(item, _Plugins) for plugin in item.plugins),
        lists=lists,
        rules=rules,
        conditions={
            name: expanded(read_condition(with_lists(rule.condition, lists)), macros) for name, rule in rules.items()
        },
    )


def _named(items: list[_Item], kind: type[_Named]) -> Iterator[_Named]:
    """The items of a kind, in their order. Falco lets a second one of a name replace the first."""
    seen: set[str] = set()
    for item in items:
        if isinstance(item, kind):
            if item.name in seen:
                raise UnreadableError(f"there are two of {item.name}: the second replaces the first")
            seen.add(item.name)
            yield item


def with_lists(condition: str, lists: dict[str, tuple[str, ...]]) -> str:
    """The text of a condition with the items of each list in the place of its name, as Falco does it.

    >>> with_lists("a.b in (x, known) and c.d in (none)", {"known": ("y", "z z"), "none": ()})
    'a.b in (x, y, "z z") and c.d in ()'
    """
    for name, items in lists.items():
        alone = rf"(?<![^{_DELIMITERS}]){re.escape(name)}(?![^{_DELIMITERS}])"
        values = ", ".join(map(_quoted, items))
        if not values:
            condition = re.sub(rf",[{_BLANKS}]*{alone}|{alone}[{_BLANKS}]*,", "", condition)
        condition = re.sub(alone, values.replace("\\", r"\\"), condition)
    return condition


def _quoted(item: str) -> str:
    """Falco puts quotes around what has a space in it, and looks at nothing else."""
    return f'"{item}"' if " " in item and item[0] not in "\"'" else item
