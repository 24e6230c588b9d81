"""Zones that each ask for one thing, pods that are as their zone asks, and pods that break it with what is said.

The zones are at the level privileged, so that nothing but the policies refuses; and all of it holds there too. But for
two, which ask for nothing beyond their level.
"""

from __future__ import annotations

from typing import Any

Pod = dict[str, Any]

BODY = """
  systemNamespaces: [kube-system, cni]
  delivery: {users: [deliverer]}
zones:
  plain: {trust: 50, podSecurity: privileged}
  registries: {trust: 50, podSecurity: privileged, registries: [registry.example.com/shop, nginx/unit/]}
  hub: {trust: 50, podSecurity: privileged, registries: [docker.io/library/]}
  digests: {trust: 50, podSecurity: privileged, digests: true}
  runtimes: {trust: 50, podSecurity: privileged, runtimeClass: gvisor}
  users: {trust: 50, podSecurity: privileged, userNamespaces: true}
  capabilities: {trust: 50, podSecurity: privileged, capabilities: [CHOWN, KILL]}
  bare: {trust: 50, podSecurity: privileged, capabilities: []}
  seccomp: {trust: 50, podSecurity: privileged, seccomp: Localhost/web.json}
  apparmor: {trust: 50, podSecurity: privileged, appArmor: RuntimeDefault}
  selinux: {trust: 50, podSecurity: privileged, seLinux: {type: container_t, level: "s0:c1"}}
  edge: {trust: 50, podSecurity: privileged, exposed: true}
  restricted: {trust: 50}
  baseline: {trust: 50, podSecurity: baseline}
tenants:
  team:
    namespaces:
      plain: {zone: plain, serviceAccounts: {reader: {token: true}, writer: {token: true}, idle: {}}}
      registries: {zone: registries}
      hub: {zone: hub}
      digests: {zone: digests}
      runtimes: {zone: runtimes}
      users: {zone: users}
      capabilities: {zone: capabilities}
      bare: {zone: bare}
      seccomp: {zone: seccomp}
      apparmor: {zone: apparmor}
      selinux: {zone: selinux}
      edge: {zone: edge}
      restricted: {zone: restricted}
      baseline: {zone: baseline}
"""
ZONES = (
    "plain",
    "registries",
    "hub",
    "digests",
    "runtimes",
    "users",
    "capabilities",
    "bare",
    "seccomp",
    "apparmor",
    "selinux",
    "edge",
    "restricted",
    "baseline",
)

DIGEST = "@sha256:" + "0123456789abcdef" * 4
CONTAINER: Pod = {"name": "main", "image": "registry.example.com/shop/web:1"}


