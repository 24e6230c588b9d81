"""Admission policies: what gets stricter warns and is written into the audit log before it denies.

A policy that changes keeps denying as it did, while a copy of its new form, under another name, only warns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hardener.compare.steps import Key, Step
from hardener.compare.steps.rollout import Data, Rollout, key_of, renamed

POLICY: Final = "ValidatingAdmissionPolicy"
BINDING: Final = "ValidatingAdmissionPolicyBinding"
MUTATING: Final = ("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding")
_NEXT: Final = "-next"
_NAME: Final = "kubernetes.io/metadata.name"


def tried(rollout: Rollout, *actions: str) -> tuple[Data, ...]:
    """The policies that may refuse more than before, so that they do `actions` and refuse nothing yet."""
    found: dict[Key, Data] = {}
    for binding in _stricter(rollout):
        data, policy = _still(rollout, binding), _policy_of(rollout, binding)
        there = binding in rollout.old or (policy in rollout.old)
        suffix = _NEXT if there else ""
        if policy in rollout.new:
            body = rollout.new[policy].data
            copy = renamed(body, body["metadata"]["name"] + suffix)
            found[key_of(copy)] = copy
        spec = {**data["spec"], "policyName": policy[2] + suffix * (policy in rollout.new)}
        copy = renamed(data, binding[2] + suffix, spec={**spec, "validationActions": [*actions]})
        found[key_of(copy)] = copy
    return tuple(sorted(found.values(), key=lambda each: each["kind"] == BINDING))


def copies(rollout: Rollout) -> tuple[Key, ...]:
    """What is there only to try a policy: bindings first, since without its policy a binding does nothing."""
    names = [key for key in rollout.there if key[0] in (BINDING, POLICY) and key[2].endswith(_NEXT)]
    return tuple(sorted((key for key in names if key not in rollout.new), key=lambda key: key[0] == POLICY))


def stricter(rollout: Rollout) -> bool:
    """Does any policy perhaps refuse more than before?"""
    return any(True for _ in _stricter(rollout))


def of_new_namespaces(rollout: Rollout) -> None:
    """The bindings of before, for the namespaces besides that are not there yet."""
    found = [_also_for(rollout, key) for key in rollout.changed(BINDING, MUTATING[1])]
    rollout.step(
        Step(
            title="Have the admission policies know the namespaces that come",
            why="A namespace that is there before the policies that judge its pods takes any pod.",
            apply=tuple(found),
        )
    )


def replaced(rollout: Rollout) -> tuple[Data, ...]:
    """All policies and bindings of the new side; what has a copy that denies denies nothing itself until it is new."""
    there = [key for key in _stricter(rollout) if key in rollout.old]
    held = [key for key in there if (BINDING, "", key[2] + _NEXT) in rollout.there]
    silent = [
        {**data, "spec": {**data["spec"], "validationActions": ["Audit"]}}
        for data in map(rollout.there.__getitem__, held)
    ]
    return (*silent, *final(rollout), *(_still(rollout, key) for key in held))


def final(rollout: Rollout) -> tuple[Data, ...]:
    """All policies and bindings of the new side, a policy before its binding; those of what leaves judge it still."""
    kinds = (*MUTATING, POLICY, BINDING)
    return tuple(_still(rollout, key) for key in (*rollout.coming(*kinds), *rollout.changed(*kinds)))


def going(rollout: Rollout) -> tuple[Key, ...]:
    """Policies and bindings that the new side has no more, and that judge nothing that is still there."""
    gone = rollout.going(BINDING, MUTATING[1])
    held = {key for key in gone if _covers(rollout, key)}
    judging = {_policy_of(rollout, key) for key in held}
    policies = [key for key in rollout.going(POLICY, MUTATING[0]) if key not in judging]
    return (*(key for key in gone if key not in held), *policies)


def afterwards(rollout: Rollout) -> None:
    """What judged the namespaces that left."""
    kinds = (*MUTATING, POLICY, BINDING)
    rollout.step(
        Step(
            title="Let the admission policies forget the namespaces that left",
            why="Nothing is left there that they could judge.",
            apply=rollout.finals(rollout.changed(*kinds)),
            delete=tuple(rollout.going(BINDING, MUTATING[1], POLICY, MUTATING[0])),
        )
    )


def _covers(rollout: Rollout, binding: Key) -> bool:
    """Does a binding judge a namespace that leaves?"""
    named = _names(rollout.old[binding].data)
    leave = rollout.namespaces_that_leave
    if named is None:
        return bool(leave)
    return bool(leave & named[1]) if named[0] == "In" else bool(leave - named[1])


def _also_for(rollout: Rollout, key: Key) -> Data:
    """The old binding with the namespaces that come, as the new one names them."""
    old, new = rollout.old[key].data, rollout.new[key].data
    before, after = _names(old), _names(new)
    if before is None or after is None or before[0] != after[0]:
        return old
    come = after[1] & rollout.namespaces_that_come
    return _naming(old, before[0], before[1] | come)


def _still(rollout: Rollout, key: Key) -> Data:
    """The new binding with the namespaces that leave, as the old one names them."""
    new = rollout.new[key].data
    before, after = _names(rollout.old[key].data) if key in rollout.old else None, _names(new)
    if before is None or after is None or before[0] != after[0]:
        return new
    return _naming(new, after[0], after[1] | (before[1] & rollout.namespaces_that_leave))


def _naming(binding: Data, operator: str, names: frozenset[str]) -> Data:
    """The binding for other namespaces."""
    named = _names(binding)
    if named is None or names == named[1]:
        return binding
    chosen = {"matchExpressions": [{"key": _NAME, "operator": operator, "values": sorted(names)}]}
    return {**binding, "spec": {**binding["spec"], "matchResources": {"namespaceSelector": chosen}}}


def _stricter(rollout: Rollout) -> Iterator[Key]:
    """Bindings by which more may be refused: new ones, and those that change, or whose policy does."""
    for key in rollout.new:
        if key[0] == BINDING and _is_stricter(rollout, key):
            yield key


def _is_stricter(rollout: Rollout, key: Key) -> bool:
    policy = _policy_of(rollout, key)
    moved = key in rollout.old and not _is_kept(rollout, key)
    if policy in rollout.changed(POLICY) and (moved or not _drops_validations(rollout, policy)):
        return True
    if key not in rollout.old:
        return not _only(_names(rollout.new[key].data), "In") <= rollout.namespaces_that_come
    return rollout.old[key].data != rollout.new[key].data and not _is_looser(rollout, key)


def _is_kept(rollout: Rollout, key: Key) -> bool:
    """Does a binding judge the same, but for namespaces that come or leave?"""
    old, new = _also_for(rollout, key), _still(rollout, key)
    return old == new


def _policy_of(rollout: Rollout, binding: Key) -> Key:
    side = rollout.new if binding in rollout.new else rollout.old
    spec = side[binding].data.get("spec") or {}
    return POLICY, "", str(spec.get("policyName", ""))


def _drops_validations(rollout: Rollout, policy: Key) -> bool:
    """Is the new policy the old one without some of its validations, or with other messages?"""
    old, new = (_without(side[policy].data, "validations") for side in (rollout.old, rollout.new))
    asked = [
        [each.get("expression") for each in side[policy].data["spec"].get("validations") or []]
        for side in (rollout.old, rollout.new)
    ]
    return old == new and all(each in asked[0] for each in asked[1])


def _without(data: Data, field: str) -> dict[str, Any]:
    return {key: value for key, value in (data.get("spec") or {}).items() if key != field}


def _is_looser(rollout: Rollout, key: Key) -> bool:
    """Does a binding differ only by the namespaces that it names, and name none of both sides that it did not?"""
    old, new = rollout.old[key].data, rollout.new[key].data
    if _without(old, "matchResources") != _without(new, "matchResources"):
        return False
    before, after = _names(old), _names(new)
    if before is None or after is None or before[0] != after[0]:
        return False
    operator, were, are = before[0], before[1], after[1]
    more = are - were if operator == "In" else were - are
    return more <= rollout.namespaces_that_come | rollout.namespaces_that_leave


def _only(named: tuple[str, frozenset[str]] | None, operator: str) -> frozenset[str]:
    """The namespaces that a binding is for alone; one that is no namespace's name stands for all others."""
    return named[1] if named and named[0] == operator else frozenset({""})


def _names(binding: Data) -> tuple[str, frozenset[str]] | None:
    """How a binding names namespaces, and which; None if it chooses in any other way."""
    chosen = (binding.get("spec") or {}).get("matchResources") or {}
    match chosen.get("namespaceSelector") if len(chosen) == 1 else None:
        case {"matchExpressions": [{"key": key, "operator": operator, "values": values}], **more}:
            if key == _NAME and not more:
                return str(operator), frozenset(map(str, values))
    return None
