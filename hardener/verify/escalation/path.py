"""A way from what somebody holds to more, hop by hop, and where each hop is written."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from hardener.source import KeyPath
from hardener.verify.access.rbac import Bound
from hardener.verify.objects import Object


class Proof(Struct, frozen=True, kw_only=True):
    """An object that makes a hop possible. What Kubernetes itself made stands in no file."""

    object: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        """The object, and where it stands."""
        return f"{self.object} ({self.file}:{self.line})" if self.file else self.object


class Hop(Struct, frozen=True):
    """A step: what can be done, by which binding and which role."""

    says: str
    by: tuple[Proof, ...]


class Path(Struct, frozen=True, kw_only=True):
    """A way to more. `accepted` says why it may stand, `at` where in the profile; where it may not, it is empty.

    >>> hops = (Hop("create pods in web", (Proof(object="RoleBinding web/a", file="a.yaml", line=3),)),)
    >>> print(Path(who="group shop", hops=hops, gain="holds its Secrets"))
    group shop can create pods in web, and so holds its Secrets: by RoleBinding web/a (a.yaml:3)
    """

    who: str
    hops: tuple[Hop, ...]
    gain: str = ""
    accepted: str = ""
    at: KeyPath = ()

    def __str__(self) -> str:
        """The whole way in a sentence."""
        steps = ", ".join(hop.says for hop in self.hops)
        gain = f", and so {self.gain}" if self.gain else ""
        proofs = dict.fromkeys(str(proof) for hop in self.hops for proof in hop.by)
        return f"{self.who} can {steps}{gain}: by {', '.join(proofs)}"


def proofs(bound: Bound, rule: int) -> Iterator[Proof]:
    """By what somebody holds a rule of a role."""
    yield _proof(bound.binding, bound.binding_name, *_subject_of(bound))
    source = bound.role.sources[rule]
    yield _proof(source, f"Kubernetes' own role {bound.role.name}", *rule_of(bound, rule))


def rule_of(bound: Bound, rule: int) -> tuple[str | int, ...]:
    """Where in its object a rule of a role stands."""
    source = bound.role.sources[rule]
    before = bound.role.sources[:rule].count(source) if source else 0
    return ("rules", before)


def _subject_of(bound: Bound) -> tuple[str | int, ...]:
    """Where in its binding a subject stands."""
    return subject_of(bound) if bound.binding else ()


def subject_of(bound: Bound) -> tuple[str | int, ...]:
    """Where in its binding a subject stands; at its beginning if it is not found."""
    subjects = bound.binding.data.get("subjects") if bound.binding else None
    for number, each in enumerate(subjects or ()):
        if each.get("name") in (bound.subject.name, bound.subject.user) and each.get("kind") in (
            bound.subject.kind,
            "User",
        ):
            return ("subjects", number)
    return ()


def _proof(object: Object | None, name: str, *path: str | int) -> Proof:
    if object is None:
        return Proof(object=name)
    line = object.line_of(*path) if path else object.line
    return Proof(object=str(object), file=object.file, line=line)
