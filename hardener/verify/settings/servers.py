"""What the servers of k3s and RKE2 are told: the same arguments, partly by keys of their own, and keys besides.

As k3s reads its configuration (pkg/configfilearg and pkg/cli/cmds of k3s): NAME+ is added to what NAME lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from posixpath import dirname
from typing import Any, Final

from hardener.catalog import distribution, minor
from hardener.profile import Profile
from hardener.profile.endpoints import endpoint
from hardener.verify import Finding
from hardener.verify.objects import Object, finding
from hardener.verify.settings import agreed
from hardener.verify.settings.arguments import Told, shown
from hardener.verify.settings.chosen import COMPONENTS, FOLDER, LOG_FOLDER, by_installer
from hardener.verify.settings.connections import host_files
from hardener.verify.settings.documents import Line, lines, single
from hardener.verify.settings.flag_files import of_list
from hardener.verify.settings.numbers import WORDS, truth

# Flags of the API server that an installer has a key for, and since when.
_KEYS: Final[Mapping[str, Mapping[str, tuple[str, int]]]] = {
    "k3s": {"service-node-port-range": ("service-node-port-range", 24)},
    "rke2": {
        "service-node-port-range": ("service-node-port-range", 24),
        "audit-policy-file": ("audit-policy-file", 24),
        "pod-security-admission-config-file": ("admission-control-config-file", 25),
    },
}
# What a server brings by itself, and must be told to leave out where another plugin is named.
_PLUGINS: Final = {"k3s": ("kube-router",), "rke2": ("calico", "canal", "cilium")}
_PROVIDERS_SINCE: Final = 30
_MODE: Final = "write-kubeconfig-mode"
_EIGHTS: Final = re.compile(r"0*[0-7]{1,3}")
# Of the host, and no promise's business.
_ADDRESSES: Final = ("node-ip", "advertise-address")
_FREE: Final = ("tls-san", "tls-san+", *_ADDRESSES)
# What RKE2 brings into the API server's container itself (pkg/podtemplate of RKE2).
_MOUNTED: Final = (
    *("/etc/ca-certificates", "/etc/pki/tls/certs", "/etc/ssl/certs", "/usr/local/share/ca-certificates"),
    *("/usr/share/ca-certificates", LOG_FOLDER),
)


def told(files: Mapping[str, str], profile: Profile) -> tuple[dict[str, Told], list[Finding]]:
    """The arguments of each component, and what of them cannot be read."""
    document, findings = _document(files, profile)
    if document is None:
        return {}, findings
    line = lines(document.text, document.file, document.line)
    arguments: dict[str, Told] = {}
    for component in COMPONENTS:
        listed = [each for key in _lists(component) for each in _listed(document, key, line, findings)]
        if component == "kube-apiserver":
            listed += _by_key(document, profile, line)
        arguments[component], wrong = of_list(document.file, line(f"{component}-arg"), iter(listed))
        findings += wrong
    return arguments, findings


def rest(files: Mapping[str, str], profile: Profile, told: Mapping[str, Told]) -> Iterator[Finding]:
    """What is wrong with the keys that are no arguments."""
    document, _ = _document(files, profile)
    if document is None:
        return
    wanted = _wanted(profile)
    known = {*wanted, *_FREE, *_keys(profile), *(key for each in COMPONENTS for key in _lists(each))}
    for key, (value, word, at) in wanted.items():
        found = document.data.get(key)
        if not (_closed(found, value) if key == _MODE else _says(found, value)):
            message = f"{key} is {'missing' if found is None else shown(found)}, and {shown(value)} is promised"
            yield finding(word, document, message, key, at=tuple(at.split(".")) if at else ())
    for key, value in document.data.items():
        if key not in known:
            yield finding("settings", document, f"nobody knows what {key} does to the promises", key)
        elif key in _ADDRESSES and (wrong := agreed.address(key, value, profile)):
            yield finding("settings", document, f"{key} is {shown(value)}: {wrong.message}", key, at=wrong.at)


def passed_on(files: Mapping[str, str], profile: Profile, pool: str) -> tuple[Told | None, list[Finding]]:
    """What k3s and RKE2 pass on to the kubelets of a pool, and what of it cannot be read."""
    file = f"nodes/{pool}/{distribution(profile.cluster.distribution).installer}.yaml"
    if file not in files:
        return None, []
    document, findings = single(files, file)
    if document is None:
        return None, findings
    for key in document.data.keys() - {"kubelet-arg"}:
        findings.append(finding("settings", document, f"nobody knows what {key} does to the promises", key))
    line = lines(document.text, document.file, document.line)
    told, wrong = of_list(file, line("kubelet-arg"), iter([*_listed(document, "kubelet-arg", line, findings)]))
    return told, [*findings, *wrong]


def _document(files: Mapping[str, str], profile: Profile) -> tuple[Object | None, list[Finding]]:
    return single(files, f"control-plane/{distribution(profile.cluster.distribution).installer}.yaml")


def _lists(component: str) -> tuple[str, str]:
    return f"{component}-arg", f"{component}-arg+"


def _keys(profile: Profile) -> dict[str, str]:
    """The keys that stand for flags of the API server at this version."""
    at = minor(profile.cluster.kubernetes)
    keys = _KEYS[distribution(profile.cluster.distribution).installer]
    return {key: flag for key, (flag, since) in keys.items() if at >= since}


def _listed(document: Object, key: str, line: Line, findings: list[Finding]) -> Iterator[tuple[str, int]]:
    """Each argument of a list with its line. etcd's cipher suites are a list inside of one."""
    listed = document.data.get(key, [])
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        findings.append(finding("settings", document, f"{key} is no list of NAME=VALUE", key))
        return
    for number, each in enumerate(listed):
        name, equals, value = each.partition("=")
        if key.startswith("etcd-") and name == "cipher-suites" and value[:1] + value[-1:] == "[]":
            value = value[1:-1]
        yield f"{name}{equals}{value}", line(key, number)


