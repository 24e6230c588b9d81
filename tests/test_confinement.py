"""Profiles of AppArmor and seccomp: AppArmor's own parser reads them, and libseccomp makes filters of them that hold.

What is rendered for a profile that names everything stands in golden/confinement.txt.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import referencing
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from hardener.catalog import confinement as catalog
from hardener.catalog import pod_security
from hardener.compare.steps.order import steps
from hardener.emitters import confinement as emitter
from hardener.emitters import pods
from hardener.expand import confinement as expansion
from hardener.expand import expand
from hardener.profile import Profile, replace
from hardener.profile.confinement import AppArmor, Writable
from hardener.rules import read_sound
from hardener.source import parse
from hardener.verify.settings import app_armor
from hardener.verify.settings.confinement import confinement
from tests.comparing import sides
from tests.components import runtimes
from tests.confining import UnfitError, confine
from tests.faults.confinement import CONFINED
from tests.verifying import rendered

GOLDEN = Path(__file__).parent / "golden" / "confinement.txt"
PARSER = shutil.which("apparmor_parser", path=f"{os.environ['PATH']}:/usr/sbin:/sbin") or ""
ARMOR, SECCOMP = "nodes/cards/apparmor/hardener-cards", "nodes/cards/seccomp/hardener-cards.json"
USUAL = "{write: [/tmp/, /data/, /run/app.pid], run: [/data/]}"
# Numbers of calls on x86-64 and arm64 (asm/unistd.h of Linux), by the machine's name.
NUMBERS = {
    "x86_64": {"unshare": 272, "ptrace": 101, "clone3": 435, "keyctl": 250, "bpf": 321, "splice": 275, "getpid": 39},
    "aarch64": {"unshare": 97, "ptrace": 117, "clone3": 435, "keyctl": 219, "bpf": 280, "splice": 76, "getpid": 172},
}[os.uname().machine]
NEW_USERS = 0x10000000
BLUETOOTH = 31


def profile(armor: str = USUAL, seccomp: str = "{deny: [splice]}", zone: str = "", more: str = "") -> Profile:
    text = CONFINED.replace(USUAL, armor).replace("{deny: [splice]}", seccomp)
    text = text.replace("trust: 90,", f"trust: 90, {zone}").replace("zones:\n", f"{more}zones:\n", 1)
    return read_sound(parse(text, "profile.yaml"))


def written(asked: Profile) -> dict[str, str]:
    plan = expand(asked)
    return {artifact.path: artifact.text for artifact in emitter.emit(plan)}


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


ACCEPTED = """\
exceptions:
  - {rule: zone.privileged, at: zones.cards, reason: a tool of nodes, owner: shop, expires: 2027-03-31}
"""
COMPLAINING = """\
exceptions:
  - {rule: confinement.weak, at: appArmor.cards, reason: tried out, owner: shop, expires: 2027-03-31}
  - {rule: confinement.weak, at: seccomp.cards, reason: tried out, owner: shop, expires: 2027-03-31}
