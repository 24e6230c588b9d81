"""The hosts of a pool: how their kernels are set, what they never load, and who may read their files or reach them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from hardener.catalog import distribution
from hardener.catalog.hosts import blocked_modules, dotted, hardened_sysctls, kubelet_sysctls
from hardener.profile import Profile
from hardener.profile.pools import Pool
from hardener.profile.ports import protocols
from hardener.verify import Finding
from hardener.verify.settings.chosen import CONTROL_PLANE
from hardener.verify.settings.firewall import FILE as FIREWALL
from hardener.verify.settings.firewall import firewall

_SETTING: Final = re.compile(r"([^\s=#;-][^\s=]*)[ \t]*=[ \t]*(.*?)[ \t]*")
_MODULE: Final = re.compile(r"(blacklist) (\S+)|(install) (\S+) /bin/false")
_DATA: Final = re.compile(r"<< 'END'\n(.*?)^END$", re.DOTALL | re.MULTILINE)


def hosts(files: Mapping[str, str], profile: Profile, pool: str, asked: Pool) -> Iterator[Finding]:
    """What is wrong with the files of a pool's hosts."""
    for name, judge in _JUDGES.items():
        file = f"nodes/{pool}/{name}"
        if file not in files:
            continue
        at = ("pools", pool) if pool in profile.pools else ()
        wrong = _returned(files[file]) or judge(files[file], profile, pool, asked)
        for line, message in wrong:
            yield Finding(word="settings", file=file, line=line, message=message, at=at)


def _returned(text: str) -> list[tuple[int, str]]:
    """The first line with a carriage return, if there is one."""
    if "\r" not in text:
        return []
    number = text.count("\n", 0, text.index("\r")) + 1
    return [(number, "a line ends with a carriage return, which is a part of the last word to whoever reads it")]


def _sysctls(text: str, profile: Profile, pool: str, asked: Pool) -> Iterator[tuple[int, str]]:
    """The kernel is set as the kubelet needs and the profile asks, and in no other way."""
    wanted = {**hardened_sysctls(), **kubelet_sysctls()}
    wanted |= {dotted(name): str(value) for name, value in asked.sysctls.items()}
    found: dict[str, tuple[str, int]] = {}
    for number, line in _lines(text, "#;"):
        setting = _SETTING.fullmatch(line)
        name = dotted(setting[1]) if setting else ""
        if setting is None:
            yield number, "nobody knows what this sets"
        elif name in found:
            yield number, f"{name} is set twice, and the last one counts"
        elif name not in wanted:
            yield number, f"nobody knows what {name} does to the promises: neither the profile nor hardener asks for it"
        if setting:
            found[name] = (setting[2], number)
    for name, value in wanted.items():
        said, number = found.get(name, ("missing", 0))
        if said != value:
            yield number, f"{name} is {said}, and {value} is promised"


def _modules(text: str, profile: Profile, pool: str, asked: Pool) -> Iterator[tuple[int, str]]:
    """What no node needs is loaded neither for a device nor by its name."""
    wanted = {*blocked_modules(), *asked.blocked_modules}
    if not any("SCTP" in protocols(flow.ports) for flow in profile.flows):
        wanted.add("sctp")
    found: set[tuple[str, str]] = set()
    # So also behind what looks like a comment (kmod_config_parse in libkmod).
    for number, line in enumerate(text.split("\n"), 1):
        if line.endswith("\\"):
            yield number, "this line goes on in the next, which says nothing by itself any more"
    for number, line in _lines(text, "#"):
        module = _MODULE.fullmatch(line)
        if module is None:
            yield number, "nobody knows what this loads"
        else:
            found.add((module[1] or module[3], module[2] or module[4]))
    for name in sorted(wanted):
        for word, how in (("blacklist", "for a device"), ("install", "by its name")):
            if (word, name) not in found:
                yield 0, f"the module {name} could be loaded {how}"


def _permissions(text: str, profile: Profile, pool: str, asked: Pool) -> Iterator[tuple[int, str]]:
    """Each file that holds a key or a setting is its owner's alone. Only what the script goes by is looked at."""
    allowed = distribution(profile.cluster.distribution).permissions
    wanted = [*allowed.get("node", ()), *(allowed.get("control-plane", ()) if pool == CONTROL_PLANE else ())]
    data = _DATA.search(text)
    found = [line.replace('"', "") for line in data[1].splitlines()] if data else []
    for line in wanted:
        if line not in found:
            yield 0, f"it leaves alone what is more open than this: {line}"


def _firewall(text: str, profile: Profile, pool: str, asked: Pool) -> Iterator[tuple[int, str]]:
    return firewall(text, profile, pool)


# Who judges each file of a pool's hosts.
_JUDGES: Final = {
    FIREWALL: _firewall,
    "modprobe.conf": _modules,
    "permissions.sh": _permissions,
    "sysctl.conf": _sysctls,
}


def _lines(text: str, comments: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip(" \t")
        if line and line[0] not in comments:
            yield number, line
