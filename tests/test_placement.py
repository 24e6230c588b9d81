"""A pod of a zone runs on that zone's pools and nowhere else, and nobody else's pods run there."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hardener.catalog import supported
from hardener.emitters import emit
from hardener.expand import expand
from hardener.expand.nodes.gaps import gaps
from hardener.expand.nodes.placement import places
from hardener.plan.placement import Strangers
from hardener.profile import read
from hardener.source import parse
from tests.remember import remembered
from tests.rendering import refusals, written
from tests.scheduling import NotAdmittedError, Spec, admitted, registered, runs, schedules, takes

POLICIES = "manifests/cluster/nodes.yaml"
CONFIGURATION = "control-plane/admission-configuration.yaml"
PLUGINS = ("PodNodeSelector", "PodTolerationRestriction")
VERSIONS = supported()
PROVIDERS = ("eks", "gke", "aks")

# A zone with two pools, a pool with two zones, a pool of nobody's, and taints that a nodeName passes.
BODY = """
zones:
  office: {trust: 20}
  plant: {trust: 60, pools: [plant]}
  cards: {trust: 90, pools: [cards, vault]}
  ledger: {trust: 90, pools: [vault]}
pools:
  plant: {taints: [{key: example.com/own, value: plant, effect: NoSchedule}]}
  cards:
    taints:
      - {key: example.com/own, value: cards, effect: NoSchedule}
      - {key: example.com/pci, effect: NoSchedule}
  vault: {}
  spare: {}
tenants:
  team:
    namespaces: {web: {zone: office}, line: {zone: plant}, pay: {zone: cards}, books: {zone: ledger}}
"""
AT_HOME = {
    "web": {"shared"},
    "line": {"plant"},
    "pay": {"cards", "vault"},
    "books": {"vault"},
    "unknown": {"shared"},
    "kube-system": {"shared", "plant", "cards", "vault", "spare", "control-plane"},
}
POOLS = sorted(AT_HOME["kube-system"])


def profile_of(body: str, version: str = "1.34", distribution: str = "kubeadm"):
    text = written(body, version=version).replace("distribution: kubeadm", f"distribution: {distribution}")
    return read(parse(text, "profile.yaml"))


def files(body: str = BODY, version: str = "1.34", distribution: str = "kubeadm") -> dict[str, str]:
    return {each.path: each.text for each in emit(expand(profile_of(body, version, distribution)))}


def documents(rendered: dict[str, str], kind: str) -> dict[str, dict]:
    found = yaml.load_all(rendered.get(POLICIES, ""), yaml.CSafeLoader)
    return {each["metadata"]["name"]: each for each in found if each and each["kind"] == kind}


def annotations(rendered: dict[str, str], namespace: str) -> dict[str, str]:
    """Those of a namespace; none of one that the output does not make."""
    text = rendered.get(f"manifests/namespaces/{namespace}/namespace.yaml", "{metadata: {}}")
    return yaml.safe_load(text)["metadata"].get("annotations", {})


def configuration(rendered: dict[str, str]) -> dict[str, Spec]:
    plugins = yaml.safe_load(rendered[CONFIGURATION])["plugins"]
    return {plugin["name"]: plugin["configuration"] for plugin in plugins}


class Cluster:
    """What runs with an output: the plugins' configuration, what namespaces tell them, and a node of each pool."""

    def __init__(self, rendered: dict[str, str], namespaces=tuple(AT_HOME), pools=POOLS):
        self.configuration = configuration(rendered)
        self.annotations = {name: annotations(rendered, name) for name in namespaces}
        self.nodes = {pool: registered(rendered, pool) for pool in pools}

    def runs(self, pod: Spec, namespace: str) -> set[str]:
        """The pools where the pod can come to run, once the plugins have seen it."""
        try:
            seen = admitted(pod, self.annotations[namespace], self.configuration)
        except NotAdmittedError:
            return set()
        return {pool for pool, node in self.nodes.items() if runs(seen, node)}


@remembered
def cluster(version: str = "1.34") -> Cluster:
    return Cluster(files(version=version))


# --- The plugins ---


@pytest.mark.parametrize("version", ["1.24", "1.37"])
@pytest.mark.parametrize("namespace", ["web", "line", "pay", "books", "unknown"])
def test_a_pod_that_says_nothing_runs_on_every_pool_of_its_zone_and_nowhere_else(namespace, version):
    assert cluster(version).runs({}, namespace) == AT_HOME[namespace]


