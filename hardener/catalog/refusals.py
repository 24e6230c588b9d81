"""What each rule refuses, and why, by the id that its refusals carry. The facts are in `refusals.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from hardener.source import load_data

_FILE: Final = Path(__file__).with_name("refusals.yaml")


class Refusal(Struct, frozen=True, kw_only=True):
    """A rule in words. `refuses` finishes the sentence "hardener refuses ..."; `why` is a sentence of its own."""

    refuses: str
    why: str


@cache
def refusals() -> Mapping[str, Refusal]:
    """Every rule by its id."""
    facts: dict[str, Any] = load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
    return {id: Refusal(**entry) for id, entry in facts.items()}
