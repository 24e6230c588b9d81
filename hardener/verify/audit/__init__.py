"""Promise 10, proven from what is written: who is recorded, at which level, and who is not.

    request  a request as the audit sees it
    sets     sets of requests in the words of a policy
    policy   the policy as an API server reads it: of its rules, the first that holds decides
    kinds    one request of each kind that sets can tell apart
    promise  what is promised of each; `noise` is what may be dropped
    words    what in a policy decides nothing

The proof looks at a request of each kind, so nothing is left to luck, and each finding names a request that shows it.
Whether the API server is told of the policy, and of a place for what it records, is said by flags, which `settings`
judges for this promise.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from hardener.catalog import distribution
from hardener.catalog.audit import loses_yaml
from hardener.catalog.kubernetes import minor
from hardener.profile import Profile
from hardener.source import parse
from hardener.verify import Finding
from hardener.verify.audit.kinds import kinds, lowest
from hardener.verify.audit.policy import LEVELS, Policy, UnreadableError, read_policy
from hardener.verify.audit.promise import Promise, promises
from hardener.verify.audit.request import Request
from hardener.verify.audit.words import dead_words
from hardener.verify.settings import of_word
from hardener.verify.settings.folder import missing
from hardener.verify.written import Written

FILE: Final = "control-plane/audit-policy.yaml"
_FLAGS: Final = "control-plane/kube-apiserver.flags"
_AT: Final = ("controlPlane", "audit")
_SAID: Final = {
    "None": "is not recorded",
    "Metadata": "is recorded without bodies",
    "Request": "is recorded with what was sent",
    "RequestResponse": "is recorded with what was sent and what came back",
}
_BODIES: Final = ("Request", "RequestResponse")
_LATE_STAGES: Final = frozenset(["ResponseStarted", "ResponseComplete", "Panic"])


def audit(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for each promise that is broken. Where somebody else sets the API server up: none."""
    files, installer = written.files, distribution(profile.cluster.distribution).installer
    if not installer:
        return
    for file in (_FLAGS, f"control-plane/{installer}.yaml"):
        if file not in files:
            message = "is not there: nobody tells the API server of the audit policy"
            yield Finding(word="audit", file=file, message=message, at=_AT)
    yield from missing("audit", files, profile)
    yield from of_word("audit", files, profile)
    if FILE in files:
        yield from _policy(files[FILE], profile)


def _policy(text: str, profile: Profile) -> Iterator[Finding]:
    try:
        policy = read_policy(text, FILE, minor(profile.cluster.kubernetes))
    except UnreadableError as error:
        yield _finding(0, f"no API server would start with it: {error}")
        return
    messages = [*_of_requests(policy, promises(profile)), *_stages(policy, profile)]
    places = parse(text, FILE) if messages else None
    for number, message in messages:
        line = places.line(("rules", number))[1] if places and number is not None else 0
        yield _finding(line, message)


def _finding(line: int, message: str) -> Finding:
    return Finding(word="audit", file=FILE, line=line, object="Policy", message=message, at=_AT)


@lru_cache(maxsize=16)
def _of_requests(policy: Policy, promised: tuple[Promise, ...]) -> tuple[tuple[int | None, str], ...]:
    """What is wrong with the rules themselves. Profiles of one level have one policy, which is proven once."""
    return (*_levels(policy, promised), *dead_words(policy))


def _levels(policy: Policy, promised: tuple[Promise, ...]) -> Iterator[tuple[int | None, str]]:
    """Each pair of a rule and a promise that it breaks, with a request that shows it. No number: no rule holds."""
    named = [(promise, requests) for promise in promised for requests in promise.requests]
    rules = len(policy.rules)
    seen = set()
    for holding, request in kinds([*policy.rules, *(requests for _, requests in named)]).items():
        promise = named[lowest(holding >> rules)][0]
        rule = policy.deciding(request)
        if (rule, promise.why) not in seen and (message := _broken(policy, promise, request)):
            seen.add((rule, promise.why))
            yield rule, message


def _broken(policy: Policy, promise: Promise, request: Request) -> str:
    number = policy.deciding(request)
    level = policy.level(request)
    if LEVELS.index(promise.least) <= LEVELS.index(level) <= LEVELS.index(promise.most):
        return ""
    where = "by no rule" if number is None else f"by rule {number + 1}"
    low = LEVELS.index(level) < LEVELS.index(promise.least)
    bound = f"at least {promise.least}" if low else f"at most {promise.most}"
    return f"{request} {_SAID[level]}, {where}; for {promise.why}, {bound} is promised"


def _stages(policy: Policy, profile: Profile) -> Iterator[tuple[int, str]]:
    """The end of each request is recorded, and of what may be lost at its end, the beginning as well."""
    lost = loses_yaml(profile.cluster.kubernetes)
    for number, rule in enumerate(policy.rules):
        omitted = {*policy.omit_stages, *rule.omit_stages}
        if rule.level != "None" and (late := sorted(omitted & _LATE_STAGES)):
            yield number, f"rule {number + 1} leaves out {' and '.join(late)}: how a request ends would go unrecorded"
        if lost and rule.level in _BODIES and rule.with_verb("patch") and "RequestReceived" in omitted:
            what = "of a server-side apply in YAML, whose end Kubernetes fails to record, nothing would remain"
            yield number, f"rule {number + 1} leaves out RequestReceived: {what}"