def _by_key(document: Object, profile: Profile, line: Line) -> list[tuple[str, int]]:
    return [(f"{flag}={document.data[key]}", line(key)) for key, flag in _keys(profile).items() if key in document.data]


def _wanted(profile: Profile) -> dict[str, tuple[Any, str, str]]:
    """What each key must say, by which promise, and where the profile decides it."""
    cluster, at = profile.cluster, minor(profile.cluster.kubernetes)
    installer = distribution(cluster.distribution).installer
    wanted: dict[str, tuple[Any, str, str]] = {
        "cluster-cidr": (",".join(cluster.networks.pods), "settings", "cluster.networks.pods"),
        "service-cidr": (",".join(cluster.networks.services), "settings", "cluster.networks.services"),
        "etcd-expose-metrics": (False, "secrets", ""),
        _MODE: ("0600", "settings", ""),
    }
    if cluster.api_server.endpoint:
        wanted["tls-san+"] = ([endpoint(cluster.api_server.endpoint).host], "settings", "cluster.apiServer.endpoint")
    if by_installer(profile) and at >= _PROVIDERS_SINCE:
        provider = profile.control_plane.encryption.provider
        wanted["secrets-encryption-provider"] = (provider, "secrets", "controlPlane.encryption.provider")
    wanted |= _of_k3s(profile) if installer == "k3s" else _of_rke2(profile, at)
    return {key: each for key, each in wanted.items() if each[0] not in ("", [])}


def _of_k3s(profile: Profile) -> dict[str, tuple[Any, str, str]]:
    cluster = profile.cluster
    wanted: dict[str, tuple[Any, str, str]] = {
        "https-listen-port": (str(cluster.api_server.port or ""), "settings", "cluster.apiServer.port"),
        "protect-kernel-defaults": (True, "settings", ""),
    }
    if by_installer(profile):
        wanted["secrets-encryption"] = (True, "secrets", "controlPlane.encryption")
    if cluster.cni not in _PLUGINS["k3s"]:
        wanted["flannel-backend"] = ("none", "settings", "cluster.cni")
        wanted["disable-network-policy"] = (True, "settings", "cluster.cni")
    return wanted


def _of_rke2(profile: Profile, at: int) -> dict[str, tuple[Any, str, str]]:
    cni, kms = profile.cluster.cni, profile.control_plane.encryption.kms
    folders = {FOLDER} | ({dirname(kms.endpoint.removeprefix("unix://"))} if kms else set())
    for file in host_files(profile):
        if not file.startswith(tuple(f"{each}/" for each in (*_MOUNTED, FOLDER))):
            folders.add(dirname(file) if dirname(file).count("/") > 1 else file)
    return {
        "profile": ("cis-1.6" if at == minor("1.24") else "cis", "settings", ""),
        "cni": (cni if cni in _PLUGINS["rke2"] else "none", "settings", "cluster.cni"),
        "kube-apiserver-extra-mount": ([f"{each}:{each}:ro" for each in sorted(folders)], "settings", "controlPlane"),
    }


def _says(found: Any, wanted: Any) -> bool:
    """Does a key say what it must? A list in any order; words and numbers in any form."""
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and set(map(str, found)) >= set(wanted)
            and (len(found) == len(wanted) or not any(":" in each for each in wanted))
        )
    if isinstance(wanted, bool):
        return found is wanted or (isinstance(found, str) and found in WORDS and truth(found) is wanted)
    return found is not None and not isinstance(found, bool) and str(found) == wanted


def _closed(found: Any, wanted: str) -> bool:
    """Is a file as closed as it must be, or more so? Its mode is read by eights (pkg/util of k3s)."""
    return isinstance(found, str) and bool(_EIGHTS.fullmatch(found)) and not int(found, 8) & ~int(wanted, 8)
