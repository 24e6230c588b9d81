"""PodSecurity among the other plugins: its refusals name the place where the level is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from hardener.verify.admission.cluster import Cluster, UnreadableError
from hardener.verify.admission.pod_security import plugin
from hardener.verify.admission.pod_security.labels import PREFIX
from hardener.verify.admission.request import Request, reason
from hardener.verify.answer import Reason


class Standards:
    """The Pod Security Standards that a namespace's labels ask for."""

    def __init__(self, cluster: Cluster) -> None:
        """As the cluster's configuration has it."""
        self._cluster = cluster
        try:
            self.plugin = plugin.read(cluster.configuration.get("PodSecurity"), cluster.minor)
        except plugin.UnreadableError as error:
            raise UnreadableError(cluster.configuration_file, f"PodSecurity: {error}") from error

    def complete(self, request: Request) -> Iterator[Reason]:
        """It completes nothing, and judges what others have completed."""
        yield from ()

    def judge(self, request: Request) -> Iterator[Reason]:
        """Refuse what breaks the level, if the pod is new or changes in what a level speaks of."""
        if request.old is not None and not plugin.significant(request.pod, request.old):
            return
        namespace = request.namespace
        standard = self.plugin.enforced(namespace.name, namespace.labels)
        for violation in self.plugin.broken(request.pod, namespace.name, namespace.labels, request.user):
            message = f"PodSecurity {standard}: {violation.says} ({violation.check})"
            if f"{PREFIX}enforce" in namespace.labels:
                yield reason(message, namespace.object, "metadata", "labels", f"{PREFIX}enforce")
            else:
                yield self._cluster.configured(message)
