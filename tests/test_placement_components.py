"""Real API servers and schedulers put the pods of each zone on its pools and nowhere else, whatever the pods say."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count, product
from typing import Any

import pytest

from tests.components import control_plane
from tests.components.client import Client, RefusedError
from tests.components.control_plane import ControlPlane
from tests.components.releases import KUBERNETES, NEWEST, minor
from tests.scheduling import Node, Spec, registered, runs, takes
from tests.test_placement import AT_HOME, BODY, PLUGINS, POLICIES, files
from tests.waiting import wait

# With plugins from 1.24 on, beside which policies stand from 1.30 on; and with policies alone, as where a provider runs
# the API server: those that complete pods, and those of the last version that only refuses.
CASES = [(release, "kubeadm", minor(release)) for release in KUBERNETES]
CASES += [(release, "eks", minor(release)) for release in KUBERNETES if minor(release) != "1.24"]
CASES += [(NEWEST, "gke", "1.35")]

SYSTEM = "kube-system"
TENANTS = ("web", "line", "pay", "books")
# What a pod must say by itself where nothing completes it.
LINES: dict[str, Spec] = {
    "web": {"nodeSelector": {"node-restriction.kubernetes.io/pool": "shared"}},
    "line": {
        "nodeSelector": {"zone.node-restriction.kubernetes.io/plant": "true"},
        "tolerations": [{"key": "example.com/own", "operator": "Equal", "value": "plant", "effect": "NoSchedule"}],
    },
    "pay": {
        "nodeSelector": {"zone.node-restriction.kubernetes.io/cards": "true"},
        "tolerations": [
            {"key": "example.com/own", "operator": "Equal", "value": "cards", "effect": "NoSchedule"},
            {"key": "example.com/pci", "operator": "Exists"},
            {"key": "hardener.dev/pool", "value": "vault", "effect": "NoExecute"},
        ],
    },
    "books": {
        "nodeSelector": {"zone.node-restriction.kubernetes.io/ledger": "true"},
        "tolerations": [{"key": "hardener.dev/pool", "operator": "Equal", "value": "vault", "effect": "NoExecute"}],
    },
    "unknown": {},
    SYSTEM: {"tolerations": [{"operator": "Exists"}]},
}
CONTAINER = {
    "name": "main",
    "image": "registry.example.com/pause:1",
    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
}
RESTRICTED: Spec = {
    "containers": [CONTAINER],
    "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
    "terminationGracePeriodSeconds": 0,
}


@dataclass(frozen=True)
class World:
    """A control plane, what the output on it is meant for, and a node of each pool with its kubelet's connection."""

    plane: ControlPlane
    distribution: str
    version: str
    nodes: dict[str, Node]
    kubelets: dict[str, Client]
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def number(self) -> int:
        return int(self.version[2:])

    @property
    def plugins(self) -> bool:
        return self.distribution == "kubeadm"

    @property
    def refuses(self) -> bool:
        """Are there policies?"""
        return self.number >= 30

    @property
    def completes(self) -> bool:
        """Does a pod get its selector and tolerations from the API server?"""
        return self.plugins or self.number >= 36

    def home(self, namespace: str) -> set[str]:
        """Where pods of a namespace run: the system's anywhere; strangers', if nobody says where, on what is free."""
        if namespace == SYSTEM:
            return set(self.nodes)
        return AT_HOME[namespace] | ({"spare", "new"} if namespace == "unknown" and not self.completes else set())

    def pod(self, namespace: str, client: Client | None = None, *, trial: bool = False, **says: Any) -> Spec:
        """A new pod as the API server keeps it, or would."""
        body = {"metadata": {"name": f"pod-{next(self.numbers)}"}, "spec": {**RESTRICTED, **says}}
        path = f"/api/v1/namespaces/{namespace}/pods{'?dryRun=All' if trial else ''}"
        return (client or self.plane.admin).create(path, body).object

    def lands(self, pod: Spec) -> str | None:
        """The pool on whose node the scheduler puts the pod; None once it says that there is none."""
        path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"

        def decided() -> list[str | None]:
            self.beat()
            now = self.plane.admin.get(path)
            if now["spec"].get("nodeName"):
                return [now["spec"]["nodeName"].removeprefix("node-")]
            conditions = now["status"].get("conditions", ())
            return [None for one in conditions if one["type"] == "PodScheduled" and one["reason"] == "Unschedulable"]

        return wait(decided)[0]

    def beat(self) -> None:
        """Have each kubelet say that its node is well: whoever is silent for long is taken for lost."""
        for pool, kubelet in self.kubelets.items():
            kubelet.patch(f"/api/v1/nodes/node-{pool}/status", {"status": alive()})


