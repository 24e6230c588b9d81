"""Namespaces that no rule of admission can tell apart: one of each class is asked about, for all of them.

Two are of one class if they are of one zone, the same selectors hold for them, and they say the same in the labels and
annotations that admission reads. Where an annotation lists exactly the accounts that have a token by the profile, or
the host names of the tenant, what is listed does not tell namespaces apart. A name that an expression compares with
something is a class of its own.

Namespaces that the profile does not know are asked about as well: one without labels, and one for each label or name
that a selector speaks of.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from hardener.catalog.kubernetes import minor
from hardener.profile import Profile
from hardener.profile.tenants import Namespace, Tenant
from hardener.source import KeyPath
from hardener.verify.network.selectors import Selector, Selectors
from hardener.verify.network.unreadable import UnreadableError
from hardener.verify.objects import NotUnderstoodError, Object, finding
from hardener.verify.pods.demands import SECURITY_POLICIES_UNTIL
from hardener.verify.pods.expressions import asks_namespace, expressions, words
from hardener.verify.written import Written

NAME: Final = "kubernetes.io/metadata.name"
STRANGER: Final = "unknown-to-the-profile"
"""A namespace that nobody has spoken of, and that anybody may make who may make namespaces."""
_BINDINGS: Final = ("ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicyBinding")
_POLICIES: Final = ("ValidatingAdmissionPolicy", "MutatingAdmissionPolicy")
# What the API server's own plugins read.
_READ: Final = ("pod-security.kubernetes.io/", "scheduler.alpha.kubernetes.io/")
# What expressions call a service account: a field of pods, an annotation of Secrets.
_ACCOUNTS: Final = ("erviceAccount", "service-account")
# ValidateServiceAccountName in pkg/apis/core/validation/validation.go.
_ACCOUNT: Final = re.compile(r"[a-z0-9]([-.a-z0-9]*[a-z0-9])?", re.ASCII)


class Class(Struct, frozen=True, eq=False):
    """Namespaces that are alike. `zone` is None for those that no zone has, the system's and strangers'.

    `accounts` are the service accounts of the one that is asked about, and those of them that have a token. Whoever may
    create accounts may call one as it pleases: each name that a policy or the namespace says is asked about as well.
    """

    names: tuple[str, ...]
    zone: str | None
    system: bool = False
    labels: Mapping[str, str] = {}
    at: KeyPath = ()
    accounts: tuple[str, ...] = ()
    with_token: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The one that is asked about."""
        return self.names[0]

    @property
    def object(self) -> Object:
        """The one that is asked about as an object that says its labels, and nothing else."""
        data = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.name, "labels": dict(self.labels)}}
        return Object("", 0, data, "", (), "v1", "Namespace", "", self.name)

    def __str__(self) -> str:
        """The one that is asked about, and how many others are like it."""
        others = len(self.names) - 1
        return f"{self.name} (and {others} more like it)" if others else self.name


def classes(written: Written, profile: Profile) -> tuple[Class, ...]:
    """The classes of all namespaces: those of zones, the system's, and strangers'. Raises NotUnderstoodError."""
    selectors = tuple(_selectors(written))
    return (*_of_zones(written, profile, selectors), *_of_system(profile), *strangers(_names(profile), selectors))


def _of_zones(written: Written, profile: Profile, selectors: tuple[Selector, ...]) -> Iterator[Class]:
    found: dict[Any, list[str]] = {}
    first: dict[Any, Class] = {}
    singled_out = words(written.of(*_POLICIES))
    read = _Read(words(each for each in written.of(*_POLICIES) if asks_namespace(each)))
    named = _named(written)
    objects = {each.name: each for each in written.of("Namespace")}
    bound = _bound(written) if minor(profile.cluster.kubernetes) <= SECURITY_POLICIES_UNTIL else {}
    for owner, tenant in profile.tenants.items():
        for name, namespace in tenant.namespaces.items():
            said = (*_said(objects.get(name), namespace, tenant, read), bool(tenant.hosts), tenant.shared_gateways)
            labels = written.namespaces().get(name, {NAME: name})
            matched = tuple(selector.matches(labels) for selector in selectors)
            key = (namespace.zone, said, matched, name if name in singled_out else "", bound.get(name))
            if key not in first:
                also = named | _listed(objects.get(name), read)
                first[key] = _class(name, namespace, ("tenants", owner, "namespaces", name), also)
            found.setdefault(key, []).append(name)
    for key, each in first.items():
        yield Class(tuple(found[key]), each.zone, at=each.at, accounts=each.accounts, with_token=each.with_token)


