"""Who holds what on one side, and what of it the other side has not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from hardener.catalog import bootstrap
from hardener.verify.access.rbac import Bound, Grants, Holdings, Role, Rule, Subject
from hardener.verify.access.reading import GROUP
from hardener.verify.access.rights import Right, Rights
from hardener.verify.access.subjects import ACCOUNTS, group

# In the place of the names of all roles of an output: whoever delivers it writes and binds these, however they are
# called and however many there are. No object can have a name with a slash.
OUTPUT: Final = "roles/of/the/output"
# To use a policy of the output says how the pods of a namespace are judged, which `pods` compares.
_POLICY: Final = "hardener-"
_NODES: Final = "system:nodes"


class Unnamed(Right, frozen=True, kw_only=True):
    """A right to all objects but for some names, for which the other side has it too."""

    but: tuple[str, ...]


class Gain(Struct, frozen=True, eq=False):
    """What a subject holds on one side and not on the other: where, by which of its roles, and what that is."""

    subject: Subject
    namespace: str
    bound: Bound
    rights: tuple[Right, ...]


class Held:
    """Who holds what on one side."""

    def __init__(self, grants: Grants, roles: Iterable[str], *, own: bool) -> None:
        """`roles` are the names of all ClusterRoles of the output; `own`: may Kubernetes' own grants differ?"""
        self.grants = grants
        self.output = frozenset(roles)
        self._compares_own = own

    @cached_property
    def subjects(self) -> tuple[Subject, ...]:
        """Everybody who may hold something that the other side does not grant."""
        return tuple(dict.fromkeys((*self._written, *(self._own if self._compares_own else ()))))

    def spaces(self, subject: Subject) -> tuple[str, ...]:
        """Where a subject may hold such a thing; "" is everywhere."""
        own = self._own.get(subject, {}) if self._compares_own else {}
        return tuple(dict.fromkeys((*self._written.get(subject, {}), *own)))

    def at(self, subject: Subject, space: str) -> Iterator[Bound]:
        """What a subject holds itself, in a namespace alone or everywhere."""
        for held in (self._written, self._own):
            yield from held.get(subject, {}).get(space, ())

    @cached_property
    def _written(self) -> Holdings:
        return _by_subject(each for each in self.grants.bound if not judges_pods(each))

    @cached_property
    def _own(self) -> Holdings:
        """What Kubernetes grants; what controllers hold, which takes a while to read, only if somebody asks."""
        controllers = any(each.namespace == bootstrap.CONTROLLERS_IN for each in self._written)
        all_of_it = self._compares_own or controllers
        return _by_subject(self.grants.built_in if all_of_it else self.grants.built_in_for_others)


class Meanings:
    """What roles of either side mean, worked out once for all that have the same rules."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._numbers: dict[frozenset[Rule], int] = {}
        self._of: dict[tuple[Role, bool], int] = {}
        self._rules: list[frozenset[Rule]] = []
        self._rights: dict[tuple[int, bool], Rights] = {}
        self._beyond: dict[tuple[int, frozenset[int], bool], tuple[Right, ...]] = {}

    def of(self, role: Role, output: frozenset[str]) -> int:
        """The number of a role's meaning, on the side that has these roles."""
        return self._number(role, output, named=False)

    def held(self, bounds: Iterable[Bound], output: frozenset[str]) -> Iterator[int]:
        """The numbers of what somebody holds who holds these: who may do it to all roles may do it to each by name."""
        for bound in bounds:
            yield self._number(bound.role, output, named=False)
            yield self._number(bound.role, output, named=True)

    def _number(self, role: Role, output: frozenset[str], *, named: bool) -> int:
        if (role, named) not in self._of:
            rules = frozenset(_meaning(rule, output, named=named) for rule in role.rules)
            number = self._numbers.setdefault(rules, len(self._rules))
            if number == len(self._rules):
                self._rules.append(rules)
            self._of[role, named] = number
        return self._of[role, named]

    def beyond(self, one: int, others: frozenset[int], *, paths: bool) -> tuple[Right, ...]:
        """What one of them allows and none of the others does."""
        if one in others:
            return ()
        key = one, others, paths
        if key not in self._beyond:
            against = [self.rights(each, paths) for each in others]
            self._beyond[key] = tuple(_beside(right, against) for right in self.rights(one, paths).beyond(against))
        return self._beyond[key]

    def rights(self, one: int, paths: bool = True) -> Rights:
        """What one of them allows."""
        if (one, paths) not in self._rights:
            self._rights[one, paths] = Rights(self._rules[one], paths)
        return self._rights[one, paths]

    def size(self, one: int) -> int:
        """How much one of them allows."""
        return sum(len(each.verbs) for each in self.rights(one))


def gains(here: Held, there: Held, meanings: Meanings) -> Iterator[Gain]:
    """What subjects hold here and do not hold there; what one gains by its groups or everywhere is said there alone."""
    for subject in here.subjects:
        for space in here.spaces(subject):
            yield from _gains(subject, space, here, there, meanings)


def _gains(subject: Subject, space: str, here: Held, there: Held, meanings: Meanings) -> Iterator[Gain]:
    ours: dict[int, Bound] = {}
    for each in here.at(subject, space):
        ours.setdefault(meanings.of(each.role, here.output), each)
    known = {*meanings.held(there.at(subject, space), there.output)}
    if ours.keys() <= known:
        return
    groups = tuple(map(group, subject.groups()))
    above = [(subject, "")] if space else []
    above += [(one, at) for one in groups for at in {space, ""}]
    for one, at in above:
        known.update(meanings.held(here.at(one, at), here.output))
        known.update(meanings.held(there.at(one, at), there.output))
    for number in sorted(ours, key=meanings.size, reverse=True):
        # What is held everywhere may be about paths; a role that is bound in a namespace grants none of its own.
        if rights := meanings.beyond(number, frozenset(known), paths=not space):
            yield Gain(subject, space, ours[number], rights)
        known.add(number)


def _beside(right: Right, others: Iterable[Rights]) -> Right:
    """The right, and for which names somebody has it who does not have it for all."""
    if right.path or right.name is not None:
        return right
    verbs: dict[str, set[str]] = {}
    for each in (each for rights in others for each in rights):
        if each.name not in (None, OUTPUT) and (each.group, each.resource) == (right.group, right.resource):
            verbs.setdefault(each.name, set()).update(each.verbs)
    names = tuple(sorted(name for name, held in verbs.items() if right.verbs <= held))
    if not names:
        return right
    return Unnamed(verbs=right.verbs, group=right.group, resource=right.resource, but=names)


def _by_subject(bounds: Iterable[Bound]) -> Holdings:
    held: Holdings = {}
    for each in bounds:
        held.setdefault(each.subject, {}).setdefault(each.namespace, []).append(each)
    return held


def _meaning(rule: Rule, output: frozenset[str], *, named: bool) -> Rule:
    """The rule; where it names just the roles of the output, as what they are on either side, or by their names too."""
    if not rule.names or rule.names != output or GROUP not in rule.groups:
        return rule
    return replace(rule, names=frozenset((OUTPUT, *(rule.names if named else ()))))


def judges_pods(bound: Bound) -> bool:
    """Is it no right of anybody's, but which of the output's policies judges a namespace's pods?"""
    pods = f"{ACCOUNTS}:{bound.namespace}"
    return bound.subject.name in (pods, _NODES) and all(
        rule.verbs == {"use"}
        and rule.resources == {"podsecuritypolicies"}
        and rule.names
        and all(name.startswith(_POLICY) for name in rule.names)
        for rule in bound.role.rules
    )
