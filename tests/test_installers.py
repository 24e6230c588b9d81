"""What the files of kubeadm, k3s and RKE2 tell the people who install a cluster by them, and in which order."""

import re

import pytest
import yaml

from hardener.errors import ProfileError
from hardener.expand import expand
from hardener.profile import read
from hardener.rules import read_sound
from hardener.source import parse
from tests.control_planes import BODIES, EVERYTHING, SILENT, VERSIONS, files, plan
from tests.rendering import refusals, written


def cluster(body, version):
    """kubeadm's ClusterConfiguration."""
    return next(yaml.load_all(files(body, version)["control-plane/kubeadm.yaml"], yaml.CSafeLoader))


ENDPOINT = "  apiServer: {endpoint: 'api.example.com:8443'}\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_second_host_of_the_control_plane_joins_where_an_endpoint_leads_to_all(version):
    """kubeadm puts its host into the certificates, and refuses --control-plane without it."""
    assert cluster(ENDPOINT, version)["controlPlaneEndpoint"] == "api.example.com:8443"
    assert "controlPlaneEndpoint" not in cluster(SILENT, version)
    for body in (SILENT, ENDPOINT):
        header = files(body, version)["control-plane/kubeadm.yaml"].partition("apiVersion")[0]
        possible = "--control-plane --certificate-key KEY\n" in header
        assert possible == ("kubeadm init phase upload-certs --upload-certs --config" in header) == (body == ENDPOINT)
        assert ("the profile must give cluster.apiServer.endpoint" in header) == (body == SILENT)
        gaps = [gap for gap in plan(body, version).gaps if "cluster.apiServer.endpoint" in gap.what]
        assert [gap.who for gap in gaps] == ["administrator"] * (body == SILENT)
    other_port = ENDPOINT.replace("{", "{port: 7443, ")
    assert "--apiserver-bind-port PORT\n" in files(other_port, version)["control-plane/kubeadm.yaml"]


@pytest.mark.parametrize(
    ("ranges", "one"),
    [
        ("[192.168.10.1/32]", True),
        ("[192.168.10.1/32, 'fd00::1/128']", True),
        ("[192.168.10.1/32, 192.168.10.2/32]", False),
        ("[192.168.10.0/31]", False),
        ("['fd00::/127']", False),
        ("[]", False),
    ],
)
def test_one_host_needs_no_endpoint(ranges, one):
    text = written(SILENT).replace("controlPlane: [192.168.10.0/29]", f"controlPlane: {ranges}")
    gaps = expand(read(parse(text, "profile.yaml"))).gaps
    assert f"controlPlane: {ranges}" in text
    assert ("cluster.apiServer" in [gap.path for gap in gaps]) != one


@pytest.mark.parametrize("distribution", ["eks", "gke", "aks"])
def test_a_provider_gives_its_api_server_a_name_itself(distribution):
    def told(body):
        return [gap.who for gap in plan(body, "1.34", distribution).gaps if gap.path == "cluster.apiServer.endpoint"]

    assert (told(ENDPOINT), told(SILENT)) == (["provider"], [])


