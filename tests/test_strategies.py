"""The profiles that other tests are tried on: sound, of every kind, and the same in whatever order they are written."""

from __future__ import annotations

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardener.emitters import emit
from hardener.expand import expand
from hardener.rules import read_sound
from hardener.source import parse
from tests.strategies import as_yaml, profiles, shuffled


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=profiles(), luck=st.data())
def test_generated_profiles_are_sound_and_render_to_the_same_bytes_in_whatever_order(data, luck):
    text = as_yaml(data)
    other = as_yaml(luck.draw(shuffled(data)))

    assert yaml.safe_load(text) == data == yaml.safe_load(other)
    assert rendered(text) == rendered(other)


def rendered(text: str) -> list[tuple[str, str]]:
    """Path and text of every file that a profile is rendered to."""
    profile = read_sound(parse(text, "generated.yaml"))
    return [(artifact.path, artifact.text) for artifact in emit(expand(profile))]
