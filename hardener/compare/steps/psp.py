"""PodSecurityPolicies: they know no warning, and at 1.25 they are gone, so that labels must do their work before.

kubernetes.io/docs/tasks/configure-pod-container/migrate-from-psp: PodSecurity is on by default since 1.23.
"""

from __future__ import annotations

from typing import Final

from hardener.catalog.distribution import distribution
from hardener.catalog.kubernetes import minor
from hardener.compare.steps import Step
from hardener.compare.steps import labels as pod_security
from hardener.compare.steps.restarts import every_server
from hardener.compare.steps.rollout import Rollout

KIND: Final = "PodSecurityPolicy"
_LAST: Final = 24


def crosses(rollout: Rollout) -> bool:
    """Does the change cross the version at which they are gone?"""
    old, new = (minor(profile.cluster.kubernetes) for profile in rollout.profiles)
    return old <= _LAST < new


def hand_over(rollout: Rollout) -> None:
    """From policies to labels, all of it at the old version."""
    if not crosses(rollout):
        return
    old = rollout.profiles[0]
    names = [key for key in rollout.new if key[0] == "Namespace" and pod_security.enforced(rollout.new[key].labels)]
    rollout.step(
        Step(
            title="See that labels refuse what PodSecurityPolicies refuse, while both are there",
            why="From 1.25 on there are no PodSecurityPolicies: what no label refuses by then passes. Labels hold "
            "since 1.23; those of the old output warn, audit and enforce already, pinned to its version.",
            do=pod_security.dry_runs(
                rollout.old, [key for key in names if pod_security.enforced(rollout.old[key].labels)]
            ),
            look=("the audit log holds no pod-security.kubernetes.io/audit-violations",),
            at=(("cluster", "kubernetes"),),
        ),
        by_hand=True,
    )
    if distribution(old.cluster.distribution).control_plane != "provider":
        _switch_off(rollout)
    rollout.step(
        Step(
            title="Delete the PodSecurityPolicies",
            why="An API server of 1.25 serves them no more, and nobody could delete them.",
            delete=tuple(rollout.going(KIND)),
        )
    )


def _switch_off(rollout: Rollout) -> None:
    rollout.step(
        Step(
            title="Switch the admission plugin PodSecurityPolicy off, at the old version",
            why="An API server of 1.25 does not start with it. Without its policies, but with the plugin, no pod "
            "would be admitted: so the plugin goes first.",
            do=(
                "take PodSecurityPolicy out of --enable-admission-plugins, and leave PodSecurity in it",
                *every_server(rollout.profiles[0]),
            ),
            look=("a pod that breaks the level of its namespace is refused still: $ kubectl run --dry-run=server",),
            at=(("cluster", "kubernetes"),),
        ),
        by_hand=True,
    )


def coming(rollout: Rollout) -> None:
    """Those that come and change, before they are granted."""
    rollout.step(
        Step(
            title="Bring the PodSecurityPolicies up to date",
            why="A policy is there before anybody is granted its use. It knows no warning: try it in a cluster that "
            "may fail. Pods that run are not judged again.",
            apply=rollout.finals([*rollout.coming(KIND), *rollout.changed(KIND)]),
            look=("$ kubectl get events -A --field-selector reason=FailedCreate",),
        )
    )


def going(rollout: Rollout) -> None:
    """Those that nobody is granted any more."""
    rollout.step(
        Step(
            title="Delete the PodSecurityPolicies that leave",
            why="Nobody is granted their use any more.",
            delete=tuple(rollout.going(KIND)),
        )
    )
