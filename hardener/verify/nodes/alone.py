"""What admission policies by themselves let a pod say of where it runs, whatever plugins refuse beside them.

A plugin goes by what a namespace says of itself, and its provider may set it or not: each of the two must hold alone.
What a policy compares with is asked about, as a key, as a value, and as the name of a node.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from hardener.verify.nodes.pools import Pool
from hardener.verify.nodes.scheduler import tolerates

Toleration = dict[str, Any]

_ELSEWHERE: Final = "elsewhere.invalid/own"
_STATES: Final = "node.kubernetes.io/"
_TAINT: Final = re.compile(r"([^=:]+)=?([^=:]*):?([^=:]*)")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]*")
_EFFECTS: Final = (None, "NoSchedule", "NoExecute")
_SAID_BY_ALL: Final = frozenset(["UPDATE", "CREATE", "Equal", "Exists", "", "=", ":", *filter(None, _EFFECTS)])


def tolerations(pools: Iterable[Pool], own: frozenset[str], words: Iterable[str]) -> Iterator[Toleration]:
    """Tolerations that are foreign to pods of their own pools, as many as policies can tell apart."""
    pools = tuple(pools)
    named = [_TAINT.fullmatch(word) for word in sorted(words) if word not in _SAID_BY_ALL]
    keys = {taint.key for pool in pools for taint in pool.taints} | {each[1] for each in named if each}
    values = {taint.value for pool in pools for taint in pool.taints}
    values |= {each[1] if not each[2] else each[2] for each in named if each and "/" not in each[0]}
    for key in ("", *sorted({_ELSEWHERE, *keys})):
        for one in _of(key, sorted({"yes", *values}) if key == _ELSEWHERE else sorted({"yes", *_values(pools, key)})):
            if is_foreign(one, pools, own):
                yield one


def _values(pools: Iterable[Pool], key: str) -> set[str]:
    return {taint.value for pool in pools for taint in pool.taints if taint.key == key}


def _of(key: str, values: Iterable[str]) -> Iterator[Toleration]:
    for effect in _EFFECTS:
        rest = {"effect": effect} if effect else {}
        yield {**({"key": key} if key else {}), "operator": "Exists", **rest}
        for value in values if key else ():
            yield {"key": key, "operator": "Equal", "value": value, **rest}


def is_foreign(one: Toleration, pools: Iterable[Pool], own: frozenset[str]) -> bool:
    """Does it tolerate what keeps pods off nodes that are not of these pools? A node's state is everybody's to bear."""
    pools = tuple(pools)
    mine = {taint for pool in pools if pool.name in own for taint in pool.taints}
    key = one.get("key", "")
    if key.startswith(_STATES):
        return False
    if key not in {taint.key for taint in mine}:
        return True
    others = {taint for pool in pools if pool.name not in own for taint in pool.taints} - mine
    return any(tolerates(one, taint) for taint in others)


def names(words: Iterable[str]) -> Iterator[str]:
    """Names of nodes that a policy may know."""
    yield "node"
    yield from sorted(word for word in words if _NAME.fullmatch(word))


def in_words(one: Toleration) -> str:
    """What a toleration tolerates.

    >>> in_words({"key": "a", "value": "b", "effect": "NoExecute"}), in_words({"operator": "Exists"})
    ('a=b:NoExecute', 'everything')
    """
    value = f"={one['value']}" if "value" in one else ""
    effect = f":{one['effect']}" if "effect" in one else ""
    return f"{one.get('key') or 'everything'}{value}{effect}"
