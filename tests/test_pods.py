"""Pods that break their zone's level are refused at 1.24 too; what nothing refuses is told."""

from __future__ import annotations

import pytest
import yaml
from msgspec.structs import replace

from hardener.catalog import supported
from hardener.emitters import emit
from hardener.emitters import pods as emitter
from hardener.expand import expand
from hardener.expand.pods import gaps, pods
from hardener.plan.pods import Binding, Pods
from tests.rendering import files, profile

POLICIES = "manifests/cluster/pods.yaml"
BODY = """
zones: {ZONES}
tenants:
  team:
    namespaces: {web: {zone: apps}, api: {zone: apps}}
"""


def with_zone(zone: str) -> str:
    return BODY.replace("{ZONES}", f"{{apps: {{trust: 50, {zone}}}}}")


def policies(zone: str) -> dict[str, dict]:
    """The PodSecurityPolicies of a profile with one zone, by name, and what they say."""
    documents = yaml.safe_load_all(files(with_zone(zone), version="1.24")[POLICIES])
    return {each["metadata"]["name"]: each for each in documents if each["kind"] == "PodSecurityPolicy"}


def spec(zone: str, name: str = "hardener-zone-apps") -> dict:
    return policies(zone)[name]["spec"]


def test_the_policies_and_their_roles():
    assert (
        files(with_zone("podSecurity: restricted"), version="1.24")[POLICIES]
        == """\
# Rendered by hardener from profile example. Change the profile, not this file.
# What is not named in a policy is refused. A pod that says nothing is completed to keep its policy.
# Where a policy allows any seccomp profile or SELinux options, the Pod Security label of the namespace judges them.
apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata:
  name: hardener-privileged
  labels:
    app.kubernetes.io/managed-by: hardener
  annotations:
    seccomp.security.alpha.kubernetes.io/allowedProfileNames: "*"
spec:
  privileged: true
  allowPrivilegeEscalation: true
  allowedCapabilities:
    - "*"
  hostNetwork: true
  hostPID: true
  hostIPC: true
  hostPorts:
    - {min: 0, max: 65535}
  allowedUnsafeSysctls: ["*"]
  runAsUser:
    rule: RunAsAny
  supplementalGroups:
    rule: RunAsAny
  fsGroup:
    rule: RunAsAny
  seLinux:
    rule: RunAsAny
  volumes:
    - "*"
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: hardener:pods:privileged
  labels:
    app.kubernetes.io/managed-by: hardener
rules:
  - apiGroups: [policy]
    resources: [podsecuritypolicies]
    resourceNames:
      - hardener-privileged
    verbs: [use]
---
apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata:
  name: hardener-restricted
  labels:
    app.kubernetes.io/managed-by: hardener
  annotations:
    seccomp.security.alpha.kubernetes.io/allowedProfileNames: "*"
    seccomp.security.alpha.kubernetes.io/defaultProfileName: runtime/default
spec:
  allowPrivilegeEscalation: false
  requiredDropCapabilities: [ALL]
  allowedCapabilities:
    - NET_BIND_SERVICE
  runAsUser:
    rule: MustRunAsNonRoot
  supplementalGroups:
    rule: RunAsAny
  fsGroup:
    rule: RunAsAny
  seLinux:
    rule: RunAsAny
  volumes:
    - configMap
    - csi
    - downwardAPI
    - emptyDir
    - ephemeral
    - persistentVolumeClaim
    - projected
    - secret
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: hardener:pods:restricted
  labels:
    app.kubernetes.io/managed-by: hardener
rules:
  - apiGroups: [policy]
    resources: [podsecuritypolicies]
    resourceNames:
      - hardener-restricted
    verbs: [use]
"""
    )


