"""What is applied of the manifests: all of them, as they stand, and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hardener.errors import ProfileError
from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.written import KUSTOMIZATION, MANIFESTS, Written

# Fields that change nothing of what is applied.
_HARMLESS: Final = frozenset(["apiVersion", "kind", "metadata", "sortOptions", "resources"])
_API: Final = ("kustomize.config.k8s.io/v1beta1", "Kustomization")


def kustomization(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each file that is left out, comes from elsewhere, or is changed on the way."""
    for line, message in _wrong(written):
        yield Finding(word="namespaces", file=KUSTOMIZATION, line=line, message=message)


def _wrong(written: Written) -> Iterator[tuple[int, str]]:
    if KUSTOMIZATION not in written.files:
        yield 0, "it is missing: nothing says what is applied"
        return
    try:
        data = written.config(KUSTOMIZATION)
    except ProfileError as error:
        yield from ((problem.line, f"cannot be read: {problem.what}") for problem in error.problems)
        return
    if not isinstance(data, dict) or (data.get("apiVersion"), data.get("kind")) != _API:
        yield 1, f"nobody knows what it is, but {' '.join(_API)}"
        return
    lines = written.files[KUSTOMIZATION].splitlines()
    for field in sorted(data.keys() - _HARMLESS):
        yield _line(lines, f"{field}:"), f"{field} changes what is applied in ways that nobody here follows"
    yield from _listed(data.get("resources"), written, lines)


def _listed(resources: Any, written: Written, lines: list[str]) -> Iterator[tuple[int, str]]:
    if not isinstance(resources, list) or not all(isinstance(each, str) for each in resources):
        yield _line(lines, "resources:"), "resources is no list of files"
        return
    listed = {MANIFESTS + each.removeprefix("./") for each in resources}
    files = {file for file in written.files if file.startswith(MANIFESTS) and file.endswith((".yaml", ".yml", ".json"))}
    for file in sorted(files - listed - {KUSTOMIZATION}):
        yield _line(lines, "resources:"), f"{file} is not listed: it is not applied"
    for file in sorted(listed - files):
        name = file.removeprefix(MANIFESTS)
        yield (
            _line(lines, f"- {name}"),
            f"{name} is no file of this folder: nobody knows what it brings, or nothing is applied",
        )
    for name in (
        sorted({each for each in resources if resources.count(each) > 1}) if len(resources) > len(listed) else ()
    ):
        yield _line(lines, f"- {name}"), f"{name} is listed twice: nothing is applied"


def _line(lines: list[str], beginning: str) -> int:
    """The last line that begins so, from 1; 0 if none does."""
    return max((number for number, line in enumerate(lines, 1) if line.strip().startswith(beginning)), default=0)
