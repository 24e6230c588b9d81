"""Whether the audit policy records what rules ask about: at the level that their fields need, and at their stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from hardener.verify.audit.policy import LEVELS, Level, Policy
from hardener.verify.audit.request import EVERYBODY, Request, Resource
from hardener.verify.runtime import requests
from hardener.verify.runtime.deciding import Event
from hardener.verify.runtime.known import several

# Fields of what was sent, and of what came back; the rest is there wherever a request is recorded at all
# (ExtractFromJSON in plugins/k8saudit/pkg/k8saudit/extract.go of falcosecurity/plugins).
_SENT: Final = "ka.req."
_ANSWERED: Final = "ka.resp."
_GROUPS: Final = {
    **dict.fromkeys(requests.RIGHTS, "rbac.authorization.k8s.io"),
    **dict.fromkeys(requests.ADMISSION, "admissionregistration.k8s.io"),
    "podsecuritypolicies": "policy",
    "clusterpolicies": "kyverno.io",
    "policyexceptions": "kyverno.io",
    "clusterimagepolicies": "policy.sigstore.dev",
    "networkpolicies": "networking.k8s.io",
    "ciliumnetworkpolicies": "cilium.io",
    "ciliumclusterwidenetworkpolicies": "cilium.io",
    "globalnetworkpolicies": "projectcalico.org",
    "certificatesigningrequests": "certificates.k8s.io",
}


class Unrecorded(NamedTuple):
    """A request of which a rule would never hear, and why."""

    request: Request
    why: str


def asked(event: Event) -> Request:
    """The request behind an event."""
    resource = str(event.get("ka.target.resource", ""))
    thing = Resource(
        group=_GROUPS.get(resource, ""), resource=resource, subresource=str(event.get("ka.target.subresource", ""))
    )
    return Request(
        user=str(event["ka.user.name"]),
        groups=several(event, "ka.user.groups") or EVERYBODY,
        verb=str(event["ka.verb"]),
        thing=thing,
        namespace=str(event.get("ka.target.namespace", "")),
    )


def needed(event: Event) -> Level:
    """The level at which an event has all of its fields."""
    if any(field.startswith(_ANSWERED) for field in event):
        return "RequestResponse"
    return "Request" if any(field.startswith(_SENT) for field in event) else "Metadata"


def unrecorded(policy: Policy, event: Event) -> Iterator[Unrecorded]:
    """What an event lacks."""
    request, level = asked(event), needed(event)
    number, found = policy.deciding(request), policy.level(request)
    if LEVELS.index(found) < LEVELS.index(level):
        yield Unrecorded(request, f"it is recorded at {found}, and what the rule asks about needs {level}")
    elif number is not None:
        rule = policy.rules[number]
        if event["ka.stage"] in (*policy.omit_stages, *rule.omit_stages):
            yield Unrecorded(request, f"its stage {event['ka.stage']} is left out")
