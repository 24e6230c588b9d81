"""The pools are as the profile says, and no kubelet can make of its node one of another pool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog import distribution
from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.flags import API_SERVER, flag
from hardener.verify.nodes.pools import KUBELET, LABELS, Pool, Taint, file_of
from hardener.verify.written import Written

SHARED: Final = "shared"
CONTROL_PLANE: Final = "control-plane"
# What these labels do is seen by placing pods.
_OF_PLACEMENT: Final = "node-restriction.kubernetes.io"
_KEEPING_OFF: Final = ("NoSchedule", "NoExecute")


def hosts(written: Written, profile: Profile, pools: tuple[Pool, ...]) -> Iterator[Finding]:
    """A finding for each pool whose nodes are other ones than the profile says."""
    ours = by_administrator(profile)
    known = {pool.name: pool for pool in pools}
    wanted = {*profile.pools, SHARED, *([CONTROL_PLANE] if ours else [])}
    for name in sorted(wanted - known.keys()):
        message = f"the pool {name} has no files: nobody labels its nodes, nor keeps pods off them"
        yield _finding(name, LABELS, message, _at(profile, name))
    for name in sorted(known.keys() - wanted):
        yield _finding(name, LABELS, f"the profile knows no pool {name}")
    for name in sorted(wanted & known.keys()):
        yield from _labels(known[name], profile)
        yield from _taints(known[name], profile)
    if ours:
        yield from _restriction(written)


def by_administrator(profile: Profile) -> bool:
    """Are the control plane and its plugins the administrator's to set up, and not a provider's?"""
    return distribution(profile.cluster.distribution).control_plane == "administrator"


def _labels(pool: Pool, profile: Profile) -> Iterator[Finding]:
    asked = profile.pools[pool.name].labels if pool.name in profile.pools else {}
    for key, value in asked.items():
        if pool.labels.get(key) != value:
            message = f"a node of pool {pool.name} lacks the label {key}={value}"
            yield _finding(pool.name, LABELS, message, ("pools", pool.name, "labels", key))
    for key, value in sorted(pool.labels.items()):
        if key not in asked and not key.partition("/")[0].endswith(_OF_PLACEMENT):
            message = f"a node of pool {pool.name} comes with the label {key}={value}, which nobody asks for"
            yield _finding(pool.name, LABELS, message, _at(profile, pool.name))


def _taints(pool: Pool, profile: Profile) -> Iterator[Finding]:
    """Exactly those of the profile; where it is silent of a pool that zones own, whichever keep others off."""
    at = _at(profile, pool.name)
    asked = profile.pools[pool.name].taints if pool.name in profile.pools else ()
    if pool.name == CONTROL_PLANE:
        if not any(taint.effect in _KEEPING_OFF for taint in pool.taints):
            yield _finding(pool.name, KUBELET, "nothing keeps pods off the nodes of the control plane")
    elif asked is None:
        owners = [name for name, zone in profile.zones.items() if pool.name in zone.pools]
        if owners and not any(taint.effect in _KEEPING_OFF for taint in pool.taints):
            message = f"nothing keeps other pods off the nodes of pool {pool.name}, which are for zone {owners[0]}"
            yield _finding(pool.name, KUBELET, message, at)
        if not owners and pool.taints:
            message = f"a node of pool {pool.name} comes with {pool.taints[0]}, which nobody asks for"
            yield _finding(pool.name, KUBELET, message, at)
    else:
        wanted = {Taint(taint.key, taint.value, taint.effect) for taint in asked}
        for taint in sorted(wanted ^ set(pool.taints)):
            what = "does not come with" if taint in wanted else "comes with a taint that the profile does not know:"
            yield _finding(pool.name, KUBELET, f"a node of pool {pool.name} {what} {taint}", at)


def _restriction(written: Written) -> Iterator[Finding]:
    """What keeps a kubelet from the labels of node-restriction.kubernetes.io, and from its taints."""
    plugin = "NodeRestriction"
    on, off = (flag(written, API_SERVER, f"{which}-admission-plugins") for which in ("enable", "disable"))
    if on is None or plugin not in on.values or (off is not None and plugin in off.values):
        line = on.line if on else 0
        message = f"the API server runs without {plugin}: a kubelet may give its node the labels of any zone"
        yield Finding(word="nodes", file=API_SERVER, line=line, message=message)


def _at(profile: Profile, pool: str) -> KeyPath:
    return ("pools", pool) if pool in profile.pools else ()


def _finding(pool: str, file: str, message: str, at: KeyPath = ()) -> Finding:
    return Finding(word="nodes", file=file_of(pool, file), message=message, at=at)
