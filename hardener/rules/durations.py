"""Lengths of time as Kubernetes writes them."""

from __future__ import annotations

import re
from typing import Final

_UNITS: Final = {"h": 3600, "m": 60, "s": 1}
# Go counts nanoseconds in 64 bits, which is 292 years: a component that is told more does not start.
LONGEST: Final = 292 * 365 * 24 * 3600


def seconds(duration: str) -> int:
    """How long that is, in seconds.

    >>> seconds("1h30m"), seconds("5m"), seconds("0s")
    (5400, 300, 0)
    """
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9]+)([hms])", duration))
