"""Real API servers with our admission policies: each thing asked is refused where it is broken, and said why."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.components import control_plane
from tests.components.client import Client, RefusedError
from tests.components.control_plane import ControlPlane
from tests.components.releases import KUBERNETES, minor
from tests.pod_security_examples import examples
from tests.pods_judged import (
    BODY,
    BROKEN,
    CONTAINER,
    ELSEWHERE,
    GOOD,
    TAGGED,
    ZONES,
    Pod,
    image,
    pod,
    secured,
)
from tests.rendering import files
from tests.waiting import wait

FIRST = 30
RELEASES = [release for release in KUBERNETES if int(minor(release)[2:]) >= FIRST]
# What no output makes: namespaces of the system's and of strangers, and what pods there and here name.
OTHERS = """
{apiVersion: v1, kind: Namespace, metadata: {name: cni}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: stranger}}
---
{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: gvisor}, handler: runsc}
---
{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: kata}, handler: kata}
"""
ACCOUNTS = [
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": namespace}}
    for namespace in ("cni", "stranger", "kube-system")
]


@pytest.fixture(scope="module", params=RELEASES)
def plane(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A control plane that has taken everything but quotas and what says where pods run."""
    release = request.param
    folder = tmp_path_factory.mktemp(f"pods-{release}")
    rendered = files(BODY, version=minor(release))
    with control_plane.running(release, folder, rendered, "kube-controller-manager") as running:
        running.apply(
            [
                OTHERS,
                *map(json.dumps, ACCOUNTS),
                *(rendered[path] for path in sorted(rendered, key=_order) if _counts(path)),
            ]
        )
        wait(lambda: all(refusal(running.admin, name, pods[0][0]) for name, pods in BROKEN.items()))
        wait(lambda: create(running.admin, "stranger", "services", service(type="NodePort")))
        yield running


def _counts(path: str) -> bool:
    return path.startswith("manifests/") and path.endswith(("/namespace.yaml", "/service-accounts.yaml", "/pods.yaml"))


def _order(path: str) -> tuple[bool, str]:
    return not path.endswith("/namespace.yaml"), path


def create(client: Client, namespace: str, resource: str, body: Pod) -> str:
    """What the server says against an object; "" if it would take it."""
    return said(lambda: client.create(f"/api/v1/namespaces/{namespace}/{resource}?dryRun=All", body))


def refusal(client: Client, namespace: str, body: Pod) -> str:
    return create(client, namespace, "pods", body)


def said(request: Callable[[], Any]) -> str:
    try:
        request()
    except RefusedError as error:
        status, _, answer = str(error).partition(" ")
        message = json.loads(answer)["message"]
        assert status == "422" or "denied request" not in message, message
        return str(message)
    return ""


def service(**spec: Any) -> Pod:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "one"},
        "spec": {"ports": [{"port": 80}]} | spec,
    }


@pytest.mark.parametrize("namespace", GOOD)
def test_a_pod_that_is_as_its_zone_asks_is_admitted(plane, namespace):
    assert [refusal(plane.admin, namespace, each) for each in GOOD[namespace]] == [""] * len(GOOD[namespace])


@pytest.mark.parametrize("namespace", BROKEN)
def test_a_pod_that_breaks_what_its_zone_asks_is_refused(plane, namespace):
    for each, message in BROKEN[namespace]:
        why = refusal(plane.admin, namespace, each)
        assert f"hardener-pods-zone-{namespace}' denied request: " in why
        assert message in why


@pytest.mark.parametrize("level", ["restricted", "baseline"])
def test_a_pod_that_breaks_the_level_of_its_zone_is_refused(plane, level):
    """By the labels, at every version alike; and what passes the standards passes here."""
    failing, passing = (
        {name: each for name, each in examples(minor(plane.release), verdict).items() if name.startswith(level)}
        for verdict in ("fail", "pass")
    )
    assert len(failing) > 25
    assert len(passing) > 10
    said_no = {name: refusal(plane.admin, level, each) for name, each in failing.items()}
    let_pass = {name for name, why in said_no.items() if "violates PodSecurity" not in why}
    # Before 1.33 the API server forgets what a pod says of /proc; from then on it takes it from none with host users.
    assert let_pass == {f"{level}/procmount0", f"{level}/procmount1"}
    known = int(minor(plane.release)[2:]) >= 33
    assert all(("is invalid" in said_no[name]) == known for name in let_pass)
    said_yes = {name: refusal(plane.admin, level, each) for name, each in passing.items()}
    assert {name: why for name, why in said_yes.items() if why} == {}


def test_a_pod_with_users_of_its_own_is_admitted_once_kubernetes_knows_them(plane):
    """Before 1.33 the API server forgets the field unless a feature gate is turned on; the gaps say so."""
    known = int(minor(plane.release)[2:]) >= 33
    assert (refusal(plane.admin, "users", pod(hostUsers=False)) == "") == known


