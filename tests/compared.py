"""One comparison alone, of files for hosts: by the bodies of `control_planes`, whatever the rules say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from hardener.compare import Change
from hardener.compare.audit import audit
from hardener.compare.secrets import secrets
from hardener.compare.settings import settings
from hardener.compare.sides import Side, Sides
from hardener.source import parse
from tests import control_planes

COMPARED: tuple[Callable[[Sides], Iterator[Change]], ...] = (settings, secrets, audit)


def rendered(body: str, version: str = "1.36", distribution: str = "kubeadm") -> Side:
    """What is rendered for hosts of a profile with this body."""
    return of_files(control_planes.files(body, version, distribution), body, version, distribution)


def of_files(files: Mapping[str, str], body: str, version: str = "1.36", distribution: str = "kubeadm") -> Side:
    """The same files, as somebody may have changed them."""
    profile = control_planes.profile(body, version, distribution)
    return Side(name="output", files=files, profile=profile, source=parse("{}", "x"), rendered=False)


def edited(side: Side, file: str, old: str, new: str) -> Side:
    """One file changed by hand."""
    assert old in side.files[file], f"{old} is not in {file}"
    files = {**side.files, file: side.files[file].replace(old, new)}
    return Side(name="output", files=files, profile=side.profile, source=side.source, rendered=False)


def compared(old: Side, new: Side) -> list[Change]:
    """What settings, secrets and the audit say of two sides."""
    return [change for compare in COMPARED for change in compare(Sides(old, new))]


def directions(found: list[Change]) -> set[str]:
    """The ways in which something goes, but for what goes in none."""
    return {change.direction for change in found} - {"neither"}


def told(found: list[Change]) -> list[str]:
    """Changes as lines, what is weaker first."""
    lines = [
        f"{each.direction} {each.word}: {each.message}{f' ({each.reason})' if each.reason else ''}" for each in found
    ]
    return sorted(lines, key=lambda line: (("weaker", "stronger", "neither").index(line.split()[0]), line))
