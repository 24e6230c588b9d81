"""Controls: what the frameworks of this field ask for, and by which measures hardener carries each of them out.

Measures know nothing of frameworks: a control names them. One that hardener does not carry out, or not all of it, says
who does and why. A file of YAML holds what one framework has of its own, `frameworks.yaml` lists them all, and
`reasons.yaml` says once what would stand in many places. Titles are in our own words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from hardener.catalog.controls.control import Control, Framework
from hardener.catalog.controls.reading import controls, frameworks

__all__ = ["Control", "Framework", "chosen", "controls", "frameworks", "of_measure"]


def of_measure(measure: str, among: Iterable[str] | None = None) -> tuple[Control, ...]:
    """The controls that a measure carries out, or part of them: of frameworks by their names, or of all that there are.

    Only the files of these frameworks are read.
    """
    names = (each.name for each in frameworks()) if among is None else among
    return tuple(control for name in names for control in _by_measure(name).get(measure, ()))


def chosen(choice: str, version: str | None, distribution: str, at: int) -> Framework | None:
    """The framework that a profile means by a key of its `compliance`, for a cluster of minor version `at`.

    Without a version it is the newest that was written for the cluster's, and for a cluster older than all, the oldest.
    One for the distribution comes before one for every distribution. None: hardener knows none of that version.

    >>> [chosen("cis", None, "kubeadm", at).version for at in (24, 33, 34)]
    ['1.12', '1.12', '2.0']
    >>> chosen("cis", None, "eks", 33).name
    'cis-eks-1.8.0'
    """
    named = [each for each in frameworks() if each.choice == choice and version in (None, each.version)]
    own = [each for each in named if each.distribution == distribution]
    fitting = own or [each for each in named if not each.distribution]
    if version is None:
        fitting = [each for each in fitting if each.kubernetes.since <= at] or fitting[:1]
    return fitting[-1] if fitting else None


@cache
def _by_measure(framework: str) -> Mapping[str, tuple[Control, ...]]:
    found: dict[str, tuple[Control, ...]] = {}
    for control in controls(framework):
        for measure in control.measures:
            found[measure] = (*found.get(measure, ()), control)
    return found
