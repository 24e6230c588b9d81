"""Where the pods of each class of namespaces can come to run, whatever they say.

Each attempt goes through the admission, which may complete it; what comes out is put to the scheduler's rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from hardener.profile import Profile
from hardener.profile.zones import Zone
from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.admission import Verdict
from hardener.verify.admission.asked import asked as placed
from hardener.verify.answer import Reason
from hardener.verify.nodes.alone import in_words, names, tolerations
from hardener.verify.nodes.attempts import Attempt, attempts
from hardener.verify.nodes.places import POLICIES_SINCE, is_completed, is_refused, own_pools, ways_home
from hardener.verify.nodes.pools import Pool, Taint
from hardener.verify.nodes.scheduler import is_protected, runs_on, tolerates
from hardener.verify.pods.asking import EVERYBODY, SOMEBODY, Asking
from hardener.verify.pods.classes import Class
from hardener.verify.pods.examples import Pod, good
from hardener.verify.pods.expressions import speaks_of, words
from hardener.verify.pods.zones import has_pods

POLICIES: Final = "manifests/cluster/nodes.yaml"
# Nodes of which no file speaks, and that keep others off.
_OTHERS: Final = Pool("of others", {}, (Taint("elsewhere.invalid/own", "yes", "NoExecute"),))
_KEEPING_OFF: Final = ("NoSchedule", "NoExecute")
# A zone that asks for nothing, for pods of nobody's.
_NOBODY: Final = Zone(trust=0)


class Case(Struct, frozen=True):
    """A class of namespaces, and where its pods belong."""

    asking: Asking
    asked: Class
    profile: Profile
    pools: tuple[Pool, ...]
    own: frozenset[str]
    base: Pod

    @property
    def whose(self) -> str:
        """Whose pods these are."""
        return f"zone {self.asked.zone}" if self.asked.zone else "no zone"

    @property
    def at(self) -> KeyPath:
        """Where the profile says where they belong."""
        return ("zones", self.asked.zone, "pools") if self.asked.zone else ()


def placement(
    asking: Asking, asked: Class, profile: Profile, pools: tuple[Pool, ...], met: set[tuple[str | None, ...]]
) -> Iterator[Finding]:
    """What of a class can run where it does not belong, or not where it does; of each way, once.

    `met`: the zones and policies that were asked about by themselves.
    """
    zone = profile.zones[asked.zone] if asked.zone else _NOBODY
    case = Case(asking, asked, profile, pools, own_pools(profile, asked.zone), good(zone, asking.minor))
    if asked.system:
        yield from _system(case)
        return
    if asked.zone and has_pods(zone, profile, case.base):
        yield from _home(case)
    seen = set()
    if asked.zone or is_refused(profile):
        for way, found in (*_ways(case), *_by_policies(case, met)):
            if way not in seen:
                seen.add(way)
                yield found


def _ways(case: Case) -> Iterator[tuple[str, Finding]]:
    """Each way to a wrong place, and what is wrong: what a pod says alone, and beside what brings it home."""
    home = next((way for way in ways_home(case.pools, case.own) if way and not is_completed(case.profile)), {})
    for each in attempts(case.pools):
        for attempt in (each, _beside(each, home)) if home else (each,):
            verdict = _admit(case, attempt)
            if verdict.admitted and is_refused(case.profile):
                yield from _wrong(case, attempt, verdict)


def _by_policies(case: Case, met: set[tuple[str | None, ...]]) -> Iterator[tuple[str, Finding]]:
    """What no policy refuses, of a pod that says where it belongs and more, when it is made and while it waits.

    Classes of one zone for which the same policies hold are asked about once.
    """
    holding = tuple(case.asking.holding(case.asked.name, "pods"))
    about = (case.asked.zone, *(each.name for each in holding))
    if about in met:
        return
    met.add(about)
    home = next((way for way in ways_home(case.pools, case.own) if way), {})
    base = case.base | {"spec": case.base["spec"] | home}
    for one in tolerations(case.pools, case.own, words(each for each in holding if speaks_of(each, "olerations"))):
        pod = base | {"spec": base["spec"] | {"tolerations": [*home.get("tolerations", ()), one]}}
        for operation, when in (("CREATE", ""), ("UPDATE", ", added while it waits")):
            if _passes(case, operation, pod, base):
                what = f"by no policy is a pod refused that tolerates {in_words(one)}{when}"
                yield "tolerates", _finding(case, what)
    for name in names(words(each for each in holding if speaks_of(each, "nodeName"))):
        if _passes(case, "CREATE", base | {"spec": base["spec"] | {"nodeName": name}}, base):
            yield "names", _finding(case, f"by no policy is a pod refused that names the node {name}")


def _passes(case: Case, operation: str, pod: Pod, old: Pod) -> bool:
    before = old if operation == "UPDATE" else None
    judged = case.asking.judge(case.asked.name, "pods", operation, pod, before)
    return judged is not None and not judged.refusals


def _beside(attempt: Attempt, home: Pod) -> Attempt:
    """The attempt of a pod that says where it belongs, and more."""
    fields = attempt.fields
    selector = {**home["nodeSelector"], **fields.get("nodeSelector", {})}
    tolerations = [*home.get("tolerations", ()), *fields.get("tolerations", ())]
    return Attempt(attempt.says, {**fields, "nodeSelector": selector, "tolerations": tolerations})


def _wrong(case: Case, attempt: Attempt, verdict: Verdict) -> Iterator[tuple[str, Finding]]:
    spec = verdict.pod["spec"]
    if strange := sorted(runs_on(spec, case.pools) - case.own):
        yield "runs", _finding(case, f"a pod {attempt.says} can run on pool {', '.join(strange)}")
    elif case.asked.zone and (lured := sorted(runs_on(spec, case.pools, lured=True) - case.own)):
        what = (
            f"a pod {attempt.says} can be lured to pool {', '.join(lured)}: no label that kubelets may not set keeps it"
        )
        yield "lured", _finding(case, what)
    if case.asking.minor >= POLICIES_SINCE and (selected := _selected(case, spec)):
        yield "selects", _finding(case, f"a pod {attempt.says} is admitted, and selects {selected}")
    if tolerated := _foreign(case, spec):
        yield "tolerates", _finding(case, f"a pod {attempt.says} is admitted, and tolerates {tolerated}")
    if attempt.fields.get("nodeName") and case.asking.minor >= POLICIES_SINCE:
        yield "names", _finding(case, f"a pod {attempt.says} is admitted, past the scheduler's judgement")


def _selected(case: Case, spec: Pod) -> str:
    """A label of others' pools that no own pool has, and that the pod selects; empty if none."""
    own = {label for pool in case.pools if pool.name in case.own for label in pool.labels.items()}
    foreign = {label for pool in case.pools for label in pool.labels.items() if is_protected(label[0])} - own
    found = sorted(foreign & set((spec.get("nodeSelector") or {}).items()))
    return f"{found[0][0]}={found[0][1]}, which is others'" if found else ""


