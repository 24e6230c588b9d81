"""Every file, line, object, flag, field, control, rule and key is explained, by what really decides it."""

import json
import re
from functools import cache
from pathlib import Path

import pytest
from msgspec.structs import replace

from hardener.catalog import measures
from hardener.catalog.components import taken
from hardener.catalog.flags_in_files import flags_in_files
from hardener.catalog.refusals import refusals
from hardener.cli import main
from hardener.cli.explained import as_data, as_text
from hardener.cli.findings import PROMISES
from hardener.cli.work import renderings
from hardener.errors import UsageError
from hardener.explain import Explanation
from hardener.explain.asked import MOST, SORTS, explain
from hardener.explain.lines import changed_lines
from hardener.explain.places import in_catalogue
from hardener.explain.trials import rendered, without
from hardener.explain.world import World
from hardener.profile.review import Framework
from hardener.verify.checks import verify
from tests.hostile_texts import HOSTILE

ROOT = Path(__file__).parent.parent
PROFILES = ("legacy", "managed", "shop-prod", "small")
FOLDER = Path("output")
NAMES = {names.__module__.rpartition(".")[2] + "." + names.__name__: names for _, names in SORTS}


@cache
def world(name: str) -> World:
    (made,) = renderings([ROOT / f"profiles/{name}.yaml"], FOLDER)
    return World(made.source, made.profile, made.plan, made.artifacts)


def one(what: str, profile: str = "shop-prod", namespace: str = "") -> Explanation:
    (found,) = explain(what, world(profile), namespace)
    return found


def decided(what: str, profile: str = "shop-prod") -> list[str]:
    return [".".join(map(str, said.at)) for said in one(what, profile).decided]


def is_shown(found: Explanation, profile: str) -> bool:
    """Is there something to say of it, for people and for programs?"""
    text = as_text(found, world(profile), FOLDER)
    json.dumps(as_data(found, world(profile), FOLDER))
    return (found.title in text and len(text.splitlines()) > 1 and text.isascii()) or not text.isascii()


# --- all of it is explained ---


@pytest.mark.parametrize("profile", PROFILES)
def test_every_file_is_explained(profile):
    for path in world(profile).artifacts:
        found = one(path, profile)
        assert (found.sort, found.title) == ("a file of the output", path)
        assert is_shown(found, profile)
        assert found.promises
        assert set(found.promises) <= set(PROMISES)


@pytest.mark.parametrize(("profile", "step"), [("shop-prod", 83), ("small", 211), ("managed", 211), ("legacy", 211)])
def test_every_line_is_explained(profile, step):
    for path, artifact in world(profile).artifacts.items():
        lines = artifact.text.splitlines()
        for line in range(1 + len(path) % 7, len(lines) + 1, step):
            found = one(f"output/{profile}/{path}:{line}", profile)
            assert [(spot.file, spot.line) for spot in found.spots] == [(path, line)]
            assert is_shown(found, profile)
            assert found.decided or found.says[-1].startswith("no line of the profile decides this")


@pytest.mark.parametrize(("sort", "profile"), [*((sort, "shop-prod") for sort in NAMES), ("settings.names", "legacy")])
def test_everything_that_has_a_name_is_explained_by_it(sort, profile):
    """Names of several things give them all; a name of too many gives a list."""
    for name in list(dict.fromkeys(NAMES[sort](world(profile)))):
        found = explain(name, world(profile))
        assert 1 <= len(found) <= MOST
        assert all(is_shown(each, profile) for each in found), name


# --- by what decides it ---


