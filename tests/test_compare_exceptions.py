"""Risk that somebody accepts, on one side or for longer."""

from __future__ import annotations

from hardener.compare.exceptions import RISKS, exceptions
from hardener.rules.exceptions import WEAK
from tests.comparing import of_files, sides
from tests.test_pairs import FOLDER

PLAIN = (FOLDER / "plain.yaml").read_text()
WEB = "  - {from: {namespace: web}, to: {internet: true}, ports: [%s]}\n"
ACCEPTED = "  - {rule: flow.internet, at: %s, reason: r, owner: o, expires: %s}\n"
NAMED = "a flow from or to the internet (flow.internet at flows.%s)"


def profile(flows: str, accepted: str) -> str:
    return PLAIN + flows + (f"exceptions:\n{accepted}" if accepted else "")


def said(old: str, new: str) -> list[str]:
    return [f"{each.direction}: {each.message}" for each in exceptions(sides(old, new))]


def test_every_rule_has_words_for_what_it_refuses() -> None:
    assert RISKS.keys() == WEAK


def test_a_day_more_is_weaker_and_a_day_less_is_stronger() -> None:
    old = profile(WEB % 443, ACCEPTED % ("flows.1", "2027-03-31"))
    new = profile(WEB % 443, ACCEPTED % ("flows.1", "2027-04-01"))
    assert said(old, new) == [f"weaker: {NAMED % 1} is accepted until 2027-04-01 instead of 2027-03-31"]
    assert said(new, old) == [f"stronger: {NAMED % 1} is accepted until 2027-03-31 instead of 2027-04-01"]


def test_one_that_is_about_something_else_at_the_same_place_is_the_same() -> None:
    """What passes is told by the flow."""
    one, other = (profile(WEB % port, ACCEPTED % ("flows.1", "2027-03-31")) for port in (443, 8443))
    assert said(one, other) == []


def test_one_that_moves_with_what_it_is_about_is_the_same() -> None:
    old = profile(WEB % 443 + WEB % 8443, ACCEPTED % ("flows.1", "2027-03-31") + ACCEPTED % ("flows.2", "2027-06-30"))
    new = profile(WEB % 8443 + WEB % 443, ACCEPTED % ("flows.1", "2027-06-30") + ACCEPTED % ("flows.2", "2027-03-31"))
    assert said(old, new) == []
    swapped = new.replace("2027-06", "2027-05")
    assert said(old, swapped) == [f"stronger: {NAMED % 1} is accepted until 2027-05-30 instead of 2027-06-30"]


def test_one_for_a_parent_is_another_than_one_for_the_place() -> None:
    old = profile(WEB % 443, ACCEPTED % ("flows.1", "2027-03-31"))
    new = profile(WEB % 443, ACCEPTED % ("flows", "2027-03-31"))
    assert said(old, new) == [
        f"stronger: {NAMED % 1} is no longer accepted",
        f"weaker: {(NAMED % 1).replace('.1)', ')')} is accepted until 2027-03-31 by o: r",
    ]


def test_a_new_one_stands_in_the_profile_alone() -> None:
    old, new = profile("", ""), profile(WEB % 443, ACCEPTED % ("flows.1", "2027-03-31"))
    (change,) = exceptions(sides(old, new))
    assert (change.new.file, change.new.at, change.old) == ("profile.json", ("exceptions", 0), None)


def test_places_are_those_of_the_exceptions() -> None:
    both = of_files(FOLDER / "exceptions-later.old.yaml", FOLDER / "exceptions-later.yaml")
    assert {(each.old.at, each.new.at) for each in exceptions(both)} == {
        (("exceptions", 0), ("exceptions", 1)),
        (("exceptions", 1), ("exceptions", 0)),
    }
