"""What each rule must tell of, worked out from the profile alone.

An event is as in `deciding`. A rule is told by its name, which alerts carry.
"""

from __future__ import annotations

from typing import Final

from hardener.profile import Profile
from hardener.verify.runtime.containers import CONTAINERS
from hardener.verify.runtime.deciding import Event
from hardener.verify.runtime.known import Known
from hardener.verify.runtime.requests import REQUESTS

# How loud each rule is.
PRIORITIES: Final = {
    **dict.fromkeys(
        ("container.privileged", "audit.privileged-pod", "audit.widest-rights", "audit.admission"), "CRITICAL"
    ),
    **dict.fromkeys(
        (
            *("process.package-manager", "file.binaries", "file.token", "network.api-server"),
            *("audit.anonymous", "audit.impersonation"),
        ),
        "ERROR",
    ),
    **dict.fromkeys(
        (
            *("process.shell", "network.undeclared", "audit.ephemeral-container", "audit.rights", "audit.token"),
            *("audit.namespace", "audit.guard-rail", "audit.certificate", "audit.emergency"),
        ),
        "WARNING",
    ),
    **dict.fromkeys(("audit.exec", "audit.port-forward", "audit.secrets"), "NOTICE"),
}
# Rules about what lies in no namespace are quiet nowhere.
CLUSTER_WIDE: Final = ("audit.admission", "audit.certificate")


class Promise:
    """What a profile promises of each event."""

    def __init__(self, profile: Profile) -> None:
        """Work out who may do what."""
        self.known = Known(profile)
        self.quiet = {
            rule: frozenset(names)
            for rule, names in profile.runtime.quiet.items()
            if names and rule in PRIORITIES and rule not in CLUSTER_WIDE
        }

    def told(self, event: Event) -> set[str]:
        """The rules that tell of an event where they are not quiet. Declared calls are judged by `calls`."""
        rules = CONTAINERS if "evt.type" in event else REQUESTS
        return {rule for rule, tells in rules.items() if tells(self.known, event)}
