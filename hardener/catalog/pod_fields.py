"""What a pod may say: the fields of each type that a pod's spec is made of. The facts are in `pod_fields.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from msgspec import Struct

from hardener.source import load_data

_FILE: Final = Path(__file__).with_suffix(".yaml")
_WRITTEN: Final = re.compile(r"(?P<type>\w+)(?P<many>\[\]|\{\})?(?P<kept>\?)?(?P<always>!)?(?: 1\.(?P<since>\d+))?")


class Field(Struct, frozen=True, kw_only=True):
    """A field: `type` is another type of the table, or string, bool, int, quantity, port, time, bytes or any.

    `many` is [] for a list of it and {} for a map from texts to it. What is `kept` is written even if it is empty, what
    stands there `always` even if nobody wrote it. The API server forgets it before the minor version `since`.
    """

    type: str
    many: str
    kept: bool
    always: bool
    since: int


@cache
def pod_fields(type: str) -> Mapping[str, Field] | None:
    """The fields of a type by name, in Kubernetes' order; None for what is a plain value."""
    fields = _table().get(type)
    return None if fields is None else {name: _field(text) for name, text in fields.items()}


def _field(text: str) -> Field:
    found = _WRITTEN.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no field")
    return Field(
        type=found["type"],
        many=found["many"] or "",
        kept=bool(found["kept"]),
        always=bool(found["always"]),
        since=int(found["since"] or 0),
    )


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    table: Mapping[str, Mapping[str, str]] = load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
    return table
