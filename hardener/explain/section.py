"""A small profile out of a large one that makes the same of one namespace: what is tried there holds in the large one.

Left out are tenants and flows that the files of the namespace are not made from. Whether that changes them nobody has
to argue: both are rendered and compared, and where they differ there is no such profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct, convert

from hardener.explain.influence import Influence
from hardener.explain.keys import Node
from hardener.explain.lines import Lines
from hardener.explain.trials import rendered
from hardener.profile import Profile
from hardener.source import KeyPath

_FLOWS: Final = "flows"


class Section(Struct, frozen=True, eq=False):
    """What is left of a profile, and which of its flows these are."""

    influence: Influence
    flows: tuple[int, ...]

    def deciding(self, file: str, lines: Lines, roots: list[KeyPath]) -> tuple[KeyPath, ...]:
        """The smallest parts of the large profile that decide some lines of a file, as `Influence.deciding`."""
        inside = [path for root in roots if (path := self._inside(root))]
        return tuple(self._outside(path) for path in self.influence.deciding(file, lines, inside))

    def _inside(self, path: KeyPath) -> KeyPath:
        """A path of the large profile in the small one; empty for a flow that is not there."""
        if path[0] != _FLOWS or len(path) == 1:
            return path
        return (_FLOWS, self.flows.index(int(path[1])), *path[2:]) if path[1] in self.flows else ()

    def _outside(self, path: KeyPath) -> KeyPath:
        return (_FLOWS, self.flows[int(path[1])], *path[2:]) if path[0] == _FLOWS and len(path) > 1 else path


def section(
    data: Mapping[str, Any], schema: Node, file: str, text: str, namespace: str, sources: list[KeyPath]
) -> Section | None:
    """The part of a profile that makes one file of a namespace; None where no smaller one makes the same."""
    flows = tuple(sorted({int(path[1]) for path in sources if path[0] == _FLOWS and len(path) > 1}))
    near = {namespace} | {name for at in flows for name in _named(data[_FLOWS][at])}
    small = {
        **data,
        _FLOWS: [data[_FLOWS][at] for at in flows],
        "tenants": {name: each for name, tenant in data["tenants"].items() if (each := _near(tenant, near))},
        "exceptions": [],
    }
    files = rendered(small)
    if files is None or files.get(file) != text:
        return None
    return Section(Influence(convert(small, Profile), small, files, schema), flows)


def _near(tenant: Mapping[str, Any], near: set[str]) -> dict[str, Any]:
    """A tenant with those of its namespaces that are near; nothing of one that has none of them."""
    kept = {name: each for name, each in tenant.get("namespaces", {}).items() if name in near}
    return {**tenant, "namespaces": kept} if kept else {}


def _named(flow: Mapping[str, Any]) -> set[str]:
    """The namespaces that the ends of a flow name."""
    ends = (flow.get("from", {}), flow.get("to", {}))
    return {end["namespace"] for end in ends if isinstance(end.get("namespace"), str)}
