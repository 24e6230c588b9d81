"""Conditions of Falco's rules, read as Falco reads them.

Written after the grammar in userspace/libsinsp/filter/parser.h of falcosecurity/libs, and parser.cpp beside it: `and`
binds more than `or`, `not` most. What Falco understands and hardener never writes (transformers of fields, values that
are other fields) is refused: nobody here could say what it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_SPACE: Final = re.compile(r"[ \t\b\r\n]*")
_FIELD: Final = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*(?:\.[a-zA-Z]+[a-zA-Z0-9_]*)+")
_NAME: Final = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+\.?[0-9]*(?:[eE][+-][0-9]+)?")
_BARE: Final = re.compile(r"[^()\"' \t\n\r\v\f=,]+")
_NOT: Final = re.compile(r"not[ \t\n\r\v\f]+")
_ESCAPED: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\\": "\\", "/": "/", " ": "\\"}

NUMERIC: Final = ("<=", "<", ">=", ">")
# Those of letters are words of their own: a space follows them.
TEXTUAL: Final = (
    *("==", "=", "!=", "glob ", "iglob ", "contains ", "icontains ", "bcontains ", "startswith ", "bstartswith "),
    "endswith ",
)
LISTS: Final = ("intersects", "in", "pmatch")
EXISTS: Final = "exists"
DEEPEST: Final = 100


class ConditionError(Exception):
    """Falco would not load a condition, or nobody here knows what it does."""


class Check(NamedTuple):
    """A question about one field: `values` are what it is compared with; none for `exists`."""

    field: str
    operator: str
    values: tuple[str, ...]


class Macro(NamedTuple):
    """A condition that stands elsewhere, under this name."""

    name: str


class Not(NamedTuple):
    """The reverse."""

    part: Condition


class All(NamedTuple):
    """Each of some conditions."""

    parts: tuple[Condition, ...]


class Any(NamedTuple):
    """One of some conditions."""

    parts: tuple[Condition, ...]


Condition = Check | Macro | Not | All | Any


def read_condition(text: str) -> Condition:
    """What a text means in which no list's name is left. Raises ConditionError.

    >>> read_condition("a.b exists and not c.d in (x, 'y z')").parts[1]
    Not(part=Check(field='c.d', operator='in', values=('x', 'y z')))
    """
    reader = _Reader(text)
    found = reader.any_of(0)
    if not reader.at_end():
        raise ConditionError(f"after {text[: reader.place][-40:]!r}, `and` or `or` is expected")
    return found


def expanded(condition: Condition, macros: dict[str, Condition]) -> Condition:
    """The condition with that of each macro in its place. Raises ConditionError."""
    match condition:
        case Macro(name):
            if name not in macros:
                raise ConditionError(f"there is no macro {name} before it")
            return macros[name]
        case Not(part):
            return Not(expanded(part, macros))
        case All(parts):
            return All(tuple(expanded(part, macros) for part in parts))
        case Any(parts):
            return Any(tuple(expanded(part, macros) for part in parts))
        case Check():
            return condition


def checks(condition: Condition) -> Iterator[Check]:
    """Every question of a condition."""
    match condition:
        case Check():
            yield condition
        case Not(part):
            yield from checks(part)
        case All(parts) | Any(parts):
            for part in parts:
                yield from checks(part)


class _Reader:
    """A text, and how far it has been read."""

    def __init__(self, text: str) -> None:
        """At the beginning."""
        self.text, self.place = text, 0

    def at_end(self) -> bool:
        """Is nothing left?"""
        return self.place == len(self.text)

    def any_of(self, depth: int) -> Condition:
        """Conditions with `or` between them."""
        parts = self._joined("or", depth)
        return parts[0] if len(parts) == 1 else Any(parts)

    def _all_of(self, depth: int) -> Condition:
        parts = self._joined("and", depth)
        return parts[0] if len(parts) == 1 else All(parts)

    def _joined(self, word: str, depth: int) -> tuple[Condition, ...]:
        if depth > DEEPEST:
            raise ConditionError("it is nested too deeply")
        part = self._all_of if word == "or" else self._not
        parts = [part(depth + 1)]
        self._space()
        while self._word(word):
            if self._space():
                parts.append(part(depth + 1))
            elif self._word("("):
                parts.append(self._rest(depth + 1))
            else:
                raise ConditionError(f"a space or a parenthesis is expected after `{word}`")
            self._space()
        return tuple(parts)

    def _not(self, depth: int) -> Condition:
        self._space()
        negated = False
        while self._match(_NOT) is not None:
            negated = not negated
        if self._word("not("):
            negated, part = not negated, self._rest(depth)
        else:
            part = self._check(depth)
        return Not(part) if negated else part

    def _rest(self, depth: int) -> Condition:
        """What follows a parenthesis, up to the one that closes it."""
        found = self.any_of(depth + 1)
        self._space()
        if not self._word(")"):
            raise ConditionError("a parenthesis is not closed")
        return found

    def _check(self, depth: int) -> Condition:
        self._space()
        if self._word("("):
            return self._rest(depth)
        field = self._match(_FIELD)
        if field is not None:
            return self._compared(field)
        name = self._match(_NAME)
        if name is None:
            raise ConditionError(f"a field, a macro or a parenthesis is expected at {self.text[self.place :][:40]!r}")
        return Macro(name)

    def _compared(self, field: str) -> Check:
        if self._word("["):
            raise ConditionError(f"nobody here knows what the argument of {field} does")
        self._space()
        if self._word(EXISTS):
            return Check(field, EXISTS, ())
        for operator in (*NUMERIC, *TEXTUAL, *LISTS):
            if self._word(operator):
                return Check(field, operator.strip(), self._values(operator))
        raise ConditionError(f"an operator is expected after {field}")

    def _values(self, operator: str) -> tuple[str, ...]:
        self._space()
        if operator in LISTS:
            return self._list()
        value = self._match(_NUMBER) if operator in NUMERIC else self._value()
        if value is None:
            raise ConditionError(f"a value is expected after {operator.strip()}")
        return (value,)

    def _list(self) -> tuple[str, ...]:
        if not self._word("("):
            raise ConditionError("a list in parentheses is expected")
        self._space()
        first = self._value()
        values = [] if first is None else [first]
        self._space()
        while values and self._word(","):
            self._space()
            value = self._value()
            if value is None:
                raise ConditionError("a value is expected after a comma")
            values.append(value)
            self._space()
        if not self._word(")"):
            raise ConditionError("a list is not closed")
        return tuple(values)

    def _value(self) -> str | None:
        quote = self.text[self.place : self.place + 1]
        if quote in ("'", '"') and quote:
            return self._quoted(quote)
        return self._match(_BARE)

    def _quoted(self, quote: str) -> str | None:
        """Falco ends a text at the first quote without a backslash before it, even where that one is escaped itself."""
        end = self.place + 1
        while end < len(self.text) and not (self.text[end] == quote and self.text[end - 1] != "\\"):
            end += 1
        if end == len(self.text) or end == self.place + 1:
            raise ConditionError("a text in quotes does not end")
        inner, self.place = self.text[self.place + 1 : end], end + 1
        return _unescaped(inner, quote)

    def _space(self) -> bool:
        before = self.place
        self._match(_SPACE)
        return self.place > before

    def _word(self, word: str) -> bool:
        if not self.text.startswith(word, self.place):
            return False
        self.place += len(word)
        return True

    def _match(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.text, self.place)
        if found is None:
            return None
        self.place = found.end()
        return found[0]


def _unescaped(text: str, quote: str) -> str:
    known = {**_ESCAPED, quote: quote}
    parts, escaped = [], False
    for character in text:
        if escaped and character not in known:
            raise ConditionError(f"\\{character} means nothing in a text")
        if escaped or character != "\\":
            parts.append(known[character] if escaped else character)
        escaped = not escaped and character == "\\"
    return "".join(parts)