def test_baseline_allows_what_the_standard_allows():
    baseline = policies("podSecurity: baseline")["hardener-baseline"]
    assert baseline["metadata"]["annotations"] == {
        "seccomp.security.alpha.kubernetes.io/allowedProfileNames": "*",
        "seccomp.security.alpha.kubernetes.io/defaultProfileName": "runtime/default",
    }
    assert baseline["spec"].pop("volumes") == [
        *("awsElasticBlockStore", "azureDisk", "azureFile", "cephFS", "cinder", "configMap", "csi", "downwardAPI"),
        *("emptyDir", "ephemeral", "fc", "flexVolume", "flocker", "gcePersistentDisk", "gitRepo", "glusterfs", "iscsi"),
        *("nfs", "persistentVolumeClaim", "photonPersistentDisk", "portworxVolume", "projected", "quobyte", "rbd"),
        *("scaleIO", "secret", "storageos", "vsphereVolume"),
    ]
    assert baseline["spec"] == {
        "allowPrivilegeEscalation": True,
        "allowedCapabilities": [
            *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
            *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
        ],
        "runAsUser": {"rule": "RunAsAny"},
        "supplementalGroups": {"rule": "RunAsAny"},
        "fsGroup": {"rule": "RunAsAny"},
        "seLinux": {"rule": "RunAsAny"},
    }


def test_each_namespace_is_bound_to_the_policy_of_its_zone_and_no_other():
    assert (
        files(with_zone("podSecurity: baseline"), version="1.24")["manifests/namespaces/web/pods.yaml"]
        == """\
# Rendered by hardener from profile example. Change the profile, not this file.
# Which policy judges the namespace's pods, whoever creates them.
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: hardener:pods:baseline
  namespace: web
  labels:
    app.kubernetes.io/managed-by: hardener
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: hardener:pods:baseline
subjects:
  - kind: Group
    apiGroup: rbac.authorization.k8s.io
    name: system:serviceaccounts:web
"""
    )


def test_the_system_goes_on_working_in_its_own_namespaces_alone():
    body = "  systemNamespaces: [kube-system, calico-system]\n" + with_zone("podSecurity: {enforce: baseline}")
    bindings = pods(profile(body, version="1.24")).bindings

    assert bindings == (
        Binding(namespace="api", role="hardener:pods:baseline", groups=("system:serviceaccounts:api",)),
        Binding(
            namespace="calico-system",
            role="hardener:pods:privileged",
            groups=("system:nodes", "system:serviceaccounts:calico-system"),
        ),
        Binding(
            namespace="kube-system",
            role="hardener:pods:privileged",
            groups=("system:nodes", "system:serviceaccounts:kube-system"),
        ),
        Binding(namespace="web", role="hardener:pods:baseline", groups=("system:serviceaccounts:web",)),
    )


def test_a_namespace_that_is_made_elsewhere_must_exist_first_and_its_file_says_so():
    system = ("cilium", "default", "kube-node-lease", "kube-public", "kube-system")
    body = f"  systemNamespaces: [{', '.join(system)}]\n" + with_zone("exposed: true")
    ours = profile(body, version="1.24")
    providers = replace(ours, cluster=replace(ours.cluster, distribution="eks"))
    rendered = {artifact.path: artifact.text for artifact in emit(expand(providers))}
    texts = {path.split("/")[2]: text for path, text in rendered.items() if path.endswith("/pods.yaml")}

    assert {name for name, text in texts.items() if "it must exist before" in text} == {"cilium"}
    made = {path.split("/")[2] for path in rendered if path.endswith("/namespace.yaml")}
    assert made == {"web", "api"}
    assert texts["cilium"].startswith("""\
# Rendered by hardener from profile example. Change the profile, not this file.
# Which policy judges the namespace's pods, whoever creates them.
# The namespace is not made here: it must exist before this is applied. Make it first (kubectl create namespace), or
# apply again once what it belongs to has made it.
apiVersion: rbac.authorization.k8s.io/v1
""")
    # Where the plugins that place pods are ours to set, the output makes every one.
    assert "it must exist before" not in "".join(files(body, version="1.24").values())


BETWEEN = supported()[1:6]


@pytest.mark.parametrize("version", BETWEEN)
def test_between_125_and_129_there_are_no_policies(version):
    assert BETWEEN[-1] == "1.29"
    body = with_zone("runtimeClass: gvisor")
    assert pods(profile(body, version=version)) == Pods(policies=(), bindings=(), refusing=())
    assert list(emitter.emit(expand(profile(body, version=version)))) == []


def test_only_policies_in_use_are_rendered():
    body = """
zones: {apps: {trust: 50}, idle: {trust: 50, podSecurity: baseline}, own: {trust: 50, seccomp: RuntimeDefault}}
tenants: {team: {namespaces: {web: {zone: apps}, api: {zone: apps}}}}
"""
    names = [policy.name for policy in pods(profile(body, version="1.24")).policies]
    assert names == ["hardener-privileged", "hardener-restricted"]