def line_with(path: str, text: str, profile: str = "shop-prod", nth: int = 0) -> str:
    lines = world(profile).artifacts[path].text.splitlines()
    return f"{path}:{[number for number, line in enumerate(lines, 1) if text in line][nth]}"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("manifests/namespaces/payments/namespace.yaml", "dev/zone", {"tenants.payments.namespaces.payments.zone"}),
        ("manifests/namespaces/payments/access.yaml", "auditors", {"tenants.payments.access.1.groups.1"}),
        ("manifests/namespaces/payments/quotas.yaml", "configmaps", {"zones.cards.quota"}),
        ("manifests/namespaces/shop-jobs/quotas.yaml", "configmaps", {"tenants.storefront.namespaces.shop-jobs.quota"}),
        ("manifests/namespaces/payments/network.yaml", "203.0.113.16/28", {"flows.5.to.cidr"}),
        ("manifests/namespaces/payments/network.yaml", "port: 9443", {"flows.3.ports.0"}),
        ("manifests/namespaces/payments/service-accounts.yaml", "Token: true",
         {"tenants.payments.namespaces.payments.serviceAccounts.settle.token"}),
        ("manifests/cluster/access.yaml", "name: security", {"access.0.groups.0"}),
        ("nodes/cards/kubelet.yaml", "maxPods", {"pools.cards.kubelet.maxPods"}),
        ("nodes/cards/kubelet.yaml", "key: example.com/cards", {"pools.cards.taints.0.key"}),
        ("control-plane/kube-apiserver.flags", "audit-log-maxbackup", {"controlPlane.audit.log.maxBackup"}),
        ("control-plane/kube-apiserver.flags", "service-node-port-range", {"controlPlane.serviceNodePortRange"}),
        ("control-plane/kubeadm.yaml", 'value: "30000-30100"', {"controlPlane.serviceNodePortRange"}),
        ("control-plane/encryption-configuration.yaml", "endpoint", {"controlPlane.encryption.kms.endpoint"}),
        ("control-plane/audit-webhook.yaml", "server:", {"controlPlane.audit.webhook.server"}),
        ("manifests/namespaces/payments/namespace.yaml", "# Rendered", {"metadata.name"}),
    ],
)  # fmt: skip
def test_a_line_is_decided_by_the_part_of_the_profile_that_says_it(path, text, expected):
    assert expected <= set(decided(line_with(path, text)))


def test_what_is_decided_is_decided_by_nothing_else_nearby():
    assert set(decided(line_with("manifests/namespaces/payments/quotas.yaml", "configmaps"))) == {
        "zones.cards.quota",
        "tenants.payments.namespaces.payments.zone",
    }


def test_what_decides_least_besides_comes_first():
    assert decided(line_with("manifests/namespaces/payments/network.yaml", "203.0.113.16/28"))[0] == "flows.5.to.cidr"
    assert decided(line_with("manifests/namespaces/payments/access.yaml", "auditors"))[0].endswith("access.1.groups.1")


def test_without_what_decides_a_line_the_line_is_otherwise():
    """The claim itself, tried from outside for what can be left out."""
    path = "manifests/namespaces/shop-web/network.yaml"
    shop = world("shop-prod")
    now = shop.artifacts[path].text.splitlines()
    for line in range(30, len(now), 9):
        for said in one(f"{path}:{line}").decided:
            then = rendered(without(shop.source.data, said.at))
            assert then is None or path not in then or then[path].splitlines() != now


def test_an_object_that_is_gone_is_not_taken_for_a_part_of_the_next_one_like_it():
    one_, other = "kind: Role\n  name: a\nrules: []\n", "kind: Role\n  name: b\nrules: []\n"
    last = "kind: Role\n  name: c\n"
    assert changed_lines(f"{one_}---\n{other}---\n{last}", f"{other}---\n{last}") == {1, 2, 3}
    assert changed_lines(f"{one_}---\n{other}", other) == {1, 2, 3}
    assert changed_lines(f"{one_}---\n{last}", f"{one_}---\n{other}---\n{last}") == set()


def test_several_flows_that_are_each_enough_are_all_named():
    found = decided(line_with("manifests/namespaces/payments/network.yaml", "name: flows-app.settle"))
    assert {"flows.5", "flows.6"} <= set(found)
    assert not {"flows.3", "flows.8", "flows"} & set(found)


