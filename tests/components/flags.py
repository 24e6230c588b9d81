"""Command lines, in the form of hardener's *.flags files: one --name=value for each."""

from collections.abc import Sequence

_INSTEAD = {"--authorization-config": "--authorization-mode"}
"""Flags that a component does not take together: with the first, an installer leaves its own second out."""


def merged(ours: Sequence[str], theirs: Sequence[str]) -> tuple[str, ...]:
    """All of `theirs`, and of `ours` those whose name is not among them.

    A component does not always let the last one win: a flag that holds a list gathers all it is given.

    >>> merged(["--a=1", "--b=2"], ["--b=3", "--b=4", "--c"])
    ('--a=1', '--b=3', '--b=4', '--c')
    """
    named = {_name(flag) for flag in theirs}
    named |= {_INSTEAD[name] for name in named if name in _INSTEAD}
    return (*(flag for flag in ours if _name(flag) not in named), *theirs)


def _name(flag: str) -> str:
    return flag.partition("=")[0]
