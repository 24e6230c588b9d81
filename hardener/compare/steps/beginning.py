"""What comes first: nothing may apply the change at once, and what no order of steps makes safe is said."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.catalog.cni import cni
from hardener.catalog.kubernetes import minor
from hardener.compare.steps import Step
from hardener.compare.steps.delivery import stop
from hardener.compare.steps.rollout import Rollout
from hardener.source import KeyPath

# Title, what to do, why, and where the profile says it.
Other = tuple[str, tuple[str, ...], str, KeyPath]
_NOT_BY_FILES = "These files cannot bring it about, and the steps below assume that it is done."


def warnings(rollout: Rollout) -> None:
    """A step for each part of the cluster that is another one."""
    for title, do, why, at in (*_others(rollout), *_versions(rollout)):
        rollout.step(Step(title=title, why=why, do=do, at=(at,)), by_hand=True)


def pause(rollout: Rollout) -> Step | None:
    """What delivers manifests by itself must not, while objects come one step after the other."""
    if sum(1 for step in rollout.steps if step.apply or step.delete) < 2:
        return None
    return Step(
        title="Keep what delivers the output from applying all of it at once",
        why="The steps below apply parts, some of them in a form that stands in no file. The last step hands over "
        "again.",
        do=stop(rollout.profiles[0]),
    )


def _others(rollout: Rollout) -> Iterator[Other]:
    old, new = (profile.cluster for profile in rollout.profiles)
    if old.distribution != new.distribution:
        yield (
            f"Build a cluster with {new.distribution}: one that {old.distribution} made does not become one",
            ("make the new cluster from the new output, move what runs, and take the old one down",),
            _NOT_BY_FILES,
            ("cluster", "distribution"),
        )
    if cni(old.cni) != cni(new.cni):
        yield (
            f"Change the network plugin from {old.cni} to {new.cni} first: this is no rollout of policies alone",
            (
                "do it as the new plugin's own guide says, node by node: drain a node, change the plugin there, and "
                "start it again; while both run, pods of nodes with different plugins may not reach each other",
                "until the new plugin runs everywhere, leave the old policies in place: each plugin enforces what it "
                "understands of them, and kinds of the new one need its definitions",
            ),
            "A policy protects nobody on a node whose plugin does not enforce it. " + _NOT_BY_FILES,
            ("cluster", "cni"),
        )
    if (old.networks, old.dns) != (new.networks, new.dns):
        yield (
            "Change the cluster's networks or its DNS first",
            ("ranges of pods and services are given when a cluster is made: see the installer's guide",),
            "Policies name addresses and the pods of DNS: with the wrong ones they cut off. " + _NOT_BY_FILES,
            ("cluster", "networks" if old.networks != new.networks else "dns"),
        )


def _versions(rollout: Rollout) -> Iterator[Other]:
    old, new = (profile.cluster for profile in rollout.profiles)
    hops = minor(new.kubernetes) - minor(old.kubernetes)
    if hops < 0:
        yield (
            f"Do not go back from {old.kubernetes} to {new.kubernetes}: Kubernetes has no way back",
            ("restore a backup of etcd into a cluster of the older version instead",),
            "An older API server cannot read what a newer one may have stored.",
            ("cluster", "kubernetes"),
        )
    if hops > 1:
        yield (
            f"Go from {old.kubernetes} to {new.kubernetes} one minor version at a time",
            (f"$ hardener upgrade PROFILE --to {new.kubernetes}",),
            "No minor version can be skipped: each has steps of its own (kubernetes.io/releases/version-skew-policy). "
            "The steps below are those of a single step, and hold for none.",
            ("cluster", "kubernetes"),
        )
