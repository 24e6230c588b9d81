"""On a real control plane: what a kubelet may serve is approved and signed, and nothing else is."""

import base64
import os
import re
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from hardener import catalog
from tests.components import apiserver, build, control_plane
from tests.components.client import Client, RefusedError
from tests.components.pki import kubeconfig
from tests.components.releases import KUBERNETES, minor
from tests.control_planes import files
from tests.waiting import wait

ENDPOINT = "  apiServer: {endpoint: 'api.example.com:6443'}\n"
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
NODES = "/api/v1/nodes"
SIGNER = "kubernetes.io/kubelet-serving"
# What a kubelet asks for at every version. From 1.27 it leaves the second one out where its key is not RSA's.
SERVING = ["digital signature", "key encipherment", "server auth"]
NOT_RSA_SINCE = 27
OWN = "DNS:worker,IP:192.168.10.40"
LEADER = {"node-role.kubernetes.io/control-plane": ""}

# The nodes of the cluster and what their kubelets say that their addresses are. Two of them lie.
ADDRESSES = {
    "worker": ["192.168.10.40", "worker"],
    "leader": ["192.168.10.2", "leader"],
    "climber": ["192.168.10.41", "192.168.10.3", "climber"],
    "twin": ["192.168.10.42", "192.168.10.43", "twin"],
    "other": ["192.168.10.43", "other"],
    "stray": ["203.0.113.9", "stray"],
    "forger": ['192.168.10.44","type":"InternalIP"},{"address":"192.168.10.45', "192.168.10.46", "forger"],
}


