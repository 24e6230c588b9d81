"""Words of a policy that decide nothing, because earlier rules have decided already."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hardener.verify.audit.kinds import kinds, lowest
from hardener.verify.audit.policy import Policy, Rule
from hardener.verify.audit.sets import Requests, Resources

_FIELDS = ("users", "user_groups", "verbs", "namespaces", "non_resource_urls")


def dead_words(policy: Policy) -> Iterator[tuple[int, str]]:
    """Each word of a rule that could be left out, and each rule that could: somebody meant something by it.

    With the number of the rule, from 0.

    A word decides if its rule, with that word alone in its place, is the first to hold for some request.
    """
    words = [(number, *word) for number, rule in enumerate(policy.rules) for word in _words(rule)]
    # All that holds beside a rule where it decides, by the number of the rule.
    beside: dict[int, int] = {}
    for holding in kinds([*policy.rules, *(alone for _, _, alone in words)]):
        number = lowest(holding)
        beside[number] = beside.get(number, 0) | holding
    for number in range(len(policy.rules)):
        if number not in beside:
            yield number, f"rule {number + 1} decides nothing: earlier rules hold for all that it names"
    for place, (number, word, _) in enumerate(words, len(policy.rules)):
        if number in beside and not beside[number] >> place & 1:
            yield number, f"{word} in rule {number + 1} decides nothing: earlier rules hold for all of it"


def _words(rule: Rule) -> Iterator[tuple[str, Requests]]:
    """Each word of a rule, and the rule with that word alone."""
    for field in _FIELDS:
        for word in getattr(rule, field):
            yield word, replace(rule, **{field: (word,)})
    for entry in rule.resources:
        for word in entry.resources:
            alone = Resources(group=entry.group, resources=(word,), resource_names=entry.resource_names)
            yield f"{word}{'.' if entry.group else ''}{entry.group}", replace(rule, resources=(alone,))
        if not entry.resources:
            yield f"the group {entry.group}", replace(rule, resources=(entry,))
