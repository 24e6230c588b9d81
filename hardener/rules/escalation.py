"""Service accounts that are stronger than somebody who can act as them.

Whoever can run a pod in a namespace, enter one, or make tokens there acts as any service account of that namespace.
What an account holds in its own namespace is theirs anyway; what it holds elsewhere must be theirs already.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from hardener.catalog.rights import ANY, Target, rights, verbs_on
from hardener.catalog.roles import settings_of_the_system
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.roles import Rule
from hardener.rules.acting import DELIVERY, EVERYWHERE, People, Person, Runner
from hardener.source import KeyPath, Source

_SHOWN: Final = 3
_WRITES: Final = frozenset(("create", "update", "patch", "delete", "deletecollection"))
_SETS_UP: Final = {
    "configmaps": "so changes how Kubernetes' own parts are set up (who may log in, what DNS answers)",
    "secrets": "so can make tokens with which nodes join, and replace the keys of Kubernetes' own parts",
}
# Of this name is a token with which a node joins, and whoever writes it chooses it: nothing need be read.
# https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
_JOINING: Final = "bootstrap-token-"

# Namespaces, those together in which everybody holds the same.
_Alike = list[list[str]]


class _Strong(NamedTuple):
    """What a grant gives to service accounts, and in which namespaces."""

    path: KeyPath
    role: str
    accounts: tuple[str, ...]
    namespaces: tuple[str, ...]


def service_accounts_are_no_stronger_than_their_users(profile: Profile, source: Source) -> Iterator[Problem]:
    """Nobody gains by running a pod: whoever can act as an account holds what the account holds elsewhere."""
    people = People(profile)
    for strong in _strong(profile):
        for account in strong.accounts:
            home = account.partition("/")[0]
            beyond = people.alike(namespace for namespace in strong.namespaces if namespace != home)
            gaining = [runner for runner in people.runners(home) if _gains(runner, account, strong, beyond, people)]
            if gaining:
                yield _refused(strong, account, beyond, gaining, people, source)
                # One account shows what is wrong with the grant; an exception is for the grant as a whole.
                break


def nobody_runs_pods_among_the_systems(profile: Profile, source: Source) -> Iterator[Problem]:
    """The accounts of Kubernetes' own controllers can do nearly anything; breakGlass alone comes near them."""
    people = People(profile)
    for index, grant in enumerate(profile.access):
        means = people.means(grant.role) if grant.role in profile.roles else ""
        if means:
            yield source.problem(
                ("access", index),
                f"{grant.role} has {means} in kube-system, too, and so acts as the service accounts of Kubernetes' own "
                "controllers, which may do nearly anything",
                help="grant it under access of the tenants that are meant",
                rule="escalation.service-account",
            )


def nobody_changes_how_the_system_is_set_up(profile: Profile, source: Source) -> Iterator[Problem]:
    """What is written everywhere is written in kube-system, too, where it decides who may log in and how nodes join."""
    found = {name: _settings_written(rules) for name, rules in profile.roles.items()}
    for index, grant in enumerate(profile.access):
        for verb, resource in found.get(grant.role, ()):
            yield source.problem(
                ("access", index),
                f"{grant.role} has {verb} on {resource} in kube-system, too, and {_SETS_UP[resource]}",
                help="grant it under access of the tenants that are meant",
                rule="role.escalation",
            )


def _settings_written(rules: tuple[Rule, ...]) -> list[tuple[str, str]]:
    """A verb that changes what the system is set up by, and its resource: the first verb of each resource."""
    held = rights(rules)
    named = {target.name for target in held}
    found: list[tuple[str, str]] = []
    for resource, known in settings_of_the_system().items():
        names = [name for name in named if name in known or not name or name.startswith(_JOINING)]
        verbs = {verb for name in names for verb in verbs_on(Target("", resource, name), held)}
        written = _WRITES if ANY in verbs else verbs & _WRITES
        if written:
            found.append((min(written), resource))
    return found


def _strong(profile: Profile) -> Iterator[_Strong]:
    """Every grant to service accounts."""
    for name, tenant in profile.tenants.items():
        for index, grant in enumerate(tenant.access):
            if grant.service_accounts:
                namespaces = grant.namespaces or tuple(tenant.namespaces)
                yield _Strong(("tenants", name, "access", index), grant.role, grant.service_accounts, namespaces)
    for index, everywhere in enumerate(profile.access):
        yield _Strong(("access", index), everywhere.role, everywhere.service_accounts, (EVERYWHERE,))
    delivery = profile.cluster.delivery
    yield _Strong(("cluster", "delivery"), DELIVERY, delivery.service_accounts, (EVERYWHERE,))


def _gains(runner: Runner, account: str, strong: _Strong, beyond: _Alike, people: People) -> bool:
    if runner.person == Person("service account", account):
        return False
    return any(people.gain(runner.person, strong.role, alike[0]) for alike in beyond)


def _refused(
    strong: _Strong, account: str, beyond: _Alike, gaining: list[Runner], people: People, source: Source
) -> Problem:
    runner = gaining[0]
    gains = [(people.gain(runner.person, strong.role, alike[0]), alike) for alike in beyond]
    places = [namespace for gain, alike in gains if gain for namespace in alike]
    gain = next(gain for gain, _ in gains if gain)
    others = f" (and {len(gaining) - 1} more)" if len(gaining) > 1 else ""
    grant = ".".join(map(str, runner.path))
    remedy = f"name them in {DELIVERY}" if strong.role == DELIVERY else f"grant them {strong.role}"
    return source.problem(
        strong.path,
        f"{runner.person.kind} {runner.person.name!r}{others} can act as {account} ({runner.means}, by {grant}), and "
        f"so gains rights of {strong.role} {_listed(places)}, such as {gain}",
        help=f"{remedy} as well, or keep {account} in a namespace where they run nothing",
        rule="escalation.service-account",
    )


def _listed(namespaces: list[str]) -> str:
    """
    >>> _listed([EVERYWHERE]), _listed(["a"]), _listed(["d", "c", "b", "a"])
    ('in the whole cluster', 'in a', 'in a, b, c and 1 more')
    """
    if namespaces == [EVERYWHERE]:
        return "in the whole cluster"
    shown = ", ".join(sorted(namespaces)[:_SHOWN])
    more = f" and {len(namespaces) - _SHOWN} more" if len(namespaces) > _SHOWN else ""
    return f"in {shown}{more}"
