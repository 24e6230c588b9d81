"""Faults in who gets a token, and in what `default` may do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.verifying import Fault, Files, add, change, edit

_ACCOUNTS = "manifests/namespaces/payments/service-accounts.yaml"
_ACCESS = "manifests/namespaces/payments/access.yaml"
_CLUSTER = "manifests/cluster/access.yaml"
_OLD = "manifests/namespaces/historian/access.yaml"
_OFF = "automountServiceAccountToken: false\n"
_NEW = """\
apiVersion: v1
kind: ServiceAccount
metadata: {{name: {name}, namespace: payments}}
{rest}"""
_BINDING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}
metadata: {metadata}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}
subjects: [{subject}]
"""
_TOKEN = """\
apiVersion: v1
kind: Secret
metadata:
  name: settle-token
  namespace: payments
  annotations: {kubernetes.io/service-account.name: settle}
type: kubernetes.io/service-account-token
"""
_POLICIES = "manifests/cluster/pods.yaml"
_NAMESPACE = "manifests/namespaces/payments/namespace.yaml"
_SECRETS = "hardener-pods-token-secrets"
_OWNER = "?annotations[?'kubernetes.io/service-account.name'].orValue('')"
_LISTED = "hardener.dev/tokens: settle"
_MOUNTS = "object.spec.?serviceAccountName.orValue('default') in variables.tokens"
_RBAC = "apiGroup: rbac.authorization.k8s.io"


def _bound(subject: str, role: str = "hardener:viewer", path: str = _ACCESS, namespace: str = "payments") -> Any:
    metadata = f"{{name: more, namespace: {namespace}}}" if namespace else "{name: more}"
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    return add(path, _BINDING.format(kind=kind, metadata=metadata, role=role, subject=subject))


def _fault(name: str, says: str, break_: Any, profile: str = "shop-prod") -> Fault:
    return Fault(name, profile, "tokens", says, break_)


def _pods(name: str, says: str, break_: Any) -> Fault:
    return Fault(name, "shop-prod", "pods", says, break_)


def _policy(policy: str, old: str, new: str) -> Callable[[Files], None]:
    """A policy with another text in its validations."""

    def how(it: dict[str, Any]) -> None:
        before = str(it)
        for each in it["spec"]["validations"]:
            each["expression"] = each["expression"].replace(old, new)
        assert str(it) != before

    return change(_POLICIES, "ValidatingAdmissionPolicy", policy, how)


def _for(*operations: str) -> Callable[[Files], None]:
    """The policy for Secrets with tokens, asked at some operations alone."""
    return change(
        _POLICIES,
        "ValidatingAdmissionPolicy",
        _SECRETS,
        lambda it: it["spec"]["matchConstraints"]["resourceRules"][0].update(operations=list(operations)),
    )


def _settled(how: Callable[[dict[str, Any]], object]) -> Callable[[Files], None]:
    return change(_ACCOUNTS, "ServiceAccount", "settle", how)


