"""The comment on a pull request: short first, within what a code host takes, and no value breaks out of it."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from hardener.cli.differences.markdown import markdown
from hardener.cli.differences.picture import MOST, picture
from hardener.cli.differences.words import LONGEST, beginning, code, sentence
from hardener.compare import Arrow
from hardener.errors import visible
from tests.differing import CLOSED, OPENED, OTHERWISE, differences, folders, hostile, hostile_changes

GITHUB = 65_536
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# What no code host takes for anything: words, numbers, and the marks of a sentence.
HARMLESS = re.compile(r"""[A-Za-z0-9 ()"'.,;:-]*""")
REFERENCE = re.compile(r"\b(?:[0-9a-fA-F]{7,}|(?i:GH|GL)-\d+)\b|www\.")
NODE = re.compile(r' {2}n\d+\["(?:[A-Za-z0-9 ]|\b[-/=]\b|#\d+;)+"\]')
EDGE = re.compile(r' {2}n\d+ (?:-->|-\.->|---)\|"(?:[A-Za-z0-9 ]|\b[-/=]\b|#\d+;)+"\| n\d+')
STYLE = re.compile(r" {2}linkStyle \d+ stroke:#[0-9a-f]{6},stroke-width:2px")


def comment(*changes, both=None) -> str:
    return markdown(differences(*changes, both=both))


def inline(text: str) -> list:
    (block,) = [token for token in PARSER.parse(f"- {text}") if token.type == "inline"]
    return block.children


def shown(tokens) -> str:
    return "".join(token.content for token in tokens if token.type in ("text", "code_inline"))


def test_what_gets_weaker_comes_first_and_the_rest_is_folded():
    assert comment(CLOSED, OTHERWISE, OPENED) == (
        "<!-- hardener diff plain -->\n"
        "> [!WARNING]\n"
        "> **`plain`: 1 change is weaker, 1 is stronger, 1 is neither**, from `profile.yaml` to `profile.yaml`\n"
        "\n"
        "- **network**: pods of web reach `api/app=gateway` on `8443/TCP`\n"
        "  <br>nothing reached them before\n"
        "  <br>`profile.yaml:21` · CIS 5.3.2 · NSA-NET-2, NSA-NET-12\n"
        "  <details><summary>all of it</summary>\n"
        "\n"
        "  - `web/` to `api/app=gateway`\n"
        "  - `web/app=x` to `api/app=gateway`\n"
        "\n"
        "  </details>\n"
        "\n"
        "```mermaid\n"
        "flowchart LR\n"
        '  n0["web"]\n'
        '  n1["api/app=gateway"]\n'
        '  n0 -->|"8443/TCP"| n1\n'
        "  linkStyle 0 stroke:#cf222e,stroke-width:2px\n"
        "```\n"
        "\n"
        "Solid red is opened, dotted green is closed.\n"
        "\n"
        "<details><summary>1 stronger</summary>\n"
        "\n"
        "- **access**: group viewers may no longer get pods in web\n"
        "  <br>was `profile.yaml:16` · CIS 3.1.2, 5.1.1, 5.1.2 and 11 more · NSA-AUTH-3\n"
        "\n"
        "</details>\n"
        "\n"
        "<details><summary>1 neither</summary>\n"
        "\n"
        "- **exceptions**: the owner of an exception is another\n"
        "\n"
        "</details>"
    )


def test_a_long_line_ends_with_a_whole_word():
    words = " ".join(f"word{number}" for number in range(200))
    said = sentence(words)
    assert said.endswith(" ...")
    assert words.startswith(f"{said.removesuffix(' ...')} ")
    assert LONGEST - 10 < len(said) <= LONGEST + 4


def test_a_comment_without_a_picture_has_no_legend():
    assert "Solid red" not in comment(CLOSED)


@pytest.mark.parametrize(
    ("changes", "box"),
    [([], "NOTE"), ([OTHERWISE], "NOTE"), ([CLOSED, OTHERWISE], "TIP"), ([CLOSED, OPENED], "WARNING")],
)
def test_the_box_has_the_colour_of_what_is_worst(changes, box):
    assert comment(*changes).splitlines()[1] == f"> [!{box}]"


def test_nothing_changed_is_one_line():
    assert comment().splitlines()[2:] == ["> **`plain`: nothing changed**, from `profile.yaml` to `profile.yaml`"]


def test_a_comment_names_the_profile_and_not_the_output_where_it_can():
    assert "<br>`output/profile.json:" not in comment(OPENED)
    assert "<br>`profile.json:" in comment(OPENED, both=folders())


@pytest.mark.parametrize("length", [10, 10_000])
@pytest.mark.parametrize("direction", ["weaker", "stronger", "neither"])
def test_what_has_no_room_is_counted(direction, length):
    many = [
        replace(
            OPENED, direction=direction, message=f"change {number} " + "ü" * length, details=("漢字" * length,) * 60
        )
        for number in range(900)
    ]
    text = comment(*many)
    assert len(text.encode()) <= GITHUB
    (left,) = re.findall(r"^- and (\d+) more: `hardener diff` shows them all$", text, re.MULTILINE)
    told = len(re.findall(r"^- \*\*network\*\*: change ", text, re.MULTILINE))
    assert told > 10
    assert told + int(left) == 900
    assert text.count("<details>") == text.count("</details>")


