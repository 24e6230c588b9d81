"""Who approves what kubelets serve: where there is an approver, and how it reads names and addresses."""

import configparser
import ipaddress
import re
import subprocess

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.control_planes import BODIES, EVERYTHING, SILENT, VERSIONS, WEAK, artifacts, files, plan

FOLDER = "control-plane/approve-serving-certificates"
ENDINGS = (".service", ".sh", ".timer", ".yaml")
OTHERS = ("k3s", "rke2", "eks", "gke", "aks")
SCRIPT = files(SILENT)[f"{FOLDER}.sh"]


def function(name):
    """The text of one of the script's functions."""
    return re.search(rf"^{name}\(\) \{{\n.*?^\}}\n", SCRIPT, re.MULTILINE | re.DOTALL)[0]


def run(name, given, *arguments):
    command = ["sh", "-euc", f'{function(name)}{name} "$@"', "sh", *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_pitfall_05_kubelets_are_checked_where_they_ask_and_somebody_approves(body, version):
    """Without a certificate that the API server can check, logs and exec fail."""
    rendered = files(body, version)
    flags = rendered["control-plane/kube-apiserver.flags"]
    checked = "--kubelet-certificate-authority=" in flags
    assert checked == (body != WEAK)
    assert {path for path in rendered if path.startswith(FOLDER)} == {
        f"{FOLDER}{ending}" for ending in ENDINGS if checked
    }
    for path, text in rendered.items():
        if path.endswith("/kubelet.yaml"):
            assert yaml.load(text, yaml.CSafeLoader)["serverTLSBootstrap"] == checked
    gaps = [gap for gap in plan(body, version).gaps if gap.path == "controlPlane.rotation.servingCertificates"]
    assert [f"{FOLDER}.sh" in gap.what for gap in gaps] == [True] * checked


@pytest.mark.parametrize("distribution", OTHERS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_there_is_no_approver_where_the_installer_or_the_provider_answers(body, distribution):
    rendered = files(body, "1.34", distribution)
    assert not [path for path in rendered if "approve" in path]
    assert plan(body, "1.34", distribution).serving is None
    # A kubelet of k3s or RKE2 is given its certificate: one that asked would wait for ever.
    document = yaml.load(rendered["nodes/shared/kubelet.yaml"], yaml.CSafeLoader)
    given = distribution in ("k3s", "rke2")
    assert ("serverTLSBootstrap" in document) == (not given)
    assert not given or "featureGates" not in document


def test_only_the_script_can_be_run():
    made = {artifact.path: artifact for artifact in artifacts(SILENT) if artifact.path.startswith(FOLDER)}
    assert [path for path, artifact in made.items() if artifact.executable] == [f"{FOLDER}.sh"]
    assert {artifact.measures for artifact in made.values()} == {("kubelet.serving-certificates",)}


def test_the_units_run_the_script_where_it_is_installed_as_it_says():
    service, timer = (configparser.RawConfigParser(strict=True) for _ in range(2))
    service.read_string(files(SILENT)[f"{FOLDER}.service"])
    timer.read_string(files(SILENT)[f"{FOLDER}.timer"])
    script = "/etc/kubernetes/hardener/approve-serving-certificates.sh"
    assert service["Service"]["ExecStart"] == f"/bin/sh {script}"
    kubeconfig = service["Service"]["Environment"].removeprefix("KUBECONFIG=")
    assert f"> {kubeconfig}\n" in SCRIPT
    assert "cp approve-serving-certificates.sh /etc/kubernetes/hardener/\n" in SCRIPT
    assert timer["Install"]["WantedBy"] == "timers.target"
    assert "systemctl enable --now approve-serving-certificates.timer" in SCRIPT
    assert "Install" not in service


def test_the_user_of_the_kubeconfig_is_the_one_that_has_the_rights():
    role, binding = yaml.load_all(files(SILENT)[f"{FOLDER}.yaml"], yaml.CSafeLoader)
    (subject,) = binding["subjects"]
    assert f"--client-name {subject['name']} " in SCRIPT
    assert (subject["kind"], binding["roleRef"]["name"]) == ("User", role["metadata"]["name"])
    assert not any("*" in str(rule) for rule in role["rules"])
    approving = [rule for rule in role["rules"] if "approve" in rule["verbs"]]
    assert [rule["resourceNames"] for rule in approving] == [["kubernetes.io/kubelet-serving"]]


def test_addresses_of_the_api_server_are_the_control_planes():
    body = "  apiServer: {addresses: [192.168.10.200/32, 192.168.10.0/29]}\n"
    serving = plan(body).serving
    assert (serving.nodes, serving.control_plane) == (
        ("192.168.10.0/24",),
        ("192.168.10.0/29", "192.168.10.200/32"),
    )
    assert run("control_plane_networks", "").split() == ["192.168.10.0/29"]
    assert run("node_networks", "").split() == ["192.168.10.0/24"]


def test_the_script_asks_for_nothing_but_a_plain_shell():
    subprocess.run(["sh", "-n"], input=SCRIPT, text=True, check=True)
    assert SCRIPT.startswith("#!/bin/sh\n")
    assert not re.search(r"\b(jq|python3?|bash)\b", SCRIPT)
    assert files(EVERYTHING)[f"{FOLDER}.sh"] == SCRIPT


# --- names, as they stand in a request ---

OID = bytes([0x06, 0x03, 0x55, 0x1D, 0x11])
KIND = st.sampled_from([0x81, 0x82, 0x86, 0x87, 0xA0])
NAMES = st.lists(st.tuples(KIND, st.binary(max_size=300)), min_size=1, max_size=6)
# What stands around the list in a request; by no chance the mark that it begins with.
AROUND = st.binary(max_size=60).filter(lambda some: OID not in some and not OID.startswith(some[-4:] or b"-"))


def element(tag, content):
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x81, size]) if size < 256 else bytes([0x82]) + size.to_bytes(2)
    return bytes([tag]) + length + content


