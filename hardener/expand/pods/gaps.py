"""What the profile asks of pods and Services, and nothing in the output refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog import distribution, minor
from hardener.expand.pods import security_policies
from hardener.plan.admission import FIRST
from hardener.plan.gap import Gap
from hardener.profile import Profile
from hardener.profile.zones import Exposed, Zone

# (shouldIgnore in plugin/pkg/admission/security/podsecuritypolicy of Kubernetes 1.24: no subresource is judged.)
_ADDED_LATER: Final = (
    "a PodSecurityPolicy does not judge a container that is added to a pod that runs (kubectl debug, which the role "
    "admin may): the label of the namespace does, but knows the level alone"
)

# (pkg/controller/serviceaccount/tokens_controller.go writes the token of whichever account such a Secret names.)
_TOKENS: Final = (
    "a pod that mounts a token of its account though the profile gives it none, since a pod may ask for one where its "
    "account mounts none by itself; nor a Secret of the type kubernetes.io/service-account-token, into which "
    "Kubernetes writes a token of any account of the namespace that never ends: whoever may create and read Secrets, "
    "as the role admin, has it"
)

# Why a provider's API server of 1.24 may hold pods to the label of their namespace alone.
# (docs.aws.amazon.com/eks/latest/userguide/pod-security-policy.html; the others' flag --enable-pod-security-policy.)
_POLICIES_OF_PROVIDERS: Final = {
    "eks": "EKS lets everybody use a PodSecurityPolicy of its own, eks.privileged, which allows everything: until it "
    "is deleted, with the role and the binding that let everybody use it",
    "gke": "GKE asks PodSecurityPolicies only where a cluster was made with --enable-pod-security-policy: without it",
    "aks": "AKS asks PodSecurityPolicies only where a cluster was made with --enable-pod-security-policy: without it",
}

# What Kyverno refuses at any version, where the profile names it (expand/images.py).
_KYVERNO: Final = ("registries", "digests")

_PRIORITIES: Final = (
    "the priority class system-cluster-critical or system-node-critical, which evicts pods of others where it finds "
    "no room"
)

# From this minor version on the gate UserNamespacesSupport is on unless somebody turns it off.
_USER_NAMESPACES_SINCE: Final = 33


def gaps(profile: Profile) -> Iterator[Gap]:
    """A gap for each thing asked that this version of Kubernetes, or this output, has no means for."""
    at = minor(profile.cluster.kubernetes)
    for name, zone in profile.zones.items():
        yield from _of_zone(name, zone, at, profile.images.verifier)
    if at < FIRST:
        yield from _before_admission_policies(profile)
    if at <= security_policies.LAST and profile.cluster.distribution in _POLICIES_OF_PROVIDERS and profile.zones:
        why = _POLICIES_OF_PROVIDERS[profile.cluster.distribution]
        what = f"{why}, the label of a namespace holds, and nothing that a zone asks beyond its Pod Security level"
        yield Gap(path="zones", what=what, who="administrator")
    if profile.compliance.cis is not None:
        exempt = ", ".join(sorted(set(profile.cluster.system_namespaces)))
        yield Gap(
            path="cluster.systemNamespaces",
            what=f"pods of {exempt} are exempt, and privileged ones run there: a check that looks at what runs, as "
            "kube-bench's 5.2, goes on naming them",
            who="nobody: what runs a cluster needs it",
        )


def _of_zone(name: str, zone: Zone, at: int, verifier: str | None) -> Iterator[Gap]:
    if zone.user_namespaces and FIRST <= at < _USER_NAMESPACES_SINCE:
        what = f"Kubernetes 1.{at} forgets hostUsers while its feature gate UserNamespacesSupport is off, as it is "
        what += "unless somebody turns it on: until then every pod of the zone is refused"
        yield Gap(path=f"zones.{name}.userNamespaces", what=what, who="administrator")
    if at < FIRST and isinstance(zone.exposed, Exposed):
        what = f"{_without_means(at)} a Service that is reached from elsewhere, or by a port of the nodes"
        yield Gap(path=f"zones.{name}.exposed", what=what, who="administrator")
    if at < FIRST and zone.external_names is not None:
        what = f"{_without_means(at)} a Service that stands for another external name"
        yield Gap(path=f"zones.{name}.externalNames", what=what, who="administrator")
    for key, asked, pod in _asked(zone):
        verified = verifier == "kyverno" and key in _KYVERNO
        what = _not_refused(key, pod, at) if asked and not verified else ""
        if what:
            yield Gap(path=f"zones.{name}.{key}", what=what, who="administrator")


def _not_refused(key: str, pod: str, at: int) -> str:
    """What is let pass of a thing asked; "" if nothing is."""
    if at >= FIRST:
        return ""
    if at > security_policies.LAST or key not in security_policies.SAID:
        return f"{_without_means(at)} a pod {pod}"
    # The runtime class is the pod's, which a new container does not change.
    return "" if key == "runtimeClass" else _ADDED_LATER


def _before_admission_policies(profile: Profile) -> Iterator[Gap]:
    refuses = _without_means(minor(profile.cluster.kubernetes))
    if profile.tenants:
        yield Gap(path="tenants", what=f"{refuses} {_TOKENS}; nor a pod of {_PRIORITIES}", who="administrator")
    for name, tenant in profile.tenants.items():
        if tenant.hosts:
            what = f"{refuses} an Ingress, a Gateway or a route that takes the host names of others"
            yield Gap(path=f"tenants.{name}.hosts", what=what, who="administrator")
    what = f"{refuses} a Service of the type NodePort or LoadBalancer in a namespace that the profile does not know"
    yield Gap(path="zones", what=what, who="administrator")
    admission = profile.control_plane.admission
    if admission.deny_service_external_ips and not distribution(profile.cluster.distribution).installer:
        what = f"{refuses} a Service with external IPs, and the provider lets nobody set the plugin that would"
        yield Gap(path="controlPlane.admission.denyServiceExternalIPs", what=what, who="administrator")


def _without_means(at: int) -> str:
    return f"an API server of 1.{at} cannot be told to refuse (from 1.{FIRST} on it can: upgrade)"


def _asked(zone: Zone) -> tuple[tuple[str, bool, str], ...]:
    """Each key that an admission policy can be made for: is it given, and which pods break it."""
    return (
        ("registries", bool(zone.registries), "with an image from elsewhere"),
        ("digests", zone.digests, "whose image is named by a tag"),
        ("runtimeClass", zone.runtime_class is not None, "of another runtime class"),
        ("seccomp", zone.seccomp is not None, "with another seccomp profile"),
        ("appArmor", zone.app_armor is not None, "with another AppArmor profile"),
        ("seLinux", zone.se_linux is not None, "with other SELinux options"),
        ("capabilities", zone.capabilities is not None, "that adds other capabilities"),
        ("priorityClasses", zone.priority_classes is not None, "of another priority class"),
        ("userNamespaces", zone.user_namespaces, "in the user namespace of its node"),
    )
