"""What may move between pods, and between them and the world: NetworkPolicies, and what only Cilium can say.

An empty list opens the door in Kubernetes: no peers means everybody, no ports every port. So no list here may be
empty, and "every port" has a name of its own.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from hardener.profile.ports import PortRange

Labels = tuple[tuple[str, str], ...]


class EmptyListError(ValueError):
    """A list that Kubernetes would read as "all" was about to be rendered."""

    def __init__(self, what: str) -> None:
        """Say what would be empty."""
        super().__init__(f"{what}: an empty list would open the door")


class Pods(Struct, frozen=True, order=True):
    """Pods with all of `labels` (none: every pod) in any of `namespaces`."""

    namespaces: tuple[str, ...]
    labels: Labels

    def __post_init__(self) -> None:
        """Refuse what would open the door."""
        if not self.namespaces:
            raise EmptyListError("pods of no namespace")


class Addresses(NamedTuple):
    """The addresses of `cidr` but for those of `excepted`."""

    cidr: str
    excepted: tuple[str, ...] = ()


class Rule(Struct, frozen=True, kw_only=True):
    """Peers, and the ports on which they may be met; None is every port of every protocol.

    `reasons` are what the profile says of it, for whoever reads the policy.
    """

    pods: tuple[Pods, ...] = ()
    addresses: tuple[Addresses, ...] = ()
    ports: tuple[PortRange, ...] | None
    reasons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would open the door."""
        if not self.pods and not self.addresses:
            raise EmptyListError("a rule without peers")
        if self.ports is not None and not self.ports:
            raise EmptyListError("a rule without ports")


class Side(NamedTuple):
    """One direction of a NetworkPolicy, in the words of Kubernetes: `ingress` with `from`, or `egress` with `to`."""

    direction: str
    peers: str
    rules: tuple[Rule, ...]


class Policy(Struct, frozen=True, kw_only=True):
    """A NetworkPolicy: what the pods with all of `labels` (none: every pod of the namespace) may receive and send.

    Without any rule it denies both directions.
    """

    name: str
    labels: Labels = ()
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()

    @property
    def sides(self) -> tuple[Side, ...]:
        """The directions in which something is open."""
        both = (Side("ingress", "from", self.ingress), Side("egress", "to", self.egress))
        return tuple(side for side in both if side.rules)

    @property
    def types(self) -> tuple[str, ...]:
        """`policyTypes`: written out, since an empty list of egress rules alone isolates nothing."""
        return tuple(side.direction.capitalize() for side in self.sides) or ("Ingress", "Egress")


class CiliumRule(Struct, frozen=True, kw_only=True):
    """Peers that only Cilium can name: entities such as `host`, or names outside the cluster; never both.

    `ports` are groups of at most 40, as Cilium takes them.
    """

    entities: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    ports: tuple[tuple[PortRange, ...], ...]
    reasons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would open the door."""
        if bool(self.entities) == bool(self.names or self.patterns):
            raise EmptyListError("a rule of Cilium names either entities or names")
        if not self.ports or not all(self.ports):
            raise EmptyListError("a rule of Cilium without ports")


class Lookup(Struct, frozen=True, kw_only=True):
    """Who answers pods that ask for names: pods with `labels`, or what `word` says; `peers` is Cilium's key for it."""

    peers: str
    labels: Labels = ()
    word: str = ""


class CiliumSide(NamedTuple):
    """One direction of a CiliumNetworkPolicy, and its word for entities there."""

    direction: str
    entities: str
    rules: tuple[CiliumRule, ...]


class CiliumPolicy(Struct, frozen=True, kw_only=True):
    """A CiliumNetworkPolicy beside the NetworkPolicies of a namespace; it only adds to what they open.

    Pods that may call names have `lookups`: Cilium has to see the answers. No answer may lead to `forbidden`.
    """

    name: str
    labels: Labels = ()
    ingress: tuple[CiliumRule, ...] = ()
    egress: tuple[CiliumRule, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    forbidden: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would open the door."""
        if not self.ingress and not self.egress:
            raise EmptyListError("a policy of Cilium without rules")

    @property
    def sides(self) -> tuple[CiliumSide, ...]:
        """The directions in which something is open."""
        both = (
            CiliumSide("ingress", "fromEntities", self.ingress),
            CiliumSide("egress", "toEntities", self.egress),
        )
        return tuple(side for side in both if side.rules)


class NamespaceNetwork(Struct, frozen=True, kw_only=True):
    """All policies of one namespace, sorted by name behind the one that denies everything."""

    namespace: str
    policies: tuple[Policy, ...]
    cilium: tuple[CiliumPolicy, ...] = ()
    sources: tuple[str, ...] = ()


class ClusterNetwork(Struct, frozen=True, kw_only=True):
    """What Cilium is told of the cluster as a whole, beside the policies of namespaces.

    `opened` are namespaces that a mode leaves closed and that stay as open as they would be without it: the system's.
    `guarded` are those between which and all but `known` nothing passes, whatever a policy opens. None of their pods,
    and no pod of a namespace that is not `known`, reaches `metadata`. Either may be nobody: nothing is said of it then.
    """

    opened: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would open the door, or close all of them."""
        if self.guarded and not (self.known and self.metadata):
            raise EmptyListError("a guard that knows nobody")
