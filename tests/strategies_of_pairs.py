"""Pairs of profiles that differ in what zones ask of pods and in where these run, as plain data."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from tests.strategies import accepted

Data = dict[str, Any]

_ASKED = {
    "podSecurity": ["restricted", "baseline", "privileged"],
    "registries": [
        ["registry.example.com/shop/"],
        ["registry.example.com/"],
        ["docker.io/library/nginx"],
        ["nginx/unit", "registry.example.com/shop/web"],
    ],
    "digests": [True],
    "seccomp": ["RuntimeDefault", "Localhost/web.json"],
    "appArmor": ["RuntimeDefault", "Localhost/web"],
    "seLinux": [{"type": "container_t"}, {"type": "container_t", "level": "s0:c1"}, {"level": "s0:c1,c2"}],
    "capabilities": [[], ["NET_BIND_SERVICE"]],
    "runtimeClass": ["gvisor", "kata"],
    "priorityClasses": [[], ["gold"]],
    "userNamespaces": [True],
    "pools": [["one"], ["two"], ["one", "two"]],
}
_TAINT = {"key": "example.com/own", "value": "two", "effect": "NoSchedule"}


@st.composite
def pairs(draw: st.DrawFn, versions: tuple[str, ...] = ("1.30", "1.33", "1.36")) -> tuple[Data, Data]:
    """Two sound profiles of the same namespaces."""
    old = _profile(draw(_zone()), draw(_zone()), draw(st.sampled_from(versions)))
    new = copy.deepcopy(old)
    for name in ("apps", "cards"):
        new["zones"][name] = draw(st.just(old["zones"][name]) | _zone() | _changed(old["zones"][name]))
    if draw(st.integers(0, 5)) == 0:
        new["tenants"]["shop"]["namespaces"]["web"]["zone"] = "cards"
    if draw(st.integers(0, 5)) == 0:
        new["pools"]["two"] = {"taints": [_TAINT]}
    return accepted(old), accepted(new)


def _zone() -> st.SearchStrategy[Data]:
    asked = {key: st.sampled_from(values) for key, values in _ASKED.items()}
    return st.fixed_dictionaries({"trust": st.just(50)}, optional=asked)


def _changed(zone: Data) -> st.SearchStrategy[Data]:
    """That zone, with one thing otherwise."""
    key = st.sampled_from(sorted(_ASKED))
    return key.flatmap(
        lambda name: st.sampled_from([None, *_ASKED[name]]).map(
            lambda value: {k: v for k, v in (zone | {name: value}).items() if v is not None}
        )
    )


def _profile(apps: Data, cards: Data, kubernetes: str) -> Data:
    networks = {
        "pods": ["10.244.0.0/16"],
        "services": ["10.96.0.0/12"],
        "nodes": ["192.168.10.0/24"],
        "controlPlane": ["192.168.10.0/29"],
    }
    return {
        "apiVersion": "hardener/v1",
        "kind": "HardeningProfile",
        "metadata": {"name": "pair"},
        "cluster": {"kubernetes": kubernetes, "distribution": "kubeadm", "cni": "calico", "networks": networks},
        "zones": {"apps": apps, "cards": cards},
        "pools": {"one": {}, "two": {}},
        "tenants": {
            "shop": {"namespaces": {"web": {"zone": "apps"}, "api": {"zone": "apps"}}},
            "pay": {"namespaces": {"payments": {"zone": "cards"}}},
        },
    }
