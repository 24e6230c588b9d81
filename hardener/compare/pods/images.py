"""Images that tell apart what two sides let run: one of each beginning that either names, and of one that none does."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from hardener.verify.pods.examples import DIGEST

ELSEWHERE: Final = "images of any other registry"
SUCH_AS: Final = "images such as "
OF: Final = "images of "
_BARE: Final = ("nginx", "shop/web", "docker.io/library/web", "localhost/web")
# What every rule about images says, to read a name as runtimes do.
_OF_EVERY_RULE: Final = frozenset(["docker.io/", "index.docker.io/", "sha256:"])
# How a beginning ends where a part of a name ends.
_ENDS: Final = "/:@"


def images(words: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each image, and what it stands for, in words."""
    named = set(words) - _OF_EVERY_RULE
    for word in sorted({word.rstrip(":@") for word in named} - {""}):
        yield from _of(word, {each[-1] for each in named if each[:-1] == word and each[-1] in _ENDS})
    # Every rule names it, so that it is among no side's own words.
    yield f"{OF}docker.io/", f"docker.io/elsewhere/web{DIGEST}"
    yield ELSEWHERE, f"elsewhere.invalid/shop/web{DIGEST}"
    for name in _BARE:
        yield f"{SUCH_AS}{name}", f"{name}{DIGEST}"


def _of(word: str, ends: Collection[str]) -> Iterator[tuple[str, str]]:
    """A text with which a name may begin; whether it ends there or goes on makes another name."""
    if word.endswith("/"):
        yield f"{OF}{word}", f"{word}elsewhere/web{DIGEST}"
    elif word[-1].isalnum():
        yield f"{OF}{word}", f"{word}/web{DIGEST}"
        yield f"{SUCH_AS}{word}", f"{word}{DIGEST}"
        if not ends:
            # Whoever compares with it alone lets pass whatever goes on in any way.
            yield f"{SUCH_AS}{word}-evil/web", f"{word}-evil/web{DIGEST}"


def shortened(items: tuple[str, ...]) -> tuple[str, ...]:
    """Without examples of what is said in general."""
    if ELSEWHERE in items:
        return (ELSEWHERE,)
    general = tuple(each for each in items if each.startswith(OF))
    whole = tuple(each for each in general if not any(_is_within(each, other) for other in general))
    return whole or items


def _is_within(one: str, other: str) -> bool:
    """Is all that begins with one of them a part of what begins with the other?"""
    return one != other and one.startswith(other if other.endswith("/") else f"{other}/")
