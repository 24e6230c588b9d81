"""What the two sides say under one name: the flags of each component, and the fields of kubelets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from msgspec import Struct

from hardener.catalog import distribution
from hardener.compare import Direction
from hardener.compare.sides import Side, Sides
from hardener.profile import Profile
from hardener.profile.pools import Kubelet, Pool
from hardener.verify.objects import Object
from hardener.verify.settings import chosen, flag_files, kubeadm, servers
from hardener.verify.settings.arguments import Told
from hardener.verify.settings.demands import Demands, demands
from hardener.verify.settings.documents import documents, single
from hardener.verify.settings.folder import pools
from hardener.verify.settings.kubelet import by_name

EVERYWHERE: Final = ""
_SHARED: Final = "shared"


class Said(NamedTuple):
    """What one side says, and where."""

    value: Any
    file: str
    line: Callable[[], int]


class Pair(Struct, frozen=True, kw_only=True):
    """A name of which the two sides say different things; None where one of them says nothing.

    `who` is the component, or the pool of a kubelet. `before` and `after` are what must be said there. `only`, if not
    empty, is the one direction that counts: where a pool comes or goes, what is compared are the nodes that were there.
    """

    component: str
    sort: str
    name: str
    who: str
    old: Said | None
    new: Said | None
    before: Demands
    after: Demands
    only: Direction | None = None


Saying = Mapping[str, Said]


def installer(profile: Profile) -> str:
    """What takes the settings of the control plane; empty where somebody else makes them."""
    return distribution(profile.cluster.distribution).installer


def arguments(sides: Sides) -> Iterator[Pair]:
    """What differs in the flags of the control plane's components. An installer's file says the same again."""
    if not (installer(sides.old.profile) and installer(sides.new.profile) and _differ(sides, "control-plane/")):
        return
    by_installer = _by_installer(sides.old), _by_installer(sides.new)
    for component in chosen.COMPONENTS:
        before, after = (
            demands(component, "flag", side.profile, chosen.of_component(component, side.profile))
            for side in (sides.old, sides.new)
        )
        file = f"control-plane/{component}.flags"
        of_files = flags(sides.old, file), flags(sides.new, file)
        seen = set()
        for old, new in (of_files, tuple(_of(told.get(component)) for told in by_installer)):
            for pair in _paired((component, "flag", component), old, new, before, after):
                if _values(pair) not in seen:
                    seen.add(_values(pair))
                    yield pair


def kubelets(sides: Sides) -> Iterator[Pair]:
    """What differs in the flags and fields of kubelets, by their pools; then in what kubeadm gives all of them."""
    seen = set()
    for pool in dict.fromkeys((*pools(sides.old.profile), *pools(sides.new.profile))):
        for pair in _of_pool(sides, pool):
            seen.add(_values(pair))
            yield pair
    for pair in _of_all(sides):
        if _values(pair) not in seen:
            yield pair


def alike(old: str, new: str) -> bool:
    """Do two texts differ in nothing but their first line, if that is a comment? It names the profile."""
    first, _, one = old.partition("\n")
    second, _, other = new.partition("\n")
    return one == other and first.startswith("#") and second.startswith("#")


def _differ(sides: Sides, folder: str) -> bool:
    """Does a file of settings differ in a folder?"""
    old, new = sides.old.files, sides.new.files
    files = [each for each in sides.differing if each.startswith(folder) and each.endswith((".flags", ".yaml"))]
    return not all(alike(old.get(each, ""), new.get(each, "")) for each in files)


def every_pool(sides: Sides) -> frozenset[str]:
    """The pools of the new side."""
    return frozenset(pools(sides.new.profile))


def _of_pool(sides: Sides, pool: str) -> Iterator[Pair]:
    """A pool that comes or goes is compared with the nodes that no zone owns."""
    there = [pool in pools(side.profile) for side in (sides.old, sides.new)]
    if (not all(there) and pool == chosen.CONTROL_PLANE) or (all(there) and not _differ(sides, f"nodes/{pool}/")):
        return
    only: Direction | None = None if all(there) else "stronger" if there[0] else "weaker"
    old, new = (pool if here else _SHARED for here in there)
    seen = set()
    for sort, read in (("flag", _kubelets_flags), ("flag", _passed_on), ("field", _fields)):
        one, other = read(sides.old, old), read(sides.new, new)
        before, after = _kubelets_demands(sides.old, old, sort), _kubelets_demands(sides.new, new, sort)
        for pair in _paired(("kubelet", sort, pool), one, other, before, after, only):
            if (sort, *_values(pair)) not in seen:
                seen.add((sort, *_values(pair)))
                yield pair


def _of_all(sides: Sides) -> Iterator[Pair]:
    """What kubeadm tells each kubelet, wherever both sides are kubeadm's."""
    installers = {installer(side.profile) for side in (sides.old, sides.new)}
    if kubeadm.FILE not in sides.differing or installers != {"kubeadm"}:
        return
    one, other = (_common(side) for side in (sides.old, sides.new))
    before, after = (_kubelets_demands(side, EVERYWHERE, "field") for side in (sides.old, sides.new))
    yield from _paired(("kubelet", "field", EVERYWHERE), one, other, before, after)