def test_a_default_decides_as_well():
    (said,) = one("--request-timeout").decided
    assert (".".join(map(str, said.at)), said.file) == ("controlPlane.requests.timeout", "")
    (key,) = one("--request-timeout").keys
    assert (key.default, key.may_be) == ("1m0s", "a text")


def test_what_hardener_always_sets_is_decided_by_nobody():
    found = one("authentication.anonymous.enabled")
    assert (found.decided, found.says) == ((), ("always so: no key of the profile changes it",))
    assert [spot.file for spot in found.spots] == [
        f"nodes/{pool.name}/kubelet.yaml" for pool in world("shop-prod").plan.nodes.pools
    ]


def test_what_the_cluster_is_too_old_for_is_said():
    (says,) = one("imagePullCredentialsVerificationPolicy").says
    assert says == "not set here: hardener sets it for Kubernetes 1.35 to 1.37, and the cluster is of 1.34"


def test_a_flag_that_is_not_hardeners_is_said_to_be_left_alone():
    (says,) = one("kube-apiserver --v").says
    assert says == "hardener does not set this: no measure needs it, and what the component does by itself holds"


@pytest.mark.parametrize(
    ("flag", "field"), [(flag, each.name) for (of, flag), each in flags_in_files().items() if of == "kubelet"]
)
def test_a_flag_of_the_kubelet_is_the_field_of_its_file(flag, field):
    """Each flag and each field is one that the kubelet takes, and the file of a pool says where the field stands."""
    assert flag in taken("kubelet")
    assert any(each == field or each.startswith(f"{field}.") for each in taken("fields"))
    found = one(f"kubelet --{flag}")
    if not found.spots:
        assert not world("shop-prod").places.of("kubelet", field)
        return
    spot = found.spots[0]
    more = len(found.spots) - 1
    assert found.says[0] == f"set as {field} in {spot.file}:{spot.line}" + (
        f", and in {more} more files" if more else ""
    )
    line = world("shop-prod").artifacts[spot.file].text.splitlines()[spot.line - 1]
    assert field.rpartition(".")[2] in line


def test_every_field_of_the_kubelet_that_has_a_flag_is_found_by_it():
    named = {each.name for each in flags_in_files().values() if each.file == "kubelet.yaml"}
    fields = {each.name for each in in_catalogue("kubelet", "field")}
    alone = {name for name in fields - named if name.rpartition(".")[2].lower() in _bare(taken("kubelet"))}
    assert named <= fields
    assert not alone


def _bare(flags):
    return {flag.replace("-", "") for flag in flags}


def test_a_flag_of_the_api_server_is_the_part_of_the_file_that_stands_for_it():
    found = one("kube-apiserver --anonymous-auth")
    assert found.says == ("set as anonymous in control-plane/authentication-configuration.yaml:6",)
    assert found.measures == ("api-server.anonymous",)
    assert found.decided
    assert one("--oidc-issuer-url").decided[0].line == 102
    assert all(flag in taken(component) for component, flag in flags_in_files())
    assert one("kube-apiserver --authorization-mode").spots[0].file == "control-plane/kube-apiserver.flags"


def test_an_admission_plugin_is_a_word_of_a_flag():
    found = one("EventRateLimit")
    assert found.measures == ("admission.event-rate-limit",)
    assert [spot.line for spot in found.spots if spot.file.endswith(".flags")] == [12]
    assert not one("PodSecurityPolicy").spots


def test_a_control_of_a_higher_level_than_is_asked_for_comes_behind_the_others():
    shop = world("shop-prod")
    asked = replace(shop.profile, compliance=replace(shop.profile.compliance, cis=Framework(level=1)))
    first = World(shop.source, asked, shop.plan, shop.artifacts.values())
    of_pods = ["pods.security-level"]
    assert {each.level for each in shop.controls(of_pods) if shop.asks_for(each)} == {1, 2, None}
    assert {each.level for each in first.controls(of_pods) if first.asks_for(each)} == {1, None}
    order = [first.asks_for(each) for each in first.controls(of_pods)]
    assert order == sorted(order, reverse=True)


# --- each sort as people write it ---