def test_a_pod_of_the_system_runs_anywhere():
    assert cluster().runs({"tolerations": [{"operator": "Exists"}]}, "kube-system") == AT_HOME["kube-system"]
    assert cluster().runs({"nodeName": "node-vault"}, "kube-system") == set()  # its taint holds as it does everywhere


TAINTS = st.one_of(
    st.sampled_from(["example.com/own", "example.com/pci", "hardener.dev/pool", "node.kubernetes.io/not-ready"]),
    st.sampled_from(["node-role.kubernetes.io/control-plane"]),
)
VALUES = st.sampled_from(["", "plant", "cards", "vault", "spare", "shared"])
EFFECTS = st.sampled_from(["", "NoSchedule", "NoExecute", "PreferNoSchedule"])
TOLERATIONS = st.one_of(
    st.builds(lambda key, effect: {"key": key, "operator": "Exists", "effect": effect}, TAINTS | st.just(""), EFFECTS),
    st.builds(
        lambda key, operator, value, effect: {"key": key, **operator, "value": value, "effect": effect},
        TAINTS,
        st.sampled_from([{}, {"operator": "Equal"}]),
        VALUES,
        EFFECTS,
    ),
)
SELECTORS = st.dictionaries(
    st.sampled_from(
        ["node-restriction.kubernetes.io/pool"]
        + [f"zone.node-restriction.kubernetes.io/{zone}" for zone in ("office", "plant", "cards", "ledger")]
    ),
    st.sampled_from(["true", "false", *POOLS]),
    max_size=2,
)
PODS = st.fixed_dictionaries(
    {},
    optional={
        "nodeSelector": SELECTORS,
        "tolerations": st.lists(TOLERATIONS, max_size=4),
        "nodeName": st.sampled_from([f"node-{pool}" for pool in POOLS]),
    },
)


@given(PODS, st.sampled_from(["web", "line", "pay", "books", "unknown"]))
def test_whatever_a_pod_says_the_plugins_keep_it_at_home(pod, namespace):
    assert cluster("1.24").runs(pod, namespace) <= AT_HOME[namespace]


