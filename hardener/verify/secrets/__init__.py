"""Promise 9, proven from what is written: what etcd stores is encrypted, and no secret is in the output.

    texts       no private key, token or password stands in a file; `fields` finds those that have but a name
    encryption  who encrypts what etcd stores; `refused` is what no API server starts with
    firewall    who may reach etcd at all

Whom etcd talks to is said by flags, which `settings` judges for this promise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hardener.profile import ASKED, Profile, canonical
from hardener.verify import Finding
from hardener.verify.secrets.encryption import encryption
from hardener.verify.secrets.firewall import firewall
from hardener.verify.secrets.texts import held
from hardener.verify.settings import of_word
from hardener.verify.settings.folder import missing
from hardener.verify.written import Written

__all__ = ["secrets"]


def _unknown(files: Mapping[str, str], profile: Profile) -> Mapping[str, str]:
    """All but the profile as it was asked for, which holds no secret: a rule keeps them out."""
    if files.get(ASKED) != canonical(profile):
        return files
    return {file: text for file, text in files.items() if file != ASKED}


def secrets(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each secret in the files, and for each way in which etcd's would be no secret."""
    files = written.files
    yield from held(_unknown(files, profile))
    yield from missing("secrets", files, profile)
    yield from of_word("secrets", files, profile)
    yield from firewall(files, profile)
    yield from encryption(files, profile)
