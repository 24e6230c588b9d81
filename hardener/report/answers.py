"""The one answer to a control, out of what carries it out, what is missing, what is accepted, and what is left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from hardener.catalog import distribution, minor
from hardener.catalog.controls import Control
from hardener.explain.world import World
from hardener.report import Answer, Answered, Evidence, State, accepted, levels, refuted
from hardener.report.accepted import Accepted
from hardener.report.carried import Carried, carried
from hardener.verify import Finding

_PROVIDER: Final = "provider"
# Of these one is enough: a profile need not ask for the others.
_EITHER: Final = frozenset({"api-server.oidc", "api-server.token-webhook"})


class Facts(Struct, frozen=True, kw_only=True):
    """All that an answer is made from. `measures` are without those that this version has nothing of any more.

    `rest` is somebody else's part. `refuted` are the measures that `verify` has found something against, `lifted` those
    whose want an exception accepts.
    """

    measures: tuple[Carried, ...]
    gone: tuple[Carried, ...]
    broken: tuple[Evidence, ...]
    below: tuple[Evidence, ...]
    accepted: tuple[Evidence, ...]
    refuted: frozenset[str]
    lifted: frozenset[str]
    rest: tuple[Evidence, ...]

    @property
    def missing(self) -> tuple[Carried, ...]:
        """What nothing carries out, and nobody accepts."""
        return tuple(each for each in self.measures if not each.holds and each.measure not in self.lifted)

    @property
    def holding(self) -> tuple[Carried, ...]:
        """What is carried out."""
        return tuple(each for each in self.measures if each.holds)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Everything, what is wrong first."""
        wanting = [one for each in self.measures if not each.holds for one in each.evidence]
        held = [one for each in self.holding for one in each.evidence]
        gone = [one for each in self.gone for one in each.evidence]
        return (*self.broken, *self.below, *wanting, *self.accepted, *self.rest, *held, *gone)


def answered(
    control: Control, level: int | None, findings: Iterable[Finding], exempt: Iterable[Accepted], world: World
) -> Answered:
    """The answer to a control of a framework that is asked for up to a level, with what it rests on."""
    if level is not None and control.level is not None and control.level > level:
        says = f"the profile asks for level {level}, and this is of level {control.level}"
        said = world.said(("compliance", "cis", "level"))
        evidence = Evidence(state="elsewhere", says=says, decided=(said,))
        return Answered(control=control, answer="not-applicable", evidence=(evidence,))
    facts = _facts(control, findings, exempt, world)
    return Answered(control=control, answer=_answer(control, facts, world), evidence=facts.evidence)


def _facts(control: Control, findings: Iterable[Finding], exempt: Iterable[Accepted], world: World) -> Facts:
    found = [carried(each, control, world) for each in control.measures]
    enough = any(each.holds and each.measure in _EITHER for each in found)
    found = [each for each in found if each.holds or not (enough and each.measure in _EITHER)]
    touched = [*accepted.touching(control, exempt, world)]
    against = [*refuted.touching(control, findings, world)]
    return Facts(
        measures=tuple(each for each in found if not each.gone),
        gone=tuple(each for each in found if each.gone),
        broken=tuple(evidence for evidence, _ in against),
        below=tuple(levels.below(control, world)),
        accepted=tuple(evidence for evidence, _ in touched),
        refuted=frozenset(measure for _, measures in against for measure in measures),
        lifted=frozenset(measure for _, measure in touched if measure),
        rest=_rest(control, world),
    )


def _rest(control: Control, world: World) -> tuple[Evidence, ...]:
    """What somebody else has to do, if anybody has at this version."""
    at = minor(world.profile.cluster.kubernetes)
    if not control.by or (control.since and at < minor(control.since)):
        return ()
    target = distribution(world.profile.cluster.distribution)
    # Where no provider runs the control plane, a part of what is a provider's is the administrator's.
    who = target.control_plane if control.by == _PROVIDER and control.measures else control.by
    state: State = "elsewhere" if control.answer == "not-applicable" else "left"
    said = world.said(("cluster", "distribution"))
    return (Evidence(state=state, says=control.why, who=who, decided=(said,)),)


def _answer(control: Control, facts: Facts, world: World) -> Answer:
    if facts.broken:
        return "partly" if {each.measure for each in facts.holding} - facts.refuted else "not-met"
    if control.answer == "not-met":
        return "not-met"
    if not facts.measures:
        return _of_nobody(control, facts)
    if facts.missing:
        return "partly" if facts.holding else _missing(facts, control, world)
    if any(each.state == "missing" for each in facts.below):
        return "partly"
    if facts.accepted or facts.below:
        return "accepted"
    if any(each.state == "left" for each in facts.rest):
        return "partly"
    by_hand = [each for each in facts.holding if each.by_hand]
    if by_hand:
        return "by-hand" if len(by_hand) == len(facts.holding) else "partly"
    return "met"


def _of_nobody(control: Control, facts: Facts) -> Answer:
    """The answer where there is nothing that hardener could do at this version."""
    if facts.accepted:
        return "accepted"
    if not facts.rest:
        return "not-applicable"
    if control.answer == "not-applicable":
        return "not-applicable"
    return "provider" if control.by == _PROVIDER else "by-hand"


def _missing(facts: Facts, control: Control, world: World) -> Answer:
    """The answer where nothing of it is carried out: whoever must act says it."""
    whose = {one.who for each in facts.missing for one in each.evidence}
    if whose == {_PROVIDER}:
        return "provider"
    if distribution(world.profile.cluster.distribution).control_plane == _PROVIDER and "administrator" in whose:
        return "by-hand"
    asked = whose == {"whoever writes the profile"}
    return "by-hand" if asked and facts.rest else "not-met"
