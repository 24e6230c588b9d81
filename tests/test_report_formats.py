"""A report says the same in every format, and no text of a profile becomes anything but text."""

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec.structs import replace

from hardener.catalog.controls import controls
from hardener.cli import main
from hardener.cli.reports import Report
from hardener.cli.reports.data import data, schema
from hardener.cli.reports.markdown import markdown
from hardener.cli.reports.table import table
from hardener.explain import Said
from hardener.explain.world import World
from hardener.plan.gap import Gap
from hardener.report import Answered, Coverage, Evidence
from hardener.report.chosen import reported
from hardener.report.coverage import coverage
from tests.hostile_texts import HOSTILE
from tests.reporting import BODY, ROOT, profile, world

ACCEPTED = """\
controlPlane: {audit: {log: {maxAge: 7}}}
exceptions:
  - {rule: settings.weak, at: controlPlane.audit.log.maxAge, reason: it has to be, owner: somebody, expires: 2099-01-01}
"""
# What would be a link, a picture, a mention, a formula or the end of what it stands in.
BREAKING = (
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</details>", "</code></td></table>", "<!--", "]]>"),
    *("[a](http://b.c)", "![a](http://b.c)", "http://b.c/d", "www.b.c", "@all", "#1", "GH-1", "deadbeef", "a | b |"),
    *(
        "| --- |",
        "\\|",
        "\\\\|",
        "`|`",
        "``` x",
        "~~~",
        "# a",
        "> a",
        "1. a",
        "* a",
        "---",
        "<br>",
        "&lt;b&gt;",
        "a:b:c",
    ),
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "=cmd|' /C calc'!A0", '"=1', ";=1", "\uff1d1"),
)
TEXTS = sorted({text for text in (*HOSTILE, *BREAKING) if text.strip()})


@cache
def made(name: str = "shop-prod") -> Report:
    return report(world(name))


def report(known: World) -> Report:
    found = coverage(reported(known), (), known)
    return Report(world=known, folder=Path("output") / known.profile.metadata.name, coverages=found, findings=())


def saying(texts: Sequence[str]) -> Report:
    """A report in which texts stand wherever somebody else's can: in evidence, in exceptions, in gaps, as names."""
    known = world(profile(BODY + ACCEPTED))
    (exception,) = known.profile.exceptions
    said = tuple(replace(exception, reason=text, owner=text, at=text) for text in texts)
    plan = replace(known.plan, gaps=tuple(Gap(path="zones", what=text, who=text) for text in texts))
    changed = World(known.source, replace(known.profile, exceptions=said), plan, ())
    (about,) = reported(known, ["nsa"])
    (control, *_) = controls(about.name)
    answered = tuple(
        Answered(
            control=control,
            answer="accepted",
            evidence=(
                Evidence(
                    state="accepted",
                    says=text,
                    file=text,
                    line=1,
                    decided=(Said(at=(text,), file=text, line=1, excerpt=text),),
                    who=text,
                ),
            ),
        )
        for text in texts
    )
    covered = Coverage(framework=about, level=None, controls=answered)
    return Report(world=changed, folder=Path("output"), coverages=(covered,), findings=())


def tokens(text: str) -> list[Token]:
    """All that markdown makes of a text, as code hosts read it."""
    found = MarkdownIt("commonmark").enable("table").parse(text)
    return [*found, *(child for each in found for child in each.children or ())]


def shape(text: str) -> Counter[str]:
    """How much of each kind there is, without how many words of a sentence are code."""
    found = tokens(text)
    kinds = Counter(each.type for each in found if each.type not in ("text", "code_inline", "html_inline", "softbreak"))
    html = [each.content for each in found if each.type in ("html_inline", "html_block")]
    allowed = ("<br>", "<code>", "</code>")
    assert all(each in allowed or each.startswith(("<details>\n<summary>All ", "</details>")) for each in html), html
    return kinds


# --- all of it is there, and the same ---


def test_the_schema_is_one_and_every_report_keeps_it():
    Draft202012Validator.check_schema(schema())
    Draft202012Validator(schema()).validate(data(made("managed")))


def test_a_program_finds_what_the_contract_says():
    told = data(made())
    assert [each["framework"] for each in told["frameworks"]] == ["cis-2.0", "nsa-1.2"]
    for each in told["frameworks"]:
        assert Counter(control["answer"] for control in each["controls"]) == +Counter(each["counts"])
        assert each["counts"].keys() == {
            "met", "partly", "accepted", "provider", "by-hand", "not-applicable", "not-met"
        }  # fmt: skip
    profiling = next(each for each in told["frameworks"][0]["controls"] if each["id"] == "1.2.15")
    assert (profiling["answer"], profiling["proven"]) == ("met", True)
    evidence = profiling["evidence"][0]
    line = (ROOT / evidence["file"]).read_text().splitlines()[evidence["line"] - 1]
    assert line == "--profiling=false"
    assert evidence["says"] == f"kube-apiserver: {line}"
    assert evidence["profile"][0]["file"].endswith("profiles/shop-prod.yaml")
    assert told["exceptions"][0]["owner"] == "storefront-leads"
    assert all(each["who"] and each["profile"]["line"] for each in told["gaps"])