def listed(names):
    return b"".join(element(kind, text) for kind, text in names)


def extension(names, critical=False):
    return OID + (b"\x01\x01\xff" if critical else b"") + element(0x04, element(0x30, listed(names)))


@given(AROUND, NAMES, st.booleans(), st.binary(max_size=60).filter(lambda some: OID not in some))
def test_every_name_of_a_request_is_seen_however_it_is_spelled(before, names, critical, after):
    text = before + extension(names, critical) + after
    if text.count(OID) == 1:
        shown = "".join(f"{kind:02x} {name.hex()}\n" for kind, name in names)
        assert run("names", text.hex()) == shown


@given(NAMES, NAMES)
def test_a_request_with_two_lists_has_none(first, second):
    assert run("names", (extension(first) + b"\x30\x00" + extension(second)).hex()) == "none\n"


@given(NAMES, st.integers(1, 5))
def test_a_list_that_is_cut_off_is_none(names, cut):
    whole = extension(names)
    assert run("names", whole[:-cut].hex()) == "none\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        element(0x30, b""),
        element(0x31, b"\x82\x01a"),
        element(0x30, b"\x82\x05a"),
        element(0x30, b"\x82\x01a") + b"x",
        element(0x30, b"\x82\x80a"),
        element(0x30, b"\x82\x83\x00\x00\x01a"),
    ],
)
def test_what_is_no_list_is_none(content):
    assert run("names", (OID + element(0x04, content)).hex()) == "none\n"
    assert run("names", (b"\x30\x03abc").hex()) == "none\n"


# --- addresses, as the API has them ---

ADDRESSES = st.ip_addresses(v=4) | st.ip_addresses(v=6, network="fd00::/16") | st.ip_addresses(v=6)
ADDRESSES = ADDRESSES.filter(lambda address: address.version == 4 or not address.ipv4_mapped)
RANGES = st.tuples(ADDRESSES, st.integers(0, 128)).map(
    lambda pair: ipaddress.ip_network((pair[0], min(pair[1], pair[0].max_prefixlen)), strict=False)
)
OUTSIDE = "an address outside of the profile's networks\n"
CONTROL = "an address of the control plane\n"


def told(node, addresses):
    listed = ",".join(f'{{"address":"{address}","type":"InternalIP"}}' for address in addresses)
    return f"node {node} [{listed}]\n"


def judged(asked, *, own=(), others=(), networks=(), control=(), leader=False):
    lines = told("n", own) + told("other", others) + ("leader n\n" if leader else "leader other\n")
    lines += "".join(f"network {network}\n" for network in networks)
    lines += "".join(f"control {network}\n" for network in control)
    return run("wrong_addresses", f"{lines}asked {asked.packed.hex()}\n", "n")


@given(ADDRESSES, st.lists(RANGES, max_size=3), st.lists(RANGES, max_size=2), st.booleans(), st.data())
def test_an_address_lies_where_it_lies(address, networks, control, leader, data):
    # A network of which the address misses one bit, or none that counts.
    bits = address.max_prefixlen
    near = type(address)(int(address) ^ (1 << data.draw(st.integers(0, bits - 1))))
    around = data.draw(st.integers(0, bits))
    networks = [*networks, ipaddress.ip_network((near, around), strict=False)]
    # The same address in another spelling is the same.
    spelled = data.draw(st.sampled_from([str(address), address.exploded, str(address).upper()]))
    inside = any(address in network for network in [*networks, *control])
    guarded = any(address in network for network in control)
    expected = OUTSIDE if not inside else CONTROL if guarded and not leader else ""
    assert judged(address, own=[spelled, "n"], networks=networks, control=control, leader=leader) == expected


@given(ADDRESSES, ADDRESSES)
def test_an_address_is_its_nodes_alone(address, another):
    everywhere = ["0.0.0.0/0", "::/0"]
    missing = "an address that the node does not have in the API\n"
    assert judged(address, own=[address], networks=everywhere) == ""
    assert judged(address, own=[], networks=everywhere) == missing
    assert judged(address, own=[another], networks=everywhere) == ("" if address == another else missing)
    both = judged(address, own=[address], others=[another, address], networks=everywhere)
    assert both == "an address that node other has as well\n"


@pytest.mark.parametrize(
    "text", ["", "n", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1::2::3", ":::", "1:2:3:4:5:6:7", "g::1"]
)
def test_what_is_no_address_is_nobodys(text):
    for asked in (ipaddress.ip_address("1.2.3.4"), ipaddress.ip_address("::1")):
        assert "does not have" in judged(asked, own=[text], networks=["0.0.0.0/0", "::/0"])
