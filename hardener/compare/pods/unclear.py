"""What cannot be decided: a policy that somebody changed, and that may tell apart more pods than anybody asks about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from hardener.compare import Change, Place
from hardener.compare.arisen import arisen
from hardener.compare.pods.cells import Servers
from hardener.compare.pods.server import Server
from hardener.verify import Finding
from hardener.verify.objects import NotUnderstoodError, Object, finding
from hardener.verify.pods.expressions import judges_pods, strange_fields
from hardener.verify.pods.rules import chosen_findings
from hardener.verify.pods.understood import unclear_findings

_REASON: Final = "it cannot be decided what this does"
_STRANGE: Final = "it asks for {}, of which no promise speaks"
_KINDS: Final = tuple(f"{kind}AdmissionPolicy{end}" for kind in ("Validating", "Mutating") for end in ("", "Binding"))


def unclear(servers: Servers) -> Iterator[Change]:
    """A Change for each policy with something that is not understood, and that does not stand on both sides."""
    old, new = servers
    for object, found in _by_object(_of(new, old)).items():
        yield _change(object, found, new=_place(found[0]))
    for object, found in _by_object(_of(old, new)).items():
        yield _change(f"{object}, before", found, old=_place(found[0]))


def _by_object(found: Iterable[Finding]) -> dict[str, list[Finding]]:
    objects: dict[str, list[Finding]] = {}
    for each in found:
        objects.setdefault(each.object, []).append(each)
    return objects


def _of(server: Server, other: Server) -> Iterator[Finding]:
    yield from _findings(server, _said(other))
    yield from arisen((server.problems, server.written.files), (other.problems, other.written.files))


def _change(object: str, found: list[Finding], old: Place | None = None, new: Place | None = None) -> Change:
    said = tuple(dict.fromkeys(each.message for each in found))
    return Change(
        direction="weaker",
        word="pods",
        message=f"{object}: {said[0]}",
        reason=_REASON,
        details=said if len(said) > 1 else (),
        old=old,
        new=new,
        measures=("pods.admission",),
    )


def _place(found: Finding) -> Place:
    return Place(file=found.file, line=found.line, object=found.object, at=found.at)


def _said(server: Server) -> frozenset[str]:
    return frozenset(str(each.data.get("spec")) for each in server.written.of(*_KINDS))


def _findings(server: Server, others: Collection[str]) -> Iterator[Finding]:
    for each in server.written.of(*_KINDS):
        if str(each.data.get("spec")) in others:
            continue
        if each.kind.endswith("Binding"):
            yield from chosen_findings(each, "matchResources")
            continue
        try:
            yield from _of_policy(each)
        except NotUnderstoodError as error:
            yield error.finding


def _of_policy(policy: Object) -> Iterator[Finding]:
    yield from unclear_findings(policy)
    yield from chosen_findings(policy, "matchConstraints")
    if judges_pods(policy):
        yield from (finding("pods", policy, _STRANGE.format(field), *path) for path, field in strange_fields(policy))
