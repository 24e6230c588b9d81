"""`roles`: what is weak in a role of one's own, and refused unless an exception accepts it.

A wildcard is refused for itself, and for each thing that it covers: who accepts `*` has not thereby accepted Secrets.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

from hardener.catalog.resources import resources_of, split
from hardener.catalog.rights import ANY, BuiltInRule, Target, rights, verbs_on
from hardener.catalog.roles import is_footing, is_guard_rail
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.rules.roles import is_wildcard, rules_of_roles
from hardener.rules.ways_up import WAYS_UP, WRITING, Way
from hardener.source import KeyPath, Source

# An answer to patch holds the whole object, and one to deletecollection all that were deleted, in a dry run as well.
# (`DeleteCollection` in k8s.io/apiserver/pkg/registry/generic/registry/store.go.)
READING: Final = frozenset(("get", "list", "watch", "patch", "deletecollection"))
_CHANGING: Final = WRITING | {"delete", "deletecollection"}

_DOORS: Final = {
    "pods/attach": frozenset(("get", "create")),
    "pods/ephemeralcontainers": frozenset(("patch", "update")),
    "pods/exec": frozenset(("get", "create")),
}
# Verbs that are asked for besides those of requests.
_VERBS_UP: Final = {
    "approve": "approves certificates, and a certificate can name anybody",
    "attest": "decides which authorities are trusted",
    "bind": "hands out roles that it does not hold",
    "escalate": "writes rights into roles that it does not hold",
    "impersonate": "acts in the name of others",
    "sign": "signs certificates, and a certificate can name anybody",
}
# Where a star in the place of the verb means one of them.
_ASKED_ABOUT: Final = {
    "clusterroles.rbac.authorization.k8s.io": "escalate",
    "groups": "impersonate",
    "roles.rbac.authorization.k8s.io": "escalate",
    "serviceaccounts": "impersonate",
    "signers.certificates.k8s.io": "sign",
    "uids.authentication.k8s.io": "impersonate",
    "users": "impersonate",
}

# The one resource of a rule, where it stands, and what the rule grants on it.
_Granted = tuple[KeyPath, str, dict[Target, set[str]]]


def roles_have_no_wildcard(profile: Profile, source: Source) -> Iterator[Problem]:
    """A star grants what Kubernetes and its extensions will bring tomorrow, which nobody has seen."""
    for path, rule in rules_of_roles(profile):
        for key, written in (("verbs", rule.verbs), ("resources", rule.resources), ("paths", rule.paths)):
            for index, word in enumerate(written):
                if ANY in word and (key != "resources" or is_wildcard(word)):
                    yield source.problem(
                        (*path, key, index),
                        f"{word!r} grants what nobody has thought of, and what newer versions will bring",
                        help=f"name the {key} that are meant",
                        rule="role.wildcard",
                    )


def roles_read_no_secrets(profile: Profile, source: Source) -> Iterator[Problem]:
    """Whoever reads a Secret holds what it opens."""
    for path, resource, granted in _granted(profile):
        verbs = _verbs("secrets", READING, granted)
        if verbs:
            yield source.problem(
                path,
                f"{_listed(verbs)} on {resource} reads Secrets",
                help="let pods mount the Secrets that they need"
                if verbs & {"get", "list", "watch"}
                else "leave it out: the answer holds what is in the Secret",
                rule="role.secrets",
            )


def roles_enter_no_pods(profile: Profile, source: Source) -> Iterator[Problem]:
    """Whoever runs commands in a pod has all that the pod has."""
    for path, resource, granted in _granted(profile):
        if any(_verbs(door, asked, granted) for door, asked in _DOORS.items()):
            yield source.problem(
                path,
                f"{resource} lets people into running pods, and to all that these hold",
                help="leave it out; the built-in role admin has it, for those who answer for a namespace",
                rule="role.exec",
            )


def roles_leave_guard_rails_alone(profile: Profile, source: Source) -> Iterator[Problem]:
    """What keeps tenants apart is changed by whoever delivers the output, and by nobody else."""
    for path, resource, granted in _granted(profile):
        rails = _rails(profile.cluster.kubernetes) if ANY in resource else [resource]
        changed = [rail for rail in rails if _verbs(rail, _changing(rail), granted)]
        if changed:
            verbs = _verbs(changed[0], _changing(changed[0]), granted)
            which = f", {changed[0]}" if ANY in resource else ""
            yield source.problem(
                path,
                f"{_listed(verbs)} on {resource} {_does(changed[0], verbs)}{which}",
                help="leave it out: it comes with what is installed, and is nobody's to change"
                if is_footing(changed[0])
                else "leave it out: guard rails are changed only by those whom cluster.delivery names",
                rule="role.guard-rails",
            )


def roles_do_not_escalate(profile: Profile, source: Source) -> Iterator[Problem]:
    """Nobody turns what a role names into more."""
    for path, rule in rules_of_roles(profile):
        for index, verb in enumerate(rule.verbs):
            if verb in _VERBS_UP:
                yield source.problem(
                    (*path, "verbs", index),
                    f"whoever may {verb} {_VERBS_UP[verb]}",
                    help="leave it out: roles, bindings and identities come with the output",
                    rule="role.escalation",
                )
    for path, resource, granted in _granted(profile):
        way = _way_up(granted)
        if way:
            yield source.problem(path, f"{resource} {way.gain}", help=way.instead, rule="role.escalation")


def _way_up(granted: dict[Target, set[str]]) -> Way | None:
    """By which way rights on one resource lead to more; None if by no way."""
    for resource, way in WAYS_UP.items():
        if _verbs(resource, way.verbs, granted):
            return way
    for resource, verb in _ASKED_ABOUT.items():
        if ANY in verbs_on(Target(*split(resource), ""), granted):
            return Way(frozenset((ANY,)), f"with every verb means {verb}, too, which {_VERBS_UP[verb]}")
    return None


def _does(rail: str, verbs: set[str]) -> str:
    """What somebody who may do this does to a guard rail."""
    if is_footing(rail):
        return "changes what guard rails rest on"
    return "gets past a guard rail" if verbs == {"use"} else "changes a guard rail"


def _changing(resource: str) -> frozenset[str]:
    """The verbs that change this guard rail; none if it is none, or if it is a way up for which another rule stands.

    A PodSecurityPolicy is not changed by those who use it, but they leave the one that is meant for them.
    """
    if not (is_guard_rail(resource) or is_footing(resource)) or resource in WAYS_UP:
        return frozenset()
    return _CHANGING | {"use"} if resource.startswith("podsecuritypolicies.") else _CHANGING


def _verbs(resource: str, asked: frozenset[str], granted: dict[Target, set[str]]) -> set[str]:
    """Those of the verbs `asked` that are granted on a resource, whatever its object's name."""
    verbs = verbs_on(Target(*split(resource), ""), granted)
    return set(asked) if ANY in verbs else verbs & asked


@cache
def _rails(version: str) -> list[str]:
    """All that a wildcard may cover and nobody changes, guard rails first. Asked for only then: it takes a while."""
    return sorted((name for name in resources_of(version) if is_guard_rail(name) or is_footing(name)), key=is_footing)


def _granted(profile: Profile) -> Iterator[_Granted]:
    for path, rule in rules_of_roles(profile):
        for index, resource in enumerate(rule.resources):
            alone = BuiltInRule(verbs=rule.verbs, resources=(resource,))
            yield (*path, "resources", index), resource, rights([alone])


def _listed(verbs: set[str]) -> str:
    """
    >>> _listed({"get", "list", "patch"})
    'get, list and patch'
    """
    *most, last = sorted(verbs)
    return f"{', '.join(most)} and {last}" if most else last
