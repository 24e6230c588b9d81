"""All that is promised, checked: what comes back empty has been proven.

To add a check: write `verify/<word>.py` with a function of that name, then name it in CHECKS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.access import access
from hardener.verify.audit import audit
from hardener.verify.escalation import escalation
from hardener.verify.kustomization import kustomization
from hardener.verify.namespaces import namespaces
from hardener.verify.network import network
from hardener.verify.nodes import nodes
from hardener.verify.objects import NotUnderstoodError
from hardener.verify.pods import pods
from hardener.verify.quotas import quotas
from hardener.verify.secrets import secrets
from hardener.verify.settings import settings
from hardener.verify.tokens import tokens
from hardener.verify.written import Written, read

Check = Callable[[Written, Profile], Iterator[Finding]]

CHECKS: Final[tuple[Check, ...]] = (
    access,
    audit,
    escalation,
    kustomization,
    namespaces,
    network,
    nodes,
    pods,
    quotas,
    secrets,
    settings,
    tokens,
)


def verify(files: Mapping[str, str], profile: Profile) -> tuple[Finding, ...]:
    """A finding for each promise of the profile that the files of `output/NAME` break; by path, in their order."""
    written, findings = read(files)
    return tuple(sorted({*findings, *judged(written, profile)}, key=_place))


def judged(written: Written, profile: Profile) -> Iterator[Finding]:
    """What every check finds in a folder that has been read."""
    for check in CHECKS:
        try:
            yield from check(written, profile)
        except NotUnderstoodError as error:
            yield error.finding


def _place(finding: Finding) -> tuple[object, ...]:
    return finding.file, finding.line, finding.word, finding.object, finding.message, str(finding.at)
