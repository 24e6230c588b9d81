"""In which order a change may be rolled out, so that nobody is cut off and nothing is opened on the way.

    order        every step, one function for each kind of change
    rollout      the cluster's objects on the way from the old side to the new
    stages       what is on the way between two steps, file by file

After each step a packet or request passes only if it passes on the old side or on the new, and whatever passes on both
passes. Steps for hosts are told and not simulated: who restarts them is a person.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import Struct

from hardener.source import KeyPath

# Kind, namespace and name of an object.
Key: TypeAlias = tuple[str, str, str]


class Step(Struct, frozen=True, kw_only=True):
    """One step of a rollout.

    `do` is what a person does, a line each; a line that begins with `$ ` is a command. `why` says why it comes here,
    `look` what to look at before going on. `apply` and `delete` are objects, in this order. `files` are those that are
    from here on as the new side has them: each file that differs belongs to one step. `at` are paths of the profile.
    """

    title: str
    why: str
    do: tuple[str, ...] = ()
    look: tuple[str, ...] = ()
    apply: tuple[dict[str, Any], ...] = ()
    delete: tuple[Key, ...] = ()
    files: tuple[str, ...] = ()
    at: tuple[KeyPath, ...] = ()