def test_a_zone_that_asks_for_no_more_than_its_level_has_no_policy_of_its_own():
    assert policies("registries: [registry.example.com/], digests: true").keys() == {
        "hardener-privileged",
        "hardener-restricted",
    }


@pytest.mark.parametrize("level", ["restricted", "baseline", "privileged"])
@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            "runtimeClass: gvisor",
            {"runtimeClass": {"allowedRuntimeClassNames": ["gvisor"], "defaultRuntimeClassName": "gvisor"}},
        ),
        (
            "seLinux: {type: container_t}",
            {"seLinux": {"rule": "MustRunAs", "seLinuxOptions": {"type": "container_t"}}, "privileged": None},
        ),
        (
            'seLinux: {level: "s0:c1"}',
            {"seLinux": {"rule": "MustRunAs", "seLinuxOptions": {"level": "s0:c1"}}, "privileged": None},
        ),
        (
            'seLinux: {level: "s0", type: container_t}',
            {
                "seLinux": {"rule": "MustRunAs", "seLinuxOptions": {"type": "container_t", "level": "s0"}},
                "privileged": None,
            },
        ),
        ("capabilities: [KILL, CHOWN, KILL]", {"allowedCapabilities": ["CHOWN", "KILL"], "privileged": None}),
        ("capabilities: []", {"allowedCapabilities": None, "privileged": None}),
        ("seccomp: RuntimeDefault", {"privileged": None}),
        ("appArmor: RuntimeDefault", {"privileged": None}),
    ],
)
def test_what_a_zone_asks_for_stands_in_a_policy_of_its_own(level, asked, told):
    alone = policies(f"podSecurity: {level}")[f"hardener-{level}"]["spec"]
    expected = {key: value for key, value in (alone | told).items() if value is not None}

    assert spec(f"podSecurity: {level}, {asked}") == expected


@pytest.mark.parametrize(
    ("asked", "annotations"),
    [
        (
            "seccomp: RuntimeDefault",
            {"seccomp.security.alpha.kubernetes.io/{}": "runtime/default"},
        ),
        (
            "seccomp: Localhost/Localhost/web.json",
            {"seccomp.security.alpha.kubernetes.io/{}": "localhost/Localhost/web.json"},
        ),
        (
            "appArmor: RuntimeDefault, seccomp: RuntimeDefault",
            {
                "seccomp.security.alpha.kubernetes.io/{}": "runtime/default",
                "apparmor.security.beta.kubernetes.io/{}": "runtime/default",
            },
        ),
        (
            "appArmor: Localhost/web, seccomp: Localhost/web.json",
            {
                "seccomp.security.alpha.kubernetes.io/{}": "localhost/web.json",
                "apparmor.security.beta.kubernetes.io/{}": "localhost/web",
            },
        ),
    ],
)
def test_profiles_of_the_node_are_allowed_and_given_by_annotations(asked, annotations):
    assert policies(asked)["hardener-zone-apps"]["metadata"]["annotations"] == {
        key.format(name): value
        for key, value in annotations.items()
        for name in ("allowedProfileNames", "defaultProfileName")
    }


@pytest.mark.parametrize("level", ["restricted", "baseline", "privileged"])
@pytest.mark.parametrize("asked", ["exposed: true", "runtimeClass: gvisor", "seccomp: RuntimeDefault"])
def test_pitfall_35_every_policy_says_which_seccomp_profiles_it_allows(level, asked):
    for policy in policies(f"podSecurity: {level}, {asked}").values():
        assert policy["metadata"]["annotations"]["seccomp.security.alpha.kubernetes.io/allowedProfileNames"]


def test_a_zone_that_names_no_seccomp_profile_allows_any_and_gives_the_runtimes():
    """Unconfined is refused by the label of the namespace, and a profile of the node's is what the levels allow."""
    assert policies("appArmor: RuntimeDefault")["hardener-zone-apps"]["metadata"]["annotations"] == {
        "seccomp.security.alpha.kubernetes.io/allowedProfileNames": "*",
        "seccomp.security.alpha.kubernetes.io/defaultProfileName": "runtime/default",
        "apparmor.security.beta.kubernetes.io/allowedProfileNames": "runtime/default",
        "apparmor.security.beta.kubernetes.io/defaultProfileName": "runtime/default",
    }


