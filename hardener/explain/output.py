"""A file of the output, a line of it, or an object in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hardener.catalog.resources import split
from hardener.errors import UsageError, visible
from hardener.explain import Explanation, Spot
from hardener.explain.decided import LARGE, decided, is_tried, keys_of
from hardener.explain.lines import Lines, every_line
from hardener.explain.promises import notes, promises
from hardener.explain.world import World
from hardener.verify.kinds import JUDGED
from hardener.verify.objects import Object, above

_PLACE: Final = re.compile(r"(?P<path>.+?)(?::(?P<line>[0-9]{1,9}))?(?::[0-9]{1,9})?:?")
_OWN: Final = "no line of the profile decides this: it is so for every cluster of this kind"
# What kubectl calls some kinds besides.
_SHORT: Final = {
    "ccnp": "CiliumClusterwideNetworkPolicy",
    "cnp": "CiliumNetworkPolicy",
    "limits": "LimitRange",
    "netpol": "NetworkPolicy",
    "ns": "Namespace",
    "psp": "PodSecurityPolicy",
    "quota": "ResourceQuota",
    "sa": "ServiceAccount",
}


def files(what: str, world: World, _namespace: str) -> Iterator[Explanation]:
    """A file of the output by its path, from the folder of output on or from any folder below, perhaps with a line.

    Raises UsageError for a line that the file does not have.
    """
    match = _PLACE.fullmatch(what)
    if match is None:
        return
    for path in _paths(match["path"], world):
        if match["line"] is None:
            yield _file(path, world)
        else:
            yield _line(path, int(match["line"]), world)


def objects(what: str, world: World, namespace: str) -> Iterator[Explanation]:
    """An object: `NetworkPolicy payments/default-deny`, or `netpol/default-deny` with its namespace beside it."""
    words = what.replace("/", " ", 1).split() if " " not in what else what.split()
    if len(words) != 2:
        return
    kind, name = _kind(words[0]), words[1]
    within, slash, own = name.partition("/")
    if slash and not namespace:
        namespace, name = within, own
    own = f"manifests/namespaces/{namespace}/"
    for below in (own, "") if namespace else ("",):
        found = [each for each in world.objects(below) if (each.kind, each.name) == (kind, name)]
        mine = [each for each in found if namespace in (each.namespace, "")]
        yield from (_object(each, world) for each in mine)
        if mine:
            return


def file_names(world: World) -> Iterator[str]:
    """What the files are called."""
    return iter(world.artifacts)


def object_names(world: World) -> Iterator[str]:
    """What the objects are called."""
    return map(str, world.objects())


def _paths(path: str, world: World) -> list[str]:
    """The files that a path means: the one that is called so, or else all that end so."""
    path = re.sub(r"/\./|//+", "/", path.replace("\\", "/")).removeprefix("./")
    name = world.profile.metadata.name
    own = path.rpartition(f"/{name}/")[2] if f"/{name}/" in f"/{path}" else path
    own = own.removeprefix(f"{name}/")
    if own in world.artifacts:
        return [own]
    return [each for each in world.artifacts if "." in own and each.endswith(f"/{own}")]


def _kind(word: str) -> str:
    """The kind that a word means, as kubectl takes it; the word itself if it means none."""
    plain = split(word.lower())[1]
    if plain in _SHORT:
        return _SHORT[plain]
    for kind in JUDGED:
        lower = kind.lower()
        if plain in (lower, f"{lower}s", f"{lower.removesuffix('y')}ies"):
            return kind
    return word


def _file(path: str, world: World) -> Explanation:
    return _lines(path, every_line(world.artifacts[path].text), 0, world)


def _line(path: str, line: int, world: World) -> Explanation:
    lines = world.artifacts[path].text.splitlines()
    if not 0 < line <= len(lines):
        raise UsageError(visible(f"{path}: there is no line {line}: the file has {len(lines)}"))
    return _lines(path, frozenset({line}), line, world, shown=lines[line - 1].strip())


def _object(each: Object, world: World) -> Explanation:
    last = each.line - above(each.text) + len(each.text.rstrip().splitlines())
    lines = frozenset(range(each.line, last))
    return _lines(each.file, lines, each.line, world, of=each)


def _lines(
    path: str, lines: Lines, line: int, world: World, *, shown: str = "", of: Object | None = None
) -> Explanation:
    artifact = world.artifacts[path]
    settings = world.places.on(path, lines) if line and of is None else []
    measures = tuple(dict.fromkeys(each.measure for each in settings)) or artifact.measures
    said = decided(world, path, lines, also=[each.at for each in settings if each.at])
    about = of or (_around(path, line, world) if line else None)
    own = () if said else (_OWN,)
    large = () if is_tried(world, path) else (LARGE,)
    return Explanation(
        sort="an object" if of else "a line of the output" if line else "a file of the output",
        title=str(of) if of else f"{path}:{line}" if line else path,
        says=(*filter(None, [shown]), *notes(world, path), *(large or own)),
        decided=said,
        keys=keys_of(world, said),
        measures=measures,
        controls=world.controls(measures, settings[0].name if len(settings) == 1 else ""),
        spots=(Spot(file=path, line=line, object=str(about) if about else ""),),
        promises=promises(world, path, about),
    )


def _around(path: str, line: int, world: World) -> Object | None:
    """The object in which a line stands."""
    before = [each for each in world.objects(path) if each.line <= line]
    return before[-1] if before else None
