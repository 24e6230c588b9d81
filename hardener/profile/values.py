"""What is wrong with one value of a profile: a text, a number, a choice, or a value of the wrong type altogether."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from msgspec import inspect

from hardener.profile.nearest import close
from hardener.profile.wording import Wording, between, choice, mismatch

_EXPECTED: dict[type[inspect.Type], str] = {
    inspect.StrType: "text",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.VarTupleType: "a list",
    inspect.DictType: "a mapping",
    inspect.StructType: "a mapping",
}


def mistake(kind: inspect.Type, value: Any, description: str) -> Wording | None:
    """What is wrong with a scalar that has the right type, and the way out; None if nothing is."""
    if isinstance(kind, inspect.StrType):
        return _text_mistake(kind, value, description)
    if isinstance(kind, (inspect.IntType, inspect.FloatType)):
        too_low, too_high = kind.ge is not None and value < kind.ge, kind.le is not None and value > kind.le
        return (f"this must be {between(kind.ge, kind.le)}", "") if too_low or too_high else None
    if isinstance(kind, inspect.LiteralType) and value not in kind.values:
        return f"this cannot be {value!r}", _choices(kind, value)
    return None


def wrong_type(kinds: Sequence[inspect.Type], value: Any, written: str) -> Wording:
    """What to say of a value that has none of the types that it may have; `written` is its text in the file."""
    if value is None:
        return "there is no value here", "write one, or leave the key out"
    if _takes(kinds, inspect.StrType) and isinstance(value, (int, float)):
        return _unquoted(value, written)
    expected = choice(list(dict.fromkeys(_expected(kind) for kind in kinds)))
    return f"this must be {expected}", _way_out(kinds, value)


def meant(kinds: Sequence[inspect.Type], value: Any, written: str) -> Any:
    """The value that was meant where quotes are missing or too many, or a word is misspelt; None if that is unclear."""
    if _takes(kinds, inspect.StrType) and isinstance(value, (int, float)):
        return written
    if isinstance(value, str):
        for kind in kinds:
            if isinstance(kind, inspect.LiteralType):
                return close(value, list(map(str, kind.values)))
            if isinstance(kind, inspect.IntType) and value.isascii() and value.isdecimal() and len(value) < 10:
                return int(value)
            if isinstance(kind, inspect.BoolType) and value in ("true", "false"):
                return value == "true"
    return None


def _text_mistake(kind: inspect.StrType, value: str, description: str) -> Wording | None:
    if kind.pattern and not re.search(kind.pattern, value):
        return mismatch(kind.pattern, description)
    if kind.max_length is not None and len(value) > kind.max_length:
        return f"this has {len(value)} characters, and at most {kind.max_length} are allowed", ""
    if kind.min_length is not None and len(value) < kind.min_length:
        return "this may not be empty", ""
    return None


def _choices(kind: inspect.LiteralType, value: str) -> str:
    words = list(map(str, kind.values))
    near = close(value, words)
    return f"did you mean {near!r}?" if near else f"write {choice(words)}"


def _unquoted(value: float, written: str) -> Wording:
    sort = "the truth value" if isinstance(value, bool) else "the number"
    return f"{written} without quotes is {sort} {_plain(value)}, and this must be text", f'write "{written}"'


def _plain(value: float) -> str:
    return str(value).lower()


def _way_out(kinds: Sequence[inspect.Type], value: Any) -> str:
    if isinstance(value, str) and meant(kinds, value, value) is not None:
        return f"write {value} without quotes"
    if _takes(kinds, inspect.VarTupleType) and isinstance(value, (str, int)) and not isinstance(value, bool):
        return f"write it as a list: [{value}]" if str(value).isalnum() else "write it as a list: [one, two]"
    if _takes(kinds, inspect.BoolType):
        return ""
    if _takes(kinds, inspect.DictType) and isinstance(value, list):
        return "write name: value for each, without a dash"
    return ""


def _expected(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.LiteralType):
        return choice(list(map(str, kind.values)))
    return _EXPECTED[type(kind)]


def _takes(kinds: Sequence[inspect.Type], wanted: type[inspect.Type]) -> bool:
    return any(isinstance(kind, wanted) for kind in kinds)
