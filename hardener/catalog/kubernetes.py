"""Kubernetes' versions, and what each of them understands. The facts are in `kubernetes.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from hardener.source import load_data

_FILE: Final = Path(__file__).with_name("kubernetes.yaml")
# Namespaces that an API server makes when it starts (pkg/controlplane/controller in Kubernetes).
OWN_NAMESPACES: Final = ("default", "kube-node-lease", "kube-public", "kube-system")


class Span(Struct, frozen=True, order=True):
    """Minor versions from `since` to `until`, both included."""

    since: int
    until: int

    def __contains__(self, minor: int) -> bool:
        """Does it hold at this minor version?"""
        return self.since <= minor <= self.until


def span(entry: Mapping[str, Any]) -> Span:
    """The versions of an entry of the catalog. Without `since` or `until` it holds at every version we know."""
    versions = supported()
    return Span(minor(entry.get("since", versions[0])), minor(entry.get("until", versions[-1])))


@cache
def supported() -> tuple[str, ...]:
    """The versions of Kubernetes that hardener knows, from old to new: "1.24" and so on."""
    return tuple(_facts()["supported"])


@cache
def minor(version: str) -> int:
    """The minor version as a number, so that 1.9 comes before 1.10.

    >>> minor("1.34")
    34
    """
    major, _, number = version.partition(".")
    if major != "1" or not number.isdecimal():
        raise ValueError(f"{version!r} is no version of Kubernetes")
    return int(number)


@cache
def api_version(kind: str, at: int) -> str:
    """The newest API version of a kind of configuration that a component of minor version `at` reads.

    Raises LookupError where there is none: whoever asks must know since when the kind exists.
    """
    for entry in _facts()["kinds"][kind]:
        if at in span(entry):
            api: str = entry["api"]
            return api
    raise LookupError(f"{kind} does not exist at 1.{at}")


@cache
def ciphers(sort: str) -> frozenset[str]:
    """Cipher suites of TLS 1.2 and older that Go knows: `secure`, or `insecure` (no forward secrecy, or broken)."""
    return frozenset(_facts()["ciphers"][sort])


@cache
def _facts() -> Any:
    return load_data(_FILE.read_text(encoding="utf-8"), _FILE.name)
