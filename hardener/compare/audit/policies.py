"""The two audit policies: what each class of requests gains or loses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from hardener.catalog import minor
from hardener.catalog.audit import loses_yaml
from hardener.compare import Change, Direction, Place
from hardener.compare.audit.levels import HIDDEN, Difference, Record, Shown, differences
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
_WORDS: Final[Mapping[str, str]] = {
    "a way into a pod, or past the API": "ways into pods, and past the API",
    "a way into a pod": "new containers in pods that run",
    "a change of rights": "changes of rights",
    "a probe": "probes",
    "noise": "what Kubernetes' own parts do all day",
    "a change of what runs": "changes of what runs",
    "a message, a lock or a question": "messages, locks and questions",
    "a change": "other changes",
    "a request": "other requests",
}
_MEANS: Final[Mapping[str, str]] = {
    "None": "nothing says that there was one",
    "Metadata": "at Metadata it is who did what to what, without what was sent",
    "Request": "at Request it is who did what to what, with what was sent",
    "RequestResponse": "at RequestResponse it is all that was sent, and all that came back",
}
_HELD: Final = f"{HIDDEN} must never be recorded with its body"
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
        plural = len(what) > 1 or not what[0].startswith("what ")
        yield _change(sides, told, shown_all, f"{enumerated(what)} {'are' if plural else 'is'} ")


def _tells(difference: Difference) -> Iterator[_Told]:
    """What a difference means to whoever looks for something in the log."""
    old, new, secret = difference
    if old.level != new.level:
        less = new.rank < old.rank
        says = f"{_level(new)} ({'not at all' if old.level == 'None' else old.level} before)"
        yield _Told("weaker" if less else "stronger", says, _MEANS[new.level])
        if secret:
            yield from _held(old, new)
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


def _held(old: Record, new: Record) -> Iterator[_Told]:
    """More is recorded than may be, or no longer."""
    most = LEVELS.index("Metadata")
    if old.rank <= most < new.rank:
        yield _Told("weaker", "recorded with bodies", _HELD)
    elif new.rank <= most < old.rank:
        yield _Told("stronger", "no longer recorded with bodies", _HELD)


def _level(found: Record) -> str:
    return "no longer recorded" if found.level == "None" else f"recorded at {found.level}"


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
