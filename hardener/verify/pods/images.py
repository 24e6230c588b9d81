"""Which image a name means, and whether a registry of the profile's is its beginning.

Names are read as container runtimes read them: splitDockerDomain in normalize.go of github.com/distribution/reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

_HUB: Final = "docker.io"
_OLD_HUB: Final = "index.docker.io"
_LIBRARY: Final = "library/"
# Of two digests no runtime makes a name: such an image never runs.
_DIGEST: Final = re.compile(r".+@sha256:[0-9a-f]{64}")
# What a runtime takes for an image that it has, wherever it came from.
_NUMBER: Final = "sha256:"


@cache
def full_name(image: str) -> str:
    """The name with its host: one that names none is Docker Hub's, and of its library if it has one part.

    >>> full_name("nginx:1"), full_name("shop/web"), full_name("localhost/web"), full_name("index.docker.io/a/b")
    ('docker.io/library/nginx:1', 'docker.io/shop/web', 'localhost/web', 'docker.io/a/b')
    """
    if image.startswith(_NUMBER):
        return image
    host, rest = _split(image)
    return f"{host}/{rest if host != _HUB or '/' in rest else _LIBRARY + rest}"


def _split(name: str) -> tuple[str, str]:
    host, slash, rest = name.partition("/")
    if not slash or not (set(host) & set(".:") or host == "localhost" or host != host.lower()):
        return _HUB, name
    return (_HUB if host == _OLD_HUB else host), rest


def comes_from(image: str, prefixes: Iterable[str]) -> bool:
    """Does the image's name begin with one of these, where a part of it ends?

    >>> [comes_from(image, ["example.com/shop"]) for image in ("example.com/shop-evil/x", "example.com/shop:1")]
    [False, True]
    """
    name = full_name(image)
    return image != "" and any(_begins(name, beginning) for prefix in prefixes for beginning in _beginnings(prefix))


def by_digest(image: str) -> bool:
    """Does the name say which bytes are meant?"""
    return _DIGEST.fullmatch(image) is not None


def _begins(name: str, beginning: str) -> bool:
    return name.startswith(beginning) and (beginning.endswith("/") or name[len(beginning) :][:1] in ("", "/", ":", "@"))


@cache
def _beginnings(prefix: str) -> frozenset[str]:
    """Of Docker Hub's, with and without its library: a prefix of one part may be either."""
    host, rest = _split(prefix)
    plain = f"{host}/{rest}"
    return frozenset([plain, full_name(prefix)]) if rest and "/" not in rest else frozenset([plain])
