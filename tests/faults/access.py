"""Faults in who may do what: what somebody takes away from roles and bindings, or adds to them."""

from __future__ import annotations

import json
from typing import Any

from tests.rendering import written
from tests.verifying import Fault, add, change, edit

_CLUSTER = "manifests/cluster/access.yaml"
_PAYMENTS = "manifests/namespaces/payments/access.yaml"
_HEAD = "apiVersion: rbac.authorization.k8s.io/v1\n"
_REF = "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: %s, name: %s}\n"
_GROUP = "subjects: [{kind: Group, name: %s, apiGroup: rbac.authorization.k8s.io}]\n"


def _fault(name: str, says: str, break_: Any, profile: str = "shop-prod") -> Fault:
    return Fault(name, profile, "access", says, break_)


def _binding(role: str, group: str, namespace: str = "payments", kind: str = "ClusterRole") -> str:
    metadata = f"metadata: {{name: more, namespace: {namespace}}}\n" if namespace else "metadata: {name: more}\n"
    what = "RoleBinding" if namespace else "ClusterRoleBinding"
    return f"{_HEAD}kind: {what}\n{metadata}{_REF % (kind, role)}{_GROUP % group}"


def _role(name: str, rules: str, *, labels: str = "{}", more: str = "") -> str:
    return f"{_HEAD}kind: ClusterRole\nmetadata: {{name: {name}, labels: {labels}}}\nrules: {rules}\n{more}"


def _bindable(rules: list[dict[str, Any]]) -> list[str]:
    """The names of the roles that a role lets bind."""
    (rule,) = [each for each in rules if "bind" in each["verbs"]]
    names: list[str] = rule["resourceNames"]
    return names


def _many(groups: int, resources: int, names: int) -> str:
    """One rule about all of these."""
    keys = {"apiGroups": groups, "resources": resources, "resourceNames": names}
    rule = {key: [f"a{each}" for each in range(number)] for key, number in keys.items()}
    return json.dumps([{**rule, "verbs": ["get"]}])


_SECRETS = '[{apiGroups: [""], resources: [secrets], verbs: [list]}]'
_VIEWERS = ("ClusterRole", "hardener:viewer")
_AGGREGATED = """\
aggregationRule:
  clusterRoleSelectors:
    - matchExpressions: [{key: example.com/part, operator: In, values: [viewing]}]
"""
# Profiles with what the four in profiles/ do not have.
DELIVERED = written(
    """\
  delivery: {groups: [deliverers]}
zones: {apps: {trust: 50}}
roles:
  scraper: [{paths: [/metrics], verbs: [get]}]
  releaser:
    - {resources: [configmaps], names: [release], verbs: [get, update]}
    - {resources: [deployments.apps], verbs: [get]}
tenants:
  team: {access: [{role: releaser, groups: [team]}], namespaces: {web: {zone: apps}}}
access: [{role: scraper, groups: [watchers]}]
"""
)
_APPROVER = "control-plane/approve-serving-certificates.yaml"


def _rules(how: Any, name: str = "hardener:viewer", path: str = _CLUSTER) -> Any:
    return change(path, "ClusterRole", name, lambda role: how(role["rules"]))


def _subjects(how: Any) -> Any:
    return change(_PAYMENTS, "RoleBinding", "hardener:viewer", lambda binding: how(binding["subjects"]))


def _both(*breaks: Any) -> Any:
    def break_(files: dict[str, str]) -> None:
        for each in breaks:
            each(files)

    return break_


