"""Which pods are refused, beyond what the Pod Security labels of a namespace say; and with them which Services.

Up to Kubernetes 1.24 by PodSecurityPolicies. From 1.25 the labels alone carry the level; what a zone asks for beyond
its level is asked by admission policies from 1.30 on.
"""

from __future__ import annotations

from msgspec import Struct

from hardener.plan.admission import AdmissionPolicy


class Policy(Struct, frozen=True, kw_only=True):
    """A PodSecurityPolicy and the ClusterRole, `role`, that lets pods use it.

    `seccomp` and `app_armor` are the one profile that is allowed, and that a pod without any gets; None: any.
    `seccomp_default` is what a pod without any gets where any is allowed; None: nothing.
    `se_linux` are the options that a container must have, or gets; None: any.
    `host` is everything of the node: its network, processes, ports and kernel settings. `root` may be the user.
    `capabilities` may be added; `*` means any. `dropped` are dropped from every container.
    """

    name: str
    role: str
    privileged: bool
    escalation: bool
    host: bool
    root: bool
    capabilities: tuple[str, ...]
    dropped: tuple[str, ...]
    volumes: tuple[str, ...]
    seccomp: str | None
    seccomp_default: str | None
    app_armor: str | None
    se_linux: tuple[tuple[str, str], ...] | None
    runtime_class: str | None


class Binding(Struct, frozen=True, kw_only=True):
    """In `namespace`, pods of these groups' service accounts, and pods that these groups create, may use a policy.

    The binding is called like its role: what a binding refers to cannot be changed, so another role needs another one.
    `foreign`: neither this output nor Kubernetes itself makes the namespace.
    """

    namespace: str
    role: str
    groups: tuple[str, ...]
    foreign: bool = False

    def __post_init__(self) -> None:
        """A binding of nobody is a mistake, though a harmless one."""
        if not self.groups:
            raise ValueError(f"nobody is bound to {self.role} in {self.namespace}")


class Pods(Struct, frozen=True, kw_only=True):
    """The policies by name, and the bindings by namespace: one for each namespace, where there are policies.

    `refusing` are the admission policies, by name. There are never both.
    """

    policies: tuple[Policy, ...]
    bindings: tuple[Binding, ...]
    refusing: tuple[AdmissionPolicy, ...]
