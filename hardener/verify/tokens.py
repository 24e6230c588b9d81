"""Promise 7: no service account mounts a token unless the profile says so, and `default` holds no rights.

What a pod may mount on its own is for admission policies to refuse, and with them for `pods`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from hardener.catalog.kubernetes import minor
from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.delivery import is_deliverers
from hardener.verify.flags import API_SERVER, flag
from hardener.verify.objects import Object, finding, shaped
from hardener.verify.written import Written

_DEFAULT: Final = "default"
# On a Namespace: the accounts whose pods get a token, for policies to ask.
_LIST: Final = "hardener.dev/tokens"
_NEVER_ENDING: Final = "kubernetes.io/service-account-token"
_OWNER: Final = "kubernetes.io/service-account.name"
_USER: Final = "system:serviceaccount:"
_GROUP: Final = "system:serviceaccounts"
# Groups that every service account is in, `default` among them.
_EVERYBODY: Final = ("system:authenticated", _GROUP)
# What a pod's own account may use of PodSecurityPolicies is no right of the account: it says which policy judges the
# pod (computeSecurityContext in plugin/pkg/admission/security/podsecuritypolicy of Kubernetes 1.24).
_POLICIES: Final = {"apiGroups": ["policy"], "resources": ["podsecuritypolicies"], "verbs": ["use"]}
_POLICIES_UNTIL: Final = 24
# Annotations that give nobody anything. Those of deliverers are judged for every object alike.
_NOTES: Final = re.compile(
    r"kubectl\.kubernetes\.io/last-applied-configuration|(?:kubernetes\.io/)?description|meta\.helm\.sh/.+"
    r"|link\.argocd\.argoproj\.io/.+"
)
_PULLS, _MOUNTABLE = "imagePullSecrets", "secrets"
_GIVEN: Final = {
    _PULLS: "its pods pull images by Secrets that the profile does not name",
    _MOUNTABLE: "it lists Secrets for its pods to mount that the profile does not name",
}
_IDENTITY: Final = "the profile gives it no annotation {}: by such, clouds give whoever runs as it their own rights"


class _Reference(Struct, frozen=True, forbid_unknown_fields=True):
    name: str = ""


class _Account(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A ServiceAccount."""

    api_version: str
    kind: str
    metadata: dict[str, Any]
    automount_service_account_token: bool | None = None
    image_pull_secrets: tuple[_Reference, ...] = ()
    secrets: tuple[_Reference, ...] = ()


class _Said(Struct, frozen=True):
    """What the profile says of an account, and where."""

    token: bool
    at: KeyPath


_Promised = Mapping[tuple[str, str], _Said]


