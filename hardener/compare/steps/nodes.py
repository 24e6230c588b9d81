"""Nodes: labels before what selects by them, kubelets after the API server, labels that go at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from shlex import quote
from typing import Final

from hardener.compare.steps import Step
from hardener.compare.steps.rollout import Rollout

_LABELS: Final = "node.labels"
_POOL: Final = "node-restriction.kubernetes.io/pool"
_UNITS: Final = {"k3s": "k3s-agent", "rke2": "rke2-agent"}
_DRAIN: Final = "--ignore-daemonsets --delete-emptydir-data"
# What no running pod notices.
_QUIET: Final = (_LABELS, "permissions.sh")


def labels(rollout: Rollout) -> None:
    """Labels that come, by hand: the script of the new output would take those that go as well."""
    come, swapped = _labels(rollout)
    if come:
        rollout.step(
            Step(
                title="Give nodes the labels that come",
                why="A pod that is told to select a label waits until some node has it.",
                do=tuple(f"$ kubectl label nodes {_of(pool)} {' '.join(map(quote, new))}" for pool, new in come),
                look=tuple(f"$ kubectl get nodes -l {quote(new[0])}" for _, new in come),
                at=(("pools",), ("zones",)),
            ),
            by_hand=True,
        )
    if swapped:
        rollout.step(
            Step(
                title="Empty the nodes that change their zone",
                why="With the labels of both zones a node would take pods of both, which neither side allows; with "
                "those of the new one alone, pods of the old one would be left on it.",
                do=tuple(f"$ kubectl drain {_of(pool)} {_DRAIN}" for pool in swapped),
                look=("the pods that ran there run elsewhere, or wait",),
                at=(("pools",), ("zones",)),
            ),
            by_hand=True,
        )


def joining(rollout: Rollout) -> None:
    """Pools that the old side does not have, before anything is placed on them."""
    come = _pools(rollout.sides.new.files) - _pools(rollout.sides.old.files)
    files = tuple(each for each in rollout.host_files("nodes/") if each.split("/")[1] in come)
    pools = sorted({each.split("/")[1] for each in files})
    rollout.step(
        Step(
            title="Let the nodes of the pools that come join",
            why="They get their kubelet's settings before they join, and their labels from an administrator.",
            do=(
                "put the files of nodes/POOL in place on each host, as their first lines say, and let it join",
                *(f"$ sh nodes/label-nodes.sh {quote(pool)} NODE..." for pool in pools),
            ),
            look=tuple(f"$ kubectl get nodes {_of(pool)}" for pool in pools),
            files=files,
            at=(("pools",),),
        )
    )


def relabel(rollout: Rollout) -> None:
    """Labels as the new side has them."""
    left = _pools(rollout.sides.old.files) - _pools(rollout.sides.new.files)
    mine = [each for each in rollout.host_files("nodes/") if each.endswith((_LABELS, "label-nodes.sh"))]
    files = tuple(each for each in mine if each.split("/")[1] not in left)
    pools = sorted({each.split("/")[1] for each in files if each.endswith(_LABELS) and each in rollout.sides.new.files})
    emptied = _labels(rollout)[1]
    rollout.step(
        Step(
            title="Set the labels of each pool as they shall be",
            why="What selects by them is in place, and nothing selects those that go any more.",
            do=(
                *(f"$ sh nodes/label-nodes.sh {quote(pool)} NODE..." for pool in pools),
                *(f"$ kubectl uncordon {_of(pool)}" for pool in emptied),
            ),
            look=tuple(f"$ sh nodes/label-nodes.sh --check {quote(pool)} NODE..." for pool in pools),
            files=files,
            at=(("pools",), ("zones",)),
        )
    )


def kubelets(rollout: Rollout) -> None:
    """Each pool's files, node by node."""
    files = tuple(each for each in rollout.host_files("nodes/") if not each.endswith((_LABELS, "label-nodes.sh")))
    old, new = (_pools(side.files) for side in (rollout.sides.old, rollout.sides.new))
    kept = tuple(each for each in files if each.split("/")[1] in new & old)
    _quiet(rollout, tuple(each for each in kept if each.endswith(_QUIET)))
    pools = sorted({each.split("/")[1] for each in kept if not each.endswith(_QUIET)})
    rollout.step(
        Step(
            title="Bring the nodes up to date, one after the other",
            why="A kubelet follows the API server. Limits and taints count for new pods alone, and kernel settings "
            "for what starts after them: an empty node has no pods that missed them.",
            do=tuple(_node(pools, rollout.profiles[1].cluster.distribution)),
            look=("$ kubectl get nodes, and the node is Ready", "what was drained runs again"),
            files=tuple(each for each in kept if not each.endswith(_QUIET)),
            at=(("pools",),),
        )
    )


def leaving(rollout: Rollout) -> None:
    """Pools that the new side has no more."""
    files = rollout.host_files("nodes/")
    pools = sorted(_pools(rollout.sides.old.files) - _pools(rollout.sides.new.files))
    rollout.step(
        Step(
            title="Take the nodes of the pools that leave out of the cluster",
            why="Nothing is placed on them any more.",
            do=tuple(
                line
                for pool in pools
                for line in (
                    f"$ kubectl drain {_of(pool)} {_DRAIN}",
                    f"$ kubectl delete nodes {_of(pool)}",
                )
            ),
            files=files,
            at=(("pools",),),
        )
    )


def _node(pools: list[str], distribution: str) -> Iterator[str]:
    yield f"for each node of {', '.join(pools)}:"
    yield f"$ kubectl drain NODE {_DRAIN}"
    yield "put the files of nodes/POOL in place, as their first lines say; loaded modules stay until it restarts"
    yield f"$ sysctl --system && systemctl restart {_UNITS.get(distribution, 'kubelet')}"
    yield "$ sh nodes/POOL/permissions.sh"
    yield "$ kubectl uncordon NODE"
    yield "if taints change: kubectl delete node NODE before the kubelet starts, since it sets them when it registers"


def _quiet(rollout: Rollout, files: tuple[str, ...]) -> None:
    rollout.step(
        Step(
            title="Tighten the files of the nodes",
            why="No pod notices it.",
            do=("on each host of its pool, as root:", *(f"$ sh {quote(each)}" for each in files)),
            files=files,
            at=(("pools",),),
        )
    )


def _labels(rollout: Rollout) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """The pools that only gain labels, with these, and those of which one goes as another comes."""
    come: list[tuple[str, list[str]]] = []
    swapped: list[str] = []
    old, new = rollout.sides.old.files, rollout.sides.new.files
    for file in sorted(rollout.sides.differing):
        if file.endswith(f"/{_LABELS}") and file in old and file in new:
            before, after = old[file].split(), new[file].split()
            more = [each for each in after if each not in before]
            if more and not set(before) <= set(after):
                swapped.append(file.split("/")[1])
            elif more:
                come.append((file.split("/")[1], more))
    return come, swapped


def _pools(files: Iterable[str]) -> set[str]:
    return {each.split("/")[1] for each in files if each.startswith("nodes/") and each.count("/") == 2}


def _of(pool: str) -> str:
    """The option by which kubectl chooses the nodes of a pool."""
    return f"-l {_POOL}={quote(pool)}"
