"""Real components start with every flag and file that is rendered for them, at each release, and work together."""

from __future__ import annotations

import http.client
import ssl
import time
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from tests.components import build, control_plane, health, process
from tests.components.authority import new_authority
from tests.components.client import Client, RefusedError
from tests.components.control_plane import ControlPlane
from tests.components.process import NotReadyError
from tests.components.releases import KUBERNETES, LAST_WITH_POD_SECURITY_POLICY, NEWEST, minor
from tests.control_planes import EVERYTHING, SILENT, files

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")

NOT_TRIED = {
    "controlPlane.audit.webhook": "a service that every request waits for; test_audit_components brings one",
    "controlPlane.authentication.webhook": "a service; test_authentication_components brings one",
    "controlPlane.authorization": "as above; without its answer nobody may do anything",
    "controlPlane.encryption.kms": "a key management service",
    "controlPlane.encryption.provider": "as above: what follows encrypts as if nothing had been said",
}
"""What of EVERYTHING cannot be had on this machine alone, and why."""


def without(body: str, key: str) -> str:
    """The profile without the lines of a key."""
    text = f"cluster:\n{body}"
    node = yaml.compose(text)
    for name in key.split("."):
        found, node = next((found, value) for found, value in node.value if found.value == name)
    lines = text.splitlines(keepends=True)
    del lines[found.start_mark.line : max(node.end_mark.line, found.start_mark.line + 1)]
    return "".join(lines[1:])


def tried() -> str:
    body = EVERYTHING
    for key in NOT_TRIED:
        body = without(body, key)
    return body


BODIES = {"silent": SILENT, "everything": tried()}
CASES = [(release, body) for release in KUBERNETES for body in BODIES]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: "-".join(case))
def rendered(request) -> tuple[str, dict[str, str]]:
    release, body = request.param
    return release, files(BODIES[body], minor(release))


@pytest.fixture(scope="module")
def plane(rendered, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plane")
    with control_plane.running(rendered[0], folder, rendered[1], *PROGRAMS[2:]) as running:
        yield running


def arguments(plane: ControlPlane, program: str) -> list[str]:
    """What the program was started with, as the kernel knows it."""
    return Path(f"/proc/{plane.processes[program]}/cmdline").read_text().split("\0")[1:-1]


def flags_of(rendered: dict[str, str], program: str) -> list[str]:
    return rendered[f"control-plane/{program}.flags"].splitlines()


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_runs_with_every_rendered_flag(plane, rendered, program):
    given = [argument.replace(str(plane.host), "") for argument in arguments(plane, program)]
    ours = flags_of(rendered[1], program)

    assert ours
    assert [flag for flag in given if flag in ours] == ours
    names = [flag.partition("=")[0] for flag in given]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_file_that_a_flag_names_is_there(plane, program):
    values = [argument.partition("=")[2] for argument in arguments(plane, program)]
    places = [Path(value) for value in values if value.startswith("/")]

    assert places
    assert [place for place in places if not (place.is_relative_to(plane.host) and place.exists())] == []


@pytest.mark.parametrize("program", PROGRAMS[2:])
def test_a_controller_is_healthy_and_tells_a_stranger_nothing_else(plane, program):
    assert health.status(plane.address(program), "/healthz") == 200
    assert health.status(plane.address(program), "/metrics") == 403


def eventually(client: Client, path: str) -> dict:
    deadline = time.monotonic() + 60
    while True:
        try:
            return client.get(path)
        except RefusedError:
            assert time.monotonic() < deadline, f"not to be had after a minute: {path}"
            time.sleep(0.1)


@pytest.mark.parametrize("program", PROGRAMS[2:])
def test_a_controller_holds_its_lease_by_its_own_name(plane, program):
    lease = eventually(plane.admin, f"/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/{program}")
    assert lease["spec"]["holderIdentity"]


def test_controllers_work_by_accounts_of_their_own(plane):
    eventually(plane.admin, "/api/v1/namespaces/default/serviceaccounts/default")
    authority = eventually(plane.admin, "/api/v1/namespaces/default/configmaps/kube-root-ca.crt")["data"]["ca.crt"]
    assert authority == plane.authority.certificate.read_text()
    # Because of --use-service-account-credentials.
    eventually(plane.admin, "/api/v1/namespaces/kube-system/serviceaccounts/root-ca-cert-publisher")


def test_objects_are_applied_and_users_are_known_by_their_groups(plane):
    name = "system:basic-user"
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "viewers"},
        "subjects": [{"kind": "Group", "name": "viewers", "apiGroup": "rbac.authorization.k8s.io"}],
        "roleRef": {"kind": "ClusterRole", "name": "view", "apiGroup": "rbac.authorization.k8s.io"},
    }
    plane.apply([f"# nothing\n---\n{yaml.safe_dump(binding)}"])

    viewer, stranger = plane.user("vera", "viewers", "people"), plane.user("stan", name)
    assert eventually(viewer, "/api/v1/namespaces/default/configmaps")["kind"] == "ConfigMapList"
    with pytest.raises(RefusedError, match=r'User \\"stan\\" cannot list'):
        stranger.get("/api/v1/namespaces/default/configmaps")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_flag_that_a_program_does_not_know_keeps_it_from_starting(plane, program, tmp_path):
    command = [str(build.component(program, plane.release)), *arguments(plane, program), "--no-such-flag=1"]
    with pytest.raises(NotReadyError, match="-no-such-flag"):
        process.running(command, tmp_path / "log", lambda: False).__enter__()


