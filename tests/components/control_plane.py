"""A control plane that runs with what hardener renders for kubeadm: every flag and every file, on a pretended host."""

import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path

import yaml

from tests.components import apiserver, build, flags, health, manifests, pki, process
from tests.components.authority import Authority
from tests.components.client import Answer, Client
from tests.components.kubeadm import added
from tests.components.ports import free_port
from tests.components.releases import minor

REPLACED = (
    ("/etc/kubernetes", "{host}/etc/kubernetes", "this machine's own files are left alone"),
    ("/var/log/kubernetes", "{host}/var/log/kubernetes", "as above"),
    ("/var/lib/etcd", "{host}/var/lib/etcd", "as above"),
    ("--bind-address=0.0.0.0", "--bind-address=127.0.0.1", "only this machine is to reach it"),
    ("--secure-port=6443", "--secure-port={kube-apiserver}", "several control planes run here at once"),
    ("--secure-port=10257", "--secure-port={kube-controller-manager}", "as above"),
    ("--secure-port=10259", "--secure-port={kube-scheduler}", "as above"),
    ("https://127.0.0.1:2379", "https://127.0.0.1:{etcd}", "as above"),
    ("https://127.0.0.1:2380", "https://127.0.0.1:{etcd peers}", "as above"),
    ("http://127.0.0.1:2381", "http://127.0.0.1:{etcd metrics}", "as above"),
)
"""What of flags and files is another here, what it is, and why. Nothing else is changed, and nothing is left out."""

DEFAULTS = {
    "etcd": (),
    "kube-apiserver": ("--bind-address=0.0.0.0",),
    "kube-controller-manager": ("--secure-port=10257",),
    "kube-scheduler": ("--secure-port=10259",),
}
"""What the programs take unless told otherwise, said aloud where REPLACED replaces it."""

_PORTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "etcd peers", "etcd metrics")
_SCRIPT = "encryption-keys.sh"
_ENCRYPTION = "encryption-configuration.yaml"


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """What runs. `admin` is in system:masters, `authority` signs users' certificates, and `etcd_authority` etcd's."""

    release: str
    host: Path
    ports: Mapping[str, int]
    authority: Authority
    etcd_authority: Authority
    admin: Client
    stack: ExitStack = field(repr=False)
    processes: dict[str, int] = field(default_factory=dict)

    @property
    def port(self) -> int:
        """The API server's, on 127.0.0.1."""
        return self.ports["kube-apiserver"]

    @property
    def etcd(self) -> str:
        """Where etcd answers clients."""
        return self.address("etcd")

    @property
    def audit_log(self) -> Path:
        """What the API server writes down, if it is told to."""
        return self.host / "var/log/kubernetes/audit/audit.log"

    def address(self, program: str) -> str:
        """Where a program answers, or "etcd peers"."""
        return f"https://127.0.0.1:{self.ports[program]}"

    def log(self, program: str) -> Path:
        """What a program says."""
        return self.host / f"{program}.log"

    def user(self, name: str, *groups: str) -> Client:
        """Somebody else's connection, by a certificate; it ends with the control plane."""
        organizations = "".join(f"/O={group}" for group in groups)
        identity = self.authority.issue(f"user-{name}", f"{organizations}/CN={name}")
        return self.stack.enter_context(closing(Client(self.port, apiserver.trust(self.authority, identity))))

    def apply(self, objects: Iterable[str]) -> list[Answer]:
        """Have the administrator apply texts of YAML, in order, each with any number of documents."""
        return [self.admin.apply(document) for text in objects for document in manifests.split(text)]


