"""`pools`: kinds of nodes, and what sets their hosts up."""

from typing import Annotated, Literal

from msgspec import Meta, field

from hardener.profile.scalars import VISIBLE, Duration, LabelKey, LabelValue, Model, Quantity

Share = Annotated[
    str,
    Meta(
        pattern=r"^([0-9]+(\.[0-9]+)?%|[0-9]+(\.[0-9]+)?(k|M|G|T|Ki|Mi|Gi|Ti)?)$(?!\n)",
        max_length=32,
        description="a quantity or a share: 200Mi, 10%",
    ),
]
LogSize = Annotated[
    str, Meta(pattern=r"^[1-9][0-9]*(k|M|G|Ki|Mi|Gi)$(?!\n)", max_length=16, description="a quantity: 10Mi")
]
Signal = Literal[
    "memory.available",
    "nodefs.available",
    "nodefs.inodesFree",
    "imagefs.available",
    "imagefs.inodesFree",
    "pid.available",
]
SysctlName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9_]+([./][-A-Za-z0-9_]+)+$(?!\n)",
        max_length=253,
        description="a kernel setting: net.ipv4.tcp_syncookies",
    ),
]
SysctlValue = Annotated[str, Meta(pattern=VISIBLE, max_length=253, description="what it is set to")] | int
ModuleName = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_][-A-Za-z0-9_]*$(?!\n)", max_length=63, description="a kernel module: dccp")
]
UnsafeSysctl = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9_]+([./][-A-Za-z0-9_]+)+([./]\*|\*)?$(?!\n)",
        max_length=253,
        description="a kernel setting, or all that begin so: net.core.somaxconn, kernel.msg*",
    ),
]


class Taint(Model, frozen=True, kw_only=True):
    """A taint that keeps other pods away."""

    key: Annotated[LabelKey, Meta(description="The taint's key.")]
    value: Annotated[LabelValue, Meta(description="The taint's value.")] = ""
    effect: Annotated[
        Literal["NoSchedule", "PreferNoSchedule", "NoExecute"],
        Meta(description="What happens to pods that do not tolerate it."),
    ]


class Amount(Model, frozen=True, kw_only=True):
    """What of a node is kept back from pods."""

    cpu: Annotated[Quantity | None, Meta(description="Processors: 500m")] = None
    memory: Annotated[Quantity | None, Meta(description="Memory: 1Gi")] = None
    ephemeral_storage: Annotated[Quantity | None, Meta(description="Disk: 2Gi")] = None
    pid: Annotated[Annotated[int, Meta(ge=1, le=4194304)] | None, Meta(description="Process numbers.")] = None


class Reserved(Model, frozen=True, kw_only=True):
    """What of a node is kept for others than pods."""

    system: Annotated[Amount, Meta(description="For the host's own services.")] = Amount()
    kube: Annotated[Amount, Meta(description="For the kubelet and the container runtime.")] = Amount()


class Kubelet(Model, frozen=True, kw_only=True):
    """Settings of the kubelet that differ from the hardened defaults."""

    max_pods: Annotated[
        Annotated[int, Meta(ge=1, le=1000)] | None, Meta(description="The most pods that run on one node.")
    ] = None
    pod_pids_limit: Annotated[int, Meta(ge=16, le=4194304, description="The most processes in one pod.")] = 4096
    reserved: Annotated[Reserved, Meta(description="What is kept back from pods.")] = Reserved()
    eviction: Annotated[
        dict[Signal, Share], Meta(description="Below how much of what pods are evicted, over the defaults.")
    ] = {}
    event_record_qps: Annotated[
        int, Meta(ge=1, le=1000, description="Events that the kubelet reports each second, at most.")
    ] = field(default=50, name="eventRecordQPS")
    streaming_connection_idle_timeout: Annotated[
        Duration, Meta(description="After which silence exec and port-forward end; read until Kubernetes 1.33.")
    ] = "5m"
    seccomp_default: Annotated[
        bool, Meta(description="Do pods that name no seccomp profile get the runtime's? From Kubernetes 1.25.")
    ] = True
    protect_kernel_defaults: Annotated[
        bool, Meta(description="Does the kubelet refuse to run where the kernel is not set as sysctl.conf says?")
    ] = True
    allowed_unsafe_sysctls: Annotated[
        tuple[UnsafeSysctl, ...], Meta(description="Kernel settings that pods may change beyond the safe ones.")
    ] = ()
    container_log_max_size: Annotated[LogSize, Meta(description="After how much a container's log is rotated.")] = (
        "10Mi"
    )
    container_log_max_files: Annotated[
        int, Meta(ge=2, le=1000, description="How many files of a container's log are kept.")
    ] = 5
    shutdown_grace_period: Annotated[
        Duration | None, Meta(description="How long a host that shuts down waits for its pods.")
    ] = None
    shutdown_grace_period_critical_pods: Annotated[
        Duration | None, Meta(description="How much of that time is kept for critical pods.")
    ] = None


class Pool(Model, frozen=True, kw_only=True):
    """A pool of nodes."""

    taints: Annotated[
        tuple[Taint, ...] | None, Meta(description="Taints of its nodes; a pool that a zone owns gets one by default.")
    ] = None
    labels: Annotated[dict[LabelKey, LabelValue], Meta(description="Labels of its nodes.")] = {}
    kubelet: Annotated[Kubelet, Meta(description="Settings of its kubelets.")] = Kubelet()
    sysctls: Annotated[
        dict[SysctlName, SysctlValue], Meta(description="Kernel settings beyond the hardened ones.")
    ] = {}
    blocked_modules: Annotated[
        tuple[ModuleName, ...], Meta(description="Kernel modules that are never loaded, beyond the usual ones.")
    ] = ()
