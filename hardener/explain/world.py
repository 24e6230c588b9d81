"""A profile with all that becomes of it, worked out when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from hardener.artifact import Artifact
from hardener.catalog import minor
from hardener.catalog.controls import Control, chosen, frameworks, of_measure
from hardener.explain import Said
from hardener.plan import Plan
from hardener.profile import Profile
from hardener.profile.review import Compliance
from hardener.source import KeyPath, Source
from hardener.verify.objects import Object
from hardener.verify.written import read

if TYPE_CHECKING:
    from hardener.explain.influence import Influence
    from hardener.explain.places import Places
    from hardener.explain.section import Section

# For more namespaces than this it would take too long to try what decides something.
LARGEST: Final = 100
# So much of a line of the profile is shown.
_SHOWN: Final = 160


class World:
    """A sound profile, what hardener decided, and the files that it becomes, by path."""

    def __init__(self, source: Source, profile: Profile, plan: Plan, artifacts: Iterable[Artifact]) -> None:
        """Keep them; nothing is worked out yet."""
        self.source, self.profile, self.plan = source, profile, plan
        self.artifacts: Mapping[str, Artifact] = {each.path: each for each in artifacts}
        self._objects: dict[str, tuple[Object, ...]] = {}
        self._sections: dict[str, Section | None] = {}

    def objects(self, below: str = "") -> tuple[Object, ...]:
        """Every object of the manifests whose paths begin so, in their order."""
        if below not in self._objects:
            texts = {path: each.text for path, each in self.artifacts.items() if path.startswith(below)}
            self._objects[below] = read(texts)[0].objects
        return self._objects[below]

    @cached_property
    def influence(self) -> Influence:
        """What each part of the profile does to the files."""
        from hardener.explain.influence import Influence

        files = {path: each.text for path, each in self.artifacts.items()}
        return Influence(self.profile, self.source.data, files, self.schema)

    def section(self, file: str, namespace: str, sources: list[KeyPath]) -> Section | None:
        """The part of the profile that makes a file of one namespace, where there is a smaller one."""
        from hardener.explain.section import section

        if file not in self._sections:
            text = self.artifacts[file].text
            self._sections[file] = section(self.source.data, self.schema, file, text, namespace, sources)
        return self._sections[file]

    @property
    def is_small(self) -> bool:
        """Is the profile small enough to be tried part by part? Each trial renders it once."""
        return len(self.plan.namespaces) <= LARGEST

    @cached_property
    def places(self) -> Places:
        """Where each flag and each field is set."""
        from hardener.explain.places import Places

        return Places(self)

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The schema of profiles."""
        from hardener.profile.schema import schema

        return schema()

    @cached_property
    def frameworks(self) -> tuple[str, ...]:
        """The names of the frameworks that the profile's `compliance` chooses, in its order."""
        asked = {name: getattr(self.profile.compliance, name) for name in Compliance.__struct_fields__}
        found = [self.framework(name, each.version) for name, each in asked.items() if each is not None]
        return tuple(name for name in found if name)

    def framework(self, choice: str, version: str | None = None) -> str:
        """The name of the framework that a key of `compliance` means for this cluster; empty where there is none."""
        cluster = self.profile.cluster
        found = chosen(choice, version, cluster.distribution, minor(cluster.kubernetes))
        return found.name if found else ""

    def controls(self, measures: Iterable[str], setting: str = "") -> tuple[Control, ...]:
        """What measures carry out, what the profile asks for first; of a setting, only what is about it."""
        others = {self.framework(name) for name in Compliance.__struct_fields__} | {"kubescape"}
        order = [*self.frameworks, *(each.name for each in frameworks() if each.name in others - {*self.frameworks})]
        found = [each for name in order for measure in measures for each in of_measure(measure, [name])]
        about = dict.fromkeys(each for each in found if not setting or each.is_about(setting))
        return tuple(sorted(about, key=lambda each: not self.asks_for(each)))

    def asks_for(self, control: Control) -> bool:
        """Is it a control of a framework that the profile chooses, and of no higher level than it chooses?"""
        if control.framework not in self.frameworks:
            return False
        asked = self.profile.compliance.cis
        return control.level is None or asked is None or asked.level is None or control.level <= asked.level

    def said(self, at: KeyPath) -> Said:
        """What the profile says at a path; nothing of its place where it says nothing there."""
        text = self.source.text_of(at)
        if not text and not self.has(at):
            return Said(at=at)
        file, line = self.source.line(at)
        return Said(at=at, file=file, line=line, excerpt=_excerpt(at, text))

    def has(self, at: KeyPath) -> bool:
        """Does the profile itself say something at a path?"""
        value: Any = self.source.data
        for step in at:
            try:
                value = value[step]
            except (LookupError, TypeError):
                return False
        return bool(at)

    def owner(self, namespace: str) -> KeyPath:
        """Where the profile says of a tenant's namespace what it is; empty for one that is no tenant's."""
        for tenant, each in self.profile.tenants.items():
            if namespace in each.namespaces:
                return ("tenants", tenant, "namespaces", namespace)
        return ()


def _excerpt(at: KeyPath, text: str) -> str:
    """A value as it is written, on one line, behind its key."""
    words = " ".join(text.split())
    shown = words if len(words) <= _SHOWN else words[: _SHOWN - 3] + "..."
    return f"- {shown}" if isinstance(at[-1], int) else f"{at[-1]}: {shown}"