def asked(address: str, path: str, context: ssl.SSLContext) -> int:
    connection = http.client.HTTPSConnection(address.removeprefix("https://"), context=context, timeout=30)
    with closing(connection):
        connection.request("GET", path)
        return connection.getresponse().status


def trusting(plane: ControlPlane) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(plane.etcd_authority.certificate))


ETCD = pytest.mark.parametrize(("port", "path"), [("etcd", "/health"), ("etcd peers", "/members")])


@ETCD
def test_etcd_answers_whom_its_own_authority_vouches_for(plane, port, path):
    context, pki = trusting(plane), plane.host / "etc/kubernetes/pki"
    context.load_cert_chain(pki / "etcd/peer.crt", pki / "etcd/peer.key")
    assert asked(plane.address(port), path, context) == 200


@ETCD
def test_etcd_refuses_a_client_without_a_certificate(plane, port, path):
    with pytest.raises((ssl.SSLError, ConnectionError), match=r"certificate required|handshake failure|reset by peer"):
        asked(plane.address(port), path, trusting(plane))


@ETCD
@pytest.mark.parametrize("whose", ["the cluster's", "a stranger's"])
def test_etcd_refuses_a_certificate_of_another_authority(plane, port, path, whose, tmp_path):
    authority = plane.authority if whose == "the cluster's" else new_authority(tmp_path)
    identity = authority.issue("intruder", "/O=system:masters/CN=kube-apiserver-etcd-client")
    context = trusting(plane)
    context.load_cert_chain(identity.certificate, identity.key)
    with pytest.raises((ssl.SSLError, ConnectionError), match=r"unknown ca|bad certificate|reset by peer"):
        asked(plane.address(port), path, context)


# All by which etcd asks for certificates. The authority alone is enough of a reason for it to do so.
OPEN = {
    "--client-cert-auth=true": "--client-cert-auth=false",
    "--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt": "--trusted-ca-file=",
    "--peer-client-cert-auth=true": "--peer-client-cert-auth=false",
    "--peer-trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt": "--peer-trusted-ca-file=",
}


@pytest.mark.parametrize("release", KUBERNETES)
def test_without_its_flags_etcd_would_answer_anybody(release, tmp_path):
    given = files(SILENT, minor(release))
    lines = flags_of(given, "etcd")
    assert set(OPEN) <= set(lines)
    given["control-plane/etcd.flags"] = "\n".join(OPEN.get(line, line) for line in lines)
    with control_plane.running(release, tmp_path, given) as plane:
        assert asked(plane.etcd, "/health", trusting(plane)) == 200
        assert asked(plane.address("etcd peers"), "/members", trusting(plane)) == 200


# A program, its release, the version whose flags it is given, and what it has against them.
OF_ANOTHER_VERSION = [
    ("etcd", LAST_WITH_POD_SECURITY_POLICY, NEWEST, "not defined: -tls-min-version"),
    ("kube-apiserver", LAST_WITH_POD_SECURITY_POLICY, NEWEST, "unknown flag: --authentication-config"),
    ("kube-apiserver", NEWEST, LAST_WITH_POD_SECURITY_POLICY, "PodSecurityPolicy.* is unknown"),
]


@pytest.mark.parametrize(("program", "release", "other", "said"), OF_ANOTHER_VERSION)
def test_flags_of_another_version_keep_a_program_from_starting(program, release, other, said, tmp_path):
    path = f"control-plane/{program}.flags"
    given = files(SILENT, minor(release)) | {path: files(SILENT, minor(other))[path]}
    with pytest.raises(NotReadyError, match=said):
        control_plane.running(release, tmp_path, given).__enter__()


@pytest.mark.parametrize("path", ["admission-configuration.yaml", "audit-policy.yaml"])
@pytest.mark.parametrize("release", KUBERNETES)
def test_a_file_that_is_missing_keeps_the_server_from_starting(release, path, tmp_path):
    given = files(SILENT, minor(release))
    del given[f"control-plane/{path}"]
    with pytest.raises(NotReadyError, match=f"{path}: no such file"):
        control_plane.running(release, tmp_path, given).__enter__()


def test_what_is_replaced_is_not_looked_at_again():
    ports = {"etcd": 23801, "etcd peers": 20000, "etcd metrics": 20001} | dict.fromkeys(PROGRAMS[1:], 20002)
    flag = "--listen-client-urls=https://127.0.0.1:2379,https://127.0.0.1:2380"
    replaced = control_plane.replaced(flag, Path("/etc/kubernetes"), ports)
    assert replaced == "--listen-client-urls=https://127.0.0.1:23801,https://127.0.0.1:20000"


def test_who_does_not_answer_is_not_healthy():
    assert health.status("http://127.0.0.1:1", "/healthz") == 0
