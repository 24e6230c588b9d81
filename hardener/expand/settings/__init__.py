"""The control plane's flags and the configuration files that they name."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.catalog import distribution, minor
from hardener.expand import audit, secrets, tls
from hardener.expand.flags import Choice, Choices, flags
from hardener.expand.settings import admission, authentication, authorization, joining, plugin
from hardener.expand.settings.connections import connections
from hardener.expand.settings.kubeadm import kubeadm
from hardener.expand.settings.server import gaps as server_gaps
from hardener.expand.settings.server import server
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
    started = {
        "kube-apiserver": flags("kube-apiserver", at, target, _api_server(profile) | speaking),
        "kube-controller-manager": flags(
            "kube-controller-manager", at, target, _controller_manager(profile) | speaking
        ),
        "kube-scheduler": flags("kube-scheduler", at, target, speaking),
    }
    by_kubeadm = target.installer == "kubeadm"
    return Settings(
        api_server=started["kube-apiserver"],
        controller_manager=started["kube-controller-manager"],
        scheduler=started["kube-scheduler"],
        admission=admission.admission(profile),
        authentication=authentication.authentication(profile),
        issuers_authority=authentication.issuers_authority(profile),
        authorization=authorization.authorization(profile),
        connections=connections(profile),
        kubeadm=kubeadm(profile) if by_kubeadm else None,
        server=None if by_kubeadm else server(profile, started),
    )


def gaps(profile: Profile) -> Iterator[Gap]:
    """What the profile asks of the control plane and this cluster has no means for."""
    target = distribution(profile.cluster.distribution)
    at = minor(profile.cluster.kubernetes)
    yield from (Gap(path=each.path, what=each.what, who=each.who) for each in target.missing if at in each.span)
    if target.installer:
        yield from authentication.gaps(profile)
        yield from authorization.gaps(profile)
        yield from plugin.gaps(profile)
        yield from joining.gaps(profile) if target.installer == "kubeadm" else server_gaps(profile)
    elif profile.cluster.api_server.endpoint is not None:
        yield Gap(
            path="cluster.apiServer.endpoint",
            what=f"{target.title} gives the API server its name, and this one is known to nobody there",
            who="provider",
        )


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
    # Where no authority of the cluster is named, the installer itself signs these certificates and checks them.
    authority = distribution(profile.cluster.distribution).files.get("cluster-ca")
    if rotation.serving_certificates and authority:
        source = "controlPlane.rotation.servingCertificates"
        chosen["kubelet-certificate-authority"] = Choice(authority, source)
    return chosen


def _controller_manager(profile: Profile) -> Choices:
    source = "controlPlane.rotation.certificates"
    return {"cluster-signing-duration": Choice(profile.control_plane.rotation.certificates, source)}
