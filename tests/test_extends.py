"""`extends`: files under files, and every mistake in the file that holds it."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardener.errors import ProfileError, UsageError
from hardener.source import load, parse
from hardener.source.document import Document
from hardener.source.extends import merge


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Write files by name, and go to where `profiles/` is."""
    monkeypatch.chdir(tmp_path)

    def write(**files: str) -> None:
        for name, text in files.items():
            file = Path("profiles", name.replace("__", "/") + ".yaml")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    return write


def refusal(file: str = "profiles/a.yaml") -> list[str]:
    """Every problem of a profile, each on one line."""
    with pytest.raises(ProfileError) as refused:
        load(file)
    return [f"{p.file}:{p.line}:{p.column}+{p.width} {p.where}: {p.what}" for p in refused.value.problems]


def test_mappings_merge_by_key_and_everything_else_replaces(folder):
    folder(
        a="extends: [base.yaml]\nzones: {web: {trust: 5, pools: [new]}}\nflows: []\nkind: x\nroles: {r: 1}\n",
        base="zones:\n  web: {trust: 1, pools: [old, older], digests: true}\n  apps: {}\nflows: [1, 2]\nroles: [3]\n",
    )

    source = load("profiles/a.yaml")

    assert source.file == "profiles/a.yaml"
    assert source.data == {
        "zones": {"web": {"trust": 5, "pools": ["new"], "digests": True}, "apps": {}},
        "flows": [],
        "roles": {"r": 1},
        "kind": "x",
    }
    assert list(source.data) == ["zones", "flows", "roles", "kind"]


def test_bases_merge_from_left_to_right_and_the_profile_over_them(folder):
    folder(
        a="extends: [one.yaml, two.yaml]\nc: a\n",
        one="a: one\nb: one\nc: one\n",
        two="extends: [three.yaml]\nb: two\n",
        three="a: three\nb: three\nd: three\n",
    )

    assert load("profiles/a.yaml").data == {"a": "three", "b": "two", "c": "a", "d": "three"}


def test_what_a_list_or_a_scalar_has_replaced_does_not_come_back(folder):
    folder(
        a="extends: [one.yaml, two.yaml]\n",
        one="x: {from: one}\n",
        two="extends: [three.yaml]\nx: {from: two}\n",
        three="x: 3\n",
    )

    assert load("profiles/a.yaml").data == {"x": {"from": "two"}}

    folder(two="x: [2]\n", a="extends: [one.yaml, two.yaml]\nx: {by: a}\n")

    assert load("profiles/a.yaml").data == {"x": {"by": "a"}}


def test_null_replaces_like_every_other_scalar(folder):
    folder(a="extends: [base.yaml]\nx:\n", base="x: {z: 1}\n")

    assert load("profiles/a.yaml").data == {"x": None}


def test_extending_nothing_is_allowed(folder):
    folder(a="extends: []\nx: 1\n")

    assert load("profiles/a.yaml").data == {"x": 1}


def test_a_text_by_itself_extends_nothing():
    assert parse("extends: [base.yaml]\nx: 1", "a.yaml").data == {"extends": ["base.yaml"], "x": 1}


def test_a_mistake_is_shown_in_the_file_that_holds_it(folder):
    folder(
        a="# the profile\nextends: [base.yaml, sub/other.yaml]\nzones: {web: {trust: 5}}\n",
        base="zones:\n  web:\n    trust: 1\n    pools: [p]\ncluster: {cni: calico}\n",
        sub__other="extends: [../third.yaml]\ncluster: {kubernetes: '1.30'}\n",
        third="zones: {apps: {}}\n",
    )
    source = load("profiles/a.yaml")

    def place(*path: str | int) -> str:
        problem = source.problem(path, "wrong")
        assert source.line(path) == (problem.file, problem.line)
        return f"{problem.order} {problem.file}:{problem.line}:{problem.column}+{problem.width}"

    assert place("zones", "web", "trust") == "3 profiles/a.yaml:3:22+1"
    assert place("zones", "web", "pools", 0) == "0 profiles/base.yaml:4:13+1"
    assert place("zones", "apps") == "1 profiles/third.yaml:1:15+2"
    assert place("cluster", "cni") == "0 profiles/base.yaml:5:16+6"
    assert place("cluster", "kubernetes") == "2 profiles/sub/other.yaml:2:23+6"
    assert place("zones", "web", "quota") == "3 profiles/a.yaml:3:14+10"
    assert place("cluster", "quota") == "2 profiles/sub/other.yaml:2:10+20"
    assert place("zones", "apps", "quota") == "1 profiles/third.yaml:1:15+2"
    assert place() == "3 profiles/a.yaml:2:1+36"
    assert source.text_of(("cluster", "kubernetes")) == "'1.30'"