@contextmanager
def running(release: str, folder: Path, rendered: Mapping[str, str], *programs: str) -> Iterator[ControlPlane]:
    """Run etcd, the API server and the `programs` named of `release` for a block, on a host below `folder`.

    `rendered` has the texts of control-plane/ by path, for the distribution kubeadm and the minor of `release`.
    """
    own = {Path(path).name: text for path, text in rendered.items() if path.startswith("control-plane/")}
    networks = _networks(own["kubeadm.yaml"])
    with ExitStack() as stack:
        plane = _plane(release, folder / "host", networks, stack)
        _install(plane, own, folder / "rendered")
        for program in ("etcd", "kube-apiserver", *programs):
            given = own[f"{program}.flags"].splitlines()
            _start(plane, program, command_line(plane, program, networks, given))
        yield plane


def command_line(plane: ControlPlane, program: str, networks: Mapping[str, str], rendered: list[str]) -> list[str]:
    """The flags of a program: the rendered ones, and what kubeadm adds."""
    subnets = {"{services}": networks["serviceSubnet"], "{pods}": networks["podSubnet"]}
    theirs = [_filled(flag, subnets) for flag in (*DEFAULTS[program], *added(program, minor(plane.release)))]
    return [replaced(flag, plane.host, plane.ports) for flag in flags.merged(theirs, rendered)]


def replaced(text: str, host: Path, ports: Mapping[str, int]) -> str:
    """The text as it is on this host."""
    places = {"{host}": str(host)} | {f"{{{name}}}": str(port) for name, port in ports.items()}
    return _filled(text, {old: _filled(new, places) for old, new, _ in REPLACED})


def _networks(kubeadm: str) -> dict[str, str]:
    """What kubeadm takes its flags about networks from."""
    documents = yaml.load_all(kubeadm, yaml.CSafeLoader)
    networks: dict[str, str] = next(one["networking"] for one in documents if one["kind"] == "ClusterConfiguration")
    return networks


def _filled(text: str, values: Mapping[str, str]) -> str:
    """All at once: what is filled in is not looked at again."""
    return re.sub("|".join(map(re.escape, values)), lambda found: values[found[0]], text)


def _plane(release: str, host: Path, networks: Mapping[str, str], stack: ExitStack) -> ControlPlane:
    ports = {name: free_port() for name in _PORTS}
    server = f"https://127.0.0.1:{ports['kube-apiserver']}"
    authorities = pki.make(host / "etc/kubernetes", server, networks["serviceSubnet"])
    administrator = authorities.cluster.issue("admin", "/O=system:masters/CN=admin")
    trust = apiserver.trust(authorities.cluster, administrator)
    admin = stack.enter_context(closing(Client(ports["kube-apiserver"], trust)))
    return ControlPlane(release, host, ports, authorities.cluster, authorities.etcd, admin, stack)


def _install(plane: ControlPlane, rendered: Mapping[str, str], source: Path) -> None:
    """Do what the head of kubeadm.yaml asks for: copy the files, and have the script make the key."""
    installed = plane.host / "etc/kubernetes/hardener"
    for folder in (source, installed, plane.audit_log.parent, plane.host / "var/lib"):
        folder.mkdir(parents=True)
    for path, text in rendered.items():
        text = replaced(text, plane.host, plane.ports)
        (source / path).write_text(text, encoding="utf-8")
        if path != _ENCRYPTION or _SCRIPT not in rendered:
            (installed / path).write_text(text, encoding="utf-8")
    if _SCRIPT in rendered:
        subprocess.run(("sh", source / _SCRIPT, installed), check=True, capture_output=True)


def _start(plane: ControlPlane, program: str, arguments: list[str]) -> None:
    ready = {
        "etcd": partial(_healthy, f"http://127.0.0.1:{plane.ports['etcd metrics']}", "/health"),
        "kube-apiserver": partial(apiserver.ready, plane.admin),
    }.get(program) or partial(_healthy, plane.address(program), "/healthz")
    command = [str(build.component(program, plane.release)), *arguments]
    server = process.running(command, plane.log(program), ready)
    plane.processes[program] = plane.stack.enter_context(server)


def _healthy(address: str, path: str) -> bool:
    return health.status(address, path) == HTTPStatus.OK
