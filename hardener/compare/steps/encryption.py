"""Encryption of what etcd stores: a new key reads everywhere before it writes anywhere, and nothing is lost.

The commands are those of control-plane/encryption-keys.sh, which refuses each step that comes too early.
"""

from __future__ import annotations

from typing import Final

from hardener.compare.steps import Step
from hardener.compare.steps.restarts import every_server
from hardener.compare.steps.rollout import Rollout

_SCRIPT: Final = "sh control-plane/encryption-keys.sh"
_FILES: Final = ("control-plane/encryption-",)
_AT: Final = (("controlPlane", "encryption"),)
_TAKE: Final = (
    "on each other control-plane host, with FILE a copy of the first one's /etc/kubernetes/hardener/encryption.keys:",
    f"$ {_SCRIPT} take FILE",
    "keep each PROOF that take prints, and remove FILE",
)


def encryption(rollout: Rollout) -> None:
    """Steps for another provider, for other resources, or for the script alone."""
    files = rollout.host_files(*_FILES)
    old, new = (profile.control_plane.encryption for profile in rollout.profiles)
    if not files:
        return
    if (old.provider, old.kms) != (new.provider, new.kms):
        _rotate(rollout)
    if old.resources != new.resources:
        _resources(rollout)
    rollout.step(
        Step(
            title="Bring the files of encryption up to date",
            why="The script puts this host's own keys into the new configuration: the file alone, copied over the one "
            "in force, would leave the API server without keys.",
            do=("on each control-plane host, from the folder of the new output:", f"$ {_SCRIPT}"),
            look=(f"$ {_SCRIPT} status",),
            files=files,
            at=_AT,
        )
    )


def _rotate(rollout: Rollout) -> None:
    restart = every_server(rollout.profiles[1])
    stages = (
        (
            "Let every API server read by the new key",
            ("on the first control-plane host:", f"$ {_SCRIPT} add"),
            "The new key comes second: it can read and does not write. A host that did not have it could not read "
            "what the others write.",
        ),
        (
            "Let the new key write",
            (f"$ {_SCRIPT} promote PROOF...",),
            "Every API server can read by it now. The script asks each since when it runs, and refuses to go on too "
            "early.",
        ),
        (
            "Write all that is stored anew",
            (f"$ {_SCRIPT} reencrypt PROOF...",),
            "What the old key wrote can be read by the old key alone.",
        ),
        (
            "Drop the old key",
            (f"$ {_SCRIPT} drop PROOF...",),
            "Nothing needs it any more. Keep a copy of encryption.keys as long as there are backups that it wrote.",
        ),
    )
    for number, (title, do, why) in enumerate(stages):
        spread = () if number == 2 else (*_TAKE, *restart)
        rollout.step(Step(title=title, why=why, do=(*do, *spread), look=(f"$ {_SCRIPT} status",), at=_AT), by_hand=True)


def _resources(rollout: Rollout) -> None:
    old, new = (set(profile.control_plane.encryption.resources or ()) for profile in rollout.profiles)
    gone = sorted(old - new)
    if gone:
        rollout.step(
            Step(
                title="Leave the resources that are encrypted in the profile",
                why="What is stored encrypted could not be read any more, so the script refuses it.",
                do=(f"add to controlPlane.encryption.resources again: {', '.join(gone)}",),
                at=_AT,
            ),
            by_hand=True,
        )
    if new - old:
        rollout.step(
            Step(
                title="Encrypt what was stored in plain text so far",
                why="Until it is written anew it must stay readable, which controlPlane.encryption.plaintext says: "
                "render with it first, and without it when this step is done.",
                do=(
                    "on the first control-plane host:",
                    f"$ {_SCRIPT}",
                    *_TAKE,
                    *every_server(rollout.profiles[1]),
                    f"$ {_SCRIPT} reencrypt PROOF...",
                    f"$ {_SCRIPT} drop PROOF...",
                    *_TAKE,
                    *every_server(rollout.profiles[1]),
                ),
                look=(f"$ {_SCRIPT} status",),
                at=_AT,
            ),
            by_hand=True,
        )
