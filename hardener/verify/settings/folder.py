"""Which files for hosts there must be, whose promise each belongs to, and what of them is not proven."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from hardener.catalog import distribution, minor
from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.settings import chosen, confined
from hardener.verify.settings.connections import webhooks
from hardener.verify.settings.firewall import FILE as FIREWALL
from hardener.verify.settings.firewall import is_wanted
from hardener.verify.strays import HARMLESS

_SHARED: Final = "shared"
_PROGRAMS: Final = (".sh", ".service", ".timer")
_POOL: Final = re.compile(r"^nodes/[^/]+/")
_FOLDERS: Final = ("control-plane/", "nodes/")

# What is there, and of which nothing but that is proven here: what a program does is not decided by reading it. The
# command line, which knows the templates as well, compares these files with what the profile renders to.
NOT_PROVEN: Final[Mapping[str, str]] = {
    "control-plane/encryption-keys.sh": "makes, rotates and hands on the keys of encryption",
    "control-plane/approve-serving-certificates.sh": "approves what kubelets ask to serve",
    "control-plane/approve-serving-certificates.service": "runs it",
    "control-plane/approve-serving-certificates.timer": "runs it again and again",
    "nodes/label-nodes.sh": "gives a node the labels of its pool",
    "nodes/POOL/install-profiles.sh": "installs profiles: which ones is proven, and how it does is not",
    "nodes/POOL/permissions.sh": "closes a host's files: what it goes by is proven, and how it does is not",
}


def folder(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """A finding for each file that is missing or empty, and for each that nobody knows."""
    wanted = wanted_files(profile)
    yield from missing("settings", files, profile)
    for file in sorted(files):
        if file.startswith(_FOLDERS) and file not in wanted and not HARMLESS.fullmatch(file):
            message = "nobody knows what this file is for: whoever installs the output might install it too"
            yield Finding(word="settings", file=file, message=message)


def missing(word: str, files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """A finding for each file of a promise that is not there, or a program that does nothing."""
    for file, owner in sorted(wanted_files(profile).items()):
        if owner == word and file not in files:
            yield Finding(word=word, file=file, message="is not there")
        elif owner == word and file.endswith(_PROGRAMS) and not files[file].strip():
            yield Finding(word=word, file=file, message="is empty")


def programs(profile: Profile) -> dict[str, tuple[str, str]]:
    """Each file of NOT_PROVEN that there must be, with the promise that it belongs to and what it does."""
    return {
        file: (word, NOT_PROVEN[_POOL.sub("nodes/POOL/", file)])
        for file, word in sorted(wanted_files(profile).items())
        if file.endswith(_PROGRAMS)
    }


def pools(profile: Profile) -> list[str]:
    """Every pool: those of the profile, the shared one, and the control plane's where it is ours."""
    own = [chosen.CONTROL_PLANE] if distribution(profile.cluster.distribution).control_plane == "administrator" else []
    return [*profile.pools, _SHARED, *own]


def wanted_files(profile: Profile) -> dict[str, str]:
    """Each file for hosts, and the promise that looks after it."""
    target, at = distribution(profile.cluster.distribution), minor(profile.cluster.kubernetes)
    wanted = {"nodes/label-nodes.sh": "settings"}
    by_arguments = target.installer in ("k3s", "rke2") and at < chosen.DROP_INS_SINCE
    for pool in pools(profile):
        wanted |= {f"nodes/{pool}/{name}": "settings" for name in ("kubelet.yaml", "modprobe.conf", "sysctl.conf")}
        wanted[f"nodes/{pool}/node.labels"] = "nodes"
        if is_wanted(profile):
            wanted[f"nodes/{pool}/{FIREWALL}"] = "settings"
        wanted |= dict.fromkeys(confined.files(profile, pool), "settings")
        if target.permissions:
            wanted[f"nodes/{pool}/permissions.sh"] = "settings"
        if target.installer == "kubeadm" or by_arguments:
            wanted[f"nodes/{pool}/kubelet.flags"] = "settings"
        if by_arguments:
            wanted[f"nodes/{pool}/{target.installer}.yaml"] = "settings"
    if target.installer:
        wanted |= {f"control-plane/{name}": word for name, word in _of_control_plane(profile)}
    return wanted


def _of_control_plane(profile: Profile) -> Iterator[tuple[str, str]]:
    target, asked = distribution(profile.cluster.distribution), profile.control_plane
    yield f"{target.installer}.yaml", "settings"
    yield "admission-configuration.yaml", "settings"
    yield from ((f"{name}.flags", "settings") for name in chosen.COMPONENTS)
    yield "audit-policy.yaml", "audit"
    if profile.cluster.networks.control_plane:
        yield "etcd.nft", "secrets"
    if not chosen.by_installer(profile):
        yield "encryption-configuration.yaml", "secrets"
        yield "encryption-keys.sh", "secrets"
    if chosen.has_authentication_file(profile):
        yield "authentication-configuration.yaml", "settings"
    elif asked.authentication.oidc and asked.authentication.oidc[0].certificate_authority:
        yield "oidc-ca.crt", "settings"
    if chosen.has_authorization_file(profile):
        yield "authorization-configuration.yaml", "settings"
    for file in webhooks(profile):
        name = file.removeprefix("control-plane/")
        yield name, "audit" if name.startswith("audit-") else "settings"
    if target.serving_certificates == "administrator" and asked.rotation.serving_certificates:
        yield from ((f"approve-serving-certificates.{end}", "settings") for end in ("sh", "yaml", "service", "timer"))
