"""A change of any policy that changes what passes is found; one that changes nothing is not."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.network import network
from hardener.verify.written import read
from tests import strategies
from tests.network_effects import effect
from tests.network_faults import changed, same
from tests.network_rendered import KINDS, manifests_of, namespaces_of
from tests.packets import Cluster, NotJudgedError, Packet
from tests.verifying import rendered

Manifests = list[dict[str, Any]]
Files = dict[str, str]
UNSHRUNK = [Phase.explicit, Phase.reuse, Phase.generate]
REFUSED = "refused"


# A smaller example would take minutes to find, and says no more.
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=UNSHRUNK)
@given(data=strategies.profiles(cnis=("calico", "cilium")), seed=st.integers(0, 1 << 32))
def test_a_change_is_found_if_and_only_if_it_changes_what_passes(data, seed):
    files, profile = rendered(strategies.as_yaml(data))
    found = [tried(files, profile, changed, Random(seed + number)) for number in range(5)]

    for effect_, findings, after in found:
        assert bool(findings) == (effect_ is not None), f"{effect_}: {findings}\n{json.dumps(after)}"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=UNSHRUNK)
@given(data=strategies.profiles(cnis=("calico", "cilium")), seed=st.integers(0, 1 << 32))
def test_what_is_said_in_other_words_is_no_finding(data, seed):
    files, profile = rendered(strategies.as_yaml(data))

    for number in range(5):
        luck = Random(seed + number)
        manifests = manifests_of(files)
        place = luck.randrange(len(manifests))
        manifests[place] = same(manifests[place], luck)
        assert judged(files, manifests, profile) == [], json.dumps(manifests[place])


def tried(files: Files, profile: Profile, how: Any, luck: Random) -> tuple[Packet | str | None, list[Finding], Any]:
    """Change one policy: a packet that passes otherwise than before, what verify says, and the policy."""
    before = manifests_of(files)
    place = luck.randrange(len(before))
    after = [*before]
    after[place] = how(before[place], luck)
    homes = {each["metadata"].get("namespace", "") for each in (before[place], after[place])}
    try:
        passes: Packet | str | None = effect(before, after, namespaces_of(files), profile, homes)
    except (NotJudgedError, TypeError, ValueError, AttributeError, KeyError):
        passes = REFUSED
    return passes, judged(files, after, profile), after[place]


def judged(files: Files, manifests: Manifests, profile: Profile) -> list[Finding]:
    """What verify says of a folder with these policies instead of its own."""
    others = {path: text for path, text in files.items() if not path.endswith("/network.yaml")}
    written, findings = read({**others, "manifests/network.yaml": "\n---\n".join(map(json.dumps, manifests))})
    return [*findings, *network(written, profile)]


def test_most_changes_change_something_and_some_do_not():
    """Else one half of the first test would say nothing."""
    files, profile = rendered("small")
    found = [tried(files, profile, changed, Random(seed)) for seed in range(40)]

    assert all(bool(findings) == (effect_ is not None) for effect_, findings, _ in found)
    assert 15 <= sum(effect_ is not None for effect_, _, _ in found) < 40


def test_a_policy_taken_away_or_added_is_found_by_what_it_does():
    files, profile = rendered("small")
    before = manifests_of(files)

    assert {each["kind"] for each in before} <= set(KINDS)
    for place, each in enumerate(before):
        rest = before[:place] + before[place + 1 :]
        homes = {each["metadata"]["namespace"]}
        gone = effect(before, rest, namespaces_of(files), profile, homes)
        assert bool(judged(files, rest, profile)) == (gone is not None), each["metadata"]
        again = {**each, "metadata": {**each["metadata"], "name": "again"}}
        assert judged(files, [*before, again], profile) == []


def test_a_blind_evaluator_would_be_seen(monkeypatch):
    """The half that says what has an effect: were it blind, findings would stand without any."""
    monkeypatch.setattr(Cluster, "passes", lambda self, packet: True)
    files, profile = rendered("small")
    found = [tried(files, profile, changed, Random(seed)) for seed in range(12)]

    assert not all(bool(findings) == (effect_ is not None) for effect_, findings, _ in found)
