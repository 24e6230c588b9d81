"""One file of rules against what is promised: a message for each difference, with an event that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog.falco import falco
from hardener.profile import Profile
from hardener.verify.runtime import samples, vocabulary
from hardener.verify.runtime.calls import Allowed, differences, written
from hardener.verify.runtime.conditions import ConditionError, checks
from hardener.verify.runtime.containers import CONTAINERS, UNDECLARED
from hardener.verify.runtime.deciding import Decide, Event, decider
from hardener.verify.runtime.promise import CLUSTER_WIDE, PRIORITIES, Promise
from hardener.verify.runtime.reading import Loaded, Rule, UnreadableError
from hardener.verify.runtime.requests import REQUESTS

_SPACE: Final = {"syscall": "k8s.ns.name", "k8s_audit": "ka.target.namespace"}

# The rule that a message is about; "" is the file as a whole.
Message = tuple[str, str]


def judged(loaded: Loaded, profile: Profile, promise: Promise, *, source: str, whole: bool = True) -> Iterator[Message]:
    """What is wrong with it; unless `whole`, but for what rules say of themselves. Raises UnreadableError."""
    rules = tuple(CONTAINERS if source == "syscall" else REQUESTS)
    if whole:
        yield from _versions(loaded, source)
        yield from ((name, f"there is no rule {name}: nobody is told") for name in rules if name not in loaded.rules)
    for name, rule in loaded.rules.items():
        if name not in rules:
            yield name, f"nobody knows what the rule {name} is for, or why it stands in this file"
            continue
        if whole:
            yield from _of_rule(name, rule, promise, source)
        yield from _asked(name, loaded, promise, source)
    try:
        yield from _events(loaded, promise, source)
        if source == "syscall" and UNDECLARED in loaded.rules:
            yield from _calls(loaded, profile, promise)
    except ConditionError as error:
        raise UnreadableError(str(error)) from error


def _versions(loaded: Loaded, source: str) -> Iterator[Message]:
    """An older Falco has other fields; without the plugins it has none of them."""
    if loaded.engine != falco().engine:
        yield "", f"it is for Falco's engine {loaded.engine or 'of any version'}: the rules need {falco().engine}"
    plugins = {each.name: each.version for each in loaded.plugins}
    for each in falco().sources[source].plugins:
        if plugins.get(each.name) != each.version:
            yield "", f"it does not ask for the plugin {each.name} {each.version}, which knows the fields of its rules"


def _of_rule(name: str, rule: Rule, promise: Promise, source: str) -> Iterator[Message]:
    if not rule.enabled:
        yield name, f"{name} is switched off"
    if rule.source != source:
        yield name, f"{name} looks at events of {rule.source}, where {source} has them"
    if rule.priority != PRIORITIES[name]:
        yield name, f"{name} has the priority {rule.priority}; {PRIORITIES[name]} is promised"
    quiet = {place for places in quieted(name, rule) for place in places}
    wanted = promise.quiet.get(name, frozenset())
    for place in sorted(quiet - wanted)[:1]:
        yield name, f"{name} is silent in {place}, where the profile does not quiet it"
    for place in sorted(wanted - quiet)[:1]:
        yield name, f"{name} tells of {place}, where the profile quiets it"


def _asked(name: str, loaded: Loaded, promise: Promise, source: str) -> Iterator[Message]:
    """The first question of a condition that is not understood."""
    words = _vocabulary(promise, source)
    for check in checks(loaded.conditions[name]):
        if strange := vocabulary.unknown(check, words):
            yield name, f"{name} {strange}, of which nothing is promised: it may keep the rule silent"
            return


def quieted(name: str, rule: Rule) -> Iterator[tuple[str, ...]]:
    """The namespaces in which a rule is silent. Raises UnreadableError for an exception that says something else."""
    for each in rule.exceptions:
        if name == UNDECLARED and isinstance(each.fields, list):
            continue
        fits = each.fields == _SPACE[rule.source] and each.comps == "in" and name not in CLUSTER_WIDE
        if not fits or any(isinstance(value, list) for value in each.values):
            raise UnreadableError(f"nobody here knows what the exception {each.name} of {name} does")
        yield tuple(map(str, each.values))


def _vocabulary(promise: Promise, source: str) -> vocabulary.Vocabulary:
    of = vocabulary.of_containers if source == "syscall" else vocabulary.of_requests
    return of(promise.known)


def _events(loaded: Loaded, promise: Promise, source: str) -> Iterator[Message]:
    """Each sample in a namespace of each kind, and what may differ in it: told by exactly the rules that must."""
    deciders = {name: decider(loaded.conditions[name]) for name in loaded.rules if name in PRIORITIES}
    words, seen = _vocabulary(promise, source), set()
    first, *others = _spaces(loaded, promise, source)
    for space in (first, *others):
        sampled = samples.of_containers(promise.known, space) if source == "syscall" else samples.of_requests(space)
        for sample in sampled:
            # In the first namespace all that may differ is tried; in the others, that they do.
            for event in samples.variants(sample, words) if space == first else (sample,):
                for rule, message in _differing(event, deciders, promise):
                    if rule not in seen:
                        seen.add(rule)
                        yield rule, message


def _differing(event: Event, deciders: dict[str, Decide], promise: Promise) -> Iterator[Message]:
    wanted = promise.told(event)
    for rule, decide in deciders.items():
        if decide(event) != (rule in wanted):
            shown = ", ".join(f"{field}={value}" for field, value in sorted(event.items()))
            how = "does not tell of" if rule in wanted else "tells of what is nothing to be told"
            yield rule, f"{rule} {how}: {shown}"


def _spaces(loaded: Loaded, promise: Promise, source: str) -> list[str]:
    """A namespace of each kind that rules or the profile tell apart; the first is one of whom nobody knows."""
    known = promise.known
    named = [
        check.values
        for condition in loaded.conditions.values()
        for check in checks(condition)
        if check.field == _SPACE[source]
    ]
    sets = [*map(frozenset, named), known.privileged, known.tokens, known.callers, known.namespaces]
    found: dict[tuple[bool, ...], str] = {(False,) * len(sets): samples.STRANGER}
    for name in sorted({name for each in sets for name in each}):
        found.setdefault(tuple(name in each for each in sets), name)
    return list(found.values())


def _calls(loaded: Loaded, profile: Profile, promise: Promise) -> Iterator[Message]:
    """The calls that are declared, of each kind one."""
    declared: list[Allowed] = []
    for each in loaded.rules[UNDECLARED].exceptions:
        if isinstance(each.fields, list):
            declared += written(each, loaded)
    for found in differences(profile, declared, promise.known.namespaces, promise.known.answers):
        call = f"a call from {found.caller} to {found.address} on port {found.port} of {found.protocol}"
        how = "tells of" if found.told else "is silent about"
        says = "declares" if found.told else "does not declare"
        yield UNDECLARED, f"{UNDECLARED} {how} {call}, which the profile {says}"
        return
