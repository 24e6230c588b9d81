"""A request as the audit sees it: who was authenticated, not who is impersonated."""

from __future__ import annotations

from msgspec import Struct

EVERYBODY = ("system:authenticated",)


class Resource(Struct, frozen=True, kw_only=True):
    """What a request for a resource is about. Creating, and reading a list, go without a name."""

    group: str = ""
    resource: str
    subresource: str = ""
    name: str = ""

    @property
    def full_name(self) -> str:
        """The resource, and its subresource if it is about one."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource

    def __str__(self) -> str:
        """As people write it: exec of pods, the group behind it."""
        name = f" named {self.name}" if self.name else ""
        return f"{self.full_name}{'.' if self.group else ''}{self.group}{name}"


class Path(Struct, frozen=True):
    """A path of the API server that is no resource."""

    path: str

    def __str__(self) -> str:
        """The path itself."""
        return self.path


class Request(Struct, frozen=True, kw_only=True):
    """A request. Whoever failed to prove who it is has no name; what lies in no namespace has ""."""

    user: str = "jane"
    groups: tuple[str, ...] = EVERYBODY
    verb: str = "get"
    thing: Resource | Path
    namespace: str = ""

    def __str__(self) -> str:
        """Who does what, in a sentence."""
        groups = f" of {' and '.join(self.groups)}" if self.groups else ""
        place = f" in {self.namespace}" if self.namespace and isinstance(self.thing, Resource) else ""
        return f"{self.verb or 'what is no verb'} of {self.thing}{place} by {self.user or 'nobody'}{groups}"
