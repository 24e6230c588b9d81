"""Regular expressions, as RE2 has them: an API server uses Go's, which are RE2's in every construct and answer.

The library is google-re2 and not Python's own, whose expressions mean other things here and there and can take for
ever; it is imported when an expression has one. Linear time is its promise.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from hardener.verify.cel.errors import EvaluationError, NotUnderstoodError
from hardener.verify.cel.functions import function, method


def matches(text: str, pattern: str) -> bool:
    """Whether the pattern is found anywhere in the text."""
    return compiled(pattern).search(text) is not None


def _find(text: str, pattern: str) -> str:
    found = compiled(pattern).search(text)
    return found[0] if found else ""


def _find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    found: list[str] = []
    end = -1
    for match in compiled(pattern).finditer(text):
        # An empty match right after the one before is none (Go, regexp: FindAllString).
        if match.end() == match.start() == end:
            continue
        end = match.end()
        found.append(match[0])
    return found if limit < 0 else found[:limit]


@lru_cache(maxsize=1000)
def compiled(pattern: str) -> Any:
    """The expression, ready to search; one that Go refuses fails when it is evaluated."""
    # Here, where there is one, since it takes 10 ms; and it says nothing of its types.
    import re2  # type: ignore[import-untyped]

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        if "too large" in str(error):
            raise NotUnderstoodError(f"a regular expression too large: {pattern[:40]}") from error
        raise EvaluationError(f"error parsing regexp: {pattern}") from error


OVERLOADS: Final = (
    function("matches", "string, string -> bool", matches),
    method("matches", "string, string -> bool", matches),
    method("find", "string, string -> string", _find),
    method("findAll", "string, string -> list(string)", _find_all),
    method("findAll", "string, string, int -> list(string)", _find_all),
)
