"""`pools`: kinds of nodes, and what sets their hosts up."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from hardener.profile.scalars import LabelKey, LabelValue, Model


class Taint(Model, frozen=True, kw_only=True):
    """A taint that keeps other pods away."""

    key: Annotated[LabelKey, Meta(description="The taint's key.")]
    value: Annotated[LabelValue, Meta(description="The taint's value.")] = ""
    effect: Annotated[
        Literal["NoSchedule", "PreferNoSchedule", "NoExecute"],
        Meta(description="What happens to pods that do not tolerate it."),
    ]


class Kubelet(Model, frozen=True, kw_only=True):
    """Settings of the kubelet that differ from the hardened defaults."""

    max_pods: Annotated[int, Meta(ge=1, le=1000, description="The most pods that run on one node.")] | None = None


class Pool(Model, frozen=True, kw_only=True):
    """A pool of nodes."""

    taints: Annotated[
        tuple[Taint, ...] | None, Meta(description="Taints of its nodes; a pool that a zone owns gets one by default.")
    ] = None
    labels: Annotated[dict[LabelKey, LabelValue], Meta(description="Labels of its nodes.")] = {}
    kubelet: Annotated[Kubelet, Meta(description="Settings of its kubelets.")] = Kubelet()
    sysctls: Annotated[dict[str, str | int], Meta(description="Kernel settings beyond the hardened ones.")] = {}
    blocked_modules: Annotated[
        tuple[str, ...], Meta(description="Kernel modules that are never loaded, beyond the usual ones.")
    ] = ()
