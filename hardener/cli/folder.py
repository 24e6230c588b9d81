"""A folder of output as it lies on the disk: whose it is, and the text of each of its files."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NoReturn

from hardener.errors import UsageError, visible

# What says from which profile a folder was rendered: one of them is left where somebody deleted the other.
_TOLD_BY: Final = ("manifests/kustomization.yaml", ".hardener")
_RENDERED_FROM: Final = re.compile(r"# Rendered by hardener from profile (\S+)\. ")
_NOBODY: Final = ""


def require_output_of(profile: str, folder: Path) -> None:
    """Raise UsageError for a folder that no profile of this name was rendered to, with the one that was meant."""
    owner = _owner(folder)
    if owner is None:
        what = "this is no folder of output: it holds no manifests/kustomization.yaml"
    elif owner not in (profile, _NOBODY):
        what = f"this was rendered from profile {owner}, and not from {profile}"
    else:
        return
    meant = next((f"; did you mean {each}?" for each in _near(folder, profile) if _owner(each) == profile), "")
    raise UsageError(visible(f"{folder}: {what}{meant}"))


def _owner(folder: Path) -> str | None:
    """The profile that a folder of output names as its own; _NOBODY where it names none. None: it is no such folder."""
    told = [folder / name for name in _TOLD_BY if os.path.isfile(folder / name)]
    for file in told:
        if found := _RENDERED_FROM.match(_bytes(str(file)).decode(errors="replace")):
            return found[1]
    return _NOBODY if told and told[0].name != ".hardener" else None


def _near(folder: Path, profile: str) -> Iterator[Path]:
    """Folders that somebody may have meant who named this one."""
    for above in (folder, *folder.parents):
        yield from (above, above / profile, above / "output" / profile)


def texts(folder: Path) -> dict[str, str]:
    """The text of every file below a folder by its path.

    What is no text and no manifest may be a picture: of that, the letters that there are. Raises UsageError for a
    manifest that is no text, for links, and for what is no file.
    """
    found: dict[str, str] = {}
    top = str(folder)
    for place, folders, names in os.walk(top, onerror=_unreadable):
        folders.sort()
        for name in folders:
            _require(os.path.join(place, name), stat.S_IFDIR)
        for name in names:
            path = os.path.join(place, name)
            _require(path, stat.S_IFREG)
            relative = os.path.relpath(path, top) if place == top else path[len(top.rstrip("/")) + 1 :]
            found[relative] = decoded(_bytes(path), relative, path)
    return found


def _require(path: str, sort: int) -> None:
    """Raise UsageError for what is of another sort: opening a pipe could take for ever."""
    try:
        mode = os.lstat(path).st_mode
    except OSError as error:
        _unreadable(error)
    if stat.S_ISLNK(mode):
        raise UsageError(visible(f"{path}: a link: what it leads to is no part of the folder"))
    if stat.S_IFMT(mode) != sort:
        raise UsageError(visible(f"{path}: this is no file"))


def decoded(raw: bytes, relative: str, shown: str) -> str:
    """The text of one file of a folder, at a path in it. Raises UsageError, with a name for it, as `texts` does."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        from hardener.verify.written import MANIFESTS, READ

        if relative.startswith(MANIFESTS) and relative.endswith(READ):
            raise UsageError(visible(f"{shown}: this is not text in UTF-8")) from error
        return raw.decode(errors="replace")


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        _unreadable(error)


def _unreadable(error: OSError) -> NoReturn:
    raise UsageError(visible(f"{error.filename}: {(error.strerror or str(error)).lower()}")) from error
