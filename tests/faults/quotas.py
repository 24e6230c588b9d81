"""Faults in what namespaces may take, and in what their containers get."""

from __future__ import annotations

from typing import Any

from tests.verifying import Fault, add, change, edit

_FILE = "manifests/namespaces/payments/quotas.yaml"
_SERVER = "control-plane/kube-apiserver.flags"
_SECOND = """\
apiVersion: v1
kind: {kind}
metadata: {{name: more, namespace: {namespace}}}
spec: {spec}
"""
_BARE = '{limits: [{type: Container, default: {cpu: "8"}}]}'


def _remove(kind: str) -> Any:
    def break_(files: dict[str, str]) -> None:
        parts = files[_FILE].split("---\n")
        files[_FILE] = "---\n".join(part for part in parts if f"kind: {kind}\n" not in part)

    return break_


def _container(field: str, value: Any) -> Any:
    def how(limits: dict[str, Any]) -> None:
        limits["spec"]["limits"][0][field] = value

    return change(_FILE, "LimitRange", "hardener", how)


def _fault(name: str, says: str, break_: Any) -> Fault:
    return Fault(name, "shop-prod", "quotas", says, break_)


FAULTS = (
    _fault("a quota removed", "payments has no quota", _remove("ResourceQuota")),
    _fault("limits removed", "payments has no limits", _remove("LimitRange")),
    _fault(
        "an amount raised",
        "payments may take 500 of pods; 200 is promised",
        edit(_FILE, 'pods: "200"', 'pods: "500"'),
    ),
    _fault(
        "an amount written in another unit",
        "payments may take 128G of requests.memory; 128Gi is promised",
        edit(_FILE, '"128Gi"', '"128G"'),
    ),
    _fault(
        "an amount removed",
        "payments may take no given amount of secrets",
        edit(_FILE, '    secrets: "500"\n', ""),
    ),
    _fault(
        "an amount added",
        "no given amount is promised",
        edit(_FILE, '    secrets: "500"\n', '    secrets: "500"\n    limits.cpu: "1"\n'),
    ),
    _fault(
        "load balancers in a zone that is not exposed",
        "1 of services.loadbalancers; 0 is promised",
        edit(_FILE, 'services.loadbalancers: "0"', 'services.loadbalancers: "1"'),
    ),
    _fault(
        "a quota that counts some pods alone",
        "scopes",
        edit(_FILE, "spec:\n  hard:", "spec:\n  scopes: [Terminating]\n  hard:"),
    ),
    _fault(
        "a quota that counts one priority alone",
        "scopeSelector",
        edit(
            _FILE,
            "spec:\n  hard:",
            "spec:\n  scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: Exists}]}\n  hard:",
        ),
    ),
    _fault("an amount that is none", "is no quantity", edit(_FILE, 'pods: "200"', "pods: many")),
    _fault(
        "a second quota",
        "holds in payments as well",
        add(_FILE, _SECOND.format(kind="ResourceQuota", namespace="payments", spec="{hard: {pods: 1}}")),
    ),
    _fault(
        "second limits",
        "holds in payments as well",
        add(_FILE, _SECOND.format(kind="LimitRange", namespace="payments", spec=_BARE)),
    ),
    _fault(
        "a quota where nobody asked for one",
        "knows no namespace kube-system",
        add(_FILE, _SECOND.format(kind="ResourceQuota", namespace="kube-system", spec="{hard: {pods: 0}}")),
    ),
    _fault(
        "a default request removed",
        "gets, where it asks for nothing, 4Gi of memory; 128Mi is promised",
        _container("defaultRequest", {"cpu": "50m", "ephemeral-storage": "256Mi"}),
    ),
    _fault("the largest container removed", "may have at most no given amount of cpu", _container("max", {})),
    _fault("the least removed", "must ask for at least no given amount of cpu", _container("min", {})),
    _fault("a ratio", "maxLimitRequestRatio", _container("maxLimitRequestRatio", {"cpu": "1"})),
    _fault("limits of something else", "invalid enum value 'Pod'", _container("type", "Pod")),
    _fault(
        "limits twice",
        "has 2 items",
        edit(_FILE, "    - type: Container\n", "    - type: Container\n    - type: Container\n"),
    ),
    _fault(
        "no spec",
        "spec",
        change(_FILE, "LimitRange", "hardener", lambda limits: limits.pop("spec")),
    ),
    _fault(
        "a quota in another namespace",
        "payments has no quota",
        change(_FILE, "ResourceQuota", "hardener", lambda quota: quota["metadata"].update(namespace="default")),
    ),
    _fault(
        "no admission of quotas",
        "runs without ResourceQuota",
        edit(_SERVER, "--audit-log-maxage", "--disable-admission-plugins=ResourceQuota\n--audit-log-maxage"),
    ),
    _fault(
        "no admission of limits",
        "runs without LimitRanger",
        edit(_SERVER, "--audit-log-maxage", "--disable-admission-plugins=LimitRanger\n--audit-log-maxage"),
    ),
)
