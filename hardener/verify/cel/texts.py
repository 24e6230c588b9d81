"""What is done with texts (cel-go, common/stdlib/standard.go and ext/strings.go). Characters are counted, not bytes."""

from __future__ import annotations

from typing import Any, Final

from hardener.verify.cel.errors import EvaluationError
from hardener.verify.cel.functions import function, method, sized

_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What Go trims (unicode.IsSpace)."""

_LOWER: Final = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})
_UPPER: Final = str.maketrans({chr(code + 32): chr(code) for code in range(ord("A"), ord("Z") + 1)})
_QUOTED: Final = str.maketrans(
    {
        "\a": "\\a",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\v": "\\v",
        "\\": "\\\\",
        '"': '\\"',
    }
)


def _out_of_range(index: int) -> EvaluationError:
    return EvaluationError(f"index out of range: {index}")


def _char_at(text: str, index: int) -> str:
    if not 0 <= index <= len(text):
        raise _out_of_range(index)
    return text[index : index + 1]


def _index_of(text: str, part: str, start: int = 0) -> int:
    if start < 0:
        raise _out_of_range(start)
    if not part:
        return min(start, len(text))
    return text.find(part, start)


def _last_index_of(text: str, part: str) -> int:
    return text.rfind(part)


def _last_index_from(text: str, part: str, last: int) -> int:
    if last < 0:
        raise _out_of_range(last)
    if not part:
        return min(last, len(text))
    # From beyond the end, nothing is found (cel-go, ext/strings.go: lastIndexOfOffset).
    return text.rfind(part, 0, last + len(part)) if last < len(text) else -1


def _substring(text: str, start: int) -> str:
    if not 0 <= start <= len(text):
        raise _out_of_range(start)
    return text[start:]


def _part(text: str, start: int, end: int) -> str:
    if start > end:
        raise EvaluationError(f"invalid substring range. start: {start}, end: {end}")
    if not 0 <= start <= len(text):
        raise _out_of_range(start)
    if not 0 <= end <= len(text):
        raise _out_of_range(end)
    return text[start:end]


def _replace(text: str, old: str, new: str, count: int = -1) -> str:
    length = len(text) + (text.count(old) if count < 0 else min(count, text.count(old))) * (len(new) - len(old))
    sized(range(max(length, 0)))
    return text.replace(old, new, max(count, -1))


def _split(text: str, separator: str, count: int = -1) -> list[str]:
    if count == 0:
        return []
    if not separator:
        cut = len(text) if count < 0 else min(count - 1, len(text))
        rest = [text[cut:]] if cut < len(text) else []
        return [*text[:cut], *rest]
    return text.split(separator, count - 1 if count > 0 else -1)


def _join(values: list[Any], separator: str = "") -> str:
    for value in values:
        if type(value) is not str:
            raise EvaluationError(f"join: invalid input: {value}")
    sized(range(sum(map(len, values)) + len(values) * len(separator)))
    return separator.join(values)


OVERLOADS: Final = (
    method("contains", "string, string -> bool", lambda text, part: part in text),
    method("startsWith", "string, string -> bool", str.startswith),
    method("endsWith", "string, string -> bool", str.endswith),
    method("charAt", "string, int -> string", _char_at),
    method("indexOf", "string, string -> int", _index_of),
    method("indexOf", "string, string, int -> int", _index_of),
    method("lastIndexOf", "string, string -> int", _last_index_of),
    method("lastIndexOf", "string, string, int -> int", _last_index_from),
    method("lowerAscii", "string -> string", lambda text: text.translate(_LOWER)),
    method("upperAscii", "string -> string", lambda text: text.translate(_UPPER)),
    method("replace", "string, string, string -> string", _replace),
    method("replace", "string, string, string, int -> string", _replace),
    method("split", "string, string -> list(string)", _split),
    method("split", "string, string, int -> list(string)", _split),
    method("substring", "string, int -> string", _substring),
    method("substring", "string, int, int -> string", _part),
    method("trim", "string -> string", lambda text: text.strip(_SPACE)),
    method("join", "list(string) -> string", _join),
    method("join", "list(string), string -> string", _join),
    function("jsonpatch.escapeKey", "string -> string", lambda text: text.replace("~", "~0").replace("/", "~1"), 31),
    function("strings.quote", "string -> string", lambda text: f'"{text.translate(_QUOTED)}"', 29),
)
