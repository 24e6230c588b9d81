"""Faults in what the control plane's components, kubelets and hosts are told."""

from __future__ import annotations

from collections.abc import Callable

from tests.told_everywhere import both
from tests.verifying import Fault, Files, edit

_SERVER = "control-plane/kube-apiserver.flags"
_MANAGER = "control-plane/kube-controller-manager.flags"
_KUBEADM = "control-plane/kubeadm.yaml"
_ADMISSION = "control-plane/admission-configuration.yaml"
_AUTHENTICATION = "control-plane/authentication-configuration.yaml"
_KUBELET = "nodes/cards/kubelet.yaml"
_SHARED = "nodes/shared/kubelet.yaml"
_OWN = "group.startsWith('system:') || "


def _fault(name: str, says: str, break_: Callable[[Files], None], profile: str = "shop-prod") -> Fault:
    return Fault(name, profile, "settings", says, break_)


def _added(path: str, text: str) -> Callable[[Files], None]:
    """Lines at the end of a file that is there."""

    def break_(files: Files) -> None:
        files[path] += text

    return break_


def _gone(path: str) -> Callable[[Files], None]:
    def break_(files: Files) -> None:
        del files[path]

    return break_


def _new(path: str, text: str) -> Callable[[Files], None]:
    def break_(files: Files) -> None:
        assert path not in files
        files[path] = text

    return break_


def _carriage_returns(files: Files) -> None:
    files[_SERVER] = files[_SERVER].replace("\n", "\r\n")


