"""`hardener reach`: exactly what it says, and that what it lists is all that there is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hardener.cli import main
from hardener.profile import Profile
from hardener.profile.ports import port_range
from hardener.verify.network.ends import PodEnd
from hardener.verify.reach.everything import Reached, everything
from hardener.verify.written import read
from tests import strategies
from tests.network_rendered import STRANGERS, manifests_of, namespaces_of, world_of
from tests.packets import Cluster, Packet, Pod
from tests.verifying import rendered

ROOT = Path(__file__).parent.parent
SHOP = "profiles/shop-prod.yaml"
UNSHRUNK = [Phase.explicit, Phase.reuse, Phase.generate]
API, GATEWAY = "shop-api/app=api", "payments/app=gateway"


@pytest.fixture(autouse=True)
def from_the_top(monkeypatch):
    monkeypatch.chdir(ROOT)


def said(capsys, *words: str) -> tuple[int, str]:
    code = main(["reach", SHOP, *words])
    return code, capsys.readouterr().out


def refused(capsys, *words: str) -> str:
    assert main(["reach", SHOP, *words]) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    return caught.err


def test_yes_is_said_with_both_rules_and_the_flow(capsys):
    assert said(capsys, API, GATEWAY, "9443") == (
        0,
        """\
yes: does a pod of shop-api labelled app=api reach a pod of payments labelled app=gateway on 9443/TCP?
  the way out of shop-api is opened by a rule
    output/shop-prod/manifests/namespaces/shop-api/network.yaml:91: NetworkPolicy shop-api/flows-app.api
  the way into payments is opened by a rule
    output/shop-prod/manifests/namespaces/payments/network.yaml:75: NetworkPolicy payments/flows-app.gateway
  the profile says so
    profiles/shop-prod.yaml:84: flows.3
""",
    )


def test_no_is_said_with_the_policies_that_close(capsys):
    assert said(capsys, "monitoring/app=prometheus", "ingress/", "9090/TCP") == (
        1,
        """\
no: does a pod of monitoring labelled app=prometheus reach a pod of ingress without labels on 9090/TCP?
  the way out of monitoring is closed by a policy, and no rule opens it for this
    output/shop-prod/manifests/namespaces/monitoring/network.yaml:3: NetworkPolicy monitoring/default-deny
  the way out of monitoring is closed by 2 more: allow-dns, flows-app.prometheus
  the way into ingress is closed by a policy, and no rule opens it for this
    output/shop-prod/manifests/namespaces/ingress/network.yaml:3: NetworkPolicy ingress/default-deny
  no flow, no isolation and no DNS of the profile says so
""",
    )


def test_a_side_that_would_let_it_through_is_not_blamed(capsys):
    code, text = said(capsys, "shop-api/app=api", "payments/app=settle", "9443")

    assert code == 1
    assert "out of shop-api is closed by a policy, and no rule" in text
    code, text = said(capsys, "203.0.113.17", GATEWAY, "9443")
    assert code == 1
    assert "out of" not in text
    assert "into payments is closed" in text


def test_an_answer_as_json(capsys):
    code, text = said(capsys, "shop-web/any=label", "kube-system/k8s-app=kube-dns", "53/UDP", "--format", "json")

    assert code == 0
    assert json.loads(text) == {
        "question": "does a pod of shop-web labelled any=label reach "
        "a pod of kube-system labelled k8s-app=kube-dns on 53/UDP?",
        "answer": True,
        "reasons": [
            {
                "message": "the way out of shop-web is opened by a rule",
                "file": "manifests/namespaces/shop-web/network.yaml",
                "line": 25,
                "object": "NetworkPolicy shop-web/allow-dns",
            },
            {"message": "the way into kube-system is closed by no policy", "file": "", "line": 0, "object": ""},
            {
                "message": "the profile says so",
                "file": "",
                "line": 0,
                "object": "",
                "profile": {"path": "cluster.dns", "file": SHOP, "line": 8},
            },
        ],
        "folder": None,
        "not_understood": [],
    }


def test_all_that_a_pod_reaches(capsys):
    assert said(capsys, "--from", API) == (
        0,
        """\
