"""What a pod must be, in the CEL of an admission policy: asked of containers of every kind, and named where broken.

Containers are asked list by list: the three lists hold three types, and to whoever checks the types of an expression
there is no list of them all. Only what an API server of Kubernetes 1.30 lets into a new policy is used: fields that
may be absent, and functions of strings (pkg/cel/environment/base.go in k8s.io/apiserver, what came by 1.29).
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from hardener.plan.admission import Variable

_CONTAINERS: Final = (
    "object.spec.containers",
    "object.spec.?initContainers.orValue([])",
    "object.spec.?ephemeralContainers.orValue([])",
)

# A privileged container holds every capability, and no seccomp or AppArmor profile and no SELinux options confine it
# (LinuxContainerSecurityContext in pkg/apis/runtime/v1/api.proto of k8s.io/cri-api).
PRIVILEGED: Final = "c.?securityContext.?privileged.orValue(false)"


class Demand(Struct, frozen=True, kw_only=True):
    """Something asked of a pod: `holds`, in CEL, is true of one that is as `message` says.

    `breaking` is CEL for a text that names what of the pod is not so; `joined` stands between that and the message.
    """

    message: str
    holds: str
    breaking: str | None = None
    joined: str = ", unlike "
    variables: tuple[Variable, ...] = ()


def none_of(name: str, broken: str, message: str, *needed: Variable) -> Demand:
    """The demand that a list of texts is empty: `broken`, CEL for what breaks it, which becomes the variable `name`."""
    return Demand(
        message=message,
        holds=f"variables.{name}.size() == 0",
        breaking=f"variables.{name}.join(', ')",
        variables=(*needed, Variable(name=name, expression=broken)),
    )


def of_containers(what: str, where: str = "true") -> str:
    """CEL for a list of what is so of each container `c` for which something holds.

    >>> print(of_containers("c.name").split(" + ")[1])
    object.spec.?initContainers.orValue([]).map(c, c.name)
    """
    given = what if where == "true" else f"{where}, {what}"
    return " + ".join(f"{containers}.map(c, {given})" for containers in _CONTAINERS)
