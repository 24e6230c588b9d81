"""Scripts and units: what they do is not decided by reading them, what they are given is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hardener.compare import Change, Place
from hardener.compare.listing import enumerated
from hardener.compare.settings.scripts import Program, program
from hardener.compare.sides import Side, Sides
from hardener.errors import visible
from hardener.profile.addresses import RangeError, block, merged
from hardener.source import KeyPath
from hardener.verify.settings.folder import programs as there_must_be

_UNDECIDED: Final = "it cannot be decided what a script does"
_NAME: Final = "approve-serving-certificates.sh"
_APPROVER: Final = f"control-plane/{_NAME}"
_APPROVED: Final = "addresses for which a kubelet's certificate is approved"
# What is given to each script is told where it is decided: the files that lie open (`hosts`), the profiles that are
# installed (`confinement`), and what is the installer's and no choice. The approver's addresses and names come from the
# profile's networks and endpoint.
_NETWORKS: Final = (("nodes", "nodes"), ("controlPlane", "the control plane"))
_FORBIDDEN: Final = 2

_MEASURES: Final[Mapping[str, str]] = {
    "approve-serving-certificates": "kubelet.serving-certificates",
    "encryption-keys": "secrets.encryption",
    "install-profiles": "nodes.app-armor",
    "label-nodes": "nodes.labels",
    "permissions": "nodes.permissions",
}


def programs(sides: Sides, word: str) -> Iterator[Change]:
    """Each program of a promise that does something else, as far as anybody can tell."""
    owners = {**there_must_be(sides.old.profile), **there_must_be(sides.new.profile)}
    others: dict[str, list[str]] = {}
    for file, (owner, _) in sorted(owners.items()):
        old, new = sides.old.files.get(file), sides.new.files.get(file)
        if owner != word or file not in sides.differing or old is None or new is None:
            continue
        one, other = program(old), program(new)
        if one.text != other.text or _is_strange(sides, file, one, other):
            others.setdefault(file.rpartition("/")[2], []).append(file)
        elif file == _APPROVER:
            yield from _approver(sides, one, other)
    for files in others.values():
        message = f"{enumerated(files)} {'is another program' if len(files) == 1 else 'are other programs'} than before"
        yield _change(sides, "weaker", word, message, files[0], (), _UNDECIDED)


def _is_strange(sides: Sides, file: str, old: Program, new: Program) -> bool:
    """Is a script given something else, though nothing that decides it is otherwise?"""
    if old.given == new.given or file == _APPROVER or file.endswith(("permissions.sh", "install-profiles.sh")):
        return False
    return sides.old.profile.cluster.distribution == sides.new.profile.cluster.distribution


def _approver(sides: Sides, old: Program, new: Program) -> Iterator[Change]:
    """For which addresses a certificate may be: more is weaker. Names are those that it may not have: less is."""
    if not _have(old, new, _FORBIDDEN + 1):
        if old.given != new.given:
            yield _change(sides, "weaker", "settings", f"{_NAME} is given something else", _APPROVER, (), _UNDECIDED)
        return
    yield from _addresses(sides, old, new)
    yield from _names(sides, set(old.given[_FORBIDDEN]), set(new.given[_FORBIDDEN]))


def _have(old: Program, new: Program, number: int) -> bool:
    """Are both given as many things as are known, each of them?"""
    return len(old.given) == len(new.given) == number


def _names(sides: Sides, old: set[str], new: set[str]) -> Iterator[Change]:
    """Names that lead to the API server: a kubelet that had one of them could pass for it."""
    at: KeyPath = ("cluster", "apiServer", "endpoint")
    for direction, names, may in (("weaker", old - new, "may be"), ("stronger", new - old, "is never")):
        if names:
            message = f"a kubelet's certificate {may} approved for the name {enumerated(sorted(names))}"
            yield _change(sides, direction, "settings", message, _APPROVER, at)


def _addresses(sides: Sides, old: Program, new: Program) -> Iterator[Change]:
    for number, (key, whose) in enumerate(_NETWORKS):
        at: KeyPath = ("cluster", "networks", key)
        more, less = _beyond(old.given[number], new.given[number]), _beyond(new.given[number], old.given[number])
        if more:
            message = f"{_APPROVED} as one of {whose}: now {', '.join(more)}"
            yield _change(sides, "weaker", "settings", message, _APPROVER, at)
        if less:
            message = f"{_APPROVED} as one of {whose}: no longer {', '.join(less)}"
            yield _change(sides, "stronger", "settings", message, _APPROVER, at)


def _beyond(known: tuple[str, ...], found: tuple[str, ...]) -> list[str]:
    """The ranges that hold addresses which no known one does."""
    try:
        whole = merged(map(block, known))
        more = [each for each in map(block, found) if not any(one.covers(each) for one in whole)]
        return [f"all of {each}" if any(each.overlaps(one) for one in whole) else str(each) for each in more]
    except RangeError:
        return sorted({*found} - {*known})


def _change(sides: Sides, direction: str, word: str, message: str, file: str, at: KeyPath, reason: str = "") -> Change:
    return Change(
        direction=direction,  # type: ignore[arg-type]
        word=word,
        message=visible(message),
        reason=reason,
        old=_place(sides.old, file, at),
        new=_place(sides.new, file, at),
        measures=(_MEASURES[name],) if (name := file.rpartition("/")[2].partition(".")[0]) in _MEASURES else (),
    )


def _place(side: Side, file: str, at: KeyPath) -> Place | None:
    return Place(file=file, line=1, at=at) if file in side.files else None
