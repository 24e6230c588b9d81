"""Audit: which requests are recorded less, and which more, and for how long what is recorded is kept.

    policies  what each class of requests gains or loses; `levels`, every kind of request that rules can tell apart

Flags say where the log is and how long it is kept: compared with the settings, as `verify` does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hardener.compare import Change
from hardener.compare.audit.policies import policies
from hardener.compare.settings import of_word
from hardener.compare.settings.doubts import doubts
from hardener.compare.settings.provider import provider
from hardener.compare.settings.services import service
from hardener.compare.sides import Sides
from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.settings.folder import missing

__all__ = ["audit"]

_FOLDER = "control-plane/"


def audit(sides: Sides) -> Iterator[Change]:
    """What is recorded less, or for a shorter time; or the reverse."""
    if not any(file.startswith(_FOLDER) for file in sides.differing):
        return
    found = [
        *provider(sides, "audit", "what is recorded of each request"),
        *of_word("audit", sides),
        *service(sides, "audit"),
        *policies(sides),
    ]
    yield from found
    yield from doubts(sides, found, "audit", (_missing,))


def _missing(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    return missing("audit", files, profile)
