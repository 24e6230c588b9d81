"""What a rendering changed, or would change, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hardener.cli.say import result, say

if TYPE_CHECKING:
    from hardener.cli.work import Rendering
    from hardener.tree import Changes

# More files than a person reads: the rest is counted.
SHOWN = 20
# A sort of change, what it is called before it is made, and how its files are marked.
_SORTS = (
    ("added", "to add", "+", "green"),
    ("changed", "to change", "~", "yellow"),
    ("removed", "to remove", "-", "red"),
)


def show(rendering: Rendering, changes: Changes, *, done: bool) -> None:
    """Say what was done to a folder, or what would be; and what the profile asks for that is left to somebody else."""
    speak = say if done else result
    lines = [
        f"  {click.style(sign, fg=color)} {path}" for word, _, sign, color in _SORTS for path in getattr(changes, word)
    ]
    speak(f"{click.style(str(rendering.folder), bold=True)}: {_summary(changes, done=done)}")
    for line in lines[:SHOWN]:
        speak(line)
    if len(lines) > SHOWN:
        speak(f"  and {len(lines) - SHOWN} more")
    for path in changes.strangers:
        speak(
            f"  {click.style('?', fg='yellow')} {path}: this profile did not make it; whoever applies the folder does"
        )
    if done:
        _show_gaps(rendering)


def as_data(rendering: Rendering, changes: Changes) -> dict[str, object]:
    """What changed and what is left open, as `--format json` prints it."""
    return {
        "profile": rendering.profile.metadata.name,
        "folder": str(rendering.folder),
        "added": changes.added,
        "changed": changes.changed,
        "removed": changes.removed,
        "unchanged": changes.unchanged,
        "strangers": changes.strangers,
        "gaps": [{"path": gap.path, "what": gap.what, "who": gap.who} for gap in rendering.plan.gaps],
    }


def _summary(changes: Changes, *, done: bool) -> str:
    counts = [
        f"{len(paths)} {word if done else before}" for word, before, _, _ in _SORTS if (paths := getattr(changes, word))
    ]
    return ", ".join([*counts, f"{changes.unchanged} unchanged"])


def _show_gaps(rendering: Rendering) -> None:
    gaps = rendering.plan.gaps
    if gaps:
        say("  asked for by the profile, and not carried out by these files:")
    for gap in gaps:
        say(f"  {click.style('!', fg='yellow', bold=True)} {gap.path}: {gap.what} ({gap.who})")
