"""What `render` has proven before it writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hardener.cli.evidence import of_rendering
from hardener.cli.findings import as_data, show
from hardener.cli.say import result_json, say

if TYPE_CHECKING:
    from hardener.cli.work import Rendering

_WAY_OUT = (
    "nothing was written: what hardener renders here cannot be proven to keep the profile's promises. That is a "
    "mistake of hardener's, and worth a report; --unproven writes it all the same"
)


def all_proven(renderings: Sequence[Rendering], format_: str) -> bool:
    """Do all of them keep what their profiles promise? What does not is shown."""
    evidence = [of_rendering(rendering) for rendering in renderings]
    broken = [(known, findings) for known in evidence if (findings := known.findings())]
    if broken and format_ == "json":
        data = [{"profile": known.profile.metadata.name, "findings": as_data(found, known)} for known, found in broken]
        result_json({"unproven": data})
    elif broken:
        say("\n\n".join([*(show(found, known) for known, found in broken), _WAY_OUT]))
    return not broken
