"""Which promise of `verify` covers what, and what is not proven by reading it."""

from __future__ import annotations

import re
from typing import Final

from hardener.explain.world import World
from hardener.verify.kinds import JUDGED
from hardener.verify.objects import Object
from hardener.verify.settings.folder import NOT_PROVEN, wanted_files

_POOL: Final = re.compile(r"^nodes/[^/]+/")
# The policies that send pods to their nodes are of the same kinds as those that judge pods.
_NODES: Final = "manifests/cluster/nodes.yaml"


def promises(world: World, path: str, about: Object | None = None) -> tuple[str, ...]:
    """The words of the promises that cover a file, or an object in it."""
    if path == _NODES:
        return ("nodes",)
    if about is not None and about.kind in JUDGED:
        return _of_kind(JUDGED[about.kind].word, about)
    if path.startswith("manifests/"):
        inside = (promises(world, path, each) for each in world.objects(path))
        return tuple(dict.fromkeys(word for words in inside for word in words)) or ("namespaces",)
    word = wanted_files(world.profile).get(path)
    return (word,) if word else ("namespaces",)


def notes(world: World, path: str) -> tuple[str, ...]:
    """What is to be said of a file that no promise proves."""
    known = NOT_PROVEN.get(_POOL.sub("nodes/POOL/", path), "")
    return (f"a file for hosts that {known}: verify compares it with what the profile renders to",) if known else ()


def _of_kind(word: str, about: Object) -> tuple[str, ...]:
    if word == "access":
        return ("access", "escalation")
    if about.kind == "Namespace":
        return ("namespaces", "pods", "nodes", "tokens")
    return (word,)
