"""All frameworks together, with everything else that somebody who reads a report has to know."""

from __future__ import annotations

from collections.abc import Iterable

from hardener.catalog.controls import Framework, controls
from hardener.explain.world import World
from hardener.report import Coverage
from hardener.report.accepted import accepted
from hardener.report.answers import answered
from hardener.report.chosen import level
from hardener.verify import Finding


def coverage(frameworks: Iterable[Framework], findings: Iterable[Finding], world: World) -> tuple[Coverage, ...]:
    """How far each framework is met: an answer for each of its controls. `findings` are what `verify` has found."""
    found, exempt = tuple(findings), accepted(world)
    return tuple(
        Coverage(
            framework=each,
            level=(asked := level(each, world)),
            controls=tuple(answered(control, asked, found, exempt, world) for control in controls(each.name)),
        )
        for each in frameworks
    )
