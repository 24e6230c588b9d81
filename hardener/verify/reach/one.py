"""Does one connection begin, and by what? The rules of both ends, and what the profile says."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hardener.profile import Profile
from hardener.verify.answer import Answer, Reason
from hardener.verify.network.ends import Address, End, Passes, PodEnd, Side
from hardener.verify.network.entities import REMOTE, entities_of
from hardener.verify.network.model import Network
from hardener.verify.network.policies import EGRESS, Span
from hardener.verify.objects import Object
from hardener.verify.reach import wording
from hardener.verify.reach.notes import notes
from hardener.verify.reach.world import World
from hardener.verify.written import Written


def reaches(written: Written, profile: Profile, source: End, target: End, port: int, protocol: str) -> Answer:
    """Whether a connection from one end to a port of the other begins."""
    network = Network.read(written, profile.cluster)
    passes = network.passes(source, target, port, protocol)
    question = f"does {wording.named(source)} reach {wording.named(target)} on {port}/{protocol}?"
    reasons = [
        *_side(passes.egress, source, passes.yes),
        *_side(passes.ingress, target, passes.yes),
        *_profile(network, profile, passes, source, target, port, protocol),
        *_notes(network, profile, source, target, passes, port, protocol),
    ]
    return Answer(yes=passes.yes, question=question, reasons=tuple(reasons))


def _side(side: Side, end: End, yes: bool) -> Iterator[Reason]:
    """What the policies of one end say; of what passes the other end's, too, if it is this one that stops it."""
    if not isinstance(end, PodEnd) or (side.open and not yes):
        return
    way = f"the way {'out of' if side.direction == EGRESS else 'into'} {end.namespace}"
    if side.denied_by:
        for rule in side.denied_by:
            yield _at(f"{way} is forbidden by a rule", rule.object, rule.line)
    elif not side.isolated_by:
        yield Reason(message=f"{way} is closed by no policy")
    elif side.by:
        for rule in side.by:
            yield _at(f"{way} is opened by a rule", rule.object, rule.line)
    else:
        first, *others = side.isolated_by
        yield _at(f"{way} is closed by a policy, and no rule opens it for this", first, first.line)
        if others:
            named = wording.some([each.name for each in others])
            yield Reason(message=f"{way} is closed by {len(others)} more: {named}")


def _at(message: str, object: Object, line: int) -> Reason:
    return Reason(message=message, file=object.file, line=line, object=str(object))


def _profile(
    network: Network, profile: Profile, passes: Passes, source: End, target: End, port: int, protocol: str
) -> Iterator[Reason]:
    world = World(network, profile, source, target, ports=(Span(protocol, port, port),))
    ends = [each.namespace for each in (source, target) if isinstance(each, PodEnd)]
    if not any(name in world.owners for name in ends):
        yield Reason(message="the profile promises nothing of this: it knows neither end")
        return
    places = world.places(source, target, port, protocol)
    if not places:
        kept = "" if not passes.yes else ": these files open more than it promises"
        yield Reason(message=f"no flow, no isolation and no DNS of the profile says so{kept}")
    for place in places:
        kept = "" if passes.yes else ", and these files do not keep it"
        yield Reason(message=f"the profile says so{kept}", at=place)


def _notes(
    network: Network, profile: Profile, source: End, target: End, passes: Passes, port: int, protocol: str
) -> Iterator[Reason]:
    """What else is to be known of the answer."""
    yield from notes(network, profile, source, target)
    if isinstance(source, Address) and REMOTE in entities_of(network.cluster, source.ip):
        yield Reason(message="a node always reaches the pods that run on it, whatever policies say")
    names = sorted(
        {span.name for policy in network.policies for rule in policy.rules for span in rule.ports if span.name}
    )
    for name in names if isinstance(target, PodEnd) and not passes.yes else ():
        if network.passes(source, replace(target, named_ports={name: (port, protocol)}), port, protocol).yes:
            yield Reason(message=f"it would pass if the pod's containers called that port {name}")
