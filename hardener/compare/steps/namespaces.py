"""Namespaces that come, with all that is there before a pod is; those that leave, when nothing is left in them."""

from __future__ import annotations

from hardener.compare.listing import enumerated
from hardener.compare.steps import Key, Step
from hardener.compare.steps.delivery import allow
from hardener.compare.steps.rollout import Rollout

_FIRST = ("Namespace", "ResourceQuota", "LimitRange")
_FLOWS = ("NetworkPolicy", "CiliumNetworkPolicy")
_ISOLATING = "default-deny"


def coming(rollout: Rollout) -> None:
    """Namespace, quota and limits, isolation, service accounts, in this order; who may use it comes later."""
    names = rollout.namespaces_that_come
    mine = [key for key in rollout.coming(*_FIRST, *_FLOWS, "ServiceAccount") if key[1] in names or key[2] in names]
    keys = sorted((key for key in mine if key[0] != "Namespace" or key[2] in names), key=_order)
    rollout.step(
        Step(
            title=f"Make the namespaces that come: {enumerated(sorted(names))}",
            why="Limits, isolation and service accounts are there before anybody may create a pod: who gets in by a "
            "binding gets in later.",
            do=allow(rollout.profiles[1], sorted(names)),
            apply=rollout.finals(keys),
            look=tuple(f"$ kubectl get ns,quota,limits,netpol,sa -n {name}" for name in sorted(names)[:1]),
        )
    )


def empty(rollout: Rollout) -> None:
    """Nothing runs any more in what leaves, while everybody may still look after it."""
    names = sorted(rollout.namespaces_that_leave)
    if not names:
        return
    commands = [
        line
        for name in names
        for line in (
            f"$ kubectl get all,persistentvolumeclaims,secrets,configmaps -n {name}",
            f"$ kubectl delete deployments,statefulsets,daemonsets,cronjobs,jobs,pods --all -n {name} --wait",
        )
    ]
    rollout.step(
        Step(
            title=f"Stop what runs in the namespaces that leave: {enumerated(names)}",
            why="Those who look after it can still do so, and nothing loses its traffic while it works. Deleting a "
            "namespace deletes its volumes and Secrets as well: keep first what is still needed.",
            do=tuple(commands),
            look=tuple(f"$ kubectl get pods -n {name}" for name in names),
            at=rollout.at(names),
        ),
        by_hand=True,
    )


def leaving(rollout: Rollout) -> None:
    """The namespaces themselves: their policies, quotas and service accounts go with them, and not before."""
    names = rollout.namespaces_that_leave
    inside = sorted((key for key in rollout.there if key[1] in names), key=_order, reverse=True)
    spaces: list[Key] = [("Namespace", "", name) for name in sorted(names)]
    rollout.step(
        Step(
            title=f"Delete the namespaces that leave: {enumerated(sorted(names))}",
            why="They are empty, nobody may use them and nothing reaches them. Until now their policies isolated them, "
            "so these go with them. Argo CD deletes nothing that it does not prune (argocd app sync APP --prune); Flux "
            "prunes where its Kustomization says prune: true.",
            delete=(*spaces, *inside),
            look=("$ kubectl get ns " + " ".join(sorted(names)) + " --ignore-not-found",),
        )
    )


def _order(key: Key) -> tuple[int, bool, Key]:
    kinds = (*_FIRST, *_FLOWS, "ServiceAccount")
    group = {"CiliumNetworkPolicy": kinds.index("NetworkPolicy")}
    rank = group.get(key[0], kinds.index(key[0]) if key[0] in kinds else len(kinds))
    return rank, key[2] != _ISOLATING, key
