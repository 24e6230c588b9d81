"""The published JSON Schema: what editors accept is what hardener reads, and every key is explained."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from hardener.errors import ProfileError
from hardener.profile import read
from hardener.profile.schema import EXAMPLE, schema
from hardener.rules import read_sound
from hardener.source import load, parse

ROOT = Path(__file__).parent.parent
PUBLISHED = ROOT / "profiles" / "hardener.schema.json"
PROFILES = sorted((ROOT / "profiles").glob("*.yaml"))
SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def test_the_published_schema_is_current(golden):
    golden(json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n", PUBLISHED)


def test_it_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


def test_profiles_are_valid():
    assert PROFILES
    assert [error for file in PROFILES for error in VALIDATOR.iter_errors(load(file).data)] == []


@pytest.mark.parametrize("file", PROFILES, ids=lambda file: file.stem)
def test_profiles_name_it_for_editors(file):
    first_line = file.read_text(encoding="utf-8").splitlines()[0]

    assert first_line == f"# yaml-language-server: $schema={PUBLISHED.name}"


def test_its_example_is_a_sound_profile():
    VALIDATOR.validate(EXAMPLE)
    assert read_sound(parse(json.dumps(EXAMPLE), "example.yaml")).metadata.name == "small"


def properties(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "properties":
                yield from ((f"{path}.{name}", described) for name, described in value.items())
            yield from properties(value, f"{path}.{key}")
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from properties(item, f"{path}.{index}")


def test_every_key_is_explained():
    assert len(list(properties(SCHEMA))) > 100
    assert [path for path, property in properties(SCHEMA) if not property.get("description")] == []


def test_no_key_may_be_null():
    assert "null" not in json.dumps(SCHEMA).replace('"nullable"', "")


def changed(*path_and_value: Any) -> dict[str, Any]:
    """The example with one value put elsewhere; a last path element that is there is replaced, else added."""
    *path, last, value = path_and_value
    data = copy.deepcopy(EXAMPLE)
    place: Any = data
    for step in path:
        place = place[step]
    place[last] = value
    return data


MISTAKES = {
    "unknown key": ("zoness", {}),
    "unknown key below": ("zones", "apps", "podsecurity", "baseline"),
    "no zone": ("tenants", "team", "namespaces", "web", {}),
    "null": ("metadata", "description", None),
    "number for text": ("cluster", "kubernetes", 1.34),
    "version that nobody knows": ("cluster", "kubernetes", "1.99"),
    "plugin that enforces nothing": ("cluster", "cni", "flannel"),
    "text for a list": ("cluster", "networks", "pods", "10.0.0.0/8"),
    "text for a number": ("zones", "apps", "trust", "50"),
    "too much": ("zones", "apps", "trust", 101),
    "word": ("zones", "apps", "podSecurity", "strict"),
    "name": ("zones", "Apps", {"trust": 1}),
    "name with a line break": ("metadata", "name", "small\n"),
    "no ports": ("flows", 0, "ports", []),
    "port": ("flows", 0, "ports", ["http"]),
    "other language": ("apiVersion", "hardener/v2"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_hardener_refuses_the_schema_refuses(mistake):
    data = changed(*MISTAKES[mistake])

    assert not VALIDATOR.is_valid(data)
    with pytest.raises(ProfileError):
        read_sound(parse(json.dumps(data), "changed.yaml"))


@pytest.mark.parametrize("file", PROFILES, ids=lambda file: file.stem)
def test_each_required_key_is_required_by_both(file):
    data = load(file).data
    for key in ("apiVersion", "kind", "metadata", "cluster"):
        without = {name: value for name, value in data.items() if name != key}

        assert not VALIDATOR.is_valid(without)
        with pytest.raises(ProfileError):
            read(parse(json.dumps(without), "without.yaml"))
