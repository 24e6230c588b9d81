"""Semantic versions (staging/src/k8s.io/apiserver/pkg/cel/library/semverlib.go), from 1.33 on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar, Final

from hardener.verify.cel.errors import EvaluationError, NotUnderstoodError
from hardener.verify.cel.functions import Overload, function, method, reads
from hardener.verify.cel.values import LAST_UINT, Opaque

_NAME: Final = "kubernetes.Semver"
_FIRST: Final = 33
_NUMBER: Final = "(0|[1-9][0-9]*)"
_VERSION: Final = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}", re.ASCII)


class Semver(Opaque, frozen=True):
    """A version without what may follow its three numbers."""

    CEL_TYPE: ClassVar[str] = _NAME
    numbers: tuple[int, int, int]


def _read(text: str, normalize: bool = False) -> Semver:
    found = _VERSION.fullmatch(text)
    if found and all(int(each) <= LAST_UINT for each in found.groups()):
        major, minor, patch = map(int, found.groups())
        return Semver((major, minor, patch))
    if normalize or re.match(r"[0-9.]+[-+]", text):
        raise NotUnderstoodError(f"a version that is more or less than three numbers: {text}")
    raise EvaluationError("invalid semantic version")


def _compared(one: Semver, other: Semver) -> int:
    return int(one.numbers > other.numbers) - int(one.numbers < other.numbers)


def _method(name: str, signature: str, run: Callable[..., Any]) -> Overload:
    return method(name, signature.replace("S", _NAME), run, _FIRST)


OVERLOADS: Final = (
    function("semver", f"string -> {_NAME}", _read, _FIRST),
    function("semver", f"string, bool -> {_NAME}", _read, _FIRST),
    function("isSemver", "string -> bool", reads(_read), _FIRST),
    function("isSemver", "string, bool -> bool", reads(_read), _FIRST),
    _method("isGreaterThan", "S, S -> bool", lambda one, other: _compared(one, other) > 0),
    _method("isLessThan", "S, S -> bool", lambda one, other: _compared(one, other) < 0),
    _method("compareTo", "S, S -> int", _compared),
    _method("major", "S -> int", lambda one: one.numbers[0]),
    _method("minor", "S -> int", lambda one: one.numbers[1]),
    _method("patch", "S -> int", lambda one: one.numbers[2]),
)
