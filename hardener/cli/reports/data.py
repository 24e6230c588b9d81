"""A report for programs, and the JSON Schema of that."""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Meta, Struct, json, to_builtins

from hardener.cli.reports import Report, counted, dotted
from hardener.explain import Said
from hardener.plan.gap import Gap
from hardener.report import Answer, Answered, Coverage, State
from hardener.report import Evidence as Known
from hardener.report.shown import nearest_said

TITLE: Final = "hardener report"


class Line(Struct, frozen=True, kw_only=True):
    """A line of the profile."""

    path: Annotated[str, Meta(description="The path in the profile, as in flows.3.")]
    file: str
    line: Annotated[int, Meta(description="For what nobody wrote, the nearest line that somebody did.")]
    excerpt: Annotated[str, Meta(description="What is written there; empty for a default that nobody wrote.")]


class Evidence(Struct, frozen=True, kw_only=True):
    """One thing that an answer rests on."""

    state: Annotated[
        State,
        Meta(
            description="proven: in a file that verify proves; set: written, and nobody proves what becomes of it; "
            "missing: carried out by nothing here; broken: found by verify; accepted: by an exception; "
            "left: somebody else's part; elsewhere: the question does not arise."
        ),
    ]
    says: str
    measure: Annotated[str, Meta(description="What hardener does, by its name; empty where it is about no measure.")]
    file: Annotated[str, Meta(description="A file of the output; empty for what is in none.")]
    line: Annotated[int, Meta(description="From 1; 0 is the file as a whole.")]
    more: Annotated[int, Meta(description="How many files more say the same, for other namespaces or pools.")]
    profile: Annotated[list[Line], Meta(description="The lines of the profile that decide it.")]
    who: Annotated[str, Meta(description="Who must act; empty where nobody must.")]


class Control(Struct, frozen=True, kw_only=True):
    """A control and its one answer."""

    id: str
    name: Annotated[str, Meta(description="What people call it: CIS 1.2.1.")]
    title: Annotated[str, Meta(description="What it asks for, in hardener's own words.")]
    level: Annotated[int | None, Meta(description="The level of CIS, where it is known.")]
    severity: Annotated[str, Meta(description="The severity of the STIG; empty elsewhere.")]
    answer: Answer
    proven: Annotated[bool, Meta(description="Does verify prove all that is carried out, or is some of it only set?")]
    measures: list[str]
    evidence: list[Evidence]


class Framework(Struct, frozen=True, kw_only=True):
    """A framework, with every one of its controls once."""

    framework: Annotated[str, Meta(description="Its name, as --framework takes it: cis-1.12.")]
    title: str
    version: str
    level: Annotated[int | None, Meta(description="The highest level that the profile asks for; null for all.")]
    counts: Annotated[dict[Answer, int], Meta(description="How many controls have each answer.")]
    proven: Annotated[int, Meta(description="How many of those that are met are proven.")]
    controls: list[Control]


class Accepted(Struct, frozen=True, kw_only=True):
    """An exception of the profile."""

    rule: str
    at: str
    reason: str
    owner: str
    expires: str
    profile: Line


class Open(Struct, frozen=True, kw_only=True):
    """Something that the profile asks for and this output does not carry out by itself."""

    what: str
    who: Annotated[str, Meta(description="Who must act.")]
    profile: Line


class Told(Struct, frozen=True, kw_only=True):
    """How far each framework is met."""

    profile: Annotated[str, Meta(description="The profile's name.")]
    kubernetes: str
    distribution: str
    proven: Annotated[bool, Meta(description="Does the output keep all that the profile promises?")]
    frameworks: list[Framework]
    exceptions: list[Accepted]
    gaps: list[Open]


def data(report: Report) -> dict[str, Any]:
    """All of it as plain data."""
    profile = report.world.profile
    told = Told(
        profile=profile.metadata.name,
        kubernetes=profile.cluster.kubernetes,
        distribution=profile.cluster.distribution,
        proven=not report.findings,
        frameworks=[_framework(each, report) for each in report.coverages],
        exceptions=[_exception(number, report) for number in range(len(profile.exceptions))],
        gaps=[_gap(each, report) for each in report.world.plan.gaps],
    )
    plain: dict[str, Any] = to_builtins(told)
    return plain


def schema() -> dict[str, Any]:
    """The JSON Schema of what `data` gives, draft 2020-12."""
    from hardener.profile.schema import DIALECT

    published = json.schema(Told)
    definitions = published["$defs"]
    return {"$schema": DIALECT, **definitions.pop("Told"), "title": TITLE, "$defs": definitions}


def _framework(coverage: Coverage, report: Report) -> Framework:
    about = coverage.framework
    return Framework(
        framework=about.name,
        title=about.title,
        version=about.version,
        level=coverage.level,
        counts=coverage.counts,
        proven=counted(coverage)["proven"],
        controls=[_control(each, report) for each in coverage.controls],
    )


def _control(each: Answered, report: Report) -> Control:
    about = each.control
    return Control(
        id=about.id,
        name=about.name,
        title=about.title,
        level=about.level,
        severity=about.severity,
        answer=each.answer,
        proven=each.is_proven,
        measures=list(about.measures),
        evidence=[_evidence(one, report) for one in each.evidence],
    )


def _evidence(known: Known, report: Report) -> Evidence:
    return Evidence(
        state=known.state,
        says=known.says,
        measure=known.measure,
        file=str(report.folder / known.file) if known.file else "",
        line=known.line,
        more=known.more,
        profile=[_line(each) for each in known.decided],
        who=known.who,
    )


def _exception(number: int, report: Report) -> Accepted:
    said = report.world.profile.exceptions[number]
    return Accepted(
        rule=said.rule,
        at=said.at,
        reason=said.reason,
        owner=said.owner,
        expires=said.expires,
        profile=_line(nearest_said(("exceptions", number), report.world)),
    )


def _gap(gap: Gap, report: Report) -> Open:
    return Open(what=gap.what, who=gap.who, profile=_line(nearest_said(tuple(gap.path.split(".")), report.world)))


def _line(said: Said) -> Line:
    return Line(path=dotted(said.at), file=said.file, line=said.line, excerpt=said.excerpt)
