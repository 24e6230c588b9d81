"""The output folder: the only part that writes files.

    arrange --> survey --> is anything in the way? --> ownership file --> files --> ownership file

`wanted` arranges artifacts as folders, `ownership` knows which files are ours, `survey` compares and keeps a
`record`, `writing` writes, `folders` keeps us from being led elsewhere. Nothing is written before everything is
known, only what differs is written, and what hardener did not write stays as it is: if it is in the way, all
that is gets named at once and nothing happens. Files count as equal if their bytes are and both or neither can
be executed; other permissions belong to whoever checked them out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from hardener.artifact import Artifact
from hardener.errors import OutputError, visible
from hardener.tree import ownership, writing
from hardener.tree.folders import held, made, named
from hardener.tree.ownership import Listing, Mark
from hardener.tree.record import Record
from hardener.tree.survey import Survey, Work
from hardener.tree.wanted import Folder, arrange

__all__ = ["Changes", "compare", "write"]

PATIENCE = 30.0
"""Seconds for which another render is waited for."""


class Changes(Struct, frozen=True, kw_only=True):
    """What rendering does to the output folder: paths relative to it, sorted.

    `removed` names what a killed run left as well. `strangers` are the files under `manifests/` that this profile
    did not make: rendering leaves them alone, but whoever applies the folder whole applies them too.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    strangers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.added or self.changed or self.removed)


class _Target(Struct, frozen=True):
    """Everything that is known before the disk is looked at."""

    folder: Path
    wanted: Folder
    mark: Mark
    listing: Listing


class _Seen(Struct, frozen=True):
    """What is known once it was looked at: all that there is to know before anything is written."""

    record: Record
    work: Work
    listing: Listing


def compare(
    folder: Path, artifacts: Iterable[Artifact], *, profile: str | None = None, patience: float = PATIENCE
) -> Changes:
    """What `write` would do to `folder`, which is `output/NAME`; nothing is touched, and no right to write is needed.

    `profile` is the name of the profile; the folder is called after it. A render at work there is waited for, up
    to `patience` seconds. Raises OutputError as `write` does.
    """
    target = _target(folder, artifacts, profile or folder.name)
    try:
        with held(folder, alone=False, patience=patience) as descriptor:
            seen = _look(descriptor, target, writing=False)
    except FileNotFoundError:
        seen = _look_at_nothing(target)
    return _changes(seen.record)


def write(folder: Path, artifacts: Iterable[Artifact], *, profile: str, patience: float = PATIENCE) -> Changes:
    """Make `folder`, which is `output/NAME`, hold `artifacts`; what is there already is not written again.

    Files of ours that nothing asks for any more are removed, and the folders that this leaves empty. Another
    render at work there is waited for, up to `patience` seconds. Raises OutputError, one line for each file, link
    or folder in the way, before anything is written; also for whatever the operating system refuses.
    """
    target = _target(folder, artifacts, profile)
    with made(folder), held(folder, alone=True, patience=patience) as descriptor:
        seen = _look(descriptor, target, writing=True)
        _carry_out(descriptor, target, seen)
    return _changes(seen.record)


def _target(folder: Path, artifacts: Iterable[Artifact], profile: str) -> _Target:
    files = tuple(artifacts)
    mark = ownership.mark_of(profile)
    return _Target(folder, arrange(files), mark, ownership.listing(ownership.unmarked(files, mark), mark))


def _look(descriptor: int, target: _Target, *, writing: bool) -> _Seen:
    with named(target.folder / ownership.NAME):
        record = Record(longest=os.fpathconf(descriptor, "PC_NAME_MAX"))
        listing = ownership.read(descriptor, target.mark)
    if listing is None:
        record.obstacles[ownership.NAME] = (
            "not rendered from this profile, whose list of files has this name; move it away"
        )
        listing = ownership.NOTHING
    survey = Survey(mark=target.mark, listed=listing.paths, writing=writing, record=record)
    with named(target.folder):
        work = survey.look(descriptor, target.wanted)
    if writing and listing != target.listing:
        survey.require_writable(descriptor)
    return _sound(target, _Seen(record, work, listing))


def _look_at_nothing(target: _Target) -> _Seen:
    record = Record()
    record.add_all(target.wanted)
    return _sound(target, _Seen(record, Work(), ownership.NOTHING))


def _sound(target: _Target, seen: _Seen) -> _Seen:
    seen.record.note(seen.listing.text, target.listing.text, ownership.NAME)
    if complaint := seen.record.complaint(target.folder):
        raise OutputError(complaint)
    return seen


def _carry_out(descriptor: int, target: _Target, seen: _Seen) -> None:
    """List what is about to be ours before it is there, and what was ours until it is gone."""
    where = str(target.folder)
    before, after = seen.listing, target.listing
    if seen.work.unfinished:
        writing.clear(descriptor, where)
    now = before
    if not after.paths <= before.paths:
        now = ownership.listing(before.paths | after.paths, target.mark)
        _put_listing(descriptor, now, where)
    writing.carry_out(descriptor, seen.work, where)
    if now.text != after.text:
        _put_listing(descriptor, after, where)


def _put_listing(descriptor: int, listing: Listing, where: str) -> None:
    if listing.text is None:
        writing.remove(descriptor, ownership.NAME, where)
    else:
        writing.put(descriptor, ownership.NAME, Artifact(path=ownership.NAME, text=listing.text), where)


def _changes(record: Record) -> Changes:
    return Changes(
        added=_shown(record.added),
        changed=_shown(record.changed),
        removed=_shown(record.removed),
        unchanged=record.unchanged,
        strangers=_shown(record.strangers),
    )


def _shown(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(map(visible, paths)))
