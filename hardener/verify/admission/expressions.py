"""Admission policies among the plugins: the pod as their expressions see it, and whose rights they ask about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hardener.source import KeyPath
from hardener.verify.admission import defaults, shape
from hardener.verify.admission.cluster import Cluster
from hardener.verify.admission.policies import Refusal, Resource, Review
from hardener.verify.admission.request import Refused, Request
from hardener.verify.answer import Reason
from hardener.verify.cel.authorization import Asked, Check
from hardener.verify.objects import Object

_VARIABLE: Final = re.compile(r"\bvariables\.(\w+)")


class _Policies:
    def __init__(self, cluster: Cluster) -> None:
        """As the folder has them."""
        self._cluster = cluster
        self._policies = cluster.policies

    def complete(self, request: Request) -> Iterator[Reason]:
        """Name what nobody understands of the policies; what they complete is said below."""
        request.unknown += self._policies.problems
        yield from ()

    def _review(self, request: Request) -> Review:
        namespace = request.namespace
        return Review(
            operation="CREATE" if request.old is None else "UPDATE",
            resource=Resource(resource="pods", subresource=request.subresource),
            namespace=namespace.name,
            namespace_labels=namespace.labels,
            namespace_annotations=namespace.annotations,
            name=request.pod["metadata"].get("name", ""),
            object=request.pod,
            old_object=request.old,
            user=request.user,
            groups=request.groups,
            authorizer=self._asked(request.user, request.groups),
        )

    def _asked(self, user: str, groups: tuple[str, ...]) -> Asked:
        from hardener.verify.access.rules import Request as Wanted
        from hardener.verify.access.subjects import service_account

        def may(check: Check) -> bool:
            account = service_account(*check.account) if check.account else None
            who = (account.user, account.groups()) if account else (user, groups)
            fields = {key: getattr(check, key) for key in ("verb", "path", "group", "resource", "subresource", "name")}
            return bool(self._cluster.grants.may(*who, Wanted(**fields, namespace=check.namespace)))

        return may


class Mutating(_Policies):
    """MutatingAdmissionPolicy: changes a pod after the other plugins have."""

    def complete(self, request: Request) -> Iterator[Reason]:
        """Change the pod."""
        yield from super().complete(request)
        if not self._policies.mutating:
            return
        judged = self._policies.complete(self._review(request))
        if judged.object is not None and judged.object != request.pod:
            request.pod = judged.object
            request.pod["spec"] = shape.stored(request.spec, self._cluster.minor)
            defaults.fill(request.pod, self._cluster.minor)
        yield from map(_reason, judged.refusals)

    def judge(self, request: Request) -> Iterator[Reason]:
        """It judges what it completes."""
        yield from ()


class Validating(_Policies):
    """ValidatingAdmissionPolicy: refuses a pod as it would be stored."""

    def judge(self, request: Request) -> Iterator[Reason]:
        """Refuse what a policy refuses."""
        yield from map(_reason, self._policies.refusals(self._review(request)))


def _reason(refusal: Refusal) -> Refused:
    policy, spoken = refusal.policy, about(refusal.policy, refusal.path)
    return Refused(message=refusal.message, file=policy.file, line=refusal.line, object=str(policy), about=spoken)


def about(policy: Object, path: KeyPath) -> str:
    """An expression of a policy, and those of the variables that it names."""
    spec: Mapping[str, Any] = policy.data["spec"]
    variables = {each["name"]: each["expression"] for each in spec.get("variables") or ()}
    place: Any = policy.data
    for step in path:
        place = place[step]
    text, met = str(place), set[str]()
    while named := [name for name in _VARIABLE.findall(text) if name not in met and name in variables]:
        met.update(named)
        text = " ".join([text, *(variables[name] for name in named)])
    return text
