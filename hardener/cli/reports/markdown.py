"""A report for a reviewer: the counts first, then what somebody must look at, then everything, folded away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hardener.cli.differences.words import code, sentence
from hardener.cli.reports import NAMES, STATES, Report, acting, cells, counted, dotted, line_of_profile, place, title
from hardener.report import ANSWERS, Answered, Coverage, Evidence
from hardener.report.shown import nearest_said

_LOOKED_AT: Final = ("not-met", "partly", "accepted", "by-hand")
# Evidence that says why an answer is not better.
_WHY: Final = ("missing", "broken", "accepted", "left")


def markdown(report: Report) -> str:
    """The whole report."""
    name = report.world.profile.metadata.name
    parts = [
        f"# How far {code(name)} is met by its output",
        _about(report),
        _summary(report),
        *(_open(each, report) for each in report.coverages),
        *_exceptions(report),
        *_gaps(report),
        *(_all(each, report) for each in report.coverages),
    ]
    return "\n\n".join(parts) + "\n"


def _about(report: Report) -> str:
    cluster = report.world.profile.cluster
    proven = "everything that the profile promises is proven from it"
    count = len(report.findings)
    found = f"**verify has {count} {'finding' if count == 1 else 'findings'}**"
    return (
        f"Kubernetes {code(cluster.kubernetes)} on {code(cluster.distribution)}. "
        f"Judged is what the profile renders to: {found if count else proven}. "
        "A control is met if all that hardener does for it is in the output; *proven* means that `verify` proves it "
        "from these files, *set* that it is written and nobody proves what becomes of it. Neither says that somebody "
        "has installed it."
    )


def _summary(report: Report) -> str:
    heads = ["framework", *(NAMES[each] for each in reversed(ANSWERS)), "all"]
    rows = [_counts(each) for each in report.coverages]
    return "\n".join([_row(heads), _row(["---"] + ["---:"] * (len(heads) - 1)), *rows])


def _counts(coverage: Coverage) -> str:
    counts, met = coverage.counts, counted(coverage)
    shown = [str(counts[each]) for each in reversed(ANSWERS)]
    shown[0] += f" ({met['proven']} proven, {met['set']} set)" if counts["met"] else ""
    return _row([cells.cell(title(coverage.framework)), *shown, str(len(coverage.controls))])


def _open(coverage: Coverage, report: Report) -> str:
    lines = [f"## {title(coverage.framework)}: what to look at"]
    for answer in _LOOKED_AT:
        alike = [each for each in coverage.controls if each.answer == answer]
        if alike:
            lines += ["", f"### {NAMES[answer].capitalize()} ({len(alike)})", ""]
            lines += [line for why, named in _by_why(alike) for line in _item(why, named, report)]
    return "\n".join(lines if len(lines) > 1 else [*lines, "", "Nothing."])


def _by_why(controls: Iterable[Answered]) -> list[tuple[tuple[Evidence, ...], list[Answered]]]:
    """Controls that have their answer for the same reasons, together."""
    groups: dict[tuple[Evidence, ...], list[Answered]] = {}
    for each in controls:
        groups.setdefault(_reasons(each), []).append(each)
    return list(groups.items())


def _reasons(each: Answered) -> tuple[Evidence, ...]:
    """Why an answer is not better, each reason once; what shows it where nothing is wrong."""
    why = {(one.state, one.says): one for one in reversed(each.evidence) if one.state in _WHY}
    return tuple(reversed(why.values())) or each.evidence


def _item(why: tuple[Evidence, ...], named: list[Answered], report: Report) -> Iterator[str]:
    called = ", ".join(f"**{each.control.id}** {sentence(each.control.title)}" for each in named)
    yield f"- {called}"
    for each in why:
        who = f" ({sentence(each.who)})" if each.who else ""
        yield f"  - {STATES[each.state]}: {sentence(each.says)}{who}"
        where = [place(report, each), *map(line_of_profile, each.decided)]
        if any(where):
            yield f"    {', '.join(code(one) for one in where if one)}"


def _exceptions(report: Report) -> Iterator[str]:
    accepted = report.world.profile.exceptions
    if not accepted:
        return
    lines = ["## Exceptions, by the day on which they end", ""]
    for number, each in sorted(enumerate(accepted), key=lambda pair: (pair[1].expires, pair[0])):
        said = nearest_said(("exceptions", number), report.world)
        lines.append(f"- until {each.expires}, {sentence(each.owner)}: {code(each.rule)} at {code(each.at)}")
        lines.append(f"  - {sentence(each.reason)} {code(line_of_profile(said))}")
    yield "\n".join(lines)


def _gaps(report: Report) -> Iterator[str]:
    gaps = report.world.plan.gaps
    if not gaps:
        return
    lines = ["## Who must act besides"]
    for who in dict.fromkeys(each.who for each in gaps):
        lines += ["", f"### {sentence(who).capitalize()}", ""]
        for gap in (each for each in gaps if each.who == who):
            said = nearest_said(tuple(gap.path.split(".")), report.world)
            lines += [f"- {code(dotted(said.at))}: {sentence(gap.what)}", f"  - {code(line_of_profile(said))}"]
    yield "\n".join(lines)


def _all(coverage: Coverage, report: Report) -> str:
    heads = ["control", "asks for", "answer", "because", "output", "profile", "who must act"]
    rows = [_control(each, report) for each in coverage.controls]
    shown = f"All {len(rows)} controls of {title(coverage.framework)}"
    return "\n".join(
        [
            "<details>",
            f"<summary>{shown}</summary>",
            "",
            _row(heads),
            _row(["---"] * len(heads)),
            *rows,
            "",
            "</details>",
        ]
    )


def _control(each: Answered, report: Report) -> str:
    answer = NAMES[each.answer]
    if each.answer == "met":
        answer += ", proven" if each.is_proven else ", set"
    return _row(
        [
            cells.cell(each.control.id),
            cells.cell(each.control.title),
            answer,
            _several(cells.cell(one.says) for one in _reasons(each)),
            _several(cells.code(_with_more(one, report)) for one in each.evidence),
            _several(cells.code(line_of_profile(said)) for one in each.evidence for said in one.decided),
            _several(cells.cell(who) for who in acting(each.evidence)),
        ]
    )


def _with_more(evidence: Evidence, report: Report) -> str:
    where = place(report, evidence)
    return f"{where} and {evidence.more} more" if where and evidence.more else where


def _several(texts: Iterable[str]) -> str:
    return "<br>".join(dict.fromkeys(filter(None, texts)))


def _row(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"
