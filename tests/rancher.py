"""What k3s and RKE2 make of their configuration: the arguments and files that components are started with.

Written after k3s' pkg/configfilearg, pkg/util/args.go, pkg/daemons/control/server.go and pkg/daemons/executor, and
RKE2's pkg/executor/staticpod and pkg/podtemplate.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from hardener.catalog import minor

# Arguments that k3s gives each component itself and that must be left to it, whatever their value.
OWN = {
    "kube-apiserver": (
        "advertise-*",
        "allow-privileged",
        "api-audiences",
        "bind-address",
        "cert-dir",
        "client-ca-file",
        "egress-selector-config-file",
        "enable-aggregator-routing",
        "etcd-*",
        "kubelet-*",
        "proxy-client-*",
        "requestheader-client-ca-file",
        "requestheader-*-headers*",
        "secure-port",
        "service-account-issuer",
        "service-account-key-file",
        "service-account-signing-key-file",
        "service-cluster-ip-range",
        "storage-backend",
        "tls-cert-file",
        "tls-private-key-file",
    ),
    "kube-controller-manager": (
        "*kubeconfig",
        "allocate-node-cidrs",
        "bind-address",
        "cluster-cidr",
        "cluster-signing-*-file",
        "configure-cloud-routes",
        "controllers",
        "root-ca-file",
        "secure-port",
        "service-account-private-key-file",
        "service-cluster-ip-range",
        "tls-cert-file",
        "tls-private-key-file",
    ),
    "kube-scheduler": ("*kubeconfig", "bind-address", "secure-port", "tls-cert-file", "tls-private-key-file"),
    "etcd": ("*-file", "*auto-tls", "*client-cert-auth", "*-urls", "data-dir", "initial-*", "name"),
}

# What RKE2 mounts of the host into the API server's pod besides what its arguments name.
HOSTS_AUTHORITIES = (
    "/etc/ssl/certs",
    "/etc/pki/tls/certs",
    "/etc/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/usr/share/ca-certificates",
)


def read(text: str) -> dict[str, Any]:
    """A configuration file."""
    document: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
    return document


def arguments(configuration: Mapping[str, Any], component: str) -> dict[str, str]:
    """What a component is given beyond the installer's own, by name: split at the first =."""
    return dict(argument.split("=", 1) for argument in configuration.get(f"{component}-arg", ()))


def is_own(component: str, name: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in OWN[component])


def merged(own: Mapping[str, str], given: Iterable[str]) -> list[str]:
    """GetArgs: what is given takes the place of the installer's own; a name that ends with + or - adds to it."""
    found: dict[str, list[str]] = {}
    left = dict(own)
    for argument in given:
        name, _, value = argument.removeprefix("--").partition("=")
        cleaned = name.rstrip("-+")
        before = [left.pop(cleaned)] if cleaned in left else []
        already = found.get(cleaned, [])
        if name.endswith("+"):
            found[cleaned] = [*before, *already, value]
        elif name.endswith("-"):
            found[cleaned] = [value, *before, *already]
        else:
            found[cleaned] = [*already, value]
    found |= {name: [value] for name, value in left.items()}
    return [f"--{name}={value}" for name in sorted(found) for value in found[name]]


def api_server(configuration: Mapping[str, Any], version: str, places: Mapping[str, str]) -> list[str]:
    """The command line of k3s' API server. `places` are the files of this host, by k3s' own flag for them.

    Left out: advertise-port, which Kubernetes' API server does not have, and the tunnel to the agents.
    """
    given = configuration["kube-apiserver-arg"]
    named = {argument.partition("=")[0] for argument in given}
    own = {
        "storage-backend": "etcd3",
        "allow-privileged": "true",
        "enable-bootstrap-token-auth": "true",
        "service-node-port-range": str(configuration["service-node-port-range"]),
        "enable-aggregator-routing": "true",
        "api-audiences": "https://kubernetes.default.svc.cluster.local,k3s",
        "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
        "requestheader-allowed-names": "system:auth-proxy",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User",
        "enable-admission-plugins": "NodeRestriction",
        "profiling": "false",
        **places,
    }
    if "authorization-config" not in named:
        own["authorization-mode"] = "Node,RBAC"
    if "authentication-config" not in named:
        own["anonymous-auth"] = "false"
    if "encryption-provider-config" in own and minor(version) >= 26:
        own["encryption-provider-config-automatic-reload"] = "true"
    return merged(own, given)


def static_pod(configuration: Mapping[str, Any], version: str, places: Mapping[str, str]) -> list[str]:
    """The command line of RKE2's API server: before what k3s says stands what RKE2 says, and the last one counts."""
    security = configuration.get("pod-security-admission-config-file")
    first = [f"--admission-control-config-file={security}"] if security else []
    policy = configuration["audit-policy-file"]
    first += [f"--audit-policy-file={policy}", "--audit-log-maxage=30", "--audit-log-maxbackup=10"]
    return [*first, "--audit-log-maxsize=100", *api_server(configuration, version, places)]


def default_policy(file: Path) -> None:
    """WriteDefaultPolicyFile: an audit policy by which nothing is recorded, where there is no file."""
    if not file.exists():
        file.write_text("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: None\n")


def mounted(configuration: Mapping[str, Any]) -> tuple[str, ...]:
    """What the API server's pod sees of the host: RKE2's own, files that arguments name, and extra mounts."""
    given = arguments(configuration, "kube-apiserver")
    extra = [mount.split(":") for mount in configuration["kube-apiserver-extra-mount"]]
    assert all(source == target and mode == "ro" for source, target, mode in extra)
    named = [value for value in (*given.values(), *configuration.values()) if str(value).startswith("/")]
    log = given["audit-log-path"].rpartition("/")[0]
    return (*HOSTS_AUTHORITIES, log, *named, *(source for source, _, _ in extra))


def etcd_file(configuration: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """ToConfigFile: etcd's configuration, where an argument is a number, a duration, a list, yes or no, or a text."""
    document = dict(own)
    for name, value in arguments(configuration, "etcd").items():
        document[name] = _typed(value)
    return document


def _typed(value: str) -> Any:
    if re.fullmatch(r"-?\d+", value):
        return int(value)
    read = yaml.load(value, yaml.CSafeLoader)
    if isinstance(read, list):
        return [str(each) for each in read]
    return {"true": True, "false": False}.get(value.lower(), value)
