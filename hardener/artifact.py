"""One rendered file, and the line by which it says where it comes from."""

from __future__ import annotations

from msgspec import Struct


class Artifact(Struct, frozen=True, kw_only=True):
    """A file to be written: where it goes, what it says, which measures it carries out and what asked for it.

    `path` is relative to the output folder of the profile (`output/NAME`) and always uses "/".
    `sources` are paths in the profile. An `executable` file is a script.
    """

    path: str
    text: str
    measures: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    executable: bool = False


def rendered_from(profile: str) -> str:
    """The sentence with which every file that can carry a comment begins; `hardener.tree` knows our files by it.

    >>> rendered_from("shop")
    'Rendered by hardener from profile shop. Change the profile, not this file.'
    """
    return f"Rendered by hardener from profile {profile}. Change the profile, not this file."
