"""Namespaces that neither profile knows, and that a policy of either side tells from others: by a name, or by a label.

Whoever may create namespaces may call one as it pleases, and give it any label.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from weakref import WeakKeyDictionary

from hardener.compare.sides import Sides
from hardener.verify.network.selectors import Selector, Selectors
from hardener.verify.objects import NotUnderstoodError
from hardener.verify.pods.classes import Class, selector, strangers
from hardener.verify.written import Written

_KINDS: Final = tuple(f"{kind}AdmissionPolicy{end}" for kind in ("Validating", "Mutating") for end in ("", "Binding"))
_FOUND: Final[WeakKeyDictionary[Sides, tuple[Class, ...]]] = WeakKeyDictionary()


def unknown(sides: Sides) -> tuple[Class, ...]:
    """Those of both sides together; one without labels is always among them."""
    if sides not in _FOUND:
        known = {name for side in (sides.old, sides.new) for name in side.profile.cluster.system_namespaces}
        for side in (sides.old, sides.new):
            known.update(name for tenant in side.profile.tenants.values() for name in tenant.namespaces)
        _FOUND[sides] = tuple(strangers(known, [each for side in sides.written for each in _selectors(side)]))
    return _FOUND[sides]


def _selectors(written: Written) -> Iterator[Selector]:
    """What is not understood is said elsewhere, and hides nobody."""
    read = Selectors()
    for each in written.of(*_KINDS):
        try:
            yield selector(each, read)
        except NotUnderstoodError:
            continue


def with_unknown(both: tuple[Written, Written], sides: Sides) -> tuple[Written, Written]:
    """Both sides with those of these namespaces that have labels, which are the same objects."""
    objects = tuple(each.object for each in unknown(sides) if each.labels)
    if not objects:
        return both
    old, new = (Written(each.files, (*each.objects, *objects)) for each in both)
    return old, new
