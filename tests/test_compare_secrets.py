"""A weaker key, a resource that is stored as it comes, and a way to etcd are told, whatever opens them."""

import ipaddress
import itertools

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from hardener.compare.secrets.firewall import firewall
from hardener.compare.sides import Sides
from tests.compared import compared, directions, edited, of_files, rendered, told
from tests.control_planes import EVERYTHING

FILE = "control-plane/encryption-configuration.yaml"
NFT = "control-plane/etcd.nft"
ETCD = "control-plane/etcd.flags"
KEYS = "control-plane/encryption-keys.sh"
UNDECIDED = "(it cannot be decided what this does to the promises)"
PROVIDERS = ("kms", "secretbox", "aesgcm", "aescbc")


def encrypted(provider, resources="[secrets]", more=""):
    kms = ', kms: {endpoint: "unix:///run/kms/kms.sock"}' if provider == "kms" else ""
    return f"controlPlane: {{encryption: {{provider: {provider}, resources: {resources}{kms}{more}}}}}\n"


@pytest.mark.parametrize(("strong", "weak"), [*itertools.combinations(PROVIDERS, 2)])
@pytest.mark.parametrize("distribution", ["kubeadm", "k3s"])
def test_a_weaker_provider_is_weaker_whoever_holds_the_key(strong, weak, distribution):
    """k3s encrypts by itself with aescbc and secretbox, and is given a file for the others."""
    one, other = (rendered(encrypted(each), distribution=distribution) for each in (strong, weak))
    (line,) = [each for each in told(compared(one, other)) if " secrets:" in each]
    assert line.startswith(f"weaker secrets: etcd stores Secrets encrypted by {weak} (encrypted by {strong} before)")
    assert directions(compared(other, one)) == {"stronger"}


# Resources of the old side and of the new, and what is told: what is stored as it comes now, and what no longer is.
RESOURCES = [
    ("[secrets, configmaps]", "[configmaps, secrets]", "", ""),
    ("[secrets.]", "[secrets]", "", ""),
    ("[secrets, configmaps]", "[secrets]", "configmaps", ""),
    ("[secrets]", "['*.*']", "", "everything"),
    ("[secrets]", "['*.']", "", "everything of the core group"),
    ("['*.apps']", "[deployments.apps, secrets]", "everything of apps", "Secrets"),
]


@pytest.mark.parametrize(("old", "new", "plain", "hidden"), RESOURCES)
def test_what_is_named_is_encrypted_however_it_is_named(old, new, plain, hidden):
    found = compared(rendered(encrypted("aesgcm", old)), rendered(encrypted("aesgcm", new)))
    expected = [
        f"weaker secrets: etcd stores {plain} as they come (encrypted by aesgcm before)",
        f"stronger secrets: etcd stores {hidden} encrypted by aesgcm (as they come before)",
    ]
    assert told(found) == [line for line, what in zip(expected, (plain, hidden), strict=True) if what]
    assert all(change.new.at == ("controlPlane", "encryption", "resources") for change in found)


ADD = "add element inet hardener-etcd control-plane-ipv4"
# What somebody changes by hand, all that is told of it, and whether nobody can tell what it does on the way back.
EDITED = {
    "what writes": (
        (FILE, "secretbox", "aescbc"),
        [
            "weaker secrets: etcd stores Secrets encrypted by aescbc (encrypted by secretbox before) "
            "(from strong to weak: kms, secretbox, aesgcm, aescbc)"
        ],
    ),
    "nobody writes": (
        (FILE, "- secretbox", "- identity: {}\n      - secretbox"),
        ["weaker secrets: etcd stores Secrets as they come (encrypted by secretbox before)"],
    ),
    "plain text is read": (
        (FILE, 'secret: "(made on the host)"', 'secret: "(made on the host)"\n      - identity: {}'),
        ["weaker secrets: what etcd stored as it came is still read"],
    ),
    "a key in the file": (
        (FILE, '"(made on the host)"', "c2VjcmV0IGlzIHNlY3VyZSwgaXMgaXQ/"),
        [
            f"weaker secrets: resources.providers.secretbox.keys.secret is a secret {UNDECIDED}",
            f"weaker secrets: the key key1 stands here, and not on the hosts alone {UNDECIDED}",
        ],
    ),
    "a comment": ((FILE, "# What is encrypted", "# This is encrypted"), []),
    "etcd asks for no certificates": (
        (ETCD, "--client-cert-auth=true", "--client-cert-auth=false"),
        [
            "weaker secrets: it is no longer made sure that etcd talks to nobody who has no certificate of its own CA "
            "(--client-cert-auth of etcd is false, and was true)"
        ],
    ),
    "etcd speaks an older TLS": (
        (ETCD, "--tls-min-version=TLS1.2", "--tls-min-version=TLS1.0"),
        ["weaker secrets: the oldest version of TLS that is spoken by etcd: TLS 1.0 (TLS 1.2 before)"],
    ),
    "another address": (
        (NFT, "{ 192.168.10.0/29 }", "{ 10.0.0.0/8 }"),
        [
            "weaker secrets: etcd's ports 2379 and 2380 can be reached from 10.0.0.0/8",
            "stronger secrets: etcd's ports 2379 and 2380 can no longer be reached from 192.168.10.0/29",
        ],
    ),
    "a port that is not closed": (
        (NFT, "{ 2379, 2380, 2381 }", "{ 2379, 2380 }"),
        ["weaker secrets: etcd's port 2381 can be reached from everywhere"],
    ),
    "an address twice, in other words": (
        (
            NFT,
            "{ 192.168.10.0/29 }\n",
            f"{{ 192.168.10.0/30 }}\n{ADD} {{ 192.168.10.4/30 }}\n",
        ),
        [],
    ),
    "what nobody understands": (
        (NFT, "iif lo accept", "accept"),
        [
            "weaker secrets: etcd's firewall says something that nobody understands "
            "(it cannot be decided whom this lets in)"
        ],
    ),
    "what makes keys": (
        (KEYS, "umask 077", "umask 022"),
        [f"weaker secrets: {KEYS} is another program than before (it cannot be decided what a script does)"],
    ),
    "what a script is given": (
        (KEYS, "/etc/kubernetes/admin.conf\nEND", "/tmp/admin.conf\nEND"),
        [f"weaker secrets: {KEYS} is another program than before (it cannot be decided what a script does)"],
    ),
    "a token elsewhere": (
        ("nodes/shared/kubelet.flags", "--config-dir", "--token=abcdef.0123456789abcdef\n--config-dir"),
        None,
    ),
}


