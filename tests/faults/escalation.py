"""Faults that open a way from what somebody holds to more, one for each way up."""

from __future__ import annotations

from collections.abc import Callable

from tests.rendering import written
from tests.verifying import Fault, Files, add, change, edit

CLUSTER = "manifests/cluster/access.yaml"
MORE = "manifests/cluster/more.yaml"
RBAC = "rbac.authorization.k8s.io"
_APPROVER = "control-plane/approve-serving-certificates.yaml"
# A releaser that nobody can act as, and a team that delivers.
RELEASED = written(
    """\
  delivery: {groups: [deliverers]}
zones: {apps: {trust: 50}}
tenants:
  shop:
    access: [{role: deployer, serviceAccounts: [delivery/releaser]}, {role: developer, groups: [shop]}]
    namespaces: {web: {zone: apps, serviceAccounts: {app: {}}}}
  platform:
    access: [{role: viewer, groups: [platform]}]
    namespaces: {delivery: {zone: apps, serviceAccounts: {releaser: {}}}}
"""
)


def role(rules: str, name: str = "more", labels: str = "{}") -> str:
    """A ClusterRole. A rule is written as in kubectl: verbs, then group/resource, then perhaps names."""
    return f"apiVersion: {RBAC}/v1\nkind: ClusterRole\nmetadata: {{name: {name}, labels: {labels}}}\nrules: [{rules}]\n"


def rule(verbs: str, resources: str, group: str = '""', names: str = "") -> str:
    """A rule of a role, in flow style."""
    named = f", resourceNames: [{names}]" if names else ""
    return f"{{apiGroups: [{group}], resources: [{resources}], verbs: [{verbs}]{named}}}"


def binding(subject: str, namespace: str = "", role: str = "more", name: str = "more") -> str:
    """A binding of a ClusterRole: everywhere, or in a namespace."""
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    place = f", namespace: {namespace}" if namespace else ""
    reference = f"roleRef: {{apiGroup: {RBAC}, kind: ClusterRole, name: {role}}}"
    return (
        f"apiVersion: {RBAC}/v1\nkind: {kind}\nmetadata: {{name: {name}{place}}}\n{reference}\nsubjects: [{subject}]\n"
    )


def user(name: str) -> str:
    """A user, as a binding names one."""
    return f"{{kind: User, name: {name}, apiGroup: {RBAC}}}"


def account(namespace: str, name: str) -> str:
    """A service account, as a binding names one."""
    return f"{{kind: ServiceAccount, name: {name}, namespace: {namespace}}}"


def granted(rules: str, subject: str, namespace: str = "") -> Callable[[Files], None]:
    """Add a role, and a binding of it."""
    return add(MORE, role(rules) + "---\n" + binding(subject, namespace))


def _fault(name: str, says: str, break_: Callable[[Files], None], profile: str = "shop-prod") -> Fault:
    return Fault(name, profile, "escalation", says, break_)


def _all(*breaks: Callable[[Files], None]) -> Callable[[Files], None]:
    def break_(files: Files) -> None:
        for each in breaks:
            each(files)

    return break_


ANN = user("ann")
_SETTLE = account("payments", "settle")
_ROLES = "clusterroles"
_EXEC = {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]}

