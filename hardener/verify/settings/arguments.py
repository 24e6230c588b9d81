"""The arguments of a component, judged: what is missing or weaker, and what is there that nobody can answer for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from hardener.catalog.components import Known, gate, plugins, taken
from hardener.catalog.kubernetes import ciphers
from hardener.verify import Finding
from hardener.verify.settings import agreed
from hardener.verify.settings.demands import Demand, Demands
from hardener.verify.settings.numbers import fraction, seconds, truth, whole
from hardener.verify.settings.strength import as_strong, listed

_PLUGINS: Final = "enable-admission-plugins"
_SUITES: Final = ("tls-cipher-suites", "cipher-suites", "tlsCipherSuites")
_LONGEST: Final = 60
_READS: Final[Mapping[str, Callable[[str], object]]] = {
    "bool": truth,
    "int": whole,
    "float": fraction,
    "duration": seconds,
    "text": str,
}


class Argument(NamedTuple):
    """What an argument says, and the line where it does."""

    value: str
    line: int


class Told(NamedTuple):
    """What a file tells a component. Where it says so: the line of that part of the file, else 0."""

    file: str
    line: int
    arguments: Mapping[str, Argument]


def judged(told: Told, wanted: Demands) -> Iterator[Finding]:
    """Each argument that is missing, weaker than what is demanded, or nobody's to give."""
    for name, demand in wanted.by_name.items():
        given = told.arguments.get(name)
        if given is None:
            yield _finding(told, told.line, f"--{name} is missing: {_promised(demand)}", demand)
        elif not as_strong(name, demand.value, given.value):
            value = f"{shown(given.value)}{_read_as(given.value, taken(wanted.component).get(name))}"
            yield _finding(told, given.line, f"--{name} is {value}: {_promised(demand)}", demand)
        elif name == _PLUGINS:
            yield from _besides(told, given, demand, wanted.minor)
    for name, given in told.arguments.items():
        if name not in wanted.by_name and name not in wanted.elsewhere:
            yield from _added(told, name, given, wanted)


def _read_as(value: str, known: Known | None) -> str:
    """What a component takes a number for, where that is not what a person does."""
    try:
        number = str(whole(value)) if known and known.type == "int" else value
    except ValueError:
        return ""
    return f", which is read as {number}" if number != value else ""


def different(told: Told, other: Told, wanted: Demands) -> Iterator[Finding]:
    """Where two files tell a component different things, though each by itself would do."""
    for name in sorted(told.arguments.keys() | other.arguments.keys()):
        given, elsewhere = told.arguments.get(name), other.arguments.get(name)
        demand = wanted.by_name.get(name)
        if given and elsewhere and not _alike(name, given.value, elsewhere.value):
            what = f"--{name} is {shown(given.value)} here, and {shown(elsewhere.value)} in {other.file}"
        elif given and not elsewhere and not demand:
            what = f"--{name} is missing in {other.file}"
        elif elsewhere and not given and not demand:
            what = f"--{name} is missing, which is in {other.file}"
        else:
            continue
        if not demand or all(_holds(name, demand, each) for each in (given, elsewhere)):
            line = given.line if given else told.line
            yield _finding(told, line, f"{what}: the two are meant to say the same", demand)


def _alike(name: str, one: str, other: str) -> bool:
    """Do both mean the same? Each is as strong as the other."""
    return one == other or (as_strong(name, one, other) and as_strong(name, other, one))


def _holds(name: str, demand: Demand, given: Argument | None) -> bool:
    return given is not None and as_strong(name, demand.value, given.value)


def _added(told: Told, name: str, given: Argument, wanted: Demands) -> Iterator[Finding]:
    """What is wrong with an argument that nobody asks for."""
    messages = list(_not_demanded(name, given.value, wanted))
    yield from (_finding(told, given.line, message) for message in messages)
    found = None if messages else agreed.wrong(name, given.value, wanted)
    if found:
        message = f"--{name} is {shown(given.value)}: {found.message}"
        yield Finding(word=found.word, file=told.file, line=given.line, message=message, at=found.at)


def _not_demanded(name: str, value: str, wanted: Demands) -> Iterator[str]:
    """What is wrong with the argument itself, or with the form of its value."""
    known = taken(wanted.component).get(name)
    if name in _SUITES and name in wanted.unasked and set(listed(value)) <= ciphers("secure"):
        return
    if name in wanted.unasked:
        yield f"--{name} is here, and the profile does not ask for it"
    elif known is None:
        yield f"nobody knows what --{name} does: {wanted.component} has no such flag, or none that is known here"
    elif wanted.minor not in known.span:
        yield f"--{name} is unknown to {wanted.component} 1.{wanted.minor}, which does not start with it"
    elif name == "feature-gates":
        yield from gates(value.split(","), wanted.minor)
    elif known.deprecated is not None and known.deprecated <= wanted.minor:
        yield f"--{name} is deprecated since Kubernetes 1.{known.deprecated}, and not what holds a promise"
    elif not known.safe:
        yield f"nobody knows what --{name} does to the promises: neither the profile nor hardener asks for it"
    elif not typed(known, value):
        yield f"--{name} is {shown(value)}, which is no {known.type}: {wanted.component} does not start with it"


def gates(given: list[str], minor: int) -> Iterator[str]:
    """What is wrong with feature gates, each written as NAME=true."""
    for each in given:
        name, _, value = each.partition("=")
        known = gate(name, minor)
        if known is None:
            yield f"the feature gate {name} does not exist at Kubernetes 1.{minor}: nothing starts with it"
        elif value not in ("true", "false"):
            yield f"the feature gate {name} is {shown(value)}, which is neither true nor false"
        elif known.on != (value == "true"):
            locked = "it cannot be changed" if known.locked else "nobody knows what that does to the promises"
            yield f"the feature gate {name} is {value} at Kubernetes 1.{minor}, and not by itself: {locked}"


def typed(known: Known, value: str) -> bool:
    """Does a component take this value at all?"""
    try:
        _READS[known.type](value)
    except ValueError:
        return False
    return True


def _besides(told: Told, given: Argument, demand: Demand, minor: int) -> Iterator[Finding]:
    """Admission plugins beyond those that are asked for: such as are on anyway change nothing."""
    known = plugins(minor)
    for name in listed(given.value):
        if name in listed(demand.value) or known.get(name):
            continue
        what = "nobody knows what it does to the promises" if name in known else f"Kubernetes 1.{minor} has none"
        yield _finding(told, given.line, f"--{_PLUGINS} has {name}: {what}", demand)


def _promised(demand: Demand) -> str:
    return f"{shown(demand.value)} is promised, so that {demand.why}"


def shown(value: object) -> str:
    """A value as a sentence shows it: not at any length."""
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    text = text.lower() if isinstance(value, bool) else text
    return (f"{text[:_LONGEST]}..." if len(text) > _LONGEST else text) or "empty"


def _finding(told: Told, line: int, message: str, demand: Demand | None = None) -> Finding:
    word, at = (demand.word, demand.at) if demand else ("settings", ())
    return Finding(word=word, file=told.file, line=line, message=message, at=at)
