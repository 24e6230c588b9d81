"""Promise 3 read back: what is sound gives no finding, what differs gives one with its place, and nothing else does."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from hardener.emitters import emit
from hardener.expand import expand
from hardener.expand.network import network as expanded
from hardener.profile import Profile
from hardener.profile.addresses import Block, address_block, block
from hardener.rules import read_sound
from hardener.source import parse
from hardener.templating import fill
from hardener.verify import Finding
from hardener.verify.network import Address, Network, PodEnd, network
from hardener.verify.network.atoms import AddressAtoms, PortAtoms, bits_of
from hardener.verify.network.differences import cells
from hardener.verify.network.entities import entities_of
from hardener.verify.network.labels import MOST, told_apart
from hardener.verify.network.names import Pattern, pattern
from hardener.verify.network.policies import EVERY_PORT, Span
from hardener.verify.network.selectors import Requirement, Selector, equal, exists
from hardener.verify.written import read
from tests import rendering
from tests.bench import scale
from tests.strategies import as_yaml, profiles
from tests.test_network_cilium import NAMES
from tests.test_network_packets import CASES, a_world, world
from tests.verifying import change, objects, rendered, store

Files = dict[str, str]


def found_in(files: Files, profile: Profile) -> list[Finding]:
    written, unread = read(files)
    assert unread == ()
    return list(network(written, profile))


def messages(files: Files, profile: Profile) -> list[str]:
    return [finding.message for finding in found_in(files, profile)]


def network_files(files: Files) -> Files:
    """What this promise is about, so that reading the rest takes no time."""
    return {path: text for path, text in files.items() if path.endswith(("/network.yaml", "/namespace.yaml"))}


# Sound profiles.


@pytest.mark.parametrize("name", ["small", "shop-prod", "managed", "legacy"])
def test_the_profiles_keep_the_promise(name):
    assert found_in(*rendered(name)) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=profiles())
def test_every_sound_profile_keeps_the_promise(data):
    profile = read_sound(parse(as_yaml(data), "generated.yaml"))
    files = {artifact.path: artifact.text for artifact in emit(expand(profile))}

    assert found_in(network_files(files), profile) == []


def policies_of(data: dict[str, Any]) -> tuple[Files, Profile]:
    """The policies of a profile of which no rule has been asked; its namespaces have any labels."""
    profile = msgspec.convert(data, Profile)
    plan = expanded(profile)
    texts = {each.namespace: fill("network.yaml.j2", profile="world", network=each) for each in plan}
    return {f"manifests/namespaces/{name}/network.yaml": text for name, text in texts.items()}, profile


@pytest.mark.parametrize("case", CASES)
def test_every_kind_of_flow_keeps_the_promise(case):
    flows, cluster = CASES[case]

    assert found_in(*policies_of(world(flows, **cluster))) == []


@pytest.mark.parametrize("case", CASES | NAMES)
def test_every_kind_of_flow_keeps_the_promise_on_cilium(case):
    flows, cluster = (CASES | NAMES)[case]

    assert found_in(*policies_of(world(flows, **{**cluster, "cni": "cilium"}))) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=a_world)
def test_flows_of_every_kind_together_keep_the_promise(data):
    for cni in ("calico", "cilium"):
        assert found_in(*policies_of({**data, "cluster": {**data["cluster"], "cni": cni}})) == []


def test_a_hundred_namespaces_keep_the_promise_and_one_port_more_is_found():
    profile = read_sound(parse(scale.profile(100), "scale.yaml"))
    files = network_files({artifact.path: artifact.text for artifact in emit(expand(profile))})
    assert found_in(files, profile) == []

    more = {"port": 9999, "protocol": "TCP"}
    for name, direction in (("team-0-app-3", "egress"), ("team-0-app-4", "ingress")):
        policy = "flows-all" if direction == "egress" else "flows-app.api"
        for rule in range(len(_rules(files, name, policy, direction))):
            change(_file(name), "NetworkPolicy", policy, _more(direction, rule, more))(files)
    found = found_in(files, profile)

    said = "a pod of team-0-app-3 can reach a pod of team-0-app-4 labelled app=api on 9999/TCP"
    assert said in found[0].message
    assert {finding.object for finding in found} == {
        "NetworkPolicy team-0-app-3/flows-all",
        "NetworkPolicy team-0-app-4/flows-app.api",
    }


def _file(namespace: str) -> str:
    return f"manifests/namespaces/{namespace}/network.yaml"


def _rules(files: Files, namespace: str, policy: str, direction: str) -> list[Any]:
    (mine,) = [each for each in objects(files, _file(namespace)) if each["metadata"]["name"] == policy]
    rules: list[Any] = mine["spec"][direction]
    return rules


def _more(direction: str, rule: int, port: dict[str, Any]) -> Any:
    return lambda object: object["spec"][direction][rule]["ports"].append(port)


# What differs: where it is, what it breaks, and when it is none.


def add_policy(files: Files, namespace: str, spec: Any, kind: str = "NetworkPolicy", field: str = "spec") -> None:
    """Put one policy more beside those of a namespace, or of the whole cluster: ""."""
    version = "networking.k8s.io/v1" if kind == "NetworkPolicy" else "cilium.io/v2"
    metadata = {"name": "more", **({"namespace": namespace} if namespace else {})}
    path = _file(namespace) if namespace else "manifests/cluster/network.yaml"
    policy = {"apiVersion": version, "kind": kind, "metadata": metadata, field: spec}
    store(files, path, [*(objects(files, path) if path in files else []), policy])


def with_policy(name: str, namespace: str, spec: Any, kind: str = "NetworkPolicy") -> tuple[Files, Profile]:
    """A profile of profiles/ with one policy more."""
    files, profile = rendered(name)
    add_policy(files, namespace, spec, kind)
    return files, profile


def test_a_finding_says_where_it_is_and_what_it_breaks():
    files, profile = with_policy("small", "api", {"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}, {}]})
    (finding,) = found_in(files, profile)

    assert finding.word == "network"
    assert finding.file == _file("api")
    assert finding.object == "NetworkPolicy api/more"
    assert finding.at == ("tenants", "team", "namespaces", "api")
    assert finding.message.startswith("a pod of any other namespace can reach a pod of api on every port, by ")
    lines = files[finding.file].splitlines()
    assert lines[finding.line - 1].strip() == "- {}"


def test_what_one_end_opens_and_the_other_keeps_closed_breaks_nothing():
    closed = {"podSelector": {}, "egress": [{"to": [{"namespaceSelector": {}}]}], "policyTypes": ["Egress"]}
    files, profile = with_policy("small", "web", closed)
    (finding,) = found_in(files, profile)

    # Nothing closes the pods of strangers; those of api, which do not let it in, are no example.
    assert "a pod of web can reach a pod of any other namespace on every port" in finding.message
    only_api = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "api"}}}
    assert found_in(*with_policy("small", "web", {**closed, "egress": [{"to": [only_api]}]})) == []


def test_policies_that_say_the_same_twice_break_nothing():
    flow = {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "web"}}}]}
    spec = {"podSelector": {}, "ingress": [{**flow, "ports": [{"port": 8443}]}], "policyTypes": ["Ingress"]}

    assert found_in(*with_policy("small", "api", spec)) == []


def test_a_rule_of_a_direction_that_no_type_names_opens_nothing_but_on_cilium():
    spec = {"podSelector": {}, "policyTypes": ["Egress"], "ingress": [{}], "egress": []}

    assert found_in(*with_policy("small", "api", spec)) == []
    (finding,) = found_in(*with_policy("shop-prod", "payments", spec))
    assert "can reach a pod of payments" in finding.message


def test_a_namespace_without_its_labels_may_have_any():
    """What is not written nobody knows: a label by which a policy chooses may be there, or not."""
    files, profile = rendered("small")
    chosen = {"namespaceSelector": {"matchLabels": {"team": "a"}}}
    rule = lambda object: object["spec"]["ingress"][0].update({"from": [chosen]})  # noqa: E731
    change(_file("api"), "NetworkPolicy", "flows-all", rule)(files)
    del files["manifests/namespaces/web/namespace.yaml"]

    said = messages(files, profile)
    assert any("of any other namespace labelled team=a can reach a pod of api on 8443/TCP" in each for each in said)
    assert any("a pod of web cannot reach a pod of api on 8443/TCP, though flows.0 says so" in each for each in said)


def test_ipv6_is_not_judged_where_nothing_enforces_it():
    body = "zones: {a: {trust: 1}}\ntenants: {t: {namespaces: {web: {zone: a}}}}\n"
    for cni, count in (("calico", 1), ("weave", 0)):
        files = rendering.files(body, cni=cni)
        block = {"podSelector": {}, "egress": [{"to": [{"ipBlock": {"cidr": "2001:db8::/32"}}]}]}
        add_policy(files, "web", {**block, "policyTypes": ["Egress"]})

        assert len(found_in(files, rendering.profile(body, cni=cni))) == count


@pytest.mark.parametrize(
    ("cni", "rule", "says"),
    [
        ("romana", {"from": [{"ipBlock": {"cidr": "198.51.100.0/24"}}]}, "cannot tell addresses apart"),
        ("romana", {"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"a": "b"}}}]}, "cannot choose"),
        ("kube-router", {"ports": [{"port": 1, "protocol": "SCTP"}]}, "kube-router does not enforce SCTP"),
        ("weave", {"from": [{"podSelector": {}}], "ports": [{"port": 80, "endPort": 90}]}, "on 80/TCP"),
    ],
)
def test_what_a_network_plugin_does_not_enforce_is_said(cni, rule, says):
    body = "zones: {a: {trust: 1}}\ntenants: {t: {namespaces: {web: {zone: a}}}}\n"
    files = rendering.files(body, cni=cni)
    out = {key: value for key, value in {"to": rule.get("from"), "ports": rule.get("ports")}.items() if value}
    add_policy(files, "web", {"podSelector": {}, "ingress": [rule], "egress": [copy.deepcopy(out)]})
    profile = rendering.profile(body, cni=cni)

    assert any(says in message for message in messages(files, profile))
    if cni == "weave":
        # It reads no endPort, so the other ports stay closed.
        written, _ = read(files)
        pod = PodEnd(namespace="web")
        known = Network.read(written, profile.cluster)
        assert [known.passes(pod, pod, port, "TCP").yes for port in (79, 80, 81, 90)] == [False, True, False, False]


def test_egress_is_open_where_the_plugin_closes_none():
    body = "zones: {a: {trust: 1}}\ntenants: {t: {namespaces: {web: {zone: a}}}}\n"
    written, _ = read(rendering.files(body, cni="romana"))
    known = Network.read(written, rendering.profile(body, cni="romana").cluster)
    answer = known.passes(PodEnd(namespace="web"), Address(ip="198.51.100.1"), 443, "TCP")

    assert answer.yes
    assert answer.by == ()
    assert not known.passes(Address(ip="198.51.100.1"), PodEnd(namespace="web"), 443, "TCP").yes


def test_an_answer_names_the_rules_and_who_keeps_closed():
    files, profile = rendered("small")
    known = Network.read(read(files)[0], profile.cluster)
    web, api = PodEnd(namespace="web"), PodEnd(namespace="api")
    answer = known.passes(web, api, 8443, "TCP")

    assert answer.yes
    assert [(str(by.object), by.direction) for by in answer.by] == [
        ("NetworkPolicy web/flows-all", "egress"),
        ("NetworkPolicy api/flows-all", "ingress"),
    ]
    for by in answer.by:
        lines = files[by.object.file].splitlines()
        assert "metadata.name" in "".join(lines[by.line : by.line + 4])
    (closed,) = known.passes(api, Address(ip="198.51.100.1"), 8443, "TCP").blocked_by
    assert closed.direction == "egress"
    assert "NetworkPolicy api/default-deny" in map(str, closed.isolated_by)


def test_a_pod_has_an_address_where_ranges_mean_pods_too():
    spec = {"podSelector": {}, "egress": [{"to": [{"ipBlock": {"cidr": "10.244.7.0/24"}}]}], "policyTypes": ["Egress"]}
    files, profile = with_policy("small", "web", spec)
    known = Network.read(read(files)[0], profile.cluster)
    web, stranger = PodEnd(namespace="web"), PodEnd(namespace="elsewhere", address="10.244.7.9")

    assert known.passes(web, stranger, 80, "TCP").yes
    assert not known.passes(web, PodEnd(namespace="elsewhere", address="10.244.8.9"), 80, "TCP").yes
    assert not known.passes(web, PodEnd(namespace="elsewhere"), 80, "TCP").yes
    (finding,) = found_in(files, profile)
    assert "a pod of web can reach the address 10.244.7.0 on every port" in finding.message


def test_cilium_knows_addresses_of_the_cluster_as_what_they_are():
    cluster = rendering.profile("", cni="cilium").cluster

    assert entities_of(cluster, "192.168.10.9") == {"remote-node"}
    assert entities_of(cluster, "192.168.10.1") == {"remote-node", "kube-apiserver"}
    assert entities_of(cluster, "198.51.100.1") == set()
    local = rendering.profile("  dns: {nodeLocal: 169.254.20.10}\n", cni="cilium").cluster
    assert entities_of(local, "169.254.20.10") == {"host"}


def test_what_a_name_leads_to_may_be_anywhere_but_in_the_cluster():
    """A range that is forbidden may be where a promised name leads."""
    deny = {"endpointSelector": {}, "egressDeny": [{"toCIDR": ["198.51.100.0/24"]}]}
    found = messages(*with_policy("shop-prod", "shop-api", deny, "CiliumNetworkPolicy"))
    assert any("cannot reach whatever mail.example.com leads to on 587/TCP" in each for each in found)

    own = {"endpointSelector": {}, "egressDeny": [{"toCIDR": ["10.244.0.0/16", "169.254.169.254/32"]}]}
    assert messages(*with_policy("shop-prod", "shop-api", own, "CiliumNetworkPolicy")) == []


def test_a_policy_of_cilium_that_denies_nothing_by_default_opens_nothing():
    deny = [{"fromEntities": ["world"]}]
    quiet = {"endpointSelector": {}, "enableDefaultDeny": {"ingress": False}, "ingressDeny": deny}
    found = messages(*with_policy("shop-prod", "", quiet, "CiliumClusterwideNetworkPolicy"))

    (message,) = found
    assert "cannot reach a pod of ingress labelled app=gateway" in message
    assert "CiliumClusterwideNetworkPolicy more forbids it" in message


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        # Reserved labels are entities; other sources of labels are not understood.
        ({"matchLabels": {"reserved:host": ""}}, 1),
        ({"matchLabels": {"reserved:host": "x"}}, 0),
        # As it takes keys apart: a dollar and a dot say what a colon says, and what follows "=" is cut off.
        ({"matchLabels": {"$host": ""}}, 1),
        ({"matchLabels": {"reserved.world": ""}}, 1),
        ({"matchExpressions": [{"key": "$world", "operator": "Exists"}]}, 1),
        ({"matchLabels": {"k8s:io.kubernetes.pod.namespace=x": "kube-system"}}, 1),
        ({"matchLabels": {"$host": "", "reserved:host": ""}}, 1),
        ({"matchLabels": {"reserved:host": "", "app": "a"}}, 1),
        ({"matchLabels": {"container:app": "a"}}, 1),
        ({"matchLabels": {"io.cilium.k8s.policy.cluster": "a"}}, 1),
        # Nobody has a label that is no part of a pod's identity.
        ({"matchLabels": {"pod-template-hash": "a", "k8s:io.kubernetes.pod.namespace": "kube-system"}}, 0),
        ({"matchLabels": {"any:io.kubernetes.pod.namespace": "kube-system"}}, 1),
        ({"matchLabels": {"k8s:io.cilium.k8s.namespace.labels.team": "a"}}, 1),
    ],
)
def test_selectors_of_cilium_mean_what_its_agent_reads(chosen, count):
    spec = {"endpointSelector": {}, "egress": [{"toEndpoints": [chosen]}]}

    assert len(messages(*with_policy("shop-prod", "payments", spec, "CiliumNetworkPolicy"))) == count


def test_a_policy_of_cilium_is_for_its_own_namespace_whatever_it_says():
    chosen = {"matchLabels": {"k8s:io.kubernetes.pod.namespace": "payments"}}
    spec = {"endpointSelector": chosen, "egress": [{"toEntities": ["world"]}]}

    (message,) = messages(*with_policy("shop-prod", "delivery", spec, "CiliumNetworkPolicy"))
    assert message.startswith("a pod of delivery can reach")
    chosen = {"matchLabels": {"any:io.kubernetes.pod.namespace": "payments"}}
    spec = {"endpointSelector": chosen, "egress": [{"toEntities": ["world"]}]}
    assert messages(*with_policy("shop-prod", "delivery", spec, "CiliumNetworkPolicy")) == []


@pytest.mark.parametrize("specs", [[], None, {}, [{"endpointSelector": {}}]])
def test_a_policy_of_cilium_must_say_something(specs):
    files, profile = rendered("shop-prod")
    add_policy(files, "payments", specs, "CiliumNetworkPolicy", "specs")

    assert any("it is not understood" in message for message in messages(files, profile)) or specs == []


# The parts.


def test_labels_are_told_apart_and_each_kind_is_there_once():
    tier = Selector((exists("tier"), Requirement("app", "NotIn", frozenset("a"))))
    kinds = told_apart([Selector((equal("app", "a", "b"),)), tier])

    assert len(kinds) == len({tuple(each.items()) for each in kinds}) == 6
    assert [tier.matches(each) for each in kinds].count(True) == 2
    assert told_apart([Selector((Requirement("a", "DoesNotExist"),))]) == ({}, {"a": "other"})
    others = [Selector((equal("a", "other"), exists("a")))]
    assert {"a": "others"} in told_apart(others)


def test_of_many_selectors_each_two_are_tried_together():
    """More labels than can all be combined: one example for each selector, and each two of them that agree."""
    luck = random.Random(1)
    selectors = [Selector((equal(f"key-{number}", "x"),)) for number in range(9)]
    selectors += [Selector((equal("app", f"v{number}"),)) for number in range(5)]
    kinds = told_apart(selectors)

    assert MOST < len(kinds) < 100
    for one, other in (luck.sample(selectors, 2) for _ in range(40)):
        keys = {each.key for each in (*one.requirements, *other.requirements)}
        both = any(one.matches(each) and other.matches(each) and len(each) == 2 for each in kinds)
        assert both == (len(keys) == 2)
    assert all(any(each.matches(kind) and len(kind) == 1 for kind in kinds) for each in selectors)


def test_many_selectors_of_one_namespace_are_judged_too():
    web = "{namespace: web, pods: {key-%s: x}}"
    ends = [(web % number, f"{{cidr: 203.0.113.{number}/32}}") for number in range(9)]
    flows = "".join(f"  - {{from: {source}, to: {target}, ports: [443]}}\n" for source, target in ends)
    body = f"zones: {{a: {{trust: 1}}}}\ntenants: {{t: {{namespaces: {{web: {{zone: a}}}}}}}}\nflows:\n{flows}"
    files, profile = rendering.files(body), rendering.profile(body)
    assert found_in(files, profile) == []

    other = {"podSelector": {"matchLabels": {"key-1": "x"}}}
    change(_file("web"), "NetworkPolicy", "flows-key-2.x", lambda object: object["spec"].update(other))(files)
    said = messages(files, profile)
    assert any("labelled key-1=x can reach the address 203.0.113.2 on 443/TCP" in each for each in said)
    assert any(
        "labelled key-2=x cannot reach the address 203.0.113.2 on 443/TCP, though flows.2" in each for each in said
    )


def test_ports_are_cut_where_something_begins_or_ends():
    atoms = PortAtoms([(Span("TCP", 80, 90), Span("UDP", 0, 53)), (Span("TCP", 85, 85), Span("TCP", 0, 0, "web"))])
    mask = atoms.most((Span("TCP", 80, 90),))

    assert len(list(bits_of(mask))) == 3
    assert atoms.spans(mask) == (Span("TCP", 80, 90),)
    assert atoms.most(EVERY_PORT) == atoms.all == atoms.least(EVERY_PORT)
    assert atoms.spans(atoms.most((Span("TCP", 0, 0, "web"),))) == (Span("TCP", 1, 65535),)
    assert atoms.least((Span("TCP", 0, 0, "web"),)) == 0


def test_addresses_are_cut_where_a_range_begins_or_ends():
    blocks = [block(text) for text in ("10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "0.0.0.0/0", "::/0")]
    atoms = AddressAtoms(blocks)

    assert atoms.masks(blocks) == atoms.all == (1 << atoms.count) - 1
    inside = atoms.mask(blocks[1])
    assert inside & atoms.mask(blocks[0]) == inside
    (place,) = bits_of(inside)
    assert atoms.first(place) == Block(4, 10 << 24 | 1 << 16, 32)
    assert {atoms.of(address_block(text)) for text in ("10.1.0.0", "10.1.255.255")} == {place}
    assert atoms.of(address_block("2001:db8::9")) in set(bits_of(atoms.mask(blocks[2])))


def test_cells_tell_masks_apart_and_have_nothing_in_common():
    luck = random.Random(2)
    for _ in range(200):
        masks = [luck.getrandbits(12) for _ in range(luck.randint(1, 5))]
        found = cells(masks)
        together = 0
        for cell in found:
            assert cell & together == 0
            assert all(cell & mask in (0, cell) for mask in masks)
            together |= cell
        assert all(mask & ~together == 0 for mask in masks)


@pytest.mark.parametrize(
    ("one", "name", "holds"),
    [
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "a.b.example.com", False),
        ("*.example.com", "example.com", False),
        ("a*.example.com", "A1.example.com.", True),
        ("*", "a.b.c", True),
        ("example.com", "exampleXcom", False),
    ],
)
def test_names_have_patterns_label_by_label(one, name, holds):
    assert Pattern(one).matches(name) is holds


def test_a_pattern_holds_another_if_it_holds_its_witness():
    assert Pattern("*.com").matches(Pattern("a*b.com").witness)
    assert not Pattern("a*b.com").matches(Pattern("*.com").witness)
    assert Pattern("*").matches(Pattern("*.*.com").witness)
    assert not Pattern("*.*.com").matches(Pattern("*").witness)
    assert pattern("no name") is None


def test_nothing_of_the_generator_is_known_here():
    folder = Path(__file__).parent.parent / "hardener" / "verify" / "network"
    text = "".join(file.read_text() for file in folder.glob("*.py"))
    assert not any(f"hardener.{word}" in text for word in ("expand", "plan", "rules", "emitters", "templating"))
