"""What `diff` compares: a profile in a file, a folder of output, or either of them as git has it."""

from __future__ import annotations

from pathlib import Path

from hardener.cli.folder import texts
from hardener.compare.sides import Side
from hardener.errors import UsageError, visible
from hardener.profile import ASKED
from hardener.rules import read_sound
from hardener.source import Source, load, parse


def side(what: str) -> Side:
    """The side that somebody named on the command line. Raises HardenerError with what is wrong with it."""
    path = Path(what)
    return _of_folder(what, texts(path)) if path.is_dir() else _of_source(what, load(path, lenient=True))


def _of_source(name: str, source: Source) -> Side:
    """A profile, with what would be rendered from it."""
    from hardener.emitters import emit
    from hardener.expand import expand

    profile = read_sound(source)
    files = {artifact.path: artifact.text for artifact in emit(expand(profile))}
    return Side(name=name, files=files, profile=profile, source=source, rendered=True)


def _of_folder(name: str, files: dict[str, str]) -> Side:
    """A folder as it lies there: its own profile says for which cluster it is."""
    if ASKED not in files:
        raise UsageError(visible(f"{name}: no folder of output: it holds no {ASKED}; name output/NAME, or a profile"))
    source = parse(files[ASKED], f"{name}/{ASKED}", lenient=True)
    return Side(name=name, files=files, profile=read_sound(source), source=source, rendered=False)
