"""What refuses pods and other objects: tried by warnings and by the audit log before it holds."""

from __future__ import annotations

from hardener.compare.steps import Step, policies
from hardener.compare.steps import labels as pod_security
from hardener.compare.steps.rollout import Rollout

_WARNED = "Nobody is refused yet: whoever creates or changes something is told what will be refused."
_LOG = (
    "$ kubectl get --raw /metrics | grep -E 'pod_security_evaluations_total|validating_admission_policy_check_total'",
    "the audit log: pod-security.kubernetes.io/audit-violations and "
    "validation.policy.admission.k8s.io/validation_failure name each request that would have been refused",
)


def admission(rollout: Rollout) -> None:
    """What gets stricter in three steps; what gets looser at once, or in the last of them if a policy gets stricter."""
    rollout.step(
        Step(
            title="Complete pods by what the new side adds to them",
            why="What asks pods for it comes later: a pod that is completed keeps both sides.",
            apply=rollout.finals(rollout.coming(*policies.MUTATING)),
        )
    )
    if not policies.stricter(rollout):
        pod_security.lowered(rollout)
        _loosen(rollout)
    _stricter(rollout)


def _stricter(rollout: Rollout) -> None:
    names = pod_security.raised(rollout)
    dry = pod_security.dry_runs(rollout.new, names)
    rollout.step(
        Step(
            title="Warn of what will be refused",
            why=_WARNED,
            apply=(*pod_security.warn(rollout, names), *policies.tried(rollout, "Warn")),
            look=(*dry, "what is named breaks the level that is to come, and runs today: mend it first"),
        )
    )
    rollout.step(
        Step(
            title="Write down what will be refused in the audit log",
            why="Warnings reach people; what controllers create only the audit log shows.",
            apply=(*pod_security.audit(rollout, names), *policies.tried(rollout, "Warn", "Audit")),
            look=(
                *_LOG,
                "wait until every workload, scheduled ones too, was created once, and nothing was written down",
            ),
        )
    )
    hold = (*policies.tried(rollout, "Deny"), *rollout.finals(names))
    let_go = (*pod_security.others(rollout), *policies.replaced(rollout))
    rollout.step(
        Step(
            title="Refuse it",
            why="Nothing that runs breaks it any more. Pods that run already are not judged again. What lets more "
            "pass comes after what lets less pass, so that nothing passes in between which neither side lets pass.",
            apply=(*hold, *let_go),
            delete=(*policies.copies(rollout), *policies.going(rollout)),
            look=(*dry, "$ kubectl get events -A --field-selector reason=FailedCreate"),
        )
    )


def _loosen(rollout: Rollout) -> None:
    rollout.step(
        Step(
            title="Bring the admission policies up to date that refuse no more than before",
            why="What lets more pass needs no trial.",
            apply=policies.final(rollout),
            delete=policies.going(rollout),
        )
    )