def test_a_privileged_zone_keeps_what_it_asks_for():
    asked = "podSecurity: privileged, seccomp: RuntimeDefault"
    assert policies(asked)["hardener-zone-apps"]["metadata"]["annotations"] == {
        "seccomp.security.alpha.kubernetes.io/allowedProfileNames": "runtime/default",
        "seccomp.security.alpha.kubernetes.io/defaultProfileName": "runtime/default",
    }
    assert policies("podSecurity: privileged, runtimeClass: gvisor")["hardener-zone-apps"]["metadata"][
        "annotations"
    ] == {"seccomp.security.alpha.kubernetes.io/allowedProfileNames": "*"}


def test_the_role_of_a_zone_uses_its_policy_alone():
    documents = yaml.safe_load_all(files(with_zone("seccomp: RuntimeDefault"), version="1.24")[POLICIES])
    roles = {each["metadata"]["name"]: each["rules"] for each in documents if each["kind"] == "ClusterRole"}

    assert roles["hardener:pods:zone-apps"] == [
        {
            "apiGroups": ["policy"],
            "resources": ["podsecuritypolicies"],
            "resourceNames": ["hardener-zone-apps"],
            "verbs": ["use"],
        }
    ]


EVERYTHING = (
    "registries: [registry.example.com/], digests: true, signers: [{publicKey: release}], runtimeClass: gvisor, "
    "seccomp: RuntimeDefault, appArmor: RuntimeDefault, seLinux: {type: container_t}, capabilities: [], "
    "userNamespaces: true"
)
REFUSED_BY_POLICIES = {"runtimeClass", "seccomp", "appArmor", "seLinux", "capabilities"}


def told(body: str, version: str) -> dict[str, tuple[str, str]]:
    found = list(gaps(profile(body, version=version)))
    assert len({gap.path for gap in found}) == len(found)
    return {gap.path: (gap.what, gap.who) for gap in found}


ASKED = {
    "registries": "with an image from elsewhere",
    "digests": "whose image is named by a tag",
    "runtimeClass": "of another runtime class",
    "seccomp": "with another seccomp profile",
    "appArmor": "with another AppArmor profile",
    "seLinux": "with other SELinux options",
    "capabilities": "that adds other capabilities",
    "userNamespaces": "in the user namespace of its node",
}


def cannot(version: str, what: str) -> tuple[str, str]:
    return f"an API server of {version} cannot be told to refuse (from 1.30 on it can: upgrade) {what}", "administrator"


@pytest.mark.parametrize("version", BETWEEN)
def test_what_an_older_api_server_cannot_be_told_is_told(version):
    found = told(with_zone(EVERYTHING), version)
    assert found == {
        **{f"zones.apps.{key}": cannot(version, f"a pod {what}") for key, what in ASKED.items()},
        "tenants": cannot(
            version,
            "a pod that mounts a token of its account though the profile gives it none, since a pod may ask for one "
            "where its account mounts none by itself; nor a Secret of the type kubernetes.io/service-account-token, "
            "into which Kubernetes writes a token of any account of the namespace that never ends: whoever may create "
            "and read Secrets, as the role admin, has it; nor a pod of the priority class system-cluster-critical or "
            "system-node-critical, which evicts pods of others where it finds no room",
        ),
        "zones": cannot(
            version, "a Service of the type NodePort or LoadBalancer in a namespace that the profile does not know"
        ),
    }


def test_what_security_policies_refuse_is_no_gap_at_124_but_for_containers_that_come_later():
    found = told(with_zone(EVERYTHING), "1.24")
    asked = {f"zones.apps.{key}" for key in ASKED.keys() - REFUSED_BY_POLICIES}
    later = {f"zones.apps.{key}" for key in REFUSED_BY_POLICIES - {"runtimeClass"}}

    assert found.keys() == asked | later | {"tenants", "zones"}
    assert {found[path] for path in later} == {
        (
            "a PodSecurityPolicy does not judge a container that is added to a pod that runs (kubectl debug, which the "
            "role admin may): the label of the namespace does, but knows the level alone",
            "administrator",
        )
    }


