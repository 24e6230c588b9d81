"""What the profile wants watched and reported, and this output does not hold yet."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.plan.gap import Gap
from hardener.profile import Profile

_NOBODY = "nobody yet"


def gaps(profile: Profile) -> Iterator[Gap]:
    """A gap for each tool and each framework that the profile names: nothing is rendered for them yet."""
    runtime, compliance = profile.runtime, profile.compliance
    if runtime.falco:
        yield Gap(path="runtime.falco", what="no rules of Falco are rendered yet", who=_NOBODY)
    frameworks = {"cis": compliance.cis, "nsa": compliance.nsa, "stig": compliance.stig}
    for name, framework in frameworks.items():
        if framework is not None:
            yield Gap(path=f"compliance.{name}", what="no report says yet how far it is met", who=_NOBODY)