@pytest.mark.parametrize(
    ("what", "namespace"),
    [
        ("NetworkPolicy payments/default-deny", ""),
        ("networkpolicy/default-deny", "payments"),
        ("netpol/default-deny", "payments"),
        ("networkpolicies.networking.k8s.io default-deny", "payments"),
    ],
)
def test_an_object_is_named_as_people_and_as_kubectl_name_it(what, namespace):
    found = one(what, namespace=namespace)
    assert found.title == "NetworkPolicy payments/default-deny"
    assert found.spots[0].file == "manifests/namespaces/payments/network.yaml"
    assert "tenants.payments.namespaces.payments" in {".".join(map(str, said.at)) for said in found.decided}


def test_a_name_with_a_colon_is_one():
    assert one("rolebinding/hardener:viewer", namespace="payments").title == "RoleBinding payments/hardener:viewer"
    assert one("ClusterRole hardener:viewer").spots[0].file == "manifests/cluster/access.yaml"


@pytest.mark.parametrize(
    "what",
    [
        "profile.json",
        "output/shop-prod/profile.json",
        "./output/shop-prod/profile.json",
        "/somewhere/output/shop-prod/profile.json",
        "shop-prod/profile.json",
        "output/shop-prod//profile.json",
    ],
)
def test_a_file_is_named_from_wherever_somebody_stands(what):
    assert one(what).title == "profile.json"


def test_a_path_that_ends_as_one_file_does_is_that_file():
    assert one("payments/network.yaml:3").title == "manifests/namespaces/payments/network.yaml:3"


def test_a_path_that_ends_as_many_do_gives_a_list():
    with pytest.raises(
        UsageError, match=r"^'network.yaml' may mean:\n  manifests/namespaces/delivery/network.yaml \(a file"
    ):
        explain("network.yaml", world("shop-prod"))


def test_a_flag_is_found_with_and_without_its_component():
    assert [found.title for found in explain("--profiling", world("shop-prod"))] == [
        "kube-apiserver --profiling", "kube-controller-manager --profiling", "kube-scheduler --profiling"
    ]  # fmt: skip
    assert one("kube-scheduler --profiling=false").title == "kube-scheduler --profiling"


@pytest.mark.parametrize("what", ["CIS 1.2.17", "cis 1.2.17", "1.2.17", "cis-2.0 1.2.17", "CIS: 1.2.17"])
def test_a_control_is_the_one_of_the_profiles_own_framework(what):
    found = one(what)
    assert [control.framework for control in found.controls] == ["cis-2.0"]
    assert found.measures == ("audit.log",)
    assert [spot.line for spot in found.spots if spot.file.endswith(".flags")] == [2]
    assert found.promises == ("settings",)


def test_a_control_of_another_framework_is_found_by_its_name():
    assert one("CIS EKS 3.2.1").controls[0].framework == "cis-eks-1.8.0"
    assert one("v-242381").controls[0].name == "V-242381"
    assert one("NSA-POD-5").controls[0].framework == "nsa-1.2"
    assert one("5.4.2").says[1].startswith("hardener does not do it: it is the organisation's. ")
    assert one("5.1.1").says[1].startswith("hardener does a part of it, and the rest is the administrator's. ")


def test_the_controls_of_the_profiles_frameworks_come_first():
    frameworks = [control.framework for control in one("--audit-log-maxage").controls]
    assert frameworks == ["cis-2.0", "nsa-1.2", "stig-V2R6", "kubescape"]


def test_a_measure_is_explained_by_its_name():
    assert {spot.file for spot in one("audit.log").spots} == {
        "control-plane/kube-apiserver.flags", "control-plane/kubeadm.yaml"
    }  # fmt: skip
    assert set(NAMES["demands.measure_names"](world("small"))) == set(measures())


# --- rules ---


def test_a_rule_says_where_it_would_refuse_and_what_accepts_it():
    found = one("flow.internet")
    assert found.says[-1].startswith("here at flows.0.from: ")
    assert found.says[-1].endswith("; exceptions.0 accepts it until 2027-06-30")
    assert [said.line for said in found.decided] == [81]


