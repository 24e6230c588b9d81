"""What is written for a component that does not read it: it says what it did, and nothing of it holds any more.

A kubelet refuses a configuration of another kind or version. The API server takes what it does not know in a plugin's
configuration for nothing, or does not start: both are told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hardener.catalog import api_version, minor
from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.objects import Object, finding, shaped
from hardener.verify.settings import kubeadm
from hardener.verify.settings.admission import FILE
from hardener.verify.settings.documents import documents, of_single
from hardener.verify.settings.folder import pools
from hardener.verify.settings.shapes import AdmissionConfiguration, PodSecurity, Tolerated

_KUBELET: Final = "KubeletConfiguration"
_PODS: Final = "PodSecurity"
_PLACES: Final = "PodNodeSelector"
_TAINTS: Final = "PodTolerationRestriction"
_SELECTORS: Final = "podNodeSelectorPluginConfig"


def unread(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """A finding for each document, or part of one, that its component does not read."""
    version = api_version(_KUBELET, minor(profile.cluster.kubernetes))
    for pool in pools(profile):
        yield from of_single(files, f"nodes/{pool}/kubelet.yaml", lambda document: _kubelet(document, version))
    if kubeadm.FILE in files:
        for document in documents(files, kubeadm.FILE)[0]:
            if document.kind == _KUBELET:
                yield from _kubelet(document, version)
    yield from of_single(files, FILE, lambda document: _plugins(document, minor(profile.cluster.kubernetes)))


def _kubelet(document: Object, version: str) -> Iterator[Finding]:
    if (document.kind, document.api_version) != (_KUBELET, version):
        message = f"this is no {_KUBELET} of {version}: no kubelet reads it"
        yield finding("settings", document, message, "kind")


def _plugins(document: Object, version: int) -> Iterator[Finding]:
    """What EventRateLimit is told is read with its numbers."""
    found = shaped(document, AdmissionConfiguration, "settings")
    if found.api_version != api_version("AdmissionConfiguration", version):
        yield finding("settings", document, f"no API server reads {found.api_version}", "apiVersion")
    named = [plugin.name for plugin in found.plugins]
    for name in (_PODS, _PLACES, _TAINTS):
        if name not in named:
            yield finding("settings", document, f"{name} is told nothing", "plugins")
    for number, plugin in enumerate(found.plugins):
        path = ("plugins", number, "configuration")
        if named.index(plugin.name) != number:
            yield finding("settings", document, f"{plugin.name} is told something twice", "plugins", number)
        elif plugin.name == _PODS:
            said = shaped(document, PodSecurity, "settings", *path).api_version
            if said != api_version("PodSecurityConfiguration", version):
                yield finding("settings", document, f"no API server of 1.{version} reads {said}", *path)
        elif plugin.name == _PLACES and set(plugin.configuration) != {_SELECTORS}:
            yield finding("settings", document, f"{_PLACES} reads nothing but {_SELECTORS}", *path)
        elif plugin.name == _TAINTS:
            shaped(document, Tolerated, "settings", *path)
