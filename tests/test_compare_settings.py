"""Every setting that gets weaker is told as weaker, whatever says it, and what means the same is told by nobody."""

import re
from typing import get_type_hints

import pytest
import yaml
from msgspec import Struct
from msgspec.structs import fields, replace

from hardener.catalog import measures
from hardener.compare.sides import Side
from hardener.profile.control_plane import ControlPlane
from hardener.profile.pools import Kubelet
from tests.compared import compared, directions, edited, of_files, rendered, told
from tests.control_planes import EVERYTHING, SILENT
from tests.remember import remembered

# Taints are told with the nodes that they keep apart.
ELSEWHERE = ("register-with-taints",)
SETTINGS = [each for measure in measures().values() for each in measure.settings if each.name not in ELSEWHERE]
OLD = EVERYTHING.replace("timeout: 5s, allowedFor", "allowedFor")
SYSCTLS = "pools: {p: {kubelet: {allowedUnsafeSysctls: [net.core.somaxconn]}}}\n"
# Where a setting may be found: versions from new to old, since it may have come or gone.
PLACES = [
    *((body, version, "kubeadm") for version, body in (("1.36", SILENT), ("1.36", EVERYTHING), ("1.33", SILENT))),
    *((OLD, version, distribution) for version in ("1.29", "1.24") for distribution in ("kubeadm", "k3s")),
    (SYSCTLS, "1.36", "kubeadm"),
]


def dropped(setting, files):
    """The files without a setting, wherever an installer does not say it once more."""
    found = {}
    for path, text in files.items():
        left = _without(setting, path, text)
        if left != text:
            found[path] = left
    return {**files, **found} if found else None


def _without(setting, path, text):
    of_component = path == f"control-plane/{setting.component}.flags"
    if setting.sort == "flag" and (of_component or (setting.component == "kubelet" and path.endswith("kubelet.flags"))):
        return re.sub(rf"^--{setting.name}=.*\n", "", text, flags=re.MULTILINE)
    if setting.sort == "plugin" and of_component:
        return re.sub(rf"(?<=[=,]){setting.name}(,|$)", "", text, flags=re.MULTILINE)
    if setting.sort == "field" and path.endswith("/kubelet.yaml"):
        return _without_field(setting.name.split("."), text)
    return text


def _without_field(path, text):
    document = holder = yaml.load(text, yaml.CSafeLoader)
    for step in path[:-1]:
        holder = holder.get(step, {})
    if path[-1] not in holder:
        return text
    del holder[path[-1]]
    return yaml.dump(document, Dumper=yaml.CSafeDumper)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda each: f"{each.component}-{each.name}")
def test_a_setting_that_is_dropped_is_weaker(setting):
    seen = False
    for place in PLACES:
        whole = rendered(*place)
        files = dropped(setting, whole.files)
        if files is None:
            continue
        seen = True
        left = of_files(files, *place)
        if setting.name == "allowedUnsafeSysctls":
            # The one list of which an empty one is the strongest.
            continue
        there = [change for change in compared(whole, left) if setting.measure in change.measures]
        back = [change for change in compared(left, whole) if setting.measure in change.measures]
        assert "weaker" in directions(there), told(there)
        assert "stronger" in directions(back), told(back)
        assert all(change.new is None or change.new.file in whole.files or change.new.at for change in there)
        break
    assert seen, "no profile here has it"


