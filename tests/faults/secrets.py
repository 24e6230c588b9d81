"""Faults in how what etcd stores is kept, and secrets that somebody wrote down."""

from __future__ import annotations

from collections.abc import Callable

from tests.verifying import Fault, Files, add, edit

_CONFIGURATION = "control-plane/encryption-configuration.yaml"
_ETCD = "control-plane/etcd.flags"
_SERVER = "control-plane/kube-apiserver.flags"
_FIREWALL = "control-plane/etcd.nft"
_IDENTITY = "      - identity: {}\n"
_SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: payments}
stringData: {password: hunter2}
"""
_RANCHER = """\
apiVersion: hardener/v1
kind: HardeningProfile
metadata: {name: edge}
cluster:
  kubernetes: "1.34"
  distribution: k3s
  cni: kube-router
  networks: {pods: [10.244.0.0/16], services: [10.96.0.0/16], nodes: [192.168.0.0/24], controlPlane: [192.168.0.0/29]}
"""


def _fault(name: str, says: str, break_: Callable[[Files], None], profile: str = "small") -> Fault:
    return Fault(name, profile, "secrets", says, break_)


def _first(files: Files) -> None:
    edit(_CONFIGURATION, "    providers:\n", f"    providers:\n{_IDENTITY}")(files)


def _last(files: Files) -> None:
    files[_CONFIGURATION] += _IDENTITY


def _last_line(line: str) -> Callable[[Files], None]:
    """A line at the end of etcd's firewall."""

    def break_(files: Files) -> None:
        files[_FIREWALL] += f"{line}\n"

    return break_


FAULTS = (
    _fault("a Secret written down", "a Secret has data: payments/db", add("manifests/secret.yaml", _SECRET)),
    _fault(
        "nothing encrypted at all",
        "--encryption-provider-config is missing",
        edit(
            _SERVER,
            "--encryption-provider-config=/etc/kubernetes/hardener/encryption-configuration.yaml\n",
            "",
        ),
    ),
    _fault("plain text written first", "secrets are written by identity, and secretbox is promised", _first),
    _fault("plain text still read", "what of secrets was stored as it came is still read", _last),
    _fault(
        "a weaker provider",
        "secrets are written by aescbc, and secretbox is promised",
        edit(_CONFIGURATION, "- secretbox:", "- aescbc:"),
    ),
    _fault(
        "other resources encrypted",
        "secrets are stored as they come: nothing here names them",
        edit(_CONFIGURATION, "[secrets]", "[configmaps]"),
    ),
    _fault(
        "a key in the file",
        "the key key1 stands here, and not on the hosts alone",
        edit(_CONFIGURATION, "(made on the host)", "c2VjcmV0IGlzIHNlY3VyZSBhbmQgaXQgaXMgbG9uZyE="),
    ),
    _fault(
        "a plugin of keys that is somebody else's",
        "keys are asked of unix:///tmp/kms.sock, which the profile does not name so",
        edit(_CONFIGURATION, "unix:///run/kms/kms.sock", "unix:///tmp/kms.sock"),
        "shop-prod",
    ),
    _fault(
        "etcd that asks nobody for a certificate",
        "--client-cert-auth is false: true is promised",
        edit(_ETCD, "--client-cert-auth=true", "--client-cert-auth=false"),
    ),
    _fault(
        "members of etcd that ask each other for none",
        "--peer-client-cert-auth is missing: true is promised",
        edit(_ETCD, "--peer-client-cert-auth=true\n", ""),
    ),
    _fault(
        "etcd that makes its own certificates",
        "--auto-tls is true: false is promised",
        edit(_ETCD, "--auto-tls=false", "--auto-tls=true"),
    ),
    _fault(
        "etcd's port open to everybody",
        "port 2379, of etcd's clients, is open to everybody",
        edit(_FIREWALL, "{ 2379, 2380, 2381 } counter", "{ 2380, 2381 } counter"),
    ),
    _fault(
        "etcd's port open to the nodes",
        "192.168.0.0/16 may reach etcd, and is no address of the control plane",
        edit(
            _FIREWALL,
            "add element",
            "add element inet hardener-etcd control-plane-ipv4 { 192.168.0.0/16 }\nadd element",
        ),
    ),
    _fault(
        "a line in the firewall that nobody knows",
        "nobody knows what this line opens",
        edit(_FIREWALL, "        iif lo accept\n", "        iif lo accept\n        meta mark 7 accept\n"),
    ),
    _fault(
        "rules that come too late",
        "the control plane may not reach port 2379",
        edit(_FIREWALL, "        iif lo accept\n", "        iif lo accept\n        tcp dport { 2379 } counter drop\n"),
    ),
    _fault(
        "a resource named twice",
        "secrets and secrets overlap in one entry: no API server starts with it",
        edit(_CONFIGURATION, "[secrets]", "[secrets, secrets]"),
    ),
    _fault(
        "all resources before an API server knows the word",
        "*.* means nothing before Kubernetes 1.27",
        edit(_CONFIGURATION, "[secrets]", '["*.*"]'),
        "legacy",
    ),
    _fault(
        "a cache that the plugin's protocol has no more",
        "cachesize is no setting of v2 of the plugin's protocol: no API server starts with it",
        edit(_CONFIGURATION, 'timeout: "3s"', 'timeout: "3s"\n          cachesize: -1'),
        "shop-prod",
    ),
    _fault(
        "a plugin that is given no time",
        "timeout is 0s, which is no time to wait",
        edit(_CONFIGURATION, 'timeout: "3s"', 'timeout: "0s"'),
        "shop-prod",
    ),
    _fault(
        "a firewall that takes itself away in its last line",
        "nobody knows what this line opens",
        _last_line("delete table inet hardener-etcd"),
    ),
    _fault(
        "a firewall written by another system's editor",
        "a line ends with a carriage return: nothing of the file is loaded",
        edit(_FIREWALL, "    chain input {\n", "    chain input {\r\n"),
    ),
    _fault(
        "a firewall with a character that nft does not know",
        "nobody knows what this line opens",
        edit(_FIREWALL, "    chain input {\n", "\x0b    chain input {\n"),
    ),
    _fault(
        "a firewall that nft refuses to load",
        "192.168.10.0/30 overlaps a range above: nothing of the file is loaded",
        _last_line("add element inet hardener-etcd control-plane-ipv4 { 192.168.10.0/30 }"),
    ),
    _fault(
        "an address in the set of the other family",
        "2001:db8::/64 is no address that control-plane-ipv4 holds: nothing of the file is loaded",
        _last_line("add element inet hardener-etcd control-plane-ipv4 { 2001:db8::/64 }"),
    ),
    _fault(
        "k3s that encrypts nothing",
        "secrets-encryption is false, and true is promised",
        edit("control-plane/k3s.yaml", "secrets-encryption: true", "secrets-encryption: false"),
        _RANCHER,
    ),
    _fault(
        "etcd's metrics for everybody",
        "etcd-expose-metrics is true, and false is promised",
        edit("control-plane/k3s.yaml", "etcd-expose-metrics: false", "etcd-expose-metrics: true"),
        _RANCHER,
    ),
)
