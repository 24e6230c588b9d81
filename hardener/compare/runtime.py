"""What Falco tells of, and no longer does: rules that go or come, are quieted, switched off, or told less loudly.

What a flow, a token or a zone changes of the lists that rules ask is told by its own word. A condition that somebody
changed by hand is judged as `verify` does it: what it keeps silent on the new side alone is weaker.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.compare import Change, Direction, Place
from hardener.compare.listing import enumerated
from hardener.compare.sides import Side, Sides
from hardener.errors import visible
from hardener.source import KeyPath
from hardener.verify.runtime import AUDIT, CALLS, FOLDER, expected
from hardener.verify.runtime.judging import judged, quieted
from hardener.verify.runtime.promise import Promise
from hardener.verify.runtime.reading import Loaded, Rule, UnreadableError, line, read_rules

_ABOUT: Final = {CALLS: "what containers do", AUDIT: "what the audit log holds"}
_MEASURES: Final = {CALLS: ("runtime.calls",), AUDIT: ("runtime.audit",)}
_SOURCES: Final = {CALLS: "syscall", AUDIT: "k8s_audit"}
_AT: Final[KeyPath] = ("runtime", "falco")
# From the loudest.
_PRIORITIES: Final = (
    *("EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "INFORMATIONAL", "DEBUG"),
)


def runtime(sides: Sides) -> Iterator[Change]:
    """What is told of less, or more."""
    for file in sorted(name for name in sides.differing if name.startswith(FOLDER)):
        if file not in _ABOUT:
            new = file in sides.new.files
            what = "is there, and Falco may load it" if new else "is gone"
            reason = "nobody knows what it does to the rules"
            yield _change(sides, file, "weaker" if new else "stronger", f"{file} {what}", reason=reason)
        elif (file in sides.old.files) != (file in sides.new.files):
            told = file in sides.new.files
            how = "now told of" if told else "no longer told of"
            yield _change(sides, file, "stronger" if told else "weaker", f"{_ABOUT[file]} is {how} by Falco")
        else:
            yield from _of_file(sides, file)


def _of_file(sides: Sides, file: str) -> Iterator[Change]:
    old, new = (_read(side, file) for side in (sides.old, sides.new))
    if isinstance(new, str):
        if old != new:
            yield _change(sides, file, "weaker", f"Falco does not load {file}: {new}", reason="it tells of nothing")
        return
    if isinstance(old, str):
        yield _change(sides, file, "stronger", f"Falco loads {file}")
        return
    for rule in sorted(old.rules.keys() | new.rules.keys()):
        yield from _of_rule(sides, file, rule, old.rules.get(rule), new.rules.get(rule))
    yield from _judged(sides, file, old, new)


def _of_rule(sides: Sides, file: str, name: str, old: Rule | None, new: Rule | None) -> Iterator[Change]:
    one, other = (rule is not None and rule.enabled for rule in (old, new))
    if one != other:
        how = "tells of something again" if other else "tells of nothing any more"
        yield _change(sides, file, "stronger" if other else "weaker", f"Falco's rule {name} {how}", name)
    if old is None or new is None or not (one and other):
        return
    if old.priority != new.priority:
        louder = _PRIORITIES.index(new.priority) < _PRIORITIES.index(old.priority)
        says = f"Falco's rule {name} tells at {new.priority} ({old.priority} before)"
        yield _change(sides, file, "stronger" if louder else "weaker", says, name)
    before, after = ({place for places in quieted(name, rule) for place in places} for rule in (old, new))
    if quieter := sorted(after - before):
        says = f"Falco's rule {name} is silent in {enumerated(quieter)}"
        yield _change(sides, file, "weaker", says, name, details=quieter)
    if louder_in := sorted(before - after):
        says = f"Falco's rule {name} tells of {enumerated(louder_in)} again"
        yield _change(sides, file, "stronger", says, name, details=louder_in)


def _judged(sides: Sides, file: str, old: Loaded, new: Loaded) -> Iterator[Change]:
    """What is promised of a rule and not kept on one side alone."""
    before, after = _broken(sides.old, file, old), _broken(sides.new, file, new)
    for rule in sorted(after.keys() - before.keys()):
        yield _change(sides, file, "weaker", after[rule], rule)
    for rule in sorted(before.keys() - after.keys()):
        yield _change(sides, file, "stronger", f"no longer: {before[rule]}", rule)


def _broken(side: Side, file: str, loaded: Loaded) -> dict[str, str]:
    """The first thing that is wrong with each rule, but for what rules say of themselves, which is compared."""
    if side.rendered or file not in expected(side.profile):
        return {}
    promise, found = Promise(side.profile), dict[str, str]()
    for rule, message in judged(loaded, side.profile, promise, source=_SOURCES[file], whole=False):
        found.setdefault(rule, message)
    return found


def _read(side: Side, file: str) -> Loaded | str:
    """The rules, or why Falco does not load them."""
    try:
        loaded = read_rules(side.files[file], file)
        for name, rule in loaded.rules.items():
            tuple(quieted(name, rule))
        return loaded
    except UnreadableError as error:
        return str(error)


def _change(
    sides: Sides,
    file: str,
    direction: Direction,
    message: str,
    rule: str = "",
    reason: str = "",
    details: list[str] | None = None,
) -> Change:
    return Change(
        direction=direction,
        word="runtime",
        message=visible(message),
        reason=visible(reason),
        details=tuple(map(visible, details)) if details and len(details) > 1 else (),
        old=_place(sides.old, file, rule),
        new=_place(sides.new, file, rule),
        measures=_MEASURES.get(file, ()),
    )


def _place(side: Side, file: str, rule: str) -> Place:
    at = ("runtime", "quiet", rule) if rule in side.profile.runtime.quiet else _AT
    if file not in side.files:
        return Place(at=at)
    return Place(
        file=file, line=line(side.files[file], rule) if rule else 1, object=f"rule {rule}" if rule else "", at=at
    )
