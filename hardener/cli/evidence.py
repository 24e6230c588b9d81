"""What verify, can, reach and admit have in common: a profile, a folder of its output, and how answers are shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from hardener.cli.arguments import Folder
from hardener.cli.command import NO, YES
from hardener.cli.folder import require_output_of, texts
from hardener.cli.say import result, result_json
from hardener.errors import visible
from hardener.profile import Profile
from hardener.source import KeyPath, Source

if TYPE_CHECKING:
    from hardener.cli.work import Rendering
    from hardener.verify import Finding
    from hardener.verify.answer import Answer, Reason
    from hardener.verify.written import Written

AGAINST = click.option(
    "--against",
    type=Folder(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="Ask the files of this folder (output/NAME itself) instead of what would be rendered.",
)
PROFILE = click.argument("profile", metavar="PROFILE", type=click.Path(path_type=Path))


class Evidence(Struct, frozen=True, eq=False):
    """A profile, and the texts of a folder of output by path; `folder` is shown before each path."""

    source: Source
    profile: Profile
    files: dict[str, str]
    folder: Path

    def place(self, file: str, line: int) -> str:
        """A place in the folder, as an editor can jump to it."""
        return visible(f"{self.folder / file}:{line}" if line else str(self.folder / file))

    def profile_place(self, at: KeyPath) -> str:
        """A place in the profile, as an editor can jump to it, with its path."""
        file, line = self.source.line(at)
        return visible(f"{file}:{line}: {'.'.join(map(str, at))}")

    def written(self) -> Written:
        """The folder, read. What is not understood in it is left out; `verify` names it."""
        from hardener.verify.written import read

        return read(self.files)[0]

    def findings(self) -> tuple[Finding, ...]:
        """Each promise that the folder does not keep."""
        from hardener.verify.checks import verify

        return verify(self.files, self.profile)


def evidence(file: Path, against: Path | None) -> Evidence:
    """The profile in `file`, and what is written in the folder `against`; without one, what would be rendered.

    Raises HardenerError for a wrong profile and for a folder that cannot be read.
    """
    if against is None:
        from hardener.cli.work import renderings

        (rendering,) = renderings([file], Path("output"))
        return of_rendering(rendering)
    from hardener.rules import read_sound
    from hardener.source import load

    source = load("/dev/stdin" if str(file) == "-" else file, lenient=True)
    profile = read_sound(source)
    require_output_of(profile.metadata.name, against)
    return Evidence(source, profile, texts(against), against)


def of_rendering(rendering: Rendering) -> Evidence:
    """What is rendered, as if it were written already."""
    files = {artifact.path: artifact.text for artifact in rendering.artifacts}
    return Evidence(rendering.source, rendering.profile, files, rendering.folder)


def show_answer(answer: Answer, evidence: Evidence, format_: str) -> int:
    """Print an answer with its reasons; what comes back is the exit code."""
    if format_ == "json":
        result_json(answer_data(answer, evidence))
    else:
        result("\n".join(answer_lines(answer, evidence)))
    return YES if answer.yes else NO


def answer_data(answer: Answer, evidence: Evidence) -> dict[str, object]:
    """An answer as `--format json` prints it."""
    reasons = [_reason_data(reason, evidence) for reason in answer.reasons]
    return {"question": answer.question, "answer": answer.yes, "reasons": reasons}


def answer_lines(answer: Answer, evidence: Evidence) -> list[str]:
    """An answer as a person reads it."""
    word = click.style("yes", fg="green", bold=True) if answer.yes else click.style("no", fg="red", bold=True)
    return [f"{word}: {visible(answer.question)}", *_reasons(answer, evidence)]


def _reasons(answer: Answer, evidence: Evidence) -> list[str]:
    lines = []
    for reason in answer.reasons:
        lines.append(f"  {visible(reason.message)}")
        lines += _places(reason, evidence)
    return lines


def _places(item: Reason | Finding, evidence: Evidence) -> list[str]:
    """Where something stands in the folder, and where in the profile, a line for each."""
    lines = (
        [f"    {evidence.place(item.file, item.line)}{f': {visible(item.object)}' * bool(item.object)}"]
        if item.file
        else []
    )
    return lines + ([f"    {evidence.profile_place(item.at)}"] if item.at else [])


def _reason_data(reason: Reason, evidence: Evidence) -> dict[str, object]:
    return {"message": reason.message, **place_data(reason, evidence)}


def place_data(item: Reason | Finding, evidence: Evidence) -> dict[str, object]:
    """Where something stands, as `--format json` prints it."""
    where: dict[str, object] = {"file": item.file, "line": item.line, "object": item.object}
    if item.at:
        file, line = evidence.source.line(item.at)
        where["profile"] = {"path": ".".join(map(str, item.at)), "file": file, "line": line}
    return where
