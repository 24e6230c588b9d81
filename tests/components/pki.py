"""The certificates, keys and kubeconfigs of a control plane, as kubeadm makes them.

Names, usages and alternative names are those of cmd/kubeadm/app/phases/certs/certlist.go in Kubernetes' source. What
serves has an RSA key, as by kubeadm's default: a cipher suite may ask for one. Clients have keys that are made faster.
"""

import base64
import json
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from tests.components.authority import RSA, Authority, Identity, new_authority, new_key

NODE = "control-plane"
"""What the host is called."""

_SERVER = "extendedKeyUsage=serverAuth"
_CLIENT = "extendedKeyUsage=clientAuth"
_BOTH = "extendedKeyUsage=serverAuth,clientAuth"
_LEAF = ("basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature,keyEncipherment")
_HERE = f"subjectAltName=DNS:{NODE},DNS:localhost,IP:127.0.0.1"

_KUBECONFIGS = {
    "super-admin": "/O=system:masters/CN=kubernetes-super-admin",
    "controller-manager": "/CN=system:kube-controller-manager",
    "scheduler": "/CN=system:kube-scheduler",
}


@dataclass(frozen=True, slots=True)
class Authorities:
    """Who vouches for whom: `cluster` for users and the API server, `etcd` for etcd and its clients."""

    cluster: Authority
    etcd: Authority


def make(kubernetes: Path, server: str, services: str) -> Authorities:
    """Fill the folder that stands for /etc/kubernetes, for an API server at an address, in a range of services."""
    pki = kubernetes / "pki"
    (pki / "etcd").mkdir(parents=True)
    authorities = Authorities(new_authority(pki), new_authority(pki, "etcd/ca"))
    _cluster(authorities.cluster, services)
    _front_proxy(new_authority(pki, "front-proxy-ca"))
    _etcd(authorities.etcd)
    new_key(pki / "sa.key", pki / "sa.pub")
    for name, subject in _KUBECONFIGS.items():
        identity = authorities.cluster.issue(name, subject, *_LEAF, _CLIENT)
        (kubernetes / f"{name}.conf").write_text(kubeconfig(server, authorities.cluster, identity), encoding="utf-8")
    return authorities


def _cluster(authority: Authority, services: str) -> None:
    kubernetes = "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc.cluster.local"
    names = f"{_HERE},{kubernetes},IP:{ip_network(services)[1]}"
    authority.issue("apiserver", "/CN=kube-apiserver", *_LEAF, _SERVER, names, key=RSA)
    authority.issue("apiserver-kubelet-client", "/CN=kube-apiserver-kubelet-client", *_LEAF, _CLIENT)


def _front_proxy(authority: Authority) -> None:
    authority.issue("front-proxy-client", "/CN=front-proxy-client", *_LEAF, _CLIENT)


def _etcd(authority: Authority) -> None:
    for name in ("server", "peer"):
        authority.issue(f"etcd/{name}", f"/CN={NODE}", *_LEAF, _BOTH, _HERE, key=RSA)
    authority.issue("etcd/healthcheck-client", "/CN=kube-etcd-healthcheck-client", *_LEAF, _CLIENT)
    authority.issue("apiserver-etcd-client", "/CN=kube-apiserver-etcd-client", *_LEAF, _CLIENT)


def kubeconfig(server: str, authority: Authority, identity: Identity) -> str:
    cluster = {"server": server, "certificate-authority-data": _data(authority.certificate)}
    user = {"client-certificate-data": _data(identity.certificate), "client-key-data": _data(identity.key)}
    named = {
        "clusters": [{"name": "here", "cluster": cluster}],
        "users": [{"name": "me", "user": user}],
        "contexts": [{"name": "me", "context": {"cluster": "here", "user": "me"}}],
    }
    return json.dumps({"apiVersion": "v1", "kind": "Config", "current-context": "me"} | named)


def _data(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
