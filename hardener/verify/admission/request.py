"""A pod on its way into the API server, who sends it, and the namespace that it goes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from hardener.verify import Finding
from hardener.verify.answer import Reason
from hardener.verify.objects import Object

Pod = dict[str, Any]


class Namespace(Struct, frozen=True, kw_only=True, eq=False):
    """A namespace as the API server has it. `object` is None for one that is not in the folder."""

    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    object: Object | None = None


class Request(Struct, kw_only=True, eq=False):
    """The creation of a pod, or the change of one that was `old`. What completes the pod changes `pod`.

    `subresource` is what a change goes through, such as ephemeralcontainers. `unseen` says what no file shows, and
    `unknown` what stands in a file and is not understood: it may refuse the pod.
    """

    pod: Pod
    namespace: Namespace
    user: str
    groups: tuple[str, ...]
    old: Pod | None = None
    subresource: str = ""
    unseen: list[str] = field(default_factory=list)
    unknown: list[Finding] = field(default_factory=list)

    @property
    def spec(self) -> Pod:
        """What the pod is to be."""
        spec: Pod = self.pod["spec"]
        return spec

    @property
    def annotations(self) -> Mapping[str, str]:
        """The pod's annotations."""
        return self.pod["metadata"].get("annotations") or {}

    @property
    def mirror(self) -> bool:
        """Does it say that it mirrors a pod which a node runs by itself?"""
        return "kubernetes.io/config.mirror" in self.annotations


class Refused(Reason, frozen=True, kw_only=True):
    """A reason that knows what it is about: the words of the expression that refuses."""

    about: str = ""


def reason(message: str, object: Object | None = None, *path: str | int) -> Reason:
    """Why a pod is refused, and the place of it in an object."""
    if object is None:
        return Reason(message=message)
    return Reason(message=message, file=object.file, line=object.line_of(*path), object=str(object))
