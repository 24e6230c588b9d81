"""Promise 8 is proven of whatever is rendered, and of nothing in which a setting is missing or weaker."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hardener.emitters import emit
from hardener.expand import expand
from hardener.profile import read
from hardener.source import parse
from hardener.verify.secrets.firewall import firewall
from hardener.verify.settings import of_word
from hardener.verify.settings import settings as judge
from hardener.verify.settings.folder import NOT_PROVEN
from hardener.verify.settings.strength import as_strong
from hardener.verify.written import Written
from tests.control_planes import BODIES, EVERYTHING, SILENT, VERSIONS, WEAK, files, profile
from tests.faults.confinement import CONFINED
from tests.strategies import as_yaml, profiles
from tests.verifying import rendered

KUBEADM = "control-plane/kubeadm.yaml"
SERVER = "control-plane/kube-apiserver.flags"
KUBELET = "nodes/shared/kubelet.yaml"
# A profile of the repository, or one of these by its distribution and version.
OTHERS = {"k3s": ("k3s", "1.29"), "rke2": ("rke2", "1.32")}


def found(output, asked):
    """What is said of every flag and field, by whichever promise it belongs to."""
    yield from judge(Written(output, ()), asked)
    for word in ("secrets", "audit"):
        yield from of_word(word, output, asked)


def output_of(name):
    if name in OTHERS:
        distribution, version = OTHERS[name]
        return files(EVERYTHING, version, distribution), profile(EVERYTHING, version, distribution)
    written, asked = rendered(name)
    return {path: text for path, text in written.items() if not path.startswith("manifests/")}, asked


RENDERED = [
    *(("kubeadm", version, body) for version in VERSIONS for body in BODIES),
    *(
        (by, version, body)
        for by in ("k3s", "rke2")
        for version in ("1.24", "1.25", "1.29", "1.30", "1.31", "1.32", "1.37")
        for body in ("everything", "weak")
    ),
    *((by, version, "silent") for by in ("k3s", "rke2", "eks", "gke", "aks") for version in ("1.24", "1.37")),
]


@pytest.mark.parametrize(("distribution", "version", "body"), RENDERED)
def test_whatever_is_rendered_keeps_the_promise(distribution, version, body):
    output = files(BODIES[body], version, distribution)
    assert list(found(output, profile(BODIES[body], version, distribution))) == []


@settings(max_examples=25)
@given(profiles())
def test_no_profile_breaks_the_promise(data):
    asked = read(parse(as_yaml(data), "generated.yaml"))
    output = {artifact.path: artifact.text for artifact in emit(expand(asked))}
    assert list(found(output, asked)) == []
    assert list(firewall(output, asked)) == []


# Lines whose removal changes nothing that is promised, and why.
NOTHING_LOST = {
    "readOnly: false": "that is what kubeadm does by itself",
    "pathType: DirectoryOrCreate": "a volume is brought whatever it is",
    "pathType: Directory": "a volume is brought whatever it is",
    "pathType: File": "a volume is brought whatever it is",
    "dataDir: /var/lib/etcd": "that is what kubeadm does by itself",
    "cacheSize: 2000": "the plugin has a size of its own for its caches",
    "cacheSize: 4096": "the plugin has a size of its own for its caches",
    "operator: Exists": "without it fewer taints are tolerated",
    "runtimeClasses: []": "nothing is spared either way",
    "usernames: []": "nothing is spared either way",
    "audienceMatchPolicy: MatchAny": "there is no other",
    "app.kubernetes.io/managed-by: hardener": "no right depends on it",
    'message: "this user is one of the cluster\'s own"': "only what is said",
    'message: "one of these groups is one of the cluster\'s own"': "only what is said",
    # Which taints a pool has is judged with the nodes.
    "--register-with-taints=node-role.kubernetes.io/control-plane=:NoSchedule": "judged with the nodes",
    'value: ""': "judged with the nodes",
    "effect: NoSchedule": "judged with the nodes",
}
READ = re.compile(
    r"control-plane/(.*\.flags|kubeadm\.yaml|k3s\.yaml|rke2\.yaml|admission-.*|auth[a-z]+-.*|audit-webhook\.yaml"
    r"|approve-.*\.yaml)|nodes/control-plane/(kubelet\..*|sysctl\.conf|modprobe\.conf|k3s\.yaml)"
)


def lines_of(output) -> Iterator[tuple[str, int, str]]:
    for file, text in output.items():
        if READ.fullmatch(file):
            for number, line in enumerate(text.splitlines()):
                if line.strip() and not line.strip().startswith("#"):
                    yield file, number, line.strip()


@pytest.mark.parametrize("name", ["shop-prod", "legacy", *OTHERS])
def test_no_line_can_be_left_out(name):
    output, asked = output_of(name)
    unseen = set()
    for file, number, line in lines_of(output):
        if name in OTHERS and not file.startswith(f"control-plane/{name}"):
            continue
        kept = output[file].splitlines(keepends=True)
        broken = {**output, file: "".join(kept[:number] + kept[number + 1 :])}
        if next(found(broken, asked), None) is None:
            unseen.add(line)
    assert unseen <= NOTHING_LOST.keys()


# Values of a flag that hold less than a value of this form, whatever flag it is.
WEAKER = (
    (r"true", lambda value: ["false"]),
    (r"false", lambda value: ["true"]),
    (r"[0-9]+", lambda value: ["0", "-1"]),
    (r"([0-9]+[hms])+", lambda value: ["0", "0s", f"{value}1s"]),
    (r"/.*", lambda value: [f"/tmp{value}"]),
    (r"TLS_.*", lambda value: [f"{value},TLS_RSA_WITH_AES_128_CBC_SHA"]),
    (r"VersionTLS.*|TLS1.*", lambda value: ["VersionTLS11", "TLS1.1"]),
    (r"[0-9]+-[0-9]+", lambda value: ["1-65535", value.replace("-", "-1")]),
    (r".*<.*", lambda value: [value.replace("<", "<0.", 1)]),
    (r"[A-Za-z]+,.*", lambda value: [value.partition(",")[0]]),
)
# What may be so all the same, and why.
NO_LESS = {
    ("oidc-username-prefix", ""): "asked for by the profile as it is, and judged with it",
    ("enable-bootstrap-token-auth", "false"): "a token by which nodes join may be refused",
    ("requestheader-allowed-names", "login-proxy"): "fewer proxies may vouch for users",
}


def weaker(name, value) -> Iterator[str]:
    yield from ("x", "")
    for form, others in WEAKER:
        if re.fullmatch(form, value):
            yield from (other for other in others(value) if (name, other) not in NO_LESS)


@pytest.mark.parametrize("name", ["shop-prod", "legacy", *OTHERS])
def test_no_flag_can_say_less(name):
    output, asked = output_of(name)
    for file in sorted(path for path in output if path.endswith(".flags") and "nodes/cards" not in path):
        if file.startswith("nodes/") and not file.startswith("nodes/control-plane"):
            continue
        for line in output[file].splitlines():
            flag, _, value = line.removeprefix("--").partition("=")
            for other in weaker(flag, value) if flag != "register-with-taints" else ():
                broken = {**output, file: output[file].replace(f"{line}\n", f"--{flag}={other}\n")}
                assert next(found(broken, asked), None), f"{line} could be {other}"


def fields(data, path=()):
    for key, value in data.items():
        if isinstance(value, dict):
            yield from fields(value, (*path, key))
        else:
            yield (*path, key), value


@pytest.mark.parametrize("name", ["shop-prod", "legacy", "managed"])
def test_no_field_of_a_kubelet_can_say_less(name):
    output, asked = output_of(name)
    file = KUBELET
    sound = yaml.load(output[file], yaml.CSafeLoader)
    for path, value in fields(sound):
        others = {"bool": [not value], "int": [value + 1 if path[-1] in ("podPidsLimit", "readOnlyPort") else 0]}.get(
            type(value).__name__, []
        )
        for other in [*others, None, [], {"a": 1}]:
            data = yaml.load(output[file], yaml.CSafeLoader)
            inside = data
            for step in path[:-1]:
                inside = inside[step]
            inside[path[-1]] = other
            broken = {**output, file: yaml.safe_dump(data)}
            assert next(found(broken, asked), None), f"{path} could be {other}"


# --- what may be stronger, and what may not ---

STRENGTH = [
    ("profiling", "false", "0", True),
    ("profiling", "false", "False", True),
    ("profiling", "false", "no", False),
    ("tls-min-version", "VersionTLS12", "VersionTLS13", True),
    ("tls-min-version", "TLS1.2", "VersionTLS13", False),
    ("tls-cipher-suites", "TLS_A,TLS_B_CHACHA20_C", "TLS_B_CHACHA20_C_SHA256", True),
    ("tls-cipher-suites", "TLS_A", "", False),
    ("authorization-mode", "Node,RBAC", "RBAC,Node", True),
    ("authorization-mode", "Node,RBAC", "Node,RBAC,AlwaysAllow", False),
    ("authorization-mode", "Node,Webhook,RBAC", "Node,RBAC,Webhook", False),
    ("request-timeout", "1m0s", "59.5s", True),
    ("request-timeout", "1m0s", "0", False),
    ("request-timeout", "1m0s", "1m1s", False),
    ("request-timeout", "1m0s", "soon", False),
    ("request-timeout", "1m0s", ".5m", True),
    ("request-timeout", "1m0s", "-30s", False),
    ("request-timeout", "99999999h", "99999998h", False),
    ("max-requests-inflight", "400", "1", True),
    ("max-requests-inflight", "400", "-1", False),
    ("audit-log-maxage", "30", "31", True),
    ("audit-log-maxage", "30", "", False),
    ("audit-log-maxage", "30", "030", False),
    ("audit-log-maxage", "30", "0x1e", True),
    ("audit-log-maxage", "30", "3_0", True),
    ("audit-log-maxage", "30", "3_", False),
    ("audit-log-maxage", "30", "९९", False),
    ("audit-log-maxage", "30", "9223372036854775808", False),
    ("audit-webhook-mode", "blocking", "blocking-strict", True),
    ("audit-webhook-mode", "blocking", "later", False),
    ("service-node-port-range", "30000-32767", "30000-30010", True),
    ("service-node-port-range", "30000-32767", "30010-30000", False),
    ("service-node-port-range", "30000-32767", "030000-30010", False),
    ("bind-address", "127.0.0.1", "::1", True),
    ("bind-address", "127.0.0.1", "0.0.0.0", False),
    (
        "strict-transport-security-directives",
        "max-age=10,includeSubDomains",
        "max-age=11,includeSubDomains,preload",
        True,
    ),
    ("strict-transport-security-directives", "max-age=10,includeSubDomains", "max-age=11", False),
    ("strict-transport-security-directives", "max-age=10", "max-age=0,max-age=11", False),
    ("strict-transport-security-directives", "max-age=10", "max-age=11,preload=1", False),
    ("enable-bootstrap-token-auth", "true", "false", True),
    ("enable-bootstrap-token-auth", "false", "true", False),
    ("enable-admission-plugins", "A,B", "B,C,A", True),
    ("requestheader-allowed-names", "a,b", "", False),
    ("eviction-hard", "memory.available<100Mi,nodefs.available<10%", "nodefs.available<15%,memory.available<1Gi", True),
    ("eviction-hard", "memory.available<100Mi", "memory.available<5%", False),
    ("evictionHard", {"nodefs.available": "10%"}, {"nodefs.available": "9%"}, False),
    ("evictionHard", {"nodefs.available": "10%"}, {"nodefs.available": "inf%"}, False),
    ("evictionHard", {"nodefs.available": "10%"}, {"nodefs.available": "101%"}, False),
    ("kubeReserved", {"cpu": "250m"}, {"cpu": "1", "memory": "1Gi"}, True),
    ("seccompDefault", False, True, True),
    ("seccompDefault", True, False, False),
    ("seccompDefault", True, "true", False),
    ("readOnlyPort", 0, False, False),
    ("maxPods", 60, True, False),
    ("allowedUnsafeSysctls", ["a", "b"], ["b"], True),
]


@pytest.mark.parametrize(("name", "asked", "value", "expected"), STRENGTH)
def test_a_setting_may_be_stronger_and_never_weaker(name, asked, value, expected):
    assert as_strong(name, asked, value) is expected


def both(output, old, new):
    """The same change in the file of flags and in kubeadm's."""
    changed = {path: output[path].replace(old, new) for path in (SERVER, KUBEADM)}
    assert all(changed[path] != output[path] for path in changed)
    return {**output, **changed}


