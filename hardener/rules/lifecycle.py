"""`cluster.kubernetes`: is the version still alive? Asked by `check` alone, which says on which day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from hardener.catalog import distribution, minor
from hardener.catalog.lifecycle import alive, lifetime
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.wording import choice
from hardener.rules.exceptions import END_OF_LIFE, exemptions, is_accepted
from hardener.source import Source

# Whoever has not begun to upgrade so many days before the end is late.
WARNED_DAYS: Final = 60


def ended(profile: Profile, source: Source, on: date) -> list[Problem]:
    """The version of a sound profile, if it gets no fixes any more on a day and no exception accepts that."""
    cluster = profile.cluster
    life = lifetime(cluster.kubernetes, cluster.distribution)
    if on <= life.end:
        return []
    return list(_unaccepted(profile, source, f"{_title(profile)} has had no fixes since {life.end}", on))


def ending(profile: Profile, source: Source, on: date) -> list[Problem]:
    """The version, if its end is near, or if only extended support keeps it alive, and no exception accepts that."""
    cluster = profile.cluster
    life = lifetime(cluster.kubernetes, cluster.distribution)
    left = (life.end - on).days
    outlived = on > life.standard
    if left < 0 or not (outlived or left <= WARNED_DAYS):
        return []
    what = f"{_title(profile)} gets no fixes after {life.end}, which is {f'in {left} days' if left else 'today'}"
    if outlived:
        what = f"{what}, and its standard support ended on {life.standard}"
    return list(_unaccepted(profile, source, what, on))


def _unaccepted(profile: Profile, source: Source, what: str, on: date) -> Iterator[Problem]:
    """What is wrong, with the versions that would do, unless an exception accepts it."""
    rule, place = END_OF_LIFE
    problem = source.problem(tuple(place.split(".")), what, help=_way_out(profile, on), rule=rule)
    if not is_accepted(problem, exemptions(source)):
        yield problem


def _title(profile: Profile) -> str:
    cluster = profile.cluster
    by = lifetime(cluster.kubernetes, cluster.distribution).by
    return f"Kubernetes {cluster.kubernetes}" + (f" on {distribution(by).title}" if by == cluster.distribution else "")


def _way_out(profile: Profile, on: date) -> str:
    rule, place = END_OF_LIFE
    cluster = profile.cluster
    newer = [version for version in alive(cluster.distribution, on) if minor(version) > minor(cluster.kubernetes)]
    upgrade = f"upgrade to {choice(newer)}" if newer else "upgrade hardener: it knows none that lives longer"
    return f"{upgrade}; or accept it: an exception for {rule} at {place}"