def alive() -> Spec:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    amounts = {"cpu": "8", "memory": "32Gi", "pods": "110", "ephemeral-storage": "100Gi"}
    well = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "", "lastHeartbeatTime": now}
    return {"conditions": [well], "capacity": amounts, "allocatable": amounts}


def said(request: Callable[[], Any]) -> str:
    """Why the API server refuses; "" if it does not."""
    try:
        request()
    except RefusedError as error:
        return json.loads(str(error).partition(" ")[2])["message"]
    return ""


def without_plugins(rendered: dict[str, str]) -> dict[str, str]:
    """What runs where nobody sets plugins: the same API server, but for these two."""
    path = "control-plane/kube-apiserver.flags"
    flags = re.sub(rf",({'|'.join(PLUGINS)})\b", "", rendered[path])
    assert not any(plugin in flags for plugin in PLUGINS)
    return {**rendered, path: flags}


@pytest.fixture(scope="module", params=CASES, ids=lambda case: "-".join(case))
def world(request, tmp_path_factory):
    release, distribution, version = request.param
    folder = tmp_path_factory.mktemp("plane")
    rendered, servers = files(BODY, version, distribution), files(BODY, minor(release))
    if distribution != "kubeadm":
        servers = without_plugins(servers)
    programs = ("kube-controller-manager", "kube-scheduler")
    with control_plane.running(release, folder, servers, *programs) as plane:
        plane.apply([rendered[path] for path in sorted(rendered, key=in_order) if counts(path)])
        plane.admin.create("/api/v1/namespaces", {"metadata": {"name": "unknown"}})
        if distribution != "kubeadm":
            earlier = {**RESTRICTED, "schedulerName": "nobody", "tolerations": [{"operator": "Exists"}]}
            plane.admin.create("/api/v1/namespaces/web/pods", {"metadata": {"name": "earlier"}, "spec": earlier})
        plane.apply([rendered[POLICIES]] if POLICIES in rendered else [])
        pools = [*AT_HOME[SYSTEM], "new"]
        nodes = {pool: node_of(servers, pool) for pool in pools}
        kubelets = {pool: plane.user(f"system:node:node-{pool}", "system:nodes") for pool in pools}
        made = World(plane, distribution, version, nodes, kubelets)
        for pool in pools:
            join(made, pool)
        ready(made)
        yield made


def counts(path: str) -> bool:
    """Namespaces and their accounts, and what else judges pods."""
    words = ("/namespace.yaml", "/service-accounts.yaml", "/pods.yaml")
    return path.startswith("manifests/") and path.endswith(words)


def in_order(path: str) -> tuple[bool, str]:
    return not path.endswith("/namespace.yaml"), path


def node_of(rendered: dict[str, str], pool: str) -> Node:
    """A node of a pool; `new` is one that nobody has labelled."""
    if pool == "new":
        return Node(name="node-new", labels={"kubernetes.io/hostname": "node-new"}, taints=())
    return registered(rendered, pool)


def join(world: World, pool: str) -> None:
    """The kubelet registers its node, an administrator labels it."""
    node, path = world.nodes[pool], f"/api/v1/nodes/node-{pool}"
    taints = [dict(zip(("key", "value", "effect"), taint, strict=True)) for taint in node.taints]
    hostname = {"kubernetes.io/hostname": node.name}
    body = {"metadata": {"name": node.name, "labels": hostname}, "spec": {"taints": taints}}
    world.kubelets[pool].create("/api/v1/nodes", body)
    world.plane.admin.patch(path, {"metadata": {"labels": node.labels}})


