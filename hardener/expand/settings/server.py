"""What the servers of k3s and of RKE2, which is made of k3s, are told: keys of their own, and arguments of components.

Each argument that they are given takes the place of their own of that name (GetArgs in pkg/util of k3s).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import dirname
from typing import Final, Literal

from hardener.catalog import distribution, minor
from hardener.expand import secrets
from hardener.expand.audit import LOG_FOLDER
from hardener.expand.flags import FOLDER
from hardener.expand.settings import plugin
from hardener.expand.settings.mounts import kms_folder, webhook_files
from hardener.plan.gap import Gap
from hardener.plan.settings import Flag, KeyKept, Option, Server
from hardener.profile import Profile
from hardener.profile.endpoints import endpoint

Value = str | bool | tuple[str, ...]
Installer = Literal["k3s", "rke2"]

_LAST_WITH_POD_SECURITY_POLICY: Final = 24

# Flags that an installer has a key for, and since which minor version.
_KEYS: Final[Mapping[str, Mapping[str, tuple[str, int]]]] = {
    "k3s": {"service-node-port-range": ("service-node-port-range", 24)},
    "rke2": {
        "service-node-port-range": ("service-node-port-range", 24),
        "audit-policy-file": ("audit-policy-file", 24),
        "admission-control-config-file": ("pod-security-admission-config-file", 25),
    },
}
# The profile of RKE2 for CIS' benchmark: at 1.24 it has a version (pkg/rke2/rke2.go), later it needs none.
_CIS_1_24: Final = "cis-1.6"
_CIS: Final = "cis"
# What RKE2 mounts by itself: each file that an argument names, the folder of the audit log, and the host's
# certificate authorities (pkg/executor/staticpod and pkg/podtemplate).
_MOUNTED: Final = (
    "/etc/ca-certificates",
    "/etc/pki/tls/certs",
    "/etc/ssl/certs",
    "/usr/local/share/ca-certificates",
    "/usr/share/ca-certificates",
    LOG_FOLDER,
    FOLDER,
)
# One command takes a new key, secrets-encrypt rotate-keys, since the releases of September 2024; before, and at older
# versions, it is three, with a restart of each server between them.
_ONE_COMMAND_SINCE: Final = 30
# The key for a provider came with the second provider.
_PROVIDERS_SINCE: Final = 30


def server(profile: Profile, started: Mapping[str, tuple[Flag, ...]]) -> Server:
    """The configuration of every server. `started` are the flags of the components that Kubernetes itself has."""
    target = distribution(profile.cluster.distribution)
    installer: Installer = "rke2" if target.installer == "rke2" else "k3s"
    options = _arguments(profile, installer, started) | _common(profile)
    options |= _rke2(profile) if installer == "rke2" else _k3s(profile)
    return Server(
        installer=installer,
        release=target.releases.get(profile.cluster.kubernetes, ""),
        key=_key(profile),
        options=tuple(
            Option(name=name, value=value) for name, value in sorted(options.items()) if value not in ("", ())
        ),
    )


def gaps(profile: Profile) -> Iterator[Gap]:
    """What k3s or RKE2 does in its own way, beside what holds for all its versions."""
    target = distribution(profile.cluster.distribution)
    if secrets.by_installer(profile) and not profile.control_plane.encryption.plaintext:
        yield Gap(
            path="controlPlane.encryption.plaintext",
            what=f"{target.title} writes its own configuration of encryption, with which what was stored in plain text "
            "is read as well; a rotation of its key encrypts all of it",
            who="administrator",
        )
    elif not secrets.by_installer(profile):
        yield Gap(
            path="controlPlane.encryption",
            what=f"{target.title} does not encrypt so by itself, and is given a configuration of ours: what it "
            "encrypted before by a key of its own cannot be read any more, and its secrets-encrypt commands are of no "
            "use",
            who="administrator",
        )
    if target.installer == "rke2":
        yield from _gaps_of_rke2(profile)


def _gaps_of_rke2(profile: Profile) -> Iterator[Gap]:
    cluster = profile.cluster
    if cluster.api_server.port not in (None, 6443):
        yield Gap(
            path="cluster.apiServer.port",
            what="RKE2's API server listens on 6443 and nowhere else: the other port must lead there",
            who="administrator",
        )
    if minor(cluster.kubernetes) == _LAST_WITH_POD_SECURITY_POLICY:
        yield Gap(
            path="zones",
            what="RKE2 1.24 lets everybody use a PodSecurityPolicy of its own, global-restricted-psp: what a zone asks "
            "for beyond it is not held, until global-restricted-psp-rolebinding is deleted, which binds it",
            who="administrator",
        )


def _arguments(profile: Profile, installer: Installer, started: Mapping[str, tuple[Flag, ...]]) -> dict[str, Value]:
    """The flags of each component: as a key of the installer's where it has one, else as an argument."""
    at = minor(profile.cluster.kubernetes)
    keys = {flag: key for flag, (key, since) in _KEYS[installer].items() if at >= since}
    options: dict[str, Value] = {}
    for component, flags in started.items():
        options |= {keys[flag.name]: flag.value for flag in flags if flag.name in keys}
        options[f"{component}-arg"] = tuple(flag.argument for flag in flags if flag.name not in keys)
    return options | {"etcd-arg": tuple(map(_etcd_argument, secrets.etcd(profile)))}


