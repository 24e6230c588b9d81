"""What is asked for and not rendered yet is named, one by one."""

import pytest

from hardener.expand.review import gaps
from tests.rendering import profile


def named(body: str) -> list[tuple[str, str, str]]:
    return [(gap.path, gap.what, gap.who) for gap in gaps(profile(body))]


def test_nothing_asked_for_leaves_nothing_open():
    assert named("") == []


@pytest.mark.parametrize(
    ("body", "path", "what"),
    [
        ("runtime: {falco: true}", "runtime.falco", "no rules of Falco are rendered yet"),
    ],
)
def test_each_thing_asked_for_is_named(body, path, what):
    assert named(body) == [(path, what, "nobody yet")]


def test_a_framework_is_reported_on_and_leaves_nothing_open():
    assert named("compliance: {cis: {level: 2}, nsa: {}, stig: {}}") == []
