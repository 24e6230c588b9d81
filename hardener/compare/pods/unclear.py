"""What cannot be decided: a policy that somebody changed, and that may tell apart more pods than anybody asks about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hardener.compare import Change, Place
from hardener.compare.pods.cells import Servers
from hardener.compare.pods.server import Server
from hardener.verify import Finding
from hardener.verify.objects import Object, finding
from hardener.verify.pods.expressions import judges_pods, strange_fields
from hardener.verify.pods.understood import unclear_findings

_REASON: Final = "it cannot be decided what this does"
_KINDS: Final = ("ValidatingAdmissionPolicy", "MutatingAdmissionPolicy")


def unclear(servers: Servers) -> Iterator[Change]:
    """A Change for each part of a policy that is not understood, and does not stand on both sides."""
    old, new = servers
    for each in _of(new, old):
        yield _change(f"{each.object}: {each.message}", new=_place(each))
    for each in _of(old, new):
        yield _change(f"{each.object} before: {each.message}", old=_place(each))


def _of(server: Server, other: Server) -> Iterator[Finding]:
    known = {each.message for each in other.problems}
    yield from _findings(server, _policies(other))
    yield from (each for each in server.problems if each.message not in known)


def _change(message: str, old: Place | None = None, new: Place | None = None) -> Change:
    return Change(direction="weaker", word="pods", message=message, reason=_REASON, old=old, new=new)


def _place(found: Finding) -> Place:
    return Place(file=found.file, line=found.line, object=found.object, at=found.at)


def _policies(server: Server) -> frozenset[str]:
    return frozenset(str(each.data.get("spec")) for each in server.written.of(*_KINDS))


def _findings(server: Server, others: Iterable[str]) -> Iterator[Finding]:
    for each in server.written.of(*_KINDS):
        if str(each.data.get("spec")) not in others:
            yield from unclear_findings(each)
            if judges_pods(each):
                yield from _strange(each)


def _strange(policy: Object) -> Iterator[Finding]:
    for path, field in strange_fields(policy):
        yield finding("pods", policy, f"it asks for {field}, of which no promise speaks", *path)
