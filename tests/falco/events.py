"""Events as Falco has them, one of each kind that a rule tells of, written down by hand."""

from __future__ import annotations

from hardener.verify.runtime.deciding import Event

_IN: Event = {"container.id": "3ad7b26ded6d", "k8s.ns.name": "api", "proc.name": "java", "proc.vpid": 40}
_RAN: Event = {**_IN, "evt.type": "execve", "container.privileged": False}
_OPENED: Event = {**_IN, "evt.type": "openat", "fd.typechar": "f", "fd.num": 5}
_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"
_TCP: Event = {**_IN, "evt.type": "connect", "fd.l4proto": "tcp", "fd.typechar": "4"}
_UDP: Event = {
    **_IN,
    **{"evt.type": "sendto", "fd.l4proto": "udp", "fd.typechar": "4", "fd.connected": False, "fd.name_changed": True},
}
_JANE: Event = {
    "ka.stage": "ResponseComplete",
    "ka.verb": "update",
    "ka.user.name": "jane",
    "ka.user.groups": ("people", "system:authenticated"),
    "ka.auth.decision": "allow",
    "ka.target.namespace": "api",
}


def _asked(verb: str, resource: str, subresource: str = "", **more: object) -> Event:
    event = {**_JANE, "ka.verb": verb, "ka.target.resource": resource}
    if subresource:
        event["ka.target.subresource"] = subresource
    return {**event, **{name.replace("__", "."): value for name, value in more.items()}}  # type: ignore[dict-item]


_BEGUN = {"ka__stage": "ResponseStarted"}
_WRITES: Event = {"evt.is_open_write": True, "evt.is_open_read": False}
_READS: Event = {"evt.is_open_write": False, "evt.is_open_read": True}

