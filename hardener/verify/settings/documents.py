"""Files of configuration as documents, each with the lines of what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from hardener.errors import ProfileError
from hardener.source import parse
from hardener.source.manifests import Part, Reader
from hardener.verify import Finding
from hardener.verify.objects import Object

Line = Callable[..., int]


def documents(files: Mapping[str, str], file: str, word: str = "settings") -> tuple[list[Object], list[Finding]]:
    """Each document of a file that says something, and a finding for each that cannot be read."""
    found: list[Object] = []
    findings: list[Finding] = []
    for part in _parts(files[file], file):
        findings += (
            Finding(word=word, file=file, line=problem.line, message=f"cannot be read: {problem.what}")
            for problem in part.problems
        )
        if part.problems:
            continue
        if not isinstance(part.data, dict):
            findings.append(Finding(word=word, file=file, line=part.line, message="this is no mapping of keys"))
            continue
        version, kind = (str(part.data.get(key, "")) for key in ("apiVersion", "kind"))
        found.append(Object(file, part.line, part.data, part.text, (), version, kind, "", ""))
    return found, findings


@lru_cache(maxsize=256)
def _parts(text: str, file: str) -> tuple[Part, ...]:
    """What a text holds. Several promises read the same files."""
    return tuple(Reader().parts(text, file))


def single(files: Mapping[str, str], file: str, word: str = "settings") -> tuple[Object | None, list[Finding]]:
    """The one document of a file; a finding where there is none, or another."""
    found, findings = documents(files, file, word)
    if not findings and len(found) != 1:
        findings.append(Finding(word=word, file=file, message=f"holds {len(found)} documents, and one is read"))
    return (found[0] if found and not findings else None), findings


def of_single(
    files: Mapping[str, str], file: str, judge: Callable[[Object], Iterator[Finding]], word: str = "settings"
) -> Iterator[Finding]:
    """What is wrong with a file that holds one document, if there is the file: `judge` says it of the document."""
    if file not in files:
        return
    document, findings = single(files, file, word)
    yield from findings
    if document is not None:
        yield from judge(document)


@lru_cache(maxsize=256)
def lines(text: str, file: str, first: int) -> Line:
    """Gives the line of what is at a path inside a document, which says something from line `first` on.

    It is read once, for many questions.
    """
    try:
        source = parse(text, file)
    except ProfileError:
        return lambda *_: first
    above = source.line(())[1]
    return lambda *path: source.line(path)[1] - above + first
