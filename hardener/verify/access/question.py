"""What `can` answers: may somebody do it, who may, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from hardener.catalog import distribution
from hardener.catalog.identities import is_own
from hardener.catalog.kubernetes import minor
from hardener.catalog.resources import full_name, resources
from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.access.doubts import Doubts
from hardener.verify.access.promise import Promise, promises
from hardener.verify.access.rbac import Grant, Grants, grants
from hardener.verify.access.rules import ANY, Request, Rule
from hardener.verify.access.subjects import Subject, group, user
from hardener.verify.answer import Answer, Reason
from hardener.verify.written import Written

_NODE: Final = "system:node:"
_SHOWN: Final = 5


def can(written: Written, profile: Profile, name: str, groups: Sequence[str], request: Request) -> Answer:
    """May a user do it? A name comes with the groups that everybody of such a name is in."""
    granted, unknown = grants(written, profile.cluster.kubernetes)
    subject = user(name)
    subjects = (subject, *map(group, dict.fromkeys((*groups, *subject.groups()))))
    found = granted.may(name, [each.name for each in subjects[1:]], request)
    promised = list(promises(profile, frozenset(each.name for each in written.of("ClusterRole"))))
    reasons = [reason for grant in found for reason in _why(grant, request, promised)]
    if not found:
        reasons += _why_not(granted, subjects, request)
    more = [*Doubts(written, profile, granted, promised).of(request, name, groups)]
    more += _besides(profile, name, groups, bool(found))
    whom = f"{subject}{_in_groups(groups)}"
    return Answer(
        yes=bool(found),
        question=f"can {whom} {request}{_where(request)}?",
        reasons=tuple(dict.fromkeys([*reasons, *more, *_left_out(unknown)])),
    )


class Holder(Struct, frozen=True, kw_only=True):
    """Somebody who may do it, and by what, as a program wants it. `namespace` is that of a service account."""

    kind: str
    name: str
    namespace: str
    binding: str
    role: str


class Holders(NamedTuple):
    """Who may do something, in words and one by one."""

    answer: Answer
    holders: tuple[Holder, ...]


def who(written: Written, profile: Profile, request: Request) -> Holders:
    """Everybody who may do it, each by a grant of their own; yes if there is somebody."""
    granted, unknown = grants(written, profile.cluster.kubernetes)
    promised = list(promises(profile, frozenset(each.name for each in written.of("ClusterRole"))))
    spaces = ("",) if request.path or not request.namespace else ("", request.namespace)
    found = [
        grant
        for subject in sorted(granted.everything)
        for space in spaces
        for each in granted.everything[subject].get(space, ())
        for grant in each.allowing(request)
    ]
    found.sort(key=lambda grant: grant.binding is None)
    reasons = tuple(dict.fromkeys(_by_binding(grant, request, promised) for grant in found))
    more = [*Doubts(written, profile, granted, promised).of(request), *_besides(profile, "", (), bool(found))]
    answer = Answer(
        yes=bool(found), question=f"who can {request}{_where(request)}?", reasons=(*reasons, *more, *_left_out(unknown))
    )
    return Holders(answer, tuple(dict.fromkeys(map(_holder, found))))


def _holder(grant: Grant) -> Holder:
    subject, kind = grant.subject, "RoleBinding" if grant.namespace else "ClusterRoleBinding"
    binding = f"{kind} {f'{grant.namespace}/' if grant.namespace else ''}{grant.binding_name}"
    return Holder(
        kind=subject.kind, name=subject.name, namespace=subject.namespace, binding=binding, role=grant.role_name
    )


def _left_out(findings: Iterable[Finding]) -> Iterator[Reason]:
    """What grants nothing here, because nobody understands it or no API server takes it."""
    for each in findings:
        yield Reason(message=f"left out: {each.message}", file=each.file, line=each.line, object=each.object)


def _where(request: Request) -> str:
    if request.path:
        return ""
    if request.namespace and (request.group, request.resource) != ("", "namespaces"):
        return f" in {request.namespace}"
    known = resources().get(full_name(request.group, request.whole))
    return "" if known and not known.namespaced else " in every namespace"


def _in_groups(groups: Sequence[str]) -> str:
    listed = ", ".join(groups)
    return f" in the {'groups' if ',' in listed else 'group'} {listed}" if listed else ""


def _why(grant: Grant, request: Request, promised: Iterable[Promise]) -> Iterator[Reason]:
    """The binding, and the rule of the role."""
    yield _by_binding(grant, request, promised)
    if grant.role is not None:
        rules = grant.role.data.get("rules") or ()
        number = next((at for at, rule in enumerate(rules) if _is(rule, grant)), 0)
        yield Reason(
            message=f"which allows {_verbs(grant.rule.verbs)} there",
            file=grant.role.file,
            line=grant.role.line_of("rules", number),
            object=str(grant.role),
        )


def _by_binding(grant: Grant, request: Request, promised: Iterable[Promise]) -> Reason:
    kind = "RoleBinding" if grant.namespace else "ClusterRoleBinding"
    where = f" in {grant.namespace}" if grant.namespace else ""
    message = f"{grant.subject} holds {grant.role_name}{where}, by the {kind} {grant.binding_name}"
    if grant.binding is None:
        return Reason(message=f"{message}, which Kubernetes makes itself")
    at = next((each.at for each in promised if _grants(each, grant, request)), ())
    binding = grant.binding
    line = binding.line_of("metadata", "name")
    said = "" if at else "; nothing in the profile grants it"
    return Reason(message=f"{message}{said}", file=binding.file, line=line, object=str(binding), at=at)


def _grants(promise: Promise, grant: Grant, request: Request) -> bool:
    """Is this what a place in the profile asks for?"""
    same = promise.subject == grant.subject and promise.namespace in ("", grant.namespace)
    return same and any(rule.allows(request) for rule in promise.role.rules)


def _is(written: dict[str, list[str]], grant: Grant) -> bool:
    rule = grant.rule
    return (
        frozenset(written.get("verbs") or ()) == rule.verbs
        and frozenset(written.get("resources") or ()) == rule.resources
        and frozenset(written.get("apiGroups") or ()) == rule.groups
        and frozenset(written.get("resourceNames") or ()) == rule.names
        and frozenset(written.get("nonResourceURLs") or ()) == rule.paths
    )


def _why_not(granted: Grants, subjects: tuple[Subject, ...], request: Request) -> Iterator[Reason]:
    """What these hold instead: other verbs there, and the same elsewhere."""
    held = [each for subject in subjects for space in granted.everything.get(subject, {}).values() for each in space]
    here = [each for each in held if each.namespace in ("", request.namespace)]
    verbs = {
        verb
        for each in here
        for rule in each.role.rules
        for verb in rule.verbs
        if rule.allows(replace(request, verb=verb))
    }
    names = {
        name for each in here for rule in each.role.rules for name in rule.names if _allows_named(rule, request, name)
    }
    if names and not request.name:
        yield Reason(message=f"no rule allows it of every name: only of {_some(sorted(names))}")
    elif verbs:
        yield Reason(message=f"no rule allows it: of this, they may {_verbs(verbs)}")
    else:
        yield Reason(message="no rule that they hold there is about it")
    spaces = sorted({each.namespace for each in held if any(rule.allows(request) for rule in each.role.rules)} - {""})
    if spaces and not request.path:
        yield Reason(message=f"they may in {_some(spaces)}")


def _allows_named(rule: Rule, request: Request, name: str) -> bool:
    return not request.path and rule.allows(replace(request, name=name))


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _besides(profile: Profile, name: str, groups: Iterable[str], yes: bool) -> Iterator[Reason]:
    """What an API server asks besides RBAC, and who holds more than the output says."""
    cluster, chain = profile.cluster, profile.control_plane.authorization.chain
    if name.startswith(_NODE) and "Node" in chain:
        message = (
            "nodes are answered by the Node authorizer as well, by the pods that run on them: that is not asked here"
        )
        yield Reason(message=message, at=("controlPlane", "authorization", "chain"))
    if "Webhook" in chain:
        message = "a webhook is asked as well: what it says is not known here"
        yield Reason(message=message, at=("controlPlane", "authorization", "chain"))
    for missing in () if yes else distribution(cluster.distribution).missing:
        if missing.path == "controlPlane.authorization" and minor(cluster.kubernetes) in missing.span:
            yield Reason(message=missing.what)
    for each in (name, *groups):
        if each and not yes and not each.startswith("system:") and is_own(each, cluster.distribution):
            title = distribution(cluster.distribution).title
            yield Reason(message=f"{each} is a name that {title} keeps for itself: what it grants is not known here")


def _verbs(verbs: Iterable[str]) -> str:
    names = sorted(verbs)
    return "everything" if ANY in names else ", ".join(names)
