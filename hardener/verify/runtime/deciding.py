"""Whether a condition holds for an event: what Falco's fields have of it, by their names.

A field that an event does not have is no answer to any question: it does not exist, and is neither equal to something
nor unequal (flt_compare and its callers in userspace/libsinsp/filter_compare.cpp of falcosecurity/libs).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from hardener.profile.addresses import Block, RangeError, address_block, block
from hardener.verify.runtime.conditions import EXISTS, All, Any, Check, Condition, ConditionError, Macro, Not

Value = str | int | bool | tuple[str, ...]
Event = Mapping[str, Value]
Decide = Callable[[Event], bool]

# Fields that are compared as networks: what is asked is whether the address lies in one.
NETWORKS: Final = ("fd.net", "fd.cnet", "fd.snet", "fd.lnet", "fd.rnet")
_EQUAL: Final = ("=", "==", "in")

_TEXTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "contains": lambda value, other: other in value,
    "icontains": lambda value, other: other.lower() in value.lower(),
    "startswith": lambda value, other: value.startswith(other),
    "endswith": lambda value, other: value.endswith(other),
    "glob": fnmatchcase,
    "iglob": lambda value, other: fnmatchcase(value.lower(), other.lower()),
    # One of the values is a folder of the path, or the path itself.
    "pmatch": lambda value, other: f"{value}/".startswith(f"{other.rstrip('/')}/"),
}
_NUMBERS: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": lambda value, other: value < other,
    "<=": lambda value, other: value <= other,
    ">": lambda value, other: value > other,
    ">=": lambda value, other: value >= other,
}


def decider(condition: Condition) -> Decide:
    """What says whether it holds for an event. Raises ConditionError for a question that nobody here can answer."""
    match condition:
        case Check():
            return _question(condition)
        case Macro(name):
            raise ConditionError(f"a macro is left: {name}")
        case Not(part):
            negated = decider(part)
            return lambda event: not negated(event)
        case All(parts):
            return _each([decider(part) for part in parts])
        case Any(parts):
            return _one([decider(part) for part in parts])


def _each(parts: list[Decide]) -> Decide:
    def holds(event: Event) -> bool:
        for decide in parts:  # noqa: SIM110 all() of a generator takes twice as long
            if not decide(event):
                return False
        return True

    return holds


def _one(parts: list[Decide]) -> Decide:
    def holds(event: Event) -> bool:
        for decide in parts:  # noqa: SIM110 as above
            if decide(event):
                return True
        return False

    return holds


def network(text: str) -> Block:
    """A range of addresses as Falco reads it. Raises ConditionError."""
    try:
        found = block(text)
    except RangeError as error:
        raise ConditionError(str(error)) from error
    if found.length == 0:
        raise ConditionError(f"{text}: Falco refuses a range of all addresses")
    return found


def _question(check: Check) -> Decide:
    field, operator = check.field, check.operator
    if operator == EXISTS:
        return lambda event: field in event
    answer = _in_networks(check) if field in NETWORKS else _compared(check)
    return lambda event: field in event and answer(event[field])


def _compared(check: Check) -> Callable[[Value], bool]:
    operator, values = check.operator, frozenset(check.values)
    if operator == "intersects":
        return lambda value: not values.isdisjoint(value if isinstance(value, tuple) else (_text(value),))
    if operator in _EQUAL:
        # Of a field with several values, `in` asks for all of them.
        return lambda value: values.issuperset(value) if isinstance(value, tuple) else _text(value) in values
    if operator == "!=":
        return lambda value: _text(value) not in values
    if operator in _NUMBERS:
        least, than = float(check.values[0]), _NUMBERS[operator]
        return lambda value: than(float(_text(value)), least)
    if operator in _TEXTS:
        like = _TEXTS[operator]
        return lambda value: any(like(_text(value), other) for other in values)
    raise ConditionError(f"nobody here knows what {operator} does")


def _in_networks(check: Check) -> Callable[[Value], bool]:
    if check.operator not in _EQUAL:
        raise ConditionError(f"nobody here knows what {check.operator} does with {check.field}")
    networks = [network(text) for text in check.values]
    return lambda value: any(each.covers(_address(str(value))) for each in networks)


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@cache
def _address(text: str) -> Block:
    return address_block(text)