def test_mistakes_of_all_files_come_at_once_in_the_order_of_merging(folder):
    folder(
        a="extends: [one.yaml, two.yaml]\nx: yes\n",
        one="x: no\n",
        two="extends: [three.yaml, none.yaml]\nx: [\n",
        three="x: &a 1\n",
    )

    assert refusal() == [
        "profiles/one.yaml:1:4+2 x: readers of YAML disagree what this is (false or the word 'no')",
        "profiles/two.yaml:2:5+1 profile: not valid YAML: a value is missing",
        "profiles/a.yaml:2:4+3 x: readers of YAML disagree what this is (true or the word 'yes')",
    ]

    folder(two="extends: [three.yaml, none.yaml]\nx: on\n")

    assert refusal() == [
        "profiles/one.yaml:1:4+2 x: readers of YAML disagree what this is (false or the word 'no')",
        "profiles/three.yaml:1:4+4 x: an anchor cannot stand in a profile",
        "profiles/two.yaml:1:23+9 extends.1: 'none.yaml' cannot be extended: there is no such file",
        "profiles/two.yaml:2:4+2 x: readers of YAML disagree what this is (true or the word 'on')",
        "profiles/a.yaml:2:4+3 x: readers of YAML disagree what this is (true or the word 'yes')",
    ]


@pytest.mark.parametrize("base", ["", "- a\n", "text"])
def test_a_base_is_a_mapping_too(folder, base):
    folder(a="extends: [base.yaml]\n", base=base)

    (problem,) = refusal()
    assert problem.startswith("profiles/base.yaml:1:1+")


@pytest.mark.parametrize("extends", ["base.yaml", "{a: b}", "[1]", "[base.yaml, [x]]", "", "null"])
def test_extends_is_a_list_of_names(folder, extends):
    folder(a=f"extends: {extends}\n", base="x: 1\n")

    (problem,) = refusal()
    assert problem.endswith(" extends: this is a list of file names")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("../outside.yaml", "it lies outside of the profile's folder"),
        ("sub/../../outside.yaml", "it lies outside of the profile's folder"),
        ("link.yaml", "it lies outside of the profile's folder"),
        ("linked/outside.yaml", "it lies outside of the profile's folder"),
        ("../../../../../../../../etc/passwd", "it lies outside of the profile's folder"),
        ("../none.yaml", "it lies outside of the profile's folder"),
        ("/etc/passwd", "it is not a path from this file to another"),
        (r"a\0", "it is not a path from this file to another"),
        ("none.yaml", "there is no such file"),
        ("loop.yaml", "there is no such file"),
        ("x" * 60, "there is no such file"),
        ("sub", "it is not a file"),
        ("", "it is not a file"),
        (".", "it is not a file"),
        ("pipe.yaml", "it is not a file"),
        ("a.yaml", "it extends itself: profiles/a.yaml -> profiles/a.yaml"),
        ("sub/../a.yaml", "it extends itself: profiles/a.yaml -> profiles/a.yaml"),
    ],
)
def test_a_base_is_a_file_in_the_folder_of_the_profile(folder, name, what):
    folder(a=f'extends: ["{name}"]\n', sub__b="x: 1\n")
    Path("outside.yaml").write_text("x: 1\n", encoding="utf-8")
    Path("profiles/link.yaml").symlink_to("../outside.yaml")
    Path("profiles/linked").symlink_to("..")
    Path("profiles/loop.yaml").symlink_to("loop.yaml")
    os.mkfifo("profiles/pipe.yaml")

    shown = repr(name.encode().decode("unicode_escape"))
    assert refusal() == [f"profiles/a.yaml:1:11+{len(name) + 2} extends.0: {shown} cannot be extended: {what}"]


