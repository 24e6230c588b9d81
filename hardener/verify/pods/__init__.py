"""Promise 4: a pod that breaks what its zone asks for is refused, and one that keeps it is admitted.

    classes      namespaces that no rule can tell apart; one of each is asked about
    demands      what a zone asks of a pod; `images` is how images are named
    examples     pods to ask about
    expressions  what the expressions of policies speak of, and what PodSecurityPolicies name
    asking       an API server that runs with what is written
    zones        the pods of zones
    system       the pods of the system
    others       Services, Secrets and Namespaces
    hosts        who takes which host names
    rules        what asking cannot show of policies
    understood   whether the pods that are asked about stand for all others
    clauses      what a policy asks, as conditions that each look at one thing; `observed` is at what
    sentences    expressions that are known word by word
    blame        which object should have refused a pod

Nothing is left to luck: the pods differ from a good one in each thing that a promise speaks of, and in each text that a
policy compares with; a policy that could tell apart more than these is a finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.nodes.pools import pools
from hardener.verify.pods.asking import asking
from hardener.verify.pods.hosts import host_findings
from hardener.verify.pods.others import other_findings, rail_findings
from hardener.verify.pods.rules import exemption_findings, rule_findings
from hardener.verify.pods.system import system_findings
from hardener.verify.pods.zones import zone_findings
from hardener.verify.written import Written


def pods(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each thing asked of pods that an API server with this output would not keep."""
    yield from rule_findings(written, profile)
    server = asking(written, profile)
    yield from server.problems
    yield from exemption_findings(server, profile)
    nodes = pools(written)
    for each in server.classes:
        if each.zone is not None:
            yield from zone_findings(server, each, profile, nodes)
        yield from other_findings(server, each, profile)
        yield from host_findings(server, each, profile)
        yield from system_findings(server, each, profile)
    yield from rail_findings(server, server.classes, profile)