def pod(*, annotations: dict[str, str] | None = None, container: Pod | None = None, **spec: Any) -> Pod:
    """A pod that is as plain as can be, but for what is given."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "one", "annotations": annotations or {}},
        "spec": {"containers": [CONTAINER | (container or {})]} | spec,
    }


def secured(**context: Any) -> Pod:
    """A pod with a container that has this security context."""
    return pod(container={"securityContext": context})


def whole(**context: Any) -> Pod:
    """A pod with this security context as a whole."""
    return pod(securityContext=context)


def image(name: str) -> Pod:
    return pod(container={"image": name})


SECCOMP = {"seccompProfile": {"type": "Localhost", "localhostProfile": "web.json"}}
APP_ARMOR = {"appArmorProfile": {"type": "RuntimeDefault"}}
SE_LINUX = {"seLinuxOptions": {"type": "container_t", "level": "s0:c1"}}
ANNOTATED = "container.apparmor.security.beta.kubernetes.io/main"
TOKEN = {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token", "audience": "vault"}}]}}

# Pods that are as their zone asks, by namespace.
GOOD: dict[str, list[Pod]] = {
    "plain": [
        pod(),
        pod(serviceAccountName="idle"),
        pod(serviceAccountName="reader"),
        pod(serviceAccountName="writer", volumes=[TOKEN]),
        pod(serviceAccountName="reader", automountServiceAccountToken=False),
        secured(privileged=True, capabilities={"add": ["ALL"]}),
        pod(hostNetwork=True),
    ],
    "registries": [
        image("registry.example.com/shop/web:1"),
        image("registry.example.com/shop/a/b" + DIGEST),
        image("registry.example.com/shop"),
        image("registry.example.com/shop:2"),
        image("registry.example.com/shop" + DIGEST),
        image("nginx/unit/a"),
        image("docker.io/nginx/unit/a"),
        image("index.docker.io/nginx/unit/a:1" + DIGEST),
    ],
    "hub": [
        image("nginx"),
        image("nginx:1.27" + DIGEST),
        image("library/nginx"),
        image("docker.io/nginx"),
        image("index.docker.io/library/nginx:1"),
    ],
    "digests": [image("nginx" + DIGEST), image("registry.example.com:5000/shop/web:1" + DIGEST)],
    "runtimes": [pod(runtimeClassName="gvisor")],
    "capabilities": [
        pod(),
        secured(capabilities={"add": ["CHOWN"], "drop": ["ALL"]}),
        secured(capabilities={"add": ["KILL", "CHOWN"]}, privileged=False),
    ],
    "bare": [pod(), secured(capabilities={"drop": ["ALL"]})],
    "seccomp": [
        secured(**SECCOMP),
        whole(**SECCOMP),
        pod(
            securityContext={"seccompProfile": {"type": "Unconfined"}},
            container={"securityContext": SECCOMP},
        ),
    ],
    "apparmor": [
        secured(**APP_ARMOR),
        whole(**APP_ARMOR),
        pod(annotations={ANNOTATED: "runtime/default"}),
        pod(
            securityContext={"appArmorProfile": {"type": "Unconfined"}},
            container={"securityContext": APP_ARMOR},
        ),
    ],
    "selinux": [
        secured(**SE_LINUX),
        whole(**SE_LINUX),
        pod(securityContext={"seLinuxOptions": {"type": "spc_t"}}, container={"securityContext": SE_LINUX}),
    ],
}

NO_TOKEN = "zone plain: a pod holds no token unless the profile gives its service account one, and gives none to {}"
ELSEWHERE = "an image comes from nginx/unit/ or registry.example.com/shop, unlike {}"
OFF_HUB = "zone hub: an image comes from docker.io/library/, unlike {}"
TAGGED = "zone digests: an image is named by its digest (@sha256:...), unlike {}"
RUNTIME = "zone runtimes: a pod has the runtime class gvisor, and not {}"
OWN_USERS = "zone users: a pod has users of its own (hostUsers: false)"
CAPABLE = "zone capabilities: a container adds no capability but CHOWN, KILL, and is not privileged, unlike main"
BARE = "zone bare: a container adds no capability, and is not privileged, unlike main"
CONFINED = "zone seccomp: a container has the seccomp profile Localhost/web.json, and is not privileged, unlike main"
ARMORED = "zone apparmor: a container has the AppArmor profile RuntimeDefault, and is not privileged, unlike main"
LABELLED = "zone selinux: a container has SELinux type container_t and level s0:c1, and is not privileged, unlike main"
# Pods that break what their zone asks for, and what is said of each.
BROKEN: dict[str, list[tuple[Pod, str]]] = {
    "plain": [
        (pod(automountServiceAccountToken=True), NO_TOKEN.format("default")),
        (pod(serviceAccountName="idle", automountServiceAccountToken=True), NO_TOKEN.format("idle")),
        (pod(volumes=[TOKEN]), NO_TOKEN.format("default")),
        (pod(serviceAccountName="idle", volumes=[{"name": "x", "emptyDir": {}}, TOKEN]), NO_TOKEN.format("idle")),
    ],
    "registries": [
        (image(name), ELSEWHERE.format(full))
        for name, full in {
            "registry.example.com/shop-evil/x": "registry.example.com/shop-evil/x",
            "registry.example.com.evil/shop/x": "registry.example.com.evil/shop/x",
            "registry.example.com:5000/shop/x": "registry.example.com:5000/shop/x",
            "evil.example/registry.example.com/shop/x": "evil.example/registry.example.com/shop/x",
            "Registry.example.com/shop/x": "Registry.example.com/shop/x",
            "REGISTRY/shop/x": "REGISTRY/shop/x",
            "nginx": "docker.io/library/nginx",
            "nginx/unit": "docker.io/nginx/unit",
            "library/unit/a": "docker.io/library/unit/a",
            "localhost/nginx/unit/a": "localhost/nginx/unit/a",
            "example.com/docker.io/nginx/unit/a": "example.com/docker.io/nginx/unit/a",
        }.items()
    ],
    "hub": [
        (image("shop/nginx"), OFF_HUB.format("docker.io/shop/nginx")),
        (image("localhost/nginx"), OFF_HUB.format("localhost/nginx")),
        (image("docker.io.evil/library/nginx"), OFF_HUB.format("docker.io.evil/library/nginx")),
        # A runtime takes this for the image that it has by this number, wherever it came from.
        (image(DIGEST[1:]), OFF_HUB.format(DIGEST[1:])),
    ],
    "digests": [
        (image(name), TAGGED.format(full))
        for name, full in {
            "nginx": "docker.io/library/nginx",
            "example.com/nginx:1": "example.com/nginx:1",
            "example.com/nginx" + DIGEST[:-1]: "example.com/nginx" + DIGEST[:-1],
            "example.com/nginx" + DIGEST + "0": "example.com/nginx" + DIGEST + "0",
            "example.com/nginx" + DIGEST.upper().replace("SHA", "sha"): "example.com/nginx@sha256:0123456789ABCDEF",
            "example.com/nginx@sha512:" + "0" * 64: "example.com/nginx@sha512:",
            DIGEST[1:]: DIGEST[1:],
        }.items()
    ],
    "runtimes": [(pod(), RUNTIME.format("none")), (pod(runtimeClassName="kata"), RUNTIME.format("kata"))],
    "users": [(pod(), OWN_USERS), (pod(hostUsers=True), OWN_USERS)],
    "capabilities": [
        (secured(capabilities={"add": ["CHOWN", "NET_ADMIN"]}), CAPABLE),
        (secured(capabilities={"add": ["ALL"]}), CAPABLE),
        (secured(capabilities={"add": ["CAP_CHOWN"]}), CAPABLE),
        (secured(capabilities={"add": ["chown"]}), CAPABLE),
        (secured(privileged=True), CAPABLE),
    ],
    "bare": [(secured(capabilities={"add": ["CHOWN"]}), BARE), (secured(privileged=True), BARE)],
    "seccomp": [
        (pod(), CONFINED),
        (secured(seccompProfile={"type": "RuntimeDefault"}), CONFINED),
        (whole(seccompProfile={"type": "Localhost", "localhostProfile": "web.json.bak"}), CONFINED),
        (whole(seccompProfile={"type": "Unconfined"}), CONFINED),
        (pod(securityContext=SECCOMP, container={"securityContext": {"privileged": True}}), CONFINED),
        (
            pod(
                securityContext=SECCOMP,
                container={"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
            ),
            CONFINED,
        ),
    ],
    "apparmor": [
        (pod(), ARMORED),
        (secured(appArmorProfile={"type": "Unconfined"}), ARMORED),
        (secured(appArmorProfile={"type": "Localhost", "localhostProfile": "RuntimeDefault"}), ARMORED),
        (pod(annotations={ANNOTATED: "unconfined"}), ARMORED),
        (pod(annotations={ANNOTATED: "localhost/ web"}), ARMORED),
        (secured(privileged=True, **APP_ARMOR), ARMORED),
        (
            pod(
                securityContext=APP_ARMOR,
                container={"securityContext": {"appArmorProfile": {"type": "Unconfined"}}},
            ),
            ARMORED,
        ),
    ],
    "selinux": [
        (pod(), LABELLED),
        (secured(seLinuxOptions={"type": "container_t"}), LABELLED),
        (secured(seLinuxOptions={"type": "spc_t", "level": "s0:c1"}), LABELLED),
        (whole(seLinuxOptions={"level": "s0:c1"}), LABELLED),
        (secured(privileged=True, **SE_LINUX), LABELLED),
        (pod(securityContext=SE_LINUX, container={"securityContext": {"seLinuxOptions": {}}}), LABELLED),
        (pod(securityContext=SE_LINUX, container={"securityContext": {"seLinuxOptions": {"type": "spc_t"}}}), LABELLED),
    ],
}
