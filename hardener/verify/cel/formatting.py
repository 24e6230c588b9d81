"""`'%s of %d'.format([...])` (cel-go, ext/formatting.go), from 1.29 on.

`%s` and `%d` are understood, which is what messages have. The others write numbers as a language has them.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from hardener.verify.cel.conversions import text_of, write_double, write_duration
from hardener.verify.cel.errors import EvaluationError, NotUnderstoodError
from hardener.verify.cel.functions import method, sized
from hardener.verify.cel.times import write_timestamp
from hardener.verify.cel.types import Type
from hardener.verify.cel.values import Duration, Timestamp, type_of


def _format(text: str, values: list[Any]) -> str:
    rest = list(values)

    def filled(clause: re.Match[str]) -> str:
        if clause[0] == "%%":
            return "%"
        if clause[0] not in ("%s", "%d"):
            raise NotUnderstoodError(f"a text with {clause[0]} to be filled in")
        if not rest:
            raise EvaluationError("index out of range")
        value = rest.pop(0)
        if clause[0] == "%d" and type_of(value) not in ("int", "uint"):
            raise EvaluationError("decimal clause can only be used on integers")
        return written(value)

    return str(sized(re.sub(r"%(?:%|\.?[0-9]*[a-zA-Z]?)", filled, text)))


def written(value: Any) -> str:
    """A value as `%s` writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, Type):
        return value.name
    if isinstance(value, bytes):
        return text_of(value)
    if isinstance(value, Timestamp | Duration):
        return write_timestamp(value) if isinstance(value, Timestamp) else write_duration(value)
    if isinstance(value, float):
        return write_double(value)
    return "null" if value is None else _whole(value)


def _whole(value: Any) -> str:
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, list):
        return f"[{', '.join(map(_inner, value))}]"
    if isinstance(value, dict):
        pairs = sorted((_inner(key), _inner(each)) for key, each in value.items())
        return f"{{{', '.join(f'{key}:{each}' for key, each in pairs)}}}"
    raise EvaluationError("string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types")


def _inner(value: Any) -> str:
    """Within a list or a map: as an expression would have it."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bytes):
        return f"b{_inner(text_of(value))}"
    if isinstance(value, float):
        return f"{value:.6f}"
    if isinstance(value, Timestamp | Duration):
        return f'{"timestamp" if isinstance(value, Timestamp) else "duration"}("{written(value)}")'
    return written(value)


OVERLOADS: Final = (method("format", "string, list(dyn) -> string", _format, 29),)
