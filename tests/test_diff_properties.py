"""What holds of every two profiles: equal meanings give nothing, and what got weaker gets stronger on the way back."""

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hardener.cli.sides import both
from hardener.compare import Change
from hardener.compare.sides import Side, Sides
from hardener.emitters import emit
from hardener.expand import expand
from hardener.source import parse
from tests.comparing import as_folders, changes, side
from tests.strategies import as_yaml, profiles, shuffled

# To find the smallest of two profiles that show a mistake takes many minutes: the first is shown as it is.
QUICK = [Phase.explicit, Phase.reuse, Phase.generate]
BACK = {"weaker": "stronger", "stronger": "weaker"}


def sides(old: str, new: str) -> Sides:
    """As the command finds them: what is filled for one side is remembered for the other."""
    return both(lambda: side(parse(old, "old.yaml")), lambda: side(parse(new, "new.yaml")))


def placeless(found: tuple[Change, ...]) -> set[Change]:
    return {replace(each, old=None, new=None) for each in found}


def directions(found: tuple[Change, ...]) -> set[tuple[str, str]]:
    return {(each.word, each.direction) for each in found if each.direction != "neither"}


def alone(each: Side) -> dict[str, str]:
    """The files of a profile, as if there were no other side."""
    return {artifact.path: artifact.text for artifact in emit(expand(each.profile))}


@settings(max_examples=4, phases=QUICK)
@given(profiles().flatmap(lambda data: st.tuples(st.just(data), shuffled(data))))
def test_the_same_in_another_order_gives_nothing(pair):
    found = sides(*map(as_yaml, pair))
    assert changes(found) == ()
    assert changes(as_folders(found)) == ()


@settings(max_examples=4, phases=QUICK)
@given(profiles(), profiles())
def test_any_two_profiles_are_compared_alike_as_folders_and_the_other_way_round(old, new):
    found = sides(as_yaml(old), as_yaml(new))
    there, back = changes(found), changes(Sides(found.new, found.old))
    assert found.new.files == alone(found.new)
    assert placeless(changes(as_folders(found))) == placeless(there)
    swapped = {(word, BACK[direction]) for word, direction in directions(back)}
    undecided = {each.word for each in (*there, *back) if "cannot be decided" in each.reason}
    assert {each for each in directions(there) ^ swapped if each[0] not in undecided} == set()
