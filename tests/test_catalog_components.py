"""What hardener knows of all that the components take is what the components themselves say."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from hardener.catalog import components, minor, supported
from hardener.catalog.components import gate, plugins, taken

FLAGS = yaml.load(Path("tests/facts/flags.yaml").read_text(), yaml.CSafeLoader)
FIELDS = yaml.load(Path("tests/facts/kubelet.yaml").read_text(), yaml.CSafeLoader)
KINDS = {"int32": "int", "int64": "int", "uint": "int", "uint64": "int", "float32": "float", "float64": "float"}
VERSIONS = [minor(version) for version in supported()]


def at(fact):
    """The versions of a fact, and the first that calls it deprecated."""
    span = (minor(fact.get("since", supported()[0])), minor(fact.get("until", supported()[-1])))
    return span, minor(fact["deprecated"]) if "deprecated" in fact else None


@pytest.mark.parametrize(
    "component", ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "fields"]
)
def test_every_flag_and_field_is_known_as_it_is(component):
    facts = FIELDS if component == "fields" else FLAGS[component]
    known = taken(component)
    assert {name: ((each.span.since, each.span.until), each.deprecated) for name, each in known.items()} == {
        name: at(fact) for name, fact in facts.items()
    }
    if component != "fields":
        plain = ("bool", "duration", *KINDS, "int")
        types = {name: KINDS.get(fact["type"], fact["type"]) for name, fact in facts.items()}
        expected = {
            name: type_ if types[name] in plain or type_ in KINDS.values() else "text" for name, type_ in types.items()
        }
        assert {name: each.type for name, each in known.items()} == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_every_gate_and_plugin_is_known_as_it_is(version):
    for name, stages in FLAGS["feature-gates"].items():
        stage = [words for since, words in stages.items() if minor(since) <= version][-1:]
        known = gate(name, version)
        if not stage or stage == ["gone"]:
            assert known is None
        else:
            words = stage[0].split()
            assert known is not None
            assert (known.on, known.locked) == (words[1] == "on", "locked" in words)
    expected = {
        name: fact["default"] in (True, "on")
        for name, fact in FLAGS["admission-plugins"].items()
        if at(fact)[0][0] <= version <= at(fact)[0][1]
    }
    assert plugins(version) == expected


def test_a_gate_that_is_none_is_none():
    assert gate("Foo", 34) is None


def test_nothing_that_hardener_sets_is_called_safe():
    """Whoever changes it could weaken a promise."""
    from hardener.catalog import measures

    ours = {(each.component, each.name) for measure in measures().values() for each in measure.settings}
    for component in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "etcd"):
        for name, known in taken(component).items():
            assert not (known.safe and (component, name) in ours), name
    assert not [name for name, known in taken("fields").items() if known.safe and ("kubelet", name) in ours]


def test_it_is_small_and_nobody_who_renders_reads_it():
    file = Path(components.__file__)
    assert file.with_suffix(".yaml").stat().st_size < 100_000
    readers = {path.parts[1] for path in Path("hardener").rglob("*.py") if "catalog.components" in path.read_text()}
    assert readers == {"verify", "compare", "explain", "cli"}
