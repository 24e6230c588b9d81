"""The two audit policies: what each class of requests gains or loses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from hardener.catalog import minor
from hardener.catalog.audit import loses_yaml
from hardener.compare import Change, Direction, Place
from hardener.compare.audit.levels import Difference, Record, Shown, differences
from hardener.compare.listing import enumerated
from hardener.compare.sides import Side, Sides
from hardener.errors import ProfileError, visible
from hardener.source import KeyPath, parse
from hardener.verify.audit import FILE
from hardener.verify.audit.policy import LEVELS, Policy, UnreadableError, read_policy
from hardener.verify.audit.promise import promises

_AT: Final[KeyPath] = ("controlPlane", "audit", "level")
_MEASURES: Final = ("audit.policy",)
# Classes of requests in other words than those of a promise.
_WORDS: Final[Mapping[str, str]] = {"noise": "what Kubernetes' own parts do all day"}
_HELD: Final = "what may hold a password or a token must never be recorded with its body"
_UNREADABLE: Final = "no API server starts with the audit policy"


class _Told(NamedTuple):
    """What is said of a class: the direction, the end of the sentence, and why."""

    direction: Direction
    says: str
    reason: str = ""


def policies(sides: Sides) -> Iterator[Change]:
    """Each class of requests that is recorded less, or more."""
    if FILE not in sides.differing or not all(FILE in side.files for side in (sides.old, sides.new)):
        return
    old, new = _read(sides.old), _read(sides.new)
    if isinstance(new, str):
        if new != old:
            yield _change(sides, _Told("weaker", f"{_UNREADABLE}: {new}", "nothing would be recorded"), (), "")
    elif isinstance(old, str):
        yield _change(sides, _Told("stronger", "an API server starts with the audit policy"), (), "")
    else:
        yield from _of_requests(old, new, sides)


def _of_requests(old: Policy, new: Policy, sides: Sides) -> Iterator[Change]:
    lost = loses_yaml(sides.old.profile.cluster.kubernetes), loses_yaml(sides.new.profile.cluster.kubernetes)
    by_told: dict[_Told, list[Shown]] = {}
    for difference, shown in differences(old, new, lost, promises(sides.new.profile)).items():
        for told in _tells(difference):
            by_told.setdefault(told, []).extend(shown)
    for told, shown_all in by_told.items():
        what = [_WORDS.get(each, each) for each in dict.fromkeys(each.what for each in shown_all)]
        yield _change(sides, told, shown_all, f"{enumerated(what)} {'is' if len(what) == 1 else 'are'} ")


def _tells(difference: Difference) -> Iterator[_Told]:
    """What a difference means to whoever looks for something in the log."""
    old, new, most = difference
    if old.level != new.level:
        less = new.rank < old.rank
        yield _Told("weaker" if less else "stronger", f"recorded {_level(new)} ({_level(old)} before)")
        yield from _held(old, new, LEVELS.index(most))
        return
    for stage in sorted(old.ends ^ new.ends):
        gone = stage in old.ends
        yield _Told("weaker" if gone else "stronger", f"{'no longer' if gone else 'now'} recorded at {stage}")
    if old.yaml != new.yaml:
        how = "recorded where somebody applies YAML" if new.yaml else "not recorded where somebody applies YAML"
        yield _Told("stronger" if new.yaml else "weaker", how)
    if old.managed != new.managed:
        how = "with" if new.managed else "without"
        yield _Told("neither", f"recorded {how} who manages which field", "no promise is about it")


def _held(old: Record, new: Record, most: int) -> Iterator[_Told]:
    """Too much is recorded, or no longer."""
    if old.rank <= most < new.rank:
        yield _Told("weaker", "recorded with bodies", _HELD)
    elif new.rank <= most < old.rank:
        yield _Told("stronger", "no longer recorded with bodies", _HELD)


def _level(found: Record) -> str:
    return "not at all" if found.level == "None" else f"at {found.level}"


def _read(side: Side) -> Policy | str:
    """The policy, or why there is none."""
    try:
        return read_policy(side.files[FILE], FILE, minor(side.profile.cluster.kubernetes))
    except UnreadableError as error:
        return str(error)


def _change(sides: Sides, told: _Told, shown: list[Shown] | tuple[()], what: str) -> Change:
    examples = tuple(dict.fromkeys(str(each.request) for each in shown))
    such = f", such as {examples[0]}" if examples else ""
    first = shown[0] if shown else None
    return Change(
        direction=told.direction,
        word="audit",
        message=visible(f"{what}{told.says}{such}"),
        reason=visible(told.reason),
        details=tuple(map(visible, examples)) if len(examples) > 1 else (),
        old=_place(sides.old, first.old_rule if first else None),
        new=_place(sides.new, first.new_rule if first else None),
        measures=_MEASURES,
    )


def _place(side: Side, rule: int | None) -> Place:
    """Where the rule stands that decides."""
    if rule is None:
        return Place(file=FILE, line=1, at=_AT)
    try:
        line = parse(side.files[FILE], FILE).line(("rules", rule))[1]
    except ProfileError:
        line = 1
    return Place(file=FILE, line=line, object="Policy", at=_AT)
