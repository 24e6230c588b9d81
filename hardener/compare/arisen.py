"""Doubts that arose: what nobody understands counts as known only where all that it is about is the same.

A doubt that stood before says nothing of what it stands on: a DaemonSet that nobody judges may have become another one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from hardener.errors import visible
from hardener.source.manifests import Reader
from hardener.verify import Finding
from hardener.verify.objects import objects_in
from hardener.verify.strays import HARMLESS
from hardener.verify.written import KUSTOMIZATION, MANIFESTS, READ

# A folder of output: its texts by path, and what is found in it.
_Found = tuple[Iterable[Finding], Mapping[str, str]]
_Doubt = tuple[Finding, Mapping[str, str]]

# What else stands in one changes nothing, or has a form in which nothing at all is applied.
_LISTING: Final = {"apiVersion", "kind", "metadata", "resources", "sortOptions"}


def arisen(here: _Found, there: _Found, told: Collection[str] = ()) -> Iterator[Finding]:
    """The findings of one side that the other has not, or has of something that says something else.

    Equal data says the same: comments and the order of keys are nothing, and neither is what stands below the keys
    `told`, of which the difference is told by itself.
    """
    others: dict[tuple[str, str], list[Finding]] = {}
    for each in there[0]:
        others.setdefault(said_of(each), []).append(each)
    for each in here[0]:
        if not any(_alike((each, here[1]), (other, there[1]), told) for other in others.get(said_of(each), ())):
            yield each


def said_of(finding: Finding) -> tuple[str, str]:
    """What is said, and of what: an object wherever it stands, or a file."""
    return finding.object or finding.file, finding.message


def _alike(one: _Doubt, other: _Doubt, told: Collection[str]) -> bool:
    if one[0].file == KUSTOMIZATION:
        return _applied(one[1]) == _applied(other[1])
    return _text(one) == _text(other) or _about(*one, told) == _about(*other, told)


def _text(doubt: _Doubt) -> str | None:
    return doubt[1].get(doubt[0].file)


def _about(finding: Finding, files: Mapping[str, str], told: Collection[str]) -> list[str]:
    """All that a finding is about: its object, or else its whole file."""
    text = files.get(finding.file, "")
    if not finding.file.endswith(READ):
        return [text]
    parts = [*Reader().parts(text, finding.file)]
    objects = (each for part in parts if not part.problems for each in objects_in(part, finding.file))
    mine = [_said(each.data, told) for each in objects if finding.object and visible(str(each)) == finding.object]
    return sorted(mine or (part.text if part.problems else _said(part.data, told) for part in parts))


def _applied(files: Mapping[str, str]) -> list[str]:
    """What a kustomization does, with the files that it may name and nobody else reads.

    Where it does nothing but list files, each of them is told by itself.
    """
    parts = [*Reader().parts(files.get(KUSTOMIZATION, ""), KUSTOMIZATION)]
    if all(_only_lists(part.data) for part in parts):
        return []
    brought = (path for path in sorted(files) if path.startswith(MANIFESTS) and HARMLESS.fullmatch(path))
    texts = (each for path in brought for each in (path, files[path]))
    return [*(part.text if part.problems else _said(part.data) for part in parts), *texts]


def _only_lists(data: Any) -> bool:
    return isinstance(data, dict) and data.keys() <= _LISTING and isinstance(data.get("resources"), list)


def _said(data: Any, told: Collection[str] = ()) -> str:
    """Data as a text that is the same for the same data, and tells yes from 1."""
    if isinstance(data, dict):
        pairs = (f"{key!r}: {_said(value, told)}" for key, value in data.items() if key not in told)
        return f"{{{', '.join(sorted(pairs))}}}"
    return f"[{', '.join(_said(each, told) for each in data)}]" if isinstance(data, list) else repr(data)
