"""Patience with what takes effect a moment after it has been asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


def wait(condition: Callable[[], Answer], seconds: float = 90) -> Answer:
    """Ask again until the answer is yes, and give it."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return answer
