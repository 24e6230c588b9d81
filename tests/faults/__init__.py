"""Everything that somebody may do to a folder of output, a file for each promise."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from tests.verifying import Fault

FAULTS: tuple[Fault, ...] = tuple(
    fault
    for module in sorted(iter_modules(__path__), key=lambda each: each.name)
    for fault in import_module(f"{__name__}.{module.name}").FAULTS
)
