"""What somebody may mean, all sorts of it together.

To add a sort: write a function that yields an Explanation for each thing that is meant, and one that names them all;
then list both in SORTS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from hardener.errors import UsageError, visible
from hardener.explain import Explanation, demands, output, profile_keys, profile_lines, refusals, settings
from hardener.explain.world import World
from hardener.profile.nearest import LONGEST, close

Sort = Callable[[str, World, str], Iterator[Explanation]]
Names = Callable[[World], Iterator[str]]

SORTS: Final[tuple[tuple[Sort, Names], ...]] = (
    (output.files, output.file_names),
    (output.objects, output.object_names),
    (settings.settings, settings.names),
    (demands.demands, demands.names),
    (demands.measures, demands.measure_names),
    (refusals.refusals, refusals.names),
    (profile_keys.profile_keys, profile_keys.names),
    (profile_lines.profile_lines, profile_lines.names),
)

# As many meanings as a person reads one after another: more are a list to choose from.
MOST: Final = 5
# No path, and no name of anything, is longer than this; so much of a word is repeated to whoever wrote it.
_LONGEST: Final = 4096
_SHOWN: Final = 100


def explain(what: str, world: World, namespace: str = "") -> tuple[Explanation, ...]:
    """Everything that somebody may mean by some words; `namespace` is that of an object.

    Raises UsageError where they mean nothing, with what was probably meant, and where they mean too much.
    """
    what = " ".join(what.split()) if what.isprintable() else what
    found = tuple(each for sort, _ in SORTS for each in sort(what, world, namespace)) if len(what) <= _LONGEST else ()
    if not found:
        raise UsageError(visible(f"nothing here is called {_short(what)!r}: {_help(what, world)}"))
    if len(found) > MOST:
        meant = sorted({f"{each.title} ({each.sort})" for each in found})
        raise UsageError("\n".join([f"{_short(what)!r} may mean:", *(f"  {visible(each)}" for each in meant)]))
    return found


def _short(what: str) -> str:
    return what if len(what) <= _SHOWN else f"{what[:_SHOWN]}..."


def _help(what: str, world: World) -> str:
    """What was probably meant, of every sort."""
    word = what[:LONGEST]
    near = dict.fromkeys(filter(None, (close(word, names(world)) for _, names in SORTS)))
    if near:
        return f"did you mean {' or '.join(map(repr, near))}?"
    return (
        "name a file of the output with its line, an object (NetworkPolicy web/default-deny), a flag (--profiling), "
        "a field of the kubelet, a control (CIS 1.2.1), a rule (flow.internet), or a path in the profile (flows.0)"
    )
