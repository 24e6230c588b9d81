"""Whom a change of what namespaces admit is about: a zone's own words come before those of the version."""

from __future__ import annotations

from hardener.compare.pods import pods
from tests.comparing import sides

OLD = """\
apiVersion: hardener/v1
kind: HardeningProfile
metadata: {name: one}
cluster:
  kubernetes: "1.33"
  distribution: kubeadm
  cni: calico
  networks: {pods: [10.244.0.0/16], services: [10.96.0.0/12], nodes: [192.168.10.0/24]}
zones: {apps: {trust: 50}}
tenants: {shop: {namespaces: {web: {zone: apps}, api: {zone: apps}}}}
"""
LATER = OLD.replace("1.33", "1.35")
LOWER = "{trust: 50, podSecurity: baseline}"


def told(new: str) -> list[tuple[str, tuple[str | int, ...]]]:
    found = [each for each in pods(sides(OLD, new)) if each.direction == "weaker" and "zone" in each.message]
    return [(each.message, each.new.at) for each in found if each.new]


def test_what_a_zone_says_is_its_own_whatever_else_the_version_brings() -> None:
    lower = (
        "namespaces of zone apps admit pods of the level baseline (restricted before)",
        ("zones", "apps", "podSecurity"),
    )
    assert told(OLD.replace("{trust: 50}", LOWER)) == [lower]
    assert told(LATER.replace("{trust: 50}", LOWER)) == [lower]


def test_what_the_version_brings_is_said_of_all_zones_at_once() -> None:
    found = list(pods(sides(LATER, OLD)))
    assert {each.new.at for each in found if each.new} == {("cluster", "kubernetes")}
    assert all(each.message.startswith("all namespaces but the system's ") for each in found)


def test_of_namespaces_that_nobody_knows_the_level_is_said() -> None:
    found = pods(sides(OLD, LATER.replace("{trust: 50}", LOWER)))
    strangers = {each.message for each in found if "does not know" in each.message}
    assert strangers
    assert all("does not know, which have the level restricted, " in message for message in strangers)
