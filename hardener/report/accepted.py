"""The exceptions of the profile that accept what a control forbids.

What they accept is asked of the rules: a refusal names its place exactly, an exception perhaps a parent of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from hardener.catalog.controls import Control
from hardener.errors import Problem
from hardener.explain.decided import path_of
from hardener.explain.places import Here
from hardener.explain.world import World
from hardener.profile.review import Exemption
from hardener.report import Evidence
from hardener.rules import refused
from hardener.rules.exceptions import END_OF_LIFE

# The controls that a rule keeps, by the names of CIS, which others stand beside as `same`, or by their own.
_RULES: Final = {
    "escalation.service-account": ("CIS 5.1.4", "CIS 5.1.8"),
    "kubernetes.end-of-life": ("NSA-UPG-1", "V-242443"),
    "pool.mixed-trust": ("NSA-NET-9",),
    "role.escalation": ("CIS 5.1.8", "CIS 5.1.10", "CIS 5.1.11", "CIS 5.1.13"),
    "role.guard-rails": ("CIS 5.1.12",),
    "role.secrets": ("CIS 5.1.2",),
    "role.wildcard": ("CIS 5.1.3",),
}
# What a setting that is no flag and no field of its own is part of.
_SETTINGS: Final = {
    "controlPlane.admission.alwaysPullImages": "admission.always-pull-images",
    "controlPlane.admission.denyServiceExternalIPs": "admission.deny-external-ips",
    "controlPlane.admission.eventRateLimit": "admission.event-rate-limit",
    "controlPlane.admission.podSecurity": "admission.pod-security",
    "controlPlane.audit.level": "audit.policy",
    "controlPlane.authentication.bootstrapTokens": "api-server.bootstrap-tokens",
    "controlPlane.authorization": "api-server.authorization",
    "controlPlane.encryption": "secrets.encryption",
    "controlPlane.rotation.servingCertificates": "kubelet.serving-certificates",
}


_SETTING: Final = "settings.weak"
# Of a part of the profile that is larger than controlPlane.audit.log, not all is meant.
_NEAR: Final = 3


class Accepted(Struct, frozen=True, kw_only=True):
    """What a rule refuses somewhere, and the exception that accepts it; `number` is its place among all of them.

    `places` are the lines of the output that say what is refused.
    """

    problem: Problem
    exemption: Exemption
    number: int
    places: tuple[Here, ...]


def accepted(world: World) -> tuple[Accepted, ...]:
    """Everything that is refused and accepted."""
    if not world.profile.exceptions:
        return ()
    problems = [*refused(world.profile, world.source)]
    found = [each for problem in problems for each in _by_exception(problem.rule, problem.where, problem, world)]
    rule, where = END_OF_LIFE
    old = world.source.problem(("cluster", "kubernetes"), "a version that nobody maintains", rule=rule)
    return (*found, *_by_exception(rule, where, old, world))


def touching(control: Control, known: Iterable[Accepted], world: World) -> Iterator[tuple[Evidence, str]]:
    """What is accepted of that which a control forbids, each with the measure that it weakens, if it is one."""
    for each in known:
        measure = _weakens(each, control)
        if measure is not None:
            yield _evidence(each, measure, world), measure


def _by_exception(rule: str, where: str, problem: Problem, world: World) -> Iterator[Accepted]:
    for number, each in enumerate(world.profile.exceptions):
        if each.rule == rule and f"{where}.".startswith(f"{each.at}."):
            yield Accepted(problem=problem, exemption=each, number=number, places=_places(problem, world))
            return


def _places(problem: Problem, world: World) -> tuple[Here, ...]:
    """The settings that the profile decides where something is refused; or else, the nearest above it."""
    if problem.rule != _SETTING:
        return ()
    path = path_of(world, problem.where)
    exact = tuple(each for each in world.places.all if each.at[: len(path)] == path)
    above = [each for each in world.places.all if len(each.at) >= _NEAR and path[: len(each.at)] == each.at]
    nearest = max((len(each.at) for each in above), default=0)
    return exact or tuple(each for each in above if len(each.at) == nearest)


def _weakens(each: Accepted, control: Control) -> str | None:
    """The measure of a control that a refusal is about; empty for one that is about the control as a whole."""
    problem = each.problem
    if {control.name, *control.same} & {*_RULES.get(problem.rule, ())}:
        return ""
    if problem.rule != _SETTING:
        return None
    for begin, measure in _SETTINGS.items():
        if f"{problem.where}.".startswith(f"{begin}.") and measure in control.measures:
            return measure
    about = (here.measure for here in each.places if control.is_about(here.name) and here.measure in control.measures)
    return next(about, None)


def _evidence(each: Accepted, measure: str, world: World) -> Evidence:
    said = each.exemption
    return Evidence(
        state="accepted",
        says=f"{each.problem.where}: {each.problem.what}; {said.owner} accepts it until {said.expires}: {said.reason}",
        measure=measure,
        decided=(world.said(("exceptions", each.number)), world.said(path_of(world, each.problem.where))),
        who=said.owner,
    )
