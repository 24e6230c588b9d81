"""Which part of what its measures do a control is about. The facts are in `parts.yaml`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from hardener.catalog.controls.control import Control
from hardener.source import load_data

_FILE: Final = Path(__file__).with_suffix(".yaml")


def concerns(control: Control, parts: Collection[str]) -> bool:
    """Is a control about any of some parts of what its measures do? No parts are all of them.

    >>> from hardener.catalog.controls import controls
    >>> (externals,) = [each for each in controls("cis-2.1") if each.id == "1.2.3"]
    >>> concerns(externals, ["exposed"]), concerns(externals, ["addresses"]), concerns(externals, [])
    (False, True, True)
    """
    words = facts().get(control.title)
    return words is None or not parts or any(word in part for word in words for part in parts)


@cache
def facts() -> Mapping[str, tuple[str, ...]]:
    """Words of what a control is about, by its title."""
    found: Mapping[str, list[str]] = load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
    return {title: tuple(words) for title, words in found.items()}
