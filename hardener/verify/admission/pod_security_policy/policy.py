"""A PodSecurityPolicy as it is written: policy/v1beta1/types.go in k8s.io/api 1.24."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from hardener.verify.objects import Object, shaped

_UserRule = Literal["MustRunAs", "MustRunAsNonRoot", "RunAsAny"]
_GroupRule = Literal["MustRunAs", "MayRunAs", "RunAsAny"]


class _Shape(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    pass


class Range(_Shape, frozen=True):
    """Numbers from `min` to `max`, both included."""

    min: int
    max: int

    def __contains__(self, number: int) -> bool:
        """Does it lie within?"""
        return self.min <= number <= self.max


class User(_Shape, frozen=True):
    """As whom containers run."""

    rule: _UserRule
    ranges: tuple[Range, ...] = ()


class Group(_Shape, frozen=True):
    """In which groups containers run; without a rule (runAsGroup left out) in any."""

    rule: _GroupRule = "RunAsAny"
    ranges: tuple[Range, ...] = ()


class SELinux(_Shape, frozen=True):
    """Which SELinux options containers have."""

    rule: Literal["MustRunAs", "RunAsAny"]
    options: dict[str, str] = field(default_factory=dict, name="seLinuxOptions")


class HostPath(_Shape, frozen=True):
    """A path of the host that may be mounted."""

    path_prefix: str = ""
    read_only: bool = False


class FlexVolume(_Shape, frozen=True):
    """A driver of flex volumes."""

    driver: str


class CSIDriver(_Shape, frozen=True):
    """A driver of CSI volumes."""

    name: str


class Classes(_Shape, frozen=True):
    """Which runtime classes a pod may name, and the one that it gets."""

    allowed_runtime_class_names: tuple[str, ...]
    default_runtime_class_name: str | None = None


class Spec(_Shape, frozen=True, kw_only=True):
    """What a policy lets through, and what it gives a pod that says nothing."""

    se_linux: SELinux
    run_as_user: User
    supplemental_groups: Group
    fs_group: Group
    run_as_group: Group = Group()
    privileged: bool = False
    default_add_capabilities: tuple[str, ...] = ()
    required_drop_capabilities: tuple[str, ...] = ()
    allowed_capabilities: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    host_network: bool = False
    host_ports: tuple[Range, ...] = ()
    host_pid: bool = field(default=False, name="hostPID")
    host_ipc: bool = field(default=False, name="hostIPC")
    read_only_root_filesystem: bool = False
    default_allow_privilege_escalation: bool | None = None
    allow_privilege_escalation: bool | None = None
    allowed_host_paths: tuple[HostPath, ...] = ()
    allowed_flex_volumes: tuple[FlexVolume, ...] = ()
    allowed_csi_drivers: tuple[CSIDriver, ...] = field(default=(), name="allowedCSIDrivers")
    allowed_unsafe_sysctls: tuple[str, ...] = ()
    forbidden_sysctls: tuple[str, ...] = ()
    # The API server drops it unless a feature gate is turned on: pkg/api/podsecuritypolicy/util.go.
    allowed_proc_mount_types: tuple[str, ...] = ()
    runtime_class: Classes | None = None


class Policy(Struct, frozen=True, eq=False):
    """A policy with the annotations that say what its fields cannot."""

    object: Object
    spec: Spec
    annotations: dict[str, Any]

    @property
    def may_escalate(self) -> bool:
        """May a process get more privileges than its parent? Yes, unless the policy says no."""
        return self.spec.allow_privilege_escalation is not False


def read(object: Object) -> Policy:
    """The policy in an object. Raises NotUnderstoodError for what it says and we do not know."""
    return Policy(object, shaped(object, Spec, "pods", "spec"), object.annotations)
