"""How a file of ours is known: by its first line, or by its line in the ownership file.

A file that can carry a comment says in its first line (a script in its second) that hardener rendered it, and
from which profile. The others (flag files, JSON) are listed in `output/NAME/.hardener`, and only they: a file
that speaks for itself in two places could contradict itself, and every new namespace would change a file that
people review. One path a line, sorted; there are no digests, because a listed file that somebody
changed by hand is still ours: `check` names it and `render` repairs it.

The list grants nothing by itself. It is only ever asked about files that were found in the folder, so a line
that leads elsewhere means nothing, and what a merge left in it is gone after the next render.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator

from msgspec import Struct

from hardener.artifact import Artifact, rendered_from

NAME = ".hardener"
HEAD = 512
"""Bytes within which the line stands that says whose a file is."""

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_WHY = "# The files below came from it too; their formats carry no comment that could say so."


class Mark(Struct, frozen=True):
    """The lines, as comments of different formats, any of which makes a file one of this profile's."""

    lines: frozenset[bytes]
    comment: str

    def on(self, data: bytes) -> bool:
        """Whether `data`, a file or its first bytes, says that this profile made it.

        An editor that puts a byte-order mark or carriage returns into a file does not make it another's.
        """
        first, _, rest = data[:HEAD].removeprefix(b"\xef\xbb\xbf").partition(b"\n")
        if first.startswith(b"#!"):
            first = rest.partition(b"\n")[0]
        return first.rstrip(b"\r") in self.lines


def mark_of(profile: str) -> Mark:
    """What the files of the profile called `profile` are known by."""
    sentence = rendered_from(profile)
    comments = (f"# {sentence}", f"<!-- {sentence} -->", f"// {sentence}")
    return Mark(frozenset(comment.encode() for comment in comments), comments[0])


class Listing(Struct, frozen=True):
    """What `.hardener` says: the paths that are ours although the files do not say so. No text: no such file."""

    paths: frozenset[str]
    text: str | None


NOTHING = Listing(frozenset(), None)


def unmarked(artifacts: Iterable[Artifact], mark: Mark) -> Iterator[str]:
    """The paths of the artifacts that do not say themselves where they come from."""
    for artifact in artifacts:
        if not mark.on(artifact.text[:HEAD].encode()):
            yield artifact.path


def listing(paths: Iterable[str], mark: Mark) -> Listing:
    """The ownership file that lists `paths`; none at all where nothing needs to be listed."""
    ours = frozenset(paths)
    lines = [mark.comment, _WHY, *sorted(ours)]
    return Listing(ours, "".join(f"{line}\n" for line in lines) if ours else None)


def read(folder: int, mark: Mark) -> Listing | None:
    """The ownership file in `folder` as it stands; None if something that is not ours has its name.

    Raises OSError if it cannot be read.
    """
    try:
        if not stat.S_ISREG(os.stat(NAME, dir_fd=folder, follow_symlinks=False).st_mode):
            return None
    except FileNotFoundError:
        return NOTHING
    with open(os.open(NAME, _READ, dir_fd=folder), "rb") as file:
        data = file.read()
    if not mark.on(data):
        return None
    text = data.decode("utf-8", "replace")
    return Listing(frozenset(filter(_is_path, text.splitlines())), text)


def _is_path(line: str) -> bool:
    return line.isascii() and not line.startswith("#")
