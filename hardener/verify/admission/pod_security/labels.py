"""What a namespace asks of its pods by labels: the level, and the version of the standards that says what it means.

Written after `PolicyToEvaluate`, `ParseLevel` and `ParseVersion` of api/helpers.go in k8s.io/pod-security-admission.
The API server takes no namespace with labels that it cannot read; where one has them all the same, it is held to the
most.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from hardener.verify.admission.pod_security.checks import LEVELS, Level

PREFIX: Final = "pod-security.kubernetes.io/"
MODES: Final = ("enforce", "audit", "warn")
# More digits than these are no version that anybody has: Go reads them as a number that fits a machine word.
_VERSION: Final = re.compile(r"v1\.(0|[1-9][0-9]{0,17})", re.ASCII)


class Standard(Struct, frozen=True, kw_only=True):
    """A level and a version of the standards: `version` is a minor, and None the newest that the API server knows."""

    level: Level
    version: int | None = None

    def __str__(self) -> str:
        """As the API server writes it: restricted:v1.34."""
        return f"{self.level}:{'latest' if self.version is None else f'v1.{self.version}'}"


def standard(labels: Mapping[str, str], default: Standard) -> Standard:
    """What a namespace with these labels enforces, where the API server enforces `default` without any."""
    level, version = labels.get(f"{PREFIX}enforce"), labels.get(f"{PREFIX}enforce-version")
    return Standard(
        level=default.level if level is None else read_level(level) or "restricted",
        version=default.version if version is None else read_version(version),
    )


def unreadable(labels: Mapping[str, str]) -> tuple[str, ...]:
    """The labels for which an API server refuses to create a namespace, in their order."""
    bad = []
    for mode in MODES:
        level, version = labels.get(f"{PREFIX}{mode}"), labels.get(f"{PREFIX}{mode}-version")
        if level is not None and not read_level(level):
            bad.append(f"{PREFIX}{mode}")
        if version is not None and version != "latest" and read_version(version) is None:
            bad.append(f"{PREFIX}{mode}-version")
    return tuple(bad)


def read_level(text: str) -> Level | None:
    """The level of this name; None if there is none."""
    return next((level for level in LEVELS if level == text), None)


def read_version(text: str) -> int | None:
    """The minor of a version such as v1.34; None for `latest` and for what is no version, which counts as the same."""
    found = _VERSION.fullmatch(text)
    return int(found[1]) if found else None
