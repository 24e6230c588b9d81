"""Secrets: how what etcd stores is encrypted, and who reaches etcd.

    encryption  by whom each resource is encrypted
    firewall    from where each of etcd's ports can be reached

Whom etcd talks to, and how, is said by flags: compared with the settings, as `verify` does it. What is wrong on one
side alone, such as a key in a file, is told as `verify` finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from hardener.compare import Change
from hardener.compare.secrets.encryption import encryption
from hardener.compare.secrets.firewall import firewall
from hardener.compare.settings import of_word
from hardener.compare.settings.doubts import by_installer, doubts
from hardener.compare.settings.programs import programs
from hardener.compare.settings.provider import provider
from hardener.compare.sides import Sides
from hardener.profile import ASKED, Profile
from hardener.verify import Finding
from hardener.verify.secrets.encryption import encryption as judged_encryption
from hardener.verify.secrets.firewall import firewall as judged_firewall
from hardener.verify.secrets.texts import held
from hardener.verify.settings.folder import missing

__all__ = ["secrets"]

_FOLDER = "control-plane/"


def secrets(sides: Sides) -> Iterator[Change]:
    """What etcd keeps less secret, or more."""
    if not sides.differing:
        return
    found: list[Change] = []
    if any(file.startswith(_FOLDER) for file in sides.differing):
        found += provider(sides, "secrets", "how etcd stores what it is given, and who reaches it,")
        found += of_word("secrets", sides)
        found += (*encryption(sides), *firewall(sides), *programs(sides, "secrets"))
        found += doubts(sides, found, "secrets", (judged_encryption, judged_firewall, by_installer, _missing))
    yield from found
    if not (sides.old.rendered and sides.new.rendered):
        # What was just rendered holds no secret: a profile with one is refused.
        yield from doubts(sides, (), "secrets", (partial(_held, sides),))


def _held(sides: Sides, files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """A key or a token in one of the files that differ, but for the profile, in which a rule found none."""
    return held({file: files[file] for file in (sides.differing & files.keys()) - {ASKED}})


def _missing(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    return missing("secrets", files, profile)
