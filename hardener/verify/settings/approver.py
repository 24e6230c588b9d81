"""What may approve the certificates that kubelets ask for: the rights of a script, which an administrator applies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hardener.verify import Finding
from hardener.verify.objects import finding
from hardener.verify.settings.documents import documents

FILE: Final = "control-plane/approve-serving-certificates.yaml"
_NAME: Final = "hardener:serving-approver"
_GROUP: Final = "rbac.authorization.k8s.io"
_AT: Final = ("controlPlane", "rotation", "servingCertificates")
# What it needs, and nothing else: group, resource, verbs, and names where they are given.
_RIGHTS: Final = {
    ("", "nodes", ("get", "list"), ()),
    ("certificates.k8s.io", "certificatesigningrequests", ("get", "list"), ()),
    ("certificates.k8s.io", "certificatesigningrequests/approval", ("update",), ()),
    ("certificates.k8s.io", "signers", ("approve",), ("kubernetes.io/kubelet-serving",)),
}
_BOUND: Final = {
    "roleRef": {"apiGroup": _GROUP, "kind": "ClusterRole", "name": _NAME},
    "subjects": [{"apiGroup": _GROUP, "kind": "User", "name": _NAME}],
}
_KINDS: Final = ("ClusterRole", "ClusterRoleBinding")


def approver(files: Mapping[str, str]) -> Iterator[Finding]:
    """What is wrong with the rights of whoever approves."""
    if FILE not in files:
        return
    found, findings = documents(files, FILE)
    yield from findings
    kinds = [each.kind for each in found]
    for document in found:
        if document.kind not in _KINDS or kinds.count(document.kind) > 1:
            message = f"an administrator would apply this {document.kind}, and nobody knows what it is for"
            yield finding("settings", document, message, at=_AT)
            continue
        data = {key: value for key, value in document.data.items() if key not in ("apiVersion", "kind", "metadata")}
        named = document.data.get("metadata")
        if not isinstance(named, dict) or named.get("name") != _NAME or document.api_version != f"{_GROUP}/v1":
            yield finding("settings", document, f"this is no {document.kind} {_NAME}", "metadata", at=_AT)
        if document.kind == "ClusterRole":
            wrong = set(data) != {"rules"} or set(map(_right, _list(data["rules"]))) != _RIGHTS
        else:
            wrong = data != _BOUND
        if wrong:
            message = f"the {document.kind} says something else than that {_NAME} may approve what kubelets serve"
            yield finding("settings", document, message, at=_AT)
    for kind in _KINDS:
        if kind not in kinds:
            message = f"there is no {kind}: nobody approves what kubelets serve"
            yield Finding(word="settings", file=FILE, message=message, at=_AT)


def _right(rule: Any) -> tuple[Any, ...]:
    """A rule of one group and resource in a form that compares; of any other shape, something else."""
    if not isinstance(rule, dict) or rule.keys() - {"apiGroups", "resources", "verbs", "resourceNames"}:
        return (str(rule),)
    group, resource = _list(rule.get("apiGroups")), _list(rule.get("resources"))
    if len(group) != 1 or len(resource) != 1:
        return (str(rule),)
    return group[0], resource[0], tuple(sorted(_list(rule.get("verbs")))), tuple(_list(rule.get("resourceNames")))


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
