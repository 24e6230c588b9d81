"""Profiles rendered to be verified, and faults to put into what came out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from hardener.emitters import emit
from hardener.expand import expand
from hardener.profile import Profile
from hardener.rules import read_sound
from hardener.source import parse
from hardener.source.manifests import Reader
from hardener.verify import Finding
from hardener.verify.checks import CHECKS, judged, verify
from hardener.verify.written import read as read_files

PROFILES = Path(__file__).parent.parent / "profiles"

Files = dict[str, str]
# All faults are put into a few folders.
_READER = Reader()


class Fault(NamedTuple):
    """Something that somebody did to a folder of output, and what must be said of it.

    `profile` is a name of profiles/ or the text of one. `break_` changes the files in place. A finding of the promise
    `word` must then hold the text `says`, in its message, its object or its file.
    """

    name: str
    profile: str
    word: str
    says: str
    break_: Callable[[Files], None]


def rendered(profile: str) -> tuple[Files, Profile]:
    """What a profile becomes, and the profile: one of profiles/ by its name, or a text. The files are yours."""
    files, read = _rendered(profile)
    return dict(files), read


@cache
def _rendered(profile: str) -> tuple[Files, Profile]:
    text = profile if "\n" in profile else (PROFILES / f"{profile}.yaml").read_text()
    read = read_sound(parse(text, "profile.yaml"))
    return {artifact.path: artifact.text for artifact in emit(expand(read))}, read


def findings(files: Files, profile: Profile, *words: str) -> list[Finding]:
    """What verify says, of these promises or of all. Only checks that may say something of the words are asked."""
    return list(found(files, profile, *words) if words else verify(files, profile))


def found(files: Files, profile: Profile, *words: str) -> Iterator[Finding]:
    """What verify says of these promises, one by one: whoever looks for one of them need not wait for the rest."""
    written, read = read_files(files, _READER)
    asked = [check for check in CHECKS if check.__name__ in (*words, "namespaces", "kustomization", "images")]
    yield from (finding for finding in chain(read, judged(written, profile, asked)) if finding.word in words)


def edit(path: str, old: str, new: str, count: int = 1) -> Callable[[Files], None]:
    """Replace a text in a file; the text must be there."""

    def break_(files: Files) -> None:
        assert old in files[path], f"{path} has no {old!r}"
        files[path] = files[path].replace(old, new, count)

    return break_


def add(path: str, text: str) -> Callable[[Files], None]:
    """Add a document to a file of the manifests, or a file, which is listed as the others are."""

    def break_(files: Files) -> None:
        if path in files:
            files[path] += f"---\n{text}"
            return
        files[path] = text
        files["manifests/kustomization.yaml"] += f"  - {path.removeprefix('manifests/')}\n"

    return break_


def change(path: str, kind: str, name: str, how: Callable[[dict[str, Any]], object]) -> Callable[[Files], None]:
    """Change the data of one object of a file, which must be there."""

    def break_(files: Files) -> None:
        documents = objects(files, path)
        (mine,) = [each for each in documents if each["kind"] == kind and each["metadata"]["name"] == name]
        how(mine)
        store(files, path, documents)

    return break_


def drop(path: str, name: str, *kinds: str) -> Callable[[Files], None]:
    """Take the objects of a name out of a file: those of some kinds, or all. There must be one."""

    def break_(files: Files) -> None:
        documents = objects(files, path)
        kept = [each for each in documents if each["metadata"]["name"] != name or (kinds and each["kind"] not in kinds)]
        assert len(kept) < len(documents)
        store(files, path, kept)

    return break_


def objects(files: Files, path: str) -> list[dict[str, Any]]:
    """The data of each document of a file."""
    return [each for each in yaml.load_all(files[path], yaml.CSafeLoader) if each is not None]


def store(files: Files, path: str, documents: list[dict[str, Any]]) -> None:
    """Write documents back to a file."""
    files[path] = yaml.dump_all(documents, Dumper=yaml.CSafeDumper, sort_keys=False)
