"""What is on the way: the folder of output after each step, as if somebody had written it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from hardener.compare.sides import Sides
from hardener.compare.steps import Step
from hardener.compare.steps.rollout import Rollout, key_of
from hardener.verify.written import MANIFESTS

# The objects that differ, while they are on the way.
ON_THE_WAY = f"{MANIFESTS}on-the-way.json"


def stages(sides: Sides, steps: tuple[Step, ...]) -> Iterator[dict[str, str]]:
    """The files after each step; manifests that differ stand in one file of their own."""
    now = Rollout(sides).there
    files = dict(sides.old.files)
    for step in steps:
        for data in step.apply:
            now[key_of(data)] = data
        for key in step.delete:
            now.pop(key, None)
        for file in step.files:
            files.pop(file, None)
            if file in sides.new.files:
                files[file] = sides.new.files[file]
        kept = {path: text for path, text in files.items() if path not in sides.differing or _is_host(path)}
        yield {**kept, ON_THE_WAY: as_list(tuple(now.values()))}


def as_list(objects: tuple[dict[str, object], ...]) -> str:
    """Objects as kubectl takes them."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}, indent=2, ensure_ascii=False)


def _is_host(path: str) -> bool:
    return not path.startswith(MANIFESTS)
