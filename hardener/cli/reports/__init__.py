"""What `report` has worked out, as people and programs are told it: one format a module, and what all of them say.

markdown   for a reviewer (cells: values in its tables)
data       for programs, with its JSON Schema
table      for a spreadsheet
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from hardener.catalog.controls import Framework
from hardener.explain import Said
from hardener.explain.world import World
from hardener.report import Answer, Coverage, Evidence
from hardener.verify import Finding

# What each answer is called, and what it says.
NAMES: Final[Mapping[Answer, str]] = {
    "met": "met",
    "partly": "met in part",
    "accepted": "accepted",
    "provider": "the provider's",
    "by-hand": "by hand",
    "not-applicable": "not applicable",
    "not-met": "not met",
}
STATES: Final = {
    "proven": "proven by verify",
    "set": "written, and not proven to be in effect",
    "missing": "missing",
    "broken": "found by verify",
    "accepted": "accepted",
    "left": "somebody else's part",
    "elsewhere": "does not arise",
}


class Report(Struct, frozen=True, eq=False, kw_only=True):
    """A profile with how far each framework is met, and what `verify` found. `folder` is shown before each path."""

    world: World
    folder: Path
    coverages: tuple[Coverage, ...]
    findings: tuple[Finding, ...]


def title(framework: Framework) -> str:
    """A framework as people call it.

    >>> from hardener.catalog.controls import frameworks
    >>> [title(each) for each in frameworks()][-1]
    'DISA Kubernetes STIG'
    """
    return f"{framework.title} {framework.version}".rstrip()


def place(report: Report, evidence: Evidence) -> str:
    """File and line in the output, as an editor can jump to them; empty for what is in no file."""
    if not evidence.file:
        return ""
    path = report.folder / evidence.file
    return f"{path}:{evidence.line}" if evidence.line else str(path)


def line_of_profile(said: Said) -> str:
    """File, line and path in the profile."""
    return f"{said.file}:{said.line}: {dotted(said.at)}"


def dotted(path: tuple[str | int, ...]) -> str:
    """A path of the profile as people write it."""
    return ".".join(map(str, path))


def acting(evidence: tuple[Evidence, ...]) -> Iterator[str]:
    """Who must act, each once, in the order of the evidence."""
    yield from dict.fromkeys(each.who for each in evidence if each.who)


def counted(coverage: Coverage) -> Counter[str]:
    """How many controls that are met are proven, and how many are only set."""
    return Counter("proven" if each.is_proven else "set" for each in coverage.controls if each.answer == "met")
