"""What a condition may ask: the fields, and what each may be compared with. Anything else might silence a rule.

Beside it stand values that make a difference where an event has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from hardener.profile.addresses import block
from hardener.verify.runtime import containers, requests
from hardener.verify.runtime.conditions import Check
from hardener.verify.runtime.deciding import Value
from hardener.verify.runtime.known import Known

SPACES: Final = ("k8s.ns.name", "ka.target.namespace")
_OPEN: Final = ("execve", "execveat", "connect", "sendto", "sendmsg")


class Words(NamedTuple):
    """What a field may be compared with, and which values of it are tried."""

    constants: frozenset[str]
    values: tuple[Value, ...]


Vocabulary = Mapping[str, Words]


def unknown(check: Check, vocabulary: Vocabulary) -> str:
    """What of a question is not understood here; empty if all of it is. Namespaces are looked at one by one."""
    if check.field not in vocabulary:
        return f"asks about {check.field}"
    if check.field in SPACES:
        return "" if check.operator == "in" else f"compares {check.field} by {check.operator}"
    strange = [value for value in check.values if value not in vocabulary[check.field].constants]
    return f"asks whether {check.field} is {strange[0]!r}" if strange else ""


def of_containers(known: Known) -> Vocabulary:
    """For conditions about containers."""
    flags = Words(frozenset(("true", "false")), (True, False))
    paths = (*containers.PROGRAMS, *containers.TOKENS)
    below = Words(frozenset(containers.PROGRAMS), tuple(f"{path}/x" for path in containers.PROGRAMS))
    networks = (*containers.LOOPBACK, *map(str, known.api_server))
    return {
        "evt.type": _texts((*_OPEN, *containers.OPENS, *containers.MOVES, *containers.LINKS)),
        "evt.is_open_read": flags,
        "evt.is_open_write": flags,
        "container.id": _texts(("host",)),
        "container.privileged": flags,
        "proc.name": _texts((*containers.SHELLS, *containers.MANAGERS)),
        "proc.vpid": Words(frozenset("1"), (1,)),
        "fd.typechar": Words(frozenset("f46"), ("f", "4", "6", "u")),
        "fd.num": Words(frozenset("0"), (0, -1)),
        "fd.name": Words(frozenset(paths), tuple(f"{path}{end}" for path in paths for end in ("/token", "x/token"))),
        "fd.filename": _texts(("token",)),
        "fd.l4proto": _texts(("tcp", "udp")),
        "fd.connected": flags,
        "fd.name_changed": flags,
        "fd.snet": Words(frozenset(networks), tuple(_first(text) for text in networks)),
        "fd.sport": Words(frozenset(map(str, known.api_ports)), tuple(sorted(known.api_ports))),
        "fs.path.source": below,
        "fs.path.target": below,
        "k8s.ns.name": _texts(()),
    }


def of_requests(known: Known) -> Vocabulary:
    """For conditions about requests."""
    resources = (*requests.RIGHTS, *requests.ADMISSION, *requests.GUARD_RAILS)
    others = ("pods", "secrets", "serviceaccounts", "namespaces", "certificatesigningrequests")
    users = (*requests.CONTROL_PLANE, "system:anonymous", *sorted(known.users))
    verbs = ("*", "bind", "escalate", "impersonate")
    return {
        "ka.stage": _texts(("ResponseStarted", "ResponseComplete")),
        "ka.verb": _texts((*requests.WRITES, "get", "list", "watch")),
        "ka.user.name": Words(frozenset((*users, requests.NODE)), (*users, f"{requests.NODE}a")),
        "ka.user.groups": _several(("system:masters", *sorted(known.groups))),
        "ka.impuser.name": Words(frozenset(), ("mallory",)),
        "ka.auth.decision": Words(frozenset(("allow",)), ("allow", "forbid")),
        "ka.uri": Words(frozenset(requests.HEALTH), tuple(f"{path}?verbose" for path in requests.HEALTH)),
        "ka.target.resource": _texts((*resources, *others)),
        "ka.target.subresource": _texts(
            ("exec", "attach", "portforward", "proxy", "ephemeralcontainers", "token", "approval")
        ),
        "ka.target.namespace": _texts(()),
        "ka.req.pod.containers.privileged": Words(frozenset(("true",)), (("true",), ("false",))),
        **{f"ka.req.pod.host_{what}": _texts(("true",)) for what in ("network", "pid", "ipc")},
        "ka.req.role.rules.verbs": _several(verbs),
        "ka.req.role.rules.resources": _several(("*",)),
        "ka.req.binding.role": _texts(("cluster-admin",)),
    }


def _texts(words: Iterable[str]) -> Words:
    found = tuple(words)
    return Words(frozenset(found), found)


def _several(words: Iterable[str]) -> Words:
    found = tuple(words)
    return Words(frozenset(found), tuple((word,) for word in found))


def _first(text: str) -> str:
    """The first address of a range."""
    return str(block(text)).partition("/")[0]
