"""Which rights lead to more than they name, and to what.

Kubernetes itself warns of most: https://kubernetes.io/docs/concepts/security/rbac-good-practices/, and "Privilege
escalation via pod creation" in https://kubernetes.io/docs/reference/access-authn-authz/authorization/.
"""

from __future__ import annotations

from typing import Final

from hardener.verify.escalation.door import ANY, IN_GRANT, READS, SHAPES, WRITES, Door, Target, door

_ENTERS: Final = frozenset(("create", "get", "patch", "update"))
# Since 1.36 a right to act as others may be one for some requests, or some of the others
# (staging/src/k8s.io/apiserver/pkg/endpoints/filters/impersonation/mode.go).
_ACTS: Final = frozenset(
    (
        "impersonate",
        "impersonate:arbitrary-node",
        "impersonate:associated-node",
        "impersonate:serviceaccount",
        "impersonate:user-info",
    )
)

# Of the doors that a wildcard opens the first is named: what leads furthest comes first.
DOORS: Final[tuple[Door, ...]] = (
    Door(
        name="everything",
        rule="role.wildcard",
        gain="may do anything there is",
        verbs=frozenset((ANY,)),
        on=(Target(ANY, ANY),),
        boundless=True,
    ),
    # With these two nobody asks whether somebody holds what they give (pkg/registry/rbac/escalation_check.go).
    door(
        "escalate",
        "escalation",
        "writes any right into a role",
        "escalate",
        "clusterroles.rbac.authorization.k8s.io",
        "cluster boundless",
    ),
    door(
        "escalate",
        "escalation",
        "writes any right in the namespace into a role",
        "escalate",
        "roles.rbac.authorization.k8s.io",
        "boundless",
    ),
    door(
        "bind",
        "escalation",
        "hands out roles that it does not hold",
        "bind",
        "clusterroles.rbac.authorization.k8s.io roles.rbac.authorization.k8s.io",
        "boundless",
    ),
    door(
        "impersonate",
        "escalation",
        "acts in the name of others",
        _ACTS,
        "groups users groups.authentication.k8s.io users.authentication.k8s.io nodes.authentication.k8s.io "
        "uids.authentication.k8s.io userextras.authentication.k8s.io/*",
        "cluster boundless",
    ),
    door(
        "impersonate",
        "escalation",
        "acts in the name of service accounts",
        _ACTS,
        "serviceaccounts serviceaccounts.authentication.k8s.io",
        "boundless",
    ),
    # Both are asked for (plugin/pkg/admission/certificates/approval/admission.go); one of them is half the way.
    door(
        "certificates",
        "escalation",
        "approves certificates, and a certificate can name anybody",
        "approve sign attest",
        "signers.certificates.k8s.io",
        "cluster boundless",
    ),
    door(
        "certificates",
        "escalation",
        "approves certificates, and a certificate can name anybody",
        "update patch",
        "certificatesigningrequests.certificates.k8s.io/approval",
        "cluster boundless",
    ),
    # Any verb: the kubelet takes commands by GET, too (pkg/kubelet/server/auth.go).
    door(
        "kubelets",
        "escalation",
        "speaks to the kubelets themselves, which run commands in every pod",
        READS | WRITES,
        "nodes/proxy",
        "cluster boundless",
    ),
    # Of k3s and RKE2: whoever writes a chart has a job of it run with that role, and a configuration changes a chart
    # (roleBinding in pkg/controllers/chart/chart.go of github.com/k3s-io/helm-controller).
    door(
        "charts",
        "escalation",
        "installs charts, which k3s and RKE2 do with cluster-admin",
        SHAPES,
        "helmcharts.helm.cattle.io helmchartconfigs.helm.cattle.io",
        "boundless",
    ),
    door(
        "tokens",
        "escalation",
        "makes tokens of service accounts, for use anywhere",
        "create",
        "serviceaccounts/token",
    ),
    door("secrets", "secrets", "reads what is in Secrets", READS, "secrets"),
    door(
        "webhooks",
        "guard-rails",
        "sees and rewrites every object that is sent",
        WRITES,
        "mutatingwebhookconfigurations.admissionregistration.k8s.io "
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "cluster boundless",
    ),
    door(
        "policies",
        "guard-rails",
        "changes what is refused of pods",
        WRITES,
        "*.admissionregistration.k8s.io *.constraints.gatekeeper.sh *.templates.gatekeeper.sh *.kyverno.io "
        "*.policies.kyverno.io *.policy.sigstore.dev podsecuritypolicies.policy/*",
    ),
    # Of one that is named, what it lets through is asked where pods are.
    Door(
        name="policies",
        rule="role.guard-rails",
        gain="holds pods to whichever policy it likes",
        verbs=frozenset(("use",)),
        on=(Target("policy", "podsecuritypolicies"),),
        unnamed=True,
        until=24,
    ),
    door(
        "namespaces",
        "guard-rails",
        "changes the labels by which a namespace is held to its Pod Security level and its zone",
        WRITES,
        "namespaces/*",
    ),
    door(
        "roles",
        "guard-rails",
        "changes who may do what",
        WRITES,
        "*.rbac.authorization.k8s.io",
    ),
    door(
        "volumes",
        "escalation",
        "brings any folder of a node into a pod, and the volumes of others",
        SHAPES,
        "persistentvolumes",
        "cluster",
    ),
    door(
        "nodes", "guard-rails", "changes labels and taints, by which zones are kept apart", WRITES, "nodes/*", "cluster"
    ),
    door(
        "requests",
        "guard-rails",
        "changes what others ask certificates for",
        WRITES,
        "certificatesigningrequests.certificates.k8s.io/* podcertificaterequests.certificates.k8s.io/*",
    ),
    door(
        "network",
        "guard-rails",
        "opens what no flow allows",
        WRITES,
        "networkpolicies.networking.k8s.io/* *.cilium.io *.crd.antrea.io *.crd.projectcalico.org *.projectcalico.org "
        "*.policy.networking.k8s.io",
    ),
    door("amounts", "guard-rails", "takes more than its share", WRITES, "resourcequotas/* limitranges/*"),
    # Whoever defines a kind deletes all of its objects with it, and its conversion webhook rewrites each of them; an
    # APIService says which server answers for a group.
    door(
        "footings",
        "guard-rails",
        "changes what guard rails rest on",
        WRITES,
        "customresourcedefinitions.apiextensions.k8s.io/* apiservices.apiregistration.k8s.io/* "
        "runtimeclasses.node.k8s.io/* priorityclasses.scheduling.k8s.io/* flowschemas.flowcontrol.apiserver.k8s.io/* "
        "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io/* csidrivers.storage.k8s.io/* "
        "csinodes.storage.k8s.io/* storageclasses.storage.k8s.io/* volumeattachments.storage.k8s.io/* "
        "volumeattributesclasses.storage.k8s.io/* deviceclasses.resource.k8s.io/* devicetaintrules.resource.k8s.io/* "
        "resourceclasses.resource.k8s.io/* resourceslices.resource.k8s.io/* clustercidrs.networking.k8s.io/* "
        "ingressclasses.networking.k8s.io/* ipaddresses.networking.k8s.io/* servicecidrs.networking.k8s.io/* "
        "clustertrustbundles.certificates.k8s.io/* storageversionmigrations.storagemigration.k8s.io/* "
        "storageversions.internal.apiserver.k8s.io/*",
        "cluster",
    ),
    door("pods", "exec", "enters running pods, and holds all that they hold", "create get", "pods/exec pods/attach"),
    door(
        "pods", "exec", "enters running pods, and holds all that they hold", "patch update", "pods/ephemeralcontainers"
    ),
    door("places", "escalation", "places pods on nodes of any zone", "create", "bindings pods/binding"),
    door(
        "proxies", "escalation", "reaches pods past every network policy", READS | WRITES, "pods/proxy services/proxy"
    ),
    # What stands before a Service follows them: an ingress of another namespace, or a load balancer.
    door(
        "endpoints",
        "escalation",
        "sends what is meant for a Service to any address",
        SHAPES,
        "endpoints endpointslices.discovery.k8s.io",
    ),
    # pkg/proxy/serviceport.go: kube-proxy takes the addresses of status.loadBalancer for the Service's own.
    door("addresses", "escalation", "takes what others send to any address", SHAPES, "services/status"),
    # Services and network policies know a pod by status.podIPs (staging/src/k8s.io/endpointslice/utils.go).
    door("addresses", "escalation", "gives a pod any address", SHAPES, "pods/status"),
    # pkg/kubelet/cm/dra/manager.go: its allocation says which devices a pod gets.
    door("devices", "escalation", "gives a pod any device", SHAPES, "resourceclaims.resource.k8s.io/status"),
    Door(
        name="others",
        rule="role.wildcard",
        gain="writes what other controllers act upon, whatever they may do for it",
        verbs=WRITES,
        on=(Target(ANY, ANY),),
    ),
)

# What rights in the system's own namespaces open: Kubernetes' controllers run there, and may do nearly anything.
SYSTEM: Final = Door(
    name="system",
    rule="escalation.service-account",
    gain="acts as the service accounts of Kubernetes' own controllers, which may do nearly anything",
    verbs=SHAPES | _ENTERS,
    on=(),
    boundless=True,
    where=IN_GRANT,
)
SETTINGS: Final = Door(
    name="settings",
    rule="role.escalation",
    gain="changes how Kubernetes' own parts are set up: who may log in, how nodes join, what DNS answers",
    verbs=WRITES,
    on=(Target("", "configmaps"), Target("", "secrets")),
    where=IN_GRANT,
)


def furthest(door: Door) -> tuple[bool, int]:
    """By which to sort doors: those that lead to everything first, then in the order above."""
    return not door.boundless, _ORDER.index(door)


_ORDER: Final = (*DOORS, SYSTEM, SETTINGS)
