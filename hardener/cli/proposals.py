"""What a shell proposes for a word that is not finished: values that a command takes, beyond its options and files.

A shell asks while somebody types: whatever is wrong with what stands there already gives no proposal, and no message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click

_Proposing = Callable[[click.Context, click.Parameter, str], list[str]]


def of_choices(choices: Callable[[], Iterable[str]]) -> _Proposing:
    """Those of some choices, which are looked up when they are asked for, that begin as the word does."""
    return lambda _context, _parameter, word: _beginning(word, choices())


def versions(_context: click.Context, _parameter: click.Parameter, word: str) -> list[str]:
    """Versions of Kubernetes that hardener knows."""
    from hardener.catalog import supported

    return _beginning(word, supported())


def explained(context: click.Context, _parameter: click.Parameter, word: str) -> list[str]:
    """Rules, measures, and the ids of the controls that the profile before the word asks for."""
    from hardener.catalog import measures
    from hardener.catalog.refusals import refusals

    return _beginning(word, dict.fromkeys((*refusals(), *measures(), *_controls(context.params.get("profile")))))


def _beginning(word: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(word)]


def _controls(file: Path | None) -> list[str]:
    """The ids of the controls of the frameworks that a profile chooses; none where it cannot be read."""
    from hardener.catalog.controls import chosen, controls
    from hardener.catalog.kubernetes import minor
    from hardener.errors import HardenerError
    from hardener.profile import read
    from hardener.source import load

    # From standard input nothing may be taken while somebody types.
    if file is None or not file.is_file():
        return []
    try:
        profile = read(load(file, lenient=True))
    except HardenerError:
        return []
    cluster = profile.cluster
    asked = ((name, getattr(profile.compliance, name)) for name in ("cis", "nsa", "stig"))
    found = (
        chosen(name, each.version, cluster.distribution, minor(cluster.kubernetes)) for name, each in asked if each
    )
    return [control.id for framework in found if framework for control in controls(framework.name)]
