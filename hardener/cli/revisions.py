"""`REVISION:PATH`: a profile or a folder of output as git has it, in the repository around the current directory."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final, NoReturn

from msgspec import Struct

from hardener.cli import git
from hardener.errors import UsageError, visible

# What begins so is a path, and no revision: git lets no name of a revision begin with a dot or a slash.
_PATHS: Final = (".", "/")
# Where the name of a branch or a tag ends, and steps from there begin.
_WORD_ENDS: Final = re.compile(r"[~^]|@\{")
# What git looks for before branches and tags: full names, whole ids, and its own HEADs.
_ALWAYS_MEANT: Final = re.compile(r"refs/.*|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|@|(?:(?:FETCH|MERGE|ORIG)_)?HEAD")
_OBSTACLES: Final = {
    git.LINK: "a link, which is not followed in what git has: name what it leads to",
    git.SUBMODULE: "a submodule: compare in the repository that it is",
    git.FOLDER: "this is a folder, not a file",
}


class Revision(Struct, frozen=True, kw_only=True):
    """A tree of git's, in which the files of a profile lie. `name` is what people call it."""

    name: str
    tree: str

    @property
    def before(self) -> str:
        """What people put before a path to speak of the file of this revision."""
        return f"{self.name}:"

    def real(self, path: Path) -> Path:
        """The path, counted from a top above which nothing lies."""
        return Path(os.path.normpath(Path("/top") / path))

    def obstacle(self, path: Path) -> str:
        """Why a file of this revision cannot be read, if it cannot."""
        entry = self.entry(os.path.normpath(path))
        if entry is None:
            return "there is no such file"
        obstacle = _OBSTACLES.get(entry.mode, "")
        return f"it is {obstacle}" if entry.mode in (git.LINK, git.SUBMODULE) else obstacle and "it is not a file"

    def read(self, path: Path, limit: int) -> bytes:
        """The first bytes of a file of this revision."""
        entry = self.entry(os.path.normpath(path))
        if entry is None:
            raise FileNotFoundError
        return git.start(entry, limit)

    def entry(self, path: str) -> git.Entry | None:
        """What lies at a path. Raises UsageError where it leads through a link or a submodule."""
        path = "" if path == "." else path
        found = git.entry(self.tree, path)
        if found is None:
            for above in map(str, Path(path).parents):
                outer = git.entry(self.tree, above) if above not in (".", "..") else None
                if outer is not None and outer.mode in (git.LINK, git.SUBMODULE):
                    raise UsageError(visible(f"{self.before}{above}: {_OBSTACLES[outer.mode]}"))
        return found


def split(what: str) -> tuple[str, str] | None:
    """Revision and path, if that is what somebody named. Git tells them apart at the first colon outside of braces.

    A file whose name looks like that is never meant: else whoever adds one named `main:profile.yaml` would decide with
    what a change is compared.

    >>> split("main:a.yaml"), split("./main:a.yaml"), split("HEAD^{/fix: it}:a.yaml"), split("a.yaml")
    (('main', 'a.yaml'), None, ('HEAD^{/fix: it}', 'a.yaml'), None)
    """
    if what.startswith(_PATHS):
        return None
    depth = 0
    for place, char in enumerate(what):
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == ":" and depth <= 0:
            return what[:place], what[place + 1 :]
    return None


def revision(name: str) -> Revision:
    """A revision by what people call it. Raises UsageError for one that git does not know."""
    if not name:
        raise UsageError(
            "a colon comes after a revision, as in HEAD:profile.yaml; for what is not committed, name the file"
        )
    # Git knows no name that begins with a dash, and none goes on in another line.
    tree = None if name.startswith("-") or not name.isprintable() else git.tree_of(name)
    if tree is not None:
        _refuse_several(name)
    if tree is None:
        way_out = f"fetch it first, or, if {name}:... is a file's name, write ./{name}:..."
        raise UsageError(visible(f"{name}: git knows no such revision here: {way_out}"))
    return Revision(name=name, tree=tree)


def _refuse_several(name: str) -> None:
    """Git takes a tag before a branch: whoever makes one of a branch's name would decide with what is compared."""
    word = _WORD_ENDS.split(name, maxsplit=1)[0]
    if not word or _ALWAYS_MEANT.fullmatch(word):
        return
    meant = git.named(word)
    if len(meant) > 1:
        choices = " or ".join(each + name[len(word) :] for each in meant)
        raise UsageError(visible(f"{name}: git knows several of this name: write {choices}"))


def found(at: Revision, said: str) -> git.Entry:
    """What a revision has where somebody said, who may have counted from here with `./`.

    Raises UsageError, with what was meant, if it has nothing there, or what cannot be read.
    """
    path = _from_the_top(said)
    entry = None if path.startswith(("../", "/")) or path == ".." else at.entry(path)
    if entry is None:
        _missing(at, said)
    if entry.mode in (git.LINK, git.SUBMODULE):
        raise UsageError(visible(f"{at.before}{path}: {_OBSTACLES[entry.mode]}"))
    return entry


def texts(at: Revision, folder: git.Entry) -> dict[str, bytes]:
    """What is in each file below a folder, by its path in the folder. Raises UsageError for links and submodules."""
    files = git.everything(folder)
    for each in files:
        if each.mode in (git.LINK, git.SUBMODULE):
            raise UsageError(visible(f"{at.before}{each.path}: {_OBSTACLES[each.mode]}"))
    start = len(folder.path) + 1 if folder.path else 0
    return {path[start:]: content for path, content in git.contents(files).items()}


def _from_the_top(said: str) -> str:
    if "\0" in said or "\n" in said:
        raise UsageError(visible(f"{said}: no path has a line break in it"))
    path = git.here() + said if said.split("/")[0] in (".", "..") else said
    normal = os.path.normpath(path) if path else ""
    return "" if normal == "." else normal


def _missing(at: Revision, said: str) -> NoReturn:
    near = os.path.normpath(git.here() + said.lstrip("/"))
    others = [said.lstrip("/")] if said.startswith("/") else [near]
    meant = next((each for each in others if not each.startswith("..") and at.entry(each)), None)
    help = f"did you mean {at.before}{meant}?" if meant else "paths count from the top of the repository"
    raise UsageError(visible(f"{at.before}{said}: this revision has nothing there; {help}"))
