"""Who approves the certificates that kubelets ask for."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.catalog import distribution
from hardener.plan.gap import Gap
from hardener.plan.serving import Serving
from hardener.profile import Profile
from hardener.profile.endpoints import endpoint


def serving(profile: Profile) -> Serving | None:
    """What the approver goes by; None where nobody asks, or where the installer or the provider answers."""
    target = distribution(profile.cluster.distribution)
    if target.serving_certificates != "administrator" or not profile.control_plane.rotation.serving_certificates:
        return None
    networks, api_server = profile.cluster.networks, profile.cluster.api_server
    reached = endpoint(api_server.endpoint) if api_server.endpoint else None
    reached_at = {str(reached.address)} if reached and reached.address else set()
    return Serving(
        nodes=tuple(sorted(set(networks.nodes))),
        control_plane=tuple(sorted({*networks.control_plane, *api_server.addresses, *reached_at})),
        names=(reached.host,) if reached and not reached.address else (),
    )


def gaps(profile: Profile) -> Iterator[Gap]:
    """The approver runs where an administrator installs it, no Kubernetes brings one, and it knows what it is told."""
    if serving(profile) is None:
        return
    yield Gap(
        path="controlPlane.rotation.servingCertificates",
        what="nothing in Kubernetes approves the certificates that kubelets ask for: until somebody installs "
        "control-plane/approve-serving-certificates.sh, logs and exec fail on a new node",
        who="administrator",
    )
    if not profile.cluster.networks.control_plane:
        yield Gap(
            path="cluster.networks.controlPlane",
            what="nothing says which addresses the control plane has: approve-serving-certificates.sh keeps no node "
            "from one of them that no other node has in the API",
            who="administrator",
        )
