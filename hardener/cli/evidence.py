"""What verify, can, reach and admit have in common: a profile, a folder of its output, and how answers are shown."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from hardener.cli.arguments import Folder
from hardener.cli.command import NO, YES
from hardener.cli.folder import require_output_of, texts
from hardener.cli.say import result, result_json, say
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
# As much of what an answer does not heed as a person reads: the rest is counted.
SHOWN = 5
_UNHEEDED = "not heeded in this answer:"
PROFILE = click.argument("profile", metavar="PROFILE", type=click.Path(path_type=Path))


class Evidence(Struct, frozen=True, eq=False, dict=True):
    """A profile, and the texts of a folder of output by path; `folder` is shown before each path.

    `about` are the words whose objects a question is about. `rendered` tells what would be rendered, which is on no
    disk, from what stands in a folder.
    """

    source: Source
    profile: Profile
    files: dict[str, str]
    folder: Path
    about: tuple[str, ...] = ()
    rendered: bool = False

    def place(self, file: str, line: int) -> str:
        """A place in the folder, as an editor can jump to it."""
        return visible(f"{self.folder / file}:{line}" if line else str(self.folder / file))

    def profile_place(self, at: KeyPath) -> str:
        """A place in the profile, as an editor can jump to it, with its path."""
        file, line = self.source.line(at)
        return visible(f"{file}:{line}: {'.'.join(map(str, at))}")

    def written(self) -> Written:
        """The folder, read. What is not understood in it is left out, and is in `unheeded`."""
        return self._read[0]

    @property
    def unheeded(self) -> tuple[Finding, ...]:
        """What `written` does not hold, or holds otherwise than it is applied."""
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[Written, tuple[Finding, ...]]:
        from hardener.verify.kustomization import kustomization
        from hardener.verify.written import read

        written, findings = read(self.files)
        applied = kustomization(written, self.profile)
        return written, tuple(sorted({*findings, *applied}, key=lambda each: (each.file, each.line, each.message)))

    def findings(self) -> tuple[Finding, ...]:
        """Each promise that the folder does not keep."""
        from hardener.verify.checks import in_order, verify

        found = verify(self.files, self.profile)
        if self.rendered:
            return found
        from hardener.cli.scripts import changed

        return in_order({*found, *changed(self.files, self.profile)})


def evidence(file: Path, against: Path | None, *about: str) -> Evidence:
    """The profile in `file`, and what is written in the folder `against`; without one, what would be rendered.

    `about` are the words of the promises whose objects the question is about. Raises HardenerError for a wrong profile,
    and for a folder that cannot be read or is not this profile's.
    """
    if against is None:
        from hardener.cli.work import renderings

        (rendering,) = renderings([file], Path("output"))
        return of_rendering(rendering, *about)
    from hardener.rules import read_sound
    from hardener.source import load

    source = load("/dev/stdin" if str(file) == "-" else file, lenient=True)
    profile = read_sound(source)
    require_output_of(profile.metadata.name, against)
    return Evidence(source, profile, texts(against), against, about)


def of_rendering(rendering: Rendering, *about: str) -> Evidence:
    """What is rendered, as if it were written already."""
    files = {artifact.path: artifact.text for artifact in rendering.artifacts}
    return Evidence(rendering.source, rendering.profile, files, rendering.folder, about, rendered=True)


def show_answer(answer: Answer, evidence: Evidence, format_: str) -> int:
    """Print an answer with its reasons; what comes back is the exit code."""
    if format_ == "json":
        result_json({**answer_data(answer, evidence), **folder_data(evidence)})
    else:
        result("\n".join(answer_lines(answer, evidence)))
        warn_of_unheeded(evidence)
    return YES if answer.yes else NO


def answer_data(answer: Answer, evidence: Evidence) -> dict[str, object]:
    """An answer as `--format json` prints it."""
    reasons = [_reason_data(reason, evidence) for reason in (*answer.reasons, *unheeded_reasons(evidence))]
    return {"question": answer.question, "answer": answer.yes, "reasons": reasons}


def answer_lines(answer: Answer, evidence: Evidence) -> list[str]:
    """An answer as a person reads it."""
    word = click.style("yes", fg="green", bold=True) if answer.yes else click.style("no", fg="red", bold=True)
    reasons = [*answer.reasons, *unheeded_reasons(evidence)]
    return [f"{word}: {visible(answer.question)}", *(line for each in reasons for line in _reason(each, evidence))]


def _reason(reason: Reason, evidence: Evidence) -> list[str]:
    return [f"  {visible(reason.message)}", *_places(reason, evidence)]


def unheeded_reasons(evidence: Evidence) -> list[Reason]:
    """What the answer does not heed, though it is of the kinds that the question is about, or may be: a part of it."""
    from hardener.verify.answer import Reason

    own = [each for each in evidence.unheeded if _of_the_question(each, evidence)]
    shown = [
        Reason(message=f"{_UNHEEDED} {each.message}", file=each.file, line=each.line, object=each.object)
        for each in own[:SHOWN]
    ]
    return shown + ([Reason(message=f"{_UNHEEDED} {len(own) - SHOWN} more of these")] if len(own) > SHOWN else [])


def warn_of_unheeded(evidence: Evidence) -> None:
    """Tell a person what else the answer does not heed, which may well change it."""
    others = [each for each in evidence.unheeded if not _of_the_question(each, evidence)]
    if not others:
        return
    lines = [f"{click.style('warning:', fg='yellow', bold=True)} {_UNHEEDED}"]
    for each in others[:SHOWN]:
        lines += [f"  {visible(each.message)}", *_places(each, evidence)]
    if len(others) > SHOWN:
        lines.append(f"  and {len(others) - SHOWN} more")
    say("\n".join(["", *lines]))


def folder_data(evidence: Evidence) -> dict[str, object]:
    """The folder that was asked, null where none was, and what of it no answer heeds: as `--format json` prints it."""
    return {
        "folder": None if evidence.rendered else str(evidence.folder),
        "not_understood": [{"message": each.message, **place_data(each, evidence)} for each in evidence.unheeded],
    }


def _of_the_question(unheeded: Finding, evidence: Evidence) -> bool:
    """Is it of a kind that the question is about, or of none that anybody can tell?"""
    unknown = not unheeded.object and unheeded.file != "manifests/kustomization.yaml"
    return unknown or unheeded.word in evidence.about


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