def _foreign(case: Case, spec: Pod) -> str:
    """A taint that keeps others off a pool, not of their own, and that the pod tolerates; empty if none."""
    own = {taint for pool in case.pools if pool.name in case.own for taint in pool.taints}
    for pool in (*case.pools, _OTHERS):
        foreign = () if pool.name in case.own else set(pool.taints) - own
        for taint in sorted(foreign):
            tolerated = any(tolerates(each, taint) for each in spec.get("tolerations") or ())
            if tolerated and taint.effect in _KEEPING_OFF:
                return f"{taint} of pool {pool.name}"
    return ""


def _home(case: Case) -> Iterator[Finding]:
    """A pod as it should be is admitted, and can run on every pool of its zone."""
    reached: list[tuple[Verdict, frozenset[str]]] = []
    for way in ways_home(case.pools, case.own):
        if bool(way) == is_completed(case.profile):
            # Where pods are completed, nobody must say anything.
            continue
        verdict = _admit(case, Attempt("", way))
        where = runs_on(verdict.pod["spec"], case.pools) if verdict.admitted else frozenset()
        if where == case.own:
            return
        reached.append((verdict, where))
    if not reached:
        return
    verdict, where = reached[0]
    if verdict.admitted and (missing := ", ".join(sorted(case.own - where))):
        yield _finding(case, f"a pod as it should be cannot run on pool {missing}, where it belongs")
    elif verdict.admitted:
        strange = ", ".join(sorted(where - case.own))
        yield _finding(case, f"a pod as it should be can run on pool {strange} as well, where it does not belong")
    else:
        yield _refused(case, min((each for each, _ in reached), key=lambda each: len(each.refusals)).refusals[0])


def _system(case: Case) -> Iterator[Finding]:
    """The system's pods run anywhere, by whatever they say."""
    everywhere = frozenset(pool.name for pool in case.pools)
    verdict = _admit(case, Attempt("", {"tolerations": [{"operator": "Exists"}]}))
    where = runs_on(verdict.pod["spec"], case.pools) if verdict.admitted else frozenset()
    if where != everywhere:
        missing = ", ".join(sorted(everywhere - where))
        why = f"is refused: {verdict.refusals[0].message}" if verdict.refusals else f"cannot run on pool {missing}"
        message = f"in {case.asked.name} a pod of the system that tolerates everything {why}"
        yield Finding(word="nodes", file=POLICIES, message=message, at=("cluster", "systemNamespaces"))


def _admit(case: Case, attempt: Attempt) -> Verdict:
    pod = case.base | {"spec": case.base["spec"] | attempt.fields}
    return case.asking.admission.admit(pod, case.asked.name, SOMEBODY, EVERYBODY)


def _refused(case: Case, why: Reason) -> Finding:
    """A pod as it should be is refused: the finding is where that says which refuses, and where the profile asks it."""
    found = _finding(case, f"a pod as it should be is refused: {why.message}")
    if not why.file:
        return found
    at = placed(why, case.asked.name, case.profile).at
    return replace(found, file=why.file, line=why.line, object=why.object, at=at or found.at)


def _finding(case: Case, what: str) -> Finding:
    message = f"in {case.asked}, of {case.whose}, {what}"
    for each in case.asking.written.of("ValidatingAdmissionPolicy"):
        if case.asked.zone and each.name.endswith(f"nodes-zone-{case.asked.zone}"):
            return Finding(word="nodes", file=each.file, line=each.line, object=str(each), message=message, at=case.at)
    return Finding(word="nodes", file=POLICIES, message=message, at=case.at)