def ready(world: World) -> None:
    """Until every node is well, every namespace has its account, and the policies count."""

    def well() -> bool:
        world.beat()
        nodes = world.plane.admin.get("/api/v1/nodes")["items"]
        return all(
            len(one["spec"].get("taints", ())) == len(world.nodes[one["metadata"]["name"][5:]].taints) for one in nodes
        )

    def accounts() -> bool:
        found = world.plane.admin.get("/api/v1/serviceaccounts")["items"]
        owners = {one["metadata"]["namespace"] for one in found if one["metadata"]["name"] == "default"}
        return owners >= AT_HOME.keys()

    wait(well)
    wait(accounts)
    if world.refuses:
        for namespace in (*TENANTS, "unknown"):
            wait(lambda name=namespace: said(lambda: world.pod(name, trial=True, **LINES[name], nodeName="x")))
            assert said(lambda name=namespace: world.pod(name, trial=True, **LINES[name])) == ""


def on(node: str) -> Spec:
    """As the controller of DaemonSets asks for a node: an affinity, which the scheduler weighs with all the rest."""
    fields = [{"key": "metadata.name", "operator": "In", "values": [node]}]
    terms = {"nodeSelectorTerms": [{"matchFields": fields}]}
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}}


@pytest.mark.parametrize("namespace", LINES)
def test_pods_land_on_every_node_of_their_zone_and_on_no_other(world, namespace):
    says = {} if world.completes and namespace != SYSTEM else LINES[namespace]
    pods = {pool: world.pod(namespace, **says, **on(f"node-{pool}")) for pool in world.nodes}

    assert {pool for pool, pod in pods.items() if world.lands(pod) == pool} == world.home(namespace)
    assert {world.lands(pod) for pod in pods.values()} - {None} == world.home(namespace)


@pytest.mark.parametrize("namespace", TENANTS)
def test_a_pod_that_does_not_say_where_it_runs_is_completed_or_told_what_to_say(world, namespace):
    ((key, value),) = LINES[namespace]["nodeSelector"].items()
    if world.completes:
        assert world.pod(namespace, trial=True)["spec"]["nodeSelector"] == {key: value}
    else:
        assert f'must have {key}: "{value}" in its nodeSelector' in said(lambda: world.pod(namespace, trial=True))


SELECTORS: tuple[Spec, ...] = (
    {},
    {"nodeSelector": {"node-restriction.kubernetes.io/pool": "vault"}},
    {"nodeSelector": {"node-restriction.kubernetes.io/pool": "shared"}},
    {"nodeSelector": {"zone.node-restriction.kubernetes.io/plant": "true"}},
    {"nodeSelector": {"zone.node-restriction.kubernetes.io/ledger": "true"}},
    {"nodeSelector": {"zone.node-restriction.kubernetes.io/cards": "false"}},
    {"nodeSelector": {"kubernetes.io/hostname": "node-spare"}},
)
TOLERATIONS: tuple[list[Spec], ...] = (
    [],
    [{"operator": "Exists"}],
    [{"operator": "Exists", "effect": "NoExecute"}],
    [{"key": "hardener.dev/pool", "operator": "Exists"}],
    [{"key": "hardener.dev/pool", "value": "vault"}],
    [{"key": "hardener.dev/pool", "value": "vault", "effect": "NoExecute"}],
    [{"key": "example.com/own", "operator": "Exists", "effect": "NoSchedule"}],
    [{"key": "example.com/own", "value": "plant", "effect": "NoSchedule"}],
    [{"key": "example.com/pci", "operator": "Exists"}],
    [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}],
    [{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}, {"operator": "Exists"}],
)


@pytest.mark.parametrize("namespace", [*TENANTS, "unknown"])
def test_whatever_a_pod_says_it_can_run_nowhere_else(world, namespace):
    """What the API server makes of every pod, and where our model of a scheduler and a kubelet would run that."""
    admitted = 0
    for selector, tolerations, (own, node) in product(
        SELECTORS, TOLERATIONS, product([{}, LINES[namespace]], ["", "plant"])
    ):
        pod = {
            "nodeSelector": {**own.get("nodeSelector", {}), **selector.get("nodeSelector", {})},
            "tolerations": [*own.get("tolerations", ()), *tolerations],
            **({"nodeName": f"node-{node}"} if node else {}),
        }
        try:
            made = world.pod(namespace, trial=True, **pod)["spec"]
        except RefusedError:
            continue
        admitted += 1
        assert {pool for pool, each in world.nodes.items() if runs(made, each)} <= world.home(namespace), pod
        assert not (world.refuses and node)
    assert admitted