def test_a_spreadsheet_has_one_row_for_each_control():
    rows = list(csv.DictReader(io.StringIO(table(made()))))
    told = [
        (each["framework"], one["id"], one["answer"]) for each in data(made())["frameworks"] for one in each["controls"]
    ]
    assert [(row["framework"], row["control"], row["answer"]) for row in rows] == told
    audit = next(row for row in rows if row["control"] == "1.2.17")
    assert "output/shop-prod/control-plane/kube-apiserver.flags:" in audit["output"]
    assert "controlPlane.audit" in audit["profile"]


def test_a_reviewer_reads_the_counts_first_and_finds_every_control():
    text = markdown(made())
    told = data(made())
    summary = next(line for line in text.splitlines() if line.startswith("| CIS"))
    assert [cell.strip().split()[0] for cell in summary.split("|")[2:-1]] == [
        *(str(told["frameworks"][0]["counts"][each]) for each in
          ("met", "not-applicable", "provider", "by-hand", "accepted", "partly", "not-met")),
        str(len(told["frameworks"][0]["controls"])),
    ]  # fmt: skip
    assert text.index(summary) < text.index("what to look at") < text.index("<details>")
    kinds = shape(text)
    controls = sum(len(each["controls"]) for each in told["frameworks"])
    # A row for each control, one for each framework, and the heads of three tables.
    assert kinds["tr_open"] == controls + 2 + 3
    assert kinds["table_open"] == 3
    assert "until 2027-06-30" in text


def test_a_report_is_the_same_each_time():
    again = report(world("shop-prod"))
    assert (markdown(again), table(again), data(again)) == (markdown(made()), table(made()), data(made()))


# --- and nothing of it is anything but text ---


def test_no_text_breaks_out_of_markdown():
    found = shape(markdown(saying(TEXTS)))
    assert found == shape(markdown(saying([f"word{number}" for number in range(len(TEXTS))])))
    assert found["link_open"] == found["image"] == found["hr"] == 0


def test_each_row_has_all_of_its_cells():
    text = markdown(saying(TEXTS))
    rows = [line for line in text.splitlines() if line.startswith("| NSA") or line.startswith("| <code>NSA")]
    assert len(rows) == len(TEXTS) + 1
    # In a row, a pipe is nothing but the end of a cell.
    assert {row.count("|") for row in rows[1:]} == {8}


def test_a_break_would_be_seen():
    broken = markdown(saying(["word"])).replace("word", "<b>| [a](http://b.c) |")
    with pytest.raises(AssertionError):
        shape(broken)


def test_no_cell_is_computed():
    rows = list(csv.reader(io.StringIO(table(saying(TEXTS)))))
    assert len(rows) == len(TEXTS) + 1
    for row, text in zip(rows[1:], TEXTS, strict=True):
        assert len(row) == 11, text
        for cell in row:
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d")), (text, cell)
            assert cell.isprintable(), (text, cell)


def test_a_hostile_text_is_still_told():
    found = saying(["=1+1"])
    assert "=1+1" in markdown(found)
    assert data(found)["exceptions"][0]["owner"] == "=1+1"
    assert [row["who must act"] for row in csv.DictReader(io.StringIO(table(found)))] == ["'=1+1"]


# --- the command ---


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text((ROOT / "profiles/small.yaml").read_text())
    return "small.yaml"


def test_the_command_prints_one_format_and_says_yes(small, capsys):
    assert main(["report", small, "--framework", "cis", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["framework"] for each in told["frameworks"]] == ["cis-2.0"]
    assert told["proven"]
    assert sorted(each.name for each in Path().iterdir()) == ["small.yaml"]


def test_it_writes_where_it_is_told(small, capsys):
    assert main(["report", small, "-o", "evidence"]) == 0
    assert sorted(each.name for each in Path("evidence").iterdir()) == ["report.csv", "report.json", "report.md"]
    said = capsys.readouterr()
    assert (said.out, said.err.count("wrote evidence/report.")) == ("", 3)
    # Spreadsheets want the ends of lines that the format has, on every machine.
    assert Path("evidence/report.csv").read_bytes().count(b"\r\n") == 1 + 131 + 36
    assert b"\r" not in Path("evidence/report.md").read_bytes()


@pytest.mark.parametrize("folder", ["output/small", "output/small/manifests/reports"])
def test_it_never_writes_into_an_output(folder, small, capsys):
    Path("output/small").mkdir(parents=True)
    Path("output/small/.hardener").write_text("# ours\n")
    assert main(["report", small, "--framework", "nsa", "-o", folder]) == 2
    assert "it is a folder of output, which render alone writes" in capsys.readouterr().err
    assert [each.name for each in Path("output/small").iterdir()] == [".hardener"]


def test_what_cannot_be_written_is_said(small, capsys):
    Path("evidence").mkdir()
    Path("evidence/report.csv").mkdir()
    assert main(["report", small, "--framework", "nsa", "--format", "csv", "-o", "evidence"]) == 2
    assert "evidence/report.csv: cannot be written: is a directory" in capsys.readouterr().err
