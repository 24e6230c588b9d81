"""What runtimes of containers publish: containerd's own profile of seccomp, and the OCI's schema of any."""

from __future__ import annotations

import re
from pathlib import Path

from tests.components import build
from tests.components.releases import CONTAINERD, CONTAINERD_SUM, RUNTIME_SPEC, RUNTIME_SPEC_SUM

_NAME = re.compile(r'"([a-z0-9_]+)"')


def containerd() -> Path:
    """The folder of what RuntimeDefault is."""
    inside = "contrib/seccomp"
    return build.published("containerd", "github.com/containerd/containerd/v2", CONTAINERD, CONTAINERD_SUM, inside)


def specification() -> Path:
    """The folder of the schemas of config.json."""
    module = "github.com/opencontainers/runtime-spec"
    return build.published("runtime-spec", module, RUNTIME_SPEC, RUNTIME_SPEC_SUM, "schema")


def allowed() -> set[str]:
    """The calls that containerd allows to everybody, whatever they are given."""
    body = _source().partition("func DefaultProfile")[2].partition("Action:")[0]
    return set(_NAME.findall(body))


def of_processors(*names: str) -> set[str]:
    """The calls that it allows besides on one kind of processor."""
    cases = _cases(_source().partition("// include by arch")[2].partition("admin := false")[0])
    return {call for head, calls in cases for call in calls if set(names) & set(_NAME.findall(head))}


def of_capabilities() -> dict[str, set[str]]:
    """The calls that it allows besides to whoever has a capability."""
    cases = _cases(_source().partition("admin := false")[2].partition("if !admin")[0])
    return {head.strip('"').removeprefix("CAP_"): set(calls) for head, calls in cases}


def _cases(text: str) -> list[tuple[str, list[str]]]:
    found = re.findall(r"case ([^:]+):\n(.*?)Action:", text, re.DOTALL)
    return [(head, _NAME.findall(body)) for head, body in found]


def _source() -> str:
    return (containerd() / "seccomp_default.go").read_text(encoding="utf-8")
