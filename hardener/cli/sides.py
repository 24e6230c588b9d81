"""What `diff` compares: a profile in a file, a folder of output, or either of them as git has it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from hardener.cli import revisions
from hardener.cli.folder import decoded, texts
from hardener.cli.git import FOLDER, entries
from hardener.cli.work import together
from hardener.compare.sides import Side, Sides
from hardener.errors import HardenerError, ProfileError, UsageError, visible
from hardener.profile import ASKED, read
from hardener.rules import read_sound, refused
from hardener.rules.exceptions import WEAK
from hardener.source import MAX_BYTES, Source, load, parse

_STDIN = "-"
# More names than a person reads.
_SHOWN = 5
# What a profile says takes more room once it is spelled out.
_SPELLED_OUT = 4 * MAX_BYTES


def sides(old: str, new: str) -> Sides:
    """Both sides that somebody named. Raises HardenerError with what is wrong with either, all of it at once."""
    if old == new == _STDIN:
        raise UsageError("only one side can come from standard input")
    return both(lambda: side(old), lambda: side(new))


def both(old: Callable[[], Side], new: Callable[[], Side]) -> Sides:
    """Two sides, however they are found. Raises HardenerError with what is wrong with either, all of it at once."""
    from hardener.templating import remembering

    found, errors = [], []
    with remembering():
        for each in (old, new):
            try:
                found.append(each())
            except HardenerError as error:
                errors.append(error)
    if errors:
        raise together(errors)
    return Sides(*found)


def side(what: str) -> Side:
    """The side that somebody named on the command line. Raises HardenerError with what is wrong with it."""
    if what == _STDIN:
        return of_source(load("/dev/stdin", lenient=True))
    if named := revisions.split(what):
        return _of_revision(*named)
    path = Path(what)
    if not what or not path.is_dir():
        return of_source(load(path, lenient=True) if what else _nameless())
    folder = path / _own_folder(what, _names(path), lambda name: (path / name / ASKED).is_file())
    return _of_folder(str(folder), texts(folder))


def of_source(source: Source) -> Side:
    """A profile, with what would be rendered from it."""
    from hardener.emitters import emit
    from hardener.expand import expand

    profile = read_sound(source)
    files = {artifact.path: artifact.text for artifact in emit(expand(profile))}
    return Side(name=source.file, files=files, profile=profile, source=source, rendered=True)


def _of_revision(name: str, said: str) -> Side:
    at = revisions.revision(name)
    entry = revisions.found(at, said)
    if entry.mode != FOLDER:
        return of_source(load(entry.path, lenient=True, files=at))
    shown = f"{at.before}{entry.path}"
    below = {os.path.basename(each.path): each for each in entries(entry)}
    own = _own_folder(shown, below, lambda inner: at.entry(os.path.join(below[inner].path, ASKED)) is not None)
    folder = below.get(own, entry)
    shown = f"{at.before}{folder.path}"
    files = {path: decoded(raw, path, f"{shown}/{path}") for path, raw in revisions.texts(at, folder).items()}
    return _of_folder(shown, files)


def _of_folder(name: str, files: Mapping[str, str]) -> Side:
    """A folder as it lies there: its own profile says for which cluster it is.

    What is only weak there, somebody accepted when it was rendered: by an exception that may have covered another place
    before the keys were put in order.
    """
    if ASKED not in files:
        raise UsageError(visible(f"{name}/{ASKED}: this is no file"))
    source = parse(files[ASKED], f"{name}/{ASKED}", lenient=True, limit=_SPELLED_OUT)
    profile = read(source)
    if wrong := source.and_its_own(each for each in refused(profile, source) if each.rule not in WEAK):
        raise ProfileError(wrong)
    return Side(name=name, files=files, profile=profile, source=source, rendered=False)


def _own_folder(shown: str, names: Iterable[str], is_output: Callable[[str], bool]) -> str:
    """The folder of output in one: nothing for itself, or the only one that it holds.

    Raises UsageError, with those that may be meant, if that is not plain.
    """
    names = sorted(names)
    if ASKED in names:
        return ""
    inside = [name for name in names if is_output(name)]
    if len(inside) == 1:
        return inside[0]
    if inside:
        named = [os.path.join(shown, name) for name in inside[:_SHOWN]]
        more = f" or one of {len(inside) - _SHOWN} more" if len(inside) > _SHOWN else ""
        raise UsageError(visible(f"{shown}: this holds several folders of output: name {', '.join(named)}{more}"))
    way_out = "name output/NAME, or the profile; hardener render writes it anew"
    raise UsageError(visible(f"{shown}: no folder of output: it holds no {ASKED}; {way_out}"))


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError as error:
        raise UsageError(visible(f"{folder}: {(error.strerror or str(error)).lower()}")) from error


def _nameless() -> Source:
    raise UsageError("a side without a name is a variable that nobody set; for this folder, write .")
