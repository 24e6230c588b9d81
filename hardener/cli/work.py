"""What render and check have in common: from the profiles named to the artifacts that they call for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from hardener.artifact import Artifact
from hardener.emitters import emit
from hardener.errors import HardenerError, ProfileError, UsageError
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
    """Everything that the profiles call for, in memory.

    Raises HardenerError, with all that is wrong with any of them, before anything is written.
    """
    done: dict[Path, Path] = {}
    found, errors = [], []
    for file in files:
        try:
            each = rendering(load("/dev/stdin" if str(file) == "-" else file, lenient=True), output)
        except HardenerError as error:
            errors.append(error)
            continue
        if each.folder in done:
            name = each.profile.metadata.name
            errors.append(UsageError(f"{file}: a profile called {name} is rendered already, from {done[each.folder]}"))
        done[each.folder] = file
        found.append(each)
    if errors:
        raise together(errors)
    return found


def together(errors: list[HardenerError]) -> HardenerError:
    """One error for several: all problems of all profiles, or else all messages."""
    problems = [problem for error in errors if isinstance(error, ProfileError) for problem in error.problems]
    if all(isinstance(error, ProfileError) for error in errors):
        return ProfileError(problems)
    return errors[0] if len(errors) == 1 else UsageError("\n\n".join(map(str, errors)))


def rendering(source: Source, output: Path) -> Rendering:
    """Everything that one profile calls for, in memory. Raises ProfileError with all that is wrong with it."""
    profile = read_sound(source)
    plan = expand(profile)
    return Rendering(
        source=source,
        profile=profile,
        plan=plan,
        artifacts=emit(plan),
        folder=output / profile.metadata.name,
    )
