"""Where pods may run on one side alone, as the scheduler's rules have it, and what the pools come with."""

from __future__ import annotations

from importlib import import_module

import pytest

from hardener.compare.nodes import nodes
from hardener.compare.sides import Sides
from hardener.source import parse
from tests.admitted_alone import near, unsaid
from tests.comparing import folder, side, sides

MANIFESTS = "manifests/cluster/nodes.yaml"
PLAIN = """
apiVersion: hardener/v1
kind: HardeningProfile
metadata: {name: plain}
cluster:
  kubernetes: "1.36"
  distribution: kubeadm
  cni: calico
  networks:
    pods: [10.244.0.0/16]
    services: [10.96.0.0/12]
    nodes: [192.168.10.0/24]
    controlPlane: [192.168.10.0/29]
zones:
  apps: {trust: 50}
  cards: {trust: 50, pools: [cards]}
pools:
  cards: {}
tenants:
  shop:
    namespaces:
      web: {zone: apps}
      payments: {zone: cards}
"""


def said(both: Sides) -> list[str]:
    return sorted(f"{each.direction}: {each.message}" for each in nodes(both))


def put(path: str, old: str, new: str) -> tuple[Sides, Sides]:
    """From a folder as it was rendered to what somebody made of it, and back."""
    before = dict(side(parse(PLAIN, "profile.yaml")).files)
    assert old in before[path]
    after = before | {path: before[path].replace(old, new, 1)}
    return Sides(folder(before), folder(after)), Sides(folder(after), folder(before))


def test_a_pool_of_another_zone_is_gained_by_its_label():
    there, back = put("nodes/shared/node.labels", "\n", "\nzone.node-restriction.kubernetes.io/cards=true\n")
    label = "zone.node-restriction.kubernetes.io/cards=true"
    assert said(there) == [
        f"weaker: nodes of pool shared carry {label}, as nodes of another pool do",
        "weaker: pods of zone cards may run on the pool shared",
    ]
    assert said(back) == [
        f"neither: nodes of pool shared carry no longer {label}",
        "stronger: pods of zone cards may no longer run on the pool shared",
    ]


def test_a_protected_label_is_told_where_a_taint_still_keeps_pods_off():
    of_pool = "node-restriction.kubernetes.io/pool"
    there, back = put("nodes/control-plane/node.labels", f"{of_pool}=control-plane", f"{of_pool}=shared")
    assert said(there) == [
        f"neither: nodes of pool control-plane carry no longer {of_pool}=control-plane",
        f"weaker: nodes of pool control-plane carry {of_pool}=shared, as nodes of another pool do",
    ]
    assert said(back) == [
        f"neither: nodes of pool control-plane carry {of_pool}=control-plane and carry no longer {of_pool}=shared"
    ]


def test_a_protected_label_that_no_other_pool_has_is_neither():
    label = "node-restriction.kubernetes.io/x=y"
    there, back = put("nodes/cards/node.labels", "\n", f"\n{label}\n")
    assert said(there) == [f"neither: nodes of pool cards carry {label}"]
    assert said(back) == [f"neither: nodes of pool cards carry no longer {label}"]


def test_a_policy_that_lets_everybody_bind_is_weaker():
    there, back = put(MANIFESTS, "'system:masters'", "'system:masters', 'system:authenticated'")
    ending = "on any node by whoever may bind them, past the scheduler"
    assert said(there) == [
        f"weaker: pods of namespaces that the profile does not know may be put {ending}",
        f"weaker: pods of zone apps may be put {ending}",
        f"weaker: pods of zone cards may be put {ending}",
    ]
    assert {each.partition(":")[0] for each in said(back)} == {"stronger"}


def test_a_namespace_that_nobody_knows_and_a_policy_leaves_out_is_weaker():
    binding = "operator: NotIn\n          values:\n"
    there, back = put(MANIFESTS, binding, f"{binding}            - evil\n")
    whose = "pods of a namespace evil, which the profile does not know,"
    assert said(there)
    assert all(each.startswith(f"weaker: {whose} may ") for each in said(there))
    assert all(each.startswith(f"stronger: {whose} may no longer ") for each in said(back))


def test_a_toleration_that_a_policy_lets_pass_where_no_plugin_refuses_it_is_weaker():
    text = PLAIN.replace("distribution: kubeadm", "distribution: eks").replace(
        "    controlPlane: [192.168.10.0/29]\n", ""
    )
    before = dict(side(parse(text, "profile.yaml")).files)
    after = before | {
        MANIFESTS: before[MANIFESTS].replace("cards:NoExecute'])", "cards:NoExecute', 'a=b:NoSchedule'])")
    }
    assert after != before
    taints = {"nodes/shared/kubelet.yaml": "registerWithTaints:\n  - {key: a, value: b, effect: NoSchedule}\n"}
    both = Sides(
        folder(before | {path: before[path] + taint for path, taint in taints.items()}),
        folder(after | {path: before[path] + taint for path, taint in taints.items()}),
    )
    assert said(both) == ["weaker: pods of zone cards may tolerate a=b:NoSchedule"]


def test_what_is_said_of_places_in_other_words_gives_nothing():
    there, _ = put(MANIFESTS, "hardener-nodes-shared", "another")
    assert there.differing
    # The binding still names the policy by its old name.
    assert said(there)
    before = dict(side(parse(PLAIN, "profile.yaml")).files)
    after = before | {MANIFESTS: before[MANIFESTS].replace("hardener-nodes-shared", "another")}
    assert said(Sides(folder(before), folder(after))) == []


def test_where_pools_and_policies_are_the_same_nobody_is_asked(monkeypatch):
    def refuse(*_: object) -> None:
        raise AssertionError("a server was read")

    monkeypatch.setattr(import_module("hardener.compare.pods.cells"), "Server", refuse)
    flow = "flows:\n  - {from: {namespace: web}, to: {namespace: payments}, ports: [1]}\n"
    assert said(sides(PLAIN, PLAIN + flow)) == []
    with pytest.raises(AssertionError, match="was read"):
        said(sides(PLAIN, PLAIN.replace("pools: [cards]", "pools: []")))


def test_a_placement_that_nobody_says_would_be_found():
    both = sides(PLAIN, PLAIN.replace("apps: {trust: 50}", "apps: {trust: 50, pools: [cards]}"))
    tried = near(both, 1, 4)
    missed = unsaid(both, tried, ())
    assert {(each.direction, each.namespace) for each in missed} >= {("weaker", "web"), ("stronger", "web")}
    assert unsaid(both, tried, nodes(both)) == []


def test_what_a_file_says_cannot_move_the_cursor():
    there, _ = put("nodes/cards/node.labels", "\n", "\nexample.com/a=\x1b[2J\n")
    (change,) = nodes(there)
    assert "\x1b" not in change.message
    assert change.direction == "neither"
