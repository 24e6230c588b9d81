"""Pools of nodes as their files set them up: labels that an administrator sets, taints that a kubelet joins with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from msgspec import Struct, ValidationError, convert

from hardener.errors import ProfileError
from hardener.verify import Finding
from hardener.verify.flags import flag
from hardener.verify.objects import NotUnderstoodError
from hardener.verify.written import Written

NODES: Final = "nodes/"
LABELS: Final = "node.labels"
KUBELET: Final = "kubelet.yaml"
FLAGS: Final = "kubelet.flags"
EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")


class Taint(NamedTuple):
    """What keeps pods off that do not tolerate it."""

    key: str
    value: str
    effect: str

    def __str__(self) -> str:
        """As kubectl writes it: key=value:effect."""
        return f"{self.key}={self.value}:{self.effect}"


class Pool(Struct, frozen=True):
    """A kind of node."""

    name: str
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]


class _Taint(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    key: str
    effect: str
    value: str | None = None


def pools(written: Written) -> tuple[Pool, ...]:
    """Every pool that has a folder, by name. Raises NotUnderstoodError where a file of it is not understood."""
    names = {path.split("/")[1] for path in written.files if path.startswith(NODES) and path.count("/") > 1}
    return tuple(Pool(name, _labels(written, name), _taints(written, name)) for name in sorted(names))


def file_of(pool: str, name: str) -> str:
    """The path of a file of a pool."""
    return f"{NODES}{pool}/{name}"


def _labels(written: Written, pool: str) -> dict[str, str]:
    """Those that an administrator sets, and those that the kubelet gives itself."""
    file = file_of(pool, LABELS)
    found: dict[str, str] = {}
    for number, line in enumerate(written.files.get(file, "").splitlines(), 1):
        key, equals, value = line.partition("=")
        if not equals or not key or key in found:
            raise _not_understood(file, number, f"{line!r} is no label of a node")
        found[key] = value
    own = flag(written, file_of(pool, FLAGS), "node-labels")
    for text in own.values if own else ():
        key, _, value = text.partition("=")
        found.setdefault(key, value)
    return found


def _taints(written: Written, pool: str) -> tuple[Taint, ...]:
    """What a flag says counts more than a file (flags are laid over it: cmd/kubelet/app/server.go)."""
    told = flag(written, file_of(pool, FLAGS), "register-with-taints")
    if told:
        return tuple(sorted(_of_flag(text, told.file, told.line) for text in told.values if text))
    return tuple(sorted(_of_file(written, file_of(pool, KUBELET))))


def _of_flag(text: str, file: str, line: int) -> Taint:
    what, colon, effect = text.rpartition(":")
    key, _, value = what.partition("=")
    if not colon or effect not in EFFECTS:
        raise _not_understood(file, line, f"{text!r} is no taint")
    return Taint(key, value, effect)


def _of_file(written: Written, file: str) -> Iterator[Taint]:
    try:
        data: Any = written.config(file) if file in written.files else {}
        found = convert(data.get("registerWithTaints") or (), tuple[_Taint, ...])
    except ProfileError as error:
        raise _not_understood(file, error.problems[0].line, f"cannot be read: {error.problems[0].what}") from error
    except (ValidationError, AttributeError) as error:
        raise _not_understood(file, 0, f"registerWithTaints: {error}") from error
    for each in found:
        if each.effect not in EFFECTS:
            raise _not_understood(file, 0, f"registerWithTaints: a taint has no effect {each.effect}")
        yield Taint(each.key, each.value or "", each.effect)


def _not_understood(file: str, line: int, message: str) -> NotUnderstoodError:
    return NotUnderstoodError(Finding(word="nodes", file=file, line=line, message=message))
