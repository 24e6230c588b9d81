"""How a node joins: kubeadm's own way asks without a name, and with a token; both are closed unless asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog import minor
from hardener.expand.settings.authentication import PATHS_SINCE
from hardener.plan.gap import Gap
from hardener.plan.settings import Joining
from hardener.profile import Profile
from hardener.profile.addresses import BITS, blocks

_SOURCE: Final = "controlPlane.authentication"


def joining(profile: Profile) -> Joining:
    """What a node shows when it joins.

    The line that `kubeadm init` prints first reads the ConfigMap cluster-info without a name. With a discovery file
    kubeadm reads it too, by the credentials in the file if there are any: after 403, Forbidden, it does without, but
    after 401, Unauthorized, it tries again until it gives up (cmd/kubeadm/app/discovery/file/file.go).
    """
    if not profile.control_plane.authentication.bootstrap_tokens:
        return "certificate"
    return "token-in-file" if minor(profile.cluster.kubernetes) >= PATHS_SINCE else "token"


def gaps(profile: Profile) -> Iterator[Gap]:
    """Where the line that kubeadm prints fails, an administrator makes a file for each node that joins.

    kubeadm takes no second host of the control plane where all know the first by its own address
    (checkIfReadyForAdditionalControlPlane in cmd/kubeadm/app/cmd/phases/join/preflight.go).
    """
    how = joining(profile)
    if profile.cluster.api_server.endpoint is None and not _is_one_host(profile.cluster.networks.control_plane):
        yield Gap(
            path="cluster.apiServer",
            what="without cluster.apiServer.endpoint, a name or an address that leads to all API servers, kubeadm "
            "takes no second host into the control plane: give one from the start, if there may ever be several",
            who="administrator",
        )
    if how == "certificate":
        yield Gap(
            path=f"{_SOURCE}.bootstrapTokens",
            what="the line for nodes that kubeadm init prints fails, since no join token is believed: they join with a "
            "discovery file that has a certificate; control-plane/kubeadm.yaml says how to make one",
            who="administrator",
        )
    elif how == "token-in-file":
        yield Gap(
            path=f"{_SOURCE}.anonymous",
            what="the line for nodes that kubeadm init prints fails, since it asks without a name first: they join "
            "with a discovery file that has the token; control-plane/kubeadm.yaml says how to make one",
            who="administrator",
        )


def _is_one_host(ranges: tuple[str, ...]) -> bool:
    """Is there room for one host alone: one address, or one of each family?"""
    found = blocks(ranges)
    families = {each.family for each in found}
    return bool(found) and len(families) == len(found) and all(each.length == BITS[each.family] for each in found)
