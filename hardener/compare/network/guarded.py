"""What no policy of a namespace can open, whatever it says. It comes and goes, and no packet passes otherwise."""

from __future__ import annotations

from hardener.compare import Change, Place
from hardener.compare.network.both import Both
from hardener.profile import Profile
from hardener.verify.network.enforcement import FILE
from hardener.verify.network.guard import Guard
from hardener.verify.network.model import Network
from hardener.verify.network.sides import Sides
from hardener.verify.network.terms import Terms
from hardener.verify.network.universe import Universe

_AT = ("cluster", "guard")
_WHAT = "pass between namespaces of the profile and others, and to the cloud's metadata"


def guarded(both: Both) -> Change | None:
    """The change that a guard is, or the lack of one."""
    views = both.universe.seen_by(both.reading.old), both.universe
    networks = both.reading.old, both.reading.new
    before, after = (
        _holds(both, network, profile, view)
        for network, profile, view in zip(networks, both.profiles, views, strict=True)
    )
    if before == after:
        return None
    lost = f"policies of namespaces alone decide what may {_WHAT}"
    return Change(
        direction="stronger" if after else "weaker",
        word="network",
        message=f"no policy of a namespace can let anything {_WHAT}" if after else lost,
        old=Place(file=FILE, at=_AT) if before else None,
        new=Place(file=FILE, at=_AT) if after else None,
        measures=("network.default-deny",),
    )


def _holds(both: Both, network: Network, profile: Profile, view: Universe) -> bool:
    """Does a side have a guard? None has one without a policy of the whole cluster that forbids something."""
    if not any(rule.deny for policy in network.of_namespace.get("", ()) for rule in policy.rules):
        return False
    terms = Terms(profile, on_cilium=network.plugin.names)
    guard = Guard(terms, view, both.ports, Sides(network, view, both.ports))
    return next(guard.lacking(), None) is None
