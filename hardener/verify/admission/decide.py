"""What `admit` answers of each object that somebody wants to create."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from hardener.catalog.kubernetes import OWN_NAMESPACES
from hardener.errors import UsageError, visible
from hardener.profile import Profile
from hardener.profile.nearest import nearest
from hardener.verify.admission import EVERYBODY, SOMEBODY, Admission, validation
from hardener.verify.admission.asked import asked
from hardener.verify.admission.manifest import Wanted
from hardener.verify.answer import Answer, Reason
from hardener.verify.nodes.pools import Pool, pools
from hardener.verify.nodes.scheduler import runs_on
from hardener.verify.objects import NotUnderstoodError
from hardener.verify.written import Written


class Decision(Struct, frozen=True, kw_only=True):
    """Whether something may be created. Of what may: the `pools` on which it can run, and the pod as it is `stored`."""

    answer: Answer
    namespace: str
    pools: tuple[str, ...]
    not_judged: tuple[str, ...]
    stored: dict[str, Any] | None


def decide(
    wanted: Iterable[Wanted],
    written: Written,
    profile: Profile,
    *,
    namespace: str,
    user: str,
    groups: tuple[str, ...],
) -> list[Decision]:
    """An answer for each. Raises UsageError for a namespace that nobody knows, and where nobody knows the answer."""
    known = {*written.namespaces(), *profile.cluster.system_namespaces, *OWN_NAMESPACES}
    promised = {name for tenant in profile.tenants.values() for name in tenant.namespaces}
    placed = [(each, _namespace(each, namespace, known, promised)) for each in wanted]
    try:
        admission, every = Admission.read(written, profile.cluster), pools(written)
        return [_decide(each, place, admission, every, profile, user or SOMEBODY, groups) for each, place in placed]
    except NotUnderstoodError as error:
        found = error.finding
        where = ": ".join(filter(None, (found.file, str(found.line or ""), found.object)))
        raise UsageError(visible(f"nobody here can say: {where}: {found.message}")) from error


def _namespace(wanted: Wanted, otherwise: str, known: set[str], promised: set[str]) -> str:
    name = wanted.namespace or otherwise
    if not name:
        raise UsageError(visible(f"{wanted} does not say where it belongs: name its namespace with -n"))
    if name in promised - known:
        raise UsageError(visible(f"the profile knows the namespace {name}, but these files do not make it"))
    if name not in known:
        raise UsageError(visible(f"the profile knows no namespace {name}: {nearest(name, known)}"))
    return name


def _decide(
    wanted: Wanted,
    namespace: str,
    admission: Admission,
    every: tuple[Pool, ...],
    profile: Profile,
    user: str,
    groups: tuple[str, ...],
) -> Decision:
    made = wanted.made
    maker = (made.user, made.groups) if made.user else (user, tuple(dict.fromkeys((*groups, *EVERYBODY))))
    verdict = admission.admit(made.pod, namespace, *maker)
    reasons = tuple(asked(reason, namespace, profile) for reason in verdict.refusals)
    if verdict.admitted and verdict.unknown:
        raise NotUnderstoodError(verdict.unknown[0])
    spec = verdict.pod["spec"]
    reasons = reasons or tuple(_invalid(spec))
    return Decision(
        answer=Answer(yes=not reasons, question=_question(wanted, namespace), reasons=reasons),
        namespace=namespace,
        pools=() if reasons else tuple(sorted(runs_on(spec, every))),
        not_judged=(
            *verdict.not_judged,
            *(() if reasons else (validation.REST,)),
            *_besides(wanted, namespace, profile, user),
        ),
        stored=None if reasons else verdict.pod,
    )


def _invalid(spec: Mapping[str, Any]) -> Iterator[Reason]:
    """What an API server finds in the pod as it has become: a limit that it was given may be below what it asks for."""
    for path, what in validation.mistakes(spec):
        yield Reason(message=f"{'.'.join(map(str, ('spec', *path)))}: {what}")


def _besides(wanted: Wanted, namespace: str, profile: Profile, user: str) -> Iterator[str]:
    """What else an API server asks, and what nobody promises."""
    if user != SOMEBODY:
        yield f"whether {user} may create {wanted}, which `hardener can` answers"
    if user != SOMEBODY and wanted.made.user:
        yield f"{user}: it is {wanted.made.user} that makes the pods, and that is judged"
    tenants = (tenant.namespaces for tenant in profile.tenants.values())
    if not any(namespace in names for names in (*tenants, profile.cluster.system_namespaces)):
        yield f"namespace {namespace}: the profile does not know it, and promises nothing of it"


def _question(wanted: Wanted, namespace: str) -> str:
    if wanted.kind == "Pod":
        return f"may {wanted} be created in {namespace}?"
    by = f", made by {wanted.made.user.rpartition(':')[2]}" if wanted.made.user else ", once somebody makes them"
    return f"may the pods of {wanted} be created in {namespace}{by}?"
