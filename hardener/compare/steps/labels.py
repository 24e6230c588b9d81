"""Pod Security labels: what gets stricter warns first, then is written into the audit log, and only then refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from shlex import quote

from hardener.compare.pods.standards import NEWEST, Held, told_apart
from hardener.compare.steps import Key, Step
from hardener.compare.steps.rollout import Data, Rollout
from hardener.verify.admission.pod_security import Standard, standard
from hardener.verify.admission.pod_security.labels import PREFIX
from hardener.verify.objects import Object


def raised(rollout: Rollout) -> list[Key]:
    """The namespaces of both sides that refuse more than before by their labels."""
    return [key for key in rollout.changed("Namespace") if _is_stricter(rollout, key)]


def warn(rollout: Rollout, keys: Iterable[Key]) -> tuple[Data, ...]:
    """The namespaces as they were, but that they warn by the level that is to come."""
    return tuple(_with(rollout, key, "warn") for key in keys)


def audit(rollout: Rollout, keys: Iterable[Key]) -> tuple[Data, ...]:
    """The namespaces as they were, but that they warn, and write down, by the level that is to come."""
    return tuple(_with(rollout, key, "warn", "audit") for key in keys)


def dry_runs(side: Mapping[Key, Object], keys: Iterable[Key]) -> tuple[str, ...]:
    """The commands by which an API server names the pods that run there and that the labels of a side would refuse."""
    groups: dict[tuple[str, str], list[str]] = {}
    for key in keys:
        labels = side[key].labels
        level, version = labels.get(f"{PREFIX}enforce", ""), labels.get(f"{PREFIX}enforce-version", "latest")
        groups.setdefault((level, version), []).append(key[2])
    return tuple(
        f"$ kubectl label --dry-run=server --overwrite ns {' '.join(sorted(names))} "
        f"{PREFIX}enforce={quote(level)} {PREFIX}enforce-version={quote(version)}"
        for (level, version), names in sorted(groups.items())
    )


def others(rollout: Rollout) -> tuple[Data, ...]:
    """The namespaces whose labels refuse no more than before, and those of the system, as the new side has them."""
    stricter = {*raised(rollout)}
    names = [key for key in rollout.changed("Namespace") if key not in stricter]
    system = [key for key in rollout.coming("Namespace") if key[2] not in rollout.namespaces_that_come]
    return rollout.finals([*system, *names])


def lowered(rollout: Rollout) -> None:
    """Namespaces whose labels refuse no more than before."""
    rollout.step(
        Step(
            title="Set the labels and annotations of namespaces that get no stricter",
            why="Nothing that is admitted today is refused by them, so nothing has to be tried first.",
            apply=others(rollout),
        )
    )


def _is_stricter(rollout: Rollout, key: Key) -> bool:
    """Is any pod refused by the new labels that the old ones let pass? A newer version of a level may do either."""
    return told_apart(_enforces(rollout.old[key].labels), _enforces(rollout.new[key].labels))[1]


def _enforces(labels: Mapping[str, str]) -> Held:
    found = standard(labels, Standard(level="privileged"))
    return found.level, NEWEST if found.version is None else found.version


def _with(rollout: Rollout, key: Key, *modes: str) -> Data:
    """The namespace of the old side, with what it will enforce as the level of other modes."""
    data, new = rollout.old[key].data, rollout.new[key].labels
    said = {
        f"{PREFIX}{mode}{suffix}": new[f"{PREFIX}enforce{suffix}"]
        for mode in modes
        for suffix in ("", "-version")
        if f"{PREFIX}enforce{suffix}" in new
    }
    metadata = data["metadata"]
    return {**data, "metadata": {**metadata, "labels": {**(metadata.get("labels") or {}), **said}}}


def enforced(labels: Mapping[str, str]) -> bool:
    """Does a namespace refuse anything by its labels?"""
    return _enforces(labels)[0] != "privileged"
