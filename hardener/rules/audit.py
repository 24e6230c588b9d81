"""`controlPlane.audit`: a log that lasts as long as somebody counts on."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Final

from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.control_plane import AuditLog
from hardener.source import Source

_LOG: Final = ("controlPlane", "audit", "log")


def audit_log_lasts(profile: Profile, source: Source) -> Iterator[Problem]:
    """An age only shortens what the number of files keeps: it never prolongs it."""
    log = profile.control_plane.audit.log
    if log.daily_size is None:
        if log.max_age > AuditLog().max_age and log.max_backup is None:
            what = f"nothing lasts {log.max_age} days by this alone: a file goes as soon as there are ten newer ones"
            help = "write dailySize, the megabytes that a day writes, and as many files are kept as that calls for"
            yield source.problem((*_LOG, "maxAge"), what, help=help, rule="settings.audit-log")
    elif log.max_backup is not None and (needed := ceil(log.daily_size * log.max_age / log.max_size)) > log.max_backup:
        what = f"{log.max_backup} files of {log.max_size} MB are full before {log.max_age} days are over"
        help = f"leave it out, or write {needed} or more"
        yield source.problem((*_LOG, "maxBackup"), what, help=help, rule="settings.audit-log")