def _etcd_argument(flag: Flag) -> str:
    """A flag of etcd's. k3s writes them into a file, where the cipher suites are a list and not a word.

    It takes for a list what YAML reads as one (ToConfigFile in pkg/daemons/executor); etcd does not start with a word.
    """
    return f"{flag.name}=[{flag.value}]" if flag.name == "cipher-suites" else flag.argument


def _common(profile: Profile) -> dict[str, Value]:
    """What both have keys for. Networks that the profile does not give are left to them."""
    networks = profile.cluster.networks
    by_installer = secrets.by_installer(profile)
    chosen = by_installer and minor(profile.cluster.kubernetes) >= _PROVIDERS_SINCE
    reached = profile.cluster.api_server.endpoint
    return {
        # With +, it is added to what config.yaml lists (pkg/configfilearg).
        "tls-san+": (endpoint(reached).host,) if reached else (),
        "cluster-cidr": ",".join(networks.pods),
        "service-cidr": ",".join(networks.services),
        "secrets-encryption-provider": profile.control_plane.encryption.provider if chosen else "",
        "etcd-expose-metrics": False,
        "write-kubeconfig-mode": "0600",
    }


def _k3s(profile: Profile) -> dict[str, Value]:
    port = profile.cluster.api_server.port
    options: dict[str, Value] = {
        "https-listen-port": "" if port is None else str(port),
        "protect-kernel-defaults": True,
    }
    if secrets.by_installer(profile):
        options["secrets-encryption"] = True
    if not plugin.is_installed(profile):
        options |= {"flannel-backend": "none", "disable-network-policy": True}
    return options


def _rke2(profile: Profile) -> dict[str, Value]:
    at = minor(profile.cluster.kubernetes)
    return {
        "profile": _CIS_1_24 if at == _LAST_WITH_POD_SECURITY_POLICY else _CIS,
        "cni": profile.cluster.cni if plugin.is_installed(profile) else "none",
        "kube-apiserver-extra-mount": tuple(f"{folder}:{folder}:ro" for folder in _mounts(profile)),
    }


def _mounts(profile: Profile) -> tuple[str, ...]:
    """Folders, since older releases take everything for one (rancher/rke2#1793): our own, and those of others' files.

    RKE2 mounts the files that arguments name, but not what those files name in turn. A folder at the top of the host
    would cover one that the pod needs itself: there it is the file.
    """
    files = webhook_files(profile, _MOUNTED)
    folders = {dirname(file) if dirname(file).count("/") > 1 else file for file in files}
    return tuple(sorted(path for path in {FOLDER, kms_folder(profile), *folders} if path))


def _key(profile: Profile) -> KeyKept:
    if not secrets.by_installer(profile):
        return "by-us"
    return "one-command" if minor(profile.cluster.kubernetes) >= _ONE_COMMAND_SINCE else "three-commands"
