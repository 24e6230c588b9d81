"""What the next version no longer takes: flags, fields and admission plugins that somebody may have set by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog.components import plugins, taken

_COMPONENTS: Final = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet")


def taken_away(last: int) -> tuple[str, ...]:
    """All that minor version `last` takes and the next one does not."""
    return tuple(_taken_away(last))


def _taken_away(last: int) -> Iterator[str]:
    for component in _COMPONENTS:
        names = [name for name, known in taken(component).items() if known.span.since <= last == known.span.until]
        yield from (f"{component}: --{name}" for name in sorted(names))
    fields = [name for name, known in taken("fields").items() if known.span.since <= last == known.span.until]
    yield from (f"KubeletConfiguration: {name}" for name in sorted(fields))
    yield from (f"admission plugin {name}" for name in sorted(plugins(last).keys() - plugins(last + 1).keys()))
