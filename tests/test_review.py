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
        ("compliance: {cis: {level: 2}}", "compliance.cis", "no report says yet how far it is met"),
        ("compliance: {nsa: {}}", "compliance.nsa", "no report says yet how far it is met"),
        ("compliance: {stig: {}}", "compliance.stig", "no report says yet how far it is met"),
    ],
)
def test_each_thing_asked_for_is_named(body, path, what):
    assert named(body) == [(path, what, "nobody yet")]
