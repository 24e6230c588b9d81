"""How much a namespace may take, and what its containers get when they ask for nothing."""

from __future__ import annotations

from msgspec import Struct

# Resources and their quantities as Kubernetes prints them, by resource.
Amounts = tuple[tuple[str, str], ...]


class Limits(Struct, frozen=True, kw_only=True):
    """What a LimitRange says of containers. `max` and `min` may be empty: then there is no such bound."""

    default: Amounts
    default_request: Amounts
    max: Amounts
    min: Amounts

    def __post_init__(self) -> None:
        """A LimitRange without a default request gives a container nothing, which is what it is there for."""
        if not self.default_request:
            raise ValueError("limits without a default request")


class Quota(Struct, frozen=True, kw_only=True):
    """The quota and the limits of one namespace. Their names in the cluster do not depend on the classes.

    So a namespace that moves to another class has one quota, not two that are both in force.
    """

    namespace: str
    hard: Amounts
    limits: Limits

    def __post_init__(self) -> None:
        """A quota that names nothing constrains nothing."""
        if not self.hard:
            raise ValueError(f"the quota of {self.namespace} constrains nothing")