FAULTS = (
    _fault(
        "a token for default", "payments/default gets its token", edit(_ACCOUNTS, _OFF, _OFF.replace("false", "true"))
    ),
    _fault("default says nothing of its token", "payments/default gets its token", edit(_ACCOUNTS, _OFF, "")),
    _fault("default says null of its token", "payments/default gets its token", edit(_ACCOUNTS, "false", "null")),
    _fault("a token that is no yes or no", "nobody knows what it means", edit(_ACCOUNTS, "false", '"false"')),
    _fault(
        "a token taken away",
        "payments/settle gets no token",
        edit(_ACCOUNTS, "automountServiceAccountToken: true", "automountServiceAccountToken: false"),
    ),
    _fault(
        "no account default", "account payments/default is not there", edit(_ACCOUNTS, "name: default", "name: other")
    ),
    _fault(
        "an account that nobody knows",
        "the profile knows no such account",
        add(_ACCOUNTS, _NEW.format(name="miner", rest="")),
    ),
    _fault(
        "a role of a cloud's",
        "gives it no annotation eks.amazonaws.com/role-arn",
        _settled(lambda it: it["metadata"].update(annotations={"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/a"})),
    ),
    _fault(
        "a Secret to pull images by",
        "pull images by Secrets that the profile does not name",
        _settled(lambda it: it.update(imagePullSecrets=[{"name": "registry"}])),
    ),
    _fault(
        "a Secret to mount",
        "lists Secrets for its pods to mount",
        _settled(lambda it: it.update(secrets=[{"name": "key"}])),
    ),
    _fault("a field that nobody knows", "nobody knows", edit(_ACCOUNTS, _OFF, f"{_OFF}token: yes-please\n")),
    _fault(
        "rights for default",
        "service account payments/default holds hardener:viewer",
        _bound("{kind: ServiceAccount, name: default, namespace: payments}"),
    ),
    _fault(
        "rights for default as a user",
        "service account shop-web/default holds hardener:viewer",
        _bound(f'{{kind: User, name: "system:serviceaccount:shop-web:default", {_RBAC}}}'),
    ),
    _fault(
        "rights for all accounts of a namespace",
        "(as system:serviceaccounts:shop-api)",
        _bound(f'{{kind: Group, name: "system:serviceaccounts:shop-api", {_RBAC}}}'),
    ),
    _fault(
        "rights for all accounts",
        "every `default` (as system:serviceaccounts)",
        _bound(f'{{kind: Group, name: "system:serviceaccounts", {_RBAC}}}', "view", _CLUSTER, ""),
    ),
    _fault(
        "rights for everybody",
        "every `default` (as system:authenticated)",
        _bound(f'{{kind: Group, name: "system:authenticated", {_RBAC}}}', "view", _CLUSTER, ""),
    ),
    _fault(
        "rights for default beside a policy for pods",
        "holds hardener:operator",
        _bound("{kind: ServiceAccount, name: default}", "hardener:operator", _OLD, "historian"),
        "legacy",
    ),
    _fault(
        "more than a policy for pods",
        "holds hardener:pods:restricted",
        edit(
            "manifests/cluster/pods.yaml",
            "      - hardener-restricted\n    verbs: [use]",
            "      - hardener-restricted\n    verbs: [use, update]",
        ),
        "legacy",
    ),
    _fault("a token that never ends", "token of the service account payments/settle", add(_ACCOUNTS, _TOKEN)),
    _fault("a Secret", "nobody promised this Secret", add(_ACCOUNTS, _TOKEN.split("type:")[0])),
    _fault(
        "no admission of service accounts",
        "runs without ServiceAccount",
        edit(
            "control-plane/kube-apiserver.flags",
            "--audit-log-maxage",
            "--disable-admission-plugins=ServiceAccount\n--audit-log-maxage",
        ),
    ),
    _fault("a name more in the list", "says 'settle,builder'", edit(_NAMESPACE, _LISTED, f"{_LISTED},builder")),
    _fault("another name in the list", "says 'builder'", edit(_NAMESPACE, "tokens: settle", "tokens: builder")),
    _fault(
        "a list where nobody gets a token",
        "by the profile nobody gets a token in shop-web",
        change(
            "manifests/namespaces/shop-web/namespace.yaml",
            "Namespace",
            "shop-web",
            lambda it: it["metadata"].setdefault("annotations", {}).update({"hardener.dev/tokens": ",,"}),
        ),
    ),
    _pods(
        "a name more in the list, that pods run as", "a pod of builder", edit(_NAMESPACE, _LISTED, f"{_LISTED},builder")
    ),
    _pods(
        "an account that a policy names",
        "a pod of builder",
        _policy(
            "hardener-pods-zone-cards",
            _MOUNTS,
            f"{_MOUNTS} || {_MOUNTS.replace('in variables.tokens', '')}== 'builder'",
        ),
    ),
    _pods("Secrets with tokens at their making alone", "a change to a Secret with a token of default", _for("CREATE")),
    _pods("Secrets with tokens at their change alone", "a Secret with a token of default", _for("UPDATE")),
    _pods(
        "a Secret turned into another's, by another annotation",
        "a change to a Secret with a token of default",
        _policy(_SECRETS, f"oldObject.metadata.{_OWNER}", "oldObject.metadata.?annotations[?'x'].orValue('')"),
    ),
    _pods(
        "a Secret turned into another's, by no annotation",
        "a change to a Secret with a token of default",
        _policy(
            _SECRETS,
            f"object.metadata.{_OWNER} == oldObject.metadata.{_OWNER}",
            "object.metadata.?annotations[?'x'].orValue('') == oldObject.metadata.?annotations[?'x'].orValue('')",
        ),
    ),
    _pods(
        "a Secret for an account whose pods get a token that ends",
        "a Secret with a token of settle that never ends",
        _policy(
            _SECRETS,
            "!= 'kubernetes.io/service-account-token'",
            f"!= 'kubernetes.io/service-account-token' || object.metadata.{_OWNER} in ['settle']",
        ),
    ),
    _pods(
        "a Secret that says that it is none",
        "a Secret with a token of default",
        _policy(
            _SECRETS,
            "!= 'kubernetes.io/service-account-token'",
            "!= 'kubernetes.io/service-account-token' || object.metadata.?annotations[?'x'].orValue('') == 'settle'",
        ),
    ),
)
