"""Rules for Falco, a file for each source of events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.artifact import Artifact
from hardener.catalog.falco import AUDIT, SYSCALL
from hardener.plan import Plan
from hardener.templating import fill

_MEASURES: Final = {SYSCALL: "runtime.calls", AUDIT: "runtime.audit"}
_TEMPLATES: Final = {SYSCALL: "runtime-calls.yaml.j2", AUDIT: "runtime-audit.yaml.j2"}


def emit(plan: Plan) -> Iterator[Artifact]:
    """Nothing unless Falco is asked for."""
    for each in plan.runtime.files if plan.runtime is not None else ():
        yield Artifact(
            path=each.path,
            measures=(_MEASURES[each.source],),
            sources=("runtime.falco", "runtime.quiet"),
            text=fill(_TEMPLATES[each.source], profile=plan.profile, file=each),
        )
