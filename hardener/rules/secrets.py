"""Secrets in a profile: it is committed, and what is rendered from it is committed too."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.errors import Problem
from hardener.profile import Profile
from hardener.profile.wording import leaked
from hardener.source import KeyPath, Source
from hardener.source.credentials import credentials


def texts_hold_no_secrets(profile: Profile, source: Source) -> Iterator[Problem]:
    """Where the shape of a value leaves room for one: all others are names, numbers, files and addresses."""
    # Asked of all at once: in most profiles that is the end of it.
    texts = list(_texts(profile))
    if not any(credentials("\n".join(text for _, text in texts))):
        return
    for path, text in texts:
        for what in sorted({what for _, what in credentials(text)}):
            told, help = leaked(what)
            yield source.problem(path, told, help=help, rule="secret.in-profile", veiled=True)


def _texts(profile: Profile) -> Iterator[tuple[KeyPath, str]]:
    if profile.metadata.description:
        yield ("metadata", "description"), profile.metadata.description
    yield from _of_namespaces(profile)
    for zone, asked in profile.zones.items():
        for index, registry in enumerate(asked.registries):
            yield ("zones", zone, "registries", index), registry
    for index, flow in enumerate(profile.flows):
        if flow.reason:
            yield ("flows", index, "reason"), flow.reason
    for index, exception in enumerate(profile.exceptions):
        yield ("exceptions", index, "reason"), exception.reason
        yield ("exceptions", index, "owner"), exception.owner


def _of_namespaces(profile: Profile) -> Iterator[tuple[KeyPath, str]]:
    for tenant, owned in profile.tenants.items():
        for name, namespace in owned.namespaces.items():
            for labels, held in (("labels", namespace.labels), ("annotations", namespace.annotations)):
                for key, value in held.items():
                    yield ("tenants", tenant, "namespaces", name, labels, key), value