# What the header of an installer's file must name, in the order in which it is done.
ORDER = (
    "nodes/POOL/sysctl.conf",
    "nodes/POOL/modprobe.conf",
    "nodes/POOL/kubelet.yaml",
    "install -m 600 control-plane/* /etc/kubernetes/hardener/",
    "control-plane/etcd.nft",
    "kubectl apply -f manifests/namespaces/kube-system",
    "kubectl apply -k manifests",
    "sh nodes/label-nodes.sh POOL NODE",
    "sh nodes/POOL/permissions.sh",
)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("distribution", ["kubeadm", "k3s", "rke2"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_an_installers_file_says_the_whole_order_of_work(body, distribution, version):
    """From the first host's kernel to the last node's labels: each file for hosts has its step."""
    rendered = files(body, version, distribution)
    text = rendered[f"control-plane/{distribution}.yaml"]
    header = "".join(line for line in text.splitlines(True) if line.startswith("#"))
    places = [header.index(step) for step in ORDER]
    assert places == sorted(places)
    steps = [int(number) for number in re.findall(r"^# (\d)\. ", header, re.MULTILINE)]
    approver = "control-plane/approve-serving-certificates.sh" in rendered
    assert steps == list(range(1, 8 if approver else 7))
    assert ("control-plane/approve-serving-certificates.sh" in header) == approver
    for path in (path.replace("nodes/shared/", "nodes/POOL/") for path in rendered if path.startswith("nodes/shared/")):
        named_there = path.endswith((".flags", ".labels", f"/{distribution}.yaml"))
        assert named_there or path in header, path


@pytest.mark.parametrize("distribution", ["kubeadm", "k3s", "rke2"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_for_hosts_goes_to_one_place(distribution, version):
    """Only the file itself says where the kernel's settings go."""
    rendered = files(EVERYTHING, version, distribution)
    folders = re.findall(r"/etc/(?:sysctl|modprobe)\.d/\S+", "".join(rendered.values()))
    assert set(folders) == {"/etc/sysctl.d/99-hardener.conf,", "/etc/modprobe.d/hardener.conf."}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("distribution", ["kubeadm", "k3s", "rke2"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_every_host_of_the_control_plane_is_told_to_take_the_first_ones_keys(body, distribution, version):
    """A key of each host's own could not read what the others wrote."""
    rendered = files(body, version, distribution)
    lines = rendered[f"control-plane/{distribution}.yaml"].splitlines()
    ours = "control-plane/encryption-keys.sh" in rendered
    for step in ("sh control-plane/encryption-keys.sh", "sh control-plane/encryption-keys.sh take FILE"):
        assert (f"#      {step}" in lines) == ours
    if ours:
        before = lines[lines.index("#      sh control-plane/encryption-keys.sh take FILE") - 1]
        assert "each other one takes them" in before


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("distribution", ["kubeadm", "k3s", "rke2"])
def test_pod_security_policies_are_applied_before_the_systems_pods_can_run(distribution, version):
    """At 1.24 a pod that may use none is refused: kube-proxy, DNS and the network plugin as well."""
    header = files(SILENT, version, distribution)[f"control-plane/{distribution}.yaml"]
    policies = "#      kubectl apply -f manifests/cluster/pods.yaml\n"
    assert (policies in header) == (version == "1.24")
    assert ("PodSecurityPolicy, not even kube-proxy" in header) == (version == "1.24")
    if version == "1.24":
        assert header.index(policies) < header.index("kubectl apply -f manifests/namespaces/kube-system")


# --- what an endpoint may be, and what becomes of it ---


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("api.example.com", "api.example.com"),
        ("api.example.com:443", "api.example.com"),
        ("192.168.10.7:6443", "192.168.10.7"),
        ("fd00::7", "fd00::7"),
        ("[fd00::7]:6443", "fd00::7"),
    ],
)
def test_the_servers_certificates_are_good_for_the_endpoints_host(text, host):
    body = f"  apiServer: {{endpoint: '{text}'}}\n"
    assert refusals(body) == []
    for installer in ("k3s", "rke2"):
        told = yaml.load(files(body, "1.34", installer)[f"control-plane/{installer}.yaml"], yaml.CSafeLoader)
        # A list of the same name without + would replace what the host's own config.yaml says.
        assert told["tls-san+"] == [host]
        silent = yaml.load(files(SILENT, "1.34", installer)[f"control-plane/{installer}.yaml"], yaml.CSafeLoader)
        assert not [key for key in silent if "tls-san" in key]
    assert cluster(body, "1.34")["controlPlaneEndpoint"] == text


@pytest.mark.parametrize(
    "text",
    [
        "10.244.3.4",
        "10.96.0.1:6443",
        "127.0.0.1",
        "[::1]:6443",
        "::",
        "0.0.0.0",
        "fe80::1",
        "169.254.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "192.168.10.256",
        "1234",
        "1234:5678",
        "fd00::1::2",
        "::ffff:c0a8:a07",
        "localhost",
        "kubernetes:6443",
        "kubernetes.default.svc",
        "api.example.com:0",
        "api.example.com:65536",
    ],
)
def test_an_endpoint_that_leads_nowhere_is_refused(text):
    assert refusals(f"  apiServer: {{endpoint: '{text}'}}\n") == [("cluster.endpoint", "cluster.apiServer.endpoint")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":6443",
        "https://api.example.com",
        "api.example.com:",
        "API.example.com",
        "a b",
        "[fd00::1]",
        "a\\n",
        "a/b",
        "-a",
    ],
)
def test_an_endpoint_has_the_form_of_one(text):
    assert [where for _, where in refusals(f'  apiServer: {{endpoint: "{text}"}}\n')] == ["cluster.apiServer.endpoint"]


def test_ranges_that_cannot_be_read_are_refused_beside_an_endpoint():
    body = "  apiServer: {endpoint: 192.168.10.7}\n"
    text = written(body).replace("10.244.0.0/16", "10.244.0.1/16")
    with pytest.raises(ProfileError) as refusal:
        read_sound(parse(text, "profile.yaml"))
    assert [problem.rule for problem in refusal.value.problems] == ["network.range"]
