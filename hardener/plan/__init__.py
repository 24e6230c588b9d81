"""The plan: everything hardener has decided, with nothing left to choose.

`expand` makes a plan out of a profile; every emitter only reads it. Frozen Structs, tuples in a fixed order: two equal
profiles give two equal plans, and two equal plans give the same bytes.
"""

from __future__ import annotations

from msgspec import Struct

from hardener.plan.access import Access
from hardener.plan.audit import Audit
from hardener.plan.confinement import Confinement
from hardener.plan.gap import Gap
from hardener.plan.images import Images
from hardener.plan.namespaces import Namespace
from hardener.plan.network import ClusterNetwork, NamespaceNetwork
from hardener.plan.nodes import Nodes
from hardener.plan.pods import Pods
from hardener.plan.quotas import Quota
from hardener.plan.runtime import Runtime
from hardener.plan.secrets import Secrets
from hardener.plan.serving import Serving
from hardener.plan.settings import Settings
from hardener.plan.tokens import ServiceAccounts


class Plan(Struct, frozen=True, kw_only=True):
    """What is rendered. `profile` is the profile's name, `asked` all that it says, as JSON.

    `system_namespaces` are those that must say that their pods run anywhere.
    `sort_options`: may the list of manifests fix their order by this field of kustomize's?
    `settings`, `secrets` and `audit` are None where the control plane is set up by somebody else, `serving` where
    somebody else sees to the certificates that kubelets serve. `cluster_network` is None where nothing is to be said.
    """

    profile: str
    asked: str
    sort_options: bool
    namespaces: tuple[Namespace, ...]
    system_namespaces: tuple[str, ...]
    pods: Pods
    quotas: tuple[Quota, ...]
    network: tuple[NamespaceNetwork, ...]
    cluster_network: ClusterNetwork | None
    access: Access
    tokens: tuple[ServiceAccounts, ...]
    images: Images
    nodes: Nodes
    confinement: tuple[Confinement, ...]
    settings: Settings | None
    secrets: Secrets | None
    serving: Serving | None
    audit: Audit | None
    runtime: Runtime | None
    gaps: tuple[Gap, ...]
