"""The pods of each zone: what keeps its demands is admitted, and what breaks one is not.

Every pod is asked about twice: `demands` says what the profile makes of it, `admission` what the API server would. A
pod that is completed on its way in is judged as it comes out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from hardener.catalog.kubernetes import minor
from hardener.profile import Profile
from hardener.profile.zones import Zone
from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.nodes.places import own_pools, ways_home
from hardener.verify.nodes.pools import Pool
from hardener.verify.objects import finding
from hardener.verify.pods.asking import Asking
from hardener.verify.pods.blame import POLICIES, blamed
from hardener.verify.pods.classes import Class
from hardener.verify.pods.demands import POLICIES_SINCE, SECURITY_POLICIES_UNTIL, Demand, demands, first_broken
from hardener.verify.pods.examples import (
    Example,
    Pod,
    added,
    containers,
    elsewhere,
    good,
    levels,
    of_accounts,
    whole,
)
from hardener.verify.pods.expressions import asks_what_runs, security_policy_words, words
from hardener.verify.pods.observed import PATTERNS

# Before, the field hostUsers is forgotten, and where a zone asks for it every pod is refused.
_USER_NAMESPACES_SINCE: Final = 33
_ADDED: Final = "pods/ephemeralcontainers"
_TRIED: Final = 2
# Texts that are no part of what a pod says of itself.
_NO_NAMES: Final = frozenset([*PATTERNS, "", ",", ":", "CREATE", "UPDATE"])


def zone_findings(asking: Asking, asked: Class, profile: Profile, pools: tuple[Pool, ...]) -> Iterator[Finding]:
    """What is admitted or refused wrongly in a class of namespaces of a zone; of each thing asked for, once."""
    zone = profile.zones[asked.zone or ""]
    wished = good(zone, asking.minor)
    if not has_pods(zone, profile, wished):
        return
    wanted = demands(zone, profile.cluster, asked.with_token)
    base, stored = _admitted(asking, asked, wished, ways_home(pools, own_pools(profile, asked.zone)))
    seen = set()
    for key, found in _judged(Case(asking, asked, zone, wanted, base, stored)):
        if key not in seen:
            seen.add(key)
            yield found


def has_pods(zone: Zone, profile: Profile, wished: Pod) -> bool:
    """Is there a pod that a zone takes? None, if it asks for what breaks its own level, or for what is forgotten."""
    at = minor(profile.cluster.kubernetes)
    if zone.user_namespaces and POLICIES_SINCE <= at < _USER_NAMESPACES_SINCE:
        return False
    return first_broken(demands(zone, profile.cluster, frozenset()), wished) is None


class Case(Struct, frozen=True):
    """What is asked about in a class: a pod that is as wanted, as it is sent and as it is stored."""

    asking: Asking
    asked: Class
    zone: Zone
    wanted: tuple[Demand, ...]
    base: Pod
    stored: Pod


def _judged(case: Case) -> Iterator[tuple[str, Finding]]:
    """Each finding, and what it is about. Of most pods policies are asked by themselves: nobody else cares."""
    yield from _sent(case, (*levels(case.base), *of_accounts(case.base, case.asked.accounts)))
    texts, at = _texts(case), case.asking.minor
    differing = (whole(case.zone, case.stored, texts, at), containers(case.zone, case.stored, texts))
    if at >= POLICIES_SINCE:
        yield from _asked(case, *differing)
    elif at <= SECURITY_POLICIES_UNTIL:
        named = security_policy_words(case.asking.written)
        for examples in (whole(case.zone, case.base, named, at), containers(case.zone, case.base, named)):
            yield from _sent(case, tuple(examples))


def _texts(case: Case) -> tuple[str, ...]:
    """The texts that policies for these pods compare with, and that a pod can say where it says names."""
    bound = (each for each in case.asking.holding(case.asked.name, "pods") if asks_what_runs(each))
    return tuple(sorted(word for word in words(bound) - _NO_NAMES if word.isprintable()))


def _admitted(asking: Asking, asked: Class, pod: Pod, ways: Iterator[Pod]) -> tuple[Pod, Pod]:
    """The pod as it says where it runs, with as little as is enough, and as it is stored; as it is, if never."""
    for way in ways:
        placed = pod | {"spec": pod["spec"] | way}
        verdict = asking.admit(placed, asked.name)
        if verdict.admitted:
            return placed, verdict.pod
    return pod, pod


def _sent(case: Case, examples: tuple[Example, ...]) -> Iterator[tuple[str, Finding]]:
    """What the whole of admission makes of new pods."""
    for each in examples:
        verdict = case.asking.admit(each.pod, case.asked.name)
        broken = first_broken(case.wanted, verdict.pod)
        if verdict.admitted and broken:
            yield broken[0], _let_in(case, f"a pod {each.says}", *broken)
        elif not verdict.admitted and not broken and not first_broken(case.wanted, each.pod):
            why = verdict.refusals[0]
            yield "", _refused(case, each, why.message, why.file, why.line, why.object)


def _asked(case: Case, pods: Iterator[Example], containers: Iterator[Example]) -> Iterator[tuple[str, Finding]]:
    """What admission policies make of new pods, and of changes to those that run.

    A container that is refused alone is tried in every other place, the first few that break the same demand.
    """
    for each in pods:
        yield from _ask(case, each.says, "pods", "CREATE", each.pod, each)
    tried: dict[str, int] = {}
    for each in containers:
        yield from _ask(case, each.says, "pods", "CREATE", each.pod, each)
        broken = first_broken(_later(case), each.pod)
        key = broken[0] if broken else ""
        tried[key] = tried.get(key, 0) + 1
        if tried[key] > _TRIED:
            continue
        for other in elsewhere(case.stored, each):
            yield from _ask(case, other.says, "pods", "CREATE", other.pod, other)
        yield from _ask(case, f"{each.says}, changed while it runs,", "pods", "UPDATE", each.pod, each)
        later = added(case.stored, each)
        yield from _ask(case, f"{each.says}, added while it runs,", _ADDED, "UPDATE", later, each)


def _ask(
    case: Case, says: str, resource: str, operation: str, pod: Pod, example: Example
) -> Iterator[tuple[str, Finding]]:
    old = case.stored if operation == "UPDATE" else None
    judged = case.asking.judge(case.asked.name, resource, operation, pod, old)
    if judged is None:
        return
    broken = first_broken(_later(case), pod)
    if broken and not judged.refusals:
        yield broken[0], _let_in(case, f"a pod {says}", *broken)
    elif judged.refusals and not broken:
        by = judged.refusals[0]
        yield "", _refused(case, example, by.message, by.policy.file, by.line, str(by.policy))


def _later(case: Case) -> tuple[Demand, ...]:
    """What policies are asked for: all but the level, which the labels of the namespace say."""
    return tuple(each for each in case.wanted if each.key != "podSecurity")


def _refused(case: Case, example: Example, why: str, file: str, line: int, object: str) -> Finding:
    message = (
        f"in {case.asked} a pod {example.says} is refused, and keeps all that zone {case.asked.zone} asks for: {why}"
    )
    at = ("zones", case.asked.zone or "")
    return Finding(word="pods", file=file or POLICIES, line=line, object=object, message=message, at=at)


def _let_in(case: Case, what: str, key: str, broken: str) -> Finding:
    asked = case.asked
    message = f"in {asked} {what} is admitted, and breaks what zone {asked.zone} asks for: {broken}"
    at: KeyPath = (*asked.at, key) if key == "serviceAccounts" else ("zones", asked.zone or "", key)
    where = blamed(case.asking.written, asked, key)
    if where is None:
        return Finding(word="pods", file=POLICIES, message=message, at=at)
    return finding("pods", where, message, at=at)
