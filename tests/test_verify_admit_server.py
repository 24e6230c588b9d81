"""What `admit` says of pods is what real API servers say that run with the same output, refusals and changes alike."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hardener.catalog.kubernetes import minor as minor_of
from hardener.profile import Profile
from hardener.verify.admission import Admission, Verdict
from hardener.verify.written import read
from tests import rendering
from tests.admitting import Answer, Asked, answers, comparable, running, who
from tests.components.client import Client, RefusedError
from tests.components.control_plane import ControlPlane
from tests.components.releases import LAST_WITH_POD_SECURITY_POLICY, NEWEST, minor
from tests.pod_security_examples import examples
from tests.pods_at_random import base, pods
from tests.pods_judged import BODY, BROKEN, GOOD
from tests.verifying import PROFILES, Files
from tests.waiting import wait

Pod = dict[str, Any]

# Versions of the standards, and one that no server knows yet; and those at which a check is new or another.
VERSIONS = ("v1.0", "v1.8", "v1.18", "v1.19", "v1.22", "v1.23", "v1.24", "v1.25", "v1.26", "v1.27", "v1.28", "v1.29")
VERSIONS += ("v1.30", "v1.31", "v1.32", "v1.33", "v1.34", "v1.35", "v1.36", "v1.37", "v1.99", "latest")
CHANGED = (0, 8, 19, 22, 23, 24, 25, 27, 29, 31, 32, 34, 35, 37)
ADMIN = ("admin", "system:masters", "system:authenticated")
DEVELOPER = ("ann", "team", "system:authenticated")
NAMESPACE = """\
---
apiVersion: v1
kind: Namespace
metadata:
  name: {name}
  labels: {labels}
"""
# Zones of all sorts before there were admission policies, and somebody who may create pods there.
LEGACY = """
pools:
  plant: {}
zones:
  restricted: {trust: 50}
  baseline: {trust: 50, podSecurity: baseline}
  privileged: {trust: 50, podSecurity: privileged}
  plant: {trust: 60, pools: [plant]}
  special:
    trust: 50
    runtimeClass: gvisor
    seccomp: Localhost/web.json
    appArmor: Localhost/web
    seLinux: {type: container_t, level: "s0:c1,c2"}
    capabilities: [CHOWN]
  confined: {trust: 50, podSecurity: privileged, seccomp: RuntimeDefault}
tenants:
  team:
    access: [{role: developer, groups: [team]}]
    namespaces:
      restricted: {zone: restricted}
      baseline: {zone: baseline}
      privileged: {zone: privileged}
      plant: {zone: plant}
      special: {zone: special}
      confined: {zone: confined}
"""


# Policies that hardener never writes, each for the accounts of a namespace of its own.
ODD = {
    "odd-ranges": """{
  privileged: true, allowPrivilegeEscalation: true, defaultAllowPrivilegeEscalation: false,
  defaultAddCapabilities: [KILL], requiredDropCapabilities: [NET_RAW], allowedCapabilities: [CHOWN, SYS_ADMIN],
  runAsUser: {rule: MustRunAs, ranges: [{min: 1000, max: 2000}, {min: 1, max: 1}]},
  runAsGroup: {rule: MustRunAs, ranges: [{min: 1000, max: 1000}]},
  supplementalGroups: {rule: MayRunAs, ranges: [{min: 1, max: 10}]},
  fsGroup: {rule: MustRunAs, ranges: [{min: 1000, max: 1000}]},
  seLinux: {rule: MustRunAs, seLinuxOptions: {level: "s0:c2,c1"}},
  readOnlyRootFilesystem: true, hostNetwork: true, hostPID: true, hostPorts: [{min: 8000, max: 8100}],
  volumes: [hostPath, csi, secret, emptyDir, flexVolume], allowedHostPaths: [{pathPrefix: /etc/, readOnly: true}],
  allowedCSIDrivers: [{name: other.example.com}], allowedFlexVolumes: [{driver: example.com/flex}],
  allowedUnsafeSysctls: ["net.ipv4.*"], forbiddenSysctls: [kernel.shm_rmid_forced, "net.core.*"],
  allowedProcMountTypes: [Default, Unmasked],
  runtimeClass: {allowedRuntimeClassNames: [gvisor], defaultRuntimeClassName: gvisor}}""",
    "odd-wide": """{
  privileged: true, allowedCapabilities: ["*"], volumes: ["*"], hostIPC: true, allowedHostPaths: [{pathPrefix: /et}],
  runAsUser: {rule: RunAsAny}, supplementalGroups: {rule: MustRunAs, ranges: [{min: 5, max: 5}]},
  fsGroup: {rule: MayRunAs, ranges: [{min: 1000, max: 1000}]}, seLinux: {rule: RunAsAny}}""",
}
ODD_OBJECTS = """\
---
apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata:
  name: NAME
  annotations:
    apparmor.security.beta.kubernetes.io/allowedProfileNames: "runtime/default,localhost/web"
    apparmor.security.beta.kubernetes.io/defaultProfileName: runtime/default
    seccomp.security.alpha.kubernetes.io/allowedProfileNames: "runtime/default,localhost/web.json"
    seccomp.security.alpha.kubernetes.io/defaultProfileName: docker/default
