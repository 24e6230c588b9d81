"""A ResourceList: what a KRM function is given and gives back.

The format: https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from msgspec import Struct

from hardener.errors import ProfileError, UsageError, visible
from hardener.source import Source, load_data, parse
from hardener.source.manifests import Part

KIND: Final = "ResourceList"
STDIN: Final = "<stdin>"
_VERSIONS: Final = ("config.kubernetes.io/v1", "config.kubernetes.io/v1beta1", "config.kubernetes.io/v1alpha1")
# The second of each pair is what orchestrators before kustomize 4.3 know.
_PATHS: Final = ("internal.config.kubernetes.io/path", "config.kubernetes.io/path")
_INDEXES: Final = ("internal.config.kubernetes.io/index", "config.kubernetes.io/index")


class Item(Struct, frozen=True, kw_only=True):
    """One object of the list, and its text as an item that stands at the margin."""

    data: dict[str, Any]
    text: str

    @property
    def path(self) -> str:
        """The file of the package that it stands in, if the orchestrator says so."""
        known = _mapping(_mapping(self.data.get("metadata")).get("annotations"))
        return next((str(known[each]) for each in _PATHS if each in known), "")

    @property
    def name(self) -> str:
        """By what an API server knows it: the same for two that cannot both be applied."""
        metadata = _mapping(self.data.get("metadata"))
        group = str(self.data.get("apiVersion", "")).rpartition("/")[0]
        kind = ".".join(filter(None, (str(self.data.get("kind")), group)))
        return f"{kind} {'/'.join(filter(None, (str(metadata.get('namespace', '')), str(metadata.get('name')))))}"


class ResourceList(Struct, frozen=True, kw_only=True):
    """The objects that came in, with the object that configures the function."""

    source: Source
    items: tuple[Item, ...]
    config: dict[str, Any]

    def written(self, items: Iterable[Item], results: list[dict[str, object]]) -> str:
        """The list with these objects. What came in and stays is written as it came."""
        head = f"apiVersion: {self.source.data['apiVersion']}\nkind: {KIND}\n"
        texts = "".join(each.text for each in items)
        config = _as_came(self.source, "functionConfig:\n  ", ("functionConfig",), self.config)
        shown = f"results: {json.dumps(results, ensure_ascii=False)}\n" if results else ""
        return f"{head}items:{texts and chr(10)}{texts or ' []' + chr(10)}{config}{shown}"


def read(text: str) -> ResourceList:
    """The list in a text. Raises HardenerError if it is none, or has nothing that configures the function."""
    source = parse(text, STDIN)
    if source.data.get("kind") != KIND or source.data.get("apiVersion") not in _VERSIONS:
        raise UsageError(f"{STDIN}: no {KIND} of {_VERSIONS[0]}; kustomize and kpt write one for a function")
    items = source.data.get("items") or []
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise UsageError(f"{STDIN}: items is no list of objects")
    config = source.data.get("functionConfig")
    if not isinstance(config, dict):
        raise UsageError(f"{STDIN}: functionConfig is missing: a HardeningProfile, or a ConfigMap that names its file")
    came = (Item(data=data, text=_as_came(source, "- ", ("items", at), data)) for at, data in enumerate(items))
    return ResourceList(source=source, items=tuple(came), config=config)


def rendered(parts: Iterable[Part], path: str) -> Iterator[Item]:
    """The objects of a rendered file, each told that it stands in `path` of the package."""
    for index, part in enumerate(parts):
        told = _told(
            part.text.strip("\n").split("\n"), {**dict.fromkeys(_PATHS, path), **dict.fromkeys(_INDEXES, str(index))}
        )
        indented = "\n".join(f"  {line}".rstrip() for line in told)
        yield Item(data=part.data, text=f"- {indented.lstrip()}\n")


def _told(lines: list[str], annotations: dict[str, str]) -> list[str]:
    """The lines of an object that hardener rendered, with more annotations: its metadata stands in a block."""
    start = lines.index("metadata:") + 1
    end = next((at for at in range(start, len(lines)) if not lines[at].startswith(" ")), len(lines))
    more = [f"    {key}: {json.dumps(value)}" for key, value in annotations.items()]
    if "  annotations:" in lines[start:end]:
        start = lines.index("  annotations:", start, end) + 1
        return [*lines[:start], *more, *lines[start:]]
    return [*lines[:start], "  annotations:", *more, *lines[start:]]


def _as_came(source: Source, before: str, path: tuple[str | int, ...], data: object) -> str:
    """What stands at `path`, as it is written if it means the same there as here; else as JSON."""
    text = f"{before}{source.text_of(path).rstrip(' ')}"
    text += "" if text.endswith("\n") else "\n"
    try:
        means = load_data(text, STDIN)
    except ProfileError:
        means = None
    if means in ([data], {path[0]: data}):
        return text
    return f"{before}{json.dumps(data, ensure_ascii=False)}\n"


def clashes(items: Iterable[Item], ours: Iterable[Item]) -> list[str]:
    """The names of objects that both bring: which of them would count is nobody's to guess."""
    known = {each.name for each in items}
    return [visible(each.name) for each in ours if each.name in known]


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
