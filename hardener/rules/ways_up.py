"""Ways to rights that a role does not name: the verbs that open each, and what they open.

Those that Kubernetes itself warns of are in https://kubernetes.io/docs/concepts/security/rbac-good-practices/.
"""

from __future__ import annotations

from typing import Final, NamedTuple

WRITING: Final = frozenset(("create", "update", "patch"))
_ANY_VERB: Final = WRITING | {"get", "list", "watch", "delete", "deletecollection"}


class Way(NamedTuple):
    """The verbs that open a way, what somebody gains by it, and what to do instead."""

    verbs: frozenset[str]
    gain: str
    instead: str = "leave it out"


_PASSES_FLOWS: Final = Way(
    _ANY_VERB,
    "reaches pods by way of the API server, past every flow",
    "leave it out, and write a flow; to look into one pod, pods/portforward is enough",
)
_PLACES: Final = Way(
    frozenset(("create",)),
    "places pods on nodes of any pool, past the scheduler",
    "leave it out: a pod goes where its zone's pools are",
)
# Whatever stands before a Service follows them: an ingress of another namespace, or a load balancer.
_REDIRECTS: Final = Way(
    WRITING,
    "sends what is meant for a Service to any address",
    "leave it out: Kubernetes keeps them for each Service that has a selector",
)
# kube-proxy takes an address of status.loadBalancer for the Service's own (pkg/proxy/serviceport.go): what nodes and
# pods send there goes to the Service's pods.
_TAKES_ADDRESSES: Final = Way(
    WRITING,
    "takes what others send to any address, by an address in status.loadBalancer",
    "leave it out: who hands out addresses of load balancers is part of the cluster, and not of the profile",
)
# Services and network policies know a pod by status.podIPs (k8s.io/endpointslice, utils.go: getEndpointAddresses).
_FORGES_ADDRESSES: Final = Way(
    WRITING,
    "gives a pod any address, and with it a place behind Services and in flows",
    "leave it out: the kubelet says what becomes of a pod",
)
# Its allocation says which devices a pod gets (pkg/kubelet/cm/dra/manager.go).
_TAKES_DEVICES: Final = Way(
    WRITING,
    "gives a pod any device, past the scheduler",
    "leave it out: the scheduler allots devices to claims",
)

# k3s and RKE2 run a job for each chart, as a service account with cluster-admin
# (roleBinding in pkg/controllers/chart/chart.go of github.com/k3s-io/helm-controller).
_INSTALLS: Final = Way(
    WRITING,
    "installs charts, which k3s and RKE2 do with cluster-admin",
    "leave it out: charts are for those to install who may do anything",
)

# Of the ways that a wildcard opens, the first is named: what leads furthest comes first.
WAYS_UP: Final = {
    "certificatesigningrequests.certificates.k8s.io/approval": Way(
        frozenset(("patch", "update")), "approves certificates, and a certificate can name anybody"
    ),
    "nodes/proxy": Way(_ANY_VERB, "is the kubelet's own API, which runs commands in every pod"),
    "serviceaccounts/token": Way(frozenset(("create",)), "makes tokens of any service account, for use anywhere"),
    # A volume can be a folder of a node (hostPath), and whoever rewrites its claimRef gives it to another claim.
    "persistentvolumes": Way(
        WRITING,
        "brings any folder of a node into a pod, and the volumes of others",
        "leave it out: a claim of a storage class gets a volume",
    ),
    "helmcharts.helm.cattle.io": _INSTALLS,
    "helmchartconfigs.helm.cattle.io": _INSTALLS,
    "bindings": _PLACES,
    "pods/binding": _PLACES,
    "pods/proxy": _PASSES_FLOWS,
    "services/proxy": _PASSES_FLOWS,
    "endpoints": _REDIRECTS,
    "endpointslices.discovery.k8s.io": _REDIRECTS,
    "services/status": _TAKES_ADDRESSES,
    "pods/status": _FORGES_ADDRESSES,
    "resourceclaims.resource.k8s.io/status": _TAKES_DEVICES,
}