@pytest.mark.parametrize("namespace", ["registries", "digests", "capabilities", "seccomp", "apparmor", "selinux"])
def test_init_containers_are_judged_like_the_others(plane, namespace):
    bad, message = BROKEN[namespace][-1]
    good = copy.deepcopy(GOOD[namespace][0])
    spoiled = copy.deepcopy(good)
    spoiled["spec"] |= {"initContainers": [{**bad["spec"]["containers"][0], "name": "init"}]}
    spoiled["spec"] |= {key: value for key, value in good["spec"].items() if key != "containers"}
    good["spec"] |= {"initContainers": [{**good["spec"]["containers"][0], "name": "init"}]}

    assert refusal(plane.admin, namespace, good) == ""
    assert message.replace("main", "init") in refusal(plane.admin, namespace, spoiled)


@pytest.mark.parametrize("namespace", ["registries", "digests", "capabilities", "seccomp", "apparmor", "selinux"])
def test_ephemeral_containers_are_judged_like_the_others(plane, namespace):
    bad, message = BROKEN[namespace][-1]
    (good,) = GOOD[namespace][0]["spec"]["containers"]
    path = f"/api/v1/namespaces/{namespace}/pods"
    plane.admin.create(path, named(GOOD[namespace][0], "debugged"))

    def debug(container: Pod) -> str:
        change = {"spec": {"ephemeralContainers": [{**container, "name": "debugger"}]}}
        return said(lambda: plane.admin.patch(f"{path}/debugged/ephemeralcontainers?dryRun=All", change))

    assert debug(good) == ""
    # What a pod says for all its containers holds for this one as well, so what breaks it is the container's own.
    assert message.replace("main", "debugger") in debug(bad["spec"]["containers"][0])


def named(body: Pod, name: str) -> Pod:
    return {**body, "metadata": {**body["metadata"], "name": name}}


def test_an_image_that_is_a_volume_is_an_image(plane):
    """Before 1.35 the API server forgets such volumes unless a feature gate is turned on."""
    known = int(minor(plane.release)[2:]) >= 35
    volume = {"name": "data", "image": {"reference": "example.com/data"}}
    why = refusal(plane.admin, "registries", pod(volumes=[volume]))
    assert (ELSEWHERE.format("example.com/data") in why) == known
    volume["image"]["reference"] = "registry.example.com/shop/data:1"
    assert refusal(plane.admin, "registries", pod(volumes=[volume])) == ""


def test_a_pod_may_go_on_as_it_is_but_not_change_to_what_breaks_its_zone(plane):
    path = "/api/v1/namespaces/registries/pods"
    plane.admin.create(path, named(pod(), "running"))

    def change(what: Pod) -> str:
        return said(lambda: plane.admin.patch(f"{path}/running?dryRun=All", what))

    assert change({"metadata": {"labels": {"app": "web"}}}) == ""
    assert change({"spec": {"containers": [{**CONTAINER, "image": "registry.example.com/shop/web:2"}]}}) == ""
    assert ELSEWHERE.format("example.com/web") in change(
        {"spec": {"containers": [{**CONTAINER, "image": "example.com/web"}]}}
    )


def test_pitfall_17_the_namespaces_of_the_system_are_exempt_and_no_others(plane):
    """Privileged pods run there, and a check of what runs names them; in a stranger's the cluster's own level holds."""
    for body in (pod(), secured(privileged=True), image("example.com/x"), pod(hostNetwork=True, hostPID=True)):
        assert [refusal(plane.admin, namespace, body) for namespace in ("kube-system", "cni")] == ["", ""]
        assert 'violates PodSecurity "restricted' in refusal(plane.admin, "stranger", body)


def test_nobody_is_let_pass_for_calling_a_pod_a_mirror(plane):
    """What says that a pod mirrors one of the host's is an annotation, which anybody may write."""
    mirror = pod(annotations={"kubernetes.io/config.mirror": "0"}, nodeName="one", automountServiceAccountToken=False)
    assert refusal(plane.admin, "kube-system", mirror) == ""
    assert TAGGED.format("registry.example.com/shop/web:1") in refusal(plane.admin, "digests", mirror)


ONLY_EXPOSED = "a Service is of the type {} only in a zone that is exposed"


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
def test_a_service_is_reached_from_outside_only_where_the_zone_is_exposed(plane, kind):
    for namespace in ("plain", "stranger", "default"):
        assert ONLY_EXPOSED.format(kind) in create(plane.admin, namespace, "services", service(type=kind))
    for namespace in ("edge", "kube-system", "cni"):
        assert create(plane.admin, namespace, "services", service(type=kind)) == ""


