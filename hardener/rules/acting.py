"""Who can act as the service accounts of a namespace, and what they hold without doing so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from hardener.catalog import roles as built_in
from hardener.catalog.resources import split
from hardener.catalog.rights import ANY, BuiltInRule, Rule, Target, missing, rights, verbs_on
from hardener.profile import Profile
from hardener.profile.tenants import grants_by_namespace
from hardener.rules.subjects import Holders
from hardener.rules.weak_roles import READING
from hardener.source import KeyPath

# In the place of a namespace: a grant that holds in the whole cluster.
EVERYWHERE: Final = ""
# In the place of a role: what cluster.delivery holds. No profile can grant it by this name.
DELIVERY: Final = "cluster.delivery"

_BINDING: Final = BuiltInRule(verbs=("bind", "escalate"), resources=("clusterroles.rbac.authorization.k8s.io",))

_CHANGING: Final = frozenset(("create", "update", "patch"))
# What makes a pod, or changes what one runs; what goes into one; what makes a token without any.
_MEANS: Final = {
    "pods": _CHANGING,
    "deployments.apps": _CHANGING,
    "statefulsets.apps": _CHANGING,
    "daemonsets.apps": _CHANGING,
    "replicasets.apps": _CHANGING,
    "jobs.batch": _CHANGING,
    "cronjobs.batch": _CHANGING,
    "replicationcontrollers": _CHANGING,
    "pods/exec": frozenset(("create", "get")),
    "pods/attach": frozenset(("create", "get")),
    "pods/ephemeralcontainers": frozenset(("patch", "update")),
    "serviceaccounts/token": frozenset(("create",)),
}


class Person(NamedTuple):
    """Whoever may hold a role: a group, a user or a service account."""

    kind: str
    name: str


class Runner(NamedTuple):
    """Somebody who can act as the service accounts of a namespace, by which grant, and by what it allows."""

    person: Person
    path: KeyPath
    means: str


# Namespaces of one key are alike: everybody holds the same in them.
_Key = tuple[str, tuple[int, ...], str]
_Held = dict[Person, dict[str, KeyPath]]


class People:
    """Who holds what. It learns of each tenant when asked, since few are, and each question it answers once."""

    def __init__(self, profile: Profile) -> None:
        """Look at the grants that hold everywhere; they are few."""
        self._profile = profile
        self._tenant_of = {name: tenant for tenant, facts in profile.tenants.items() for name in facts.namespaces}
        self._everywhere = _everywhere(profile)
        self._numbers: dict[str, dict[str, tuple[int, ...]]] = {}
        self._held: dict[_Key, _Held] = {}
        self._means: dict[str, str] = {}
        self._gains: dict[tuple[frozenset[str], str], str] = {}

    def alike(self, namespaces: Iterable[str]) -> list[list[str]]:
        """The namespaces, those together in which everybody holds the same."""
        found: dict[_Key, list[str]] = {}
        for namespace in namespaces:
            found.setdefault(self._key(namespace), []).append(namespace)
        return list(found.values())

    def runners(self, namespace: str) -> Iterator[Runner]:
        """Whoever can act as the service accounts of a namespace by what they hold in it, each once."""
        for person, roles in self._holding(namespace).items():
            for role, path in roles.items():
                means = self.means(role)
                if means:
                    yield Runner(person, path, means)
                    break

    def means(self, role: str) -> str:
        """What in a role lets its holder act as the service accounts around; "" if nothing does."""
        if role not in self._means:
            self._means[role] = _means(self._rules(role))
        return self._means[role]

    def gain(self, person: Person, role: str, namespace: str) -> str:
        """The first right of a role that a person does not hold in a namespace; "" if there is none."""
        roles = self._holding(namespace).get(person, {}).keys() | self._everywhere.get(person, {}).keys()
        # Who delivers the output can give away every role in it.
        if role in roles or DELIVERY in roles:
            return ""
        question = frozenset(roles), role
        if question not in self._gains:
            held = rights(rule for each in roles for rule in self._rules(each))
            self._gains[question] = _first(missing(held, rights(self._rules(role))))
        return self._gains[question]

    def _holding(self, namespace: str) -> _Held:
        key = self._key(namespace)
        if key not in self._held:
            self._held[key] = _in_namespace(self._profile, key[0], key[1], namespace)
        return self._held[key]

    def _key(self, namespace: str) -> _Key:
        """The tenant, the grants that hold in a namespace, and itself if its service accounts hold more in it."""
        tenant = self._tenant_of.get(namespace)
        if tenant is None:
            return "", (), ""
        if tenant not in self._numbers:
            self._numbers[tenant] = grants_by_namespace(self._profile.tenants[tenant])
        accounts = self._profile.tenants[tenant].namespaces[namespace].service_accounts.values()
        return tenant, self._numbers[tenant][namespace], namespace if any(each.roles for each in accounts) else ""

    def _rules(self, role: str) -> tuple[Rule, ...]:
        cluster = self._profile.cluster
        if role == DELIVERY:
            return (*built_in.delivery(cluster.kubernetes, cluster.cni, self._profile.images.verifier), _BINDING)
        if role in self._profile.roles:
            return self._profile.roles[role]
        # A role that nobody knows is refused elsewhere, and allows nothing.
        return built_in.built_in(role, cluster.kubernetes, cluster.cni) if role in built_in.names() else ()


def _everywhere(profile: Profile) -> _Held:
    held: _Held = {}
    for index, grant in enumerate(profile.access):
        for person in people_of(grant):
            held.setdefault(person, {}).setdefault(grant.role, ("access", index))
    for person in people_of(profile.cluster.delivery):
        held.setdefault(person, {})[DELIVERY] = ("cluster", "delivery")
    return held


def _in_namespace(profile: Profile, name: str, numbers: tuple[int, ...], namespace: str) -> _Held:
    """Who holds what in a namespace of the tenant `name`, and by which grant; "" is no tenant."""
    held: _Held = {}
    for number in numbers:
        grant = profile.tenants[name].access[number]
        for person in people_of(grant):
            held.setdefault(person, {}).setdefault(grant.role, ("tenants", name, "access", number))
    if name:
        place = ("tenants", name, "namespaces", namespace, "serviceAccounts")
        for account, facts in profile.tenants[name].namespaces[namespace].service_accounts.items():
            person = Person("service account", f"{namespace}/{account}")
            for role in facts.roles:
                held.setdefault(person, {}).setdefault(role, (*place, account, "roles"))
    return held


def people_of(holders: Holders) -> Iterator[Person]:
    """Everybody whom a grant names."""
    for kind, names in (
        ("group", holders.groups),
        ("user", holders.users),
        ("service account", holders.service_accounts),
    ):
        for name in names:
            yield Person(kind, name)


def _means(rules: Iterable[Rule]) -> str:
    """The first right among `rules` that lets its holder act as a service account, of whatever names it is."""
    held = rights(BuiltInRule(verbs=rule.verbs, resources=rule.resources) for rule in rules)
    for resource, asked in _MEANS.items():
        verbs = verbs_on(Target(*split(resource), ""), held)
        if ANY in verbs or verbs & asked:
            return f"{min(asked if ANY in verbs else verbs & asked)} on {resource}"
    # A Secret that says so is filled with a token of the account that it names.
    secrets = verbs_on(Target(*split("secrets"), ""), held)
    if "create" in secrets and secrets & READING:
        return f"create and {min(secrets & READING)} on secrets"
    return ""


def _first(lacking: dict[Target, set[str]]) -> str:
    """One of the rights that are lacking, always the same one."""
    if not lacking:
        return ""
    target = min(lacking)
    return f"{min(lacking[target])} on {target}"
