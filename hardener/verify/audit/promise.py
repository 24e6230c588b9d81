"""What promise 10 says of each request, in the same form as a policy: of all its lines, the first that holds counts.

What may hold a password or a token is never recorded with its body, by whomever and however; what may be dropped is in
`noise`.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from hardener.profile import Profile
from hardener.verify.audit.noise import noise, own_groups
from hardener.verify.audit.policy import LEVELS, Level
from hardener.verify.audit.sets import Requests, requests

_WRITES: Final = ("create", "update", "patch", "delete", "deletecollection")


class Promise(Struct, frozen=True, kw_only=True):
    """The least and the most that is recorded of some requests, and why."""

    why: str
    least: Level
    most: Level
    requests: tuple[Requests, ...]


def promises(profile: Profile) -> tuple[Promise, ...]:
    """What is promised of every request; the last line holds whatever no other does."""
    asked = profile.control_plane.audit.level
    rights: Level = max("Request", asked, key=LEVELS.index)
    return (
        Promise(
            why="a way into a pod, or past the API", least="Metadata", most="Metadata", requests=(requests(_WAYS_IN),)
        ),
        Promise(why="a way into a pod", least=rights, most="RequestResponse", requests=(requests(_NEW_CONTAINERS),)),
        Promise(
            why="what may hold a password or a token", least="Metadata", most="Metadata", requests=(requests(_SECRET),)
        ),
        Promise(why="a change of rights", least=rights, most="RequestResponse", requests=(requests(_RIGHTS, _WRITES),)),
        Promise(why="a probe", least="None", most="Metadata", requests=(_PROBES,)),
        Promise(why="what somebody without a name does", least="Metadata", most="Metadata", requests=(_STRANGERS,)),
        Promise(why="noise", least="None", most="RequestResponse", requests=noise()),
        Promise(
            why="a change of what runs", least=rights, most="RequestResponse", requests=(requests(_RUNS, _WRITES),)
        ),
        Promise(
            why="a message, a lock or a question",
            least="Metadata",
            most="RequestResponse",
            requests=(requests(_CHATTER),),
        ),
        Promise(why="a change", least=asked, most="RequestResponse", requests=(requests(own_groups(), _WRITES),)),
        Promise(why="a request", least="Metadata", most="RequestResponse", requests=(requests(own_groups()),)),
        # Whoever defines a resource may put a password into it.
        Promise(why="a request", least="Metadata", most="Metadata", requests=(Requests(),)),
    )


# By API group, [] is all of it.
_WAYS_IN: Final = {"": ["nodes/proxy", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "services/proxy"]}
_NEW_CONTAINERS: Final = {"": ["pods/ephemeralcontainers"]}
# Reviews of who somebody is hold the token that is asked about.
_SECRET: Final = {"": ["configmaps/*", "secrets/*", "serviceaccounts/token"], "authentication.k8s.io": []}

_RIGHTS: Final = {
    "": [
        *("limitranges", "namespaces", "namespaces/finalize", "nodes", "persistentvolumes"),
        *("resourcequotas", "serviceaccounts"),
    ],
    "admissionregistration.k8s.io": [],
    "apiextensions.k8s.io": ["customresourcedefinitions"],
    "apiregistration.k8s.io": ["apiservices"],
    "certificates.k8s.io": [],
    "flowcontrol.apiserver.k8s.io": ["flowschemas", "prioritylevelconfigurations"],
    "networking.k8s.io": ["ingressclasses", "ingresses", "networkpolicies", "servicecidrs"],
    "node.k8s.io": ["runtimeclasses"],
    "policy": ["poddisruptionbudgets", "podsecuritypolicies"],
    "rbac.authorization.k8s.io": [],
    "scheduling.k8s.io": ["priorityclasses"],
    "storage.k8s.io": ["csidrivers", "storageclasses"],
    # Policies of networks and of admission beyond Kubernetes' own. None of these holds a password.
    "cilium.io": ["ciliumclusterwidenetworkpolicies", "ciliumnetworkpolicies"],
    "constraints.gatekeeper.sh": [],
    "crd.antrea.io": ["clusternetworkpolicies", "networkpolicies", "tiers"],
    "crd.projectcalico.org": ["globalnetworkpolicies", "networkpolicies", "tiers"],
    "kyverno.io": ["clusterpolicies", "policies", "policyexceptions"],
    "policies.kyverno.io": [],
    "policy.networking.k8s.io": [],
    "policy.sigstore.dev": [],
    "projectcalico.org": ["globalnetworkpolicies", "networkpolicies", "tiers"],
    "templates.gatekeeper.sh": [],
}
_RUNS: Final = {"": ["pods", "pods/eviction", "podtemplates", "replicationcontrollers"], "apps": [], "batch": []}
_CHATTER: Final = {
    "": ["events"],
    "authorization.k8s.io": [],
    "coordination.k8s.io": [],
    "events.k8s.io": [],
}


_PROBES: Final = Requests(
    verbs=("get",), non_resource_urls=("/healthz*", "/livez*", "/openapi*", "/readyz*", "/version")
)
_STRANGERS: Final = Requests(user_groups=("system:unauthenticated",))