# A name for each, the rules that tell of it, and the event.
EVENTS: tuple[tuple[str, str, Event], ...] = (
    ("a shell", "process.shell", {**_RAN, "proc.name": "bash"}),
    ("a shell of busybox", "process.shell", {**_RAN, "evt.type": "execveat", "proc.name": "ash"}),
    ("the shell that a container begins with", "", {**_RAN, "proc.name": "sh", "proc.vpid": 1}),
    ("a shell of the host", "", {**_RAN, "proc.name": "bash", "container.id": "host"}),
    ("a package manager", "process.package-manager", {**_RAN, "proc.name": "apt-get"}),
    ("a program of its own", "", _RAN),
    ("a privileged container", "container.privileged", {**_RAN, "container.privileged": True}),
    ("where they may be", "", {**_RAN, "container.privileged": True, "k8s.ns.name": "csi"}),
    (
        "a namespace not known yet",
        "container.privileged",
        {"evt.type": "execve", "container.id": "x", "container.privileged": True},
    ),
    ("a write", "file.binaries", {**_OPENED, **_WRITES, "fd.name": "/usr/local/bin/kubectl"}),
    ("a write that failed", "", {**_OPENED, **_WRITES, "fd.name": "/usr/bin/x", "fd.num": -1}),
    ("a read", "", {**_OPENED, **_READS, "fd.name": "/usr/bin/x"}),
    ("a write beside them", "", {**_OPENED, **_WRITES, "fd.name": "/usr/binaries/x"}),
    ("a file moved there", "file.binaries", {**_IN, "evt.type": "renameat2", "fs.path.target": "/bin/ls"}),
    ("a file moved away", "", {**_IN, "evt.type": "rename", "fs.path.source": "/bin/ls", "fs.path.target": "/tmp/ls"}),
    ("a link there", "file.binaries", {**_IN, "evt.type": "symlinkat", "fs.path.source": "/sbin/init"}),
    ("a token", "file.token", {**_OPENED, **_READS, "fd.name": f"{_TOKEN}/token", "fd.filename": "token"}),
    ("a certificate beside it", "", {**_OPENED, **_READS, "fd.name": f"{_TOKEN}/ca.crt", "fd.filename": "ca.crt"}),
    (
        "a token where one is mounted",
        "",
        {**_OPENED, **_READS, "fd.name": f"{_TOKEN}/token", "fd.filename": "token", "k8s.ns.name": "web"},
    ),
    ("the API server", "network.api-server", {**_TCP, "fd.snet": "192.168.10.3", "fd.sport": 6443}),
    ("its Service", "network.api-server", {**_TCP, "fd.snet": "10.96.0.1", "fd.sport": 443}),
    ("its Service, with a flow", "", {**_TCP, "fd.snet": "10.96.0.1", "fd.sport": 443, "k8s.ns.name": "web"}),
    ("another port of its node", "network.undeclared", {**_TCP, "fd.snet": "192.168.10.3", "fd.sport": 10250}),
    ("a database", "", {**_TCP, "fd.snet": "10.9.2.7", "fd.sport": 5432}),
    ("another port of it", "network.undeclared", {**_TCP, "fd.snet": "10.9.2.7", "fd.sport": 22}),
    ("what is left out of the range", "network.undeclared", {**_TCP, "fd.snet": "10.9.1.7", "fd.sport": 5432}),
    ("the first port of a range", "", {**_UDP, "fd.snet": "10.9.2.7", "fd.sport": 8000}),
    ("the last", "", {**_UDP, "fd.snet": "10.9.2.7", "fd.sport": 8100}),
    ("the port behind it", "network.undeclared", {**_UDP, "fd.snet": "10.9.2.7", "fd.sport": 8101}),
    ("that port of TCP", "network.undeclared", {**_TCP, "fd.snet": "10.9.2.7", "fd.sport": 8000}),
    ("somebody on the internet", "network.undeclared", {**_TCP, "fd.snet": "203.0.113.9", "fd.sport": 443}),
    ("with a flow", "", {**_TCP, "fd.snet": "203.0.113.9", "fd.sport": 443, "k8s.ns.name": "lab"}),
    ("by IPv6", "", {**_TCP, "fd.snet": "2001:db8::9", "fd.sport": 443, "fd.typechar": "6", "k8s.ns.name": "lab"}),
    ("the cloud's metadata", "network.undeclared", {**_TCP, "fd.snet": "169.254.169.254", "fd.sport": 80}),
    ("another pod", "network.undeclared", {**_TCP, "fd.snet": "10.244.3.4", "fd.sport": 8443}),
    ("another pod, with a flow", "", {**_TCP, "fd.snet": "10.244.3.4", "fd.sport": 8443, "k8s.ns.name": "web"}),
    ("a Service, with a flow", "", {**_TCP, "fd.snet": "10.96.7.7", "fd.sport": 80, "k8s.ns.name": "web"}),
    ("where all talk freely", "", {**_TCP, "fd.snet": "10.244.3.4", "fd.sport": 9, "k8s.ns.name": "lab"}),
    ("DNS", "", {**_UDP, "fd.snet": "10.96.0.10", "fd.sport": 53}),
    ("itself", "", {**_TCP, "fd.snet": "127.0.0.1", "fd.sport": 8080}),
    ("the system's namespaces", "", {**_TCP, "fd.snet": "203.0.113.9", "fd.sport": 443, "k8s.ns.name": "kube-system"}),
    ("exec", "audit.exec", _asked("get", "pods", "exec", **_BEGUN)),
    ("attach", "audit.exec", _asked("create", "pods", "attach", **_BEGUN)),
    ("the end of it", "", _asked("create", "pods", "exec")),
    ("a port forwarded", "audit.port-forward", _asked("create", "pods", "portforward", **_BEGUN)),
    ("a proxy to a node", "audit.port-forward", _asked("get", "nodes", "proxy", **_BEGUN)),
    ("a container more", "audit.ephemeral-container", _asked("patch", "pods", "ephemeralcontainers")),
    (
        "a privileged pod",
        "audit.privileged-pod",
        _asked("create", "pods", **{"ka.req.pod.containers.privileged": ("false", "true")}),
    ),
    (
        "a pod on the host's network",
        "audit.privileged-pod",
        _asked("create", "pods", **{"ka.req.pod.host_network": "true"}),
    ),
    ("a pod", "", _asked("create", "pods", **{"ka.req.pod.host_network": "false"})),
    ("a binding", "audit.rights", _asked("create", "rolebindings", **{"ka.req.binding.role": "view"})),
    ("a binding, delivered", "", {**_asked("create", "rolebindings"), "ka.user.name": "deployer"}),
    ("by an account", "", {**_asked("update", "roles"), "ka.user.name": "system:serviceaccount:flux-system:flux"}),
    ("by a group", "", {**_asked("update", "roles"), "ka.user.groups": ("people", "oidc:platform")}),
    (
        "all of it",
        "audit.widest-rights",
        _asked("create", "clusterrolebindings", **{"ka.req.binding.role": "cluster-admin"}),
    ),
    (
        "all of it, delivered",
        "audit.widest-rights",
        {**_asked("update", "roles", **{"ka.req.role.rules.verbs": ("get", "*")}), "ka.user.name": "deployer"},
    ),
    (
        "the means to it",
        "audit.widest-rights",
        _asked("update", "clusterroles", **{"ka.req.role.rules.verbs": ("escalate",)}),
    ),
    ("a Secret", "audit.secrets", _asked("get", "secrets")),
    ("all Secrets, as they change", "audit.secrets", _asked("watch", "secrets", **_BEGUN)),
    ("a Secret, by its node", "", {**_asked("get", "secrets"), "ka.user.name": "system:node:worker-1"}),
    ("a Secret written", "", _asked("update", "secrets")),
    ("a token made", "audit.token", _asked("create", "serviceaccounts", "token")),
    ("a policy gone", "audit.admission", _asked("delete", "validatingadmissionpolicybindings")),
    ("a policy's state", "", _asked("update", "validatingadmissionpolicies", "status")),
    ("labels of a namespace", "audit.namespace", _asked("patch", "namespaces")),
    ("a network policy", "audit.guard-rail", _asked("delete", "networkpolicies")),
    ("a quota", "audit.guard-rail", _asked("update", "resourcequotas")),
    ("a certificate", "audit.certificate", _asked("update", "certificatesigningrequests", "approval")),
    (
        "a stranger answered",
        "audit.anonymous",
        {**_asked("list", "pods"), "ka.user.name": "system:anonymous", "ka.uri": "/api/v1/pods"},
    ),
    (
        "a stranger refused",
        "",
        {**_asked("list", "pods"), "ka.user.name": "system:anonymous", "ka.auth.decision": "forbid"},
    ),
    ("a probe", "", {**_asked("get", ""), "ka.user.name": "system:anonymous", "ka.uri": "/livez?verbose"}),
    ("somebody as somebody else", "audit.impersonation", _asked("list", "pods", **{"ka.impuser.name": "root"})),
    ("a master", "audit.emergency", {**_asked("list", "pods"), "ka.user.groups": ("system:masters",)}),
    ("a list of pods", "", _asked("list", "pods")),
)
