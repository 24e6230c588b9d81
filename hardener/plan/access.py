"""Who may do what: roles, and the bindings that put them into somebody's hands."""

from __future__ import annotations

from msgspec import Struct


class Rule(Struct, frozen=True, kw_only=True, order=True):
    """A rule as RBAC takes it. About resources of one API group, of all names unless some are given; or about paths."""

    group: str = ""
    resources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    verbs: tuple[str, ...]

    def __post_init__(self) -> None:
        """A rule about nothing is a mistake: an empty list of names, at least, Kubernetes reads as every name."""
        if not self.verbs or bool(self.resources) == bool(self.paths):
            raise ValueError("a rule is about resources or about paths, and names verbs")


class Role(Struct, frozen=True, kw_only=True, order=True):
    """A ClusterRole, under its name in the cluster: granted everywhere, or in namespaces by their bindings.

    `delivers`: it is the one under which the output is applied.
    """

    name: str
    rules: tuple[Rule, ...]
    delivers: bool = False


class Subject(Struct, frozen=True, kw_only=True, order=True):
    """A Group, a User or a ServiceAccount; only the last has a namespace."""

    kind: str
    namespace: str = ""
    name: str


class Binding(Struct, frozen=True, kw_only=True, order=True):
    """A role in the hands of subjects, under the role's own name."""

    role: str
    subjects: tuple[Subject, ...]

    def __post_init__(self) -> None:
        """A binding without subjects is there for nobody."""
        if not self.subjects:
            raise ValueError(f"{self.role} is bound to nobody")


class NamespaceAccess(Struct, frozen=True, kw_only=True, order=True):
    """What is granted in one namespace. `sources` are the places in the profile where that is done."""

    namespace: str
    sources: tuple[str, ...]
    bindings: tuple[Binding, ...]


class Access(Struct, frozen=True, kw_only=True):
    """Every role that is granted somewhere, the grants that hold everywhere, and those of each namespace.

    A namespace in which nobody holds anything is not listed.
    """

    roles: tuple[Role, ...] = ()
    bindings: tuple[Binding, ...] = ()
    namespaces: tuple[NamespaceAccess, ...] = ()
