"""What passes on one side alone is said, and nothing else: judged packet by packet by tests/packets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardener.catalog.measures import measures
from hardener.compare import Arrow
from hardener.compare.network import both as numbering
from hardener.compare.network import halves, moves, network
from hardener.compare.network.ends import Ends
from hardener.compare.sides import Sides
from hardener.source import parse
from hardener.verify.network.atoms import PortAtoms
from tests import rendering, strategies
from tests.comparing import as_folders, lines, of_files, side, sides
from tests.network_differing import CASES, Case
from tests.network_moved import PROFILES, folder, of_profiles, pair, unfounded
from tests.test_verify_network_packets import EXACT, UNSHRUNK

WORLDS = 40


class Judged(NamedTuple):
    """A world: what is told of it, whether a packet shows more, and whether no packet shows some of it."""

    told: set[str]
    missed: bool
    unfounded: bool


def judged(worlds: int) -> Iterator[Judged]:
    for seed in range(worlds):
        luck = Random(seed)
        each = pair(luck, cilium=seed % 2 == 1)
        told = {change.direction for change in network(each.sides)}
        yield Judged(told, not each.shown(luck, 60) <= told, any(True for _ in unfounded(each, luck, 5)))


def test_a_change_is_told_exactly_if_a_packet_shows_it():
    found = list(judged(WORLDS))

    assert not any(each.missed or each.unfounded for each in found)
    assert sum(bool(each.told) for each in found) >= WORLDS / 2
    assert sum(not each.told for each in found) >= WORLDS / 8


def _without_filters_and_denials(self: halves.State, cell: int) -> halves.Open:
    return _AT(halves.State(self.closed, self.opened, (), self.ports, self.judged), cell)


def _moves_but(direction: str) -> Callable[..., object]:
    return lambda here, there, way, *more: () if way == direction else _MOVES(here, there, way, *more)


_AT, _SPREAD, _MOVES, _GAPS = halves.State.at, Ends.spread, moves._moves, moves.gaps

BREAKS: dict[str, tuple[object, str, object]] = {
    "nobody asks the other end": (halves.State, "passing", lambda self, peers: self.ports),
    "what is forbidden is overlooked": (halves.State, "at", _without_filters_and_denials),
    "who calls is not looked at": (moves, "_moves", _moves_but("egress")),
    "who is called is not looked at": (moves, "_moves", _moves_but("ingress")),
    "a name of a port is any number": (numbering, "PortAtoms", lambda ports, called: PortAtoms(ports)),
    "no range of addresses means pods": (Ends, "_cut", lambda self, networks: (None,)),
    "to Cilium a pod is its address": (
        Ends,
        "spread",
        lambda self, bits, by_identity: _SPREAD(self, bits, by_identity=False),
    ),
    "what differs is told the other way round": (moves, "gaps", lambda old, new: _GAPS(new, old)),
    "a name leads nowhere else": (numbering.Universe, "named", lambda self, pattern: 0),
}


def told(case: Case) -> str:
    profile = PROFILES[case.cni]
    return lines(tuple(network(Sides(folder(case.old, profile), folder(case.new, profile)))))


@pytest.mark.parametrize("name", CASES)
def test_what_people_write_by_hand_is_told_as_it_is(name):
    assert told(CASES[name]) == CASES[name].told


@pytest.mark.parametrize("name", CASES)
def test_the_way_back_is_told_the_other_way_round(name):
    case = CASES[name]
    back = {
        line.partition(" ")[0] for line in told(Case(case.cni, case.new, case.old, "")).splitlines() if line[0] != " "
    }
    other = {"weaker": "stronger", "stronger": "weaker"}
    assert back == {other[word] for word in other if f"{word} " in case.told} or "decided" in case.told


@pytest.mark.parametrize("name", BREAKS)
def test_a_mistake_would_be_seen(name, monkeypatch):
    where, what, wrong = BREAKS[name]
    monkeypatch.setattr(where, what, wrong)

    assert any(told(case) != case.told for case in CASES.values())


@pytest.mark.parametrize("name", ["nobody asks the other end", "what is forbidden is overlooked"])
def test_a_mistake_would_be_seen_among_packets(name, monkeypatch):
    where, what, wrong = BREAKS[name]
    monkeypatch.setattr(where, what, wrong)

    assert any(each.missed or each.unfounded for each in judged(WORLDS))


def another(data: dict[str, Any], luck: Random) -> dict[str, Any]:
    """The same profile with other flows, another isolation, or one namespace more."""
    found = {key: value for key, value in data.items() if key != "exceptions"}
    flows = [dict(flow) for flow in found.get("flows", ())]
    luck.shuffle(flows)
    kind = luck.randrange(5)
    if kind == 0 and flows:
        flows.pop()
    elif kind == 1 and flows:
        flows[0]["ports"] = [*flows[0]["ports"], luck.randint(1, 65535)]
    elif kind == 2:
        zone = luck.choice(list(found["zones"]))
        within = luck.choice(["pod", "namespace", "tenant"])
        found["zones"] = {**found["zones"], zone: {**found["zones"][zone], "isolation": within}}
    elif kind == 3:
        tenant, zone = luck.choice(list(found["tenants"])), luck.choice(list(found["zones"]))
        spaces = {**found["tenants"][tenant]["namespaces"], "one-more": {"zone": zone}}
        found["tenants"] = {**found["tenants"], tenant: {**found["tenants"][tenant], "namespaces": spaces}}
    return strategies.accepted({**found, "flows": flows})


# A smaller example would take minutes to find, and says no more.
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=UNSHRUNK)
@given(data=strategies.profiles(cnis=EXACT), seed=st.integers(0, 1 << 32))
def test_of_any_two_profiles_a_change_is_told_exactly_if_a_packet_shows_it(data, seed):
    luck = Random(seed)
    texts = [strategies.as_yaml(each) for each in (data, another(data, luck))]
    luck.shuffle(texts)
    both = Sides(*(side(parse(text, "profile.yaml")) for text in texts))
    each, told = of_profiles(both, luck), {change.direction for change in network(both)} - {"neither"}

    assert each.shown(luck, 60) <= told
    assert list(unfounded(each, luck, 6)) == []
    assert [change.message for change in network(as_folders(both))] == [change.message for change in network(both)]


def without_names(data: dict[str, Any]) -> dict[str, Any]:
    """The same profile for a cluster without Cilium, which alone knows names outside."""
    flows = [flow for flow in data.get("flows", ()) if "fqdn" not in flow["to"]]
    found = {key: value for key, value in data.items() if key != "exceptions"}
    return strategies.accepted({**found, "cluster": {**data["cluster"], "cni": "calico"}, "flows": flows})


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=UNSHRUNK)
@given(data=strategies.profiles(cnis=("cilium",)), seed=st.integers(0, 1 << 32))
def test_with_another_plugin_a_change_is_told_exactly_if_a_packet_shows_it(data, seed):
    luck = Random(seed)
    texts = [strategies.as_yaml(each) for each in (data, without_names(another(data, luck)))]
    luck.shuffle(texts)
    both = Sides(*(side(parse(text, "profile.yaml")) for text in texts))
    each, told = of_profiles(both, luck), {change.direction for change in network(both)} - {"neither"}

    assert each.shown(luck, 60) <= told
    assert list(unfounded(each, luck, 6)) == []


def pair_of(name: str) -> Sides:
    folder_ = Path(__file__).parent / "pairs"
    old = folder_ / f"network-{name}.old.yaml"
    return of_files(old if old.exists() else folder_ / "plain.yaml", folder_ / f"network-{name}.yaml")


PLACES = {
    "flow-added": ("new", ("flows", 1), "NetworkPolicy web/flows-all"),
    "flow-removed": ("old", ("flows", 1), "NetworkPolicy api/flows-all"),
    "isolation": ("new", ("zones", "apps", "isolation"), "NetworkPolicy api/allow-namespace"),
    "without-dns": ("old", ("zones", "apps", "dns"), "NetworkPolicy api/allow-dns"),
    "namespaces-come": ("new", ("tenants", "pay", "namespaces", "ledger"), "NetworkPolicy ledger/allow-dns"),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_change_names_the_line_that_decides(name):
    both, (which, at, object) = pair_of(name), PLACES[name]
    places = [getattr(change, which) for change in network(both)]
    (place,) = [place for place in places if place and place.at == at]
    files = both.new.files if which == "new" else both.old.files

    assert place.object == object
    assert any(word in files[place.file].splitlines()[place.line - 1] for word in ("from", "to"))


def test_a_flow_with_other_ports_names_the_lines_of_both_sides():
    (change,) = network(pair_of("ports-widened"))
    assert change.old
    assert change.new
    assert (change.old.at, change.new.at) == (("flows", 0), ("flows", 0))


@pytest.mark.parametrize("name", ["flow-added", "isolation", "cidr-widened", "internet", "namespace-goes"])
def test_a_change_touches_measures_of_the_catalogue(name):
    found = {measure for change in network(pair_of(name)) for measure in change.measures}
    assert found == {"network.declared-flows"}
    assert found <= measures().keys()


def test_what_nobody_closes_touches_the_default():
    case = CASES["nothing is closed any more"]
    (change,) = network(Sides(*(folder(each, PROFILES[case.cni]) for each in (case.old, case.new))))
    assert change.measures == ("network.default-deny", "network.declared-flows")


def test_a_picture_shows_who_reaches_whom():
    (change,) = network(pair_of("flow-added"))
    assert change.arrow == Arrow(source="web", target="payments/app=gateway", ports="9443/TCP and 53/UDP")


MANY = "zones: {apps: {trust: 50}}\ntenants:\n  t:\n    namespaces:\n" + "".join(
    f"      n{number}: {{zone: apps}}\n" for number in range(40)
)
NEXT = "".join(f"  - {{from: {{namespace: n{n}}}, to: {{namespace: n{n + 1}}}, ports: [80]}}\n" for n in range(39))


def test_only_what_differs_is_read():
    both = sides(rendering.written(f"{MANY}flows:\n{NEXT}"), rendering.written(f"{MANY}flows:\n{NEXT[:-5]}81]}}\n"))
    assert len(list(network(both))) == 2
    assert {path.split("/")[2] for path, _ in both._read} <= {"n38", "n39"}


def test_equal_sides_are_not_read_at_all():
    text = rendering.written(f"{MANY}flows:\n{NEXT}")
    both = sides(text, text)
    assert list(network(both)) == []
    assert both._read == {}


def test_whom_a_policy_names_is_read_as_well():
    more = "  - {from: {namespace: n0}, to: {zone: apps}, ports: [81]}\n"
    text = rendering.written(f"{MANY}flows:\n{NEXT}{more}")
    both = sides(text, text.replace("zone: apps}\nflows", "zone: apps}\n      one-more: {zone: apps}\nflows"))
    (change,) = network(both)
    assert change.message == "pods of n0 reach pods of one-more on 81/TCP"
    assert change.details == ("pods of one-more may ask for names (DNS)",)
    assert {path.split("/")[2] for path, _ in both._read} == {"n0", "one-more", "kube-system"}
