"""What holds for every text: what is written is read back from its place, and nothing else comes of it but problems."""

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hardener.errors import ProfileError
from hardener.source import load_data, parse
from hardener.source.veil import VEIL

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | WORDS
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=20
)


def _leaves(data, path=()):
    """Every path in some data, with what is there."""
    yield path, data
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in items:
        yield from _leaves(value, (*path, step))


class _Quoting(yaml.SafeDumper):
    """Writes strings in double quotes, so that none of them is in doubt."""


_Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


@settings(derandomize=True, max_examples=150, deadline=None)
@example(data={"://": None}, flow=True).via("what looks like an address with a password is not shown")
@given(data=st.dictionaries(WORDS, TREES, min_size=1, max_size=4), flow=st.sampled_from([True, False, None]))
def test_whatever_is_written_is_read_back_and_found_in_its_place(data, flow):
    text = yaml.dump(data, Dumper=_Quoting, default_flow_style=flow, allow_unicode=True, width=60)
    parsed = parse(text, "x.yaml")

    assert parsed.data == data
    for path, value in _leaves(data):
        problem = parsed.problem(path, "wrong")
        shown, _, _ = problem.excerpt[:10].removeprefix(VEIL).partition(VEIL)
        assert text.splitlines()[problem.line - 1].startswith(shown)
        if not isinstance(value, dict | list):
            assert load_data(parsed.text_of(path) or "~", "x.yaml") == value


SCRAPS = st.sampled_from(
    [*"&*!|>'\"%#:?[]{},\\~-a \x1b\u202e\u2028\ufeff\n\r\té", "<<", "yes", "010", "b: ", "- ", "? ", "---\n", "...\n"]
)


@settings(derandomize=True, max_examples=500, deadline=None)
@given(scraps=st.lists(SCRAPS, max_size=30))
def test_no_text_leads_to_anything_but_a_profile_or_problems_fit_for_a_terminal(scraps):
    refused = None
    try:
        parse("".join(scraps), "x.yaml")
    except ProfileError as error:
        refused = error
    if refused:
        assert refused.problems
        assert all(line.isprintable() for line in str(refused).split("\n"))
        assert all(problem.help for problem in refused.problems)
