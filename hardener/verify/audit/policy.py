"""An audit policy as an API server reads it, and which of its rules hold for a request.

Rules are tried in order, and the first that holds decides; if none does, nothing is recorded. Written after
staging/src/k8s.io/apiserver/pkg/audit/policy/checker.go and pkg/apis/audit/validation/validation.go in Kubernetes'
source.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct, ValidationError, convert

from hardener.errors import ProfileError
from hardener.source import load_data
from hardener.verify.audit.request import Request
from hardener.verify.audit.sets import ANY, Requests, first

Level = Literal["None", "Metadata", "Request", "RequestResponse"]
Stage = Literal["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"]

LEVELS: Final[tuple[Level, ...]] = ("None", "Metadata", "Request", "RequestResponse")
# Before, no API server starts with it.
_ANY_GROUP_SINCE: Final = 36


class UnreadableError(Exception):
    """No API server would start with this policy, or it says what we do not know."""


class Rule(Requests, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What is recorded of a set of requests."""

    level: Level
    omit_stages: tuple[Stage, ...] = ()
    omit_managed_fields: bool = False


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Rules in the order in which they are tried."""

    api_version: Literal["audit.k8s.io/v1"]
    kind: Literal["Policy"]
    rules: tuple[Rule, ...]
    omit_stages: tuple[Stage, ...] = ()
    omit_managed_fields: bool = False

    def deciding(self, request: Request) -> int | None:
        """The number of the rule that decides on a request, from 0; None if there is none."""
        return first(self.rules, request)

    def level(self, request: Request) -> Level:
        """The level at which a request is recorded."""
        number = self.deciding(request)
        return "None" if number is None else self.rules[number].level


def read_policy(text: str, file: str, minor: int) -> Policy:
    """The policy in a file, if an API server 1.`minor` would take it. Raises UnreadableError with the reason."""
    try:
        policy = convert(load_data(text, file), Policy)
    except ProfileError as error:
        raise UnreadableError(error.problems[0].what) from error
    except ValidationError as error:
        raise UnreadableError(str(error)) from error
    for reason in _refused(policy, minor):
        raise UnreadableError(reason)
    return policy


def _refused(policy: Policy, minor: int) -> Iterator[str]:
    if not policy.rules:
        yield "a policy without rules"
    for number, rule in enumerate(policy.rules, 1):
        for reason in _refused_rule(rule, minor):
            yield f"rule {number}: {reason}"


def _refused_rule(rule: Rule, minor: int) -> Iterator[str]:
    if rule.non_resource_urls and (rule.resources or rule.namespaces):
        yield "resources or namespaces, and paths, exclude each other"
    for url in rule.non_resource_urls:
        if url != ANY and (not url.startswith("/") or ANY in url[:-1]):
            yield f"{url} is no path, with a star at its end at most"
    for entry in rule.resources:
        if entry.group == ANY and minor < _ANY_GROUP_SINCE:
            yield f"the group * is understood from Kubernetes 1.{_ANY_GROUP_SINCE} on"
        if "/" in entry.group:
            yield f"{entry.group} is a group with a version"
        if entry.resource_names and not entry.resources:
            yield "names without a resource"
