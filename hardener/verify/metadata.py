"""Metadata as an API server takes it: an object with any other is refused as a whole, and is then not there at all.

After ValidateObjectMeta in staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go of Kubernetes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from hardener.source import KeyPath
from hardener.source.document import short
from hardener.verify.kinds import Kind, Names
from hardener.verify.labels import is_key, is_value

_PART: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
# Names by what is asked of them, and the longest that may be; see Names.
_NAMES: Final[Mapping[Names, tuple[re.Pattern[str], int | None]]] = {
    "label": (re.compile(_PART), 63),
    "subdomain": (re.compile(rf"{_PART}(\.{_PART})*"), 253),
    "segment": (re.compile(r"(?!\.{1,2}\Z)[^/%]+"), None),
}
_LARGEST_ANNOTATIONS: Final = 256 * 1024

# Why an object is not taken, and where in it that stands.
Refusal = tuple[str, KeyPath]


def refusal(data: Mapping[str, Any], kind: Kind) -> Refusal | None:
    """What of an object's metadata no API server takes; None if there is nothing.

    Costs what differs: a name, a label or a key is judged once, however many objects have it.
    """
    metadata = data.get("metadata")
    if not isinstance(metadata, dict) or not (name := metadata.get("name")) or name.__class__ is not str:
        return "it has no name", ("metadata",)
    if not is_name(name, kind.names):
        return f"no API server takes it: {_shown(name)} is no name for a thing of its kind", ("metadata", "name")
    space = metadata.get("namespace")
    if space is not None and space.__class__ is not str:
        return "its namespace is no text", ("metadata", "namespace")
    if space and kind.namespaced and not is_name(space, "label"):
        return f"no API server takes it: {_shown(space)} is no name for a namespace", ("metadata", "namespace")
    return _labels(metadata.get("labels")) or _annotations(metadata.get("annotations"))


@lru_cache(maxsize=65536)
def is_name(text: str, names: Names) -> bool:
    """Can a thing be called so?

    >>> is_name("web", "label"), is_name("a.b", "label"), is_name("a.b", "subdomain"), is_name("a:B", "segment")
    (True, False, True, True)
    """
    pattern, longest = _NAMES[names]
    return (longest is None or len(text) <= longest) and bool(pattern.fullmatch(text))


def _labels(labels: object) -> Refusal | None:
    if labels is None:
        return None
    if not isinstance(labels, dict):
        return "its labels are no keys and values", ("metadata", "labels")
    for key, value in labels.items():
        if value.__class__ is not str:
            return "of its labels, one is no text", ("metadata", "labels", key)
        if not _is_label(key, value):
            what = f"{_shown(key)} with the value {_shown(value)}"
            return f"no API server takes it: nothing can have the label {what}", ("metadata", "labels", key)
    return None


@lru_cache(maxsize=65536)
def _is_label(key: str, value: str) -> bool:
    return is_key(key) and is_value(value)


def _annotations(annotations: object) -> Refusal | None:
    if annotations is None:
        return None
    if not isinstance(annotations, dict):
        return "its annotations are no keys and values", ("metadata", "annotations")
    size = 0
    for key, value in annotations.items():
        if value.__class__ is not str:
            return "of its annotations, one is no text", ("metadata", "annotations", key)
        if not _is_annotation(key):
            what = f"nothing can have the annotation {_shown(key)}"
            return f"no API server takes it: {what}", ("metadata", "annotations", key)
        size += len(key.encode()) + len(value.encode())
    if size > _LARGEST_ANNOTATIONS:
        what = f"{size:,} bytes of annotations, and {_LARGEST_ANNOTATIONS:,} are the most"
        return f"no API server takes it: it has {what}", ("metadata", "annotations")
    return None


@lru_cache(maxsize=4096)
def _is_annotation(key: str) -> bool:
    return is_key(key.lower())


def _shown(text: str) -> str:
    return repr(short(text))
