"""The profile itself, as it was read: a folder of output tells what it was rendered for."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.artifact import Artifact
from hardener.plan import Plan
from hardener.profile import ASKED


def emit(plan: Plan) -> Iterator[Artifact]:
    """One file, which `hardener diff` reads where it is given a folder."""
    yield Artifact(path=ASKED, text=plan.asked)