@pytest.mark.parametrize("name", EDITED)
def test_what_somebody_changes_by_hand_is_told(name):
    (file, old, new), expected = EDITED[name]
    whole = rendered("")
    changed = edited(whole, file, old, new)
    found, back = compared(whole, changed), compared(changed, whole)
    if expected is None:
        assert [line for line in told(found) if line.startswith("weaker secrets: ")]
        return
    assert told(found) == expected
    if file == KEYS:
        assert directions(back) == {"weaker"}
    else:
        opposite = {"weaker": "stronger", "stronger": "weaker"}
        assert directions(back) == {opposite[direction] for direction in directions(found)}


@pytest.mark.parametrize("file", [FILE, NFT, KEYS])
def test_a_file_that_is_not_there_is_weaker(file):
    whole = rendered("")
    left = of_files({path: text for path, text in whole.files.items() if path != file}, "")
    assert "weaker" in directions(compared(whole, left))
    assert directions(compared(left, whole)) == {"stronger"}


@pytest.mark.parametrize(
    ("key", "before", "after", "says"),
    [
        ("endpoint", "unix:///run/kms/kms.sock", "unix:///run/other.sock", "is asked at"),
        ("name", "vault", "other", "is called"),
    ],
)
def test_another_plugin_may_be_anybody(key, before, after, says):
    old = rendered(EVERYTHING)
    new = edited(old, FILE, f"{key}: {before}\n", f"{key}: {after}\n")
    change = f"weaker secrets: the plugin that holds the keys {says} {after} ({before} before)"
    assert f"{change} (it cannot be decided who holds them now)" in told(compared(old, new))


def test_how_long_a_plugin_is_waited_for_is_neither():
    old = rendered(EVERYTHING)
    new = edited(old, FILE, 'timeout: "5s"', 'timeout: "4s"')
    assert "neither secrets: the plugin that holds the keys is waited for 4s (5s before)" in told(compared(old, new))


RANGES = st.lists(
    st.builds(
        lambda number, length: str(ipaddress.ip_network((0x0A000000 + 16 * number, length), strict=False)),
        st.integers(0, 15),
        st.integers(24, 28),
    ),
    min_size=1,
    max_size=3,
    unique=True,
).filter(lambda ranges: not any(map(_overlap, itertools.combinations(ranges, 2))))


def _overlap(pair):
    one, other = map(ipaddress.ip_network, pair)
    return one.overlaps(other)


def _opened(ranges):
    whole = rendered("")
    head, _, _ = whole.files[NFT].partition("add element")
    lines = "".join(f"{ADD} {{ {each} }}\n" for each in ranges)
    return of_files({**whole.files, NFT: head + lines}, "")


@effort(max_examples=40)
@given(RANGES, RANGES)
def test_an_address_that_reaches_etcd_besides_is_weaker_and_one_that_no_longer_does_stronger(old, new):
    found = list(firewall(Sides(_opened(old), _opened(new))))
    one, other = ({int(address) for each in ranges for address in ipaddress.ip_network(each)} for ranges in (old, new))
    assert ("weaker" in directions(found)) == bool(other - one)
    assert ("stronger" in directions(found)) == bool(one - other)
