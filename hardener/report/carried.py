"""Whether a measure is carried out here, as far as a control is about it; and if it is not, who must act."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from hardener.catalog import Distribution, Setting, distribution, measures, minor
from hardener.catalog.controls import Control
from hardener.explain.places import Here
from hardener.explain.world import World
from hardener.plan.admission import FIRST
from hardener.report import Evidence
from hardener.report.sections import gaps, section
from hardener.report.shown import by_files, by_settings, nearest_said
from hardener.source import KeyPath

# What has no setting of its own, and is carried out by policies that an API server judges from this version on.
_SINCE: Final = dict.fromkeys(("nodes.placement", "pods.admission", "pods.guard-rails", "pods.services"), FIRST)
# What flags did once and files do now: that its flags are gone does not end it.
_GOES_ON: Final = frozenset({"api-server.oidc", "nodes.taints"})
_PLUGINS: Final = ("kube-apiserver", "enable-admission-plugins")
_VERSION: Final = ("cluster", "kubernetes")
_DISTRIBUTION: Final = ("cluster", "distribution")
# What is never left to a profile, and is written wherever a distribution does without files of static pods.
_STATIC_PODS: Final = "kubelet.static-pods"
# What sets nothing of a component and is done where the control plane runs, or by who makes the hosts' image.
_THEIRS: Final = ("admission.", "audit.", "secrets.", "nodes.permissions")


class Carried(Struct, frozen=True, kw_only=True):
    """What becomes of a measure here. `gone`: this version of Kubernetes has nothing of it any more.

    `by_hand`: it is carried out by scripts that somebody must run. Without `holds` the evidence says what is missing.
    """

    measure: str
    holds: bool
    gone: bool = False
    by_hand: bool = False
    evidence: tuple[Evidence, ...] = ()


def carried(measure: str, control: Control, world: World) -> Carried:
    """What becomes of a measure here, as far as a control is about it."""
    if reason := _gone(measure, world):
        return Carried(measure=measure, holds=False, gone=True, evidence=(reason,))
    files = [path for path, each in world.artifacts.items() if measure in each.measures]
    if not files:
        return Carried(measure=measure, holds=False, evidence=tuple(_missing(measure, world)))
    lacking = tuple(_unset(measure, control, world))
    shown = tuple(by_settings(measure, places_of(measure, control, world), world)) or tuple(
        by_files(measure, files, world)
    )
    by_hand = all(world.artifacts[path].executable for path in files)
    return Carried(measure=measure, holds=not lacking, by_hand=by_hand, evidence=lacking or shown)


def settings_of(measure: str, control: Control, world: World) -> list[Setting]:
    """The settings of a measure that this version knows and a control is about."""
    at = minor(world.profile.cluster.kubernetes)
    return [each for each in measures()[measure].settings if at in each.span and control.is_about(each.name)]


def places_of(measure: str, control: Control, world: World) -> list[Here]:
    """The lines that set something of a measure that a control is about."""
    known = settings_of(measure, control, world)
    named = {(each.component, each.name) for each in known if each.sort != "plugin"}
    found = [each for each in world.places.all if (each.component, each.name) in named]
    plugins = [each.name for each in known if each.sort == "plugin"]
    return [*found, *(each for each in world.places.of(*_PLUGINS) for name in plugins if _says(each, name, world))]


def _says(here: Here, word: str, world: World) -> bool:
    lines = world.artifacts[here.file].text.splitlines()[here.line - 1 : here.line + 1]
    return any(re.search(rf"\b{re.escape(word)}\b", line) for line in lines)


def _gone(measure: str, world: World) -> Evidence | None:
    """Why a version has nothing of a measure any more, if that is so."""
    at, known = minor(world.profile.cluster.kubernetes), measures()[measure].settings
    if not known or measure in _GOES_ON or any(at in each.span or at < each.span.since for each in known):
        return None
    version, title = world.profile.cluster.kubernetes, measures()[measure].title
    says = f"Kubernetes {version} no longer has what it is done by: {title}"
    return Evidence(state="elsewhere", says=says, measure=measure, decided=(nearest_said(_VERSION, world),))


def _missing(measure: str, world: World) -> Iterator[Evidence]:
    """Why nothing carries a measure out, and who must act."""
    title = measures()[measure].title
    at, since = minor(world.profile.cluster.kubernetes), _first(measure)
    if at < since:
        says = f"Kubernetes {world.profile.cluster.kubernetes} has no means for it, and 1.{since} does: {title}"
        yield _lack(measure, says, "administrator", _VERSION, world)
        return
    found = gaps(measure, world)
    for gap in found:
        yield _lack(measure, gap.what, gap.who, tuple(gap.path.split(".")), world)
    if found:
        return
    target = distribution(world.profile.cluster.distribution)
    if _is_the_providers(measure, target):
        says = f"{target.title} decides it, and nothing here does: {title}"
        yield _lack(measure, says, "provider", _DISTRIBUTION, world)
    else:
        says = f"nothing in this profile asks for it: {title}"
        yield _lack(measure, says, "whoever writes the profile", section(measure), world)


def _lack(measure: str, says: str, who: str, at: KeyPath, world: World) -> Evidence:
    return Evidence(state="missing", says=says, measure=measure, who=who, decided=(nearest_said(at, world),))


def _first(measure: str) -> int:
    """The first version that has means for a measure."""
    spans = [each.span.since for each in measures()[measure].settings]
    return _SINCE.get(measure, min(spans, default=0))


def _is_the_providers(measure: str, target: Distribution) -> bool:
    """Is it decided by whoever runs the control plane and makes the hosts' image, if anybody does, or installs it?"""
    settings = measures()[measure].settings
    if any(_is_its_own(each, target) for each in settings) or measure == _STATIC_PODS:
        return True
    on_kubelets = {each.component for each in settings} <= {"kubelet"}
    of_theirs = measure.startswith(_THEIRS) or not on_kubelets
    return target.control_plane == "provider" and of_theirs


def _is_its_own(setting: Setting, target: Distribution) -> bool:
    """Does a distribution set it, or name a file there that it keeps where nobody else knows?"""
    own = setting.name in target.own.get(setting.component, ())
    return own or bool(setting.file and setting.file not in target.files)


def _unset(measure: str, control: Control, world: World) -> Iterator[Evidence]:
    """What a control names and no file sets, though others of the measure are set."""
    if not control.sets:
        return
    target = distribution(world.profile.cluster.distribution)
    there = {(each.component, each.name) for each in places_of(measure, control, world)}
    for each in settings_of(measure, control, world):
        if (each.component, each.name) in there:
            continue
        if _is_its_own(each, target):
            yield _lack(measure, f"{target.title} sets {each.name} itself", "provider", _DISTRIBUTION, world)
        else:
            yield _lack(measure, f"nothing here sets {each.name}", "administrator", section(measure), world)
