"""Faults in what Falco is told."""

from __future__ import annotations

from collections.abc import Callable

from tests.falco import AUDIT, CALLS, PROFILE
from tests.verifying import Fault, Files, edit

_POLICY = "control-plane/audit-policy.yaml"
_SHELL = "and proc.name in (hardener_shells) and not proc.vpid = 1"


def _fault(name: str, says: str, break_: Callable[[Files], None]) -> Fault:
    return Fault(name, PROFILE, "runtime", says, break_)


def _without(path: str, rule: str) -> Callable[[Files], None]:
    """A rule taken out, up to the next one."""

    def break_(files: Files) -> None:
        before, _, rest = files[path].partition(f"- rule: {rule}\n")
        assert rest
        files[path] = before + rest[rest.index("- rule:") :]

    return break_


def _add(path: str, text: str) -> Callable[[Files], None]:
    def break_(files: Files) -> None:
        files[path] = files.get(path, "") + text

    return break_


def _gone(path: str) -> Callable[[Files], None]:
    return lambda files: files.__delitem__(path)


FAULTS = (
    _fault("no rules at all", "is not there: Falco tells of nothing", _gone(CALLS)),
    _fault("no rules about the log", "is not there: Falco tells of nothing", _gone(AUDIT)),
    _fault("a rule taken out", "there is no rule file.token", _without(CALLS, "file.token")),
    _fault(
        "a rule of somebody else",
        "nobody knows what the rule mine is for",
        edit(CALLS, "rule: file.token", "rule: mine"),
    ),
    _fault(
        "a file beside them",
        "Falco may load it beside the rules",
        _add("runtime/more.yaml", "- list: x\n  items: []\n"),
    ),
    _fault(
        "a rule switched off",
        "process.shell is switched off",
        edit(CALLS, "- rule: process.shell\n", "- rule: process.shell\n  enabled: false\n"),
    ),
    _fault(
        "a rule switched off afterwards",
        "Falco does not load it",
        _add(CALLS, "- rule: process.shell\n  enabled: false\n"),
    ),
    _fault(
        "a list added to",
        "Falco does not load it",
        _add(CALLS, "- list: hardener_api_callers\n  items: [api]\n  append: true\n"),
    ),
    _fault(
        "a list replaced", "there are two of hardener_shells", _add(CALLS, "- list: hardener_shells\n  items: [zsh]\n")
    ),
    _fault(
        "told in a low voice",
        "has the priority DEBUG; CRITICAL is promised",
        edit(CALLS, "priority: CRITICAL", "priority: DEBUG"),
    ),
    _fault("quiet in one more", "process.shell is silent in api", edit(CALLS, "values: [lab]", "values: [api, lab]")),
    _fault("loud where it is quieted", "process.shell tells of lab", edit(CALLS, "values: [lab]", "values: [web]")),
    _fault("a shell left out", "process.shell does not tell of", edit(CALLS, "fish, ksh", "ksh")),
    _fault(
        "a program left out by its command",
        "process.shell asks about proc.cmdline",
        edit(CALLS, _SHELL, f"{_SHELL} and not proc.cmdline contains backup"),
    ),
    _fault(
        "a person left out",
        "audit.secrets asks whether ka.user.name is 'mallory'",
        edit(AUDIT, "ka.target.resource = secrets", "ka.target.resource = secrets and not ka.user.name = mallory"),
    ),
    _fault(
        "a namespace left out",
        "file.binaries does not tell of",
        edit(
            CALLS,
            '"hardener_container and hardener_put_there"',
            '"hardener_container and hardener_put_there and not k8s.ns.name in (web)"',
        ),
    ),
    _fault(
        "a namespace with a token more",
        "file.token does not tell of",
        edit(CALLS, "items: [kube-system, web]\n\n", "items: [api, kube-system, web]\n\n"),
    ),
    _fault(
        "a caller of the API server more",
        "network.api-server does not tell of",
        edit(CALLS, "hardener_api_callers\n  items: [", "hardener_api_callers\n  items: [api, "),
    ),
    _fault(
        "a port more",
        "network.undeclared is silent about a call from api",
        edit(CALLS, "tcp, 5432, 5432]", "tcp, 5432, 5433]"),
    ),
    _fault(
        "a port less",
        "network.undeclared tells of a call from api",
        edit(CALLS, "udp, 8000, 8100]", "udp, 8001, 8100]"),
    ),
    _fault(
        "a range more", "is silent about a call from api to 10.9.1.0", edit(CALLS, '"10.9.0.0/24"', '"10.9.0.0/23"')
    ),
    _fault(
        "an exception of another form",
        "nobody here knows what the exception quiet",
        edit(CALLS, "comps: in", "comps: startswith"),
    ),
    _fault("a condition that Falco refuses", "Falco does not load it", edit(CALLS, _SHELL, f"{_SHELL} and")),
    _fault(
        "a wildcard not heard of",
        "audit.widest-rights does not tell of",
        edit(AUDIT, "intersects (*, bind,", "intersects (bind,"),
    ),
    _fault("who delivers is a stranger", "audit.rights tells of", edit(AUDIT, "items: [deployer, ", "items: [")),
    _fault(
        "the control plane's accounts",
        "audit.token does not tell of",
        edit(AUDIT, "hardener_control_plane_users\n  items: [", "hardener_control_plane_users\n  items: [deployer, "),
    ),
    _fault("an older Falco", "it is for Falco's engine 0.30.0", edit(CALLS, '"0.57.0"', '"0.30.0"')),
    _fault("no plugin", "it does not ask for the plugin container", edit(CALLS, "name: container\n", "name: json\n")),
    _fault(
        "bodies not recorded",
        "audit.privileged-pod would never tell of create of pods",
        edit(_POLICY, "\nrules:\n", '\nrules:\n  - {level: Metadata, resources: [{group: "", resources: [pods]}]}\n'),
    ),
    _fault(
        "entering not recorded",
        "audit.exec would never tell of",
        edit(_POLICY, "\nrules:\n", '\nrules:\n  - {level: None, resources: [{group: "", resources: [pods/exec]}]}\n'),
    ),
    _fault(
        "its beginning left out",
        "its stage ResponseStarted is left out",
        edit(_POLICY, "\nrules:\n", "\nomitStages: [ResponseStarted]\nrules:\n"),
    ),
)