@pytest.mark.parametrize(
    ("namespace", "says"),
    [
        ("web", {"tolerations": [{"operator": "Exists"}]}),
        ("web", {"tolerations": [{"key": "hardener.dev/pool", "value": "vault", "effect": "NoExecute"}]}),
        ("web", {"nodeSelector": {"node-restriction.kubernetes.io/pool": "vault"}}),
        ("pay", {"tolerations": [{"operator": "Exists"}]}),
        ("unknown", {"tolerations": [{"operator": "Exists"}]}),
        ("unknown", {"tolerations": [{"key": "example.com/own", "value": "plant", "effect": "NoSchedule"}]}),
        ("unknown", {"nodeSelector": {"node-restriction.kubernetes.io/pool": "plant"}}),
    ],
)
def test_a_foreign_toleration_or_selector_is_refused(world, namespace, says):
    own = LINES[namespace]
    both = {**own, **says, "nodeSelector": {**own.get("nodeSelector", {}), **says.get("nodeSelector", {})}}
    assert said(lambda: world.pod(namespace, trial=True, **both))
    assert not said(lambda: world.pod(namespace, trial=True, **own))


def test_the_selector_of_another_zone_is_refused_by_policies_and_leads_nowhere_without(world):
    own = LINES["line"]["nodeSelector"]
    foreign = {**own, "zone.node-restriction.kubernetes.io/ledger": "true"}
    says = {**LINES["line"], "nodeSelector": foreign}
    if world.refuses:
        assert "may not select nodes of other pools than plant" in said(lambda: world.pod("line", **says))
    else:
        assert world.lands(world.pod("line", **says)) is None


@pytest.mark.parametrize("namespace", [*TENANTS, "unknown"])
def test_pitfall_38_a_node_name_is_refused_or_meets_a_kubelet_that_does_not_take_the_pod(world, namespace):
    for pool, node in world.nodes.items():
        says = {**LINES[namespace], "nodeName": node.name}
        if world.refuses:
            assert "nodeName may not be set" in said(lambda says=says: world.pod(namespace, trial=True, **says))
        elif pool not in world.home(namespace):
            assert not takes(world.pod(namespace, trial=True, **says)["spec"], node)


@pytest.mark.parametrize("namespace", [*TENANTS, "unknown"])
def test_a_toleration_that_is_added_later_is_refused_and_every_other_change_is_not(world, namespace):
    pod = world.pod(namespace, **LINES[namespace], schedulerName="nobody")
    path = f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}"
    kept = pod["spec"].get("tolerations", [])

    for toleration in ({"operator": "Exists"}, {"key": "hardener.dev/pool", "operator": "Exists"}):
        body = {"spec": {"tolerations": [*kept, toleration]}}
        assert re.search(
            "may tolerate nothing but|whitelist", said(lambda body=body: world.plane.admin.patch(path, body))
        )
    world.plane.admin.patch(path, {"metadata": {"labels": {"changed": "true"}}})
    state = {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoSchedule"}
    world.plane.admin.patch(path, {"spec": {"tolerations": [*kept, state]}})


def test_what_a_pod_selects_cannot_be_taken_back_while_it_is_gated(world):
    """Later than 1.27 a pod that waits for its gates may still be changed, but only so that it fits on fewer nodes."""
    if not world.refuses:
        return
    pod = world.pod("line", **LINES["line"], schedulingGates=[{"name": "example.com/wait"}])
    path = f"/api/v1/namespaces/line/pods/{pod['metadata']['name']}"
    (own,) = LINES["line"]["nodeSelector"]

    for change in ({own: None}, {own: "false"}):
        why = said(lambda change=change: world.plane.admin.patch(path, {"spec": {"nodeSelector": change}}))
        assert "only additions to spec.nodeSelector are allowed" in why
    world.plane.admin.patch(path, {"spec": {"nodeSelector": {"kubernetes.io/hostname": "node-plant"}}})


def test_a_pod_that_was_there_before_the_policies_can_still_be_changed(world):
    if world.plugins:
        return
    path = "/api/v1/namespaces/web/pods/earlier"
    world.plane.admin.patch(path, {"metadata": {"labels": {"changed": "true"}}})
    kept = world.plane.admin.get(path)["spec"]["tolerations"]
    body = {"spec": {"tolerations": [*kept, {"key": "hardener.dev/pool", "operator": "Exists"}]}}
    assert "may tolerate nothing but" in said(lambda: world.plane.admin.patch(path, body))


@pytest.mark.parametrize("namespace", ["line", "unknown"])
def test_nobody_but_a_scheduler_binds_a_pod(world, namespace):
    """Somebody with a role of their own tries, at both paths; where nothing refuses, no kubelet takes the pod."""
    binder = world.plane.user(f"binder-in-{namespace}")
    allow(world, namespace, f"binder-in-{namespace}")
    pod = world.pod(namespace, **LINES[namespace], schedulerName="nobody")
    name, foreign = pod["metadata"]["name"], "plant" if namespace == "unknown" else "spare"
    target = {"apiVersion": "v1", "kind": "Node", "name": f"node-{foreign}"}
    body = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name}, "target": target}

    for path in (f"pods/{name}/binding", "bindings"):
        why = said(lambda path=path: binder.create(f"/api/v1/namespaces/{namespace}/{path}", body))
        if world.refuses:
            assert "only a scheduler of the system's puts pods on nodes" in why
        else:
            assert not takes(pod["spec"], world.nodes[foreign])


