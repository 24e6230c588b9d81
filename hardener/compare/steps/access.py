"""Who may do what: everything new is granted before anything old is taken, and nobody gets more than one side grants.

A role and those who are bound to it change in several requests. Where a subject that leaves could use what the role
gains, or one that joins what it loses, copies under other names grant what is new until both are as they shall be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hardener.compare.access.held import Meanings, gains
from hardener.compare.access.reading import both
from hardener.compare.steps import Key, Step
from hardener.compare.steps.rights import also_for, bound_to, rights, role_of, subjects, with_both
from hardener.compare.steps.rollout import Data, Rollout, renamed
from hardener.verify.objects import NotUnderstoodError

ROLES: Final = ("ClusterRole", "Role")
BINDINGS: Final = ("ClusterRoleBinding", "RoleBinding")
NEXT: Final = ":next"


def access(rollout: Rollout) -> None:
    """Grant what is new, take bindings, take rights."""
    covered = frozenset(_covered(rollout))
    moved = frozenset(key for key in rollout.changed(*BINDINGS) if _moved(rollout, key))
    rollout.step(
        Step(
            title="Grant what is new",
            why="Whoever works on under another role, or by another right, has it before the old one is taken.",
            apply=(*_roles(rollout, covered), *_bindings(rollout, covered, moved)),
            look=("$ hardener can NEW USER VERB RESOURCE -n NAMESPACE, and kubectl auth can-i --as for the same",),
        )
    )
    rollout.step(
        Step(
            title="Take the grants that go",
            why="What replaces them is there. A role that gains rights must have lost those who leave before; the "
            "role of a binding cannot be changed, so such a binding is deleted and made anew.",
            apply=tuple(_kept(rollout, covered)),
            delete=(*rollout.going(*BINDINGS), *sorted(moved)),
            look=("$ kubectl auth can-i --list --as USER -n NAMESPACE",),
        )
    )
    roles, bindings = rollout.changed(*ROLES), [*rollout.coming(*BINDINGS), *rollout.changed(*BINDINGS)]
    copies = [key for key in rollout.there if key[0] in (*ROLES, *BINDINGS) and key[2].endswith(NEXT)]
    rollout.step(
        Step(
            title="Take the rights that go, and the roles that nobody is bound to"
            if _somebody_loses(rollout)
            else "Bring roles and bindings into their last form: nobody loses a right by it",
            why="Nobody is bound to these roles any more but those who shall be.",
            apply=rollout.finals([*roles, *bindings]),
            delete=(*sorted((key for key in copies if key not in rollout.new), reverse=True), *rollout.going(*ROLES)),
        )
    )


def _somebody_loses(rollout: Rollout) -> bool:
    """Does anybody lose a right by roles and bindings of the output? Perhaps, if nobody understands them."""
    if not (rollout.changed(*ROLES, *BINDINGS) or rollout.going(*ROLES, *BINDINGS)):
        return False
    try:
        old, new = both(rollout.sides)
        return any(each.bound.binding is not None for each in gains(old.held, new.held, Meanings()))
    except NotUnderstoodError:
        return True


def _covered(rollout: Rollout) -> Iterator[Key]:
    """Roles of which neither the old nor the new form may be held by all who are bound on either side."""
    for role in rollout.changed(*ROLES):
        old, new = rights(rollout.old[role].data), rights(rollout.new[role].data)
        if (new - old and _leave(rollout, role)) or (old - new and _join(rollout, role)) or _aggregates(rollout, role):
            yield role


def _aggregates(rollout: Rollout, role: Key) -> bool:
    return any("aggregationRule" in side[role].data for side in (rollout.old, rollout.new))


def _leave(rollout: Rollout, role: Key) -> bool:
    return any(_left(rollout, key) for key in _differing(rollout) if _is_to(rollout.old, key, role))


def _join(rollout: Rollout, role: Key) -> bool:
    return any(_joined(rollout, key) for key in _differing(rollout) if _is_to(rollout.new, key, role))


def _differing(rollout: Rollout) -> list[Key]:
    return [*rollout.coming(*BINDINGS), *rollout.changed(*BINDINGS), *rollout.going(*BINDINGS)]


def _is_to(side: dict, key: Key, role: Key) -> bool:  # type: ignore[type-arg]
    return key in side and role_of(side[key].data) == role


def _moved(rollout: Rollout, key: Key) -> bool:
    """Is it to another role?"""
    return role_of(rollout.old[key].data) != role_of(rollout.new[key].data)


def _left(rollout: Rollout, key: Key) -> bool:
    if key not in rollout.new or _moved(rollout, key):
        return True
    return bool(subjects(rollout.old[key].data) - subjects(rollout.new[key].data))


def _joined(rollout: Rollout, key: Key) -> bool:
    if key not in rollout.old or _moved(rollout, key):
        return True
    return bool(subjects(rollout.new[key].data) - subjects(rollout.old[key].data))


def _roles(rollout: Rollout, covered: frozenset[Key]) -> Iterator[Data]:
    """Roles that come; those that change with what they allowed; copies of those that must wait."""
    yield from rollout.finals(rollout.coming(*ROLES))
    for key in rollout.changed(*ROLES):
        old, new = rollout.old[key].data, rollout.new[key].data
        if key in covered:
            yield renamed(new, key[2] + NEXT)
        else:
            # One whose rules are only grouped otherwise, or that only gains, is at once as it shall be.
            yield new if rights(old) <= rights(new) else with_both(old, new)


def _bindings(rollout: Rollout, covered: frozenset[Key], moved: frozenset[Key]) -> Iterator[Data]:
    """Bindings that come, those that change for all who were bound too, and copies for the roles that are copies."""
    for key, object in rollout.new.items():
        if key[0] not in BINDINGS:
            continue
        data, role = object.data, role_of(object.data)
        if role in covered:
            yield renamed(data, key[2] + NEXT, roleRef={**data["roleRef"], "name": role[2] + NEXT})
        elif key in moved:
            yield renamed(data, key[2] + NEXT)
        elif key in rollout.old:
            yield also_for(rollout.old[key].data, data)
        else:
            yield data
    yield from _unwritten(rollout, covered)


def _unwritten(rollout: Rollout, covered: Iterable[Key]) -> Iterator[Data]:
    """Copies of bindings to such roles that stand in files which do not differ: their subjects are to gain as well."""
    if not covered:
        return
    for object in rollout.unchanged(*BINDINGS):
        role = role_of(object.data)
        if role in covered:
            data = object.data
            yield renamed(data, object.name + NEXT, roleRef={**data["roleRef"], "name": role[2] + NEXT})


def _kept(rollout: Rollout, covered: frozenset[Key]) -> Iterator[Data]:
    """Bindings for those alone who are bound on both sides, or on the new one where the role allows it."""
    for key in rollout.changed(*BINDINGS):
        if _moved(rollout, key):
            continue
        old, new = rollout.old[key].data, rollout.new[key].data
        yield bound_to(new, subjects(old) & subjects(new)) if role_of(new) in covered else new
