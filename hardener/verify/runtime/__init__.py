"""Falco's rules, where the profile asks for them: what must be told of is, and nothing else keeps a rule silent.

    conditions  Falco's grammar; `deciding`, what a condition says of an event; `reading`, a file of rules
    known       what the profile says; `containers` and `requests`, what each rule must tell of; `promise`, all of them
    vocabulary  what a condition may ask; `samples`, events that show whether it does as it must
    calls       which calls are declared
    recorded    whether the audit policy records what rules ask about

A rule that the profile quiets in a namespace is silent there and nowhere else. No promise of the contract's ten is
about Falco: this word is one of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hardener.catalog import distribution, minor
from hardener.profile import Profile
from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.audit import FILE as POLICY
from hardener.verify.audit.policy import UnreadableError as UnreadablePolicyError
from hardener.verify.audit.policy import read_policy
from hardener.verify.runtime.judging import judged
from hardener.verify.runtime.promise import PRIORITIES, Promise
from hardener.verify.runtime.reading import Loaded, UnreadableError, line, read_rules
from hardener.verify.runtime.recorded import unrecorded
from hardener.verify.runtime.samples import of_requests, variants
from hardener.verify.runtime.vocabulary import of_requests as of_requests_words
from hardener.verify.written import Written

FOLDER: Final = "runtime/"
CALLS: Final = "runtime/falco-rules.yaml"
AUDIT: Final = "runtime/falco-audit-rules.yaml"
_AT: Final[KeyPath] = ("runtime", "falco")
# What decides, beside who asks, how a request is recorded.
_WHAT: Final = ("ka.verb", "ka.target.resource", "ka.target.subresource")


def runtime(written: Written, profile: Profile) -> Iterator[Finding]:
    """A finding for whatever Falco would be told otherwise than the profile says."""
    files, wanted = written.files, expected(profile)
    for file in sorted(name for name in files if name.startswith(FOLDER)):
        if file not in wanted:
            yield _finding(file, "nobody asked for it: Falco may load it beside the rules, and change them")
    for file in wanted:
        if file not in files:
            yield _finding(file, "is not there: Falco tells of nothing that it should hold")
    promise = Promise(profile) if wanted else None
    for file in wanted:
        if file in files and promise is not None:
            yield from _of_file(file, files, profile, promise)


def expected(profile: Profile) -> tuple[str, ...]:
    """The files that the profile asks for: nobody knows what the audit log of a provider's API server holds."""
    if not profile.runtime.falco:
        return ()
    return (CALLS, AUDIT) if distribution(profile.cluster.distribution).installer else (CALLS,)


def _of_file(file: str, files: Mapping[str, str], profile: Profile, promise: Promise) -> Iterator[Finding]:
    text = files[file]
    try:
        loaded = read_rules(text, file)
        for rule, message in judged(loaded, profile, promise, source="syscall" if file == CALLS else "k8s_audit"):
            at = ("runtime", "quiet", rule) if rule in profile.runtime.quiet else _AT
            yield _finding(file, message, line(text, rule), rule, at)
    except UnreadableError as error:
        yield _finding(file, f"Falco does not load it, or nobody here knows what it does: {error}")
        return
    if file == AUDIT and POLICY in files:
        yield from _unheard(loaded, files[POLICY], profile, promise)


def _unheard(loaded: Loaded, policy: str, profile: Profile, promise: Promise) -> Iterator[Finding]:
    """Rules about requests of which the audit log holds too little. An unreadable policy is `audit`'s to tell."""
    try:
        read = read_policy(policy, POLICY, minor(profile.cluster.kubernetes))
    except UnreadablePolicyError:
        return
    seen = set()
    words = {field: each for field, each in of_requests_words(promise.known).items() if field in _WHAT}
    for event in (each for sample in of_requests("web") for each in variants(sample, words)):
        for rule in promise.told(event) & loaded.rules.keys():
            for found in unrecorded(read, event):
                if (rule, found.why) not in seen:
                    seen.add((rule, found.why))
                    yield _finding(POLICY, f"{rule} would never tell of {found.request}: {found.why}", 0, rule)


def _finding(file: str, message: str, at_line: int = 0, rule: str = "", at: KeyPath = _AT) -> Finding:
    object = f"rule {rule}" if rule in PRIORITIES else ""
    return Finding(word="runtime", file=file, line=at_line, object=object, message=message, at=at)
