"""What a real API server of 1.24 makes of the published examples of the Pod Security Standards under our policies.

Each example breaks its level in one way, or keeps it where it is easily mistaken. A policy may complete a pod where
the standards refuse it, and leaves to the label of the namespace what it cannot say.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.components import apiserver, manifests
from tests.components.client import Client, RefusedError
from tests.components.releases import LAST_WITH_POD_SECURITY_POLICY
from tests.pod_security_examples import examples
from tests.rendering import files
from tests.waiting import wait

Pod = dict[str, Any]

BODY = """
zones:
  restricted: {trust: 50}
  baseline: {trust: 50, podSecurity: baseline}
  privileged: {trust: 50, podSecurity: privileged}
  special:
    trust: 50
    runtimeClass: gvisor
    seccomp: Localhost/web.json
    appArmor: Localhost/web
    seLinux: {type: container_t, level: "s0:c1,c2"}
    capabilities: []
  confined: {trust: 50, podSecurity: privileged, seccomp: RuntimeDefault}
tenants:
  team:
    access: [{role: developer, groups: [team]}]
    namespaces:
      restricted: {zone: restricted}
      baseline: {zone: baseline}
      privileged: {zone: privileged}
      special: {zone: special}
      confined: {zone: confined}
"""
RUNTIME_CLASS = "{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: gvisor}, handler: runsc}"
ACCOUNT = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: kube-system}}"
CONTAINER = {"name": "main", "image": "registry.example.com/shop/web:1"}
PLAIN: Pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "plain"}, "spec": {"containers": [CONTAINER]}}
PRIVILEGED = {**CONTAINER, "securityContext": {"privileged": True}}

# Pods that say too little, which a policy completes.
COMPLETED = {
    "restricted/allowprivilegeescalation2",
    "restricted/allowprivilegeescalation3",
    "restricted/capabilities_restricted0",
    "restricted/capabilities_restricted1",
    "restricted/capabilities_restricted2",
    "restricted/runasnonroot0",
    "restricted/seccompprofile_restricted0",
    "restricted/seccompprofile_restricted2",
    "restricted/seccompprofile_restricted3",
}
# Left to the label of the namespace: a policy allows one seccomp profile or set of SELinux options, or any; and it
# could refuse an AppArmor profile only by giving every pod one.
LEFT_TO_LABELS = {
    f"{level}/{name}"
    for level in ("baseline", "restricted")
    for name in (
        *("apparmorprofile0", "apparmorprofile1"),
        *("seccompprofile_baseline0", "seccompprofile_baseline1", "seccompprofile_baseline2"),
        *("selinuxoptions0", "selinuxoptions1", "selinuxoptions2", "selinuxoptions3", "selinuxoptions4"),
    )
} | {"restricted/seccompprofile_restricted1", "restricted/seccompprofile_restricted4"}


@contextmanager
def cluster(folder: Path, *settings: str) -> Iterator[apiserver.Cluster]:
    """An API server of 1.24 with our policies in force."""
    for path, text in files(BODY, version="1.24").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    flags = ("--enable-admission-plugins=PodSecurityPolicy", *settings)
    with apiserver.running(LAST_WITH_POD_SECURITY_POLICY, folder, flags) as running:
        for text in (*manifests.in_order(folder / "manifests"), RUNTIME_CLASS, ACCOUNT):
            running.admin.apply(text)
        yield running


@contextmanager
def acting_as(running: apiserver.Cluster, name: str, subject: str) -> Iterator[Client]:
    """A connection of somebody else than the administrator, who may use every policy."""
    identity = running.authority.issue(name, subject)
    with closing(Client(running.port, apiserver.trust(running.authority, identity))) as client:
        yield client


def refusal(client: Client, namespace: str, pod: Pod) -> str:
    """What the server says against a pod; "" if it would take it."""
    return said(lambda: client.create(f"/api/v1/namespaces/{namespace}/pods?dryRun=All", pod))


def said(request: Callable[[], Any]) -> str:
    """What the server says against a request; "" if it takes it."""
    try:
        request()
    except RefusedError as error:
        return str(error)
    return ""


def wait_for_the_policies(client: Client) -> None:
    deadline = time.monotonic() + 30
    while refusal(client, "restricted", PLAIN):
        assert time.monotonic() < deadline, refusal(client, "restricted", PLAIN)
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("settings", "left"),
    [(("--disable-admission-plugins=PodSecurity",), LEFT_TO_LABELS), ((), set())],
    ids=["by the policies alone", "by policies and labels"],
)
def test_pods_that_break_their_level_are_refused(tmp_path, settings, left):
    failing, passing = examples("1.24", "fail"), examples("1.24", "pass")
    assert len(failing) > 80
    assert len(passing) > 20
    with cluster(tmp_path, *settings) as running, acting_as(running, "developer", "/O=team/CN=ann") as developer:
        wait_for_the_policies(developer)
        said = {name: refusal(developer, name.partition("/")[0], pod) for name, pod in failing.items()}
        unsaid = {name: refusal(developer, name.partition("/")[0], pod) for name, pod in passing.items()}

    assert {name for name, why in said.items() if not why} == COMPLETED | left
    assert {name: why for name, why in unsaid.items() if why} == {}
    assert all("PodSecurityPolicy" in why or "violates PodSecurity" in why for why in said.values() if why)


def test_a_policy_completes_a_pod_and_reaches_no_further_than_its_namespace(tmp_path):
    with cluster(tmp_path) as running:
        with acting_as(running, "developer", "/O=team/CN=ann") as developer:
            wait_for_the_policies(developer)
            assert completed(developer, "special") == {
                "runtime class": "gvisor",
                "seccomp": {"type": "Localhost", "localhostProfile": "web.json"},
                "AppArmor": "localhost/web",
                "SELinux": {"type": "container_t", "level": "s0:c1,c2"},
                "container": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "runAsNonRoot": True,
                },
            }
            for breaking in (
                {"runtimeClassName": "kata"},
                {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}},
                {"securityContext": {"seLinuxOptions": {"type": "container_t"}}},
                {"containers": [{**CONTAINER, "securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"]}}}]},
            ):
                assert "PodSecurityPolicy" in refusal(developer, "special", with_spec(breaking))
            privileged = with_spec({"containers": [PRIVILEGED], "hostNetwork": True, "hostPID": True})
            assert refusal(developer, "privileged", privileged) == ""
            assert "PodSecurityPolicy" in refusal(developer, "baseline", privileged)

        account = "system:serviceaccounts"
        subject = f"/O={account}/O={account}:kube-system/CN=system:serviceaccount:kube-system:replicaset-controller"
        with acting_as(running, "controller", subject) as controller:
            assert refusal(controller, "kube-system", privileged) == ""
            assert "PodSecurityPolicy" in refusal(controller, "restricted", privileged)
            assert refusal(controller, "restricted", PLAIN) == ""

        with acting_as(running, "node", "/O=system:nodes/CN=system:node:one") as node:
            mirror = with_spec({"containers": [PRIVILEGED], "hostNetwork": True, "nodeName": "one"})
            mirror["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "0"}
            assert refusal(node, "kube-system", mirror) == ""
            assert "PodSecurityPolicy" in refusal(node, "restricted", mirror)


def with_spec(spec: dict[str, Any]) -> Pod:
    pod = copy.deepcopy(PLAIN)
    pod["spec"] |= spec
    return pod


def completed(client: Client, namespace: str) -> dict[str, Any]:
    """What the server adds to a pod that says nothing."""
    pod = client.create(f"/api/v1/namespaces/{namespace}/pods?dryRun=All", PLAIN).object
    annotations, spec = pod["metadata"]["annotations"], pod["spec"]
    return {
        "runtime class": spec["runtimeClassName"],
        "seccomp": spec["securityContext"]["seccompProfile"],
        "AppArmor": annotations["container.apparmor.security.beta.kubernetes.io/main"],
        "SELinux": spec["securityContext"]["seLinuxOptions"],
        "container": spec["containers"][0]["securityContext"],
    }


SPECIAL = {
    "runtime class": ({"runtimeClassName": "kata"}, {"runtimeClassName": "gvisor"}),
    "seccomp": (
        {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}},
        {"securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "web.json"}}},
    ),
    "SELinux": (
        {"securityContext": {"seLinuxOptions": {"type": "container_t"}}},
        {"securityContext": {"seLinuxOptions": {"type": "container_t", "level": "s0:c1,c2"}}},
    ),
    "capabilities": (
        {"containers": [{**CONTAINER, "securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"]}}}]},
        {"containers": [{**CONTAINER, "securityContext": {"capabilities": {"drop": ["ALL"]}}}]},
    ),
    "init containers": (
        {"initContainers": [{**CONTAINER, "name": "init", "securityContext": {"capabilities": {"add": ["KILL"]}}}]},
        {"initContainers": [{**CONTAINER, "name": "init"}]},
    ),
}
RESTRICTED = {"allowPrivilegeEscalation": False, "runAsNonRoot": True, "capabilities": {"drop": ["ALL"]}}
CONFINED = {"seccompProfile": {"type": "Localhost", "localhostProfile": "web.json"}}
ALLOWED = {**PLAIN, "spec": {"containers": [{**CONTAINER, "securityContext": RESTRICTED}], "securityContext": CONFINED}}
APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/main"


def test_each_thing_that_a_zone_asks_is_asked_by_its_policy(tmp_path):
    with cluster(tmp_path) as running, acting_as(running, "developer", "/O=team/CN=ann") as developer:
        wait_for_the_policies(developer)
        for asked, (breaking, good) in SPECIAL.items():
            assert "PodSecurityPolicy" in refusal(developer, "special", with_spec(breaking)), asked
            assert refusal(developer, "special", with_spec(good)) == "", asked
        for profile, admitted in {"unconfined": False, "runtime/default": False, "localhost/web": True}.items():
            annotated = {**PLAIN, "metadata": {"name": "plain", "annotations": {APP_ARMOR: profile}}}
            assert (refusal(developer, "special", annotated) == "") == admitted

        # No profile confines a privileged container, so a zone that asks for one has none, at whatever level.
        assert refusal(developer, "confined", with_spec({"hostNetwork": True})) == ""
        assert "PodSecurityPolicy" in refusal(developer, "confined", with_spec({"containers": [PRIVILEGED]}))


def test_a_container_that_is_added_later_is_judged_by_the_label_alone(tmp_path):
    """PodSecurityPolicy does not look at ephemeral containers; what a zone asks beyond its level is a gap for them."""
    with cluster(tmp_path) as running:
        running.admin.create("/api/v1/namespaces/special/pods", ALLOWED)
        path = "/api/v1/namespaces/special/pods/plain/ephemeralcontainers?dryRun=All"

        def debug(**context: Any) -> str:
            container = {**CONTAINER, "name": "debugger", "securityContext": RESTRICTED | context}
            return said(lambda: running.admin.patch(path, {"spec": {"ephemeralContainers": [container]}}))

        assert debug() == ""
        assert "violates PodSecurity" in debug(privileged=True, allowPrivilegeEscalation=True)
        assert "violates PodSecurity" in debug(seccompProfile={"type": "Unconfined"})
        assert debug(seccompProfile={"type": "RuntimeDefault"}) == ""


def test_pitfall_35_a_policy_that_says_nothing_of_seccomp_refuses_whoever_says_something(tmp_path):
    named = with_spec({"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}})
    with cluster(tmp_path) as running, acting_as(running, "developer", "/O=team/CN=ann") as developer:
        wait_for_the_policies(developer)
        assert refusal(developer, "restricted", named) == ""
        text = files(BODY, version="1.24")["manifests/cluster/pods.yaml"]
        (policy,) = (
            each
            for each in text.split("---\n")
            if "PodSecurityPolicy\nmetadata:\n  name: hardener-restricted\n" in each
        )
        silent = "".join(line for line in policy.splitlines(keepends=True) if "seccomp.security" not in line)
        assert silent != policy
        running.admin.apply(silent)
        assert "seccomp" in wait(lambda: refusal(developer, "restricted", named))
