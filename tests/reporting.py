"""Profiles reported on, for every version and distribution."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from hardener.catalog.controls import frameworks
from hardener.cli.work import Rendering, rendering
from hardener.explain.world import World
from hardener.report import Answered, Coverage
from hardener.report.coverage import coverage
from hardener.source import load, parse
from hardener.verify import Finding
from tests.rendering import HEAD

ROOT = Path(__file__).parent.parent
BODY = """\
zones:
  apps: {trust: 50}
tenants:
  team:
    access:
      - {role: admin, groups: [team-leads]}
    namespaces:
      web: {zone: apps}
"""
_CNIS = {"rke2": "canal"}


@cache
def rendered(name: str) -> Rendering:
    """A profile of profiles/ by its name, or a text, with all that becomes of it."""
    source = parse(name, "profile.yaml") if "\n" in name else load(ROOT / "profiles" / f"{name}.yaml")
    return rendering(source, Path("output"))


@cache
def world(name: str) -> World:
    """The same as a report sees it. What was worked out once is kept."""
    made = rendered(name)
    return World(made.source, made.profile, made.plan, made.artifacts)


def profile(body: str = BODY, *, distribution: str = "kubeadm", version: str = "1.34") -> str:
    """A small profile for a distribution and a version."""
    head = HEAD.format(version=version, cni=_CNIS.get(distribution, "calico"))
    return head.replace("distribution: kubeadm", f"distribution: {distribution}") + body


def covered(known: World, name: str, findings: Iterable[Finding] = ()) -> Coverage:
    """How far one framework is met, by its name."""
    return _covered(known, name, tuple(findings))


@cache
def _covered(known: World, name: str, findings: tuple[Finding, ...]) -> Coverage:
    (about,) = [each for each in frameworks() if each.name == name]
    (found,) = coverage([about], findings, known)
    return found


def answers(found: Coverage) -> dict[str, str]:
    """Each answer by the id of its control."""
    return {each.control.id: each.answer for each in found.controls}


def one(found: Coverage, id: str) -> Answered:
    """A control with its answer."""
    (answered,) = [each for each in found.controls if each.control.id == id]
    return answered