what a pod of shop-api labelled app=api reaches:
  kube-system: pods labelled k8s-app=kube-dns: 53/TCP, 53/UDP
    output/shop-prod/manifests/namespaces/shop-api/network.yaml:25: NetworkPolicy shop-api/allow-dns
    profiles/shop-prod.yaml:8: cluster.dns
  payments: pods labelled app=gateway: 9443/TCP
    output/shop-prod/manifests/namespaces/shop-api/network.yaml:91: NetworkPolicy shop-api/flows-app.api
    profiles/shop-prod.yaml:84: flows.3
  the name mail.example.com: 587/TCP
    output/shop-prod/manifests/namespaces/shop-api/network.yaml:114: CiliumNetworkPolicy shop-api/flows-all
    profiles/shop-prod.yaml:91: flows.10
""",
    )


def test_several_namespaces_that_are_reached_alike_are_one_group(capsys):
    _, text = said(capsys, "--from", "monitoring/app=prometheus")

    assert "\n  shop-api, shop-jobs: every pod: 9090/TCP\n" in text


def test_who_reaches_a_pod_as_json(capsys):
    code, text = said(capsys, "--to", "shop-web/", "--format", "json")

    assert code == 0
    assert json.loads(text) == {
        "question": "what reaches a pod of shop-web without labels",
        "reached": [
            {
                "namespaces": ["ingress"],
                "pods": [{"app": "gateway"}],
                "exactly": False,
                "ports": ["8443/TCP"],
                "file": "manifests/namespaces/shop-web/network.yaml",
                "line": 49,
                "object": "NetworkPolicy shop-web/flows-all",
                "profile": {"path": "flows.1", "file": SHOP, "line": 82},
            }
        ],
        "notes": [],
        "folder": None,
        "not_understood": [],
    }


def test_what_nothing_reaches(capsys):
    assert said(capsys, "--to", "delivery/") == (1, "what reaches a pod of delivery without labels: nothing\n")


def test_addresses_outside_are_listed_with_how_many_more(capsys):
    code, text = said(capsys, "--to", "ingress/app=gateway")

    assert code == 0
    assert text.splitlines()[1].endswith("128.0.0.0-168.63.129.15 and 8 more: 80/TCP, 443/TCP")


def test_the_control_plane_is_one_place(capsys):
    _, text = said(capsys, "--from", "payments/app=settle")

    assert "\n  every node of the control plane, and the API server: 6443/TCP\n" in text


def test_what_nobody_speaks_of_comes_last(capsys):
    code, text = said(capsys, "--to", "203.0.113.17")

    groups = [line for line in text.splitlines()[1:] if line.startswith("  ") and not line.startswith("   ")]
    assert code == 0
    assert groups[0].startswith("  payments: pods labelled app=settle")
    assert "any other namespace" in groups[-1]


def test_all_that_an_address_reaches(capsys):
    assert said(capsys, "--from", "8.8.8.8") == (
        0,
        """\
what 8.8.8.8 reaches:
  ingress: pods labelled app=gateway: 80/TCP, 443/TCP
    output/shop-prod/manifests/namespaces/ingress/network.yaml:52: NetworkPolicy ingress/flows-app.gateway
    profiles/shop-prod.yaml:81: flows.0
  kube-system, any other namespace: every pod: every port
""",
    )


def test_a_namespace_that_nobody_knows_is_a_strangers(capsys):
    code, text = said(capsys, "paymnts/", "payments/", "443")

    assert code == 1
    assert text.endswith(
        "  the profile knows no namespace paymnts (did you mean payments?): this is the answer for a stranger's\n"
    )
    _, text = said(capsys, "--from", "somewhere/")
    assert text.splitlines()[1] == "  kube-system, somewhere, any other namespace: every pod: every port"
    assert text.endswith("  the profile knows no namespace somewhere: this is the answer for a stranger's\n")


def test_between_strangers_nothing_is_promised(capsys):
    code, text = said(capsys, "somewhere/", "elsewhere/app=web", "80")

    assert code == 0
    assert "the profile promises nothing of this: it knows neither end" in text


def test_addresses_that_no_policy_sees_are_said_to_be_such(capsys):
    assert "10.244.1.2 may be a pod's" in said(capsys, "payments/", "10.244.1.2", "80")[1]
    assert "10.96.0.99 may be a service's" in said(capsys, "payments/", "10.96.0.99", "80")[1]
    assert "may be a" not in said(capsys, "payments/", "10.96.0.1", "443")[1]
    assert "a node always reaches the pods that run on it" in said(capsys, "192.168.20.7", "payments/", "80")[1]


@pytest.fixture
def changed(tmp_path):
    """A copy of the shop's output, in which the payments' gateway is open, and one policy is not understood."""
    folder = tmp_path / "shop-prod"
    shutil.copytree(ROOT / "output/shop-prod", folder)
    file = folder / "manifests/namespaces/payments/network.yaml"
    file.write_text(file.read_text() + OPENED)
    return folder


def place(folder: Path, line: str) -> str:
    """The place of a line among the payments' policies."""
    file = folder / "manifests/namespaces/payments/network.yaml"
    return f"{file}:{file.read_text().splitlines().index(line) + 1}"


