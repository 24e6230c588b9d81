"""Where pods run: what is refused, and what the API server gives to a pod that does not say it."""

from __future__ import annotations

from msgspec import Struct

from hardener.plan.admission import AdmissionPolicy, Requests


class Toleration(Struct, frozen=True, kw_only=True, order=True, omit_defaults=True):
    """A toleration as a pod writes it: of every taint with that key (Exists), or of one (Equal, or no operator)."""

    key: str
    operator: str = ""
    value: str = ""
    effect: str = ""


class MutatingPolicy(Struct, frozen=True, kw_only=True):
    """A MutatingAdmissionPolicy and its binding, which Kubernetes knows from 1.36 on.

    `patches` are CEL expressions, each of which gives JSON patches. It holds in `namespaces`, or where `inside` is
    false in all but those, as an AdmissionPolicy does.
    """

    name: str
    requests: Requests
    patches: tuple[str, ...]
    namespaces: tuple[str, ...]
    inside: bool = True


class Strangers(Struct, frozen=True, kw_only=True):
    """What the API server's plugins hold pods to whose namespace says nothing: the profile does not know it.

    `selector` is added to every such pod, as key=value; `whitelist` is what they may tolerate.
    """

    selector: str
    whitelist: tuple[Toleration, ...]

    def __post_init__(self) -> None:
        """To PodTolerationRestriction an empty list means that anything may be tolerated."""
        if not self.whitelist:
            raise ValueError("a whitelist of nothing would allow everything")


class Placement(Struct, frozen=True, kw_only=True):
    """The policies by which the API server completes pods, and those by which it refuses them, by name."""

    completing: tuple[MutatingPolicy, ...]
    refusing: tuple[AdmissionPolicy, ...]
