"""What an answer may be. Each function gives the answer back as it is used, or raises ValueError with what is wrong.

An answer becomes part of YAML, of shell scripts, of Markdown and of paths: so it is held to letters that mean nothing
in any of them, whatever Kubernetes would take.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from hardener.profile.scalars import ADDRESS_RANGE, END, LABEL

# What follows is added to a name: a label's value, which Flux and Argo CD write with it, has 63 characters at most.
_LONGEST_NAME: Final = 45
_SUBJECT: Final = rf"^[A-Za-z0-9][-A-Za-z0-9@._:/]*{END}"
_REGISTRY: Final = rf"^[a-z0-9][-a-z0-9._:/]*{END}"
_BRANCH: Final = rf"^[A-Za-z0-9_][-A-Za-z0-9_]*([./][-A-Za-z0-9_]+)*{END}"
# Flux takes no other spelling: the pattern of spec.url in the CustomResourceDefinition of GitRepository.
_REPOSITORY: Final = rf"^(https://|ssh://([a-z0-9_-]+@)?)[A-Za-z0-9][-A-Za-z0-9.]*(:[0-9]+)?(/[-A-Za-z0-9._~]+)+{END}"
_REQUIREMENT: Final = rf"^[A-Za-z0-9][-A-Za-z0-9._]*(==[A-Za-z0-9.!+]+| @ https://[-A-Za-z0-9._~:/@+=#%]+){END}"


def name(text: str) -> str:
    """The name of the cluster, of the profile and of its folder."""
    if not re.match(LABEL, text) or len(text) > _LONGEST_NAME:
        raise ValueError(
            f"a name has a-z, 0-9 and '-' between them, and at most {_LONGEST_NAME} characters: it names a folder and "
            "objects in the cluster"
        )
    return text


def label(text: str) -> str:
    """A name as Kubernetes takes it for a namespace."""
    if not re.match(LABEL, text) or len(text) > 63:
        raise ValueError("a name has a-z, 0-9 and '-' between them, and at most 63 characters")
    return text


def subject(text: str) -> str:
    """A group as the API server sees it."""
    return _matching(_SUBJECT, text, "a group has letters, digits and any of @ . _ : / -")


def registry(text: str) -> str:
    """The beginning of an image's name, to the end of a part of it; nothing where any will do."""
    if text:
        _matching(_REGISTRY, text, "a registry is written as images are: registry.example.com/team/")
    return text


def branch(text: str) -> str:
    """A branch of git."""
    return _matching(_BRANCH, text, "a branch has letters, digits and any of _ . / -")


def repository(text: str) -> str:
    """Where the repository will be, for those who fetch it."""
    return _matching(_REPOSITORY, text, "write it as https://HOST/PATH or ssh://git@HOST/PATH, without a password")


def requirement(text: str) -> str:
    """What pip is told to install: one requirement, which no option can be taken for."""
    return _matching(_REQUIREMENT, text, "write one requirement as pip takes it: hardener==1.2, hardener @ https://...")


def networks(text: str) -> tuple[str, ...]:
    """Ranges of addresses. Whether they fit together is for the profile's rules."""
    return _several(text, lambda one: _matching(ADDRESS_RANGE, one, "write a range as 10.244.0.0/16"))


def labels(text: str) -> tuple[str, ...]:
    """Names of namespaces, none twice."""
    found = _several(text, label)
    if len(set(found)) < len(found):
        raise ValueError("one of them is named twice")
    return found


def _several(text: str, check: Callable[[str], str]) -> tuple[str, ...]:
    return tuple(check(one.strip(" ")) for one in text.split(","))


def _matching(pattern: str, text: str, what: str) -> str:
    if not re.match(pattern, text) or len(text) > 253 or {".", ".."} & set(text.split("/")):
        raise ValueError(what)
    return text
