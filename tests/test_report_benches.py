"""Where a report says that a control is met, kube-bench's check of it passes, but for what it is known to misjudge."""

import pytest

from hardener.explain.world import World
from tests.benches import FACTS, verdicts
from tests.reporting import BODY, answers, covered, profile, world

# Checks that fail though the control is met, each with the reason.
MISJUDGED = {
    "1.2.1": "it reads --anonymous-auth, and requests without a name are limited to paths by a file",
    "1.2.6": "it reads --authorization-mode, and who is asked stands in the file of --authorization-config",
    "1.2.7": "it reads --authorization-mode, and who is asked stands in the file of --authorization-config",
    "1.2.8": "it reads --authorization-mode, and who is asked stands in the file of --authorization-config",
    "1.2.27": "it reads a flag of the API server that k3s and RKE2 set by themselves, told by a key of their own",
    "1.2.28": "it reads a file of the API server that k3s and RKE2 write by themselves, told by a key of their own",
    "4.2.12": "it knows the suites with CHACHA20 by their older names only, and newer ones mean the same",
}
BY_THE_SERVER = {"1.2.1", "1.2.27", "1.2.28"}
WORLDS = [
    *(("kubeadm", version, "cis-1.12", set()) for version in ("1.24", "1.28", "1.29", "1.31", "1.33")),
    ("kubeadm", "1.34", "cis-2.0", set()),
    ("kubeadm", "1.37", "cis-2.1", {"1.2.1"}),
    ("k3s", "1.33", "cis-k3s-1.12", BY_THE_SERVER),
    ("rke2", "1.33", "cis-rke2-1.12", BY_THE_SERVER),
    ("eks", "1.33", "cis-eks-1.8.0", set()),
    ("aks", "1.33", "cis-aks-1.8", set()),
]
SERVER = "control-plane/kube-apiserver.flags"
NEWER_NAMES = """\
controlPlane:
  tls:
    ciphers: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256]
"""
ASKED_AS_WELL = """\
controlPlane:
  authorization:
    chain: [Node, RBAC, Webhook]
    webhook: {server: "https://rights.example.com"}
"""
# What a profile says, and the checks that then fail for it.
SAID = [(NEWER_NAMES, {"4.2.12"}), (ASKED_AS_WELL, {"1.2.6", "1.2.7", "1.2.8"})]


def texts(known: World) -> dict[str, str]:
    return {path: each.text for path, each in known.artifacts.items()}


def disagreeing(known: World, framework: str) -> set[str]:
    """The controls that are met though their check fails."""
    passed, answered = verdicts(framework, texts(known)), answers(covered(known, framework))
    return {id for id, good in passed.items() if answered[id] == "met" and not good}


@pytest.mark.parametrize(("distribution", "version", "framework", "misjudged"), WORLDS)
def test_what_is_met_passes_but_for_what_is_misjudged(distribution, version, framework, misjudged):
    known = world(profile(distribution=distribution, version=version))
    assert disagreeing(known, framework) == misjudged


def test_what_is_met_of_the_shop_passes():
    assert disagreeing(world("shop-prod"), "cis-2.0") == set()


@pytest.mark.parametrize(("body", "misjudged"), SAID)
def test_what_a_profile_says_may_be_misjudged(body, misjudged):
    assert disagreeing(world(profile(BODY + body)), "cis-2.0") == misjudged


def test_every_misjudgement_is_seen_and_has_a_reason():
    assert {id for *_, ids in (*WORLDS, *SAID) for id in ids} == set(MISJUDGED)
    assert all(MISJUDGED.values())


def test_enough_checks_can_be_made():
    assert {*FACTS["cis-1.12"]} - verdicts("cis-2.0", texts(world("small"))).keys() == {"4.3.1"}
    assert len(verdicts("cis-eks-1.8.0", texts(world("managed")))) == 9


@pytest.mark.parametrize(
    ("path", "old", "new", "id"),
    [
        (SERVER, "--profiling=false", "--profiling=true", "1.2.15"),
        (SERVER, "--audit-log-maxage=30", "--audit-log-maxage=7", "1.2.17"),
        (SERVER, "NodeRestriction", "NodeLoose", "1.2.14"),
        ("control-plane/encryption-configuration.yaml", "- secretbox:", "- aesgcm:", "1.2.28"),
        ("nodes/shared/kubelet.yaml", "readOnlyPort: 0", "readOnlyPort: 10255", "4.2.4"),
        ("nodes/shared/kubelet.yaml", "tlsCipherSuites: [", "tlsCipherSuites: [TLS_RSA_WITH_RC4_128_SHA, ", "4.2.12"),
    ],
)
def test_a_check_fails_where_a_file_says_otherwise(path, old, new, id):
    # The others are not looked at: no check is of more than one of these.
    files = {name: text for name, text in texts(world("small")).items() if name in (path, SERVER)}
    assert verdicts("cis-2.0", files)[id]
    assert old in files[path]
    files[path] = files[path].replace(old, new)
    assert not verdicts("cis-2.0", files)[id]