def allow(world: World, namespace: str, user: str) -> None:
    roles = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
    rules = [{"apiGroups": [""], "resources": ["bindings", "pods/binding"], "verbs": ["create"]}]
    world.plane.admin.create(f"{roles}/roles", {"metadata": {"name": user}, "rules": rules})
    subjects = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}]
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": user}
    body = {"metadata": {"name": user}, "subjects": subjects, "roleRef": role}
    world.plane.admin.create(f"{roles}/rolebindings", body)


def test_a_daemon_set_of_a_zone_runs_on_the_zones_nodes_alone(world):
    says = LINES["pay"]
    body = {
        "metadata": {"name": "agent"},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": {"metadata": {"labels": {"app": "agent"}}, "spec": {**RESTRICTED, **says}},
        },
    }
    world.plane.admin.create("/apis/apps/v1/namespaces/pay/daemonsets", body)
    path = "/api/v1/namespaces/pay/pods?labelSelector=app%3Dagent"
    assert wait(lambda: len(found := world.plane.admin.get(path)["items"]) == 2 and found)
    pods = [{**one, "metadata": one["metadata"]} for one in world.plane.admin.get(path)["items"]]
    assert {world.lands(pod) for pod in pods} == {"cards", "vault"}


def test_a_node_can_neither_label_itself_into_a_zone_nor_drop_its_taints(world):
    kubelet, path = world.kubelets["new"], "/api/v1/nodes/node-new"
    for label in ("zone.node-restriction.kubernetes.io/ledger", "node-restriction.kubernetes.io/pool"):
        why = said(lambda label=label: kubelet.patch(path, {"metadata": {"labels": {label: "true"}}}))
        assert f"is not allowed to modify labels: {label}" in why
    vault = world.kubelets["vault"]
    why = said(lambda: vault.patch("/api/v1/nodes/node-vault", {"spec": {"taints": []}}))
    assert "is not allowed to modify taints" in why
    why = said(lambda: vault.patch(path, {"spec": {"taints": []}}))
    assert "is not allowed to modify node" in why or "cannot patch" in why
    body = {"metadata": {"name": "node-late", "labels": {"zone.node-restriction.kubernetes.io/ledger": "true"}}}
    late = world.plane.user("system:node:node-late", "system:nodes")
    assert "is not allowed to set the following labels" in said(lambda: late.create("/api/v1/nodes", body))


def test_the_expressions_have_no_mistakes_in_their_types(world):
    """A mistake in a type keeps no policy from being created; the controller manager tells of it a moment later."""
    if not world.refuses:
        return
    path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"

    def checked() -> list[Spec]:
        found = world.plane.admin.get(path)["items"]
        done = all(one.get("status", {}).get("observedGeneration") for one in found)
        return found if done else []

    policies = wait(checked)
    assert len(policies) >= 5
    assert [one["status"].get("typeChecking", {}) for one in policies] == [{}] * len(policies)
