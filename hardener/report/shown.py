"""Where a measure is carried out: each line or file of the output, with the lines of the profile that decide it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from hardener.catalog import measures
from hardener.explain import Said
from hardener.explain.decided import made_from
from hardener.explain.places import Here
from hardener.explain.promises import notes, promises
from hardener.explain.world import World
from hardener.report import Evidence, State
from hardener.report.sections import section
from hardener.source import KeyPath

_MADE_MANY_TIMES: Final = re.compile(r"^(manifests/namespaces|nodes)/[^/]+/")
_CONTROL_PLANE: Final = ("control-plane/", "nodes/control-plane/")
# As many files that say the same as a person opens; the rest is counted.
_SHOWN: Final = 3


def by_settings(measure: str, places: Iterable[Here], world: World) -> Iterator[Evidence]:
    """Each line that sets it; of files that say the same for many pools, a few."""
    groups: dict[tuple[str, str, str], list[Here]] = {}
    for each in places:
        of = groups.setdefault((each.component, each.name, _MADE_MANY_TIMES.sub(r"\1/*/", each.file)), [])
        if each.file not in {other.file for other in of}:
            of.append(each)
    for alike in groups.values():
        shown = alike[:_SHOWN]
        for number, here in enumerate(shown, 1):
            more = len(alike) - len(shown) if number == len(shown) else 0
            yield _by_setting(measure, here, more, world)


def _by_setting(measure: str, here: Here, more: int, world: World) -> Evidence:
    line = world.artifacts[here.file].text.splitlines()[here.line - 1].strip()
    # What no key decides is so at this version of Kubernetes, and as this distribution keeps its files.
    said = nearest_said(here.at or ("cluster", "kubernetes"), world)
    return Evidence(
        state=_state(here.file, world),
        says=f"{here.component}: {line}",
        measure=measure,
        file=here.file,
        line=here.line,
        more=more,
        decided=(said,),
    )


def by_files(measure: str, files: list[str], world: World) -> Iterator[Evidence]:
    """Each file that carries it out; of those that are made once for each namespace or pool, a few."""
    groups: dict[str, list[str]] = {}
    # Where a file of the control plane is one of them, it is the one that people look for.
    for path in sorted(files, key=lambda path: (not path.startswith(_CONTROL_PLANE), path)):
        groups.setdefault(_MADE_MANY_TIMES.sub(r"\1/*/", path), []).append(path)
    for alike in groups.values():
        shown = alike[:_SHOWN]
        for number, path in enumerate(shown, 1):
            more = len(alike) - len(shown) if number == len(shown) else 0
            yield _by_file(measure, path, more, world)


def _by_file(measure: str, path: str, more: int, world: World) -> Evidence:
    roots = made_from(world, path)[:_SHOWN] or [at for at in [section(measure)] if at]
    first = next((each.line for each in world.objects(path)), 1) if path.startswith("manifests/") else 1
    is_script, title = world.artifacts[path].executable, measures()[measure].title
    return Evidence(
        state=_state(path, world),
        says=f"run it on the hosts: {title}" if is_script else title,
        measure=measure,
        file=path,
        line=first,
        more=more,
        decided=tuple(nearest_said(at, world) for at in roots),
        who="administrator" if is_script else "",
    )


def _state(path: str, world: World) -> State:
    """`set` for what no promise proves, and for files of nodes whose provider takes them in a form of its own."""
    is_elsewhere = path.startswith("nodes/") and world.plan.nodes.delivery == "elsewhere"
    return "proven" if promises(world, path) and not notes(world, path) and not is_elsewhere else "set"


def nearest_said(at: KeyPath, world: World) -> Said:
    """A line of the profile; for what nobody wrote, the nearest that somebody did."""
    said = world.said(at)
    if said.file:
        return said
    file, line = world.source.line(at)
    return replace(said, file=file, line=line)