def test_who_makes_a_setting_stronger_everywhere_hears_nothing():
    output, asked = output_of("shop-prod")
    for old, new in (("1m0s", "30s"), ("30000-30100", "30000-30010"), ("24h", "1h")):
        assert list(found(both(output, old, new), asked)) == []
    added = {
        **output,
        SERVER: f"{output[SERVER]}--goaway-chance=0.001\n",
        KUBEADM: output[KUBEADM].replace(
            "  extraArgs:\n", '  extraArgs:\n    - name: goaway-chance\n      value: "0.001"\n', 1
        ),
    }
    assert list(found(added, asked)) == []


def test_a_finding_names_the_line_the_object_and_the_place_in_the_profile():
    output, asked = output_of("shop-prod")
    text = output[KUBEADM].replace('value: "24h"', 'value: "48h"')
    (finding,) = (each for each in found({**output, KUBEADM: text}, asked) if each.file == KUBEADM)
    assert finding.at == ("controlPlane", "rotation", "tokens")
    assert "service-account-max-token-expiration" in text.splitlines()[finding.line - 1]
    file = "nodes/cards/kubelet.yaml"
    text = output[file].replace("maxPods: 60", "maxPods: 600")
    (finding,) = found({**output, file: text}, asked)
    assert (finding.object, finding.at) == ("KubeletConfiguration", ("pools", "cards", "kubelet", "maxPods"))
    assert text.splitlines()[finding.line - 1] == "maxPods: 600"


