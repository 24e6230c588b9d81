"""Profiles made at random, sound by construction, and texts that a careless program would stumble over.

`profiles()` gives plain data, `as_yaml` writes them down. Small by default: two or three of everything show whatever
there is to see. What is weak gets the exception that it needs, by asking the rules themselves.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

from hypothesis import strategies as st

from hardener.catalog import supported
from hardener.catalog.cni import Cni, cni, cni_names
from hardener.errors import Problem, ProfileError
from hardener.rules import read_sound
from hardener.rules.exceptions import WEAK
from hardener.source import parse
from tests import strategies_of_words as words

Data = dict[str, Any]

DISTRIBUTIONS = ("kubeadm", "k3s", "rke2", "eks", "gke", "aks")
CNIS = tuple(name for name in cni_names() if (facts := cni(name)) and facts.enforces)

# Disjoint ranges of each family, for each use.
RANGES = {
    4: {
        "pods": ["10.244.0.0/16", "10.240.0.0/12"],
        "services": ["10.96.0.0/16", "172.20.0.0/16"],
        "nodes": ["192.168.20.0/24", "10.32.0.0/16"],
        "controlPlane": ["192.168.20.8/29", "192.168.99.0/24"],
    },
    6: {
        "pods": ["fd00:10:244::/56"],
        "services": ["fd00:10:96::/112"],
        "nodes": ["fd00:20::/64"],
        "controlPlane": ["fd00:20::10/124", "fd00:99::/64"],
    },
}
OUTSIDE = {
    4: {"203.0.113.0/24": "203.0.113.128/25", "198.51.100.16/28": "198.51.100.17/32", "10.9.0.0/16": "10.9.1.0/24"},
    6: {"2001:db8:5::/48": "2001:db8:5:1::/64", "fd77::/32": "fd77:0:1::/48"},
}


def profiles(cnis: tuple[str, ...] = CNIS, versions: tuple[str, ...] = supported()) -> st.SearchStrategy[Data]:
    """Sound profiles as plain data, of every section."""
    return _profiles(cnis, versions).map(accepted)


def texts() -> st.SearchStrategy[str]:
    """Sound profiles as YAML, their keys in any order."""
    return profiles().flatmap(lambda data: shuffled(data).map(as_yaml))


def accepted(data: Data) -> Data:
    """The profile with an exception for everything in it that is weak. Anything wrong in it is a mistake here."""
    try:
        read_sound(parse(as_yaml(data), "generated.yaml"))
    except ProfileError as error:
        wrong = [str(problem) for problem in error.problems if problem.rule not in WEAK]
        assert not wrong, "\n\n".join(wrong)
        weak = dict.fromkeys((problem.rule, _place(problem)) for problem in error.problems)
        return {**data, "exceptions": [_exception(rule, where) for rule, where in weak]}
    return data


def _place(problem: Problem) -> str:
    # Of two zones that clash the second is named, and which one that is depends on the order of the keys.
    return "zones" if problem.rule == "pool.mixed-trust" else problem.where


def _exception(rule: str, where: str) -> Data:
    return {"rule": rule, "at": where, "reason": "accepted", "owner": "somebody", "expires": "2031-12-31"}


def shuffled(data: Any) -> st.SearchStrategy[Any]:
    """The same data with the keys of every mapping in another order; lists keep theirs."""
    return st.integers(0, 2**32).map(lambda seed: _in_another_order(data, Random(seed)))


def _in_another_order(data: Any, luck: Random) -> Any:
    if isinstance(data, list):
        return [_in_another_order(item, luck) for item in data]
    if not isinstance(data, dict):
        return data
    return {key: _in_another_order(data[key], luck) for key in luck.sample(list(data), len(data))}


def as_yaml(data: Any, indent: str = "") -> str:
    """The data as block YAML, every text in double quotes, so that nothing depends on what a plain word means."""
    if isinstance(data, dict) and data:
        return "".join(f"\n{indent}{_quoted(key)}:{_inside(value, indent)}" for key, value in data.items())
    if isinstance(data, list) and data:
        return "".join(f"\n{indent}-{_inside(value, indent)}" for value in data)
    return _quoted(data) if isinstance(data, str) else json.dumps(data)


def _inside(value: Any, indent: str) -> str:
    written = as_yaml(value, indent + "  ")
    return written if written.startswith("\n") else f" {written}"


def _quoted(text: str) -> str:
    """The text in double quotes, whatever does not print escaped as both JSON and YAML read it."""
    return "".join(char if char.isprintable() else _escape(char) for char in json.dumps(text, ensure_ascii=False))


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


@st.composite
def _profiles(draw: st.DrawFn, cnis: tuple[str, ...], versions: tuple[str, ...]) -> Data:
    cluster = draw(_clusters(cnis, versions))
    plugin = cni(cluster["cni"])
    assert plugin is not None
    pools = draw(words.pools())
    quotas, limits = draw(words.quotas()), draw(words.limits())
    zones = draw(words.zones(pools, quotas, limits, cluster["kubernetes"]))
    roles, path_roles = draw(words.roles()), draw(words.path_roles())
    tenants = draw(words.tenants(zones, quotas, limits, roles))
    data = {
        "apiVersion": "hardener/v1",
        "kind": "HardeningProfile",
        "metadata": draw(words.metadata()),
        "cluster": cluster,
        "zones": zones,
        "pools": pools,
        "quotas": quotas,
        "limits": limits,
        "roles": {**roles, **path_roles},
        "tenants": tenants,
        "access": draw(words.cluster_access({**roles, **path_roles}, tenants)),
        "flows": draw(st.lists(_flows(zones, tenants, plugin), max_size=4)),
        "controlPlane": draw(words.control_planes(cluster)),
        "images": draw(words.images(zones, cluster["kubernetes"])),
        "runtime": draw(words.runtime()),
        "compliance": draw(words.compliance()),
    }
    # What is empty may also be left out.
    return {key: value for key, value in data.items() if value or draw(st.booleans())}


@st.composite
def _clusters(draw: st.DrawFn, cnis: tuple[str, ...], versions: tuple[str, ...]) -> Data:
    distribution = draw(st.sampled_from(DISTRIBUTIONS))
    elsewhere = ("vpc-cni",) if distribution != "eks" else ()
    name = draw(st.sampled_from([each for each in cnis if each not in elsewhere]))
    plugin = cni(name)
    families = draw(st.sampled_from([(4,), (6,), (4, 6)] if plugin and plugin.ipv6 else [(4,)]))
    cluster: Data = {
        "kubernetes": draw(st.sampled_from(versions)),
        "distribution": distribution,
        "cni": name,
        "networks": {use: [draw(st.sampled_from(RANGES[family][use])) for family in families] for use in RANGES[4]},
    }
    if draw(st.booleans()):
        cluster["systemNamespaces"] = ["kube-system", f"{name}-system"]
    if draw(st.booleans()):
        cluster["delivery"] = draw(words.subjects())
    if draw(st.booleans()):
        cluster["apiServer"] = {
            "port": draw(st.sampled_from([443, 6443])),
            "addresses": [{4: "192.168.99.7/32", 6: "fd00:99::7/128"}[families[0]]],
        }
    if draw(st.booleans()):
        cluster["networks"]["tunnels"] = [{4: "10.244.7.0/29", 6: "fd00:10:244::/125"}[family] for family in families]
    if draw(st.booleans()):
        cluster["dns"] = {"nodeLocal": "169.254.20.10" if 4 in families else "fd00:53::10"}
        if distribution in ("gke", "aks"):
            first = cluster["networks"]["services"][0].partition("/")[0]
            cluster["dns"]["service"] = f"{first}a" if first.endswith(":") else first.removesuffix("0") + "53"
    return cluster


@st.composite
def _flows(draw: st.DrawFn, zones: Data, tenants: Data, plugin: Cni) -> Data:
    inside = _inside_ends(zones, tenants, plugin)
    # Names are asked for through DNS, which a zone may be without.
    named = plugin.names and all(zone.get("dns", True) for zone in zones.values())
    outside = _outside_ends(plugin)
    called = st.one_of(outside, st.just({"fqdn": ["api.example.com", "*.example.org"]})) if named else outside
    source, target = inside, inside
    if plugin.ip_block:
        source, target = draw(st.sampled_from([(inside, inside), (inside, called), (outside, inside)]))
    flow = {"from": draw(source), "to": draw(target), "ports": draw(_ports(plugin))}
    return {**flow, "reason": draw(words.lines())} if draw(st.booleans()) else flow


def _inside_ends(zones: Data, tenants: Data, plugin: Cni) -> st.SearchStrategy[Data]:
    names = [name for tenant in tenants.values() for name in tenant["namespaces"]]
    labels = {"pods": words.labels(min_size=1)} if plugin.pods_of_namespace else {}
    return st.one_of(
        st.fixed_dictionaries({"namespace": st.sampled_from(names)}, optional=labels),
        st.fixed_dictionaries({"tenant": st.sampled_from(list(tenants))}),
        st.fixed_dictionaries({"zone": st.sampled_from(list(zones))}),
    )


def _outside_ends(plugin: Cni) -> st.SearchStrategy[Data]:
    ranges = [pair for family in ((4, 6) if plugin.ipv6 else (4,)) for pair in OUTSIDE[family].items()]
    with_hole = st.sampled_from(ranges).map(lambda pair: {"cidr": pair[0], "except": [pair[1]]})
    return st.one_of(
        st.sampled_from(ranges).map(lambda pair: {"cidr": pair[0]}),
        with_hole,
        st.sampled_from([{"internet": True}, {"apiServer": True}, {"nodes": True}]),
    )


def _ports(plugin: Cni) -> st.SearchStrategy[list[Any]]:
    protocols = ["", "/TCP", "/UDP", *(["/SCTP"] if plugin.sctp else [])]
    written = st.builds("{}{}".format, st.integers(1, 65535), st.sampled_from(protocols))
    ranges = st.builds(
        lambda first, more, protocol: f"{first}-{first + more}{protocol}",
        st.integers(1, 65000),
        st.integers(0, 500 if plugin.end_port else 20),
        st.sampled_from(protocols),
    )
    return st.lists(st.one_of(st.integers(1, 65535), written, ranges), min_size=1, max_size=3)