def test_a_service_that_stays_inside_is_admitted_and_cannot_be_turned_outside(plane):
    path = "/api/v1/namespaces/plain/services"
    assert create(plane.admin, "plain", "services", service(type="ExternalName", externalName="example.com")) == ""
    plane.admin.create(path, named(service(), "inside"))
    change = {"spec": {"type": "NodePort"}}
    assert ONLY_EXPOSED.format("NodePort") in said(lambda: plane.admin.patch(f"{path}/inside?dryRun=All", change))


def test_no_service_takes_an_address_that_is_not_its_own(plane):
    for namespace in ("plain", "edge", "stranger", "kube-system"):
        why = create(plane.admin, namespace, "services", service(externalIPs=["203.0.113.7"]))
        assert "external" in why.lower()


BALANCERS = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: balancers}
rules: [{apiGroups: [""], resources: [services/status], verbs: [get, VERB]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: balancers, namespace: edge}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: balancers}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: tenant}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: balancers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: balancers}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "system:cloud-controller-manager"}]
"""


@pytest.mark.parametrize("verb", ["patch", "update"])
def test_no_service_takes_an_address_by_its_status_but_from_who_writes_that_of_all(plane, verb):
    """Whose right is bound in one namespace writes there whatever takes no address; a cloud's controller takes one."""
    plane.apply([BALANCERS.replace("VERB", verb)])
    name = f"balanced-{verb}"
    path = f"/api/v1/namespaces/edge/services/{name}"
    plane.admin.create("/api/v1/namespaces/edge/services", named(service(type="LoadBalancer"), name))
    tenant, cloud = plane.user("tenant"), plane.user("system:cloud-controller-manager")

    def write(client: Client, status: Pod, dry: str = "?dryRun=All") -> str:
        if verb == "patch":
            return said(lambda: client.patch(f"{path}/status{dry}", {"status": status}))
        return said(lambda: client.replace(f"{path}/status{dry}", plane.admin.get(path) | {"status": status}))

    given, taken = ({"loadBalancer": {"ingress": [{"ip": ip, "ipMode": "VIP"}]}} for ip in ("192.0.2.1", "203.0.113.7"))
    wait(lambda: write(tenant, {}) == "")
    assert write(tenant, {"conditions": []}) == ""
    assert "takes no address by its status" in write(tenant, taken)
    assert write(cloud, given, dry="") == ""
    assert write(tenant, given) == ""
    assert "takes no address by its status" in write(tenant, taken)
    change = {"metadata": {"labels": {"app": "web"}}}
    assert said(lambda: plane.admin.patch(path, change)) == ""


TOKEN_SECRET = "a Secret holds no token of a service account, since it would never end: this is one of "


def token_secret(account: str) -> Pod:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/service-account-token",
        "metadata": {"name": "one", "annotations": {"kubernetes.io/service-account.name": account}},
    }


def test_no_secret_holds_a_token_of_whichever_account(plane):
    opaque = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "one"}, "stringData": {"a": "b"}}
    assert create(plane.admin, "plain", "secrets", opaque) == ""
    assert f"{TOKEN_SECRET}reader" in create(plane.admin, "plain", "secrets", token_secret("reader"))
    assert create(plane.admin, "stranger", "secrets", token_secret("default")) == ""
    assert f"{TOKEN_SECRET}idle" in create(plane.admin, "plain", "secrets", token_secret("idle"))
    assert f"{TOKEN_SECRET}reader" in create(plane.admin, "edge", "secrets", token_secret("reader"))


RAILS = [
    ("labels", "pod-security.kubernetes.io/enforce", "privileged"),
    ("labels", "pod-security.kubernetes.io/warn-version", "v1.20"),
    ("labels", "hardener.dev/zone", "edge"),
    ("labels", "app.kubernetes.io/managed-by", "hardener"),
    ("annotations", "hardener.dev/tokens", "default"),
    ("annotations", "scheduler.alpha.kubernetes.io/node-selector", "a=b"),
    ("annotations", "scheduler.alpha.kubernetes.io/tolerationsWhitelist", "[]"),
]
MAY_CHANGE_NAMESPACES = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: namespaces}
rules:
  - {apiGroups: [""], resources: [namespaces, namespaces/status], verbs: [get, create, update, patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: namespaces}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: namespaces}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: helper}]
