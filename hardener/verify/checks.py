"""All that is promised, checked: what comes back empty has been proven.

To add a check: write `verify/<word>.py`, or a package, with a function of that name, then name it in CHECKS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.access import access
from hardener.verify.audit import audit
from hardener.verify.escalation import escalation
from hardener.verify.images import images
from hardener.verify.kustomization import kustomization
from hardener.verify.namespaces import namespaces
from hardener.verify.network import network
from hardener.verify.nodes import nodes
from hardener.verify.objects import NotUnderstoodError
from hardener.verify.pods import pods
from hardener.verify.quotas import quotas
from hardener.verify.runtime import runtime
from hardener.verify.secrets import secrets
from hardener.verify.settings import settings
from hardener.verify.tokens import tokens
from hardener.verify.unforeseen import STUMBLES, unforeseen
from hardener.verify.written import Written, read

Check = Callable[[Written, Profile], Iterator[Finding]]

CHECKS: Final[tuple[Check, ...]] = (
    access,
    audit,
    escalation,
    images,
    kustomization,
    namespaces,
    network,
    nodes,
    pods,
    quotas,
    runtime,
    secrets,
    settings,
    tokens,
)

# A check of no promise of its own is about whether everything is there, or about pods.
_WORDS: Final = {"images": "pods", "kustomization": "namespaces"}


def verify(files: Mapping[str, str], profile: Profile) -> tuple[Finding, ...]:
    """A finding for each promise of the profile that the files of `output/NAME` break, in the order of `in_order`."""
    written, findings = read(files)
    return in_order({*findings, *judged(written, profile, CHECKS)})


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What cannot be read or is not applied comes first, since it may be the cause of the rest; then by path."""
    return tuple(sorted(findings, key=lambda each: (each.word != "namespaces", *_place(each))))


def judged(written: Written, profile: Profile, checks: Iterable[Check]) -> Iterator[Finding]:
    """What the checks find in a folder that has been read."""
    for check in checks:
        try:
            yield from check(written, profile)
        except NotUnderstoodError as error:
            yield error.finding
        except STUMBLES as error:
            # Somebody's file has a form that nobody here foresaw: that is no reason to call anything proven.
            yield _stumbled(check, error)


def _stumbled(check: Check, error: Exception) -> Finding:
    word = _WORDS.get(check.__name__, check.__name__)
    return Finding(word=word, file="manifests", message=unforeseen(error))


def _place(finding: Finding) -> tuple[object, ...]:
    return finding.file, finding.line, finding.word, finding.object, finding.message, str(finding.at)
