"""Pods at random, each near a boundary: a pod that keeps every standard, changed in a few places that somebody judges.

Every pod is one that an API server can read and would store, if nothing refused it: what is wrong with it is never its
shape. Some changes mean something only from a minor version on.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

Pod = dict[str, Any]
Change = Callable[[Pod, random.Random], None]

DIGEST = "@sha256:" + "0123456789abcdef" * 4
IMAGES = (
    "registry.example.com/shop/web:1",
    "registry.example.com/shop/web" + DIGEST,
    "registry.example.com/cards/pay" + DIGEST,
    "registry.example.com/platform/gateway:2",
    "registry.example.com/shop-evil/web",
    "registry.example.com:5000/shop/web:1",
    "nginx",
    "nginx:latest",
    "library/nginx:1.27",
    "docker.io/nginx/unit/a",
    "index.docker.io/library/nginx:1" + DIGEST,
    "localhost/nginx",
    "nginx/unit/a",
)
CAPABILITIES = ("NET_BIND_SERVICE", "CHOWN", "KILL", "NET_RAW", "SYS_ADMIN", "ALL", "MKNOD", "SYS_CHROOT")
SYSCTLS = (
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_notsent_lowat",
    "net.core.somaxconn",
)
PROFILES = (
    {"type": "RuntimeDefault"},
    {"type": "Unconfined"},
    {"type": "Localhost", "localhostProfile": "web.json"},
    {"type": "Localhost", "localhostProfile": "other.json"},
)
SE_LINUX = (
    {"type": "container_t"},
    {"type": "container_t", "level": "s0:c1"},
    {"type": "container_engine_t"},
    {"type": "container_kvm_t"},
    {"type": "spc_t"},
    {"user": "system_u"},
    {"role": "system_r", "type": "container_t"},
    {"level": "s0:c1,c2"},
)
VOLUMES: tuple[Pod, ...] = (
    {},
    {"emptyDir": {}},
    {"hostPath": {"path": "/etc"}},
    {"configMap": {"name": "settings"}},
    {"secret": {"secretName": "key"}},
    {"persistentVolumeClaim": {"claimName": "data"}},
    {"nfs": {"server": "files.example.com", "path": "/"}},
    {"csi": {"driver": "csi.example.com"}},
    {"iscsi": {"targetPortal": "192.0.2.1:3260", "iqn": "iqn.2024-01.com.example:disk", "lun": 0}},
    {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
    {"projected": {"sources": [{"serviceAccountToken": {"path": "token", "audience": "vault"}}]}},
    {"projected": {"sources": [{"configMap": {"name": "settings"}}]}},
    {
        "ephemeral": {
            "volumeClaimTemplate": {
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
            }
        }
    },
    {"gcePersistentDisk": {"pdName": "disk"}},
)
TOLERATIONS: tuple[Pod, ...] = (
    {"operator": "Exists"},
    {"key": "example.com/cards", "operator": "Exists"},
    {"key": "example.com/cards", "operator": "Equal", "value": "yes", "effect": "NoExecute"},
    {"key": "example.com/cards", "value": "yes", "effect": "NoExecute"},
    {"key": "hardener.dev/pool", "operator": "Equal", "value": "edge", "effect": "NoExecute"},
    {"key": "hardener.dev/pool", "operator": "Equal", "value": "plant", "effect": "NoExecute"},
    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"},
    {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60},
    {"key": "node.kubernetes.io/disk-pressure", "operator": "Exists"},
    {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule", "operator": "Exists"},
)
SELECTORS: tuple[Pod, ...] = (
    {"node-restriction.kubernetes.io/pool": "shared"},
    {"node-restriction.kubernetes.io/pool": "cards"},
    {"zone.node-restriction.kubernetes.io/cards": "true"},
    {"zone.node-restriction.kubernetes.io/cards": "false"},
    {"zone.node-restriction.kubernetes.io/plant": "true"},
    {"zone.node-restriction.kubernetes.io/edge": "true"},
    {"disk": "ssd"},
    {"kubernetes.io/hostname": "one"},
)
RESOURCES: tuple[Pod, ...] = (
    {"limits": {"cpu": "2", "memory": "4Gi"}},
    {"limits": {"cpu": "2001m"}},
    {"limits": {"memory": "5Gi"}},
    {"requests": {"cpu": "0"}},
    {"requests": {"cpu": "1m", "memory": "1Mi"}},
    {"requests": {"memory": "1000Ki"}},
    {"requests": {"cpu": "0.5", "memory": "256Mi"}, "limits": {"cpu": "0.5", "memory": "256Mi"}},
    {"limits": {"ephemeral-storage": "9Gi"}},
)


def base() -> Pod:
    """A pod that keeps the standard restricted at every version."""
    context = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    container = {"name": "main", "image": IMAGES[1], "securityContext": context}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": {"containers": [container]}}


def pods(seed: int, count: int, minor: int) -> list[Pod]:
    """So many pods for an API server of 1.`minor`, the same ones for the same seed."""
    chance = random.Random(seed)
    changes = [change for since, until, change in CHANGES if since <= minor <= until]
    return [_pod(chance, changes) for _ in range(count)]


def _pod(chance: random.Random, changes: list[Change]) -> Pod:
    pod = base()
    if chance.random() < 0.3:
        pod["spec"]["initContainers"] = [deepcopy(pod["spec"]["containers"][0]) | {"name": "first"}]
    chosen = chance.sample(changes, chance.choice((0, 1, 1, 1, 2, 2, 3)))
    for change in sorted(chosen, key=lambda change: change is windows):
        change(pod, chance)
    return pod


def _context(pod: Pod, chance: random.Random) -> Pod:
    """The security context of the pod, or of one of its containers."""
    holder = chance.choice([*pod["spec"]["containers"], *pod["spec"].get("initContainers", ())])
    context: Pod = holder.setdefault("securityContext", {})
    return context


def _either(pod: Pod, chance: random.Random) -> Pod:
    whole: Pod = pod["spec"].setdefault("securityContext", {})
    return chance.choice((whole, _context(pod, chance)))


def _container(pod: Pod, chance: random.Random) -> Pod:
    container: Pod = chance.choice([*pod["spec"]["containers"], *pod["spec"].get("initContainers", ())])
    return container


def images(pod: Pod, chance: random.Random) -> None:
    _container(pod, chance)["image"] = chance.choice(IMAGES)


def added(pod: Pod, chance: random.Random) -> None:
    context = _context(pod, chance)
    context.setdefault("capabilities", {})["add"] = chance.sample(CAPABILITIES, chance.choice((1, 1, 2)))


def dropped(pod: Pod, chance: random.Random) -> None:
    drop = chance.choice((None, [], ["all"], ["NET_RAW"], ["KILL", "ALL"]))
    capabilities = _context(pod, chance).setdefault("capabilities", {})
    capabilities.pop("drop", None)
    if drop is not None:
        capabilities["drop"] = drop


def seccomp(pod: Pod, chance: random.Random) -> None:
    context, profile = _either(pod, chance), chance.choice((None, *PROFILES))
    context.pop("seccompProfile", None)
    if profile:
        context["seccompProfile"] = dict(profile)


def seccomp_annotated(pod: Pod, chance: random.Random) -> None:
    """On the pod, whose field says nothing then: of two that differ, a pod is none."""
    pod["spec"].get("securityContext", {}).pop("seccompProfile", None)
    for container in (*pod["spec"]["containers"], *pod["spec"].get("initContainers", ())):
        container["securityContext"].pop("seccompProfile", None)
    value = chance.choice(("runtime/default", "docker/default", "unconfined", "localhost/web.json"))
    _annotate(pod, "seccomp.security.alpha.kubernetes.io/pod", value)


def app_armor(pod: Pod, chance: random.Random) -> None:
    profile = chance.choice((*PROFILES[:3], {"type": "Localhost", "localhostProfile": "web"}))
    _either(pod, chance)["appArmorProfile"] = dict(profile)


def app_armor_annotated(pod: Pod, chance: random.Random) -> None:
    """On a container whose field says nothing."""
    pod["spec"].get("securityContext", {}).pop("appArmorProfile", None)
    for container in (*pod["spec"]["containers"], *pod["spec"].get("initContainers", ())):
        container["securityContext"].pop("appArmorProfile", None)
    value = chance.choice(("runtime/default", "unconfined", "localhost/web"))
    _annotate(pod, "container.apparmor.security.beta.kubernetes.io/main", value)


def _annotate(pod: Pod, key: str, value: str) -> None:
    pod["metadata"].setdefault("annotations", {})[key] = value


def se_linux(pod: Pod, chance: random.Random) -> None:
    _either(pod, chance)["seLinuxOptions"] = dict(chance.choice(SE_LINUX))


def escalation(pod: Pod, chance: random.Random) -> None:
    context = _context(pod, chance)
    context.pop("allowPrivilegeEscalation", None)
    if chance.random() < 0.5 and "SYS_ADMIN" not in context.get("capabilities", {}).get("add", ()):
        context["allowPrivilegeEscalation"] = True


def privileged(pod: Pod, chance: random.Random) -> None:
    context = _context(pod, chance)
    context["privileged"] = chance.random() < 0.7
    if context["privileged"]:
        context.pop("allowPrivilegeEscalation", None)


def not_root(pod: Pod, chance: random.Random) -> None:
    for context in (_context(pod, chance), _either(pod, chance)):
        context.pop("runAsNonRoot", None)
        if (value := chance.choice((None, None, True, False))) is not None:
            context["runAsNonRoot"] = value


def user(pod: Pod, chance: random.Random) -> None:
    _either(pod, chance)["runAsUser"] = chance.choice((0, 1, 1000))


def groups(pod: Pod, chance: random.Random) -> None:
    context = pod["spec"].setdefault("securityContext", {})
    context[chance.choice(("fsGroup", "runAsGroup"))] = chance.choice((0, 1000))
    if chance.random() < 0.5:
        context["supplementalGroups"] = [chance.choice((0, 5))]


def host(pod: Pod, chance: random.Random) -> None:
    field = chance.choice(("hostNetwork", "hostPID", "hostIPC"))
    pod["spec"][field] = chance.random() < 0.8


def ports(pod: Pod, chance: random.Random) -> None:
    port: Pod = {"containerPort": 8080}
    if chance.random() < 0.5:
        port["hostPort"] = 8080
    pod["spec"]["containers"][0]["ports"] = [port]


def volumes(pod: Pod, chance: random.Random) -> None:
    chosen = chance.sample(VOLUMES, chance.choice((1, 1, 2)))
    pod["spec"]["volumes"] = [{"name": f"v{number}", **deepcopy(one)} for number, one in enumerate(chosen)]


def image_volume(pod: Pod, chance: random.Random) -> None:
    pod["spec"].setdefault("volumes", []).append({"name": "image", "image": {"reference": chance.choice(IMAGES)}})


def sysctls(pod: Pod, chance: random.Random) -> None:
    names = chance.sample(SYSCTLS, chance.choice((1, 2)))
    pod["spec"].setdefault("securityContext", {})["sysctls"] = [{"name": name, "value": "1"} for name in names]


def probes(pod: Pod, chance: random.Random) -> None:
    host: Pod = {"host": chance.choice(("", "192.0.2.1", "127.0.0.1"))} if chance.random() < 0.7 else {}
    asked: Pod = chance.choice(({"httpGet": {"port": 80, **host}}, {"tcpSocket": {"port": 80, **host}}))
    field = chance.choice(("livenessProbe", "readinessProbe", "startupProbe", "lifecycle"))
    container = pod["spec"]["containers"][0]
    container[field] = {"preStop": {"httpGet": {"port": 80, **host}}} if field == "lifecycle" else asked


def proc(pod: Pod, chance: random.Random) -> None:
    """Kubernetes takes it from pods with users of their own alone."""
    pod["spec"]["hostUsers"] = False
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        pod["spec"].pop(field, None)
    _context(pod, chance)["procMount"] = chance.choice(("Default", "Unmasked"))


def own_users(pod: Pod, chance: random.Random) -> None:
    pod["spec"]["hostUsers"] = chance.random() < 0.2
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        pod["spec"].pop(field, None)


def windows(pod: Pod, chance: random.Random) -> None:
    """A pod for Windows says nothing of what Windows has not."""
    spec = pod["spec"]
    for field in ("hostPID", "hostIPC", "hostUsers", "hostNetwork"):
        spec.pop(field, None)
    for container in (*spec["containers"], *spec.get("initContainers", ())):
        container["securityContext"] = {"runAsNonRoot": True}
    spec["os"] = {"name": "windows"}
    spec["securityContext"] = {"runAsNonRoot": True} if chance.random() < 0.5 else {}
    if chance.random() < 0.4:
        spec["hostNetwork"] = True
        spec["securityContext"]["windowsOptions"] = {"hostProcess": True}


def tokens(pod: Pod, chance: random.Random) -> None:
    pod["spec"]["automountServiceAccountToken"] = chance.random() < 0.6


def account(pod: Pod, chance: random.Random) -> None:
    pod["spec"][chance.choice(("serviceAccountName", "serviceAccount"))] = "default"


def tolerations(pod: Pod, chance: random.Random) -> None:
    pod["spec"]["tolerations"] = [dict(one) for one in chance.sample(TOLERATIONS, chance.choice((1, 1, 2)))]


def selector(pod: Pod, chance: random.Random) -> None:
    pod["spec"]["nodeSelector"] = dict(chance.choice(SELECTORS))


def node_name(pod: Pod, chance: random.Random) -> None:
    pod["spec"]["nodeName"] = chance.choice(("one", "two"))


def priority(pod: Pod, chance: random.Random) -> None:
    if chance.random() < 0.5:
        pod["spec"]["priorityClassName"] = chance.choice(("system-cluster-critical", "system-node-critical"))
    if chance.random() < 0.5:
        pod["spec"]["priority"] = chance.choice((0, 1, 2_000_000_000))


def runtime_class(pod: Pod, chance: random.Random) -> None:
    pod["spec"].pop("overhead", None)
    pod["spec"]["runtimeClassName"] = chance.choice(("gvisor", "kata"))


def resources(pod: Pod, chance: random.Random) -> None:
    _container(pod, chance)["resources"] = deepcopy(chance.choice(RESOURCES))


def overhead(pod: Pod, chance: random.Random) -> None:
    if "runtimeClassName" not in pod["spec"] and chance.random() < 0.3:
        pod["spec"]["overhead"] = {"cpu": "10m"}


def empties(pod: Pod, chance: random.Random) -> None:
    """What says nothing, and must be read as nothing."""
    spec = pod["spec"]
    spec.update(hostNetwork=False, nodeSelector={}, tolerations=[], volumes=[], nodeName="")
    spec["containers"][0]["ports"] = []
    if "os" not in spec:
        spec["securityContext"] = dict(spec.get("securityContext") or {}) | {"seLinuxOptions": None}


def labels(pod: Pod, chance: random.Random) -> None:
    pod["metadata"]["labels"] = {"app": chance.choice(("web", "api"))}


NEWEST = 99
# Each with the first and the last minor at which it means anything, or nothing else.
CHANGES: tuple[tuple[int, int, Change], ...] = (
    *((0, NEWEST, change) for change in (images, added, dropped, seccomp, app_armor_annotated, se_linux, escalation)),
    *((0, NEWEST, change) for change in (privileged, not_root, user, groups, host, ports, volumes, sysctls, probes)),
    *((0, NEWEST, change) for change in (tokens, account, tolerations, selector, node_name, priority, runtime_class)),
    *((0, NEWEST, change) for change in (resources, overhead, empties, labels, windows)),
    (0, 26, seccomp_annotated),
    (30, NEWEST, app_armor),
    (33, NEWEST, proc),
    (33, NEWEST, own_users),
    (35, NEWEST, image_volume),
)
