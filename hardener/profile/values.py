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


# Words that need no quotes inside of a list.
_PLAIN = re.compile(r"[A-Za-z0-9_./-]{1,60}")


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


def wrong_type(kinds: Sequence[inspect.Type], value: Any, written: str, description: str) -> Wording:
    """What to say of a value that has none of the types that it may have; `written` is its text in the file."""
    if value is None:
        return "there is no value here", "write one, or leave the key out"
    text = _only_text(kinds)
    if text is not None and isinstance(value, (int, float)):
        return _text_mistake(text, written, description) or _unquoted(value, written)
    shown = [kind for kind in kinds if not (isinstance(kind, inspect.IntType) and _takes(kinds, inspect.FloatType))]
    expected = list(dict.fromkeys(_expected(kind, alone=len(kinds) == 1) for kind in shown))
    return f"this must be {choice(expected)}", _way_out(kinds, value)


def meant(kinds: Sequence[inspect.Type], value: Any, written: str) -> Any:
    """The value that was meant where quotes are missing or too many, or a word is misspelt; None if that is unclear."""
    if _only_text(kinds) is not None and isinstance(value, (int, float)):
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
    plain = str(value).lower()
    sort = "truth value" if isinstance(value, bool) else "number"
    if written == plain:
        return f"this must be text, and {written} without quotes is a {sort}", f'write "{written}"'
    return f"this must be text, and {written} without quotes is the {sort} {plain}", f'write "{written}"'


def _way_out(kinds: Sequence[inspect.Type], value: Any) -> str:
    if isinstance(value, str) and meant(kinds, value, value) is not None:
        return f"write {value} without quotes"
    if _takes(kinds, inspect.VarTupleType) and isinstance(value, str):
        return f"write it as a list: [{value if _PLAIN.fullmatch(value) else '...'}]"
    if _takes(kinds, inspect.DictType) and isinstance(value, list):
        return "write NAME: VALUE for each, without a dash"
    patterns = [kind.pattern for kind in kinds if isinstance(kind, inspect.StrType) and kind.pattern]
    return mismatch(patterns[0], "")[1] if patterns else ""


def _expected(kind: inspect.Type, alone: bool) -> str:
    if not isinstance(kind, inspect.LiteralType):
        return _EXPECTED[type(kind)]
    words = choice(list(map(str, kind.values)))
    return words if alone else f"a word ({words})"


def _only_text(kinds: Sequence[inspect.Type]) -> inspect.StrType | None:
    """The type of the text, if the value may be text and may not be a number."""
    texts = [kind for kind in kinds if isinstance(kind, inspect.StrType)]
    return None if _takes(kinds, inspect.IntType) or not texts else texts[0]


def _takes(kinds: Sequence[inspect.Type], wanted: type[inspect.Type]) -> bool:
    return any(isinstance(kind, wanted) for kind in kinds)
