"""`cluster`: one that hardener knows, whose network plugin enforces what the profile promises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hardener.catalog import supported
from hardener.catalog.cni import cni, cni_names
from hardener.errors import Problem
from hardener.profile import Profile, replace
from hardener.profile.addresses import RangeError, address_block
from hardener.profile.nearest import close
from hardener.rules.names import nearest
from hardener.rules.subjects import subject_mistakes
from hardener.source import Source

_VERSION: Final = r"(?s)v?(1\.(?:0|[1-9][0-9]?))(?:[.+-].*)?"

# Known by name, besides those of the catalog: each connects pods, and none reads a NetworkPolicy.
# Kubernetes' page on network plugins says so of kubenet; the others are in github.com/containernetworking/plugins.
_ONLY_CONNECTING: Final = frozenset({"bridge", "host-device", "ipvlan", "kubenet", "macvlan", "multus", "ptp"})

# Amazon's plugin gives pods addresses of network interfaces that only Amazon's machines have.
_OF_ONE_CLOUD: Final = {"vpc-cni": ("Amazon's network interfaces", frozenset({"gke", "aks"}))}

# Every cluster has these, and nothing that runs it runs there.
_NOT_OF_THE_SYSTEM: Final = {
    "default": "whatever names no namespace lands in default",
    "kube-node-lease": "kube-node-lease holds the nodes' signs of life and no pods",
    "kube-public": "kube-public holds what everybody may read and no pods",
}


def version_is_known(profile: Profile, source: Source) -> Iterator[Problem]:
    """What a release of Kubernetes understands must be known before anything is written for it."""
    version = profile.cluster.kubernetes
    if version not in supported():
        yield source.problem(
            ("cluster", "kubernetes"),
            f"hardener knows Kubernetes {supported()[0]} to {supported()[-1]}, and not {version!r}",
            help=_version_help(version),
            rule="cluster.version",
        )


def network_plugin_enforces(profile: Profile, source: Source) -> Iterator[Problem]:
    """A NetworkPolicy that nothing enforces protects nobody."""
    name, known = profile.cluster.cni, cni(profile.cluster.cni)
    if known is not None and known.enforces:
        return
    enforcing = _enforcing()
    if known is not None or name in _ONLY_CONNECTING:
        what = f"{name} connects pods and enforces no NetworkPolicy: every pod could reach every other"
        help = "canal adds what flannel lacks; or choose: " if name == "flannel" else "choose: "
        help += ", ".join(enforcing)
        yield source.problem(("cluster", "cni"), what, help=help, rule="cluster.cni-enforces")
    else:
        what = f"no network plugin that hardener knows is called {name!r}"
        yield source.problem(("cluster", "cni"), what, help=nearest(name, enforcing), rule="cluster.cni-unknown")


def network_plugin_runs_there(profile: Profile, source: Source) -> Iterator[Problem]:
    """A plugin of one cloud does not run in another."""
    cluster = profile.cluster
    needs, elsewhere = _OF_ONE_CLOUD.get(cluster.cni, ("", frozenset()))
    if cluster.distribution in elsewhere:
        yield source.problem(
            ("cluster", "cni"),
            f"{cluster.cni} needs {needs}, and {cluster.distribution} has none",
            help="choose calico or cilium, or the distribution eks",
            rule="cluster.cni-elsewhere",
        )


def system_namespaces_hold_the_system(profile: Profile, source: Source) -> Iterator[Problem]:
    """Without its exemption kube-system would refuse its own pods: kube-proxy, DNS, the network plugin."""
    names = profile.cluster.system_namespaces
    if "kube-system" not in names:
        yield source.problem(
            ("cluster", "systemNamespaces"),
            "kube-system is not among the namespaces of the system, and its pods would be refused",
            help=f"write systemNamespaces: [{', '.join(dict.fromkeys(('kube-system', *names)))}]",
            rule="cluster.system-namespaces",
        )
    for index, name in enumerate(names):
        if name in _NOT_OF_THE_SYSTEM:
            yield source.problem(
                ("cluster", "systemNamespaces", index),
                f"{_NOT_OF_THE_SYSTEM[name]}, and what is named here is exempt from what pods are asked",
                help=f"remove {name}: what runs the cluster runs in namespaces of its own",
                rule="cluster.system-namespaces",
            )
        if name in names[:index]:
            yield source.problem(
                ("cluster", "systemNamespaces", index),
                f"{name} is named twice",
                help="keep one of the two",
                rule="cluster.system-namespaces",
            )


def dns_cache_has_an_address(profile: Profile, source: Source) -> Iterator[Problem]:
    """The node-local cache is reached at one address."""
    address = profile.cluster.dns.node_local
    if address is None:
        return
    try:
        address_block(address)
    except RangeError:
        yield source.problem(
            ("cluster", "dns", "nodeLocal"),
            f"{address!r} is not an address",
            help="write one IPv4 or IPv6 address, usually 169.254.20.10",
            rule="cluster.dns-address",
        )


def delivery_is_somebody(profile: Profile, source: Source) -> Iterator[Problem]:
    """Who may change guard rails is named, and is nobody whom Kubernetes itself names."""
    cluster = profile.cluster
    yield from subject_mistakes(cluster.delivery, ("cluster", "delivery"), source, cluster.distribution)


def with_known_cluster(profile: Profile) -> Profile:
    """The profile for rules that ask the catalog: what it does not know, refused above, gives way to what it knows."""
    cluster = profile.cluster
    version, plugin = cluster.kubernetes, cni(cluster.cni)
    # Only a refusal reads more of the catalog than this one plugin.
    if version in supported() and plugin is not None and plugin.enforces:
        return profile
    name = close(cluster.cni, _enforcing()) or "calico"
    return replace(profile, cluster=replace(cluster, kubernetes=_nearest_version(version), cni=name))


def _enforcing() -> list[str]:
    """The network plugins of the catalog that enforce NetworkPolicies."""
    return [name for name in cni_names() if (plugin := cni(name)) and plugin.enforces]


def _version_help(version: str) -> str:
    written = re.fullmatch(_VERSION, version)
    if written is None:
        return f'write the minor version, quoted: "{supported()[-1]}"'
    minor = written[1]
    if version == f"v{minor}" and minor in supported():
        return f'write "{minor}"'
    if minor in supported():
        return f'a profile holds for every patch of a minor version: write "{minor}"'
    if _minor(minor) < _minor(supported()[0]):
        return f"it is older than anything that can be hardened: upgrade the cluster to {supported()[0]} or newer"
    return f'it is newer than this hardener: upgrade hardener, or write "{supported()[-1]}" until then'


def _nearest_version(version: str) -> str:
    written = re.fullmatch(_VERSION, version)
    if written is None:
        return supported()[-1]
    return min(supported(), key=lambda known: abs(_minor(known) - _minor(written[1])))


def _minor(version: str) -> int:
    return int(version.removeprefix("1."))
