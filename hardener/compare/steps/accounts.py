"""Service accounts: whether pods get tokens is decided when a pod is created, so pods are restarted."""

from __future__ import annotations

from hardener.compare.steps import Key, Step
from hardener.compare.steps.rollout import Rollout

_KINDS = ("ServiceAccount", "Secret")


def accounts(rollout: Rollout) -> None:
    """The accounts that come or change; before what is granted to them."""
    there = rollout.namespaces_that_come
    come = [key for key in rollout.coming(*_KINDS) if key[1] not in there]
    keys = rollout.changed(*_KINDS)
    on = [key for key in keys if _mounts(rollout, key)]
    off = [key for key in keys if key not in on]
    rollout.step(
        Step(
            title="Make the service accounts that come, and give tokens to those that get one",
            why="What is granted to an account needs the account, and a pod that needs its token must not start "
            "without.",
            do=_restarts(on),
            apply=rollout.finals([*come, *on]),
        )
    )
    rollout.step(
        Step(
            title="Take tokens from the service accounts that get none any more",
            why="A pod keeps the token that it was created with: only a restart takes it away.",
            do=_restarts(off),
            apply=rollout.finals(off),
            look=tuple(_mounted(space) for space in sorted({key[1] for key in off})),
        )
    )


def going(rollout: Rollout) -> None:
    """The accounts that leave, after what was granted to them."""
    gone = [key for key in rollout.going(*_KINDS) if key[1] not in rollout.namespaces_that_leave]
    rollout.step(
        Step(
            title="Delete the service accounts that leave",
            why="A pod of an account that is gone is not created any more: first nothing runs by it.",
            do=tuple(
                f"$ kubectl get pods -n {key[1]} --field-selector spec.serviceAccountName={key[2]}" for key in gone
            ),
            delete=tuple(gone),
        )
    )


def _mounts(rollout: Rollout, key: Key) -> bool:
    return rollout.new[key].data.get("automountServiceAccountToken") is not False


def _restarts(keys: list[Key]) -> tuple[str, ...]:
    spaces = sorted({key[1] for key in keys})
    told = ("once it is applied, restart what runs by them:",) if spaces else ()
    return (*told, *(f"$ kubectl rollout restart deployments,statefulsets,daemonsets -n {space}" for space in spaces))


def _mounted(space: str) -> str:
    found = "POD:.metadata.name,TOKEN:.spec.volumes[*].projected.sources[*].serviceAccountToken.path"
    return f"$ kubectl get pods -n {space} -o custom-columns='{found}'"
