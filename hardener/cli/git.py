"""What git keeps, read by git's own plumbing, which takes no filters and no attributes, and writes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from hardener.errors import UsageError, visible

if TYPE_CHECKING:
    from subprocess import Popen

LINK, SUBMODULE, FOLDER = "120000", "160000", "040000"

# No prompt, no lock, nothing fetched behind our back (git 2.44 and later), and the same words in every language.
_QUIET: Final = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}


class Entry(Struct, frozen=True, kw_only=True):
    """A file, folder, link or submodule of a revision; `path` counts from the top of the repository."""

    mode: str
    object: str
    path: str


def tree_of(revision: str) -> str | None:
    """The id of a revision's tree; None if git knows no such revision."""
    # Asked on standard input, where nothing can be taken for an option.
    answer = _run(["cat-file", "--batch-check"], f"{revision}^{{tree}}\n")
    words = os.fsdecode(answer).rsplit(maxsplit=2)
    return words[0] if len(words) == 3 and words[1] == "tree" else None


def named(word: str) -> list[str]:
    """The full names of the branches, tags and remote branches that a word may mean: see gitrevisions."""
    meant = {f"refs/heads/{word}", f"refs/tags/{word}", f"refs/remotes/{word}", f"refs/remotes/{word}/HEAD"}
    answer = _run(["for-each-ref", "--format=%(refname)", *sorted(meant)])
    return [each for each in os.fsdecode(answer).splitlines() if each in meant]


def entry(tree: str, path: str) -> Entry | None:
    """What a tree has at a path; None if there is nothing."""
    if not path:
        return Entry(mode=FOLDER, object=tree, path="")
    return next(iter(_entries(["ls-tree", "-z", "--full-tree", tree, "--", path])), None)


def entries(folder: Entry) -> list[Entry]:
    """What lies directly in a folder."""
    return [_below(folder, each) for each in _entries(["ls-tree", "-z", "--full-tree", folder.object])]


def everything(folder: Entry) -> list[Entry]:
    """All files, links and submodules below a folder."""
    return [_below(folder, each) for each in _entries(["ls-tree", "-r", "-z", "--full-tree", folder.object])]


def start(file: Entry, limit: int) -> bytes:
    """The first bytes of a file, `limit` of them at most."""
    with _started(["cat-file", "blob", file.object]) as process:
        content = process.stdout.read(limit) if process.stdout else b""
    # Git that is not heard to the end is ended by a signal.
    if process.returncode > 0:
        raise UsageError(visible(f"{file.path}: git does not have what is in it: fetch it first"))
    return content


def contents(files: Iterable[Entry]) -> dict[str, bytes]:
    """What is in each of some files, by path."""
    files = list(files)
    answer = _run(["cat-file", "--batch"], "".join(f"{each.object}\n" for each in files))
    found, place = {}, 0
    for each in files:
        end = answer.index(b"\n", place)
        size = answer[place:end].rpartition(b" ")[2]
        if not size.isdigit():
            raise UsageError(visible(f"{each.path}: git does not have what is in it: fetch it first"))
        place = end + 1 + int(size) + 1
        found[each.path] = answer[end + 1 : place - 1]
    return found


def here() -> str:
    """The current directory, counted from the top of the repository: nothing, or a path that ends with a slash."""
    return os.fsdecode(_run(["rev-parse", "--show-prefix"])).removesuffix("\n")


def _entries(arguments: list[str]) -> list[Entry]:
    found = []
    for line in _run(arguments).split(b"\0")[:-1]:
        said, _, path = line.partition(b"\t")
        mode, _, name = os.fsdecode(said).split(" ")
        found.append(Entry(mode=mode, object=name, path=os.fsdecode(path)))
    return found


def _below(folder: Entry, each: Entry) -> Entry:
    path = f"{folder.path}/{each.path}" if folder.path else each.path
    return Entry(mode=each.mode, object=each.object, path=path)


def _run(arguments: list[str], asked: str = "") -> bytes:
    """What git answers. Raises UsageError with what it says when it cannot."""
    process = _started(arguments)
    answer, error = process.communicate(os.fsencode(asked))
    if process.returncode:
        said = " ".join(os.fsdecode(error).split())
        raise UsageError(visible(f"git cannot say what it has: {said.removeprefix('fatal: ') or 'it tells no reason'}"))
    return answer


def _started(arguments: list[str]) -> Popen[bytes]:
    from shutil import which
    from subprocess import PIPE, Popen

    program = which("git")
    if program is None:
        raise UsageError("there is no git here to ask for what a revision holds: install it, or name files as they lie")
    options = ["--no-pager", "--literal-pathspecs", "--no-replace-objects"]
    # No shell, and no word of the command line stands where git looks for options.
    return Popen([program, *options, *arguments], stdin=PIPE, stdout=PIPE, stderr=PIPE, env={**os.environ, **_QUIET})  # noqa: S603
