"""What is told of what containers do: one function for each rule about system calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hardener.profile.addresses import address_block, blocks
from hardener.verify.runtime.deciding import Event
from hardener.verify.runtime.known import Known

SHELLS: Final = ("ash", "bash", "busybox", "csh", "dash", "fish", "ksh", "mksh", "sh", "tcsh", "zsh")
MANAGERS: Final = (
    *("apk", "apt", "apt-get", "aptitude", "cargo", "conda", "dnf", "dpkg", "gem", "microdnf", "npm", "pacman", "pip"),
    *("pip3", "rpm", "snap", "tdnf", "yarn", "yum", "zypper"),
)
PROGRAMS: Final = ("/bin", "/sbin", "/usr/bin", "/usr/libexec", "/usr/local/bin", "/usr/local/sbin", "/usr/sbin")
TOKENS: Final = ("/run/secrets/kubernetes.io/serviceaccount", "/var/run/secrets/kubernetes.io/serviceaccount")
OPENS: Final = ("open", "openat", "openat2")
MOVES: Final = ("rename", "renameat", "renameat2")
LINKS: Final = ("link", "linkat", "symlink", "symlinkat")
UNDECLARED: Final = "network.undeclared"
LOOPBACK: Final = ("0.0.0.0/32", "127.0.0.0/8", "::/128", "::1/128")


def _below(path: object, folders: tuple[str, ...]) -> bool:
    return any(f"{path}/".startswith(f"{folder}/") for folder in folders)


def _in_container(event: Event) -> bool:
    return event.get("container.id") not in (None, "host")


def _started(event: Event) -> bool:
    return event["evt.type"] in ("execve", "execveat") and _in_container(event)


def _opened(event: Event, how: str) -> bool:
    succeeded = event.get("fd.typechar") == "f" and int(str(event.get("fd.num", -1))) >= 0
    return event["evt.type"] in OPENS and event.get(how) is True and succeeded and _in_container(event)


def _put_there(event: Event) -> bool:
    kind = event["evt.type"]
    if kind in OPENS:
        return _opened(event, "evt.is_open_write") and _below(event.get("fd.name"), PROGRAMS)
    moved = kind in MOVES and _below(event.get("fs.path.target"), PROGRAMS)
    return _in_container(event) and (moved or (kind in LINKS and _below(event.get("fs.path.source"), PROGRAMS)))


def _calls(event: Event) -> bool:
    """Somebody begins to speak with an address that is not its own."""
    if event.get("fd.typechar") not in ("4", "6") or "fd.snet" not in event or not _in_container(event):
        return False
    address = address_block(str(event["fd.snet"]))
    if any(each.covers(address) for each in blocks(LOOPBACK)):
        return False
    if event["evt.type"] == "connect":
        return event.get("fd.l4proto") == "tcp"
    fresh = event.get("fd.connected") is False and event.get("fd.name_changed") is True
    return event["evt.type"] in ("sendto", "sendmsg") and event.get("fd.l4proto") == "udp" and fresh


CONTAINERS: Final[dict[str, Callable[[Known, Event], bool]]] = {
    "process.shell": lambda _, event: (
        _started(event) and event.get("proc.name") in SHELLS and event.get("proc.vpid") != 1
    ),
    "process.package-manager": lambda _, event: _started(event) and event.get("proc.name") in MANAGERS,
    "container.privileged": lambda known, event: (
        _started(event)
        and event.get("container.privileged") is True
        and event.get("k8s.ns.name") not in known.privileged
    ),
    "file.binaries": lambda _, event: _put_there(event),
    "file.token": lambda known, event: (
        _opened(event, "evt.is_open_read")
        and event.get("fd.filename") == "token"
        and _below(event.get("fd.name"), TOKENS)
        and event.get("k8s.ns.name") not in known.tokens
    ),
    "network.api-server": lambda known, event: (
        _calls(event) and known.is_api_server(event) and event.get("k8s.ns.name") not in known.callers
    ),
    UNDECLARED: lambda known, event: (
        _calls(event) and not known.is_api_server(event) and event.get("k8s.ns.name") in known.namespaces
    ),
}