FAULTS = (
    _fault("a flag dropped", "--profiling is missing: false is promised", edit(_SERVER, "--profiling=false\n", "")),
    _fault(
        "a flag dropped where kubeadm reads it",
        "--profiling is missing: false is promised",
        edit(_KUBEADM, '    - name: profiling\n      value: "false"\n', ""),
    ),
    _fault(
        "everything allowed",
        "--authorization-mode is AlwaysAllow: Node,RBAC is promised",
        edit(_SERVER, "Node,RBAC", "AlwaysAllow"),
    ),
    _fault(
        "nodes no longer held to their own",
        "--authorization-mode is RBAC: Node,RBAC is promised",
        edit(_SERVER, "Node,RBAC", "RBAC"),
    ),
    _fault(
        "an admission plugin dropped",
        "--enable-admission-plugins is AlwaysPullImages,DenyServiceExternalIPs,EventRateLimit",
        edit(_SERVER, "NodeRestriction,", ""),
    ),
    _fault(
        "an admission plugin added that lets everything pass",
        "has AlwaysAdmit: nobody knows what it does to the promises",
        edit(_SERVER, "AlwaysPullImages,", "AlwaysAdmit,AlwaysPullImages,"),
    ),
    _fault(
        "an admission plugin switched off",
        "nobody knows what --disable-admission-plugins does to the promises",
        _added(_SERVER, "--disable-admission-plugins=PodSecurity\n"),
    ),
    _fault(
        "a password file given to the API server",
        "nobody knows what --token-auth-file does to the promises",
        _added(_SERVER, "--token-auth-file=/etc/kubernetes/users.csv\n"),
    ),
    _fault(
        "whoever has no name let in",
        "--anonymous-auth is here, and the profile does not ask for it",
        _added(_SERVER, "--anonymous-auth=true\n"),
    ),
    _fault(
        "an older TLS spoken",
        "--tls-min-version is VersionTLS11: VersionTLS12 is promised",
        edit(_MANAGER, "VersionTLS12", "VersionTLS11"),
    ),
    _fault(
        "a cipher suite without forward secrecy",
        "--tls-cipher-suites is TLS_RSA_WITH_AES_128_CBC_SHA,",
        edit(_SERVER, "--tls-cipher-suites=", "--tls-cipher-suites=TLS_RSA_WITH_AES_128_CBC_SHA,"),
    ),
    _fault(
        "requests without a limit",
        "--max-requests-inflight is 0: 400 is promised",
        edit(_SERVER, "--max-requests-inflight=400", "--max-requests-inflight=0"),
    ),
    _fault(
        "a flag that the version no longer has",
        "--pod-eviction-timeout is unknown to kube-controller-manager 1.34",
        _added(_MANAGER, "--pod-eviction-timeout=5m\n"),
    ),
    _fault("a flag that nobody knows", "nobody knows what --foo does", _added(_SERVER, "--foo=bar\n")),
    _fault(
        "browsers told twice for how long",
        "--strict-transport-security-directives is max-age=0,includeSubDomains,max-age=31536000",
        both("strict-transport-security-directives", "max-age=0,includeSubDomains,max-age=31536000"),
    ),
    _fault(
        "services elsewhere than the rules of the network think",
        "--service-cluster-ip-range is 10.200.0.0/16: the profile says 10.96.0.0/12",
        both("service-cluster-ip-range", "10.200.0.0/16"),
    ),
    _fault(
        "pods elsewhere than the rules of the network think",
        "--cluster-cidr is 10.99.0.0/16: the profile says 10.244.0.0/16",
        both("cluster-cidr", "10.99.0.0/16", "kube-controller-manager"),
    ),
    _fault(
        "an API server elsewhere than the profile says",
        "--advertise-address is 203.0.113.9: the profile says that the API server is elsewhere",
        both("advertise-address", "203.0.113.9"),
    ),
    _fault(
        "nobody who counts what quotas are about",
        "--concurrent-resource-quota-syncs is 0: it is at least 1",
        both("concurrent-resource-quota-syncs", "0", "kube-controller-manager"),
    ),
    _fault(
        "the lease of a component in a tenant's namespace",
        "--leader-elect-resource-namespace is payments: only kube-system is known to keep the promises",
        both("leader-elect-resource-namespace", "payments", "kube-scheduler"),
    ),
    _fault(
        "connections cut more often than an API server takes",
        "--goaway-chance is 0.5: it is at least 0 and at most 0.02",
        both("goaway-chance", "0.5"),
    ),
    _fault(
        "another DNS for a pool's pods",
        "clusterDNS is 203.0.113.9: pods may reach no DNS but that of the profile",
        _added(_SHARED, "clusterDNS: [203.0.113.9]\n"),
    ),
    _fault(
        "names that a pool's pods look up elsewhere",
        "resolvConf is /tmp/x: only /etc/resolv.conf or /run/systemd/resolve/resolv.conf is known",
        _added(_SHARED, "resolvConf: /tmp/x\n"),
    ),
    _fault(
        "a time that no kubelet reads",
        "syncFrequency is 1 minute, which is no duration",
        _added(_SHARED, "syncFrequency: 1 minute\n"),
    ),
    _fault(
        "flags written by another system's editor",
        "lines end with a carriage return",
        _carriage_returns,
    ),
    _fault("a flag twice", "--profiling comes twice", _added(_SERVER, "--profiling=true\n")),
    _fault("a comment among flags", "this is no --flag=value", _added(_SERVER, "# --profiling=true\n")),
    _fault(
        "a feature gate locked",
        "the feature gate KubeletTracing is false at Kubernetes 1.34, and not by itself: it cannot be changed",
        _added(_SERVER, "--feature-gates=KubeletTracing=false\n"),
    ),
    _fault(
        "two files that say different things",
        "--request-timeout is 1m0s here, and 30s in control-plane/kube-apiserver.flags",
        edit(_SERVER, "1m0s", "30s"),
    ),
    _fault(
        "the whole host in the API server's container",
        "nobody knows why the API server's container must see / of the host",
        edit(
            _KUBEADM,
            "  extraVolumes:\n",
            "  extraVolumes:\n    - {name: all, hostPath: /, mountPath: /, readOnly: true}\n",
        ),
    ),
    _fault(
        "images of somebody else",
        "contains unknown field `imageRepository`",
        edit(_KUBEADM, "kubernetesVersion:", "imageRepository: registry.example.com\nkubernetesVersion:"),
    ),
    _fault(
        "events without a limit",
        "of each User, any number of events is taken",
        edit(
            _ADMISSION, "        - type: User\n          qps: 50\n          burst: 100\n          cacheSize: 4096\n", ""
        ),
    ),
    _fault(
        "a namespace spared by Pod Security",
        "pods of the namespace payments are spared by Pod Security",
        edit(_ADMISSION, "namespaces: [kube-system]", "namespaces: [kube-system, payments]"),
    ),
    _fault(
        "the system's own pods held to Pod Security",
        "pods of kube-system are not spared by Pod Security",
        edit(_ADMISSION, "namespaces: [kube-system]", "namespaces: []"),
    ),
    _fault(
        "a namespace spared twice",
        "a namespace is spared by Pod Security twice: no API server starts with that",
        edit(_ADMISSION, "namespaces: [kube-system]", "namespaces: [kube-system, kube-system]"),
    ),
    _fault(
        "limits of events in a version that there never was",
        "nobody knows what it means, at apiVersion",
        edit(_ADMISSION, "eventratelimit.admission.k8s.io/v1alpha1", "eventratelimit.admission.k8s.io/v9"),
    ),
    _fault(
        "a limit of events that no API server takes",
        "no API server starts with 0 events a second",
        edit(
            _ADMISSION, "        - type: User\n", "        - {type: Server, qps: 0, burst: 1}\n        - type: User\n"
        ),
    ),
    _fault(
        "a taint that exists and has a value",
        "node.kubernetes.io/not-ready exists, and has a value: no API server starts with both",
        edit(
            _ADMISSION,
            "not-ready\n          operator: Exists\n",
            "not-ready\n          operator: Exists\n          value: x\n",
        ),
    ),
    _fault(
        "what every pod tolerates refused",
        "each is made to tolerate node.kubernetes.io/not-ready",
        edit(_ADMISSION, "not-ready\n          operator: Exists\n", "not-ready\n"),
    ),
    _fault(
        "an audience twice",
        "each audience says something, and once: no API server starts with this",
        edit(_AUTHENTICATION, "audiences: [kubernetes]", "audiences: [kubernetes, kubernetes]"),
    ),
    _fault(
        "strangers who may tolerate a pool's taint",
        "may tolerate example.com/cards",
        edit(_ADMISSION, "node.kubernetes.io/unschedulable", "example.com/cards"),
    ),
    _fault(
        "a path for whoever has no name",
        "whoever has no name may ask for /metrics",
        edit(_AUTHENTICATION, "path: /livez", "path: /metrics"),
    ),
    _fault(
        "a token that names the cluster's administrators",
        "may name the group system:masters, which is one of the cluster's own",
        edit(_AUTHENTICATION, _OWN, ""),
    ),
    _fault(
        "a rule for tokens that is always true",
        "nobody knows what this rule refuses: true || ",
        edit(_AUTHENTICATION, '"!(user', '"true || !(user'),
    ),
    _fault(
        "another issuer of tokens",
        "tokens of https://login.example.org are believed, which the profile does not name",
        edit(_AUTHENTICATION, "https://login.example.com", "https://login.example.org"),
    ),
    _fault(
        "a kubelet that lets anybody in",
        "authentication.anonymous.enabled is true: false is promised",
        edit(_KUBELET, "anonymous: {enabled: false}", "anonymous: {enabled: true}"),
    ),
    _fault(
        "the kubelet's read-only port", "readOnlyPort is 10255: 0 is promised", edit(_KUBELET, "Port: 0", "Port: 10255")
    ),
    _fault(
        "static pods on a worker",
        "staticPodPath is /etc/kubernetes/manifests: empty is promised",
        edit(_SHARED, 'staticPodPath: ""', "staticPodPath: /etc/kubernetes/manifests"),
    ),
    _fault(
        "static pods from an address",
        "nobody knows what staticPodURL does to the promises",
        _added(_SHARED, "staticPodURL: https://pods.example.com\n"),
    ),
    _fault(
        "a kubelet's field misspelt",
        "nobody knows what seccompdefault does: KubeletConfiguration has no such field",
        edit(_SHARED, "seccompDefault", "seccompdefault"),
    ),
    _fault(
        "a number that is a text",
        'maxPods is the text "60": 60 is promised',
        edit(_KUBELET, "maxPods: 60", 'maxPods: "60"'),
    ),
    _fault(
        "a kernel setting lowered",
        "kernel.kptr_restrict is 0, and 2 is promised",
        edit("nodes/edge/sysctl.conf", "kernel.kptr_restrict = 2", "kernel.kptr_restrict = 0"),
    ),
    _fault(
        "a program that the kernel runs",
        "nobody knows what kernel.core_pattern does",
        _added("nodes/edge/sysctl.conf", "kernel.core_pattern = |/tmp/x\n"),
    ),
    _fault(
        "a module that may be loaded",
        "the module dccp could be loaded by its name",
        edit("nodes/edge/modprobe.conf", "install dccp /bin/false", "install dccp /sbin/modprobe dccp"),
    ),
    _fault(
        "a comment that swallows the module below it",
        "this line goes on in the next",
        edit("nodes/edge/modprobe.conf", "install dccp", "# and \\\ninstall dccp"),
    ),
    _fault(
        "modules written by another system's editor",
        "a line ends with a carriage return",
        edit("nodes/edge/modprobe.conf", "blacklist dccp\n", "blacklist dccp\r\n"),
    ),
    _fault(
        "a kernel setting with a blank that is a letter to the kernel",
        "nobody knows what this sets",
        edit("nodes/edge/sysctl.conf", "kernel.kptr_restrict =", "kernel.kptr_restrict\u00a0="),
    ),
    _fault(
        "a host's key for everybody",
        "it leaves alone what is more open than this: files 600 root:root /var/lib/kubelet/pki *.key",
        edit("nodes/edge/permissions.sh", "files 600 root:root /var/lib/kubelet/pki *.key", "files 644 root:root /a *"),
    ),
    _fault(
        "an approver who may approve everything",
        "the ClusterRole says something else",
        edit("control-plane/approve-serving-certificates.yaml", "kubernetes.io/kubelet-serving", '"*"'),
    ),
    _fault("a file gone", "is not there", _gone(_ADMISSION)),
    _fault("a pool that nobody knows", "nobody knows what this file is for", _new("nodes/gpu/kubelet.yaml", "a: b\n")),
    _fault(
        "a webhook that is somebody else's",
        "server is https://audit.example.org/",
        edit("control-plane/audit-webhook.yaml", "https://audit.example.com", "https://audit.example.org"),
    ),
    _fault(
        "a webhook whose certificate nobody checks",
        "contains unknown field `insecure-skip-tls-verify`",
        edit(
            "control-plane/audit-webhook.yaml", "    cluster:\n", "    cluster:\n      insecure-skip-tls-verify: true\n"
        ),
    ),
    _fault(
        "logs served by an API server that still can",
        "--enable-logs-handler is true: false is promised",
        edit(_SERVER, "--enable-logs-handler=false", "--enable-logs-handler=true"),
        "legacy",
    ),
    _fault(
        "a provider's control plane set up",
        "nobody knows what this file is for",
        _new(_SERVER, "--profiling=true\n"),
        "managed",
    ),
)