def tokens(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each token that nobody asked for, and for each right of a `default`."""
    promised = _promised(profile)
    yield from _accounts(written, promised)
    yield from _lists(written, promised)
    yield from _rights(written, profile)
    yield from _secrets(written, profile)
    yield from _switched_off(written)


def _accounts(written: Written, promised: _Promised) -> Iterator[Finding]:
    there = set()
    for each in written.of("ServiceAccount"):
        key = (each.namespace, each.name)
        there.add(key)
        if message := _mounting(each, promised.get(key)):
            at = promised[key].at if key in promised else ()
            yield finding("tokens", each, message, "automountServiceAccountToken", at=at)
        for path in beside(each):
            yield finding("tokens", each, _GIVEN.get(path[-1], _IDENTITY.format(path[-1])), *path)
    for namespace, name in sorted(promised.keys() - there):
        file = f"manifests/namespaces/{namespace}/service-accounts.yaml"
        message = f"the service account {namespace}/{name} is not there"
        if name == _DEFAULT:
            message += ": Kubernetes makes it, and every pod that names no other mounts its token"
        yield Finding(word="tokens", file=file, message=message, at=promised[namespace, name].at)


def _mounting(object: Object, said: _Said | None) -> str:
    """Why an account mounts a token that it should not, or the other way; empty if it is as promised."""
    mounts = mounted(object)
    who = f"a pod of the service account {object.namespace}/{object.name}"
    if said is None:
        return f"{who} gets its token, and the profile knows no such account" if mounts else ""
    if mounts and not said.token:
        return f"{who} gets its token, and the profile gives it none"
    return f"{who} gets no token, and the profile gives it one" if said.token and not mounts else ""


def mounted(object: Object) -> bool:
    """Is the token of an account mounted into its pods?

    Left out, or null, means yes (mountServiceAccountToken in plugin/pkg/admission/serviceaccount/admission.go).
    """
    return shaped(object, _Account, "tokens").automount_service_account_token is not False


def beside(object: Object) -> dict[tuple[str, ...], str]:
    """What an account may bring its pods beside its token, by where that stands: no profile gives it any of that.

    A role of the cloud is given by an annotation, as eks.amazonaws.com/role-arn and iam.gke.io/gcp-service-account are.
    """
    account = shaped(object, _Account, "tokens")
    found: dict[tuple[str, ...], str] = {
        ("metadata", "annotations", key): value
        for key, value in object.annotations.items()
        if not _NOTES.fullmatch(key) and not is_deliverers(key)
    }
    for field, named in ((_PULLS, account.image_pull_secrets), (_MOUNTABLE, account.secrets)):
        if named:
            found[(field,)] = ", ".join(sorted({each.name for each in named}))
    return found


def listed(namespace: Object) -> frozenset[str]:
    """The accounts of a namespace whose pods may mount a token, for policies to ask."""
    return frozenset(filter(None, namespace.annotations.get(_LIST, "").split(",")))


def _promised(profile: Profile) -> _Promised:
    """What the profile says of each account, by namespace and name. A `default` is in each namespace, without."""
    found = {}
    for owner, tenant in profile.tenants.items():
        for name, namespace in tenant.namespaces.items():
            at: KeyPath = ("tenants", owner, "namespaces", name)
            found[name, _DEFAULT] = _Said(False, at)
            for account, entry in namespace.service_accounts.items():
                found[name, account] = _Said(entry.token, (*at, "serviceAccounts", account))
    return found


def _lists(written: Written, promised: _Promised) -> Iterator[Finding]:
    """Whoever may create accounts may give one the name that a namespace lists."""
    given: dict[str, list[str]] = {}
    for (namespace, account), said in promised.items():
        if said.token:
            given.setdefault(namespace, []).append(account)
    for each in written.of("Namespace"):
        listed = each.annotations.get(_LIST)
        names = ",".join(sorted(given.get(each.name, ())))
        if listed is not None and listed != names:
            message = f"{_LIST} says {listed!r}, and by the profile {names or 'nobody'} gets a token in {each.name}"
            yield finding("tokens", each, message, "metadata", "annotations", _LIST)


def _rights(written: Written, profile: Profile) -> Iterator[Finding]:
    """Each binding by which a `default` holds something."""
    roles = {(each.kind, each.namespace, each.name): each for each in written.of("Role", "ClusterRole")}
    admitting = minor(profile.cluster.kubernetes) <= _POLICIES_UNTIL
    for each in written.of("RoleBinding", "ClusterRoleBinding"):
        subjects = each.data.get("subjects")
        for number, subject in enumerate(subjects if isinstance(subjects, list) else ()):
            who = _default(subject, each.namespace) if isinstance(subject, dict) else ""
            if who and not (admitting and _admits_only(each, roles)):
                role = each.data.get("roleRef")
                name = role.get("name") if isinstance(role, dict) else "nobody knows what"
                message = f"{who} holds {name}: every pod that names no other account has what it allows"
                yield finding("tokens", each, message, "subjects", number)


def _default(subject: dict[str, Any], namespace: str) -> str:
    """Which `default` a subject is, or has among its own; empty if none."""
    kind, name = subject.get("kind"), str(subject.get("name"))
    space = subject.get("namespace") or namespace
    if kind == "ServiceAccount" and name == _DEFAULT:
        # Without a namespace no API server takes the binding, which is said elsewhere.
        return f"the service account {space}/{_DEFAULT}" if space else ""
    if kind == "User" and name.startswith(_USER) and name.endswith(f":{_DEFAULT}"):
        return f"the service account {name.removeprefix(_USER).replace(':', '/')}"
    if kind == "Group" and name in _EVERYBODY:
        return f"every `{_DEFAULT}` (as {name})"
    if kind == "Group" and name.startswith(f"{_GROUP}:"):
        return f"the service account {name.removeprefix(_GROUP + ':')}/{_DEFAULT} (as {name})"
    return ""


def _admits_only(binding: Object, roles: Mapping[tuple[str, str, str], Object]) -> bool:
    """Does the role do nothing but say by which PodSecurityPolicies pods are judged?"""
    reference = binding.data.get("roleRef")
    if not isinstance(reference, dict):
        return False
    kind, name = str(reference.get("kind")), str(reference.get("name"))
    role = roles.get((kind, binding.namespace if kind == "Role" else "", name))
    if role is None or not role.data.keys() <= {"apiVersion", "kind", "metadata", "rules"}:
        return False
    rules = role.data.get("rules")
    return isinstance(rules, list) and all(
        isinstance(rule, dict) and {key: rule.get(key) for key in _POLICIES} == _POLICIES for rule in rules
    )


def _secrets(written: Written, profile: Profile) -> Iterator[Finding]:
    """No Secret is written, and least of all one into which Kubernetes puts a token that never ends.

    (pkg/controller/serviceaccount/tokens_controller.go)
    """
    for each in written.of("Secret"):
        message = filled(each) or "nobody promised this Secret: who can read the output has what is in it"
        yield finding("tokens", each, message, "type")


def filled(secret: Object) -> str:
    """Whose token Kubernetes writes into a Secret; empty if it writes none."""
    if secret.data.get("type") != _NEVER_ENDING:
        return ""
    account = f"{secret.namespace}/{secret.annotations.get(_OWNER, _DEFAULT)}"
    return f"Kubernetes writes a token of the service account {account} into it, which never ends"


def _switched_off(written: Written) -> Iterator[Finding]:
    """Without this plugin, what a service account says of its token is not heard."""
    found = flag(written, API_SERVER, "disable-admission-plugins")
    if found and "ServiceAccount" in found.values:
        message = "the API server runs without ServiceAccount: whatever account a pod names, nobody asks for it"
        yield Finding(word="tokens", file=found.file, line=found.line, message=message)
