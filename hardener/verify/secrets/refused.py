"""What in an EncryptionConfiguration keeps the API server from starting, though every field is known.

As validateResourceOverlap, validateResourceNames, validateKeys and validateKMSConfiguration have it
(pkg/apis/apiserver/validation/validation_encryption.go of k8s.io/apiserver). Before 1.27 resources go by name alone: a
star is a name like any other there, and means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from hardener.verify.settings.numbers import seconds

_NAMES_SINCE: Final = 27
_NO_RESOURCES: Final = frozenset({"apiserveripinfo", "serviceipallocations", "servicenodeportallocations"})
_NO_GROUPS: Final = frozenset({"events.k8s.io", "extensions"})
_EVERYTHING: Final = ("*", "*")


def names(written: tuple[str, ...], at: int) -> Iterator[str]:
    """What is wrong with the resources of one entry."""
    if not written:
        yield "an entry names no resource: no API server starts with it"
    parted = [(resource, group) for resource, _, group in (name.partition(".") for name in written)]
    if at < _NAMES_SINCE:
        yield from (f"{name} means nothing before Kubernetes 1.27" for name in written if "*" in name)
        return
    for name, pair in zip(written, parted, strict=True):
        if not _named(name, pair):
            yield f"{name or 'empty'} is no resource that can be encrypted: no API server starts with it"
    for one, other in combinations(parted, 2):
        if _overlap(one, other):
            what = " and ".join(".".join(filter(None, pair)) for pair in (one, other))
            yield f"{what} overlap in one entry: no API server starts with it"


def _named(name: str, pair: tuple[str, str]) -> bool:
    resource, group = pair
    if name.lower() != name or name == "*" or not resource or resource in _NO_RESOURCES or group in _NO_GROUPS:
        return False
    return pair == _EVERYTHING or ("*" not in group and (resource == "*" or "*" not in resource))


def _overlap(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return one == other or _EVERYTHING in (one, other) or (one[1] == other[1] and "*" in (one[0], other[0]))


def keys(named: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with the keys of one provider, by their names."""
    if not named:
        yield "a provider has no key: no API server starts with it"
    if "" in named or len(set(named)) < len(named):
        yield f"of the keys {', '.join(named)} of a provider, each needs a name of its own"


def plugin(name: str, version: str, timeout: str, cachesize: int | None) -> Iterator[str]:
    """What is wrong with a provider kms."""
    if version == "v2" and cachesize is not None:
        yield "cachesize is no setting of v2 of the plugin's protocol: no API server starts with it"
    if version != "v2" and cachesize == 0:
        yield "cachesize is 0: no API server starts with it"
    if version == "v2" and ":" in name:
        yield f"the plugin's name {name} has a colon: no API server starts with it"
    try:
        sound = seconds(timeout) > 0
    except ValueError:
        sound = False
    if not sound:
        yield f"timeout is {timeout or 'empty'}, which is no time to wait: no API server starts with it"
