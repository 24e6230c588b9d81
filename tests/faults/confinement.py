"""Faults in the profiles by which nodes confine containers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from tests.verifying import Fault, Files, edit

CONFINED: Final = """\
apiVersion: hardener/v1
kind: HardeningProfile
metadata: {name: confined}
cluster:
  kubernetes: "1.36"
  distribution: kubeadm
  cni: calico
  networks: {pods: [10.244.0.0/16], services: [10.96.0.0/12], nodes: [192.168.10.0/24], controlPlane: [192.168.10.0/29]}
zones:
  web: {trust: 50}
  cards: {trust: 90, pools: [cards], appArmor: Localhost/hardener-cards, seccomp: Localhost/hardener-cards.json}
pools: {cards: {}}
appArmor:
  cards: {write: [/tmp/, /data/, /run/app.pid], run: [/data/]}
seccomp:
  cards: {deny: [splice]}
tenants:
  shop: {namespaces: {web: {zone: web}, payments: {zone: cards}}}
"""
_ARMOR: Final = "nodes/cards/apparmor/hardener-cards"
_SECCOMP: Final = "nodes/cards/seccomp/hardener-cards.json"
_SCRIPT: Final = "nodes/cards/install-profiles.sh"


def _fault(name: str, says: str, break_: Callable[[Files], None]) -> Fault:
    return Fault(f"a profile of nodes: {name}", CONFINED, "settings", says, break_)


def _armor(name: str, says: str, old: str, new: str) -> Fault:
    return _fault(name, says, edit(_ARMOR, old, new))


def _seccomp(name: str, says: str, how: Callable[[dict[str, Any]], Any]) -> Fault:
    def break_(files: Files) -> None:
        told = json.loads(files[_SECCOMP])
        how(told)
        files[_SECCOMP] = json.dumps(told)

    return _fault(name, says, break_)


def _bounded(told: dict[str, Any], call: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in told["syscalls"] if each["names"] == [call])
    return found


def _without(path: str) -> Callable[[Files], None]:
    return lambda files: files.pop(path) and None


def _elsewhere(files: Files) -> None:
    """The profile of one pool on another."""
    files["nodes/shared/apparmor/hardener-cards"] = files[_ARMOR]


FAULTS: tuple[Fault, ...] = (
    _armor("writes more", "containers may write /etc/**", '  "/tmp/**" rwkl,', '  "/tmp/**" rwkl,\n  "/etc/**" w,'),
    _armor("writes all", "containers may write /**", '"/**" rmix', '"/**" rwmix'),
    _armor(
        "runs what is written",
        "nothing keeps containers from this: map as code and run /tmp/**",
        '  deny "/tmp/**" mx,\n',
        "",
    ),
    _armor("runs unconfined", "containers may run by ux /**", '"/**" rmix', '"/**" rmixux'),
    _armor("mounts", "containers may mount, which nobody lets them", "  unix,\n", "  unix,\n  mount,\n"),
    _armor(
        "holds a capability",
        "containers may use capability sys_admin",
        "  unix,\n",
        "  capability sys_admin,\n  unix,\n",
    ),
    _armor(
        "holds every capability",
        "containers may use capability, which",
        "  capability net_bind_service,",
        "  capability,",
    ),
    _armor("opens raw sockets", "containers may use network inet raw", "  unix,\n", "  unix,\n  network inet raw,\n"),
    _armor(
        "traces others", "containers may ptrace (read, trace), which", "  unix,\n", "  unix,\n  ptrace (read, trace),\n"
    ),
    _armor(
        "includes a file",
        "nobody knows what this allows: #include <abstractions/base>",
        "  unix,\n",
        "  unix,\n  #include <abstractions/base>\n",
    ),
    _armor(
        "says what nobody knows",
        "nobody knows what this allows: change_profile,",
        "  unix,\n",
        "  unix,\n  change_profile,\n",
    ),
    _armor("complains", "it only complains", "mediate_deleted", "mediate_deleted,complain"),
    _armor("is unconfined", "the flag unconfined", "mediate_deleted", "mediate_deleted,unconfined"),
    _armor("forgets a flag", "without the flag mediate_deleted", ",mediate_deleted", ""),
    _armor("has another name", "the profile is called cards", "profile hardener-cards ", "profile cards "),
    _armor(
        "goes on behind its end",
        "nobody knows what this allows: profile b",
        "\n}\n",
        "\n}\nprofile b flags=(complain) {\n}\n",
    ),
    _armor("ends nowhere", "it has no end", "\n}\n", "\n"),
    _armor(
        "lets too little", "containers may not read, write, lock and link /run/app.pid", '  "/run/app.pid" rwkl,\n', ""
    ),
    _armor(
        "denies what is allowed",
        "containers are kept from this, though",
        "  unix,\n",
        '  unix,\n  deny "/data/**" w,\n',
    ),
    _armor(
        "hides less", "read, write, lock, link, map as code and run /proc/kcore", '  deny "/proc/kcore" rwklmx,\n', ""
    ),
    _seccomp(
        "a call is added",
        "containers may call keyctl, which nobody lets them",
        lambda told: told["syscalls"][0]["names"].append("keyctl"),
    ),
    _seccomp(
        "a call that is denied",
        "containers may call splice, which nobody lets them",
        lambda told: told["syscalls"][0]["names"].append("splice"),
    ),
    _seccomp(
        "a call is missing",
        "containers cannot call read, though the profile lets them",
        lambda told: told["syscalls"][0]["names"].remove("read"),
    ),
    _seccomp(
        "clone makes namespaces", "containers may call clone, which", lambda told: _bounded(told, "clone").pop("args")
    ),
    _seccomp(
        "clone makes some namespaces",
        "by the mask 2113929216, which",
        lambda told: _bounded(told, "clone")["args"][0].update(value=2113929216),
    ),
    _seccomp(
        "rare sockets",
        "containers may call socket with argument 0 of 38",
        lambda told: _bounded(told, "socket")["args"][0].update(value=38),
    ),
    _seccomp("only logs", "ends with SCMP_ACT_LOG", lambda told: told.update(defaultAction="SCMP_ACT_LOG")),
    _seccomp("allows all", "ends with SCMP_ACT_ALLOW", lambda told: told.update(defaultAction="SCMP_ACT_ALLOW")),
    _seccomp("kills", "it is no profile of seccomp", lambda told: told.update(defaultAction="SCMP_ACT_KILL_PROCESS")),
    _seccomp(
        "hands calls to somebody", "it is no profile of seccomp", lambda told: told.update(listenerPath="/run/a.sock")
    ),
    _seccomp(
        "other processors",
        "lets in the calls of other processors",
        lambda told: told.update(architectures=["SCMP_ARCH_X86"]),
    ),
    _seccomp("clone3 is no more unknown", "clone3 does not fail with error 38", lambda told: told["syscalls"].pop()),
    _seccomp(
        "both",
        "read is allowed and refused",
        lambda told: told["syscalls"].append({"names": ["read"], "action": "SCMP_ACT_ERRNO"}),
    ),
    _seccomp("another error", "fails with error 2: programs", lambda told: told.update(defaultErrnoRet=2)),
    _fault("seccomp is no JSON", "it is no profile of seccomp", edit(_SECCOMP, "{", "[")),
    _fault("AppArmor is missing", f"{_ARMOR}  is not there", _without(_ARMOR)),
    _fault("seccomp is missing", f"{_SECCOMP}  is not there", _without(_SECCOMP)),
    _fault("its script is missing", f"{_SCRIPT}  is not there", _without(_SCRIPT)),
    _fault("on another pool", "nodes/shared/apparmor/hardener-cards  nobody knows what this file is for", _elsewhere),
    _fault("one is not installed", f"it does not install {_ARMOR}", edit(_SCRIPT, '"apparmor hardener-cards"\n', "")),
    _fault(
        "another is installed",
        "it installs nodes/cards/seccomp/other.json",
        edit(_SCRIPT, '"seccomp hardener-cards.json"\n', '"seccomp hardener-cards.json"\nseccomp other.json\n'),
    ),
)
