"""`runtime`: what is silenced is a rule, and silenced somewhere."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.catalog.falco import falco, where
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.rules.flows import known_namespaces
from hardener.rules.names import nearest
from hardener.source import Source


def quiet_rules_exist(profile: Profile, source: Source) -> Iterator[Problem]:
    """Only a rule of ours is quieted, by its name, and one about a namespace; what is misspelt would stay loud."""
    known = falco().rules
    for rule in profile.runtime.quiet:
        path = ("runtime", "quiet", rule)
        if rule not in known:
            what, help = f"no rule is called {rule!r}", f"they are {', '.join(known)}"
            yield source.problem(path, what, help=help, rule="runtime.rule", at_key=True)
        elif not where(rule):
            what = f"{rule} is about what lies in no namespace"
            yield source.problem(path, what, help="leave it out", rule="runtime.rule", at_key=True)


def quiet_namespaces_exist(profile: Profile, source: Source) -> Iterator[Problem]:
    """A rule is quiet in namespaces of the profile; a misspelt one would leave it loud where nobody expects it."""
    known = known_namespaces(profile) if profile.runtime.quiet else set()
    for rule, namespaces in profile.runtime.quiet.items():
        for index, name in enumerate(namespaces):
            if name not in known:
                what = f"no namespace is called {name!r}"
                path = ("runtime", "quiet", rule, index)
                yield source.problem(path, what, help=nearest(name, sorted(known)), rule="namespace.unknown")
