"""Why a line of the output is as it is: what of the profile decided it, by which measure, and what would change it.

    world        a profile with all that becomes of it
    keys         what may stand at a path of the profile, in the words of its schema
    influence    what of the profile decides a line: that without which it would be otherwise
    meanings     what somebody may mean: a file and line, an object, a flag, a field, a control, a rule, a key
    asked        all of them together

It knows every layer below and is known to none of them. Nothing here prints.
"""

from __future__ import annotations

from msgspec import Struct

from hardener.catalog.controls import Control
from hardener.source import KeyPath


class Said(Struct, frozen=True, kw_only=True):
    """A line of the profile: its path, its place, and how it is written. `file` is empty for what nobody wrote."""

    at: KeyPath
    file: str = ""
    line: int = 0
    excerpt: str = ""


class Key(Struct, frozen=True, kw_only=True):
    """What may stand at a path of the profile: what it is about, what holds by default, and what else it may be."""

    at: KeyPath
    about: str
    default: str
    may_be: str


class Spot(Struct, frozen=True, kw_only=True, order=True):
    """A place in the output. `line` 0 is the file as a whole."""

    file: str
    line: int = 0
    object: str = ""


class Explanation(Struct, frozen=True, kw_only=True):
    """One thing that was asked about.

    `sort` is what it is, `title` what it is called, `says` what there is to say of it. `decided` are the lines of the
    profile that decided it, `keys` what would change it. `measures` are those of the catalogue, `controls` what they
    carry out, those of the profile's own frameworks first. `spots` are where it is in the output, `promises` the words
    of those that cover it. `example` is YAML to write into the profile.
    """

    sort: str
    title: str
    says: tuple[str, ...] = ()
    decided: tuple[Said, ...] = ()
    keys: tuple[Key, ...] = ()
    measures: tuple[str, ...] = ()
    controls: tuple[Control, ...] = ()
    spots: tuple[Spot, ...] = ()
    promises: tuple[str, ...] = ()
    example: str = ""