FAULTS = (
    _fault(
        "a binding added",
        "group storefront can list secrets in payments, by RoleBinding more of secret-readers",
        add(_PAYMENTS, _role("secret-readers", _SECRETS) + "---\n" + _binding("secret-readers", "storefront")),
    ),
    _fault(
        "a role of Kubernetes bound everywhere",
        "group storefront can list secrets in every namespace, by ClusterRoleBinding more of cluster-admin",
        add(_CLUSTER, _binding("cluster-admin", "storefront", "")),
    ),
    _fault(
        "a built-in role bound in a namespace",
        "group payments can list secrets in payments, by RoleBinding more of edit",
        add(_PAYMENTS, _binding("edit", "payments")),
    ),
    _fault(
        "everybody with a name bound",
        "group system:authenticated can list pods in payments",
        _subjects(lambda subjects: subjects.append({"kind": "Group", "name": "system:authenticated"})),
    ),
    _fault(
        "a service account as a user",
        "service account payments/default can list pods",
        _subjects(lambda subjects: subjects.append({"kind": "User", "name": "system:serviceaccount:payments:default"})),
    ),
    _fault(
        "a service account of another namespace",
        "service account payments/settle cannot list pods",
        _subjects(lambda subjects: subjects[2].update(namespace="ingress")),
    ),
    _fault(
        "a subject removed",
        "group auditors cannot list pods in payments, though it is promised the role viewer there",
        _subjects(lambda subjects: subjects.pop(0)),
    ),
    _fault(
        "a group made a user",
        "user auditors can list pods",
        _subjects(lambda subjects: subjects[0].update(kind="User")),
    ),
    _fault(
        "a binding to another role",
        "group auditors can create pods in payments",
        edit(_PAYMENTS, "  name: hardener:viewer\nsubjects", "  name: hardener:developer\nsubjects"),
    ),
    _fault(
        "a role of the namespace in the place of a cluster's",
        "binds the Role hardener:viewer, which is not there",
        edit(_PAYMENTS, "  kind: ClusterRole\n  name: hardener:viewer", "  kind: Role\n  name: hardener:viewer"),
    ),
    _fault(
        "everywhere instead of in a namespace",
        "group payments can list pods in every namespace, by ClusterRoleBinding",
        edit(
            _PAYMENTS,
            "kind: RoleBinding\nmetadata:\n  name: hardener:viewer\n  namespace: payments\n",
            "kind: ClusterRoleBinding\nmetadata:\n  name: hardener:viewer\n",
        ),
    ),
    _fault("a rule removed", "cannot list pods", _rules(lambda rules: rules.pop(0))),
    _fault("a verb removed", "cannot watch", _rules(lambda rules: rules[0]["verbs"].remove("watch"))),
    _fault("a verb added", "can delete", _rules(lambda rules: rules[0]["verbs"].append("delete"))),
    _fault("any verb", "can create pods in", _rules(lambda rules: rules[0].update(verbs=["*"]))),
    _fault("any resource", "can list secrets in", _rules(lambda rules: rules[0]["resources"].append("*"))),
    _fault("any API group", "hardener:viewer", _rules(lambda rules: rules[1]["apiGroups"].append("*"))),
    _fault("any subresource of a name", "scale in", _rules(lambda rules: rules[1]["resources"].append("*/scale"))),
    _fault(
        "a door opened",
        "can create pods/exec in",
        _rules(lambda rules: rules.append({"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]})),
    ),
    _fault(
        "a path opened",
        "can get /metrics, by ClusterRoleBinding hardener:auditor",
        _rules(lambda rules: rules.append({"nonResourceURLs": ["/metrics*"], "verbs": ["get"]}), "hardener:auditor"),
    ),
    _fault(
        "a role with a label of another's aggregation",
        "list secrets in",
        _both(
            add(_CLUSTER, _role("viewing", _SECRETS, labels="{example.com/part: viewing}")),
            change(
                _CLUSTER,
                *_VIEWERS,
                lambda role: role.update(
                    aggregationRule={"clusterRoleSelectors": [{"matchLabels": {"example.com/part": "viewing"}}]},
                    rules=[],
                ),
            ),
        ),
    ),
    _fault(
        "a role that is aggregated and bound",
        "group storefront can list secrets in payments",
        add(
            _PAYMENTS,
            "---\n".join(
                [
                    _role("viewing", _SECRETS, labels="{example.com/part: viewing}"),
                    _role("gathering", "[]", more=_AGGREGATED),
                    _binding("gathering", "storefront"),
                ]
            ),
        ),
    ),
    _fault(
        "a bound role that whoever makes another one may fill",
        "group strangers holds it, by ClusterRoleBinding more, and it is aggregated",
        add(
            _CLUSTER,
            "---\n".join(
                [_role("gathering", "[]", more=_AGGREGATED), _binding("gathering", "strangers", namespace="")]
            ),
        ),
    ),
    _fault(
        "a role of more groups, resources and names than anybody judges",
        "are about more groups, resources and names than anybody judges",
        add(_CLUSTER, _role("endless", _many(300, 300, 60)) + "---\n" + _binding("endless", "auditors")),
    ),
    _fault(
        "rules beside an aggregation",
        "a controller replaces them",
        change(
            _CLUSTER,
            *_VIEWERS,
            lambda role: role.update(
                aggregationRule={"clusterRoleSelectors": [{"matchLabels": {"example.com/part": "viewing"}}]}
            ),
        ),
    ),
    _fault(
        "a role aggregated into one of Kubernetes'",
        "whoever holds the ClusterRole view can list secrets",
        add(
            _CLUSTER,
            _role("viewing", _SECRETS, labels='{rbac.authorization.k8s.io/aggregate-to-view: "true"}'),
        ),
    ),
    _fault(
        "a role of Kubernetes replaced",
        "Kubernetes has one of this name",
        add(_CLUSTER, _role("system:discovery", "[]")),
    ),
    _fault(
        "a field that nobody knows",
        "nobody knows what it means",
        _rules(lambda rules: rules[0].update(exceptResources=["secrets"])),
    ),
    _fault("a rule without verbs", "names no verb", _rules(lambda rules: rules[0].update(verbs=[]))),
    _fault(
        "an operator that nobody knows",
        "Near is no operator",
        add(_CLUSTER, _role("gathering", "[]", more=_AGGREGATED.replace("In,", "Near,"))),
    ),
    _fault(
        "a subject of no kind",
        "is a Robot, and nobody is",
        _subjects(lambda subjects: subjects[0].update(kind="Robot")),
    ),
    _fault(
        "names removed",
        "group team can get configmaps in web",
        _rules(lambda rules: rules[0].pop("resourceNames"), "hardener:releaser"),
        DELIVERED,
    ),
    _fault(
        "a name added",
        "group team can get configmaps named other in web",
        _rules(lambda rules: rules[0]["resourceNames"].append("other"), "hardener:releaser"),
        DELIVERED,
    ),
    _fault(
        "a path widened",
        "group watchers can get /, by",
        _rules(lambda rules: rules[0].update(nonResourceURLs=["/metrics", "/*"]), "hardener:scraper"),
        DELIVERED,
    ),
    _fault(
        "a role that who delivers may bind",
        "group deliverers can bind clusterroles.rbac.authorization.k8s.io named cluster-admin",
        _rules(lambda rules: _bindable(rules).append("cluster-admin"), "hardener:cluster.delivery"),
        DELIVERED,
    ),
    _fault(
        "a signer more for who approves",
        "can approve signers.certificates.k8s.io named kubernetes.io/kube-apiserver-client",
        _rules(
            lambda rules: rules[3]["resourceNames"].append("kubernetes.io/kube-apiserver-client"),
            "hardener:serving-approver",
            _APPROVER,
        ),
    ),
    _fault(
        "another policy for a namespace's pods",
        "can use podsecuritypolicies.policy named hardener-privileged in scada",
        edit(
            "manifests/namespaces/scada/pods.yaml",
            "  name: hardener:pods:restricted\nsubjects",
            "  name: hardener:pods:privileged\nsubjects",
        ),
        "legacy",
    ),
)
