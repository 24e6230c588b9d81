"""At which level each kind of request is recorded on either side: what is recorded less is weaker.

A request of each kind that any rule of either policy can tell apart is looked at, as `verify` does it: so nothing is
left to luck, and two policies that mean the same are the same, however they say it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from hardener.verify.audit.kinds import kinds
from hardener.verify.audit.policy import LEVELS, Level, Policy
from hardener.verify.audit.promise import Promise
from hardener.verify.audit.request import Request, Resource

_BODIES: Final = ("Request", "RequestResponse")
_LATE: Final = frozenset({"ResponseStarted", "ResponseComplete", "Panic"})
_ARRIVES: Final = "RequestReceived"
HIDDEN: Final = "what may hold a password or a token"
# Requests that people make, by which they are shown what a class of them is.
FAMILIAR: Final = tuple(
    Request(verb=verb, thing=Resource(group=group, resource=resource, subresource=subresource), namespace="web")
    for verb, group, resource, subresource in (
        ("create", "rbac.authorization.k8s.io", "rolebindings", ""),
        ("create", "", "pods", ""),
        ("create", "", "services", ""),
        ("update", "apps", "deployments", ""),
        ("list", "", "secrets", ""),
        ("create", "", "pods", "exec"),
        ("list", "", "pods", ""),
        ("patch", "", "services", ""),
        ("create", "", "events", ""),
    )
)


class Record(NamedTuple):
    """What is kept of a request.

    The level; what is kept of its end; whether anything is where its body is YAML, and whether a body says who manages
    which field.
    """

    level: Level
    ends: frozenset[str]
    yaml: bool
    managed: bool

    @property
    def rank(self) -> int:
        """The level as a number: more is recorded more."""
        return LEVELS.index(self.level)


class Difference(NamedTuple):
    """What two policies keep of some requests, and whether these may hold a password or a token."""

    old: Record
    new: Record
    secret: bool


class Shown(NamedTuple):
    """Requests of a difference: what they are, one of them, and the rules that decide on it."""

    what: str
    request: Request
    old_rule: int | None
    new_rule: int | None


def record(policy: Policy, request: Request, loses_yaml: bool) -> Record:
    """What a policy keeps of a request. Where nothing is kept, nothing else counts."""
    number = policy.deciding(request)
    rule = policy.rules[number] if number is not None else None
    if rule is None or rule.level == "None":
        return Record("None", frozenset(), yaml=False, managed=False)
    omitted = {*policy.omit_stages, *rule.omit_stages}
    applied = rule.level in _BODIES and request.verb == "patch" and isinstance(request.thing, Resource)
    return Record(
        level=rule.level,
        ends=_LATE - omitted,
        yaml=not (applied and loses_yaml and _ARRIVES in omitted),
        managed=rule.level in _BODIES and not (rule.omit_managed_fields or policy.omit_managed_fields),
    )


@lru_cache(maxsize=16)
def differences(
    old: Policy, new: Policy, lose_yaml: tuple[bool, bool], promised: tuple[Promise, ...]
) -> Mapping[Difference, tuple[Shown, ...]]:
    """What is kept otherwise, with a request for each pair of rules that decide. `lose_yaml`: does a side?"""
    if old == new and lose_yaml[0] == lose_yaml[1]:
        return {}
    named = [(promise, requests) for promise in promised for requests in promise.requests]
    rules = [*old.rules, *new.rules]
    found: dict[Difference, dict[tuple[str, int | None, int | None], Shown]] = {}
    # Those that people know come first: of all that show the same, the first is told.
    for request in (*FAMILIAR, *kinds([*rules, *(requests for _, requests in named)]).values()):
        one, other = (record(policy, request, lost) for policy, lost in zip((old, new), lose_yaml, strict=True))
        if one != other:
            promise = next(promise for promise, requests in named if requests.hold(request))
            shown = Shown(promise.why, request, old.deciding(request), new.deciding(request))
            alike = found.setdefault(Difference(one, other, promise.why == HIDDEN), {})
            alike.setdefault((shown.what, shown.old_rule, shown.new_rule), shown)
    return {difference: tuple(shown.values()) for difference, shown in found.items()}