spec: SPEC
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: use, namespace: NAME}
rules: [{apiGroups: [policy], resources: [podsecuritypolicies], resourceNames: [NAME], verbs: [use]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: use, namespace: NAME}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: use}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:serviceaccounts:NAME"}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: create, namespace: NAME}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "hardener:developer"}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: team}]
"""


def shop(version: str) -> tuple[Files, Profile]:
    """The shop, as it would be on another version and without what only Cilium does."""
    text = (PROFILES / "shop-prod.yaml").read_text().replace('"1.34"', f'"{version}"')
    text = "".join(line for line in text.splitlines(keepends=True) if "fqdn" not in line)
    return _rendered("zones:" + text.partition("\nzones:")[2], version)


def _rendered(body: str, version: str) -> tuple[Files, Profile]:
    return rendering.files(body, version=version), rendering.profile(body, version=version)


def with_standards(files: Files) -> list[str]:
    """Add namespaces for the levels at all versions, and one for labels that say too little; what comes back: names."""
    asked = {f"{level}-{version.replace('.', '-')}": (level, version) for level in LEVELS for version in VERSIONS}
    labels = {name: f"{{{ENFORCE}: {level}, {ENFORCE}-version: {version}}}" for name, (level, version) in asked.items()}
    labels |= {
        "stranger": "{}",
        "only-version": f"{{{ENFORCE}-version: v1.22}}",
        "only-level": f"{{{ENFORCE}: baseline}}",
    }
    texts = [NAMESPACE.format(name=name, labels=said) for name, said in labels.items()]
    files["manifests/standards/namespace.yaml"] = "".join(texts)
    return list(labels)


LEVELS = ("baseline", "restricted")
ENFORCE = "pod-security.kubernetes.io/enforce"


def published(names: list[str]) -> list[Asked]:
    """The pods by which the standards are tested themselves, in the namespaces of their versions."""
    found = []
    for name in names:
        level, _, version = name.partition("-v")
        if level in LEVELS and version in {f"1-{changed}" for changed in CHANGED}:
            for verdict in ("fail", "pass"):
                every = examples(version.replace("-", "."), verdict)
                found += [(name, pod) for key, pod in every.items() if key.startswith(level)]
    return found


def judged(files: Files, profile: Profile, asked: list[Asked], user: tuple[str, ...]) -> list[Verdict]:
    """What `admit` says of each."""
    admission = Admission.read(read(files)[0], profile.cluster)
    return [admission.admit(pod, namespace, user[0], user[1:]) for namespace, pod in asked]


def differences(asked: list[Asked], ours: list[Verdict], theirs: list[Answer]) -> list[str]:
    """Where the two do not say the same: whether, by whom, or as what."""
    found = []
    for (namespace, pod), mine, answer in zip(asked, ours, theirs, strict=True):
        if answer.invalid:
            continue
        messages = [reason.message for reason in mine.refusals]
        if mine.admitted is bool(answer.refusal):
            found.append(f"{namespace} {pod}: {messages} and not {answer.refusal!r}")
        elif answer.refusal and not any(who(answer.refusal) in message for message in messages):
            found.append(f"{namespace} {pod}: {messages} says nothing of {answer.refusal!r}")
        elif mine.admitted and comparable(answer.stored["spec"]) != comparable(mine.pod["spec"]):
            found.append(f"{namespace} {pod}: {mine.pod['spec']} and not {answer.stored['spec']}")
    return found


def refuses(client: Client, namespace: str, pod: Pod) -> Callable[[], bool]:
    """Whether a server has come to refuse a pod."""

    def refused() -> bool:
        try:
            client.create(f"/api/v1/namespaces/{namespace}/pods?dryRun=All", pod)
        except RefusedError as error:
            return "denied request" in str(error)
        return False

    return refused


def ask(plane: ControlPlane, asked: list[Asked], user: tuple[str, ...], waiting: list[Asked]) -> list[Answer]:
    """What the server says, once its policies hold."""
    for namespace, pod in waiting:
        wait(refuses(plane.admin, namespace, pod))
    return answers(plane, asked, user[0], *user[1:-1])


def at_random(seed: int, count: int, version: str, own: list[str], standards: list[str]) -> list[Asked]:
    """Pods in namespaces of the profile, and in those of every standard."""
    chance = random.Random(seed)
    return [
        (chance.choice(own if chance.random() < 0.6 else standards), pod)
        for pod in pods(seed, count, minor_of(version))
    ]


def test_what_the_shop_refuses_and_changes_is_what_a_server_refuses_and_changes(tmp_path: Path) -> None:
    """All standards at all versions, and everything that a hardened cluster with pools of its own asks."""
    version = minor(NEWEST)
    files, profile = shop(version)
    standards = with_standards(files)
    own = [*profile_namespaces(profile), "kube-system", "stranger"]
    asked = [*published(standards), *at_random(1, 900, version, own, standards)]
    with running(NEWEST, tmp_path, files) as plane:
        late = [("stranger", pinned()), *((name, pinned()) for name in own if name not in ("kube-system", "stranger"))]
        theirs = ask(plane, asked, ADMIN, late)

    assert len(asked) > 2000
    assert differences(asked, judged(files, profile, asked, ADMIN), theirs) == []
    assert sum(answer.invalid for answer in theirs) < len(asked) / 20
    assert sum(not answer.refusal for answer in theirs) > 700


def pinned() -> Pod:
    """A pod that names its node, which nobody's may but the system's."""
    pod = base()
    return pod | {"spec": pod["spec"] | {"nodeName": "one"}}


def profile_namespaces(profile: Profile) -> list[str]:
    """The namespaces of a profile."""
    return [name for tenant in profile.tenants.values() for name in tenant.namespaces]


def test_what_each_key_of_a_zone_refuses_is_what_a_server_refuses(tmp_path: Path) -> None:
    """Registries, digests, profiles, capabilities, runtime classes, tokens, users: each in a zone of its own."""
    version = minor(NEWEST)
    files, profile = rendering.files(BODY, version=version), rendering.profile(BODY, version=version)
    own = [*profile_namespaces(profile), "stranger"]
    files["manifests/standards/namespace.yaml"] = NAMESPACE.format(name="stranger", labels="{}")
    examples = [(name, pod) for name, every in GOOD.items() for pod in every]
    examples += [(name, pod) for name, every in BROKEN.items() for pod, _ in every]
    asked = [*examples, *at_random(2, 700, version, own, own)]
    with running(NEWEST, tmp_path, files) as plane:
        theirs = ask(plane, asked, ADMIN, [(name, every[0][0]) for name, every in BROKEN.items()])

    assert differences(asked, judged(files, profile, asked, ADMIN), theirs) == []
    assert sum(not answer.refusal for answer in theirs) > 300


STRANGE: tuple[Pod, ...] = (
    {"hostPath": {"path": "/etc"}},
    {"hostPath": {"path": "/etcetera"}},
    {"flexVolume": {"driver": "example.com/flex"}},
    {"flexVolume": {"driver": "example.com/other"}},
    {"csi": {"driver": "other.example.com"}},
    {"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
    {
        "projected": {
            "sources": [{"downwardAPI": {"items": [{"path": "x", "fieldRef": {"fieldPath": "metadata.name"}}]}}]
        }
    },
    {"projected": {"sources": [{"configMap": {"name": "kube-root-ca.crt"}}, {"secret": {"name": "x"}}]}},
    {"cephfs": {"monitors": ["192.0.2.1"]}},
)


def strange_volume(kind: Pod) -> Pod:
    """A pod that mounts a volume, to read it alone if it is a path of the host."""
    pod = base()
    mount = {"name": "v", "mountPath": "/v", "readOnly": kind == STRANGE[0]}
    pod["spec"]["containers"][0] |= {"volumeMounts": [mount]}
    pod["spec"] |= {"volumes": [{"name": "v", **kind}], "automountServiceAccountToken": False}
    return pod


def test_policies_of_old_complete_and_refuse_as_a_server_of_their_time_does(tmp_path: Path) -> None:
    """PodSecurityPolicy and Pod Security together: for who may use every policy, and for who may use none."""
    version = minor(LAST_WITH_POD_SECURITY_POLICY)
    files, profile = _rendered(LEGACY, version)
    own = profile_namespaces(profile)
    found = published([f"{level}-v1-24" for level in LEVELS])
    asked = [(name.partition("-")[0], pod) for name, pod in found]
    files["manifests/odd/namespace.yaml"] = "".join(NAMESPACE.format(name=name, labels="{}") for name in ODD)
    files["manifests/odd/pods.yaml"] = "".join(
        ODD_OBJECTS.replace("NAME", name).replace("SPEC", spec) for name, spec in ODD.items()
    )
    asked += at_random(3, 600, version, [*own, *ODD, *ODD], own)
    asked += [(name, strange_volume(kind)) for name in ODD for kind in STRANGE]
    # A policy gives some of them a runtime class, and what overhead that has is not judged.
    asked = [(name, pod) for name, pod in asked if "overhead" not in pod["spec"]]
    with running(LAST_WITH_POD_SECURITY_POLICY, tmp_path, files) as plane:
        for user in (ADMIN, DEVELOPER):
            wait(lambda user=user: not answers(plane, [("restricted", base())], user[0], *user[1:-1])[0].refusal)
            theirs = answers(plane, asked, user[0], *user[1:-1])

            assert differences(asked, judged(files, profile, asked, user), theirs) == []
            assert sum(not answer.refusal for answer in theirs) > 150
