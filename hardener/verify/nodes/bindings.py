"""Who puts pods on nodes: a scheduler of the system's, and nobody else, since a binding passes its judgement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.nodes.placement import POLICIES
from hardener.verify.pods.asking import EVERYBODY, Asking, User
from hardener.verify.pods.classes import Class

_SCHEDULER: Final = "system:kube-scheduler"
# Who may do all may do this.
_MASTERS: Final = "system:masters"


def bindings(asking: Asking, asked: Class, profile: Profile) -> Iterator[Finding]:
    """Whoever could put a pod of these namespaces on a node past the scheduler; and the scheduler, if it could not."""
    if asked.system:
        return
    groups = {_MASTERS, *(f"system:serviceaccounts:{name}" for name in profile.cluster.system_namespaces)}
    metadata = {"name": "probe", "namespace": asked.name}
    binding: dict[str, Any] = {"apiVersion": "v1", "kind": "Binding", "metadata": metadata, "target": {"name": "node"}}
    for resource in ("bindings", "pods/binding"):
        users = {*asking.users(asked.name, resource), (_SCHEDULER, EVERYBODY)}
        for user in sorted(users):
            judged = asking.judge(asked.name, resource, "CREATE", binding, user=user)
            may = user[0] == _SCHEDULER or bool(groups & set(user[1]))
            if judged is not None and bool(judged.refusals) == may:
                what = "cannot put" if may else "can put"
                message = f"{_named(user)} {what} a pod of {asked} on any node, by {resource}"
                yield Finding(word="nodes", file=POLICIES, message=message, at=asked.at)
                break


def _named(user: User) -> str:
    name, groups = user
    return f"the group {groups[0]}" if groups != EVERYBODY else name
