"""Where a side says what somebody holds: the binding in its output, and the place in its profile."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from hardener.compare import Place
from hardener.compare.access.held import Gain, Held
from hardener.errors import visible
from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify.access.built_in import meant
from hardener.verify.access.promise import Promise, promises
from hardener.verify.access.rights import Right, telling
from hardener.verify.access.subjects import Subject
from hardener.verify.escalation.path import subject_of

_ROLE = "the role "


class Places:
    """Finds the places of one side; the profile is read when the first is asked for."""

    def __init__(self, profile: Profile, held: Held, subjects: Iterable[Subject], moved: KeyPath) -> None:
        """For what these subjects hold. `moved` decides what roles allow that are built in."""
        self._moved = moved
        self._profile = profile
        self._held = held
        self._subjects = frozenset(subjects)

    def cause(self, gain: Gain, there: Held) -> KeyPath:
        """The place in the profile that decides: the grant or, where it stood on the other side too, the role."""
        name, right = gain.bound.role.name, telling(gain.rights)
        if gain.bound.binding is None:
            return self._moved
        at, role = self._promise(gain)
        if not role or all(each.role.name != name for each in there.at(gain.subject, gain.namespace)):
            return at
        return self._rule(role, right) if role in self._profile.roles else self._moved

    def role(self, gain: Gain) -> str:
        """The role of the profile by which a subject holds it; empty if it is none."""
        return self._promise(gain)[1]

    def roles(self, subject: Subject, namespace: str) -> frozenset[str]:
        """All roles of the profile that a subject has somewhere."""
        held = (each.role.name for each in self._promises.get((subject, namespace), ()))
        return frozenset(name.removeprefix(_ROLE) for name in held if name.startswith(_ROLE))

    def place(self, gain: Gain, at: KeyPath) -> Place:
        """Both together."""
        binding = gain.bound.binding
        if binding is None:
            return Place(at=at)
        line = binding.line_of(*subject_of(gain.bound))
        return Place(file=binding.file, line=line, object=visible(str(binding)), at=at)

    def _promise(self, gain: Gain) -> tuple[KeyPath, str]:
        """The grant in the profile, and its role if that has a name there; the nearest place if there is no grant."""
        right = telling(gain.rights)
        held = self._promises.get((gain.subject, gain.namespace), ())
        for each in held:
            if any(right.within(rule) for rule in each.role.rules):
                known = each.role.name.startswith(_ROLE) and each.role.name.removeprefix(_ROLE)
                return each.at, known or ""
        return self._near(gain.namespace), ""

    @cached_property
    def _promises(self) -> dict[tuple[Subject, str], list[Promise]]:
        found: dict[tuple[Subject, str], list[Promise]] = {}
        for each in promises(self._profile, self._held.output):
            if each.subject in self._subjects:
                found.setdefault((each.subject, each.namespace), []).append(each)
        return found

    def _near(self, namespace: str) -> KeyPath:
        owners = (name for name, tenant in self._profile.tenants.items() if namespace in tenant.namespaces)
        return next((("tenants", owner, "namespaces", namespace) for owner in owners), ())

    def _rule(self, role: str, right: Right) -> KeyPath:
        """The rule of a role of one's own that has a right."""
        rules = enumerate(self._profile.roles[role])
        having = (number for number, rule in rules if any(right.within(each) for each in meant([rule])))
        number = next(having, None)
        return ("roles", role) if number is None else ("roles", role, number)
