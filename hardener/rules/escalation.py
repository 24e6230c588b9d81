"""Service accounts that are stronger than somebody who can act as them.

Whoever can run a pod in a namespace, enter one, or make tokens there acts as any service account of that namespace.
What an account holds in its own namespace is theirs anyway; what it holds elsewhere must be theirs already.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from hardener.errors import Problem
from hardener.profile import Profile
from hardener.rules.acting import DELIVERY, EVERYWHERE, People, Person, Runner
from hardener.source import KeyPath, Source

_SHOWN: Final = 3

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