"""
SPEAKS_SCTP = "flows: [{from: {namespace: web}, to: {namespace: web}, ports: [9/SCTP]}]\n"
PROFILES: dict[str, Callable[[], Profile]] = {
    "restricted": profile,
    "silent": lambda: profile("{}", "{}"),
    "baseline": lambda: profile(zone="podSecurity: baseline,"),
    "privileged": lambda: profile(zone="podSecurity: privileged,", more=ACCEPTED),
    "complaining": lambda: profile("{mode: complain}", "{mode: complain, allow: [keyctl]}", more=COMPLAINING),
    "sctp": lambda: profile(more=SPEAKS_SCTP),
}


def test_what_is_written_is_this(golden):
    files = written(profile())
    golden("".join(f"==> {path}\n{text}" for path, text in files.items()), GOLDEN)


def test_nothing_is_written_where_no_zone_names_a_profile():
    assert [
        path for path in rendered("small")[0] if path.endswith(("install-profiles.sh", ".json")) and "nodes" in path
    ] == []


def test_a_profile_is_on_each_pool_that_a_zone_runs_on_and_on_no_other():
    text = CONFINED.replace("pools: {cards: {}}", "pools: {cards: {}, more: {}, idle: {}}")
    text = text.replace("pools: [cards]", "pools: [cards, more]").replace(
        "{trust: 50}", "{trust: 50, seccomp: Localhost/hardener-cards.json}"
    )
    files = written(read_sound(parse(text, "profile.yaml")))

    assert sorted(path for path in files if not path.endswith(".sh")) == [
        *(
            f"nodes/{pool}/{end}"
            for pool in ("cards", "more")
            for end in ("apparmor/hardener-cards", "seccomp/hardener-cards.json")
        ),
        "nodes/shared/seccomp/hardener-cards.json",
    ]


def test_pods_must_name_them_by_field_or_by_annotation():
    text = CONFINED.replace('"1.36"', '"1.24"')
    by_annotation = "".join(each.text for each in pods.emit(expand(read_sound(parse(text, "profile.yaml")))))
    by_field = "".join(each.text for each in pods.emit(expand(profile())))

    assert "localhost/hardener-cards\n" in by_annotation
    assert "localhost/hardener-cards.json\n" in by_annotation
    for field, name in (("appArmorProfile", "hardener-cards"), ("seccompProfile", "hardener-cards.json")):
        assert f"securityContext.?{field}.?localhostProfile.orValue('') == '{name}'" in by_field


def test_who_sets_up_the_nodes_of_others_is_told():
    text = (
        CONFINED.replace("kubeadm", "eks").replace("calico", "vpc-cni").replace(", controlPlane: [192.168.10.0/29]", "")
    )
    said = list(expansion.gaps(read_sound(parse(text.replace("1.36", "1.34"), "profile.yaml"))))

    assert [gap.path for gap in said] == ["pools.cards"]
    assert "nodes/cards/install-profiles.sh" in said[0].what
    assert list(expansion.gaps(profile())) == []


WITHOUT = CONFINED.replace(", appArmor: Localhost/hardener-cards, seccomp: Localhost/hardener-cards.json", "").replace(
    f"appArmor:\n  cards: {USUAL}\nseccomp:\n  cards: {{deny: [splice]}}\n", ""
)


def test_nodes_have_a_profile_before_pods_must_name_it_and_until_none_must():
    there, back = (steps(sides(*pair)) for pair in ((WITHOUT, CONFINED), (CONFINED, WITHOUT)))
    comes, goes = "Install the profiles that pods are to name", "Take away the profiles that no pod must name any more"

    titles = [step.title for step in there]
    assert titles.index(comes) < titles.index("Refuse it")
    assert "$ sh nodes/cards/install-profiles.sh" in there[titles.index(comes)].do
    assert not [title for title in titles if title.startswith("Bring the nodes")]

    titles = [step.title for step in back]
    admitted = next(number for number, step in enumerate(back) if step.apply)
    assert admitted < titles.index(goes)
    assert "$ apparmor_parser -R /etc/apparmor.d/hardener-cards" in back[titles.index(goes)].do
    assert "$ rm /var/lib/kubelet/seccomp/hardener-cards.json" in back[titles.index(goes)].do
    assert not [title for title in titles if title.startswith("Bring the nodes")]


def test_a_profile_that_changes_is_installed_anew():
    (first, *_) = steps(sides(CONFINED, CONFINED.replace("[/tmp/, ", "[")))

    assert first.title == "Install the profiles that pods are to name"
    assert first.files == (ARMOR,)


def parsed(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((PARSER, "-Q", "-K"), input=text, capture_output=True, text=True)


@pytest.mark.parametrize("name", PROFILES)
def test_apparmor_reads_every_profile(name):
    said = parsed(written(PROFILES[name]())[ARMOR])

    assert (said.returncode, said.stderr) == (0, "") or "Cache read/write disabled" in said.stderr
    assert said.returncode == 0


@pytest.mark.parametrize("broken", ['  "/x" rwz,\n', "  capability fly,\n", "  network inet flow,\n", "  unix\n"])
def test_apparmor_refuses_what_is_no_rule(broken):
    assert parsed(written(profile())[ARMOR].replace("  unix,\n", broken)).returncode != 0


def test_capabilities_and_tracing_are_those_of_the_zone():
    restricted, privileged = (lines(written(PROFILES[name]())[ARMOR]) for name in ("restricted", "privileged"))

    assert [line for line in restricted if line.startswith("capability")] == ["capability net_bind_service,"]
    assert sum(line.startswith("capability") for line in privileged) == len(pod_security.capabilities())
    assert "ptrace (read, readby) peer=hardener-cards," in restricted
    assert "ptrace (read, readby, trace, tracedby) peer=hardener-cards," in privileged
    assert "network inet raw," not in restricted
    assert "network inet raw," in privileged
    assert not [line for line in (*restricted, *privileged) if line.startswith(("mount", "umount"))]
    assert "network inet seqpacket," in lines(written(PROFILES["sctp"]())[ARMOR])


SEGMENTS = st.text("aZ9._+-", min_size=1, max_size=6).filter(lambda each: each.strip(".") or len(each) > 2)
PATHS = st.builds(
    lambda some, end: f"/{'/'.join(some)}{end}", st.lists(SEGMENTS, min_size=1, max_size=3), st.sampled_from(["", "/"])
)


@settings(max_examples=50)
@given(st.lists(PATHS, max_size=3, unique=True))
def test_no_path_changes_the_shape_of_a_profile(paths):
    assert all(re.fullmatch(Writable.__metadata__[0].pattern, path) for path in paths)
    asked = replace(profile(), app_armor={"cards": AppArmor(write=tuple(paths))})
    (one,) = expansion.confinement(asked)
    found = app_armor.read(emitter.app_armor("confined", one.app_armor[0]))

    assert found.unknown == {}
    assert {f'"{path}{"**" if path.endswith("/") else ""}"' for path in paths} <= set(found.allowed)


@pytest.mark.parametrize(
    "path", ["/../a", "/a/..", "/./a", "/", "a", "/a b", '/a"b', "/a*", "/a#", "/@{a}", "/a,", "/a\n", "//"]
)
def test_what_is_no_path_is_none(path):
    assert not re.match(Writable.__metadata__[0].pattern, path)


# --- seccomp ---


def test_what_everybody_may_call_is_what_containerd_allows_but_for_this():
    ours = catalog.allowed_calls(())

    taken = {"ptrace", "process_vm_readv", "process_vm_writev", "socketcall"}
    besides = runtimes.of_processors("amd64", "arm64")
    assert runtimes.allowed() | besides | taken == ours | taken
    assert not ours & taken


def test_what_capabilities_allow_is_what_containerd_does():
    theirs = runtimes.of_capabilities()

    assert set(theirs) <= set(pod_security.capabilities())
    for name in pod_security.capabilities():
        assert catalog.allowed_calls([name]) - catalog.allowed_calls(()) == theirs.get(
            name, set()
        ) - catalog.allowed_calls(())


@pytest.fixture(scope="module")
def schema() -> Draft7Validator:
    """Of linux.seccomp in config.json: defs-linux.json of the runtime specification."""
    folder = runtimes.specification()
    known = [
        (file.name, referencing.Resource.from_contents(json.loads(file.read_text()), referencing.jsonschema.DRAFT4))
        for file in folder.glob("*.json")
    ]
    whole = json.loads((folder / "config-linux.json").read_text())["linux"]["properties"]["seccomp"]
    return Draft7Validator(whole, registry=referencing.Registry().with_resources(known))


@pytest.mark.parametrize("name", PROFILES)
def test_it_is_what_the_runtime_specification_takes(name, schema):
    assert list(schema.iter_errors(json.loads(written(PROFILES[name]())[SECCOMP]))) == []


def test_another_action_is_none_of_the_specifications(schema):
    assert list(schema.iter_errors({"defaultAction": "SCMP_ACT_PERHAPS"}))


def under(told: dict[str, Any], does: Callable[[], object]) -> Any:
    """What a function answers in a process under a profile."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            confine(told)
            os.write(writing, json.dumps(does()).encode())
        except UnfitError as error:
            os.write(writing, json.dumps(str(error)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return json.loads(said)


def called(name: str, *arguments: int) -> str:
    """What the kernel answers to a call: "" or the name of an error."""
    libc = ctypes.CDLL(None, use_errno=True)
    found = libc.syscall(NUMBERS[name], *map(ctypes.c_long, arguments))
    return errno.errorcode[ctypes.get_errno()] if found < 0 else ""


def opened(*families: int) -> list[int]:
    """The families of which a socket can be opened; whoever is let in may fail for another reason."""
    found = []
    for family in families:
        try:
            socket.socket(family, socket.SOCK_RAW if family == socket.AF_NETLINK else socket.SOCK_STREAM).close()
            found.append(family)
        except PermissionError:
            pass
        except OSError:
            found.append(family)
    return found


def asked() -> list[str]:
    forbidden = (called("unshare", NEW_USERS), called("ptrace"), called("keyctl"), called("bpf"), called("splice", -1))
    return [*forbidden, called("clone3"), called("getpid")]


def seccomp(name: str = "restricted") -> dict[str, Any]:
    told: dict[str, Any] = json.loads(written(PROFILES[name]())[SECCOMP])
    return told


def test_the_kernel_refuses_what_a_profile_does_not_allow():
    assert under(seccomp(), asked) == ["EPERM", "EPERM", "EPERM", "EPERM", "EPERM", "ENOSYS", ""]


def test_without_a_profile_it_does_not():
    assert "ENOSYS" not in asked()[:5]
    assert under({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}, lambda: called("splice", -1)) == "EBADF"


def test_a_profile_that_complains_refuses_nothing():
    assert under(seccomp("complaining"), lambda: called("splice", -1)) == "EBADF"


def test_sockets_are_of_few_families():
    wanted = [socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK]
    others = [socket.AF_PACKET, socket.AF_ALG, socket.AF_VSOCK, socket.AF_CAN, BLUETOOTH]

    assert under(seccomp(), lambda: opened(*wanted, *others)) == wanted


def test_whoever_has_the_capability_may_open_raw_sockets():
    """Whether the kernel lets them depends on who runs this: what the filter says does not."""
    families = {
        name: [each["args"][0]["value"] for each in seccomp(name)["syscalls"] if each["names"] == ["socket"]]
        for name in ("restricted", "privileged")
    }

    assert families == {"restricted": [1, 2, 10, 16], "privileged": [1, 2, 10, 16, 17]}


def test_programs_run_under_it(tmp_path):
    """Threads, processes, files and names: what nearly every program does."""
    (tmp_path / "profile.json").write_text(json.dumps(seccomp()))
    program = (
        "import socket, subprocess, threading; socket.getaddrinfo('localhost', 80);"
        "t = threading.Thread(target=print, args=('thread',)); t.start(); t.join();"
        "print(subprocess.run(['cat', '/etc/passwd'], capture_output=True, check=True).stdout != b'')"
    )
    command = (sys.executable, "-m", "tests.confining", tmp_path / "profile.json", sys.executable, "-c", program)
    assert subprocess.run(command, capture_output=True, text=True).stdout == "thread\nTrue\n"


def started(without: str = "") -> int:
    told = seccomp()
    for rule in told["syscalls"]:
        rule["names"] = [name for name in rule["names"] if name != without]
    child = os.fork()
    if not child:
        try:
            confine(told)
            with open(os.devnull, "w") as nowhere:
                os.dup2(nowhere.fileno(), 2)
                os.execvp("true", ["true"])
        finally:
            os._exit(99)
    return os.waitpid(child, 0)[1]


def test_no_program_starts_without_the_calls_that_nobody_may_deny():
    assert started() == 0
    assert [call for call in sorted(catalog.needed_calls()) if not started(call)] == []


def test_libseccomp_refuses_what_is_no_filter():
    """Two answers to one call: what would the kernel do?"""
    both = {"names": ["clone"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 9, "value": 0, "op": "SCMP_CMP_EQ"}]}

    assert "clone" in under({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [both]}, asked)


def test_a_file_of_other_lines_means_the_same():
    """Rules in another order, one of them in two, and calls in other groups."""
    files, read = rendered(CONFINED)
    files[ARMOR] = (
        files[ARMOR]
        .replace('  "/tmp/**" rwkl,\n', "")
        .replace("  unix,\n", '  "/tmp/**" rw,\n  # said\n  unix,\n  "/tmp/**" lk,\n')
    )
    told = json.loads(files[SECCOMP])
    told["syscalls"].insert(0, {"names": [told["syscalls"][0]["names"].pop()], "action": "SCMP_ACT_ALLOW", "args": []})
    files[SECCOMP] = json.dumps(told | {"defaultErrnoRet": 1})

    assert list(confinement(files, read, "cards")) == []
