"""`cluster.kubernetes`, `cluster.cni`: are they still alive? Asked by `check` alone, which says on which day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from hardener.catalog import distribution, minor
from hardener.catalog.cni import cni
from hardener.catalog.lifecycle import alive, lifetime
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.rules.exceptions import END_OF_LIFE, exemptions, is_accepted
from hardener.source import Source

# Whoever has not begun to upgrade so many days before the end is late.
WARNED_DAYS: Final = 60


def ended(profile: Profile, source: Source, on: date) -> list[Problem]:
    """The version of a sound profile, if it gets no fixes any more on a day and no exception accepts that."""
    return list(_unaccepted(profile, source, _ended(profile, on), on))


def ending(profile: Profile, source: Source, on: date) -> list[Problem]:
    """The version, if its end is near, or if only extended support keeps it alive, and no exception accepts that."""
    return list(_unaccepted(profile, source, _ending(profile, on), on))


def unmaintained(profile: Profile, source: Source) -> list[Problem]:
    """The network plugin of a sound profile, if nobody mends it any more: on no day is that otherwise."""
    name, plugin = profile.cluster.cni, cni(profile.cluster.cni)
    if plugin is None or not plugin.unmaintained:
        return []
    what = f"nobody maintains {name}: {plugin.unmaintained}"
    return [source.problem(("cluster", "cni"), what, help="move to one that lives, such as calico, cilium or antrea")]


def idle(profile: Profile, source: Source, on: date) -> list[Problem]:
    """The exceptions for a version's end that accept nothing on a day, since that end is not near."""
    if _ended(profile, on) or _ending(profile, on):
        return []
    rule, _ = END_OF_LIFE
    return [
        source.problem(
            ("exceptions", index),
            f"this covers nothing: {_title(profile)} is not near its end",
            help="remove it: check warns in time",
            rule="exception.idle",
        )
        for index, exemption in enumerate(profile.exceptions)
        if exemption.rule == rule
    ]


def _ended(profile: Profile, on: date) -> str:
    """That the version gets no fixes any more; empty if it does."""
    life = lifetime(profile.cluster.kubernetes, profile.cluster.distribution)
    return f"{_title(profile)} has had no fixes since {life.end}" if on > life.end else ""


def _ending(profile: Profile, on: date) -> str:
    """That the version will soon get no fixes, or gets them at a price; empty if neither, or if it has ended."""
    life = lifetime(profile.cluster.kubernetes, profile.cluster.distribution)
    left = (life.end - on).days
    outlived = on > life.standard
    if left < 0 or not (outlived or left <= WARNED_DAYS):
        return ""
    what = f"{_title(profile)} gets no fixes after {life.end}, which is {f'in {left} days' if left else 'today'}"
    if outlived:
        what = f"{what}, and its standard support ended on {life.standard}"
    return what


def _unaccepted(profile: Profile, source: Source, what: str, on: date) -> Iterator[Problem]:
    """What is wrong, if anything is, with the way out, unless an exception accepts it."""
    if not what:
        return
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
    return f"{_upgrade(profile, on)}; or accept it: an exception for {rule} at {place}"


def _upgrade(profile: Profile, on: date) -> str:
    """The next minor version, since none can be skipped, and the newest that is out."""
    at, versions = minor(profile.cluster.kubernetes), alive(profile.cluster.distribution, on)
    if not versions or minor(versions[-1]) <= at:
        return "upgrade hardener: it knows none that lives longer"
    newest = versions[-1]
    if minor(newest) == at + 1:
        return f"upgrade to {newest}, the newest"
    return f"upgrade to 1.{at + 1} first, since no minor version can be skipped; the newest is {newest}"
