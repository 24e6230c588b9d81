"""`runtime`: what is silenced is silenced somewhere."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.errors import Problem
from hardener.profile import Profile
from hardener.rules.flows import known_namespaces
from hardener.rules.names import nearest
from hardener.source import Source


def quiet_namespaces_exist(profile: Profile, source: Source) -> Iterator[Problem]:
    """A rule is quiet in namespaces of the profile; a misspelt one would leave it loud where nobody expects it."""
    known = known_namespaces(profile) if profile.runtime.quiet else set()
    for rule, namespaces in profile.runtime.quiet.items():
        for index, name in enumerate(namespaces):
            if name not in known:
                what = f"no namespace is called {name!r}"
                path = ("runtime", "quiet", rule, index)
                yield source.problem(path, what, help=nearest(name, sorted(known)), rule="namespace.unknown")
