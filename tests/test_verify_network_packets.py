"""What `verify` says of a packet is what a second evaluator says, written plainly and by itself: tests/packets."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hardener.profile import Profile
from hardener.verify.network.model import Network
from hardener.verify.written import read
from tests import packets, rendering, strategies
from tests.network_examples import EXAMPLES
from tests.network_examples.world import NAMESPACES as NAMESPACES_OF_EXAMPLES
from tests.network_judged import Judge, files_of, network_of
from tests.network_refused import CILIUM, KUBERNETES
from tests.network_rendered import STRANGERS, manifests_of, namespaces_of, world_of
from tests.network_worlds import KNOWN, NAMESPACES, World, world
from tests.packets import Cluster, NotJudgedError
from tests.verifying import rendered

CLUSTERS = {name: rendering.profile("", cni=name).cluster for name in ("calico", "cilium")}
WORLDS = 150
UNSHRUNK = [Phase.explicit, Phase.reuse, Phase.generate]
# Network plugins that hold policies as they are written.
EXACT = ("antrea", "calico", "canal", "cilium", "kube-router", "vpc-cni", "weave")


def judge(each: World) -> Judge:
    network = network_of(files_of(each.manifests, KNOWN), CLUSTERS["cilium" if each.cilium else "calico"])
    return Judge(network, Cluster(each.manifests, NAMESPACES, cilium=each.cilium), KNOWN)


def count(worlds: int) -> tuple[int, int, int]:
    """How many packets are asked for, how many of them pass, and on how many the two differ."""
    asked = opened = different = 0
    for seed in range(worlds):
        luck = Random(seed)
        each = judge(made := world(luck, cilium=seed % 2 == 1))
        different += len(list(each.differences(made.packets(luck, 60))))
        asked, opened = asked + each.asked, opened + each.opened
    return asked, opened, different


def test_a_hundred_thousand_packets_are_judged_alike():
    asked, opened, different = count(WORLDS)

    assert different == 0
    assert asked >= 100_000
    assert 0.3 < opened / asked < 0.8  # where nearly everything is open, or closed, nothing is shown


BREAKS = {
    "egress is never implied": (
        "kubernetes._types",
        lambda spec: set(map(str.lower, spec.get("policyTypes") or ["Ingress"])),
    ),
    "who lacks a label is not another": (
        "labels.holds",
        lambda said, labels: said["key"] in labels and (labels[said["key"]] in said.get("values", ())),
    ),
    "nothing has named ports": ("kubernetes.named", lambda packet, name, protocol: False),
    "an endpoint may be of any namespace": ("cilium._endpoint", lambda entry, home: packets.cilium.Selector(entry)),
    "an empty list of Cilium's is everybody": ("cilium.CLOSING", ()),
    "a node is an address like any other": ("ends.Host.is_node", False),
    "holes are shut": ("kubernetes.in_range", lambda address, cidr: cidr.endswith("/0")),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_mistake_in_either_would_be_seen(name, monkeypatch):
    place, wrong = BREAKS[name]
    monkeypatch.setattr(f"tests.packets.{place}", wrong)

    assert count(16)[2] > 0


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_published_example_means_what_its_authors_say(name):
    example = EXAMPLES[name]
    manifests, cases = example.manifests(), example.cases()
    cluster = CLUSTERS["cilium" if example.cilium else "calico"]
    each = Judge(
        network_of(files_of(manifests, NAMESPACES_OF_EXAMPLES), cluster),
        Cluster(manifests, NAMESPACES_OF_EXAMPLES, cilium=example.cilium),
        NAMESPACES_OF_EXAMPLES,
    )

    assert [packet for packet, answer in cases if each.plain.passes(packet) != answer] == []
    assert list(each.differences(packet for packet, _ in cases)) == []


def test_nearly_every_example_closes_something():
    assert len(EXAMPLES) >= 70
    closing = [name for name, example in EXAMPLES.items() if not all(answer for _, answer in example.cases())]
    assert len(EXAMPLES) - len(closing) <= 10


def one(kind: str, spec: object) -> dict[str, Any]:
    version = "networking.k8s.io/v1" if kind == "NetworkPolicy" else "cilium.io/v2"
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "one", "namespace": "red"}, "spec": spec}


REFUSED = [("NetworkPolicy", name) for name in KUBERNETES] + [("CiliumNetworkPolicy", name) for name in CILIUM]


@pytest.mark.parametrize(("kind", "name"), REFUSED)
def test_what_nobody_understands_is_judged_by_neither(kind, name):
    manifest = one(kind, (KUBERNETES if kind == "NetworkPolicy" else CILIUM)[name])

    written, findings = read(files_of([manifest], KNOWN))
    (problem,) = Network.read(written, CLUSTERS["cilium"]).problems
    assert findings == ()
    assert problem.word == "network"
    assert problem.object == f"{kind} red/one"
    with pytest.raises((NotJudgedError, TypeError, ValueError, AttributeError, KeyError)):
        list(Cluster([manifest], NAMESPACES, cilium=True).policies)


@pytest.mark.parametrize("name", ["small", "shop-prod", "managed", "legacy"])
def test_packets_of_a_rendered_profile_are_judged_alike(name):
    assert of_profile(*rendered(name), Random(name), 400) >= 2_000


# A smaller example would take minutes to find, and says no more.
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=UNSHRUNK)
@given(data=strategies.profiles(cnis=EXACT), seed=st.integers(0, 1 << 32))
def test_packets_of_any_rendered_profile_are_judged_alike(data, seed):
    of_profile(*rendered(strategies.as_yaml(data)), Random(seed), 60)


def of_profile(files: dict[str, str], profile: Profile, luck: Random, pairs: int) -> int:
    manifests, namespaces = manifests_of(files), namespaces_of(files)
    made = world_of(manifests, namespaces, profile, luck)
    each = Judge(
        network_of(files, profile.cluster),
        Cluster(manifests, {**STRANGERS, **namespaces}, cilium=made.cilium),
        namespaces,
    )

    assert list(each.differences(made.packets(luck, pairs))) == []
    return each.asked
