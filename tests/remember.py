"""What tests compute once and use often.

Mutation testing learns from one run which tests reach which function. A result that an earlier test left behind would
hide the function from all later ones, so while mutants are tried nothing is remembered from test to test.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import TypeVar

Function = TypeVar("Function", bound=Callable[..., object])

_REMEMBERED: list[Callable[[], None]] = []


def remembered(function: Function) -> Function:
    """The function, its results kept."""
    kept = cache(function)
    _REMEMBERED.append(kept.cache_clear)
    return kept


def forget_between_mutants() -> None:
    """Forget everything, if it is mutmut that runs the tests."""
    if "MUTANT_UNDER_TEST" in os.environ:
        for forget in _REMEMBERED:
            forget()