def test_the_exception_that_is_shown_is_one(tmp_path, capsys):
    text = (ROOT / "profiles/small.yaml").read_text()
    open_ = text + "  - {from: {internet: true}, to: {namespace: api}, ports: [443], reason: public}\n"
    (tmp_path / "p.yaml").write_text(open_)
    assert main(["render", "--unproven", str(tmp_path / "p.yaml"), "-o", str(tmp_path / "out")]) == 2
    shown = one("flow.internet", "small").example.replace("the place that the refusal gives", "flows.1")
    (tmp_path / "p.yaml").write_text(open_ + shown)
    assert main(["render", "--unproven", str(tmp_path / "p.yaml"), "-o", str(tmp_path / "out")]) == 0
    capsys.readouterr()
    assert main(["explain", str(tmp_path / "p.yaml"), "flow.internet"]) == 0
    assert "exceptions.0 accepts it until" in capsys.readouterr().out


def test_what_cannot_be_lifted_shows_no_exception():
    found = one("namespace.unknown")
    assert not found.example
    assert "no exception can lift it: it is wrong, and not only weak" in found.says


def test_every_rule_is_in_words():
    """Each id that a refusal carries, as the refusals in tests/rejected show them; and those that only check gives."""
    shown = "".join(file.read_text() for file in (ROOT / "tests/rejected").glob("*.txt"))
    ids = set(re.findall(r" \[([a-z]+\.[a-z0-9-]+)\]$", shown, re.MULTILINE))
    assert ids | {"exception.expired", "kubernetes.end-of-life"} == set(refusals())
    for each in refusals().values():
        assert each.refuses[-1] != "."
        assert each.why.endswith(".")


# --- keys of the profile ---


def test_a_key_says_what_it_does():
    found = one("flows.5")
    assert [spot.file for spot in found.spots] == ["manifests/namespaces/payments/network.yaml"]
    assert found.promises == ("network",)
    assert found.keys[0].may_be == "a mapping of from, to, ports, reason"


def test_a_key_says_what_is_accepted_there():
    assert one("flows.0").says == ("exceptions.0 accepts flow.internet here until 2027-06-30",)
    assert one("flows.1").says == ()


def test_a_key_that_nobody_wrote_has_its_default_and_its_places():
    found = one("zones.cards.podSecurity")
    assert found.says == ("nobody has written it, so its default holds: restricted",)
    assert found.keys[0].may_be.startswith("baseline, privileged or restricted or ")
    assert [spot.file for spot in found.spots] == ["manifests/namespaces/payments/namespace.yaml"]


def test_a_key_that_says_what_holds_anyway_is_told_so():
    assert one("controlPlane.audit.log.maxAge").says == (
        "it says what holds anyway: without it the output is the same",
    )
    assert one("controlPlane.audit.log.maxAge").measures == ("audit.log",)


@pytest.mark.parametrize("what", ["zones.nowhere.podSecurity", "flows.99", "flows.99.ports", "zones.cards.x"])
def test_a_path_that_leads_nowhere_is_none(what):
    with pytest.raises(UsageError, match="nothing here is called"):
        explain(what, world("shop-prod"))


# --- which promise covers it ---


@pytest.mark.parametrize(
    "path",
    [
        "manifests/cluster/access.yaml",
        "manifests/cluster/nodes.yaml",
        "manifests/cluster/pods.yaml",
        "manifests/namespaces/web/access.yaml",
        "manifests/namespaces/web/namespace.yaml",
        "manifests/namespaces/web/network.yaml",
        "manifests/namespaces/web/quotas.yaml",
        "manifests/namespaces/web/service-accounts.yaml",
        "control-plane/audit-policy.yaml",
        "control-plane/encryption-configuration.yaml",
        "control-plane/etcd.flags",
        "control-plane/etcd.nft",
        "control-plane/kube-apiserver.flags",
        "nodes/shared/kubelet.yaml",
        "nodes/shared/node.labels",
        "nodes/shared/permissions.sh",
        "nodes/shared/sysctl.conf",
    ],
)
def test_the_promise_that_is_named_is_the_one_that_misses_the_file(path):
    small = world("small")
    files = {each.path: each.text for each in small.artifacts.values() if each.path != path}
    missing = {finding.word for finding in verify(files, small.profile)}
    assert set(one(path, "small").promises) & missing