"""


@pytest.fixture(scope="module")
def helper(plane: ControlPlane) -> Client:
    """Somebody who was given rights to namespaces, past the profile."""
    plane.apply([MAY_CHANGE_NAMESPACES])
    return plane.user("helper")


@pytest.mark.parametrize(("kind", "key", "value"), RAILS)
def test_pitfall_16_the_labels_of_a_namespace_are_those_of_whoever_delivers(plane, helper, kind, key, value):
    """Who may change them may lower its level; so this holds even for somebody who may change the namespace."""
    guarded, plain = ({"metadata": {kind: {written: value}}} for written in (key, "example.com/team"))
    for client, refused in ((helper, True), (plane.admin, False)):
        for path in ("", "/status"):
            at = f"/api/v1/namespaces/stranger{path}?dryRun=All"
            why = said(lambda at=at, client=client: client.patch(at, guarded))
            assert (f"and so {key}" in why) == refused
            assert bool(why) == refused
            assert said(lambda at=at, client=client: client.patch(at, plain)) == ""
        new = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "new", **guarded["metadata"]}}
        assert bool(said(lambda client=client, new=new: client.create("/api/v1/namespaces?dryRun=All", new))) == refused


def test_what_a_namespace_has_stays_unless_those_who_deliver_take_it(plane, helper):
    path = "/api/v1/namespaces/plain?dryRun=All"
    for kind, key in (
        ("labels", "pod-security.kubernetes.io/enforce"),
        ("labels", "app.kubernetes.io/managed-by"),
        ("annotations", "hardener.dev/tokens"),
    ):
        assert f"and so {key}" in said(lambda kind=kind, key=key: helper.patch(path, {"metadata": {kind: {key: None}}}))
    assert said(lambda: helper.create("/api/v1/namespaces?dryRun=All", {"metadata": {"name": "new"}})) == ""
    # A chart's own namespace says who manages it, and that is not hardener.
    helm = {"metadata": {"name": "new", "labels": {"app.kubernetes.io/managed-by": "Helm"}}}
    assert said(lambda: helper.create("/api/v1/namespaces?dryRun=All", helm)) == ""


def test_those_who_deliver_may_apply_every_namespace_again(plane):
    rendered = files(BODY, version=minor(plane.release))
    plane.apply([rendered["manifests/cluster/access.yaml"]])
    deliverer = plane.user("deliverer")
    texts = [text for path, text in rendered.items() if path.endswith("/namespace.yaml")]
    wait(lambda: not said(lambda: deliverer.get("/api/v1/namespaces")))
    changed = [text.replace("enforce: privileged", "enforce: baseline") for text in texts if "enforce: privi" in text]
    assert changed
    for text in (*changed, *texts):
        deliverer.apply(text)


def warnings(plane: ControlPlane, name: str) -> list[Pod] | None:
    """What the controller manager found wrong with the types of a policy; None while it has not looked."""
    policy = plane.admin.get(f"/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/{name}")
    status = policy.get("status", {})
    if status.get("observedGeneration") != policy["metadata"]["generation"] or "typeChecking" not in status:
        return None
    return list(status["typeChecking"].get("expressionWarnings", []))


HEEDLESS = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: heedless}
spec:
  failurePolicy: Ignore
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], resources: [configmaps], operations: [CREATE]}]
  validations: [{expression: "object.data.missing == 'x'"}]
"""
BINDING = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: heedless}
spec:
  policyName: heedless
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {only: here}}}
"""
HERE = "{apiVersion: v1, kind: Namespace, metadata: {name: here, labels: {only: here}}}"


def test_pitfall_30_a_policy_refuses_only_when_it_is_bound_and_what_it_cannot_judge_only_if_told(plane):
    """What each would let in otherwise; all of ours are bound, and told to fail."""
    plane.apply([HERE])

    def why(**data: str) -> str:
        return create(plane.admin, "here", "configmaps", {"metadata": {"name": "one"}, "data": data})

    plane.apply([HEEDLESS])
    assert why(missing="y") == ""
    plane.apply([BINDING])
    wait(lambda: "heedless' with binding 'heedless' denied request" in why(missing="y"))
    assert why(missing="x") == ""
    assert why(other="y") == ""
    plane.apply([HEEDLESS.replace("Ignore", "Fail")])
    wait(lambda: "no such key: missing" in why(other="y"))


def test_pitfall_39_types_are_right_which_only_a_controller_manager_says(plane):
    names = [
        policy["metadata"]["name"]
        for policy in plane.admin.get("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies")["items"]
    ]
    assert len([name for name in names if name.startswith("hardener-pods-")]) == 4 + len(ZONES)
    for name in names:
        wait(lambda name=name: warnings(plane, name) is not None)
    assert {name: warnings(plane, name) for name in names} == {name: [] for name in names}

    text = files(BODY, version=minor(plane.release))["manifests/cluster/pods.yaml"]
    (policy,) = (
        each for each in text.split("---\n") if "name: hardener-pods-zone-runtimes\n" in each and "Binding" not in each
    )
    plane.apply([policy.replace("hardener-pods-zone-runtimes", "broken").replace("?runtimeClassName", "?runtimeClass")])
    wait(lambda: warnings(plane, "broken") is not None)
    assert "undefined field 'runtimeClass'" in json.dumps(warnings(plane, "broken"))
