"""A report for a spreadsheet: one control a row, and no cell that a spreadsheet would compute.

https://owasp.org/www-community/attacks/CSV_Injection: what begins like a formula is one, quoted or not.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from hardener.cli.reports import Report, acting, line_of_profile, place
from hardener.errors import visible
from hardener.report import Answered

_COLUMNS: Final = (
    "framework",
    "control",
    "title",
    "level",
    "severity",
    "answer",
    "proven",
    "evidence",
    "output",
    "profile",
    "who must act",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_BETWEEN: Final = "; "
# What a cell of the usual spreadsheets holds; what is longer they cut, or spill into the next row.
_LONGEST: Final = 32_000


def table(report: Report) -> str:
    """Every control of every framework as a row, under a row of titles."""
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for coverage in report.coverages:
        for each in coverage.controls:
            writer.writerow([_harmless(cell) for cell in _cells(coverage.framework.name, each, report)])
    return written.getvalue()


def _cells(framework: str, each: Answered, report: Report) -> Iterator[str]:
    control = each.control
    yield from (framework, control.id, control.title)
    yield "" if control.level is None else str(control.level)
    yield from (control.severity, each.answer, "yes" if each.is_proven else "no")
    yield _together(one.says for one in each.evidence)
    yield _together(place(report, one) for one in each.evidence)
    yield _together(line_of_profile(said) for one in each.evidence for said in one.decided)
    yield _together(acting(each.evidence))


def _together(texts: Iterator[str]) -> str:
    return _BETWEEN.join(dict.fromkeys(filter(None, texts)))


def _harmless(text: str) -> str:
    """A cell that is a text whatever it begins with, on one line."""
    text = visible(text)
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