@pytest.mark.parametrize("version", ["1.33", "1.37"])
def test_from_130_on_nothing_is_left(version):
    assert told(with_zone(EVERYTHING), version) == {}


@pytest.mark.parametrize("version", ["1.30", "1.31", "1.32"])
def test_user_namespaces_wait_for_their_feature_gate(version):
    assert told(with_zone("userNamespaces: true"), version) == {
        "zones.apps.userNamespaces": (
            f"Kubernetes {version} forgets hostUsers while its feature gate UserNamespacesSupport is off, as it is "
            "unless somebody turns it on: until then every pod of the zone is refused",
            "administrator",
        )
    }


@pytest.mark.parametrize(("distribution", "gap"), [("kubeadm", False), ("rke2", False), ("eks", True), ("aks", True)])
def test_external_ips_are_a_gap_where_the_provider_sets_the_plugins(distribution, gap):
    path = "controlPlane.admission.denyServiceExternalIPs"
    written = profile(with_zone("exposed: true"), version="1.29")
    there = replace(written, cluster=replace(written.cluster, distribution=distribution))
    found = {each.path: each.what for each in gaps(there)}

    assert (path in found) == gap
    assert not gap or found[path].endswith(
        "a Service with external IPs, and the provider lets nobody set the plugin that would"
    )
    assert path not in {each.path for each in gaps(replace(there, cluster=replace(there.cluster, kubernetes="1.30")))}


@pytest.mark.parametrize("version", ["1.24", "1.29", "1.34"])
def test_pitfall_17_checks_of_running_pods_go_on_naming_those_of_the_system(version):
    body = "  systemNamespaces: [kube-system, calico-system]\n" + with_zone("exposed: true")
    found = told(f"{body}compliance: {{cis: {{level: 1}}}}\n", version)
    assert found["cluster.systemNamespaces"] == (
        "pods of calico-system, kube-system are exempt, and privileged ones run there: a check that looks at what "
        "runs, as kube-bench's 5.2, goes on naming them",
        "nobody: what runs a cluster needs it",
    )
    assert "cluster.systemNamespaces" not in told(body, version)


def test_a_zone_that_asks_for_nothing_has_no_gap():
    assert told(with_zone("exposed: true, quota: large"), "1.34") == {}
    assert told(with_zone("exposed: true, quota: large"), "1.24").keys() == {"tenants", "zones"}


def test_gaps_are_told_with_the_plan():
    plan = expand(profile(with_zone(EVERYTHING)))
    assert set(gaps(profile(with_zone(EVERYTHING)))) <= set(plan.gaps)
    assert list(plan.gaps) == sorted(plan.gaps)


def test_a_plan_cannot_hold_a_binding_of_nobody():
    with pytest.raises(ValueError, match="nobody is bound to hardener:pods:baseline in web"):
        Binding(namespace="web", role="hardener:pods:baseline", groups=())


def test_every_file_names_its_measures():
    artifacts = list(emitter.emit(expand(profile(with_zone("podSecurity: baseline"), version="1.24"))))
    assert [artifact.path for artifact in artifacts] == [
        POLICIES,
        "manifests/namespaces/api/pods.yaml",
        "manifests/namespaces/kube-system/pods.yaml",
        "manifests/namespaces/web/pods.yaml",
    ]
    assert {artifact.measures for artifact in artifacts} == {("pods.security-level",)}


@pytest.mark.parametrize(
    ("distribution", "why"),
    [("eks", "EKS lets everybody use"), ("gke", "GKE asks"), ("aks", "AKS asks"), ("kubeadm", ""), ("k3s", "")],
)
def test_what_providers_make_of_pod_security_policies_is_told(distribution, why):
    there = profile(with_zone("runtimeClass: gvisor"), version="1.24")
    there = replace(there, cluster=replace(there.cluster, distribution=distribution))
    found = [each.what for each in gaps(there) if each.what.endswith("beyond its Pod Security level")]

    assert [what.startswith(why) for what in found] == ([True] if why else [])
    later = replace(there, cluster=replace(there.cluster, kubernetes="1.25"))
    assert not any(each.what.endswith("beyond its Pod Security level") for each in gaps(later))