OPENED = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open, namespace: payments}
spec:
  podSelector: {matchLabels: {app: gateway}}
  policyTypes: [Ingress]
  ingress:
    - ports: [{port: web}, {port: 9443}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: strange, namespace: payments}
spec: {podSelector: {}, action: Deny}
"""


def test_what_somebody_opened_is_told_from_what_the_profile_says(capsys, changed):
    code, text = said(capsys, "198.51.100.7", GATEWAY, "9443", "--against", str(changed))

    assert code == 0
    assert f"    {place(changed, '    - ports: [{port: web}, {port: 9443}]')}: NetworkPolicy payments/open\n" in text
    assert "  no flow, no isolation and no DNS of the profile says so: these files open more than it promises\n" in text
    assert "  left out of this answer, since it is not understood: " in text
    assert f"    {place(changed, 'spec: {podSelector: {}, action: Deny}')}: NetworkPolicy payments/strange\n" in text


def test_what_somebody_opened_is_marked_in_the_list(capsys, changed):
    _, text = said(capsys, "--to", GATEWAY, "--against", str(changed))

    where = place(changed, "    - ports: [{port: web}, {port: 9443}]")
    assert f"    {where}: NetworkPolicy payments/open\n    nothing in the profile says so\n" in text


def test_a_named_port_is_what_the_pod_says(capsys, changed):
    code, text = said(capsys, "198.51.100.7", GATEWAY, "8080", "--against", str(changed))

    assert code == 1
    assert "  it would pass if the pod's containers called that port web\n" in text


def test_what_the_profile_says_and_nobody_opens(capsys, changed):
    file = changed / "manifests/namespaces/shop-api/network.yaml"
    file.write_text(file.read_text().replace("port: 9443", "port: 9444"))

    code, text = said(capsys, API, GATEWAY, "9443", "--against", str(changed))

    assert code == 1
    assert text.endswith(
        "  the profile says so, and these files do not keep it\n    profiles/shop-prod.yaml:84: flows.3\n"
    ) or ("the profile says so, and these files do not keep it" in text)


def test_what_is_forbidden_is_forbidden_by_a_rule(capsys):
    code, text = said(capsys, "shop-api/", "169.254.169.254", "80")

    assert code == 1
    assert "  the way out of shop-api is forbidden by a rule\n" in text


WRONG = {
    ("payments", GATEWAY, "80"): "'payments' is no end: a pod is NAMESPACE/label=value,label=value, "
    "a pod without labels NAMESPACE/, anything else its address; did you mean payments/?",
    ("mail.example.com", GATEWAY, "80"): "of a name, ask for the address that it leads to",
    ("app=web", GATEWAY, "80"): "'app=web' is no end: a pod is NAMESPACE/label=value",
    ("10.0.0.0/8", GATEWAY, "80"): "'10.0.0.0/8' is a range: ask for one of its addresses, such as 10.0.0.0",
    ("10.0.0.256", GATEWAY, "80"): "'10.0.0.256' is no end",
    ("[2001:db8::1", GATEWAY, "80"): "'[2001:db8::1' is no end",
    ("Payments/", GATEWAY, "80"): "'Payments' is no name of a namespace",
    ("payments/app", GATEWAY, "80"): "'app' is no label: write label=value, several with a comma between them",
    ("payments/app=a,", GATEWAY, "80"): "'' is no label",
    ("payments/app=-", GATEWAY, "80"): "'app=-' is no label",
    ("payments/app=a,app=b", GATEWAY, "80"): "a pod has one value for a label, and app has two",
    (API, GATEWAY, "https"): "'https' is no port: write its number, as in 8443 or 53/UDP; what a name means, each pod",
    (API, GATEWAY, "80-90"): "'80-90' is a range: ask for one port at a time",
    (API, GATEWAY, "0"): "'0': ports are numbered from 1 to 65535",
    (API, GATEWAY, "65536"): "'65536': ports are numbered from 1 to 65535",
    (API, GATEWAY, "53/DNS"): "'53/DNS': the protocol is one of TCP, UDP, SCTP, as in 53/UDP",
    (API, GATEWAY): "tell who starts, who is called, and on which port:\n  hardener reach PROFILE FROM TO PORT",
    (API, GATEWAY, "80", "90"): "tell who starts, who is called",
    (API, "--from", API): "ask one question:",
    ("--to", API, "--from", API): "ask one question:",
    (): "tell who starts, who is called",
}


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_what_is_no_question_is_refused_with_the_way_out(capsys, words):
    assert WRONG[words] in refused(capsys, *words)


def test_help_teaches_with_examples(capsys):
    assert main(["reach", "--help"]) == 0

    text = " ".join(capsys.readouterr().out.split())
    assert "hardener reach shop.yaml shop-api/app=api payments/app=gateway 9443" in text
    assert "Exits with 1 if the answer is no." in text


def test_an_address_may_be_in_brackets_and_a_protocol_in_small_letters(capsys):
    code, text = said(capsys, "payments/", "[2001:db8::9]", "53/udp")

    assert code == 1
    assert text.startswith("no: does a pod of payments without labels reach 2001:db8::9 on 53/UDP?\n")


@pytest.mark.parametrize("name", ["small", "shop-prod", "managed", "legacy"])
def test_what_is_listed_is_all_that_passes(name):
    assert compared(*rendered(name), Random(name), 6) > 500


# A smaller example would take minutes to find, and says no more.
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=UNSHRUNK)
@given(data=strategies.profiles(cnis=("calico", "cilium")), seed=st.integers(0, 1 << 32))
def test_what_is_listed_is_all_that_passes_by_any_profile(data, seed):
    compared(*rendered(strategies.as_yaml(data)), Random(seed), 2)


def compared(files: dict[str, str], profile: Profile, luck: Random, ends: int) -> int:
    """Each of some pods with every other, on every port at which something changes; says how many were compared."""
    manifests, namespaces = manifests_of(files), namespaces_of(files)
    made = world_of(manifests, namespaces, profile, luck)
    cluster = Cluster(manifests, {**STRANGERS, **namespaces}, cilium=made.cilium)
    pods = [Pod(each.namespace, each.labels, each.address) for each in made.ends if isinstance(each, Pod)]
    count = 0
    for pod in luck.sample(pods, min(ends, len(pods))):
        end = PodEnd(namespace=pod.namespace, labels=pod.labels)
        known = {*namespaces, "kube-system", pod.namespace}
        for from_it in (True, False):
            listed = everything(read(files)[0], profile, end, from_it=from_it).reached
            for other in luck.sample([each for each in pods if each is not pod], min(40, len(pods) - 1)):
                for port, protocol in luck.sample(PORTS, 8):
                    packet = Packet(*((pod, other) if from_it else (other, pod)), port, protocol)
                    assert any(has(each, other, known, port, protocol) for each in listed) == cluster.passes(packet)
                    count += 1
    return count


PORTS = [(port, protocol) for port in (1, 53, 80, 443, 5432, 8443, 9090, 9443) for protocol in ("TCP", "UDP", "SCTP")]


def has(group: Reached, pod: Pod, known: set[str], port: int, protocol: str) -> bool:
    """Does a group hold a pod, on a port? What is not known has no name there."""
    name = pod.namespace if pod.namespace in known else "any other namespace"
    if name not in group.namespaces or group.pods.exactly:
        return False
    wanted = [dict(labels).items() for labels in group.pods.labels]
    if wanted and not any(labels <= pod.labels.items() for labels in wanted):
        return False
    spans = [port_range(text) for text in group.ports]
    return not spans or any(span.protocol == protocol and span.first <= port <= span.last for span in spans)