def _kubelets_demands(side: Side, pool: str, sort: str) -> Demands:
    asked = side.profile.pools.get(pool, Pool()).kubelet if pool else Kubelet()
    choose = chosen.of_kubelets_flags if sort == "flag" else chosen.of_kubelet
    return demands("kubelet", sort, side.profile, choose(side.profile, asked, pool))


def _paired(
    what: tuple[str, str, str], old: Saying, new: Saying, before: Demands, after: Demands, only: Direction | None = None
) -> Iterator[Pair]:
    component, sort, who = what
    for name in dict.fromkeys((*old, *new)):
        one, other = old.get(name), new.get(name)
        if one is None or other is None or one.value != other.value:
            yield Pair(
                component=component,
                sort=sort,
                name=name,
                who=who,
                old=one,
                new=other,
                before=before,
                after=after,
                only=only,
            )


def _values(pair: Pair) -> tuple[str, str, str]:
    old, new = (repr(said.value) if said else "" for said in (pair.old, pair.new))
    return pair.name, old, new


def _by_installer(side: Side) -> Mapping[str, Told]:
    """What the installer's own file tells each component."""
    name = installer(side.profile)
    if f"control-plane/{name}.yaml" not in side.files:
        return {}
    read = kubeadm.told if name == "kubeadm" else servers.told
    return read(side.files, side.profile)[0]


def flags(side: Side, file: str) -> Saying:
    """What a file of flags says."""
    return _of(flag_files.read(file, side.files[file])[0] if file in side.files else None)


def _of(told: Told | None) -> Saying:
    if told is None:
        return {}
    return {
        name: Said(argument.value, told.file, lambda line=argument.line: line)  # type: ignore[misc]
        for name, argument in told.arguments.items()
    }


def _kubelets_flags(side: Side, pool: str) -> Saying:
    return flags(side, f"nodes/{pool}/kubelet.flags")


def _passed_on(side: Side, pool: str) -> Saying:
    """The same once more, as k3s and RKE2 take it."""
    return _of(servers.passed_on(side.files, side.profile, pool)[0])


def _fields(side: Side, pool: str) -> Saying:
    file = f"nodes/{pool}/kubelet.yaml"
    return _said(single(side.files, file)[0]) if file in side.files else {}


def _common(side: Side) -> Saying:
    if kubeadm.FILE not in side.files:
        return {}
    found, _ = documents(side.files, kubeadm.FILE)
    return _said(next((each for each in found if each.kind == "KubeletConfiguration"), None))


def _said(document: Object | None) -> Saying:
    if document is None:
        return {}
    return {
        name: Said(value, document.file, lambda path=path: document.line_of(*path))  # type: ignore[misc]
        for name, (path, value) in by_name(document).items()
    }
