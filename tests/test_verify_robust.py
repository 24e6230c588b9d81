"""Whatever somebody writes into a folder of output, verify has an answer: never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardener.verify import Finding
from tests.verifying import PROFILES, Files, findings, rendered

WEIRD = (None, True, 0, -1, 3.5, "", "x", "*", "10.0.0.0/33", [], ["x"], [None], [{}], {}, {"x": "y"}, {"x": None})
# Everything that a profile may ask for is in one of these.
NAMES = sorted(path.stem for path in PROFILES.glob("*.yaml"))

Path = tuple[str | int, ...]


def paths(value: Any, above: Path = ()) -> Iterator[Path]:
    """Where something stands in a document, and the document itself."""
    yield above
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield from paths(each, (*above, key))


def put(document: Any, path: Path, value: Any) -> Any:
    """The document with another value at a path."""
    if not path:
        return value
    changed = deepcopy(document)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


@st.composite
def spoiled(draw: st.DrawFn, name: str) -> Files:
    """What a profile becomes, with something strange in one place of one of its YAML files."""
    files, _ = rendered(name)
    path = draw(st.sampled_from(sorted(path for path in files if path.endswith(".yaml"))))
    documents = [each for each in yaml.load_all(files[path], yaml.CSafeLoader) if each is not None]
    number = draw(st.integers(0, len(documents) - 1))
    where = draw(st.sampled_from(list(paths(documents[number]))))
    documents[number] = put(documents[number], where, draw(st.sampled_from(WEIRD)))
    return {**files, path: yaml.dump_all(documents, Dumper=yaml.CSafeDumper, sort_keys=False)}


@st.composite
def garbled(draw: st.DrawFn, name: str) -> Files:
    """What a profile becomes, with a line of one of its files left out, doubled, or broken."""
    files, _ = rendered(name)
    path = draw(st.sampled_from(sorted(files)))
    lines = files[path].split("\n")
    number = draw(st.integers(0, len(lines) - 1))
    line = lines[number]
    lines[number : number + 1] = draw(
        st.sampled_from([[], [line, line], [line[: len(line) // 2]], [f"{line} x"], ["?"]])
    )
    return {**files, path: "\n".join(lines)}


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(NAMES).flatmap(lambda name: st.tuples(st.just(name), st.one_of(spoiled(name), garbled(name)))))
def test_whatever_is_written_has_an_answer(case: tuple[str, Files]) -> None:
    name, files = case

    assert all(isinstance(each, Finding) and each.message for each in findings(files, rendered(name)[1]))