class Approving:
    """A control plane, and the approver as it is installed there."""

    def __init__(self, plane: control_plane.ControlPlane, folder: Path):
        self.plane, self.folder = plane, folder
        self.script = plane.host / "etc/kubernetes/hardener/approve-serving-certificates.sh"
        approver = plane.authority.issue("approver", "/CN=hardener:serving-approver")
        self.kubeconfig = folder / "approver.conf"
        self.kubeconfig.write_text(
            kubeconfig(plane.address("kube-apiserver"), plane.authority, approver), encoding="utf-8"
        )
        self.programs = folder / "programs"
        self.programs.mkdir()
        (self.programs / "kubectl").symlink_to(build.component("kubectl", plane.release))

    def run(self, programs: Path | None = None):
        path = f"{programs or self.programs}:{os.environ['PATH']}"
        # As systemd starts it: nobody is at home.
        environment = {"PATH": path, "KUBECONFIG": str(self.kubeconfig)}
        return subprocess.run(("sh", self.script), capture_output=True, text=True, env=environment, check=False)

    def user(self, name, *groups):
        identity = self.plane.authority.issue("asking", "".join(f"/O={group}" for group in groups) + f"/CN={name}")
        return closing(Client(self.plane.port, apiserver.trust(self.plane.authority, identity)))

    def pem(self, subject, names=OWN, *, more=(), key="ec"):
        """A request as openssl writes it, which is as kubelets do."""
        file = self.folder / "request.pem"
        keys = {"ec": ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"), "rsa": ("rsa:2048",)}[key]
        extensions = [f"subjectAltName={names}"] if names else []
        options = [word for line in (*extensions, *more) for word in ("-addext", line)]
        command = ("openssl", "req", "-new", "-config", "/dev/null", "-nodes", "-keyout", os.devnull, "-subj", subject)
        subprocess.run((*command, "-newkey", *keys, "-out", file, *options), check=True, capture_output=True)
        return file.read_bytes()

    def send(self, text, user, *, usages=SERVING, signer=SIGNER, called=None):
        """Give a request to the API server, as a user; what it is called."""
        spec = {"request": base64.b64encode(text).decode(), "signerName": signer, "usages": usages}
        body = {"metadata": {"name": called} if called else {"generateName": "csr-"}, "spec": spec}
        with self.user(*user) as client:
            return client.create(REQUESTS, body).object["metadata"]["name"]

    def ask(self, node="worker", names=OWN, *, user=None, subject=None, usages=SERVING, signer=SIGNER, **written):
        """Ask for a certificate, as a node unless a `user` is given; what the request is called."""
        text = self.pem(subject or f"/O=system:nodes/CN=system:node:{node}", names, **written)
        return self.send(text, user or (f"system:node:{node}", "system:nodes"), usages=usages, signer=signer)

    def decide(self, name, condition):
        """What an administrator may do, whatever the approver says."""
        conditions = [{"type": condition, "status": "True", "reason": "ByHand"}]
        self.plane.admin.patch(f"{REQUESTS}/{name}/approval", {"status": {"conditions": conditions}})

    def decided(self, name):
        status = self.plane.admin.get(f"{REQUESTS}/{name}").get("status", {})
        return [condition["type"] for condition in status.get("conditions", ())]

    def certificate(self, name):
        deadline = time.monotonic() + 20
        while "certificate" not in (status := self.plane.admin.get(f"{REQUESTS}/{name}")["status"]):
            assert time.monotonic() < deadline, status
            time.sleep(0.1)
        return base64.b64decode(status["certificate"])


@pytest.fixture(scope="module", params=KUBERNETES)
def approving(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("approving")
    rendered = files(ENDPOINT, minor(request.param))
    with control_plane.running(request.param, folder, rendered, "kube-controller-manager") as plane:
        plane.apply([rendered["control-plane/approve-serving-certificates.yaml"], ASKING])
        for name, addresses in ADDRESSES.items():
            labels = LEADER if name == "leader" else {}
            plane.admin.create(NODES, {"metadata": {"name": name, "labels": labels}})
            told = [{"type": "InternalIP" if "." in each else "Hostname", "address": each} for each in addresses]
            plane.admin.patch(f"{NODES}/{name}/status", {"status": {"addresses": told}})
        yield Approving(plane, folder)


# Who may ask at all, beside nodes: more than anybody should, so that the approver is what refuses.
ASKING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: asking}
rules: [{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: asking}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: asking}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"}]
"""


@pytest.fixture
def clean(approving):
    yield approving
    for request in approving.plane.admin.get(REQUESTS)["items"]:
        approving.plane.admin.delete(f"{REQUESTS}/{request['metadata']['name']}")


def shown(program, text):
    """The names in a request or a certificate as openssl lists them."""
    command = ("openssl", program, "-noout", "-text")
    listed = subprocess.run(command, input=text, capture_output=True, check=True).stdout.decode()
    return re.findall(r"(?:DNS|IP Address):[^,\s]+", listed)


@pytest.mark.parametrize(
    ("node", "names", "key", "usages"),
    [
        ("worker", OWN, "ec", SERVING),
        ("worker", OWN, "rsa", SERVING),
        ("worker", "DNS:worker", "ec", ["server auth", "digital signature"]),
        ("leader", "IP:192.168.10.2,DNS:leader", "ec", SERVING[::-1]),
        ("climber", "IP:192.168.10.41", "ec", SERVING),
        ("twin", "IP:192.168.10.42", "ec", SERVING),
    ],
)
def test_what_a_kubelet_may_serve_is_approved_and_signed(clean, node, names, key, usages):
    old = catalog.minor(minor(clean.plane.release)) < NOT_RSA_SINCE
    name = clean.ask(node, names, key=key, usages=SERVING if old else usages)
    run = clean.run()
    assert (run.returncode, run.stdout, run.stderr) == (0, f"approved: {name} of system:node:{node}\n", "")
    assert sorted(shown("x509", clean.certificate(name))) == sorted(names.replace("IP:", "IP Address:").split(","))
    assert clean.run().stdout == ""


def der(*names):
    """A list of names as bytes, each with its kind."""
    inner = b"".join(bytes([kind, len(text)]) + text for kind, text in names)
    return "DER:" + ":".join(f"{byte:02x}" for byte in bytes([0x30, len(inner)]) + inner)


DNS, ADDRESS = 0x82, 0x87
LEFT_ALONE = {
    "another signer": ({"signer": "example.com/own"}, "it is for another signer"),
    "somebody who is no node": ({"user": ("mallory", "system:nodes")}, "no node asks for it"),
    "a node of an odd name": (
        {"user": ("system:node:A", "system:nodes"), "subject": "/O=system:nodes/CN=system:node:A"},
        "no node asks for it",
    ),
    "a node that is called like the API server": (
        {"node": "kubernetes.default.svc", "names": "DNS:kubernetes.default.svc"},
        "its name is the API server's",
    ),
    "a node that is called as everybody calls the API server": (
        {"node": "api.example.com", "names": "DNS:api.example.com"},
        "its name is the API server's",
    ),
    "no group of nodes": ({"user": ("system:node:worker",)}, "who asks is not in the group system:nodes"),
    "a group that looks like it": (
        {"user": ("system:node:worker", "x:system:nodes")},
        "who asks is not in the group system:nodes",
    ),
    "clients as well": ({"usages": [*SERVING, "client auth"]}, "it is not for serving alone"),
    "clients alone": ({"usages": ["digital signature", "client auth"]}, "it is not for serving alone"),
    "no signing": ({"usages": ["server auth"]}, "it is not for serving alone"),
    "another node's name": (
        {"subject": "/O=system:nodes/CN=system:node:other"},
        "it is in another name than the node's",
    ),
    "no organization": ({"subject": "/CN=system:node:worker"}, "it is in another name than the node's"),
    "one organization more": (
        {"subject": "/O=system:masters/O=system:nodes/CN=system:node:worker"},
        "it is in another name than the node's",
    ),
    "two names in one": (
        {"subject": "/O=system:nodes/CN=system:node:worker,O=system:nodes"},
        "it is in another name than the node's",
    ),
    "the API server's DNS name": (
        {"names": "DNS:worker,DNS:kubernetes.default.svc"},
        "a DNS name that is not the node's",
    ),
    "a name below the node's": ({"names": "DNS:x.worker"}, "a DNS name that is not the node's"),
    "any name": ({"names": "DNS:*"}, "a DNS name that is not the node's"),
    "another node's address": ({"names": "IP:192.168.10.43"}, "an address that the node does not have in the API"),
    "an address of nobody": ({"names": "IP:192.168.10.99"}, "an address that the node does not have in the API"),
    "the API server's address": ({"names": "IP:10.96.0.1"}, "an address that the node does not have in the API"),
    "an address out of the way": (
        {"node": "stray", "names": "IP:203.0.113.9"},
        "an address outside of the profile's networks",
    ),
    "an address of the control plane": (
        {"node": "climber", "names": "IP:192.168.10.41,IP:192.168.10.3"},
        "an address of the control plane",
    ),
    "an address of two": (
        {"node": "twin", "names": "IP:192.168.10.42,IP:192.168.10.43"},
        "an address that node other has as well",
    ),
    "a forged list of addresses": (
        {"node": "forger", "names": "IP:192.168.10.45"},
        "an address that the node does not have in the API",
    ),
    "a node that is not there": (
        {"node": "ghost", "names": "IP:192.168.10.40"},
        "an address that the node does not have in the API",
    ),
    "no name at all": ({"names": ""}, "a name that is neither for DNS nor an address, or none at all"),
    "a mail address": (
        {"names": f"{OWN},email:a@worker"},
        "a name that is neither for DNS nor an address, or none at all",
    ),
    "a URI": ({"names": f"{OWN},URI:https://worker"}, "a name that is neither for DNS nor an address, or none at all"),
    "a name hidden behind a line break": (
        {"names": der((DNS, b"worker\n"), (DNS, b"kubernetes"))},
        "a DNS name that is not the node's",
    ),
    "a name that looks like two": ({"names": der((DNS, b"worker, DNS:other"))}, "a DNS name that is not the node's"),
    "a second list": (
        {"more": ("1.2.3.4=DER:06:03:55:1d:11:04:0a:30:08:82:06:77:6f:72:6b:65:72",)},
        "a name that is neither for DNS nor an address, or none at all",
    ),
}
# What newer API servers refuse before there is anything to approve (admitCSR in plugin/pkg/admission/noderestriction).
REFUSING_SINCE = 31
REFUSED = {"another node's name", "two names in one"}


@pytest.mark.parametrize("wrong", LEFT_ALONE)
def test_whatever_else_is_asked_for_is_left_alone_and_named(clean, wrong):
    asked, reason = LEFT_ALONE[wrong]
    if wrong in REFUSED and catalog.minor(minor(clean.plane.release)) >= REFUSING_SINCE:
        with pytest.raises(RefusedError, match="can only create a node CSR with"):
            clean.ask(**asked)
        return
    name = clean.ask(**asked)
    run = clean.run()
    status = 0 if reason == "it is for another signer" else 1
    assert (run.returncode, run.stdout, run.stderr) == (status, "", f"left alone: {name}: {reason}\n")
    assert clean.decided(name) == []


WORKER = ("system:node:worker", "system:nodes")
BEGIN, END = b"-----BEGIN CERTIFICATE REQUEST-----\n", b"-----END CERTIFICATE REQUEST-----\n"


def test_what_openssl_reads_is_not_what_is_signed(clean):
    """Of two requests in one text openssl takes the first, which it thinks to end at a stroke, and Go the second."""
    honest, forged = (clean.pem("/O=system:nodes/CN=system:node:worker", names) for names in (OWN, "DNS:kubernetes"))
    text = honest.replace(b"\n" + END, b"-\n" + END) + forged
    assert shown("req", text) == ["DNS:worker", "IP Address:192.168.10.40"]
    name = clean.send(text, WORKER)
    assert clean.run().stderr == f"left alone: {name}: it is not written as kubelets do\n"
    assert clean.decided(name) == []
    # The break: whoever approves what openssl shows has this signed.
    clean.decide(name, "Approved")
    assert shown("x509", clean.certificate(name)) == ["DNS:kubernetes"]


# What Go takes for the same request, or for one at all.
WRITTEN_OTHERWISE = {
    "text in front": lambda text: b"subject: worker\n" + text,
    "text behind": lambda text: text + b"and more\n",
    "an empty line behind": lambda text: text + b"\n",
    "no end of the last line": lambda text: text[:-1],
    "another line's end": lambda text: text.replace(b"\n", b"\r\n"),
    "a blank behind the beginning": lambda text: text.replace(BEGIN, BEGIN[:-1] + b" \n"),
    "a header": lambda text: text.replace(BEGIN, BEGIN + b"names: worker\n\n"),
    "longer lines": lambda text: BEGIN + text[len(BEGIN) : -len(END)].replace(b"\n", b"") + b"\n" + END,
    "the same twice": lambda text: text * 2,
    "a byte that is none": lambda text: text + b"\0",
}


@pytest.mark.parametrize("otherwise", WRITTEN_OTHERWISE)
def test_a_request_that_is_not_written_as_kubelets_do_is_left_alone(clean, otherwise):
    text = clean.pem("/O=system:nodes/CN=system:node:worker")
    name = clean.send(WRITTEN_OTHERWISE[otherwise](text), WORKER)
    run = clean.run()
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == f"left alone: {name}: it is not written as kubelets do\n"
    assert clean.decided(name) == []


def test_a_request_that_is_called_like_an_option_is_left_alone(clean):
    """kubectl would watch for ever what it is told to."""
    clean.send(clean.pem("/O=system:nodes/CN=system:node:worker"), WORKER, called="--watch")
    run = clean.run()
    assert (run.returncode, run.stdout, run.stderr) == (1, "", "left alone: a request with an odd name\n")


def test_one_that_is_wrong_does_not_hold_up_the_others(clean):
    wrong, right = clean.ask(names="DNS:other"), clean.ask()
    run = clean.run()
    assert run.stdout == f"approved: {right} of system:node:worker\n"
    assert run.stderr == f"left alone: {wrong}: a DNS name that is not the node's\n"
    assert (clean.decided(wrong), clean.decided(right)[:1]) == ([], ["Approved"])


def test_what_somebody_decided_stays(clean):
    name = clean.ask()
    clean.decide(name, "Denied")
    run = clean.run()
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert clean.decided(name) == ["Denied"]


def test_a_request_that_changes_while_it_is_looked_at_is_not_approved(clean):
    """A name can be taken by another request in that time; its version cannot."""
    name = clean.ask()
    programs = clean.folder / "meddling"
    programs.mkdir(exist_ok=True)
    kubectl, wrapper = clean.programs / "kubectl", programs / "kubectl"
    mark = f"{clean.folder}/replacing"
    # Waits where the approval is about to be sent, until the test has changed the request.
    wrapper.write_text(
        f'#!/bin/sh\ncase "$*" in *replace*) touch {mark}; while [ -e {mark} ]; do sleep 0.05; done ;; esac\n'
        f'exec {kubectl} "$@"\n'
    )
    wrapper.chmod(0o755)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "KUBECONFIG": str(clean.kubeconfig)}
    script = subprocess.Popen(("sh", clean.script), stderr=subprocess.PIPE, text=True, env=environment)
    wait(Path(mark).exists)
    clean.plane.admin.patch(f"{REQUESTS}/{name}", {"metadata": {"annotations": {"changed": "yes"}}})
    Path(mark).unlink()
    _, said = script.communicate(timeout=60)
    assert "the object has been modified" in said
    assert clean.decided(name) == []
    assert clean.run().stdout == f"approved: {name} of system:node:worker\n"


def test_the_approver_may_do_nothing_else(clean):
    name = clean.ask(signer="example.com/own")
    with clean.user("hardener:serving-approver") as approver:
        conditions = [{"type": "Approved", "status": "True", "reason": "Because"}]
        with pytest.raises(RefusedError, match="403"):
            approver.patch(f"{REQUESTS}/{name}/approval", {"status": {"conditions": conditions}})
        for path in ("/api/v1/namespaces/kube-system/secrets", "/api/v1/pods", f"{NODES}/worker/proxy/logs/"):
            with pytest.raises(RefusedError, match="403"):
                approver.get(path)
        with pytest.raises(RefusedError, match="403"):
            approver.patch(f"{NODES}/climber", {"metadata": {"labels": LEADER}})
        with pytest.raises(RefusedError, match="403"):
            approver.delete(f"{REQUESTS}/{name}")
    assert clean.decided(name) == []


def test_a_kubelet_cannot_call_itself_the_control_plane(approving):
    with approving.user("system:node:climber", "system:nodes") as kubelet:
        kubelet.patch(f"{NODES}/climber", {"metadata": {"annotations": {"mine": "yes"}}})
        with pytest.raises(RefusedError, match="is not allowed to modify labels"):
            kubelet.patch(f"{NODES}/climber", {"metadata": {"labels": LEADER}})


def test_where_the_api_server_cannot_be_reached_the_script_fails(approving, tmp_path):
    (tmp_path / "kubectl").write_text("#!/bin/sh\necho unreachable >&2\nexit 1\n")
    (tmp_path / "kubectl").chmod(0o755)
    run = approving.run(tmp_path)
    assert run.returncode == 1
    assert "unreachable" in run.stderr
