"""Who approves what kubelets serve: where there is an approver, and how it reads names and addresses."""

import configparser
import ipaddress
import re
import subprocess

import pytest
import yaml
from hypothesis import given, settings
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


@pytest.mark.parametrize(
    ("text", "names", "guarded"),
    [
        ("api.example.com:6443", ["api.example.com"], ["192.168.10.0/29"]),
        ("192.168.10.200:6443", [], ["192.168.10.0/29", "192.168.10.200/32"]),
        ("fd00::7", [], ["192.168.10.0/29", "fd00::7/128"]),
    ],
)
def test_no_node_may_ask_for_what_everybody_calls_the_api_server(text, names, guarded):
    """A name is nobody's, and an address the control plane's, as is one that the API server has itself."""
    body = f"  apiServer: {{endpoint: '{text}'}}\n"
    assert (list(plan(body).serving.names), list(plan(body).serving.control_plane)) == (names, guarded)
    script = files(body)[f"{FOLDER}.sh"]
    for function_name, listed in (("api_server_names", names), ("control_plane_networks", guarded)):
        printed = re.search(rf"^{function_name}\(\) \{{\n.*?^END\n\}}\n", script, re.MULTILINE | re.DOTALL)[0]
        command = ["sh", "-euc", printed + function_name]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == listed


def test_the_script_asks_for_nothing_but_a_plain_shell():
    subprocess.run(["sh", "-n"], input=SCRIPT, text=True, check=True)
    assert SCRIPT.startswith("#!/bin/sh\n")
    assert not re.search(r"\b(jq|python3?|bash|openssl)\b", SCRIPT)
    assert files(EVERYTHING)[f"{FOLDER}.sh"] == SCRIPT


# --- a request, byte for byte ---

ORGANIZATION, COMMON_NAME = bytes.fromhex("55040a"), bytes.fromhex("550403")
UTF8, PRINTABLE, IA5, TELETEX, BMP = 0x0C, 0x13, 0x16, 0x14, 0x1E
EXTENSIONS, ALTERNATIVE_NAMES = bytes.fromhex("06092a864886f70d01090e"), bytes.fromhex("0603551d11")
KEY = bytes.fromhex("3003010200")
KIND = st.sampled_from([0x81, 0x82, 0x86, 0x87, 0xA0])
NAMES = st.lists(st.tuples(KIND, st.binary(max_size=300)), min_size=1, max_size=6)
PARTS = st.lists(st.tuples(st.binary(max_size=4), st.sampled_from([UTF8, PRINTABLE]), st.binary(max_size=300)))
OWN_NAMES = [(0x82, b"worker"), (0x87, b"\1\2\3\4")]


def element(tag, *content):
    text = b"".join(content)
    size = len(text)
    length = bytes([size]) if size < 128 else bytes([0x81, size]) if size < 256 else bytes([0x82]) + size.to_bytes(2)
    return bytes([tag]) + length + text


def part(identifier, kind, text):
    return element(0x30, element(0x06, identifier), element(kind, text))


OWN_SUBJECT = [
    element(0x31, part(ORGANIZATION, PRINTABLE, b"system:nodes")),
    element(0x31, part(COMMON_NAME, PRINTABLE, b"system:node:worker")),
]


def listed(names):
    return b"".join(element(kind, text) for kind, text in names)


def extension(names, critical=False):
    mark = b"\x01\x01\xff" if critical else b""
    return element(0x30, ALTERNATIVE_NAMES, mark, element(0x04, element(0x30, listed(names))))


def extensions(*given):
    """The attribute that asks for extensions."""
    return element(0x30, EXTENSIONS, element(0x31, element(0x30, *given)))


def asked(*attributes, subject=OWN_SUBJECT, version=b"\x02\x01\x00", key=KEY):
    """A request, and what a reader finds who looks no further than at its shape: nobody checks the signature here."""
    return element(0x30, element(0x30, version, element(0x30, *subject), key, element(0xA0, *attributes)), KEY)


OWN = asked(extensions(extension(OWN_NAMES)))
OWN_READ = f"subject 55040a {b'system:nodes'.hex()}\nsubject 550403 {b'system:node:worker'.hex()}\n"
OWN_READ += f"82 {b'worker'.hex()}\n87 01020304\n"


def read(request):
    return run("read_request", request.hex())


def is_refused(request):
    """Whether the last line is the one that nobody takes for a name."""
    return read(request).endswith("broken\n")


@settings(max_examples=50)
@given(PARTS, NAMES, st.booleans())
def test_every_name_of_a_request_is_seen_however_it_is_spelled(parts, names, critical):
    subject = [element(0x31, part(*each)) for each in parts]
    shown = "".join(f"subject {identifier.hex()} {text.hex()}\n" for identifier, _, text in parts)
    shown += "".join(f"{kind:02x} {name.hex()}\n" for kind, name in names)
    assert read(asked(extensions(extension(names, critical)), subject=subject)) == shown


