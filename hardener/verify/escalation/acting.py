"""Who acts as the service accounts of a namespace: whoever runs a pod there, enters one, or gets a token of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from hardener.verify.access.rules import Rule
from hardener.verify.escalation.door import READS, SHAPES
from hardener.verify.escalation.doors import SYSTEM
from hardener.verify.escalation.openings import Opening, verbs_on

_MAKES: Final = frozenset(("create",))
_ENTERS: Final = frozenset(("create", "get"))
_RUN: Final = "run one as"
_ENTER: Final = "enter one of"
_TAKE: Final = "take one of"
# Whoever writes a template of pods says as whom they run, and the controller that makes them asks nobody. To get
# pods/exec was enough before 1.35; from then on create is asked for as well (pkg/registry/core/pod/rest).
_WAYS: Final = (
    ("", "pods", SHAPES, _RUN),
    ("apps", "deployments", SHAPES, _RUN),
    ("apps", "statefulsets", SHAPES, _RUN),
    ("apps", "daemonsets", SHAPES, _RUN),
    ("apps", "replicasets", SHAPES, _RUN),
    ("batch", "jobs", SHAPES, _RUN),
    ("batch", "cronjobs", SHAPES, _RUN),
    ("", "replicationcontrollers", SHAPES, _RUN),
    ("", "pods/exec", _ENTERS, _ENTER),
    ("", "pods/attach", _ENTERS, _ENTER),
    ("", "pods/ephemeralcontainers", frozenset(("patch", "update")), _ENTER),
    ("", "serviceaccounts/token", _MAKES, _TAKE),
)


class Means(Struct, frozen=True):
    """A right by which somebody acts as service accounts, as which, and how: all around unless some are named."""

    opening: Opening
    how: str
    names: frozenset[str] = frozenset()


def means(rule: Rule) -> Iterator[Means]:
    """By which rights of a rule its holder acts as the service accounts around it."""
    for group, resource, asked, how in _WAYS:
        if verbs := verbs_on(rule, asked, group, resource):
            opening = Opening(SYSTEM, verbs, group, resource, tuple(sorted(rule.names)))
            yield Means(opening, how, rule.names if how == _TAKE else frozenset())


def means_of_two(rules: tuple[Rule, ...]) -> tuple[int, Means] | None:
    """To make a Secret that is filled with a token, and to read it, perhaps by two rules; the number of the first.

    It is filled for the service account that it names (pkg/controller/serviceaccount/tokens_controller.go).
    """
    reads = any(verbs_on(rule, READS, "", "secrets") for rule in rules)
    for number, rule in enumerate(rules):
        if reads and (verbs := verbs_on(rule, _MAKES, "", "secrets")):
            return number, Means(Opening(SYSTEM, verbs, "", "secrets", ()), "read the token of")
    return None
