"""All comparisons together.

To add one: write `compare/<word>.py`, or a package, with a function of that name, then name it in COMPARISONS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from hardener.compare import Change, Place
from hardener.compare.access import access
from hardener.compare.arisen import arisen
from hardener.compare.audit import audit
from hardener.compare.escalation import escalation
from hardener.compare.exceptions import exceptions
from hardener.compare.images import images
from hardener.compare.namespaces import namespaces
from hardener.compare.network import network
from hardener.compare.nodes import nodes
from hardener.compare.pods import pods
from hardener.compare.profile import profile
from hardener.compare.quotas import quotas
from hardener.compare.runtime import runtime
from hardener.compare.secrets import secrets
from hardener.compare.settings import settings
from hardener.compare.sides import Sides
from hardener.compare.tokens import tokens
from hardener.verify import Finding
from hardener.verify.objects import NotUnderstoodError
from hardener.verify.unforeseen import STUMBLES, unforeseen

Comparison = Callable[[Sides], Iterator[Change]]

COMPARISONS: Final[tuple[Comparison, ...]] = (
    access,
    audit,
    escalation,
    exceptions,
    images,
    namespaces,
    network,
    nodes,
    pods,
    profile,
    quotas,
    runtime,
    secrets,
    settings,
    tokens,
)

_ORDER: Final = ("weaker", "stronger", "neither")
# What a reviewer is told first: who holds more, what is opened, what runs where; last what bounds and describes.
_FIRST: Final = (
    *("exceptions", "escalation", "access", "network", "pods", "nodes", "secrets", "tokens", "settings", "audit"),
    *("runtime", "quotas", "namespaces", "profile"),
)


def changes(sides: Sides) -> tuple[Change, ...]:
    """Everything that somebody gains or loses, what is weaker first; then what matters most, and by place.

    Equal meanings give nothing.
    """
    found = {*_unreadable(sides)}
    for comparison in COMPARISONS:
        try:
            found.update(comparison(sides))
        except NotUnderstoodError as error:
            found.add(_undecided(error.finding))
        except STUMBLES as error:
            # As in `verify`: what has a form that nobody foresaw is no reason to say that nothing changed.
            finding = Finding(word=comparison.__name__, file="manifests", message=unforeseen(error))
            found.add(_undecided(finding))
    return tuple(sorted(found, key=_place))


def _unreadable(sides: Sides) -> Iterator[Change]:
    """What nobody understands on the new side, and did not stand on the old one as it is."""
    old, new = sides.unreadable()
    yield from map(_undecided, arisen((new, sides.new.files), (old, sides.old.files)))


def _undecided(finding: Finding) -> Change:
    place = Place(file=finding.file, line=finding.line, object=finding.object, at=finding.at)
    reason = "it cannot be decided what this does"
    return Change(direction="weaker", word=finding.word, message=finding.message, reason=reason, new=place)


def _place(change: Change) -> tuple[object, ...]:
    place = change.new or change.old or Place()
    rank = _FIRST.index(change.word) if change.word in _FIRST else len(_FIRST)
    first = rank, change.word, not change.grave
    return _ORDER.index(change.direction), *first, place.file, place.line, change.message
