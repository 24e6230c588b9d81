"""The findings of `verify` that touch a control: what is written there does not do what a measure is for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hardener.catalog.controls import Control
from hardener.explain.promises import promises
from hardener.explain.world import World
from hardener.report import Evidence
from hardener.report.carried import places_of
from hardener.verify import Finding


def touching(control: Control, findings: Iterable[Finding], world: World) -> Iterator[tuple[Evidence, tuple[str, ...]]]:
    """What `verify` says of the files that carry out a control's measures, each with those that it touches.

    In doubt it touches: only a finding on the line of a setting that the control is not about leaves it alone. One in a
    file that is not ours touches all that its promise is about, and one about whether all is there and applied as it
    stands, all that is applied.
    """
    for finding in findings:
        measures = tuple(each for each in control.measures if _touches(finding, each, control, world))
        if measures:
            yield _evidence(finding, measures[0], world), measures


def _touches(finding: Finding, measure: str, control: Control, world: World) -> bool:
    artifact = world.artifacts.get(finding.file)
    if artifact is not None and artifact.measures:
        return measure in artifact.measures and _is_about(finding, measure, control, world)
    files = [path for path, each in world.artifacts.items() if measure in each.measures]
    if finding.word == "namespaces":
        return any(path.startswith("manifests/") for path in files)
    return any(finding.word in promises(world, path) for path in files)


def _is_about(finding: Finding, measure: str, control: Control, world: World) -> bool:
    """Is a finding in a file about the part of it that is the control's?"""
    on_line = world.places.on(finding.file, frozenset({finding.line})) if finding.line else []
    if not on_line:
        return True
    about = {(each.component, each.name) for each in places_of(measure, control, world)}
    return any((each.component, each.name) in about for each in on_line)


def _evidence(finding: Finding, measure: str, world: World) -> Evidence:
    about = f"{finding.object}: " if finding.object and finding.object not in finding.message else ""
    return Evidence(
        state="broken",
        says=f"{finding.word}: {about}{finding.message}",
        measure=measure,
        file=finding.file,
        line=finding.line,
        decided=(world.said(finding.at),) if finding.at else (),
        who="whoever installs the output",
    )