@pytest.mark.parametrize(("written", "read_by"), [("1.30", "1.31"), ("1.31", "1.30")])
def test_arguments_of_another_form_reach_nobody(written, read_by):
    output = {**files(SILENT, read_by), KUBEADM: files(SILENT, written)[KUBEADM]}
    said = [finding.message for finding in found(output, profile(SILENT, read_by))]
    assert f"kubeadm reads no arguments of this form at Kubernetes {read_by}" in said


def test_every_line_that_may_be_lost_is_one_of_a_file():
    texts = [output_of(name)[0] for name in ("shop-prod", "legacy")] + [files(EVERYTHING)]
    lines = {line for output in texts for _, _, line in lines_of(output)}
    assert NOTHING_LOST.keys() - lines == {"audienceMatchPolicy: MatchAny"}


def test_what_is_not_proven_is_named():
    written = (*files(SILENT), *rendered(CONFINED)[0])
    output = {re.sub("nodes/[^/]+/", "nodes/POOL/", path) for path in written}
    assert NOT_PROVEN.keys() <= output
    programs = {path for path in output if path.endswith((".sh", ".service", ".timer"))}
    assert programs == NOT_PROVEN.keys()


def test_of_weak_settings_only_the_accepted_ones_are_weak():
    """The files of a weak profile do not do for a strict one."""
    said = {each.message.split(" ")[0] for each in found(files(WEAK), profile(SILENT))}
    assert {"--enable-admission-plugins", "seccompDefault"} - said == {"seccompDefault"}
    assert list(found(files(SILENT), profile(SILENT))) == []


@pytest.mark.parametrize("end", ["\r\n", "\u2028", "\x0b", " \n", "\n\n"])
def test_a_line_of_flags_ends_as_programs_think(end):
    output = files(SILENT)
    text = output[SERVER].replace("--profiling=false\n", f"--profiling=false{end}", 1)
    assert [each for each in found({**output, SERVER: text}, profile(SILENT)) if each.file == SERVER]


@settings(max_examples=30)
@given(st.text(max_size=40))
def test_no_line_of_flags_is_too_strange(line):
    output = files(SILENT)
    list(found({**output, SERVER: f"{output[SERVER]}--{line}\n"}, profile(SILENT)))