def test_what_a_kubelet_writes_is_read():
    assert read(OWN) == OWN_READ


@settings(max_examples=50)
@given(st.integers(1, len(OWN) - 1))
def test_a_request_that_is_cut_off_is_none(cut):
    assert is_refused(OWN[:-cut])


def with_value(identifier, *value):
    """An extension of any kind, or with any value."""
    return element(0x30, identifier, element(0x04, *value))


# What openssl and Go read in different ways, or one release of Go in another way than the next.
FORGED = extension([(0x82, b"kubernetes")])
OTHER_EXTENSION = element(0x30, bytes.fromhex("0603551d0f"), element(0x04, b"\x03\x02\x07\x80"))
MICROSOFTS = bytes.fromhex("060a2b06010401823702010e")
CHALLENGE = element(0x30, bytes.fromhex("06092a864886f70d010907"), element(0x31, element(UTF8, b"secret")))
GOOD = extension(OWN_NAMES)
OWN_LIST = element(0x30, listed(OWN_NAMES))
READ_DIFFERENTLY = {
    "no attribute": asked(),
    "no extension": asked(extensions()),
    "no name": asked(extensions(extension([]))),
    "two lists": asked(extensions(GOOD, FORGED)),
    "two lists, apart": asked(extensions(GOOD), extensions(FORGED)),
    "two lists in one attribute": asked(
        element(0x30, EXTENSIONS, element(0x31, element(0x30, GOOD), element(0x30, FORGED)))
    ),
    "another extension": asked(extensions(OTHER_EXTENSION, GOOD)),
    "another extension behind": asked(extensions(GOOD, OTHER_EXTENSION)),
    "another attribute": asked(CHALLENGE, extensions(GOOD)),
    "another attribute behind": asked(extensions(GOOD), CHALLENGE),
    "an attribute that only openssl reads": asked(element(0x30, MICROSOFTS, element(0x31, element(0x30, GOOD)))),
    "an identifier with a zero in it": asked(extensions(with_value(b"\x06\x04\x55\x1d\x80\x11", OWN_LIST))),
    "more behind the request": OWN + b"\x05\x00",
    "more than names in the list": asked(extensions(with_value(ALTERNATIVE_NAMES, OWN_LIST, b"\x05\x00"))),
    "a list of another kind": asked(extensions(with_value(ALTERNATIVE_NAMES, element(0x31, listed(OWN_NAMES))))),
    "a name that reaches too far": asked(extensions(with_value(ALTERNATIVE_NAMES, b"\x30\x03\x82\x02a"))),
    "a mark that is false": asked(extensions(with_value(ALTERNATIVE_NAMES + b"\x01\x01\x00", OWN_LIST))),
    "a length that is too long": asked(extensions(GOOD), key=b"\x30\x81\x03\x01\x02\x00"),
    "a longer one that is too long": asked(extensions(GOOD), key=b"\x30\x82\x00\x80" + bytes(128)),
    "a length of three bytes": asked(extensions(GOOD), key=b"\x30\x83" + bytes(131)),
    "a length that nobody says": b"\x30\x80" + OWN[3:] + b"\x00\x00",
    "another version": asked(extensions(GOOD), version=b"\x02\x01\x01"),
    **{
        f"a text of kind {kind}": asked(
            extensions(GOOD), subject=[OWN_SUBJECT[0], element(0x31, part(COMMON_NAME, kind, b"system:node:worker"))]
        )
        for kind in (IA5, TELETEX, BMP)
    },
    "two texts in one part": asked(
        extensions(GOOD),
        subject=[
            element(
                0x31,
                part(ORGANIZATION, PRINTABLE, b"system:nodes"),
                part(COMMON_NAME, PRINTABLE, b"system:node:worker"),
            )
        ],
    ),
}


@pytest.mark.parametrize("difference", READ_DIFFERENTLY)
def test_what_two_readers_could_read_differently_is_refused(difference):
    assert READ_DIFFERENTLY[difference] != OWN
    assert is_refused(READ_DIFFERENTLY[difference])


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


def test_an_ipv4_address_that_is_written_as_one_of_ipv6_is_nobodys():
    """Go writes it into the certificate with four bytes, and those may be the control plane's."""
    address = ipaddress.ip_address("::ffff:192.168.10.3")
    for spelled in ("::ffff:c0a8:a03", "0:0:0:0:0:FFFF:C0A8:0A03", "::ffff:192.168.10.3"):
        said = judged(address, own=[spelled], networks=["::/0", "0.0.0.0/0"], control=["192.168.10.0/29"])
        assert said == "an address that the node does not have in the API\n"


@pytest.mark.parametrize(
    "text", ["", "n", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1::2::3", ":::", "1:2:3:4:5:6:7", "g::1"]
)
def test_what_is_no_address_is_nobodys(text):
    for asked in (ipaddress.ip_address("1.2.3.4"), ipaddress.ip_address("::1")):
        assert "does not have" in judged(asked, own=[text], networks=["0.0.0.0/0", "::/0"])