# Each key that has an order, from weak to strong; written as it stands in a profile.
ORDERED = {
    "audit.level": ["Metadata", "Request", "RequestResponse"],
    "audit.log.maxAge": [1, 7, 30, 3650],
    "audit.log.maxBackup": [1, 5, 10, 1000],
    "audit.log.maxSize": [1, 50, 100, 1000],
    "encryption.provider": ["aescbc", "aesgcm", "secretbox", "kms"],
    "encryption.resources": [["configmaps"], ["secrets", "configmaps"], ["*.*"]],
    "encryption.plaintext": [True, False],
    "authentication.bootstrapTokens": [True, False],
    "authentication.anonymous": ["health", False],
    "authentication.proxy": [{"names": ["a", "b"]}, {"names": ["a"]}, None],
    "authentication.oidc": [
        [{"issuer": "https://a.example.com", "audiences": ["a", "b"]}],
        [{"issuer": "https://a.example.com", "audiences": ["a"]}],
        [],
    ],
    "authentication.webhook": [{"server": "https://a.example.com"}, None],
    "authorization.chain": [["Node", "RBAC", "Webhook"], ["Node", "RBAC"]],
    "admission.alwaysPullImages": [False, True],
    "admission.denyServiceExternalIPs": [False, True],
    "admission.plugins": [[], ["OwnerReferencesPermissionEnforcement"]],
    "admission.eventRateLimit.namespace.qps": [1000, 50, 1],
    "admission.eventRateLimit.namespace.burst": [1000, 100, 1],
    "admission.eventRateLimit.user.qps": [1000, 50, 1],
    "admission.eventRateLimit.user.burst": [1000, 100, 1],
    "admission.eventRateLimit.server": [None, {"qps": 1000, "burst": 2000}, {"qps": 10, "burst": 20}],
    "tls.minVersion": ["VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"],
    "tls.ciphers": [
        ["TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
        ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
    ],
    "serviceNodePortRange": ["1-65535", "30000-32767", "30000-30100", "30050-30060"],
    "etcd.quotaBytes": [17179869184, None, 104857600],
    "requests.inflight": [3000, 400, 1],
    "requests.mutating": [1000, 200, 1],
    "requests.timeout": ["1h", "1m", "30s"],
    "rotation.certificates": ["87600h", "8760h", "24h"],
    "rotation.tokens": ["8760h", "24h", "1h"],
    "rotation.servingCertificates": [False, True],
    "kubelet.maxPods": [1000, None, 100, 1],
    "kubelet.podPidsLimit": [4194304, 4096, 16],
    "kubelet.reserved.system": [{}, {"memory": "1Gi"}, {"memory": "2Gi", "cpu": "500m"}],
    "kubelet.reserved.kube": [{}, {"cpu": "100m"}, {"cpu": "200m", "pid": 100}],
    "kubelet.eviction": [{"memory.available": "10Mi"}, {}, {"memory.available": "1Gi", "nodefs.available": "20%"}],
    "kubelet.eventRecordQPS": [1000, 50, 1],
    "kubelet.streamingConnectionIdleTimeout": ["4h", "5m", "1s"],
    "kubelet.seccompDefault": [False, True],
    "kubelet.protectKernelDefaults": [False, True],
    "kubelet.allowedUnsafeSysctls": [["net.core.somaxconn", "kernel.shm_rmid_forced"], ["net.core.somaxconn"], []],
    "kubelet.containerLogMaxSize": ["1Mi", "10Mi", "1Gi"],
    "kubelet.containerLogMaxFiles": [2, 5, 1000],
}
# What is told with the pods, what keeps no promise, and what is a part of others.
UNORDERED = {
    "admission.podSecurity": "told with the pods that it refuses",
    "audit.log.dailySize": "says how many files maxBackup is",
    "audit.webhook": "another service may be anybody: see the pairs",
    "authentication.clientCertificates": "Kubernetes' own parts need them",
    "authorization.webhook": "goes with the chain",
    "encryption.kms": "another plugin may be anybody: see the pairs",
    "kubelet.shutdownGracePeriod": "how long a host waits keeps no promise",
    "kubelet.shutdownGracePeriodCriticalPods": "how long a host waits keeps no promise",
}
# What a value needs beside it.
BESIDE = {
    "kms": ("encryption", {"kms": {"endpoint": "unix:///run/kms/kms.sock"}}),
    "Webhook": ("authorization", {"webhook": {"server": "https://a.example.com"}}),
}
# k3s' probes bring a name, and its kubelets read how long a session may be silent until 1.33.
WHERE = {
    "authentication.anonymous": ("1.36", "k3s"),
    "kubelet.streamingConnectionIdleTimeout": ("1.33", "kubeadm"),
}


def test_every_key_is_in_one_of_the_tables():
    # What may be left out as a whole is one key here, and tried as a whole.
    found = {*_shaped(ControlPlane), *(f"kubelet.{key}" for key in _shaped(Kubelet, "kubelet."))}
    assert found == {*ORDERED, *UNORDERED}


def _shaped(shape, of="", above=""):
    """Every key of a type, and of the types below it; what is in a table is one key."""
    hints = get_type_hints(shape)
    for each in fields(shape):
        kind, path = hints[each.name], f"{above}{each.encode_name}"
        whole = f"{of}{path}" in ORDERED or f"{of}{path}" in UNORDERED
        if isinstance(kind, type) and issubclass(kind, Struct) and not whole:
            yield from _shaped(kind, of, f"{path}.")
        else:
            yield path


def body(key, value):
    inside = value
    if key.startswith("kubelet."):
        for step in reversed(key.split(".")[1:]):
            inside = {step: inside}
        return yaml.dump({"pools": {"p": {"kubelet": _clean(inside)}}}, Dumper=yaml.CSafeDumper)
    for step in reversed(key.split(".")):
        inside = {step: inside}
    for needing, (section, more) in BESIDE.items():
        if needing in (value if isinstance(value, list) else [value]):
            inside[section].update(more)
    return yaml.dump({"controlPlane": _clean(inside)}, Dumper=yaml.CSafeDumper)


def _clean(found):
    """What is None is left out."""
    if isinstance(found, dict):
        return {key: _clean(value) for key, value in found.items() if value is not None}
    return found


@remembered
def side_of(key, index):
    return rendered(body(key, ORDERED[key][index]), *WHERE.get(key, ("1.36", "kubeadm")))


@pytest.mark.parametrize("key", ORDERED)
def test_raising_and_lowering_a_setting_go_opposite_ways(key):
    values = ORDERED[key]
    last = len(values) - 1
    for weak, strong in {(0, 0), (0, last), *((number, number + 1) for number in range(last))}:
        old, new = side_of(key, weak), side_of(key, strong)
        expected = (set(), set()) if values[weak] == values[strong] else ({"stronger"}, {"weaker"})
        there, back = compared(old, new), compared(new, old)
        assert (directions(there), directions(back)) == expected, (told(there), told(back))


API = "control-plane/kube-apiserver.flags"
KUBEADM = "control-plane/kubeadm.yaml"
KUBELET = "nodes/shared/kubelet.yaml"
PERMISSIONS = "nodes/shared/permissions.sh"
UNDECIDED = "(it cannot be decided what this does to the promises)"
PROGRAM = "(it cannot be decided what a script does)"

# What somebody does to a file by hand: file, what stands there, what stands there then; and all that is told.
EDITED = {
    "a fixed flag": (
        (API, "--profiling=false", "--profiling=true"),
        [
            "weaker settings: it is no longer made sure that the API server offers no profiles of itself "
            "(--profiling of the API server is true, and was false)"
        ],
    ),
    "a fixed flag in other words": ((API, "--profiling=false", "--profiling=0"), []),
    "the order of flags": (
        (API, "--profiling=false\n--request-timeout=1m0s\n", "--request-timeout=1m0s\n--profiling=false\n"),
        [],
    ),
    "a time in other words": ((API, "--request-timeout=1m0s", "--request-timeout=60s"), []),
    "a suite by its other name": (
        (API, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305\n", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256\n"),
        [],
    ),
    "a suite more, and one less": (
        (API, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305\n", "TLS_RSA_WITH_AES_128_CBC_SHA\n"),
        [
            "weaker settings: TLS with TLS_RSA_WITH_AES_128_CBC_SHA may be spoken by the API server",
            "stronger settings: TLS with TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305 may no longer be spoken by the API "
            "server",
        ],
    ),
    "a flag that nobody knows": (
        (API, "--profiling=false", "--profiling=false\n--token-auth-file=/x"),
        [f"weaker settings: --token-auth-file of the API server: /x (nothing before) {UNDECIDED}"],
    ),
    "a flag of which no value is weak": (
        (API, "--profiling=false", "--profiling=false\n--goaway-chance=0.01"),
        [
            "neither settings: --goaway-chance of the API server: 0.01 (nothing before) "
            "(no value of it weakens a promise)"
        ],
    ),
    "a path that the installer does not have": (
        (API, "--client-ca-file=/etc/kubernetes/pki/ca.crt", "--client-ca-file=/tmp/ca.crt"),
        [
            "weaker settings: it is no longer made sure that a client certificate counts only if the cluster's own CA "
            "signed it (--client-ca-file of the API server is /tmp/ca.crt, and was /etc/kubernetes/pki/ca.crt)"
        ],
    ),
    "everybody is allowed everything": (
        (API, "--authorization-mode=Node,RBAC", "--authorization-mode=AlwaysAllow"),
        ["weaker settings: AlwaysAllow may allow what others do not"],
    ),
    "the installer's own file alone": (
        (KUBEADM, 'name: request-timeout\n      value: "1m0s"', 'name: request-timeout\n      value: "2m"'),
        ["weaker settings: how long a request may occupy the API server: 2m (1m0s before)"],
    ),
    "what the installer's file says beside flags": (
        (KUBEADM, "dataDir: /var/lib/etcd", "dataDir: /tmp/etcd"),
        [
            "weaker settings: nobody knows what it means, at etcd.local.dataDir: invalid enum value '/tmp/etcd' "
            f"{UNDECIDED}"
        ],
    ),
    "what the installer gives every kubelet": (
        (KUBEADM, "readOnlyPort: 0", "readOnlyPort: 10255"),
        [
            "weaker settings: it is no longer made sure that the kubelet does not answer on its unauthenticated port "
            "(readOnlyPort of every kubelet is 10255, and was 0)"
        ],
    ),
    "a field": (
        (KUBELET, "readOnlyPort: 0", "readOnlyPort: 10255"),
        [
            "weaker settings: it is no longer made sure that the kubelet does not answer on its unauthenticated port, "
            "on nodes of shared (readOnlyPort of kubelets of shared is 10255, and was 0)"
        ],
    ),
    "fields that nobody knows, and one that is free": (
        (KUBELET, "readOnlyPort: 0", "readOnlyPort: 0\nnewField: 1\nserializeImagePulls: false"),
        [
            f"weaker settings: newField of kubelets of shared: 1 (nothing before) {UNDECIDED}",
            "neither settings: serializeImagePulls of kubelets of shared: false (nothing before) "
            "(no value of it weakens a promise)",
        ],
    ),
    "a comment": ((KUBELET, "kind: KubeletConfiguration", "# Mine.\nkind: KubeletConfiguration"), []),
    "a path for everybody": (
        (
            "control-plane/authentication-configuration.yaml",
            "    - path: /livez",
            "    - path: /livez\n    - path: /metrics",
        ),
        ["weaker settings: whoever has no name may ask for /metrics"],
    ),
    "a namespace that nobody knows is spared": (
        ("control-plane/admission-configuration.yaml", "namespaces: [kube-system]", "namespaces: [kube-system, lab]"),
        ["weaker settings: Pod Security spares namespaces that nobody knows: lab"],
    ),
    "events without a limit": (
        (
            "control-plane/admission-configuration.yaml",
            "        - type: User\n          qps: 50\n          burst: 100\n          cacheSize: 4096\n",
            "",
        ),
        ["weaker settings: of each user, events are taken: any (50 a second, 100 at once before)"],
    ),
    "a plugin that is told something": (
        ("control-plane/admission-configuration.yaml", "plugins:\n", "plugins:\n  - name: X\n    configuration: {}\n"),
        [f"weaker settings: the admission plugin X is told something else {UNDECIDED}"],
    ),
    "a file that is left open": (
        (PERMISSIONS, '"file 600 root:root /etc/kubernetes/kubelet.conf"\n', ""),
        [
            "weaker settings: file /etc/kubernetes/kubelet.conf is left alone where it is more open than "
            "600 root:root, on nodes of shared"
        ],
    ),
    "a program": (
        (PERMISSIONS, "set -eu", "set -eu\ntrue"),
        [f"weaker settings: {PERMISSIONS} is another program than before {PROGRAM}"],
    ),
    "a comment in a program": ((PERMISSIONS, "# that is left alone.", "# that stays."), []),
    "whom a script approves": (
        ("control-plane/approve-serving-certificates.sh", '"192.168.10.0/24"', '"192.168.0.0/16"'),
        [
            "weaker settings: addresses for which a kubelet's certificate is approved as one of nodes: "
            "now all of 192.168.0.0/16"
        ],
    ),
    "what runs a script": (
        ("control-plane/approve-serving-certificates.service", "ProtectHome=yes", "ProtectHome=no"),
        [
            "weaker settings: control-plane/approve-serving-certificates.service is another program than before "
            f"{PROGRAM}"
        ],
    ),
    "what a script may do": (
        ("control-plane/approve-serving-certificates.yaml", "verbs: [get, list]", "verbs: ['*']"),
        [
            "weaker settings: the ClusterRole says something else than that hardener:serving-approver may approve what "
            f"kubelets serve {UNDECIDED}"
        ],
    ),
    "a module": (
        ("nodes/shared/modprobe.conf", "install atm /bin/false", "install atm /bin/true"),
        [
            f"weaker settings: modprobe is told: install atm /bin/true, on nodes of shared {UNDECIDED}",
            "weaker settings: the kernel module atm may be loaded, on nodes of shared",
        ],
    ),
    "a hardened kernel": (
        ("nodes/shared/sysctl.conf", "kernel.kptr_restrict = 2", "kernel.kptr_restrict = 0"),
        [
            "weaker settings: the kernel setting kernel.kptr_restrict: 0 (2 before), on nodes of shared "
            "(it is 2 on a hardened host)"
        ],
    ),
    "what is no flag": (
        (API, "--profiling=false", "profiling=false"),
        [
            "weaker settings: it is no longer made sure that the API server offers no profiles of itself "
            "(--profiling of the API server is missing, and was false)"
        ],
    ),
}


@pytest.mark.parametrize("name", EDITED)
def test_what_somebody_changes_by_hand_is_told(name):
    (file, old, new), expected = EDITED[name]
    whole = rendered(SILENT)
    changed = edited(whole, file, old, new)
    assert told(compared(whole, changed)) == expected
    back = {"weaker" if PROGRAM in line else "stronger" for line in expected if line.startswith("weaker")}
    back |= {"weaker" for line in expected if line.startswith("stronger")}
    assert directions(compared(changed, whole)) == back


# Keys of k3s' own that say what no flag says, and whose promise each is.
KEYS_OF_K3S = [
    ("protect-kernel-defaults: true", "protect-kernel-defaults: false", "settings"),
    ("disable-network-policy: true", "disable-network-policy: false", "settings"),
    ("secrets-encryption: true", "secrets-encryption: false", "secrets"),
    ("secrets-encryption-provider: secretbox", "secrets-encryption-provider: aescbc", "secrets"),
    ("etcd-expose-metrics: false", "etcd-expose-metrics: true", "secrets"),
]


@pytest.mark.parametrize(("old", "new", "word"), KEYS_OF_K3S)
def test_what_an_installer_is_told_beside_flags_is_compared(old, new, word):
    whole = rendered(SILENT, distribution="k3s")
    other = edited(whole, "control-plane/k3s.yaml", old, new)
    (change,) = compared(whole, other)
    assert (change.direction, change.word) == ("weaker", word)
    assert directions(compared(other, whole)) == {"stronger"}


def test_what_k3s_passes_on_to_kubelets_counts_and_is_told_once():
    body = "pools: {p: {kubelet: {eviction: {memory.available: SHARE}}}}\n"
    old, new = (rendered(body.replace("SHARE", share), "1.29", "k3s") for share in ("200Mi", "300Mi"))
    says = "how little memory.available is left when pods are evicted, on nodes of p: 300Mi (200Mi before)"
    assert told(compared(old, new)) == [f"stronger settings: {says}"]
    file = "nodes/p/k3s.yaml"
    assert directions(compared(new, edited(new, file, "memory.available<300Mi", "memory.available<1Mi"))) == {"weaker"}


def test_a_file_that_is_missing_and_one_that_nobody_knows_are_told():
    whole = rendered(SILENT)
    files = {path: text for path, text in whole.files.items() if path != PERMISSIONS}
    lines = told(compared(whole, of_files({**files, "control-plane/static-pod.yaml": "kind: Pod\n"}, SILENT)))
    assert [line for line in lines if line.startswith("weaker settings: is not there")]
    assert [line for line in lines if line.startswith("weaker settings: nobody knows what this file is for")]
    assert len(lines) == 2


def test_what_was_wrong_before_is_not_told_again():
    old = edited(rendered(SILENT), KUBEADM, "dataDir: /var/lib/etcd", "dataDir: /tmp/etcd")
    new = edited(old, KUBEADM, 'value: "1m0s"', 'value: "30s"')
    says = "how long a request may occupy the API server: 30s (1m0s before)"
    assert told(compared(old, new)) == [f"stronger settings: {says}"]


def test_the_same_change_of_many_is_one():
    pools = "pools: {" + ", ".join(f"p{number}: {{kubelet: {{maxPods: 50}}}}" for number in range(6)) + "}\n"
    (change,) = compared(rendered(pools.replace("50", "60")), rendered(pools))
    assert change.message == "how many pods run on a node, on nodes of p0, p1, p2 and 3 more: 50 (60 before)"
    assert change.new.at == ("pools", "p0", "kubelet", "maxPods")
    assert change.new.file == "nodes/p0/kubelet.yaml"


def test_a_pool_that_comes_is_weaker_only_where_pods_could_do_less_so_far():
    old, new = rendered("pools: {}\n"), rendered("pools: {loose: {kubelet: {podPidsLimit: 9000, maxPods: 10}}}\n")
    says = "how many processes a pod may have, on nodes of loose: 9000 (4096 elsewhere)"
    assert told(compared(old, new)) == [f"weaker settings: {says}"]
    assert directions(compared(new, old)) == {"stronger"}


ISSUER = """controlPlane:
  authentication:
    oidc:
      - {issuer: "https://login.example.com", audiences: [kubernetes], groupsClaim: groups, usernamePrefix: "staff:",
         groupsPrefix: "teams:", requiredClaims: {hd: example.com, acr: "2"}}
  authorization:
    chain: [Node, RBAC, Webhook]
    webhook: {server: "https://rights.example.com", allowedFor: 1m}
"""


def test_flags_and_the_files_that_took_their_place_say_the_same():
    """Until 1.29 issuers and webhooks are named by flags, and from 1.30 on by files."""
    found = told(compared(rendered(ISSUER, "1.29"), rendered(ISSUER, "1.30")))
    assert found == [
        "stronger settings: how long the webhook that decides is waited for: 3s (30s before)",
        "stronger settings: where the webhook that decides does not answer, that is a no",
        "neither settings: the version of Kubernetes: 1.30 (1.29 before)",
    ]


def test_what_comes_and_goes_with_a_release_is_said_by_what_it_means():
    found = told(compared(rendered(SILENT, "1.24"), rendered(SILENT, "1.36")))
    assert "stronger settings: pods that name no seccomp profile get the runtime's, on every node" in found
    assert "stronger settings: whoever has no name may no longer ask for anything that RBAC leaves it" in found
    assert [line for line in found if line.startswith("neither settings: Kubernetes 1.36 does not read the setting")]
    assert not [line for line in found if line.startswith("weaker")]


@pytest.mark.parametrize("distribution", ["k3s", "rke2"])
def test_what_another_installer_sees_to_itself_is_no_change(distribution):
    found = told(compared(rendered(SILENT), rendered(SILENT, distribution=distribution)))
    static = "it is no longer made sure that a worker runs no pods but those that the API server knows"
    why = "staticPodPath of kubelets of shared is missing, and was empty"
    assert [line for line in found if not line.startswith("neither")] == [
        f"weaker settings: {static}, on nodes of shared ({why})",
    ]


def test_another_plugin_is_told_though_no_file_for_hosts_differs():
    old = rendered(SILENT)
    cluster = replace(old.profile.cluster, cni="cilium")
    new = Side(
        name="", files=old.files, profile=replace(old.profile, cluster=cluster), source=old.source, rendered=True
    )
    assert told(compared(old, new)) == ["neither settings: the network plugin: cilium (calico before)"]


def test_what_a_provider_decides_is_weaker():
    old, new = rendered(SILENT), rendered(SILENT, distribution="eks")
    lines = told(compared(old, new))
    decided = [line.split()[1] for line in lines if line.startswith("weaker") and "Amazon EKS's to decide" in line]
    assert decided == ["audit:", "secrets:", "settings:"]
    assert len(lines) == 5, lines
    assert "weaker" not in directions(compared(new, old))


@pytest.mark.parametrize("version", ["1.24", "1.36"])
@pytest.mark.parametrize("distribution", ["kubeadm", "k3s", "rke2", "eks"])
def test_the_same_of_everything_is_told_by_nobody(version, distribution):
    body = EVERYTHING if version == "1.36" else OLD
    old, new = rendered(body, version, distribution), rendered(body, version, distribution)
    renamed = {path: text.replace("profile shop", "profile other") for path, text in new.files.items()}
    assert compared(old, of_files(renamed, body, version, distribution)) == []
