"""The scripts of a folder, beside those that the profile renders to: nothing can be proven by reading a script.

`verify` knows no templates, and takes a script to be there: the one file whose bytes must be ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from hardener.profile import Profile
from hardener.verify import Finding


def changed(files: Mapping[str, str], profile: Profile) -> Iterator[Finding]:
    """A finding for each script or unit that is another than the profile renders to; `verify` names what is missing."""
    from hardener.verify.settings.folder import programs

    rendered = _rendered(profile)
    for file, (word, what) in programs(profile).items():
        said, wanted = files.get(file, ""), rendered[file]
        if said.strip() and said != wanted:
            message = f"it is not what the profile renders to, and nobody proves what a script does: this one {what}"
            yield Finding(word=word, file=file, line=_first_other(said, wanted), message=message)


def _rendered(profile: Profile) -> dict[str, str]:
    """The hosts' files of these words. What tenants ask for changes no script, and would take most of the time."""
    from hardener.emitters import confinement, nodes, secrets, serving
    from hardener.expand import expand

    plan = expand(replace(profile, tenants={}, flows=(), access=()))
    return {each.path: each.text for word in (confinement, nodes, secrets, serving) for each in word.emit(plan)}


def _first_other(said: str, wanted: str) -> int:
    """The first line of what is said that is not wanted, from 1."""
    lines, others = said.split("\n"), wanted.split("\n")
    same = (number for number, pair in enumerate(zip(lines, others, strict=False)) if pair[0] != pair[1])
    return next(same, min(len(lines), len(others)) - 1) + 1
