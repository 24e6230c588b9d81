"""Patience with what takes effect a moment after it has been asked for."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait(condition: Callable[[], object], seconds: float = 60) -> None:
    """Ask again until the answer is yes."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)
