"""Profiles of AppArmor and seccomp: on every node before a pod must name them, and there until none does."""

from __future__ import annotations

import re
from shlex import quote
from typing import Final

from hardener.compare.steps import Step
from hardener.compare.steps.rollout import Rollout

_SCRIPT: Final = "install-profiles.sh"
_FILE: Final = re.compile(rf"nodes/([^/]+)/(?:(?:apparmor|seccomp)/[^/]+|{re.escape(_SCRIPT)})")
_FOLDERS: Final = {"apparmor": "/etc/apparmor.d", "seccomp": "/var/lib/kubelet/seccomp"}


def coming(rollout: Rollout) -> None:
    """A pod that names a profile which its node does not have does not start."""
    files = tuple(
        each for each in rollout.host_files("nodes/") if _FILE.fullmatch(each) and each in rollout.sides.new.files
    )
    pools = sorted({each.split("/")[1] for each in files})
    rollout.step(
        Step(
            title="Install the profiles that pods are to name",
            why="A pod that names one does not start on a node without it. What runs under AppArmor is held to new "
            "rules at once, and to those of seccomp from its next start on.",
            do=(
                "on each node of the pool, as root:",
                *(f"$ sh nodes/{quote(pool)}/{_SCRIPT}" for pool in pools),
            ),
            look=(
                *(f"$ sh nodes/{quote(pool)}/{_SCRIPT} --dry-run" for pool in pools),
                "the kernel's log names nothing that was DENIED and must not be",
            ),
            files=files,
            at=(("zones",), ("pools",)),
        )
    )


def going(rollout: Rollout) -> None:
    """What no pod must name any more, on pools that stay."""
    kept = {path.split("/")[1] for path in rollout.sides.new.files if path.startswith("nodes/")}
    files = tuple(
        each for each in rollout.host_files("nodes/") if (match := _FILE.fullmatch(each)) and match[1] in kept
    )
    profiles = sorted({tuple(each.split("/")[2:]) for each in files if not each.endswith(_SCRIPT)})
    rollout.step(
        Step(
            title="Take away the profiles that no pod must name any more",
            why="Pods that run under one do not start again without it: wait until none does.",
            do=(
                "on each node of the pool, as root:",
                *(line for sort, name in profiles for line in _removing(sort, quote(name))),
            ),
            files=files,
            at=(("zones",), ("pools",)),
        )
    )


def _removing(sort: str, name: str) -> tuple[str, ...]:
    path = f"{_FOLDERS[sort]}/{name}"
    return (f"$ apparmor_parser -R {path}", f"$ rm {path}") if sort == "apparmor" else (f"$ rm {path}",)