FAULTS = (
    _fault(
        "a role of everything",
        "user ann can do anything to everything everywhere, and so may do anything there is",
        add(MORE, binding(ANN, role="cluster-admin")),
    ),
    _fault(
        "the glass broken by somebody else",
        "user ann can create serviceaccounts/token everywhere, and so acts as the service accounts of Kubernetes' own",
        add(MORE, binding(ANN, role="hardener:break-glass")),
    ),
    _fault(
        "Secrets listed everywhere",
        "user ann can list secrets everywhere, and so reads what is in Secrets",
        granted(rule("list", "secrets"), ANN),
    ),
    _fault(
        "pods placed by a right to bindings of an empty name, which is how an authorizer sees a new one",
        "user ann can create bindings named '' in payments",
        granted(rule("create", "bindings", names='""'), ANN, "payments"),
    ),
    _fault(
        "Secrets listed by those who read them one by one",
        "group platform (and 2 more) can list, get and patch secrets in delivery",
        edit(
            CLUSTER, "- secrets\n    verbs: [create, delete, get,", "- secrets\n    verbs: [create, delete, get, list,"
        ),
    ),
    _fault(
        "a service account that is stronger than those who run pods beside it",
        "group payments-leads can create, update and patch pods in payments, run one as service account "
        "payments/settle, which can list secrets everywhere, and so reads what is in Secrets",
        granted(rule("list", "secrets"), _SETTLE),
    ),
    _fault(
        "a chain of service accounts",
        "run one as service account payments/settle, which can patch deployments.apps in monitoring, "
        "run one as service account monitoring/scraper, which can impersonate users everywhere",
        _all(
            add(
                MORE,
                role(rule("patch", "deployments", "apps"), "hop") + "---\n" + binding(_SETTLE, "monitoring", "hop"),
            ),
            add(
                MORE,
                role(rule("impersonate", "users"), "act")
                + "---\n"
                + binding(account("monitoring", "scraper"), role="act", name="act"),
            ),
        ),
    ),
    _fault(
        "all accounts of a namespace made stronger",
        "run one as a service account in group system:serviceaccounts:payments, which can create pods/exec in shop-web",
        granted(
            rule("create", "pods/exec"),
            f"{{kind: Group, name: system:serviceaccounts:payments, apiGroup: {RBAC}}}",
            "shop-web",
        ),
    ),
    _fault(
        "somebody who runs pods beside a strong service account",
        "group platform can create, update and patch pods in delivery, run one as service account delivery/releaser, "
        "which can create configmaps in web",
        add(
            "manifests/namespaces/delivery/more.yaml",
            binding(f"{{kind: Group, name: platform, apiGroup: {RBAC}}}", "delivery", "hardener:developer"),
        ),
        RELEASED,
    ),
    _fault(
        "a token of a strong service account",
        "can create serviceaccounts/token named releaser in delivery, take one of service account delivery/releaser",
        granted(rule("create", "serviceaccounts/token", names="releaser"), ANN, "delivery"),
        RELEASED,
    ),
    _fault(
        "the token of a strong service account, read from a Secret that asks for it",
        "can create secrets in delivery, read the token of service account delivery/releaser",
        granted(rule("create", "secrets") + ", " + rule("get", "secrets", names="mine"), ANN, "delivery"),
        RELEASED,
    ),
    _fault(
        "escalate",
        "user ann can escalate clusterroles.rbac.authorization.k8s.io everywhere, and so writes any right into a role",
        granted(rule("escalate, patch", _ROLES, RBAC), ANN),
    ),
    _fault(
        "bind",
        "user ann can bind clusterroles.rbac.authorization.k8s.io in payments, and so hands out roles",
        granted(rule("bind", _ROLES, RBAC), ANN, "payments"),
    ),
    _fault(
        "bind of one strong role",
        "user ann can bind clusterroles.rbac.authorization.k8s.io named cluster-admin everywhere",
        granted(rule("bind", _ROLES, RBAC, "cluster-admin"), ANN),
    ),
    _fault(
        "a deliverer's right to bind, not held to names",
        "group deliverers can escalate clusterroles.rbac.authorization.k8s.io everywhere",
        change(
            CLUSTER, "ClusterRole", "hardener:cluster.delivery", lambda role: role["rules"][-1].pop("resourceNames")
        ),
        RELEASED,
    ),
    _fault(
        "roles written",
        "user ann can create rolebindings.rbac.authorization.k8s.io in payments, and so changes who may do what",
        granted(rule("create", "rolebindings", RBAC), ANN, "payments"),
    ),
    _fault(
        "impersonation",
        "user ann can impersonate groups named system:masters everywhere, and so acts in the name of others",
        granted(rule("impersonate", "groups", names='"system:masters"'), ANN),
    ),
    _fault(
        "impersonation in parts",
        "user ann can impersonate:user-info users.authentication.k8s.io everywhere, and so acts in the name of others",
        granted(rule('"impersonate:user-info"', "users", "authentication.k8s.io"), ANN),
    ),
    _fault(
        "pods beside Kubernetes' own",
        "user ann can create pods in kube-system, and so acts as the service accounts of Kubernetes' own controllers",
        granted(rule("create", "pods"), ANN, "kube-system"),
    ),
    _fault(
        "a setting of the system",
        "user ann can update configmaps named coredns in kube-system, and so changes how Kubernetes' own parts",
        granted(rule("update", "configmaps", names="coredns"), ANN, "kube-system"),
    ),
    _fault(
        "certificates approved",
        "user ann can approve signers.certificates.k8s.io named kubernetes.io/kube-apiserver-client everywhere",
        granted(rule("approve", "signers", "certificates.k8s.io", "kubernetes.io/kube-apiserver-client"), ANN),
    ),
    _fault(
        "an approver that approves more",
        "can approve signers.certificates.k8s.io named kubernetes.io/kube-apiserver-client everywhere",
        edit(
            _APPROVER,
            "resourceNames: [kubernetes.io/kubelet-serving]",
            "resourceNames: [kubernetes.io/kube-apiserver-client]",
        ),
    ),
    _fault(
        "the kubelets' own API",
        "user ann can get nodes/proxy everywhere, and so speaks to the kubelets themselves",
        granted(rule("get", "nodes/proxy"), ANN),
    ),
    _fault(
        "charts installed",
        "user ann can create helmcharts.helm.cattle.io in payments, and so installs charts, which k3s and RKE2 do with",
        granted(rule("create", "helmcharts", "helm.cattle.io"), ANN, "payments"),
    ),
    _fault(
        "webhooks changed",
        "user ann can patch mutatingwebhookconfigurations.admissionregistration.k8s.io everywhere, and so sees and",
        granted(rule("patch", "mutatingwebhookconfigurations", "admissionregistration.k8s.io"), ANN),
    ),
    _fault(
        "policies removed",
        "can delete validatingadmissionpolicybindings.admissionregistration.k8s.io everywhere, and so changes",
        granted(rule("delete", "validatingadmissionpolicybindings", "admissionregistration.k8s.io"), ANN),
    ),
    _fault(
        "a namespace's labels changed from inside",
        "user ann can patch namespaces in payments, and so changes the labels",
        granted(rule("patch", "namespaces"), ANN, "payments"),
    ),
    _fault(
        "nodes relabelled",
        "user ann can patch nodes/status everywhere, and so changes labels and taints",
        granted(rule("patch", "nodes/status"), ANN),
    ),
    _fault(
        "folders of nodes brought into pods",
        "user ann can create persistentvolumes everywhere, and so brings any folder of a node into a pod",
        granted(rule("create", "persistentvolumes"), ANN),
    ),
    _fault(
        "network policies written",
        "user ann can create ciliumnetworkpolicies.cilium.io in payments, and so opens what no flow allows",
        granted(rule("create", "ciliumnetworkpolicies", "cilium.io"), ANN, "payments"),
    ),
    _fault(
        "quotas removed",
        "user ann can delete resourcequotas in shop-web, and so takes more than its share",
        granted(rule("delete", "resourcequotas"), ANN, "shop-web"),
    ),
    _fault(
        "definitions replaced",
        "user ann can update apiservices.apiregistration.k8s.io everywhere, and so changes what guard rails rest on",
        granted(rule("update", "apiservices", "apiregistration.k8s.io"), ANN),
    ),
    _fault(
        "developers let into pods",
        "group storefront can create pods/exec in shop-api, and so enters running pods",
        change(CLUSTER, "ClusterRole", "hardener:developer", lambda role: role["rules"].append(_EXEC)),
    ),
    _fault(
        "pods placed past the scheduler",
        "user ann can create pods/binding in payments, and so places pods on nodes of any zone",
        granted(rule("create", "pods/binding"), ANN, "payments"),
    ),
    _fault(
        "a Service turned to another address",
        "user ann can patch endpointslices.discovery.k8s.io in payments, and so sends what is meant for a Service",
        granted(rule("patch", "endpointslices", "discovery.k8s.io"), ANN, "payments"),
    ),
    _fault(
        "pods reached past every flow",
        "user ann can get pods/proxy in payments, and so reaches pods past every network policy",
        granted(rule("get", '"*/proxy"'), ANN, "payments"),
    ),
    _fault(
        "a verb on whatever there is",
        "user ann can create helmcharts.helm.cattle.io in payments, and so installs charts, which k3s and RKE2 do with "
        "cluster-admin, and has 14 more ways up",
        granted(rule("create", '"*"', '"*"'), ANN, "payments"),
    ),
    _fault(
        "a label that puts rights into a role of Kubernetes",
        "user ann can list secrets in payments, and so reads what is in Secrets: by RoleBinding payments/more",
        add(
            MORE,
            role(rule("list", "secrets"), labels=f'{{{RBAC}/aggregate-to-view: "true"}}')
            + "---\n"
            + binding(ANN, "payments", "view"),
        ),
    ),
    _fault(
        "rights written into a role that everybody has",
        "group system:authenticated can get secrets everywhere",
        add(MORE, role(rule("get", "secrets"), "system:basic-user")),
    ),
    _fault(
        "everybody let in",
        "group system:unauthenticated can get pods/exec in payments",
        granted(
            rule("get", "pods/exec"), f"{{kind: Group, name: system:unauthenticated, apiGroup: {RBAC}}}", "payments"
        ),
    ),
)
