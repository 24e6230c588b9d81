"""Which admission policies the API server of a version has.

(staging/src/k8s.io/api/admissionregistration/*/zz_generated.prerelease-lifecycle.go, and the gates in
pkg/features/kube_features.go.) What is not general is served only if the API server is told to.
"""

from __future__ import annotations

from typing import Final

from hardener.verify.flags import API_SERVER, flag
from hardener.verify.objects import Object
from hardener.verify.written import Written

_ALWAYS: Final = 10_000
_GROUP: Final = "admissionregistration.k8s.io"
_SERVED: Final = {
    ("Validating", "v1"): range(30, _ALWAYS),
    ("Validating", "v1beta1"): range(28, 34),
    ("Validating", "v1alpha1"): range(26, 32),
    ("Mutating", "v1"): range(36, _ALWAYS),
    ("Mutating", "v1beta1"): range(34, 40),
    ("Mutating", "v1alpha1"): range(32, 38),
}
"""From which minor on, and until which."""

_GENERAL: Final = {"Validating": 30, "Mutating": 36}
"""Since when the plugin is on by itself."""


def unserved(written: Written, object: Object, minor: int) -> str:
    """Why an API server would not take an object, or take it and not heed it; empty if it does."""
    kind = object.kind.partition("AdmissionPolicy")[0]
    version = object.api_version.rpartition("/")[2]
    if minor not in _SERVED.get((kind, version), ()):
        return f"Kubernetes 1.{minor} has no {object.kind} of {object.api_version}"
    if version != "v1" and not _told(written, "runtime-config", f"{_GROUP}/{version}"):
        return f"Kubernetes 1.{minor} serves {object.api_version} only where --runtime-config tells its API server to"
    if minor < _GENERAL[kind] and not _told(written, "feature-gates", f"{kind}AdmissionPolicy"):
        return f"Kubernetes 1.{minor} heeds it only where --feature-gates tells its API server to"
    return ""


def _told(written: Written, name: str, what: str) -> bool:
    said = flag(written, API_SERVER, name)
    return said is not None and any(each in (f"{what}=true", what) for each in said.values)
