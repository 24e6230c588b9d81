"""The kinds of object that verify judges, each with its API groups and versions, and whether it lives in a namespace.

An object of any other kind is a finding: nobody here can say what it does to the promises.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

# What an API server takes for a name: a DNS label, a DNS subdomain, or whatever can stand between two slashes.
Names = Literal["label", "subdomain", "segment"]


class Kind(Struct, frozen=True):
    """Where a kind is found. `word` is the promise that it belongs to.

    `names` is what its API takes for names: ValidateObjectMeta and its callers in pkg/apis/*/validation of Kubernetes;
    for kinds of a CustomResourceDefinition, pkg/registry/customresource/validator.go of apiextensions-apiserver.
    """

    word: str
    versions: tuple[str, ...]
    namespaced: bool = True
    names: Names = "subdomain"


_RBAC: Final = ("rbac.authorization.k8s.io/v1",)
_CILIUM: Final = ("cilium.io/v2",)
_KYVERNO: Final = ("policies.kyverno.io/v1",)
_ADMISSION: Final = tuple(f"admissionregistration.k8s.io/{version}" for version in ("v1", "v1beta1", "v1alpha1"))

JUDGED: Final[dict[str, Kind]] = {
    "Namespace": Kind("namespaces", ("v1",), namespaced=False, names="label"),
    "Role": Kind("access", _RBAC, names="segment"),
    "RoleBinding": Kind("access", _RBAC, names="segment"),
    "ClusterRole": Kind("access", _RBAC, namespaced=False, names="segment"),
    "ClusterRoleBinding": Kind("access", _RBAC, namespaced=False, names="segment"),
    "NetworkPolicy": Kind("network", ("networking.k8s.io/v1",)),
    "CiliumNetworkPolicy": Kind("network", _CILIUM),
    "CiliumClusterwideNetworkPolicy": Kind("network", _CILIUM, namespaced=False),
    "ResourceQuota": Kind("quotas", ("v1",)),
    "LimitRange": Kind("quotas", ("v1",)),
    "ServiceAccount": Kind("tokens", ("v1",)),
    "Secret": Kind("tokens", ("v1",)),
    "PodSecurityPolicy": Kind("pods", ("policy/v1beta1",), namespaced=False),
    "ValidatingAdmissionPolicy": Kind("pods", _ADMISSION, namespaced=False),
    "ValidatingAdmissionPolicyBinding": Kind("pods", _ADMISSION, namespaced=False),
    "MutatingAdmissionPolicy": Kind("pods", _ADMISSION, namespaced=False),
    "MutatingAdmissionPolicyBinding": Kind("pods", _ADMISSION, namespaced=False),
    "ImageValidatingPolicy": Kind("pods", _KYVERNO, namespaced=False),
    "ValidatingPolicy": Kind("pods", _KYVERNO, namespaced=False),
    "ClusterImagePolicy": Kind("pods", ("policy.sigstore.dev/v1beta1",), namespaced=False),
}
