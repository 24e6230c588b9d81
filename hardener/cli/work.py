"""What render and check have in common: from the profiles named to the artifacts that they call for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from hardener.artifact import Artifact
from hardener.emitters import emit
from hardener.errors import UsageError
from hardener.expand import expand
from hardener.plan import Plan
from hardener.profile import Profile
from hardener.rules import read_sound
from hardener.source import Source, load


class Rendering(Struct, frozen=True, kw_only=True):
    """A profile with all that becomes of it, nothing written yet. `folder` is `output/NAME`."""

    source: Source
    profile: Profile
    plan: Plan
    artifacts: tuple[Artifact, ...]
    folder: Path


def renderings(files: Sequence[Path], output: Path) -> list[Rendering]:
    """Everything that the profiles call for, in memory. Raises HardenerError before anything is written."""
    done: dict[Path, Path] = {}
    found = []
    for file in files:
        rendering = _rendering(file, output)
        if rendering.folder in done:
            name = rendering.profile.metadata.name
            raise UsageError(f"{file}: a profile called {name} is rendered already, from {done[rendering.folder]}")
        done[rendering.folder] = file
        found.append(rendering)
    return found


def _rendering(file: Path, output: Path) -> Rendering:
    source = load(file, lenient=True)
    profile = read_sound(source)
    plan = expand(profile)
    return Rendering(
        source=source,
        profile=profile,
        plan=plan,
        artifacts=emit(plan),
        folder=output / profile.metadata.name,
    )
