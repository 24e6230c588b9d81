"""Which of two values is stronger: by the orders of `verify`, by number, or by what either profile promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from hardener.catalog.quantities import quantity
from hardener.compare import Direction
from hardener.compare.settings import phrases
from hardener.compare.settings.pairs import Pair
from hardener.verify.settings.demands import Demands
from hardener.verify.settings.numbers import whole
from hardener.verify.settings.strength import as_strong

# What keeps no promise and breaks none.
_FREE: Final = ("shutdownGracePeriod", "shutdownGracePeriodCriticalPods")
# How much of a log is kept: `verify` asks for what the profile says. An event may be one that nobody needs.
_MORE: Final[Mapping[str, Callable[[Any], Any]]] = {"containerLogMaxFiles": whole, "containerLogMaxSize": quantity}
_LESS: Final[Mapping[str, Callable[[Any], Any]]] = {"eventRecordQPS": whole}
_SIGNS: Final[Mapping[int, Direction | None]] = {-1: "weaker", 0: None, 1: "stronger"}


def way(pair: Pair, old: Any, new: Any) -> Direction | None:
    """Which way a value goes; None where both mean the same, or are what each profile's own installer needs."""
    name = pair.name
    there, back = as_strong(name, old, new), as_strong(name, new, old)
    if there and back:
        return None
    if there or back:
        return "stronger" if there else "weaker"
    if name in _FREE:
        return "neither"
    if (counted := _counted(name, old, new)) is not None:
        return _SIGNS[counted]
    kept, keeps = _promised(pair.before, name, old), _promised(pair.after, name, new)
    if kept and keeps and name not in phrases.AMOUNTS:
        return None
    return "stronger" if keeps and not kept else "weaker"


def ordered(pair: Pair, old: Any, new: Any) -> bool:
    """Does anything say which of the two is stronger?"""
    name = pair.name
    if as_strong(name, old, new) or as_strong(name, new, old) or _counted(name, old, new) is not None:
        return True
    return _promised(pair.before, name, old) != _promised(pair.after, name, new)


def _counted(name: str, old: Any, new: Any) -> int | None:
    """Whether it got stronger (1) or weaker (-1) by number; None where nobody counts it, or cannot."""
    for numbers, sign in ((_MORE, 1), (_LESS, -1)):
        if name in numbers:
            try:
                one, other = numbers[name](old), numbers[name](new)
                return sign * (int(one < other) - int(other < one))
            except (ValueError, TypeError, ArithmeticError):
                return None
    return None


def _promised(asked: Demands, name: str, found: Any) -> bool:
    demand = asked.by_name.get(name)
    return demand is not None and as_strong(name, demand.value, found)
