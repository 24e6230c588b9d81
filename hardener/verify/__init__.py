"""Read what `render` wrote back, and say where it does not keep the profile's promises.

Written as if by someone else: it knows the profile and Kubernetes, and nothing of how hardener gets from one to the
other. It imports errors, source, catalog and profile alone (kept by import-linter, in pyproject.toml).

    written    the files of `output/NAME` as objects; what cannot be read is a finding
    kinds      the kinds of object that somebody here judges
    checks     one check for each promise, and all of them together
    answer     what `can`, `reach` and `admit` answer

Each word has a module of its name, which yields a Finding for each promise that is broken.
"""

from __future__ import annotations

from msgspec import Struct

from hardener.source import KeyPath


class Finding(Struct, frozen=True, kw_only=True, order=True):
    """A promise that a file does not keep.

    `word` is the promise's. `line` counts from 1; 0 is the file as a whole. `object` is its kind and name. `message`
    holds an example that shows it. `at` is the place in the profile that it breaks, if there is one.
    """

    word: str
    file: str
    line: int = 0
    object: str = ""
    message: str
    at: KeyPath = ()
