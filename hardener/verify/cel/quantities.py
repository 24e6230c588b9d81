"""Quantities (staging/src/k8s.io/apiserver/pkg/cel/library/quantity.go), from 1.28 on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar, Final

from hardener.catalog.quantities import LARGEST, UNIT
from hardener.catalog.quantities import Quantity as Amount
from hardener.catalog.quantities import quantity as amount
from hardener.verify.cel.errors import EvaluationError, NotUnderstoodError
from hardener.verify.cel.functions import Overload, function, method, reads
from hardener.verify.cel.values import Opaque

_NAME: Final = "kubernetes.Quantity"
_FIRST: Final = 28


class Quantity(Opaque, frozen=True):
    """An amount. Two are equal however they are written."""

    CEL_TYPE: ClassVar[str] = _NAME
    amount: Amount


def _read(text: str) -> Quantity:
    if re.search("[0-9][eE][+-]?[0-9]", text) or text.startswith("+"):
        raise NotUnderstoodError(f"a quantity with an exponent or a plus: {text}")
    try:
        found = amount(text)
    except ValueError as error:
        raise EvaluationError("quantities must match the regular expression of quantities") from error
    if abs(found.billionths) > LARGEST:
        raise NotUnderstoodError(f"a quantity larger than Kubernetes counts: {text}")
    return Quantity(found)


def _compared(one: Quantity, other: Quantity) -> int:
    left, right = one.amount.billionths, other.amount.billionths
    return int(left > right) - int(left < right)


def _added(one: Quantity, billionths: int) -> Quantity:
    return Quantity(Amount(one.amount.billionths + billionths, one.amount.binary))


def _integer(one: Quantity) -> int:
    if not one.amount.whole:
        raise EvaluationError("cannot convert value to integer")
    return one.amount.billionths // UNIT


def _sign(one: Quantity) -> int:
    return _compared(one, Quantity(Amount(0)))


def _method(name: str, signature: str, run: Callable[..., Any]) -> Overload:
    return method(name, signature.replace("Q", _NAME), run, _FIRST)


OVERLOADS: Final = (
    function("quantity", f"string -> {_NAME}", _read, _FIRST),
    function("isQuantity", "string -> bool", reads(_read), _FIRST),
    function("sign", f"{_NAME} -> int", _sign, _FIRST),
    _method("isGreaterThan", "Q, Q -> bool", lambda one, other: _compared(one, other) > 0),
    _method("isLessThan", "Q, Q -> bool", lambda one, other: _compared(one, other) < 0),
    _method("compareTo", "Q, Q -> int", _compared),
    _method("asApproximateFloat", "Q -> double", lambda one: one.amount.billionths / UNIT),
    _method("asInteger", "Q -> int", _integer),
    _method("isInteger", "Q -> bool", lambda one: one.amount.whole),
    _method("add", "Q, Q -> Q", lambda one, other: _added(one, other.amount.billionths)),
    _method("add", "Q, int -> Q", lambda one, number: _added(one, number * UNIT)),
    _method("sub", "Q, Q -> Q", lambda one, other: _added(one, -other.amount.billionths)),
    _method("sub", "Q, int -> Q", lambda one, number: _added(one, -number * UNIT)),
)
