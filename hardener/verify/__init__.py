"""Read what `render` wrote back, and say where it does not keep the profile's promises.

Written as if by someone else: it knows the profile and Kubernetes, and nothing of how hardener gets from one to the
other. It imports errors, source, catalog and profile alone (kept by import-linter, in pyproject.toml). One module a
word, which takes the files of `output/NAME` as texts by path and yields a Finding for each promise that is broken.
"""

from __future__ import annotations

from msgspec import Struct


class Finding(Struct, frozen=True, kw_only=True, order=True):
    """A promise that a file does not keep. `word` is the promise's, `message` names an example that shows it."""

    word: str
    file: str
    message: str