OWN_TAINTS = st.lists(
    st.tuples(
        st.sampled_from(["example.com/a", "example.com/b"]),
        st.sampled_from(["", "x"]),
        st.sampled_from(["NoSchedule", "NoExecute"]),
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda taint: (taint[0], taint[2]),
)
SETS = st.sets(st.sampled_from(["p", "q", "r"]))


@settings(max_examples=40)
@given(st.fixed_dictionaries(dict.fromkeys("abc", SETS)), st.dictionaries(st.sampled_from("pqr"), OWN_TAINTS), PODS)
def test_however_zones_share_pools_each_pod_stays_at_home(zones, taints, pod):
    pools = {
        pool: [dict(zip(("key", "value", "effect"), one, strict=True)) for one in taints.get(pool, ())]
        for pool in "pqr"
    }
    body = yaml.safe_dump(
        {
            "zones": {zone: {"trust": 1, "pools": sorted(pools)} for zone, pools in zones.items()},
            "pools": {pool: {"taints": found} if found else {} for pool, found in pools.items()},
            "tenants": {"team": {"namespaces": {f"in-{zone}": {"zone": zone} for zone in zones}}},
        }
    )
    namespaces = ("unknown", *(f"in-{zone}" for zone in zones))
    shared = Cluster(files(body, "1.24"), namespaces, [*"pqr", "shared", "control-plane"])
    for zone, home in zones.items():
        assert shared.runs({}, f"in-{zone}") == (home or {"shared"})
        assert shared.runs(pod, f"in-{zone}") <= (home or {"shared"})
    assert shared.runs(pod, "unknown") <= {"shared"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("distribution", ["kubeadm", "k3s", "rke2"])
def test_the_plugins_are_on_where_they_can_be_and_node_restriction_beside_them(version, distribution):
    rendered = files(version=version, distribution=distribution)
    (flag,) = re.findall("^--enable-admission-plugins=(.*)$", rendered["control-plane/kube-apiserver.flags"], re.M)
    assert {*PLUGINS, "NodeRestriction"} <= set(flag.split(","))
    assert flag in rendered[f"control-plane/{distribution}.yaml"]
    assert set(PLUGINS) <= configuration(rendered).keys()


@pytest.mark.parametrize("distribution", PROVIDERS)
def test_where_nobody_sets_plugins_no_namespace_speaks_to_them(distribution):
    rendered = files(distribution=distribution)
    assert all(annotations(rendered, namespace) == {} for namespace in AT_HOME)
    assert "manifests/namespaces/kube-system/namespace.yaml" not in rendered


def test_the_annotations_of_a_namespace():
    assert annotations(files(), "books") == {
        "scheduler.alpha.kubernetes.io/defaultTolerations": '[{"key":"hardener.dev/pool","operator":"Equal",'
        '"value":"vault","effect":"NoExecute"}]',
        "scheduler.alpha.kubernetes.io/node-selector": "zone.node-restriction.kubernetes.io/ledger=true",
        "scheduler.alpha.kubernetes.io/tolerationsWhitelist": "["
        '{"key":"node.kubernetes.io/not-ready","operator":"Exists"},'
        '{"key":"node.kubernetes.io/unreachable","operator":"Exists"},'
        '{"key":"node.kubernetes.io/memory-pressure","operator":"Exists"},'
        '{"key":"node.kubernetes.io/disk-pressure","operator":"Exists"},'
        '{"key":"node.kubernetes.io/pid-pressure","operator":"Exists"},'
        '{"key":"node.kubernetes.io/network-unavailable","operator":"Exists"},'
        '{"key":"node.kubernetes.io/unschedulable","operator":"Exists"},'
        '{"key":"hardener.dev/pool","operator":"Equal","value":"vault","effect":"NoExecute"},'
        '{"key":"hardener.dev/pool","value":"vault","effect":"NoExecute"}]',
    }
    assert annotations(files(), "web") == {}


@pytest.mark.parametrize("key", ["defaultTolerations", "node-selector", "tolerationsWhitelist"])
def test_a_profile_may_not_write_what_places_pods(key):
    note = f"{{zone: office, annotations: {{scheduler.alpha.kubernetes.io/{key}: x}}}}"
    place = f"tenants.team.namespaces.web.annotations.scheduler.alpha.kubernetes.io/{key}"
    assert refusals(BODY.replace("{zone: office}", note)) == [("label.reserved", place)]


def test_a_whitelist_of_nothing_cannot_be_planned():
    with pytest.raises(ValueError, match="would allow everything"):
        Strangers(selector="a=b", whitelist=())


def test_a_namespace_of_the_system_says_that_its_pods_run_anywhere_and_is_not_to_be_pruned():
    body = "  systemNamespaces: [kube-system, calico-system]\n" + BODY
    for name in ("kube-system", "calico-system"):
        assert annotations(files(body), name) == {
            "argocd.argoproj.io/sync-options": "Prune=false",
            "kustomize.toolkit.fluxcd.io/prune": "disabled",
            "scheduler.alpha.kubernetes.io/node-selector": "",
            "scheduler.alpha.kubernetes.io/tolerationsWhitelist": "",
        }
    assert "unknown" not in files(body)


# --- Labels and taints ---


def test_the_nodes_of_a_pool_carry_a_label_for_each_of_its_zones():
    rendered = files()
    zones = {pool: rendered[f"nodes/{pool}/node.labels"].splitlines() for pool in POOLS}
    assert {pool: [label for label in labels if label.startswith("zone.")] for pool, labels in zones.items()} == {
        "cards": ["zone.node-restriction.kubernetes.io/cards=true"],
        "control-plane": [],
        "plant": ["zone.node-restriction.kubernetes.io/plant=true"],
        "shared": [],
        "spare": [],
        "vault": [
            "zone.node-restriction.kubernetes.io/cards=true",
            "zone.node-restriction.kubernetes.io/ledger=true",
        ],
    }


def test_a_zone_may_have_the_longest_name_there_is():
    zone = "z" * 63
    rendered = files(f"zones: {{{zone}: {{trust: 1, pools: [one]}}}}\npools: {{one: {{}}}}\n")
    labels = [line.partition("=")[0] for line in rendered["nodes/one/node.labels"].splitlines()]
    assert all(len(key.rpartition("/")[2]) <= 63 for key in labels)


def test_pitfall_28_taints_keep_others_out_of_a_pool_and_a_label_keeps_its_pods_in():
    rendered = files()
    vault, shared = registered(rendered, "vault"), registered(rendered, "shared")
    tolerating = {"tolerations": [{"key": "hardener.dev/pool", "value": "vault", "effect": "NoExecute"}]}
    # A toleration alone is anybody's to write, and lets a pod of the pool out as well as a stranger in.
    assert schedules(tolerating, vault)
    assert schedules(tolerating, shared)
    assert not schedules({}, vault)
    # A stranger's is refused, and the zone's own pods select its label.
    assert cluster().runs(tolerating, "unknown") == cluster().runs(tolerating, "web") == set()
    assert cluster().runs(tolerating, "books") == {"vault"}


@pytest.mark.parametrize("namespace", ["web", "line", "pay", "books", "unknown"])
def test_pitfall_38_a_node_name_passes_no_schedule_taints_and_still_leads_nowhere_else(namespace):
    rendered = files(version="1.24")
    assert takes({}, registered(rendered, "plant"))
    assert not takes({}, registered(rendered, "vault"))
    for pool in POOLS:
        assert cluster("1.24").runs({"nodeName": f"node-{pool}"}, namespace) <= AT_HOME[namespace] & {pool}


def test_a_pod_may_tolerate_a_taint_by_its_key_where_no_other_pool_has_that():
    place = places(profile_of(BODY))["cards"]
    assert place.keys == ("example.com/pci",)
    assert [taint.written for taint in place.taints] == [
        "example.com/own=cards:NoSchedule",
        "example.com/pci=:NoSchedule",
        "hardener.dev/pool=vault:NoExecute",
    ]
    alone = "zones: {a: {trust: 1, pools: [one]}}\npools: {one: {}}\n"
    assert places(profile_of(alone))["a"].keys == ()  # the next pool has it too


# --- The policies ---


@pytest.mark.parametrize("distribution", ["kubeadm", *PROVIDERS])
@pytest.mark.parametrize("version", VERSIONS)
def test_pods_are_refused_by_policies_from_130_on_and_completed_from_136_on_where_plugins_cannot_be_set(
    version, distribution
):
    rendered, number = files(version=version, distribution=distribution), VERSIONS.index(version) + 24
    completed = distribution == "kubeadm" or number >= 36
    zones = {"cards", "ledger", "plant"} if completed else {"cards", "ledger", "plant", "office"}
    judged = {"hardener-nodes-shared", *(f"hardener-nodes-zone-{zone}" for zone in zones)}
    refusing = {"hardener-nodes-bindings", *judged} if number >= 30 else set()
    completing = judged if distribution != "kubeadm" and number >= 36 else set()
    for kind, names in (("ValidatingAdmissionPolicy", refusing), ("MutatingAdmissionPolicy", completing)):
        assert documents(rendered, kind).keys() == names
        assert documents(rendered, f"{kind}Binding").keys() == names
    assert (POLICIES in rendered) == (number >= 30)


def namespaces_of(
    rendered: dict[str, str], name: str, kind: str = "ValidatingAdmissionPolicy"
) -> tuple[str, list[str]]:
    binding = documents(rendered, f"{kind}Binding")[name]
    (expression,) = binding["spec"]["matchResources"]["namespaceSelector"]["matchExpressions"]
    assert expression["key"] == "kubernetes.io/metadata.name"
    return expression["operator"], expression["values"]


@pytest.mark.parametrize(
    ("distribution", "kind"), [("kubeadm", "ValidatingAdmissionPolicy"), ("eks", "MutatingAdmissionPolicy")]
)
def test_every_namespace_but_the_systems_is_in_exactly_one_policy(distribution, kind):
    rendered = files(version="1.36", distribution=distribution)
    operator, others = namespaces_of(rendered, "hardener-nodes-shared", kind)
    held = [namespaces_of(rendered, f"hardener-nodes-zone-{zone}", kind) for zone in ("cards", "ledger", "plant")]
    assert held == [("In", ["pay"]), ("In", ["books"]), ("In", ["line"])]
    assert (operator, others) == ("NotIn", ["books", "kube-system", "line", "pay"])


def test_before_136_a_zone_without_pools_is_held_to_what_strangers_are_not():
    rendered = files(version="1.35", distribution="gke")
    assert namespaces_of(rendered, "hardener-nodes-zone-office") == ("In", ["web"])
    assert namespaces_of(rendered, "hardener-nodes-shared") == ("NotIn", ["books", "kube-system", "line", "pay", "web"])
    policies = documents(rendered, "ValidatingAdmissionPolicy")
    asked = {name: [rule["message"] for rule in each["spec"]["validations"]] for name, each in policies.items()}
    must = 'must have node-restriction.kubernetes.io/pool: "shared" in its nodeSelector'
    assert any(must in message for message in asked["hardener-nodes-zone-office"])
    assert not any("must have" in message for message in asked["hardener-nodes-shared"])


def test_a_zone_without_namespaces_has_no_policy():
    body = "zones: {a: {trust: 1, pools: [one]}}\npools: {one: {}}\n"
    assert documents(files(body), "ValidatingAdmissionPolicy").keys() == {
        "hardener-nodes-bindings",
        "hardener-nodes-shared",
    }


def test_the_schedulers_of_the_system_bind_pods():
    body = "  systemNamespaces: [kube-system, volcano]\n" + BODY
    (rule,) = documents(files(body), "ValidatingAdmissionPolicy")["hardener-nodes-bindings"]["spec"]["validations"]
    assert "'system:kube-scheduler'" in rule["expression"]
    assert (
        "['system:masters', 'system:serviceaccounts:kube-system', 'system:serviceaccounts:volcano']"
        in rule["expression"]
    )
    assert namespaces_of(files(body), "hardener-nodes-bindings") == ("NotIn", ["kube-system", "volcano"])


# --- What is left to others ---


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("distribution", ["kubeadm", *PROVIDERS])
def test_what_nobody_adds_or_refuses_is_a_gap(version, distribution):
    number = VERSIONS.index(version) + 24
    found = {gap.path: gap for gap in gaps(profile_of(BODY, version, distribution)) if gap.path.startswith("zones.")}
    if distribution == "kubeadm" or number >= 36:
        assert found == {}
        return
    assert found.keys() == {"zones.office", "zones.plant.pools", "zones.cards.pools", "zones.ledger.pools"}
    assert {gap.who for gap in found.values()} == {"whoever writes the pods" if number >= 30 else "administrator"}
    assert found["zones.office"].what.endswith('nodeSelector: {node-restriction.kubernetes.io/pool: "shared"}')


@pytest.mark.parametrize("zone", ["office", "plant", "cards", "ledger"])
def test_the_lines_that_a_gap_names_are_those_that_a_pod_needs(zone):
    (gap,) = [gap for gap in gaps(profile_of(BODY, "1.33", "eks")) if gap.path.startswith(f"zones.{zone}")]
    lines = gap.what[gap.what.index("nodeSelector") :]
    pod, rendered = yaml.safe_load(f"{{{lines}}}"), files(version="1.33", distribution="eks")
    namespace = {"office": "web", "plant": "line", "cards": "pay", "ledger": "books"}[zone]
    pools = [pool for pool in POOLS if pool != "control-plane"]
    assert {pool for pool in pools if schedules(pod, registered(rendered, pool))} == AT_HOME[namespace]


ADD_ONS = {"gke": "gmp-system", "aks": "gatekeeper-system", "eks": "amazon-guardduty"}


@pytest.mark.parametrize("provider", ADD_ONS)
def test_a_providers_own_namespaces_are_a_gap_until_they_are_named(provider):
    """Its pods tolerate every taint, and from 1.30 on policies refuse them."""

    def told(body, version="1.36"):
        (text,) = [
            *(gap.what for gap in gaps(profile_of(body, version, provider)) if gap.path == "cluster.systemNamespaces"),
            "",
        ][:1]
        return text

    first = ADD_ONS[provider]
    names = re.findall(r"([a-z-]+) \(", told(BODY))
    assert names[0] == first
    assert told(BODY, "1.29") == ""
    named = f"\n  systemNamespaces: [kube-system, {first}]{BODY}"
    assert first not in told(named)
    assert names[1] in told(named)
    assert told(f"\n  systemNamespaces: [kube-system, {', '.join(names)}]{BODY}") == ""
