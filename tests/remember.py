"""What tests compute once and use often, and not while mutants are tried.

Mutation testing learns from one run which tests reach which function: a result that an earlier test left behind would
hide the function from all later ones.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import TypeVar

Function = TypeVar("Function", bound=Callable[..., object])


def remembered(function: Function) -> Function:
    """The function, its results kept unless mutmut runs the tests."""
    return function if "MUTANT_UNDER_TEST" in os.environ else cache(function)
