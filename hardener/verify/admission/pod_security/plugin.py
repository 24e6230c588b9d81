"""The plugin PodSecurity of an API server: whom it judges by which standard, and whom it lets pass.

Written after admission/admission.go in k8s.io/pod-security-admission. It judges pods as they are created, and again as
their images or containers change; never what makes pods. Nobody has to turn it on from Kubernetes 1.23 on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, ValidationError, convert

from hardener.verify.admission.pod_security.checks import Level, Violation, violations
from hardener.verify.admission.pod_security.labels import Standard, read_version, standard
from hardener.verify.admission.pod_security.pod import KINDS, Fields, spec


class UnreadableError(Exception):
    """No API server would start with this configuration, or it says what we do not know."""


class _Exempt(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    namespaces: frozenset[str] = frozenset()
    runtime_classes: frozenset[str] = frozenset()
    usernames: frozenset[str] = frozenset()


class _Defaults(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    enforce: Level = "privileged"
    enforce_version: str = "latest"
    audit: Level = "privileged"
    audit_version: str = "latest"
    warn: Level = "privileged"
    warn_version: str = "latest"


class _Configuration(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    api_version: Literal[
        "pod-security.admission.config.k8s.io/v1",
        "pod-security.admission.config.k8s.io/v1beta1",
        "pod-security.admission.config.k8s.io/v1alpha1",
    ]
    kind: Literal["PodSecurityConfiguration"]
    defaults: _Defaults = _Defaults()
    exemptions: _Exempt = _Exempt()


class PodSecurity(Struct, frozen=True, kw_only=True):
    """The plugin as an API server of a minor version runs it."""

    minor: int
    default: Standard = Standard(level="privileged")
    namespaces: frozenset[str] = frozenset()
    runtime_classes: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()

    def enforced(self, namespace: str, labels: Mapping[str, str]) -> Standard:
        """By which standard pods of a namespace are judged, if nothing else exempts them."""
        return Standard(level="privileged") if namespace in self.namespaces else standard(labels, self.default)

    def broken(self, pod: Fields, namespace: str, labels: Mapping[str, str], user: str) -> tuple[Violation, ...]:
        """What a pod breaks that `user` creates; nothing where it passes, or is not judged."""
        if user in self.users or spec(pod).get("runtimeClassName") in self.runtime_classes:
            return ()
        asked = self.enforced(namespace, labels)
        return violations(asked.level, self.version(asked), pod)

    def version(self, asked: Standard) -> int:
        """The minor of the standards that is meant: none that is newer than the API server."""
        return self.minor if asked.version is None else min(asked.version, self.minor)


def significant(pod: Fields, old: Fields) -> bool:
    """Does a change of a pod make it another to the standards: by an image, or a container that is new or gone?"""
    images, before = (
        {kind: {one.get("name"): one.get("image") for one in spec(each).get(kind) or ()} for kind in KINDS}
        for each in (pod, old)
    )
    return images != before


def read(configuration: object, minor: int) -> PodSecurity:
    """The plugin with what an AdmissionConfiguration says of it; None: it says nothing. Raises UnreadableError."""
    if configuration is None:
        return PodSecurity(minor=minor)
    try:
        read = convert(configuration, _Configuration)
    except ValidationError as error:
        raise UnreadableError(str(error)) from error
    said = read.defaults
    for version in (said.enforce_version, said.audit_version, said.warn_version):
        if version != "latest" and read_version(version) is None:
            raise UnreadableError(f"{version} is no version of the Pod Security Standards")
    exempt = read.exemptions
    return PodSecurity(
        minor=minor,
        default=Standard(level=said.enforce, version=read_version(said.enforce_version)),
        namespaces=exempt.namespaces,
        runtime_classes=exempt.runtime_classes - {""},
        users=exempt.usernames - {""},
    )
