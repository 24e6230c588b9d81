"""Pools of nodes: their kubelets, taints, labels and kernels."""

from __future__ import annotations

from dataclasses import dataclass

from hardener.plan.settings import Flag


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Taint:
    """A taint, which keeps pods away that do not tolerate it."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Pair:
    """A name and what it is set to: a label, or a setting of the kernel."""

    name: str
    value: str


# A field of KubeletConfiguration as it is written: a scalar, a list, or a mapping of further fields.
Value = str | int | bool | tuple[str, ...] | dict[str, "Value"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubelet:
    """KubeletConfiguration: the fields at its top, by name, and the measures that they carry out."""

    api_version: str
    fields: tuple[tuple[str, Value], ...]
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Nodes that are set up alike. `labels` are set by an administrator, never by the node itself.

    `path` is where the profile speaks of it, empty for pools that every cluster has.
    """

    name: str
    path: str
    taints: tuple[Taint, ...]
    labels: tuple[Pair, ...]
    kubelet: Kubelet
    flags: tuple[Flag, ...]
    sysctls: tuple[Pair, ...]
    blocked_modules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """Every pool, by name. `kubelet` is what the kubelets of all pools have in common, for an installer."""

    pools: tuple[Pool, ...]
    kubelet: Kubelet
