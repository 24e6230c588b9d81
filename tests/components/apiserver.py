"""A kube-apiserver with an etcd of its own, as a cluster's administrator sees it."""

import http.client
import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.components import build, etcd, flags, process
from tests.components.authority import Authority, Identity, new_authority
from tests.components.client import Client, RefusedError
from tests.components.ports import free_port

# An API server makes these by itself, a moment after it says that it is ready.
_SYSTEM_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")


@dataclass(frozen=True, slots=True)
class Cluster:
    """An API server that runs. `admin` is in system:masters, `authority` signs the certificates of further users."""

    release: str
    port: int
    authority: Authority
    admin: Client
    log: Path
    process: int


@contextmanager
def running(release: str, folder: Path, settings: Sequence[str] = ()) -> Iterator[Cluster]:
    """Run the API server of `release` for a block, with all its files in `folder`.

    `settings` are further flags in the form --name=value, which replace ours of the same name.
    """
    authority, port, log = new_authority(folder), free_port(), folder / "kube-apiserver.log"
    administrator = authority.issue("admin", "/O=system:masters/CN=admin")
    with (
        etcd.running(release, folder) as storage,
        closing(Client(port, trust(authority, administrator))) as admin,
    ):
        binary = build.component("kube-apiserver", release)
        command = [str(binary), *flags.merged(_flags(port, storage, authority), settings)]
        with process.running(command, log, lambda: ready(admin)) as identifier:
            yield Cluster(release, port, authority, admin, log, identifier)


def ready(admin: Client) -> bool:
    """Whether the server answers, its own namespaces exist, and its administrator is known to RBAC."""
    try:
        for namespace in _SYSTEM_NAMESPACES:
            admin.get(f"/api/v1/namespaces/{namespace}")
        admin.get("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/cluster-admin")
    except (OSError, http.client.HTTPException, RefusedError):
        admin.close()
        return False
    return True


def trust(authority: Authority, identity: Identity) -> ssl.SSLContext:
    """How a client with a certificate speaks to a server that `authority` vouches for."""
    context = ssl.create_default_context(cafile=str(authority.certificate))
    context.load_cert_chain(identity.certificate, identity.key)
    return context


def _flags(port: int, storage: str, authority: Authority) -> tuple[str, ...]:
    serving = authority.issue("kube-apiserver", "/CN=kube-apiserver", "subjectAltName=IP:127.0.0.1,DNS:localhost")
    tokens = authority.issue("service-accounts", "/CN=service-accounts")
    return (
        f"--etcd-servers={storage}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",  # a loopback address may not be an endpoint of the kubernetes service
        f"--secure-port={port}",
        f"--tls-cert-file={serving.certificate}",
        f"--tls-private-key-file={serving.key}",
        f"--client-ca-file={authority.certificate}",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={tokens.certificate}",
        f"--service-account-signing-key-file={tokens.key}",
        "--service-cluster-ip-range=10.96.0.0/12",
        "--authorization-mode=Node,RBAC",
        "--allow-privileged=true",
    )
