"""Traffic: both ends of what is new are opened before anything is closed.

Policies only add to each other, so that one with the rules of both sides lets pass what either lets pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

from hardener.compare.steps import Key, Step
from hardener.compare.steps.rollout import Data, Rollout

KINDS: Final = ("NetworkPolicy", "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy")
_DIRECTIONS: Final = ("ingress", "egress")


def network(rollout: Rollout) -> None:
    """Open what is new, look, close what is gone; one step where there is nothing to close, or to open."""
    there = rollout.namespaces_that_come | rollout.namespaces_that_leave
    come = [key for key in rollout.coming(*KINDS) if key[1] not in there]
    changed = rollout.changed(*KINDS)
    gone = [key for key in rollout.going(*KINDS) if key[1] not in there]
    opening = (*_isolating_last(rollout, come), *(_with_both(rollout, key) for key in changed))
    rollout.step(
        Step(
            title="Open both ends of what is new",
            why="A flow passes only if the way out and the way in are open; what moves finds the new way before the "
            "old one is closed.",
            apply=opening,
            look=(
                "everything that moves has moved: nothing uses the old ways any more",
                "$ hardener reach NEW FROM TO PORT",
            ),
        )
    )
    rollout.step(
        Step(
            title="Close what is no longer allowed",
            why="Whatever goes on passes by what is open on the new side. Connections that are open already may live "
            "on until they end, as the network plugin has it.",
            apply=rollout.finals(changed),
            delete=tuple(gone),
            look=("what is refused now, in the network plugin's own log, was meant to be",),
        )
    )


def _isolating_last(rollout: Rollout, keys: list[Key]) -> list[Data]:
    """What opens before what isolates, so that pods which nothing isolates yet keep what they may have."""
    return sorted(
        rollout.finals(keys), key=lambda each: not any((each.get("spec") or {}).get(way) for way in _DIRECTIONS)
    )


def _with_both(rollout: Rollout, key: Key) -> Data:
    """The new policy with what the old one lets pass; the old one itself where the two cannot be one."""
    old, new = rollout.old[key].data, rollout.new[key].data
    before, after = (side.get("spec") for side in (old, new))
    if not isinstance(before, dict) or not isinstance(after, dict) or _apart(before) != _apart(after):
        return old
    spec = {**after}
    for way in _DIRECTIONS:
        if way in before or way in after:
            spec[way] = _rules(before.get(way) or [], after.get(way) or [])
    if "policyTypes" in after:
        were = before.get("policyTypes") or []
        more = [each for each in were if each not in after["policyTypes"]]
        spec["policyTypes"] = were if set(were) >= set(after["policyTypes"]) else [*after["policyTypes"], *more]
    return old if spec == before else {**new, "spec": spec}


def _apart(spec: dict[str, Any]) -> dict[str, Any]:
    """All of a policy but what it opens: whom it is for, and what it denies."""
    return {key: value for key, value in spec.items() if key not in (*_DIRECTIONS, "policyTypes")}


def _rules(before: list[Any], after: list[Any]) -> list[Any]:
    """The rules of both; those of one side only where they open what no rule of the other opens as it stands."""
    opens, opened = ({atom for rule in rules for atom in _atoms(rule)} for rules in (after, before))
    if opens <= opened:
        return before
    return [*after, *(rule for rule in before if rule not in after and not opens.issuperset(_atoms(rule)))]


def _atoms(rule: Any) -> Iterator[str]:
    """Each peer with each port that a rule names; a rule that names something else as well is one of its own kind."""
    if not isinstance(rule, dict) or not rule.keys() <= {"from", "to", "ports"}:
        yield repr(rule)
        return
    peers = rule.get("from") or rule.get("to") or ["everybody"]
    yield from (repr(pair) for pair in product(peers, rule.get("ports") or ["every port"]))
