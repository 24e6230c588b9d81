"""A change touches the controls that are about it, and no others of the same measures."""

from pathlib import Path

import pytest

from hardener.catalog import pod_security
from hardener.catalog.controls import controls, frameworks
from hardener.catalog.parts import facts
from hardener.cli.differences.controls import touched
from hardener.compare import Change
from hardener.compare.changes import changes
from hardener.compare.pods.levels import levels
from hardener.compare.pods.requests import ADDRESSES
from hardener.profile import Profile
from hardener.profile.zones import Zone
from hardener.verify.pods.examples import good
from tests.comparing import sides

PROFILE = (Path(__file__).parent.parent / "profiles/shop-prod.yaml").read_text()


PARTS = (
    *Zone.__struct_encode_fields__,
    ADDRESSES,
    "metadata",
    *(item for item, _ in levels(good(Zone(trust=0), 36), 36)),
    *pod_security.capabilities(),
    "ALL",
)


def changed(*edits: tuple[str, str]) -> tuple[Profile, tuple[Change, ...]]:
    text = PROFILE
    for old, new in edits:
        assert text.count(old) == 1
        text = text.replace(old, new)
    both = sides(PROFILE, text)
    return both.new.profile, changes(both)


def named(word: str, *edits: tuple[str, str]) -> set[str]:
    profile, found = changed(*edits)
    return {name for each in found if each.word == word for name in touched(profile, each.measures, each.parts)}


def test_an_image_without_a_digest_is_about_where_images_come_from():
    assert named("pods", ("    digests: true\n", "")) == {"CIS 5.5.1", "NSA-POD-3"}


def test_a_service_that_is_reached_from_outside_takes_no_address_of_others():
    exposed = ("    trust: 90\n", "    trust: 90\n    exposed: true\n")
    assert not named("pods", exposed) & {"CIS 1.2.3"}


def test_a_flow_between_pods_is_none_to_the_clouds_metadata():
    flow = "{from: {namespace: shop-jobs}, to: {namespace: shop-api}, ports: [8443]}"
    assert named("network", (flow, flow.replace("8443", "8444"))) == {"CIS 5.3.2", "NSA-NET-2"}


def test_a_lower_level_touches_what_its_pods_may_do_now():
    found = named("pods", ("    trust: 90\n", "    trust: 90\n    podSecurity: baseline\n"))
    assert {"CIS 5.2.6", "CIS 5.2.7", "CIS 5.2.8", "CIS 5.2.9", "CIS 5.6.2", "NSA-POD-1", "NSA-POD-8"} <= found
    assert not found & {"CIS 5.2.2", "CIS 5.2.3", "CIS 5.2.4", "CIS 5.2.5", "CIS 5.2.11", "CIS 5.2.12", "NSA-POD-5"}


def test_a_level_of_no_limits_touches_the_host_as_well():
    accepted = (
        "exceptions:\n  - {rule: zone.privileged, at: zones.platform, reason: a, owner: b, expires: 2027-01-01}\n"
    )
    found = named("pods", ("    podSecurity: baseline\n", "    podSecurity: privileged\n"), ("exceptions:", accepted))
    assert {"CIS 5.2.2", "CIS 5.2.3", "CIS 5.2.5", "CIS 5.2.11", "CIS 5.2.12", "NSA-POD-6", "NSA-POD-7"} <= found


def test_where_a_namespace_loses_its_policies_every_control_of_them_is_touched():
    assert "NSA-NET-12" in touched(changed()[0], ["network.default-deny"])


@pytest.mark.parametrize(("title", "words"), facts().items())
def test_each_part_is_one_of_a_control_and_of_a_change(title, words):
    assert any(each.title == title for framework in frameworks() for each in controls(framework.name))
    assert [word for word in words if not any(word in part for part in PARTS)] == []
