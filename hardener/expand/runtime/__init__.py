"""What Falco looks for: the rules of the catalogue, over lists of what the profile lets happen.

lists         the namespaces, addresses and people that rules are told of
destinations  which calls flows declare, as Falco sees them
ranges        ranges of addresses as Falco reads them
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.catalog import distribution
from hardener.catalog.falco import AUDIT, SYSCALL, falco, where
from hardener.expand.runtime.destinations import declared
from hardener.expand.runtime.lists import NETWORKS, audit_lists, syscall_lists, unnamed
from hardener.plan.gap import Gap
from hardener.plan.runtime import List, Macro, Plugin, Rule, Rules, Runtime
from hardener.profile import Profile

_PATHS: Final = {SYSCALL: "runtime/falco-rules.yaml", AUDIT: "runtime/falco-audit-rules.yaml"}
_CALLS: Final = "network.undeclared"


def runtime(profile: Profile) -> Runtime | None:
    """The rules, a file for each source of events; None unless Falco is asked for.

    Where somebody else runs the API server, nobody knows what its audit log holds: there are no rules about it.
    """
    if not profile.runtime.falco:
        return None
    files = [_rules(SYSCALL, profile, syscall_lists(profile))]
    if distribution(profile.cluster.distribution).installer:
        files.append(_rules(AUDIT, profile, audit_lists(profile)))
    return Runtime(files=tuple(files))


def gaps(profile: Profile) -> Iterator[Gap]:
    """What is not looked for, and who must act."""
    if not profile.runtime.falco:
        return
    if not distribution(profile.cluster.distribution).installer:
        what = "Falco is told nothing of the audit log: what is recorded there, and how one gets it, is the provider's"
        yield Gap(path="runtime.falco", what=what, who="administrator")
    for kind, name in unnamed(profile):
        what = f"no list of Falco's can hold this name, so what {name} delivers raises alerts about guard rails"
        yield Gap(path=f"cluster.delivery.{kind}", what=what, who="administrator")
    networks = profile.cluster.networks
    if not (networks.pods and networks.services):
        what = "where pods and services are is not known: any private address counts as both, and Falco is told so"
        yield Gap(path="cluster.networks", what=what, who="administrator")


def _rules(source: str, profile: Profile, lists: tuple[List, ...]) -> Rules:
    """The file about one source. Falco warns of a list that nothing asks, so there is none."""
    facts = falco()
    rules = tuple(_rule(name, profile) for name, each in facts.rules.items() if each.source == source)
    called = {call.networks for rule in rules for call in rule.declared}
    fixed = (List(name=name, items=each.items) for name, each in facts.lists.items() if each.source == source)
    return Rules(
        path=_PATHS[source],
        engine=facts.engine,
        source=source,
        plugins=tuple(Plugin(each.name, each.version) for each in facts.sources[source].plugins),
        lists=tuple(
            sorted(
                (each for each in (*fixed, *lists) if each.name not in NETWORKS or each.name in called),
                key=lambda each: each.name,
            )
        ),
        macros=tuple(
            Macro(name=name, condition=each.condition) for name, each in facts.macros.items() if each.source == source
        ),
        rules=rules,
    )


def _rule(name: str, profile: Profile) -> Rule:
    facts = falco().rules[name]
    return Rule(
        name=name,
        why=facts.why,
        condition=facts.condition,
        output=f"{facts.says} ({falco().sources[facts.source].names})",
        priority=facts.priority,
        source=facts.source,
        where=where(name),
        quiet=tuple(sorted(set(profile.runtime.quiet.get(name, ())))),
        declared=declared(profile) if name == _CALLS else (),
    )