def _class(name: str, namespace: Namespace, at: KeyPath, named: frozenset[str]) -> Class:
    declared = namespace.service_accounts
    given = frozenset(account for account, entry in declared.items() if entry.token)
    accounts = dict.fromkeys(
        ("default", "unknown", *declared, *sorted(each for each in named if _ACCOUNT.fullmatch(each)))
    )
    return Class((name,), namespace.zone, at=at, accounts=tuple(accounts), with_token=given)


def _named(written: Written) -> frozenset[str]:
    """Every text of the policies that speak of service accounts."""
    speaking = (
        each
        for each in written.of(*_POLICIES)
        if any(field in text for _, text in expressions(each) for field in _ACCOUNTS)
    )
    return words(speaking)


def _listed(object: Object | None, read: _Read) -> frozenset[str]:
    """Every name in a list that an annotation of the namespace is, if expressions read it."""
    annotations = object.annotations if object else {}
    return frozenset(name for key, value in annotations.items() if key in read for name in value.split(","))


class _Read:
    """Which labels and annotations admission reads: the plugins, and expressions that hold their keys, or parts."""

    def __init__(self, texts: frozenset[str]) -> None:
        self._texts = texts - {""}
        self._known: dict[str, bool] = {}

    def __contains__(self, key: str) -> bool:
        if key not in self._known:
            self._known[key] = key.startswith(_READ) or any(text in key for text in self._texts)
        return self._known[key]


def _said(object: Object | None, namespace: Namespace, tenant: Tenant, read: _Read) -> tuple[Any, ...]:
    """What a namespace says in labels and annotations that admission reads. The host names of its tenant are alike."""
    if object is None:
        return ("nothing",)
    hosts = ",".join(sorted(set(tenant.hosts)))
    given = ",".join(sorted(name for name, entry in namespace.service_accounts.items() if entry.token))
    labels = ((key, value) for key, value in object.labels.items() if key in read)
    known = {given: f"those with a token: {min(given.count(',') + 1, 2)}", hosts: "the hosts of its tenant"}
    annotations = ((key, known.get(value, value)) for key, value in object.annotations.items() if key in read)
    return (frozenset(labels), frozenset(annotations), bool(given), len(namespace.service_accounts) > given.count(","))


def _bound(written: Written) -> dict[str, frozenset[Any]]:
    """What is bound in each namespace: by which PodSecurityPolicies its pods are judged."""
    found: dict[str, set[Any]] = {}
    for each in written.of("RoleBinding"):
        if "pods" in each.name:
            subjects = str(each.data.get("subjects")).replace(each.namespace, "")
            found.setdefault(each.namespace, set()).add((str(each.data.get("roleRef")), subjects))
    return {name: frozenset(bindings) for name, bindings in found.items()}


def _of_system(profile: Profile) -> Iterator[Class]:
    for name in profile.cluster.system_namespaces:
        yield Class((name,), None, system=True, accounts=("default",))


def _names(profile: Profile) -> frozenset[str]:
    known = {name for tenant in profile.tenants.values() for name in tenant.namespaces}
    return frozenset(known | set(profile.cluster.system_namespaces))


def strangers(known: Collection[str], selectors: Iterable[Selector]) -> Iterator[Class]:
    """Namespaces that are not known: one without labels, and one for each label or name that selectors speak of."""
    names, labels = {STRANGER}, set()
    for selector in selectors:
        for requirement in selector.requirements:
            if requirement.key == NAME:
                names |= requirement.values.difference(known)
            else:
                labels |= {(requirement.key, value) for value in requirement.values or ("",)}
    for name in sorted(names):
        yield Class((name,), None, accounts=("default",))
    for number, (key, value) in enumerate(sorted(labels)):
        yield Class((f"{STRANGER}-{number}",), None, labels={key: value}, accounts=("default",))


def _selectors(written: Written) -> Iterator[Selector]:
    """The selectors of namespaces by which policies and their bindings hold. Raises NotUnderstoodError."""
    read = Selectors()
    for each in written.of(*_BINDINGS, *_POLICIES):
        yield selector(each, read)


def selector(policy: Object, read: Selectors) -> Selector:
    """The namespaces for which a policy, or a binding of one, holds. Raises NotUnderstoodError."""
    path = ("spec", "matchResources" if policy.kind in _BINDINGS else "matchConstraints", "namespaceSelector")
    data: Any = policy.data
    for step in path:
        data = data.get(step) if isinstance(data, dict) else None
    try:
        return read.read(data or {}, *path)
    except UnreadableError as error:
        raise NotUnderstoodError(finding("pods", policy, str(error), *path)) from error
