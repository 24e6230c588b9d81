"""What `verify` finds wrong on one side alone: of files that say more than is compared here by itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

from hardener.compare import Change, Place
from hardener.compare.arisen import arisen
from hardener.compare.settings.pairs import installer
from hardener.compare.sides import Side, Sides
from hardener.errors import visible
from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.objects import NotUnderstoodError
from hardener.verify.settings import flag_files, kubeadm, servers
from hardener.verify.settings.approver import approver
from hardener.verify.settings.authentication import authentication
from hardener.verify.settings.authorization import authorization
from hardener.verify.settings.connections import connections
from hardener.verify.settings.folder import folder

_FOLDER: Final = "control-plane/"
_UNDECIDED: Final = "it cannot be decided what this does to the promises"
# What kubeadm gives every kubelet is compared field by field.
_COMPARED: Final = "KubeletConfiguration"
# Where installers are told arguments, each of which is compared by itself: kubeadm's, then those of k3s and RKE2.
_COMPONENTS: Final = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "etcd")
_ARGUMENTS: Final = ("extraArgs", *(f"{each}-arg{end}" for each in _COMPONENTS for end in ("", "+")))

Part = Callable[[Mapping[str, str], Profile], Iterator[Finding]]


def doubts(sides: Sides, told: Collection[Change], word: str, parts: Sequence[Part]) -> Iterator[Change]:
    """A change for each finding of one side alone, unless the file's change of that direction has been told."""
    old, new = (_findings(side, sides, word, parts) for side in (sides.old, sides.new))
    said = {(change.direction, place.file) for change in told for place in (change.old, change.new) if place}
    more = arisen((new.values(), sides.new.files), (old.values(), sides.old.files), _ARGUMENTS)
    less = [finding for key, finding in old.items() if key not in new]
    for direction, found in (("weaker", more), ("stronger", less)):
        for finding in found:
            if (direction, finding.file) in said:
                continue
            place = Place(file=finding.file, line=finding.line, object=finding.object, at=finding.at)
            weaker, message = direction == "weaker", finding.message
            yield Change(
                direction="weaker" if weaker else "stronger",
                word=word,
                message=visible(message if weaker else f"no longer: {message}"),
                reason=_UNDECIDED if weaker else "",
                old=None if weaker else place,
                new=place if weaker else None,
            )


def _findings(side: Side, sides: Sides, word: str, parts: Sequence[Part]) -> Mapping[tuple[str, str, str], Finding]:
    """What is wrong with the files that differ."""
    found: dict[tuple[str, str, str], Finding] = {}
    for part in parts:
        for each in _understood(part, side):
            if each.file in sides.differing and each.word == word:
                found.setdefault((each.file, each.object, each.message), each)
    return found


def _understood(part: Part, side: Side) -> list[Finding]:
    found: list[Finding] = []
    try:
        found += part(side.files, side.profile)
    except NotUnderstoodError as error:
        found.append(error.finding)
    return found


def of_settings(sides: Sides, told: Collection[Change]) -> Iterator[Change]:
    """The same of all that is a setting."""
    parts = (folder, authentication, authorization, connections, _approver, by_installer, _lines)
    return doubts(sides, told, "settings", parts)


def _approver(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    return approver(files)


def by_installer(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """Of the installer's own file, what are no arguments."""
    name = installer(profile)
    if f"{_FOLDER}{name}.yaml" not in files:
        return
    reader = kubeadm if name == "kubeadm" else servers
    told, _ = reader.told(files, profile)
    if told:
        yield from (each for each in reader.rest(files, profile, told) if each.object != _COMPARED)


def _lines(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """Lines of flag files that are no flags."""
    for file in sorted(each for each in files if each.endswith(".flags")):
        yield from flag_files.read(file, files[file])[1]
