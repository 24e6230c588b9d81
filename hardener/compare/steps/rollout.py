"""The objects of a cluster on the way from the old side to the new, and the steps that bring them there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from hardener.compare.sides import Sides
from hardener.compare.steps import Key, Step
from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify.kinds import JUDGED
from hardener.verify.objects import Object
from hardener.verify.written import MANIFESTS

Data = dict[str, Any]
# Who prunes is told by it to let a namespace be that is not hardener's.
_KEPT = "kustomize.toolkit.fluxcd.io/prune"

# The comment with which a file begins, after the line that says what runs a script.
_RENDERED = re.compile(r"\A(#!.*\n)?# Rendered by hardener from profile \S+\. Change the profile, not this file\.\n")


class Rollout:
    """What differs, what is there by now, and the steps so far."""

    def __init__(self, sides: Sides) -> None:
        """Begin on the old side."""
        old, new = sides.at(sides.differing)
        self.sides = sides
        self.old = {key_of(each.data, each): each for each in old.objects}
        self.new = {key_of(each.data, each): each for each in new.objects}
        self.there: dict[Key, Data] = {key: each.data for key, each in self.old.items()}
        self.steps: list[Step] = []
        self._places = dict(_namespaces(sides.old.profile))
        self._places.update(_namespaces(sides.new.profile))
        self.namespaces_that_come = frozenset(
            key[2] for key in self.coming("Namespace") if not self.is_kept(self.new[key].data)
        )
        self.namespaces_that_leave = frozenset(
            key[2] for key in self.going("Namespace") if not self.is_kept(self.old[key].data)
        )

    @property
    def profiles(self) -> tuple[Profile, Profile]:
        """The old and the new profile."""
        return self.sides.old.profile, self.sides.new.profile

    def coming(self, *kinds: str) -> list[Key]:
        """The objects of these kinds that the new side alone has, in the order of the kinds."""
        return [key for kind in kinds for key in self.new if key[0] == kind and key not in self.old]

    def changed(self, *kinds: str) -> list[Key]:
        """The objects of these kinds that both sides have, each otherwise."""
        both = [key for kind in kinds for key in self.new if key[0] == kind and key in self.old]
        return [key for key in both if self.new[key].data != self.old[key].data]

    def going(self, *kinds: str) -> list[Key]:
        """The objects of these kinds that the old side alone has."""
        return [key for kind in kinds for key in self.old if key[0] == kind and key not in self.new]

    def unchanged(self, *kinds: str) -> list[Object]:
        """The objects of these kinds in files that do not differ. Reads all of the new side: for what is rare."""
        return [each for each in self.sides.whole[1].of(*kinds) if key_of(each.data, each) not in self.new]

    def is_kept(self, namespace: Data) -> bool:
        """Is it a namespace of the system's, which stays though it leaves the output?"""
        return (namespace["metadata"].get("annotations") or {}).get(_KEPT) == "disabled"

    def at(self, namespaces: Iterable[str]) -> tuple[KeyPath, ...]:
        """Where the profile speaks of namespaces."""
        return tuple(dict.fromkeys(self._places[name] for name in sorted(set(namespaces)) if name in self._places))

    def step(self, step: Step, *, by_hand: bool = False) -> None:
        """Do a step; without objects that it changes, and files, it is none, unless somebody must act `by_hand`."""
        apply = []
        for data in step.apply:
            key = key_of(data)
            if self.there.get(key) != data:
                self.there[key] = data
                apply.append(data)
        delete = tuple(key for key in dict.fromkeys(step.delete) if self.there.pop(key, None) is not None)
        if apply or delete or step.files or by_hand:
            at = step.at or self._about((*map(key_of, apply), *delete))
            self.steps.append(replace(step, apply=tuple(apply), delete=delete, at=at))

    def _about(self, keys: Iterable[Key]) -> tuple[KeyPath, ...]:
        """Where the profile speaks of the namespaces, or of the zones, that objects are for."""
        found = [*keys]
        zones = {name for name in (key[2].partition("-zone-")[2] for key in found) if name}
        known = sorted(zones & (self.profiles[0].zones.keys() | self.profiles[1].zones.keys()))
        return (*(("zones", name) for name in known), *self.at(key[1] or key[2] for key in found))

    def finals(self, keys: Iterable[Key]) -> tuple[Data, ...]:
        """Objects as the new side has them."""
        return tuple(self.new[key].data for key in keys)

    def host_files(self, *folders: str) -> tuple[str, ...]:
        """The files below some folders that differ in what they say, and that no step has yet."""
        taken = {file for step in self.steps for file in step.files}
        differing = sorted(self.sides.differing - taken)
        mine = (file for file in differing if file.startswith(folders) and not file.startswith(MANIFESTS))
        return tuple(file for file in mine if self._says_otherwise(file))

    def _says_otherwise(self, file: str) -> bool:
        """Does a file differ by more than the name of the profile in its first lines?"""
        old, new = (side.files.get(file) for side in (self.sides.old, self.sides.new))
        return old is None or new is None or _RENDERED.sub(r"\1", old) != _RENDERED.sub(r"\1", new)


def key_of(data: Data, object: Object | None = None) -> Key:
    """The key of an object; what a file leaves out of its namespace is filled in as an API server does."""
    if object is not None:
        return object.kind, object.namespace, object.name
    metadata = data["metadata"]
    namespace = (metadata.get("namespace") or "default") if JUDGED[data["kind"]].namespaced else ""
    return data["kind"], namespace, metadata["name"]


def renamed(data: Data, name: str, **also: Any) -> Data:
    """A copy of an object under another name, with some of its fields otherwise."""
    return {**data, "metadata": {**data["metadata"], "name": name}, **also}


def _namespaces(profile: Profile) -> Iterator[tuple[str, KeyPath]]:
    for tenant, said in profile.tenants.items():
        for name in said.namespaces:
            yield name, ("tenants", tenant, "namespaces", name)
