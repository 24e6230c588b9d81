"""Priority, RuntimeClass and AlwaysPullImages: what follows from a pod's classes, and when its images are pulled.

Written after plugin/pkg/admission/{priority,runtimeclass,alwayspullimages}/admission.go in Kubernetes' source. Classes
are no part of the output: of most, only the name is known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.verify.admission.cluster import Cluster
from hardener.verify.admission.pod_security.pod import containers
from hardener.verify.admission.request import Request, reason
from hardener.verify.answer import Reason

_PULLED_VOLUMES_SINCE: Final = 35
# The classes that every cluster has: pkg/apis/scheduling/types.go.
_PRIORITIES: Final = {"": 0, "system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}


class Priority:
    """Gives a pod the priority of its class."""

    def __init__(self, cluster: Cluster) -> None:
        """The same for every cluster."""

    def complete(self, request: Request) -> Iterator[Reason]:
        """Refuse a pod that gives itself another priority than its class."""
        name = request.spec.get("priorityClassName", "")
        if name not in _PRIORITIES:
            request.unseen.append(f"PriorityClass {name}: whether it exists, and what it gives")
            return
        value = _PRIORITIES[name]
        if request.spec.get("priority", value) != value:
            yield reason(f"Priority: a pod of the priority class {name or 'none'} has the priority {value}")
        request.spec["priority"] = value
        request.spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
        if request.spec["preemptionPolicy"] != "PreemptLowerPriority":
            yield reason(f"Priority: the preemption policy is the class's, and not {request.spec['preemptionPolicy']}")

    def judge(self, request: Request) -> Iterator[Reason]:
        """It judges what it completes."""
        yield from ()


class RuntimeClass:
    """A pod's runtime class must exist."""

    def __init__(self, cluster: Cluster) -> None:
        """The same for every cluster."""

    def complete(self, request: Request) -> Iterator[Reason]:
        """Say what cannot be known."""
        if name := request.spec.get("runtimeClassName"):
            request.unseen.append(f"RuntimeClass {name}: whether it exists, and which nodes and overhead it brings")
        yield from ()

    def judge(self, request: Request) -> Iterator[Reason]:
        """What only a class may say, a pod without one may not."""
        if "overhead" in request.spec and not request.spec.get("runtimeClassName"):
            yield reason("RuntimeClass: a pod has no overhead but that of its runtime class")


class PulledAlways:
    """Every node asks for an image anew, so that nobody runs one that another was given the credentials for."""

    def __init__(self, cluster: Cluster) -> None:
        """Images that are volumes count once Kubernetes keeps them."""
        self._volumes = cluster.minor >= _PULLED_VOLUMES_SINCE

    def complete(self, request: Request) -> Iterator[Reason]:
        """Say so in each container."""
        for container in containers(request.pod):
            container["imagePullPolicy"] = "Always"
        for volume in request.spec.get("volumes") or () if self._volumes else ():
            if "image" in volume:
                volume["image"]["pullPolicy"] = "Always"
        yield from ()

    def judge(self, request: Request) -> Iterator[Reason]:
        """Nobody may have changed it since."""
        for container in containers(request.pod):
            if container.get("imagePullPolicy") != "Always":
                yield reason(f"AlwaysPullImages: container {container.get('name')} must pull its image always")
