"""The control plane's flags and the configuration files that they name."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.catalog import distribution, minor
from hardener.expand import audit, secrets, tls
from hardener.expand.flags import Choice, Choices, flags
from hardener.expand.settings import admission, authentication, authorization, joining
from hardener.expand.settings.connections import connections
from hardener.expand.settings.kubeadm import kubeadm
from hardener.plan.gap import Gap
from hardener.plan.settings import Settings
from hardener.profile import Profile

__all__ = ["gaps", "settings"]


def settings(profile: Profile) -> Settings | None:
    """Everything that the control plane's components are started with; None where it is not set up by us."""
    target = distribution(profile.cluster.distribution)
    if not target.installer:
        return None
    at = minor(profile.cluster.kubernetes)
    speaking = tls.choices(profile)
    return Settings(
        api_server=flags("kube-apiserver", at, target, _api_server(profile) | speaking),
        controller_manager=flags("kube-controller-manager", at, target, _controller_manager(profile) | speaking),
        scheduler=flags("kube-scheduler", at, target, speaking),
        admission=admission.admission(profile),
        authentication=authentication.authentication(profile),
        issuers_authority=authentication.issuers_authority(profile),
        authorization=authorization.authorization(profile),
        connections=connections(profile),
        kubeadm=kubeadm(profile),
    )


def gaps(profile: Profile) -> Iterator[Gap]:
    """What the profile asks of the control plane and this cluster has no means for."""
    target = distribution(profile.cluster.distribution)
    yield from (Gap(path=each.path, what=each.what, who=each.who) for each in target.missing)
    if target.installer:
        yield from authentication.gaps(profile)
        yield from authorization.gaps(profile)
        yield from joining.gaps(profile)
        yield from _serving_certificates(profile)


def _api_server(profile: Profile) -> Choices:
    control_plane = profile.control_plane
    requests, rotation = control_plane.requests, control_plane.rotation
    chosen = {
        "service-node-port-range": Choice(control_plane.service_node_port_range, "controlPlane.serviceNodePortRange"),
        "max-requests-inflight": Choice(str(requests.inflight), "controlPlane.requests.inflight"),
        "max-mutating-requests-inflight": Choice(str(requests.mutating), "controlPlane.requests.mutating"),
        "request-timeout": Choice(requests.timeout, "controlPlane.requests.timeout"),
        "service-account-max-token-expiration": Choice(rotation.tokens, "controlPlane.rotation.tokens"),
        **admission.choices(profile),
        **audit.choices(profile),
        **authentication.choices(profile),
        **authorization.choices(profile),
        **secrets.choices(profile),
    }
    if rotation.serving_certificates:
        authority = distribution(profile.cluster.distribution).files["cluster-ca"]
        source = "controlPlane.rotation.servingCertificates"
        chosen["kubelet-certificate-authority"] = Choice(authority, source)
    return chosen


def _controller_manager(profile: Profile) -> Choices:
    source = "controlPlane.rotation.certificates"
    return {"cluster-signing-duration": Choice(profile.control_plane.rotation.certificates, source)}


def _serving_certificates(profile: Profile) -> Iterator[Gap]:
    if profile.control_plane.rotation.serving_certificates:
        yield Gap(
            path="controlPlane.rotation.servingCertificates",
            what="nothing in Kubernetes approves the certificates that kubelets ask for: until somebody does "
            "(kubectl certificate approve), logs and exec fail on a new node",
            who="administrator",
        )