def test_what_has_room_without_its_details_stands_without_them():
    whole = [replace(OPENED, message=f"change {number}", details=("x" * LONGEST,) * 40) for number in range(20)]
    text = comment(*whole)
    assert all(f"change {number}\n" in text for number in range(20))
    assert 0 < text.count("all of it") < 20
    assert len(text.encode()) <= GITHUB


def test_a_weak_change_is_not_crowded_out_by_others():
    others = [replace(CLOSED, message=f"{number} " + "x" * 500) for number in range(500)]
    text = comment(*others, OPENED)
    assert "pods of web reach" in text
    assert re.search(r"^<details><summary>500 stronger</summary>$", text, re.MULTILINE)


def test_more_details_than_a_person_reads_are_counted():
    text = comment(replace(OPENED, details=tuple(map(str, range(60)))))
    assert "  - 49\n  - and 10 more\n" in text


def test_a_picture_has_as_many_arrows_as_a_person_reads():
    many = [
        replace(OPENED, arrow=Arrow(source=f"a{number}", target="b", ports="1/TCP"), direction=direction)
        for number in range(40)
        for direction in ("weaker", "stronger")
    ]
    text = picture(many)
    assert len(EDGE.findall(text)) == len(STYLE.findall(text)) == MOST
    assert "n0 -->|" in text
    assert "n0 -.->|" in text
    assert picture([OTHERWISE]) == ""


def test_an_arrow_is_drawn_once():
    assert picture([OPENED, replace(OPENED, message="another")]) == picture([OPENED])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("group a-b may list secrets in payments", "group a-b may list secrets in payments"),
        ("(in web, api), as 'admin'.", "(in web, api), as 'admin'."),
        ("since 1.25 on 8443", "since 1.25 on 8443"),
        ("@org/team and (#12),", "`@org/team` and (`#12`),"),
        ("a`b ``c`` `", "``a`b`` ``` ``c`` ``` `` ` ``"),
        ("deadbeef GH-12 www.x.example", "`deadbeef` `GH-12` `www.x.example`"),
        ("a\nb\u202e", "`a\\nb\\u202e`"),
        ("1. x", "`1.` x"),
        ("2) since 1. x", "`2)` since 1. x"),
        ("", ""),
    ],
)
def test_what_is_not_plainly_a_word_is_code(text, expected):
    assert sentence(text) == expected


@settings(max_examples=200)
@given(hostile())
def test_no_word_of_a_sentence_is_markup(text):
    tokens = inline(sentence(text) or "y")
    assert {token.type for token in tokens} <= {"text", "code_inline"}
    for token in tokens:
        if token.type == "text":
            assert HARMLESS.fullmatch(token.content)
            assert not REFERENCE.search(token.content)
    expected = " ".join(beginning(visible(text), LONGEST).split()) or "y"
    assert " ".join(shown(tokens).split()).removesuffix("...").rstrip() == expected.removesuffix("...").rstrip()


@settings(max_examples=200)
@given(hostile())
def test_code_is_what_it_shows(text):
    (token,) = [each for each in inline(code(text)) if each.type != "text" or each.content]
    assert token.type == "code_inline"
    assert token.content.strip() == (visible(text)[:LONGEST].strip() or "") or token.content.endswith("...")


@settings(max_examples=80)
@given(st.lists(hostile_changes(), max_size=4))
def test_no_value_changes_the_shape_of_a_comment(changes):
    harmless = [
        replace(
            each,
            message="x",
            reason="x" if each.reason else "",
            details=("x",) * len(each.details),
            arrow=each.arrow and Arrow(source="a", target="b", ports="c"),
        )
        for each in changes
    ]
    assert shape(comment(*changes)) == shape(comment(*harmless))


def shape(text: str) -> list[tuple[str, str]]:
    """The blocks of a comment, HTML as it stands."""
    blocks = [token for token in PARSER.parse(text) if token.type not in ("inline", "fence")]
    return [(token.type, token.content) for token in blocks]


@settings(max_examples=80)
@given(st.lists(st.builds(Arrow, source=hostile(), target=hostile(), ports=hostile()), min_size=1, max_size=3))
def test_no_value_breaks_out_of_a_picture(arrows):
    text = picture([replace(OPENED, arrow=arrow) for arrow in arrows])
    (fence,) = PARSER.parse(text)
    assert (fence.type, fence.info) == ("fence", "mermaid")
    first, *lines = fence.content.splitlines()
    assert first == "flowchart LR"
    kinds = [next(i for i, kind in enumerate((NODE, EDGE, STYLE)) if kind.fullmatch(line)) for line in lines]
    assert all(a <= b for a, b in pairwise(kinds))
    names = [
        re.sub(r"#(\d+);", lambda found: chr(int(found[1])), line[line.index('"') + 1 : -2])
        for line in lines[: kinds.count(0)]
    ]
    ends = [visible(end) or " " for end in dict.fromkeys(end for each in arrows for end in (each.source, each.target))]
    assert names == [end if len(end) <= 60 else f"{end[:57]}..." for end in ends]
