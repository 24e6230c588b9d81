"""`cluster.cilium`, `cluster.guard`: what only Cilium does, and a mode of it in which policies hold."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.catalog.cni import cni
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.source import Source


def cilium_enforces(profile: Profile, source: Source) -> Iterator[Problem]:
    """In the mode never, Cilium enforces no policy of any kind (computePolicyEnforcementAndRules in its source)."""
    if profile.cluster.cilium.enforcement == "never":
        yield source.problem(
            ("cluster", "cilium", "enforcement"),
            "in the mode never, Cilium enforces no policy: every pod could reach every other",
            help="install it with policyEnforcementMode default or always, and say so here",
            rule="cluster.enforcement",
        )


def only_cilium_is_told_of(profile: Profile, source: Source) -> Iterator[Problem]:
    """Of another network plugin these keys say nothing, and nothing would carry them out."""
    cluster, plugin = profile.cluster, cni(profile.cluster.cni)
    if plugin is None or plugin.names:
        return
    if cluster.cilium.enforcement == "always":
        yield source.problem(
            ("cluster", "cilium", "enforcement"),
            f"only Cilium has this mode, and the network plugin is {plugin.name}",
            help="remove it, or write cni: cilium",
            rule="cluster.cilium-elsewhere",
        )
    if cluster.guard:
        yield source.problem(
            ("cluster", "guard"),
            f"what no other policy can undo is proven on Cilium alone, and the network plugin is {plugin.name}",
            help="remove it, since no role of hardener lets tenants write policies, or write cni: cilium",
            rule="cluster.cilium-elsewhere",
        )