# --- hostile words ---


@pytest.mark.parametrize(
    "what", [*HOSTILE, "../../../etc/passwd", "a" * 10_000, "/" * 10_000, "1." * 5_000, ": :", "--"]
)
def test_hostile_words_mean_nothing_and_drive_no_terminal(what):
    with pytest.raises(UsageError) as refusal:
        explain(what, world("small"))
    assert len(str(refusal.value)) < 2_000
    assert all(char.isprintable() or char == "\n" for char in str(refusal.value))


def test_a_line_that_is_not_there_is_said(capsys):
    assert main(["explain", str(ROOT / "profiles/small.yaml"), "profile.json:9999"]) == 2
    assert capsys.readouterr().err.startswith("profile.json: there is no line 9999: the file has ")


def test_a_slip_of_the_keyboard_is_understood(capsys):
    assert main(["explain", str(ROOT / "profiles/shop-prod.yaml"), "flow.internt"]) == 2
    assert "did you mean 'flow.internet'" in capsys.readouterr().err


def test_nothing_asked_is_wrong_use(capsys):
    assert main(["explain", str(ROOT / "profiles/small.yaml")]) == 2
    assert main(["explain", str(ROOT / "profiles/small.yaml"), " "]) == 2
    assert capsys.readouterr().err.count("tell what to explain") == 2


def test_programs_get_it_as_json(capsys):
    assert main(["explain", str(ROOT / "profiles/shop-prod.yaml"), "--format", "json", "--audit-log-maxage"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["explanations"]
    assert found["decided"][0]["path"] == "controlPlane.audit.log.maxAge"
    assert [each["name"] for each in found["controls"] if each["asked_for"]] == ["CIS 1.2.17", "NSA-LOG-1"]
    assert found["promises"] == [{"promise": 8, "word": "settings"}]


def test_a_value_of_the_profile_drives_no_terminal(tmp_path, capsys):
    text = (
        (ROOT / "profiles/small.yaml")
        .read_text()
        .replace("    ports: [8443]", '    ports: [8443]\n    reason: "\\u202Ehidden"')
    )
    (tmp_path / "p.yaml").write_text(text)
    assert main(["explain", str(tmp_path / "p.yaml"), "flows.0"]) == 0
    assert "\u202e" not in capsys.readouterr().out


# --- a large cluster ---


def test_a_profile_too_large_to_try_names_what_the_file_is_made_from(monkeypatch):
    monkeypatch.setattr("hardener.explain.world.LARGEST", 1)
    found = one("manifests/cluster/access.yaml:9")
    assert found.says[-1].startswith("the profile is too large to try")
    assert {each.at for each in found.decided} == {("access",)}
    assert one("flows.3").spots[0].file == "manifests/namespaces/payments/network.yaml"


@pytest.mark.parametrize("file", ["access", "namespace", "network", "quotas", "service-accounts"])
def test_in_a_large_profile_a_part_of_it_is_tried_that_makes_the_same(file, monkeypatch):
    """What decides a line there is what decides it where all of the profile is tried."""
    path = f"manifests/namespaces/payments/{file}.yaml"
    places = [f"{path}:{line}" for line in range(2, world("shop-prod").artifacts[path].text.count("\n"), 9)]
    whole = [{said.at for said in one(place).decided} for place in places]
    monkeypatch.setattr("hardener.explain.world.LARGEST", 1)
    parts = [one(place) for place in places]
    assert not any(says.startswith("the profile is too large") for found in parts for says in found.says)
    for place, found, expected in zip(places, parts, whole, strict=True):
        assert expected <= {said.at for said in found.decided}, place
