"""Profile -> Plan. Pure: no files, no clock, no randomness, no environment.

One module for each concern, under the word that names this concern in every other layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hardener.expand import audit, confinement, images, nodes, pods, secrets, serving, settings
from hardener.expand.access import access
from hardener.expand.access import gaps as access_gaps
from hardener.expand.kustomization import sort_options
from hardener.expand.namespaces import namespaces
from hardener.expand.network import cluster_network, network
from hardener.expand.network import gaps as network_gaps
from hardener.expand.nodes.placement import system_namespaces
from hardener.expand.quotas import quotas
from hardener.expand.runtime import gaps as runtime_gaps
from hardener.expand.runtime import runtime
from hardener.expand.tokens import tokens
from hardener.plan import Plan
from hardener.plan.gap import Gap
from hardener.profile import Profile, canonical

__all__ = ["expand"]

# What tells what the profile asks for and the output does not carry out: one function a word, where there is any.
GAPS: tuple[Callable[[Profile], Iterator[Gap]], ...] = (
    access_gaps,
    network_gaps,
    pods.gaps,
    nodes.gaps,
    confinement.gaps,
    settings.gaps,
    secrets.gaps,
    serving.gaps,
    audit.gaps,
    images.gaps,
    runtime_gaps,
)


def expand(profile: Profile) -> Plan:
    """Decide everything that the profile leaves open, and write it down in a fixed order."""
    pod_security = pods.pods(profile)
    return Plan(
        profile=profile.metadata.name,
        asked=canonical(profile),
        sort_options=sort_options(profile),
        namespaces=namespaces(profile),
        system_namespaces=system_namespaces(profile),
        pods=pod_security,
        quotas=quotas(profile),
        network=network(profile),
        cluster_network=cluster_network(profile),
        access=access(profile, other_roles=[policy.role for policy in pod_security.policies]),
        tokens=tokens(profile),
        images=images.images(profile),
        nodes=nodes.nodes(profile),
        confinement=confinement.confinement(profile),
        settings=settings.settings(profile),
        secrets=secrets.secrets(profile),
        serving=serving.serving(profile),
        audit=audit.audit(profile),
        runtime=runtime(profile),
        gaps=tuple(sorted({gap for gaps in GAPS for gap in gaps(profile)})),
    )
