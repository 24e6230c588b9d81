"""What verify, can, reach and admit have in common: a profile, a folder of its output, and the places in both."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from hardener.cli.arguments import Folder
from hardener.cli.folder import require_output_of, texts
from hardener.errors import visible
from hardener.profile import Profile
from hardener.source import KeyPath, Source

if TYPE_CHECKING:
    from hardener.cli.work import Rendering
    from hardener.verify import Finding
    from hardener.verify.answer import Reason
    from hardener.verify.written import Written

AGAINST = click.option(
    "--against",
    type=Folder(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="Ask the files of this folder (output/NAME itself) instead of what would be rendered.",
)
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


def place_data(item: Reason | Finding, evidence: Evidence) -> dict[str, object]:
    """Where something stands, as `--format json` prints it."""
    where: dict[str, object] = {"file": item.file, "line": item.line, "object": item.object}
    if item.at:
        file, line = evidence.source.line(item.at)
        where["profile"] = {"path": ".".join(map(str, item.at)), "file": file, "line": line}
    return where
