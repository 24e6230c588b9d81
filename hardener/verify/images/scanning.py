"""What Trivy Operator is told: which images it scans, and that it reads no Secrets and starts nothing on hosts.

The names are those of the values of its chart (deploy/helm/values.yaml of github.com/aquasecurity/trivy-operator).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hardener.errors import ProfileError
from hardener.profile import Profile
from hardener.source.manifests import document
from hardener.verify import Finding
from hardener.verify.images.promised import of_namespaces
from hardener.verify.written import Written

FILE: Final = "images/trivy-operator.yaml"
_OPERATOR: Final = {
    "accessGlobalSecretsAndServiceAccount": False,
    "vulnerabilityScannerEnabled": True,
    "exposedSecretScannerEnabled": False,
    "configAuditScannerEnabled": False,
    "rbacAssessmentScannerEnabled": False,
    "infraAssessmentScannerEnabled": False,
    "clusterComplianceEnabled": False,
    "builtInServerRegistryInsecure": False,
}
_SCANS: Final = {
    "scanJobsInSameNamespace": False,
    "scanJobAutomountServiceAccountToken": False,
    "useGCRServiceAccount": False,
    "skipInitContainers": False,
    "skipResourceByLabels": "",
    "scanJobPodTemplatePodSecurityContext": {
        "runAsUser": 10000,
        "runAsGroup": 10000,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "scanJobPodTemplateContainerSecurityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
    },
}


def scanning(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each setting that is not as promised."""
    if FILE not in written.files:
        if profile.images.scanning:
            yield _finding("is not there: what scans images reads Secrets of every namespace by default")
        return
    if not profile.images.scanning:
        yield _finding("the profile has nobody scan images")
        return
    try:
        said = written.config(FILE)
    except ProfileError:
        yield _finding("cannot be read")
        return
    namespaces = ",".join(sorted(of_namespaces(profile)))
    wanted = {"targetNamespaces": namespaces, "operator": _OPERATOR, "trivyOperator": _SCANS}
    for path, has, asks in _differing(said, wanted, ""):
        yield _finding(f"{path} is {has}; {asks} is promised")


def settings(text: str | None) -> dict[str, str]:
    """Every setting of a file by its path; none where there is no file, or one that nobody can read."""
    if text is None:
        return {}
    try:
        return dict(_flat(document(text, FILE), ""))
    except ProfileError:
        return {}


def _flat(said: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(said, Mapping):
        yield path, said if isinstance(said, str) else repr(said)
        return
    for key in sorted(map(str, said)):
        yield from _flat(said.get(key), f"{path}.{key}" if path else key)


def _differing(said: Any, wanted: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Each place where they differ, with what is said there and what should be."""
    if isinstance(said, Mapping) and isinstance(wanted, Mapping):
        for key in sorted({*map(str, said), *wanted}):
            below = f"{path}.{key}" if path else key
            yield from _differing(said.get(key), wanted.get(key), below)
    elif said != wanted or type(said) is not type(wanted):
        yield path or "the file", repr(said), repr(wanted)


def _finding(message: str) -> Finding:
    return Finding(word="pods", file=FILE, message=f"Trivy Operator's settings: {message}", at=("images", "scanning"))