def test_a_name_that_the_system_cannot_spell_is_no_path(folder, monkeypatch):
    folder(a="extends: [é.yaml]\n")
    monkeypatch.setattr(os, "fsencode", lambda name: name.encode("ascii"))

    (problem,) = refusal()
    assert problem.endswith("cannot be extended: it is not a path from this file to another")


def test_a_very_long_name_is_cut_in_the_message(folder):
    folder(a=f"extends: [{'x' * 5000}]\n")

    (problem,) = refusal()
    assert problem.endswith(f"extends.0: '{'x' * 60}...' cannot be extended: there is no such file")


def test_a_link_within_the_folder_is_followed(folder):
    folder(a="extends: [link.yaml]\n", sub__b="x: 1\n")
    Path("profiles/link.yaml").symlink_to("sub/b.yaml")

    source = load("profiles/a.yaml")

    assert source.data == {"x": 1}
    assert source.line(("x",)) == ("profiles/link.yaml", 1)


def test_a_profile_reached_by_a_link_extends_what_lies_beside_the_link(folder):
    folder(sub__a="extends: [base.yaml]\n", base="x: 1\n")
    Path("profiles/a.yaml").symlink_to("sub/a.yaml")

    assert load("profiles/a.yaml").data == {"x": 1}


def test_names_are_as_the_person_wrote_them(folder, monkeypatch):
    folder(a="extends: [./sub/../base.yaml]\n", base="x: 1\n", sub__x="")

    assert load("profiles/a.yaml").line(("x",)) == ("profiles/base.yaml", 1)
    assert load("./profiles/a.yaml").line(("x",)) == ("profiles/base.yaml", 1)
    assert load(Path.cwd() / "profiles" / "a.yaml").line(("x",)) == (str(Path.cwd() / "profiles" / "base.yaml"), 1)
    monkeypatch.chdir("profiles")
    assert load("a.yaml").line(("x",)) == ("base.yaml", 1)


def test_a_circle_is_named_as_a_chain(folder):
    folder(a="extends: [b.yaml]\n", b="extends: [c.yaml]\nx: 1\n", c="extends: [b.yaml]\n")

    assert refusal() == [
        "profiles/c.yaml:1:11+6 extends.0: 'b.yaml' cannot be extended: it extends itself: "
        "profiles/b.yaml -> profiles/c.yaml -> profiles/b.yaml"
    ]


def test_a_file_named_twice_in_one_list_is_refused_at_the_second(folder):
    folder(a="extends: [b.yaml, b.yaml]\n", b="x: 1\n")

    assert refusal() == ["profiles/a.yaml:1:19+6 extends.1: 'b.yaml' cannot be extended: it is named twice"]


def test_a_file_that_two_others_extend_is_read_once(folder, monkeypatch):
    folder(
        a="extends: [b.yaml, c.yaml]\n",
        b="extends: [d.yaml]\nb: 1\nd: b\n",
        c="extends: [sub/../d.yaml]\nc: 1\n",
        d="d: 1\n",
        sub__x="",
    )
    opened: list[str] = []
    plain_open = Path.open

    def watched(path, *arguments):
        opened.append(path.name)
        return plain_open(path, *arguments)

    monkeypatch.setattr(Path, "open", watched)

    assert load("profiles/a.yaml").data == {"d": 1, "b": 1, "c": 1}
    assert opened == ["a.yaml", "b.yaml", "d.yaml", "c.yaml"]


def test_a_mistake_in_a_file_that_two_others_extend_is_shown_once(folder):
    folder(a="extends: [b.yaml, c.yaml]\n", b="extends: [d.yaml]\n", c="extends: [d.yaml]\n", d="d: yes\n")

    assert len(refusal()) == 1


