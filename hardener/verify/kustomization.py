"""What is applied of the manifests: all of them, as they stand, and nothing from elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, Literal

from msgspec import UNSET, Struct, UnsetType, ValidationError, convert

from hardener.errors import ProfileError, visible
from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.strays import strays
from hardener.verify.written import KUSTOMIZATION, MANIFESTS, READ, Written

_API: Final = ("kustomize.config.k8s.io/v1beta1", "Kustomization")


class _LegacyOrder(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    order_first: list[str] = []
    order_last: list[str] = []


class _Sorted(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """An order by kustomize: SortOrderTransformer.go in api/internal/builtins refuses any other."""

    order: Literal["fifo", "legacy"]
    legacy_sort_options: _LegacyOrder | UnsetType = UNSET


class _Named(Struct, frozen=True, forbid_unknown_fields=True):
    """What a Kustomization may be called: api/types/objectmeta.go of kustomize."""

    name: str = ""
    namespace: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


# Fields that change nothing of what is applied, in the only form in which kustomize takes them.
_HARMLESS: Final = {"metadata": _Named, "sortOptions": _Sorted}


def kustomization(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each file that is left out, comes from elsewhere, is changed on the way, or that nobody knows."""
    for line, message in _wrong(written):
        yield Finding(word="namespaces", file=KUSTOMIZATION, line=line, message=visible(message))
    yield from strays(written.files)


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
    for field in sorted(data.keys() - {"apiVersion", "kind", "resources"}):
        if what := _changed_by(field, data):
            yield _line(lines, f"{field}:"), what
    yield from _listed(data.get("resources"), written, lines)


def _changed_by(field: str, data: dict[str, Any]) -> str:
    """What a field does to what is applied; empty if nothing."""
    if field not in _HARMLESS:
        return f"{field} changes what is applied in ways that nobody here follows"
    try:
        sound = convert(data[field], _HARMLESS[field], strict=True)
    except ValidationError:
        return f"{field} has a form that kustomize does not take: nothing is applied"
    if isinstance(sound, _Sorted) and sound.order == "fifo" and sound.legacy_sort_options is not UNSET:
        return f"{field} has a form that kustomize does not take: nothing is applied"
    return ""


def _listed(resources: Any, written: Written, lines: list[str]) -> Iterator[tuple[int, str]]:
    if not isinstance(resources, list) or not all(isinstance(each, str) for each in resources):
        yield _line(lines, "resources:"), "resources is no list of files"
        return
    times = Counter(each.removeprefix("./") for each in resources)
    listed = {MANIFESTS + name for name in times}
    files = {file for file in written.files if file.startswith(MANIFESTS) and file.endswith(READ)} - {KUSTOMIZATION}
    for file in sorted(files - listed):
        yield _line(lines, "resources:"), f"{file} is not listed: it is not applied"
    for file in sorted(listed - files):
        name = file.removeprefix(MANIFESTS)
        yield (
            _line(lines, f"- {name}"),
            f"{name} is no file of this folder: nobody knows what it brings, or nothing is applied",
        )
    for name in sorted(name for name, number in times.items() if number > 1):
        yield _line(lines, f"- {name}"), f"{name} is listed twice: nothing is applied"


def _line(lines: list[str], beginning: str) -> int:
    """The last line that begins so, from 1; 0 if none does."""
    return max((number for number, line in enumerate(lines, 1) if line.strip().startswith(beginning)), default=0)
