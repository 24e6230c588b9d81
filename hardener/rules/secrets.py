"""Secrets in a profile: it is committed, and what is rendered from it is committed too."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hardener.catalog.credentials import credentials
from hardener.errors import Problem
from hardener.profile import Profile
from hardener.source import KeyPath, Source


def texts_hold_no_secrets(profile: Profile, source: Source) -> Iterator[Problem]:
    """Where the shape of a value leaves room for one: all others are names, numbers, files and addresses."""
    # Asked of all at once: in most profiles that is the end of it.
    texts = list(_texts(profile))
    if not any(credentials("\n".join(text for _, text in texts))):
        return
    for path, text in texts:
        for what in sorted({what for _, what in credentials(text)}):
            problem = source.problem(
                path,
                f"this holds {what}, which everybody could read who reads the profile or the output",
                help="take it out, and have another issued in its place: a profile names files, and holds no secret",
                rule="secret.in-profile",
            )
            yield _covered(problem)


def _covered(problem: Problem) -> Problem:
    """The mistake without what it is about: a refusal ends up in logs, which others read than the profile."""
    shown = problem.excerpt[: problem.column - problem.excerpt_column]
    return replace(problem, excerpt=f"{shown}...", width=3)


def _texts(profile: Profile) -> Iterator[tuple[KeyPath, str]]:
    if profile.metadata.description:
        yield ("metadata", "description"), profile.metadata.description
    for tenant, owned in profile.tenants.items():
        for name, namespace in owned.namespaces.items():
            for labels, held in (("labels", namespace.labels), ("annotations", namespace.annotations)):
                for key, value in held.items():
                    yield ("tenants", tenant, "namespaces", name, labels, key), value
    for index, flow in enumerate(profile.flows):
        if flow.reason:
            yield ("flows", index, "reason"), flow.reason
    for index, exception in enumerate(profile.exceptions):
        yield ("exceptions", index, "reason"), exception.reason
        yield ("exceptions", index, "owner"), exception.owner
