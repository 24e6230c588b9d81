"""Every step of a rollout, in order.

To add one: write a function that takes the Rollout and does its steps, then name it in PHASES where it belongs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from hardener.compare.sides import Sides
from hardener.compare.steps import (
    Step,
    access,
    accounts,
    admission,
    beginning,
    confinement,
    control_plane,
    namespaces,
    network,
    nodes,
    policies,
    psp,
    quotas,
    version,
)
from hardener.compare.steps.delivery import resume
from hardener.compare.steps.rollout import Rollout, key_of

Phase = Callable[[Rollout], None]

PHASES: Final[tuple[Phase, ...]] = (
    beginning.warnings,
    psp.hand_over,
    version.control_plane,
    nodes.labels,
    nodes.joining,
    confinement.coming,
    namespaces.empty,
    policies.of_new_namespaces,
    namespaces.coming,
    quotas.quotas,
    admission.admission,
    psp.coming,
    accounts.accounts,
    access.access,
    psp.going,
    network.network,
    control_plane.control_plane,
    confinement.going,
    nodes.relabel,
    version.kubelets,
    nodes.kubelets,
    accounts.going,
    namespaces.leaving,
    policies.afterwards,
    nodes.leaving,
)


def steps(sides: Sides) -> tuple[Step, ...]:
    """The steps from the old side to the new; none if their files are equal."""
    if not sides.differing:
        return ()
    rollout = Rollout(sides)
    for phase in PHASES:
        phase(rollout)
    _rest(rollout)
    first = beginning.pause(rollout)
    return _with_files(rollout, [*([first] if first else []), *rollout.steps])


def _rest(rollout: Rollout) -> None:
    """Whatever no phase knows, and the end."""
    rollout.step(
        Step(
            title="Apply the rest",
            why="Nothing else waits for it, or nobody here knows what it does: read it first.",
            apply=tuple(each.data for each in rollout.new.values()),
            delete=tuple(key for key in rollout.there if key not in rollout.new and not _is_system(rollout, key)),
        )
    )


def _is_system(rollout: Rollout, key: tuple[str, str, str]) -> bool:
    return key[0] == "Namespace" and rollout.is_kept(rollout.there[key])


def _with_files(rollout: Rollout, found: list[Step]) -> tuple[Step, ...]:
    """Each file that differs with the last step that changes something in it; all others at the end."""
    last: dict[str, int] = {}
    for number, step in enumerate(found):
        for key in (*map(key_of, step.apply), *step.delete):
            for side in (rollout.old, rollout.new):
                if key in side:
                    last[side[key].file] = number
    taken = {file for step in found for file in step.files}
    mine = {file: number for file, number in last.items() if file in rollout.sides.differing and file not in taken}
    rest = sorted(rollout.sides.differing - mine.keys() - taken)
    done = [
        replace(step, files=tuple(sorted({*step.files, *(file for file, at in mine.items() if at == number)})))
        for number, step in enumerate(found)
    ]
    return (*done, _end(tuple(rest), rollout, found))


def _end(files: tuple[str, ...], rollout: Rollout, found: list[Step]) -> Step:
    name = rollout.profiles[1].metadata.name
    applied = any(step.apply or step.delete for step in found)
    hand_over = resume(rollout.profiles[0]) if beginning.pause(rollout) else ()
    before = rollout.profiles[0].metadata.name
    moves = (
        f"its folder was output/{before} and is output/{name}: change what is delivered to the new path",
        f"delete output/{before} when nothing is delivered from it any more",
    )
    return Step(
        title="Commit the new output as a whole",
        why="Whoever delivers it finds the cluster as it is written, and removes by pruning what has left it."
        if applied
        else "Nothing in the cluster changes.",
        do=("commit the new output", *(moves if name != before else ()), *hand_over),
        look=(f"$ kubectl diff -k output/{name}/manifests",) if applied else (),
        files=files,
    )
