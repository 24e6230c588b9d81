"""Flags that hardener does not give, as it sets a field of a file instead. The facts are in `flags_in_files.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from hardener.source import load_data

_FILE: Final = Path(__file__).with_suffix(".yaml")


class Field(Struct, frozen=True, kw_only=True):
    """A field of a file, by the file's name and the path in it, with dots."""

    file: str
    name: str


@cache
def flags_in_files() -> Mapping[tuple[str, str], Field]:
    """The field that stands for a flag, by component and flag.

    >>> flags_in_files()["kubelet", "read-only-port"].name
    'readOnlyPort'
    """
    facts: dict[str, Any] = load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
    return {
        (said["component"], flag): Field(file=file, name=name)
        for file, said in facts.items()
        for flag, name in said["flags"].items()
    }
