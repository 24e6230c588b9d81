"""What the profile accepts: what its built-in roles are for, and what its exceptions name, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from hardener.catalog import roles as catalog
from hardener.catalog.rights import Rule as RightsRule
from hardener.profile import Profile
from hardener.profile.roles import Rule as WrittenRule
from hardener.source import KeyPath
from hardener.verify.access.built_in import meant
from hardener.verify.access.rules import ANY, Rule
from hardener.verify.access.subjects import Subject
from hardener.verify.escalation.door import IN_GRANT, Door
from hardener.verify.escalation.holdings import DELIVERY, Holding, holdings
from hardener.verify.escalation.openings import Opening
from hardener.verify.escalation.rights import allowed

STRONGER: Final = "escalation.service-account"
OWN: Final = "hardener:"
_GLASS: Final = "breakGlass"

# An admin of a namespace reads its Secrets one by one, and enters its pods.
_ADMIN: Final = (
    Rule(verbs=frozenset(("get", "patch")), groups=frozenset(("",)), resources=frozenset(("secrets",))),
    Rule(
        verbs=frozenset(("create", "get")), groups=frozenset(("",)), resources=frozenset(("pods/attach", "pods/exec"))
    ),
    Rule(
        verbs=frozenset(("get", "patch", "update")),
        groups=frozenset(("",)),
        resources=frozenset(("pods/ephemeralcontainers",)),
    ),
)
# Whoever breaks the glass holds everything by name, but for guard rails, and but for bind, escalate and impersonate.
_BEHIND_GLASS: Final = frozenset(
    (
        "addresses",
        "devices",
        "endpoints",
        "footings",
        "places",
        "pods",
        "secrets",
        "settings",
        "system",
        "tokens",
        "volumes",
    )
)
# Who delivers changes what the output has. Its roles, and no others, it may write and bind.
_DELIVERED: Final = frozenset(("amounts", "namespaces", "network", "policies", "roles"))
# What an administrator applies for the script that approves the certificates that kubelets serve.
_APPROVER: Final = Subject("User", "hardener:serving-approver")
_APPROVES: Final = (
    Rule(
        verbs=frozenset(("update",)),
        groups=frozenset(("certificates.k8s.io",)),
        resources=frozenset(("certificatesigningrequests/approval",)),
    ),
    Rule(
        verbs=frozenset(("approve",)),
        groups=frozenset(("certificates.k8s.io",)),
        resources=frozenset(("signers",)),
        names=frozenset(("kubernetes.io/kubelet-serving",)),
    ),
)


class Accepted:
    """What a profile says of its subjects. It answers each question once for all who hold the same."""

    def __init__(self, profile: Profile) -> None:
        """Look at who holds what; nothing else is worked out before it is asked for."""
        self._profile = profile
        self._exempt = frozenset((each.rule, each.at) for each in profile.exceptions)
        self._excepted: dict[tuple[str, ...], tuple[Rule, ...]] = {}
        self._answers: dict[tuple[int, tuple[Holding, ...]], tuple[str, KeyPath] | None] = {}

    @cached_property
    def _held(self) -> dict[Subject, dict[str, tuple[Holding, ...]]]:
        held: dict[Subject, dict[str, tuple[Holding, ...]]] = {}
        for subject, namespace, holding in holdings(self._profile):
            spaces = held.setdefault(subject, {})
            spaces[namespace] = (*spaces.get(namespace, ()), holding)
        return held

    def holdings(self, subject: Subject, namespace: str) -> tuple[Holding, ...]:
        """What the profile grants a subject in a namespace, or everywhere."""
        spaces = self._held.get(subject)
        if spaces is None:
            return ()
        return (*spaces.get(namespace, ()), *spaces.get("", ())) if namespace else spaces.get("", ())

    def place(self, subject: Subject, namespace: str) -> KeyPath:
        """The place in the profile that is nearest to what somebody holds in a namespace."""
        holdings = self.holdings(subject, namespace)
        if holdings:
            return holdings[0].path
        for name, tenant in self._profile.tenants.items():
            if namespace in tenant.namespaces:
                return ("tenants", name)
        return ()

    def accepts(self, subject: Subject, namespace: str, opening: Opening) -> tuple[str, KeyPath] | None:
        """Why a subject may open a door by what is granted in a namespace or everywhere; None if it may not."""
        if subject == _APPROVER and not namespace and _covers(_APPROVES, opening):
            return "it approves the certificates that kubelets serve", ("controlPlane", "rotation")
        holdings = self.holdings(subject, namespace)
        # An opening belongs to a role that is kept, so its id is its own.
        key = id(opening), holdings
        if key not in self._answers:
            answers = (self._accepts(holding, opening) for holding in holdings)
            self._answers[key] = next((answer for answer in answers if answer), None) or self._together(
                holdings, opening
            )
        return self._answers[key]

    def expects(self, subject: Subject, namespace: str) -> tuple[Rule, ...]:
        """Everything that the profile grants a subject in a namespace."""
        return tuple(rule for each in self.holdings(subject, namespace) for rule in meant(self._rules(each.role)))

    def excepted(self, subject: Subject, namespace: str) -> tuple[tuple[Rule, ...], KeyPath]:
        """What a service account may hold although somebody acts as it, and the place of a grant that says so.

        Of equal roles the rules are the same object, so that what was compared once need not be compared again.
        """
        found = [each for each in self.holdings(subject, namespace) if self._is_exempt(STRONGER, each.path)]
        roles = tuple(each.role for each in found)
        if roles not in self._excepted:
            self._excepted[roles] = tuple(rule for role in roles for rule in meant(self._rules(role)))
        return self._excepted[roles], found[0].path if found else ()

    def _accepts(self, holding: Holding, opening: Opening) -> tuple[str, KeyPath] | None:
        if holding.role == DELIVERY:
            delivers = opening.door.name in _DELIVERED or _is_of_own_roles(opening)
            return ("it delivers the output", holding.path) if delivers else None
        if holding.role in self._profile.roles:
            return None
        by_name = ANY not in opening.verbs and opening.resource != ANY
        if holding.role == _GLASS and opening.door.name in _BEHIND_GLASS and by_name:
            return "whoever breaks the glass holds it", holding.path
        if holding.role == "admin" and _covers(_ADMIN, opening):
            return "an admin of the namespace holds it", holding.path
        return None

    def _together(self, holdings: tuple[Holding, ...], opening: Opening) -> tuple[str, KeyPath] | None:
        """Roles of one's own that together allow it, as far as exceptions name them."""
        door = opening.door
        for_it = [
            (each, tuple(self._excepted_rules(each, door))) for each in holdings if each.role in self._profile.roles
        ]
        if _covers([rule for _, rules in for_it for rule in rules], opening):
            return "an exception accepts it", next(each.path for each, rules in for_it if rules)
        return None

    def _excepted_rules(self, holding: Holding, door: Door) -> Iterator[Rule]:
        """What in a role of one's own an exception accepts, of what opens a door."""
        rules = self._profile.roles[holding.role]
        if door.where == IN_GRANT:
            if self._is_exempt(door.rule, holding.path):
                yield from meant(rules)
            return
        for number, rule in enumerate(rules):
            place = ("roles", holding.role, number)
            named = [
                each for n, each in enumerate(rule.resources) if self._is_exempt(door.rule, (*place, "resources", n))
            ]
            verbs = [each for n, each in enumerate(rule.verbs) if self._is_exempt(door.rule, (*place, "verbs", n))]
            yield from meant([_part(rule, resources=tuple(named))] if named else [])
            yield from meant([_part(rule, verbs=tuple(verbs))] if verbs and rule.resources else [])

    def _is_exempt(self, rule: str, place: KeyPath) -> bool:
        """Is there an exception for a rule at a place, or at a parent of it?"""
        return any((rule, ".".join(map(str, place[:end]))) in self._exempt for end in range(1, len(place) + 1))

    def _rules(self, role: str) -> tuple[RightsRule, ...]:
        cluster = self._profile.cluster
        if role == DELIVERY:
            return catalog.delivery(cluster.kubernetes, cluster.cni, self._profile.images.verifier)
        if role in self._profile.roles:
            return self._profile.roles[role]
        return catalog.built_in(role, cluster.kubernetes, cluster.cni)


def _part(rule: WrittenRule, resources: tuple[str, ...] = (), verbs: tuple[str, ...] = ()) -> WrittenRule:
    return WrittenRule(verbs=verbs or rule.verbs, resources=resources or rule.resources, names=rule.names)


def _covers(rules: Iterable[Rule], opening: Opening) -> bool:
    """Do the rules have every right by which a door is opened?"""
    rules = tuple(rules)
    return all(allowed(rules, verb, opening.group, opening.resource, opening.names) for verb in opening.verbs)


def _is_of_own_roles(opening: Opening) -> bool:
    """Are these rights to bind or to widen roles of the output, and no others?"""
    named = bool(opening.names) and all(name.startswith(OWN) for name in opening.names)
    return named and opening.resource == "clusterroles" and opening.door.name in ("bind", "escalate")