def test_32_files_are_a_profile_and_33_are_not(folder):
    chain = {f"f{index}": f"extends: [f{index + 1}.yaml]\n" for index in range(1, 31)}
    folder(a="extends: [f1.yaml]\n", **chain, f31="x: 1\n")

    assert load("profiles/a.yaml").data == {"x": 1}

    folder(f31="extends: [f32.yaml]\n", f32="x: 1\n")

    assert refusal() == [
        "profiles/f31.yaml:1:11+8 extends.0: 'f32.yaml' cannot be extended: a profile is at most 32 files"
    ]


def test_a_list_of_more_files_than_a_profile_may_have_is_not_followed(folder):
    folder(a=f"extends: [{', '.join(f'f{index}.yaml' for index in range(32))}]\n")

    assert refusal() == [
        "profiles/a.yaml:1:10+310 extends: a profile is at most 32 files, and these are 32 more",
    ]


def test_all_files_together_have_five_million_bytes(folder):
    half = "#" + "x" * 2_499_975 + "\n"
    folder(a=f"extends: [b.yaml, c.yaml]\n{half}", b=half + "x: 1\n", c="z: 2\n")

    assert load("profiles/a.yaml").data == {"x": 1, "z": 2}

    folder(c="#" + "x" * 30 + "\n")

    assert refusal() == [
        "profiles/a.yaml:1:19+6 extends.1: 'c.yaml' cannot be extended: with it, the profile has more than "
        "5,000,000 bytes"
    ]


def test_a_base_that_may_not_be_read_says_so(folder, monkeypatch):
    folder(a="extends: [b.yaml]\n", b="x: 1\n")
    plain_open = Path.open

    def guarded(path, *arguments):
        if path.name == "b.yaml":
            raise PermissionError(13, "Permission denied")
        return plain_open(path, *arguments)

    monkeypatch.setattr(Path, "open", guarded)

    assert refusal() == [
        "profiles/a.yaml:1:11+6 extends.0: 'b.yaml' cannot be extended: it cannot be read: permission denied"
    ]


def test_a_profile_that_is_missing_is_no_mistake_in_a_file(folder):
    folder()

    with pytest.raises(UsageError, match=r"^profiles/a\.yaml: there is no such file$"):
        load("profiles/a.yaml")


LAYERS = st.recursive(
    st.integers(0, 3) | st.lists(st.integers(0, 1), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
MAPPINGS = st.dictionaries(st.sampled_from("abc"), LAYERS, max_size=3)


def _merged(under, over):
    """What the contract says, in three lines."""
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return over
    return {**under, **{key: _merged(under.get(key), value) for key, value in over.items()}}


def _composed(data, document):
    """Some data with places, each of which names the document and nothing more."""
    if isinstance(data, dict):
        return data, (document, 0, 0, 0, {key: _composed(value, document)[1] for key, value in data.items()})
    if isinstance(data, list):
        return data, (document, 0, 0, 0, [_composed(value, document)[1] for value in data])
    return data, (document, 0, 0, 0, None)


def _agrees(data, place, under, over, documents):
    """Whether each place names the file whose value won."""
    upper = over is not None
    assert place[0] is documents[upper]
    if isinstance(data, dict):
        assert list(place[4]) == list(data)
        below = under if isinstance(under, dict) and (isinstance(over, dict) or not upper) else {}
        above = over if isinstance(over, dict) else {}
        for key, value in data.items():
            _agrees(value, place[4][key], below.get(key), above.get(key), documents)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(under=MAPPINGS, over=MAPPINGS)
def test_merging_keeps_data_and_places_together(under, over):
    documents = Document("under", ""), Document("over", "")
    before = repr((under, over))

    data, place = merge(_composed(under, documents[0]), _composed(over, documents[1]))

    assert data == _merged(under, over)
    assert repr((under, over)) == before
    _agrees(data, place, under, over, documents)
