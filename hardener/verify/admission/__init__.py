"""Would the API server take a pod? What `admit` answers, and what the promises about pods and nodes are judged by.

    shape          a pod as an API server keeps it, and what in it has no shape
    defaults       what is filled in where it says nothing
    request        a pod on its way in
    cluster        what in a folder decides on pods, and which plugins are on
    plugins        the API server's own plugins
    pod_security   the Pod Security Standards; pod_security_policy is what was before them
    validation     what an API server refuses of a pod before anybody judges it
    settle         what becomes of a pod between those that complete it and those that judge it
    policies       admission policies; expressions hands them the pod

Plugins and policies complete a pod first, and are then asked once more to refuse it: AllOrderedPlugins of
pkg/kubeapiserver/options/plugins.go in Kubernetes' source, which calls all of the first before any of the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from msgspec import Struct

from hardener.catalog.kubernetes import minor
from hardener.profile.cluster import Cluster as ProfileCluster
from hardener.verify import Finding
from hardener.verify.admission import defaults, shape
from hardener.verify.admission.cluster import ORDER, Cluster, UnreadableError
from hardener.verify.admission.plugins import PLUGINS, Plugin
from hardener.verify.admission.policies import Policies
from hardener.verify.admission.request import Request
from hardener.verify.admission.settle import settle
from hardener.verify.answer import Reason
from hardener.verify.written import Written

__all__ = ["Admission", "UnreadableError", "Verdict"]

Pod = dict[str, Any]

# What a pod's maker is if nobody says: somebody who is known, and in no group of the system's but the one of all.
SOMEBODY: Final = "somebody"
EVERYBODY: Final = ("system:authenticated",)
# On, and decided by what no file of the output can show.
_OUTSIDE: Final = {
    "MutatingAdmissionWebhook": "webhooks of others",
    "ValidatingAdmissionWebhook": "webhooks of others",
    "ImagePolicyWebhook": "the image verifier of ImagePolicyWebhook",
}
_NODES: Final = "system:nodes"
# Plugins that judge a change of a pod, and the subresources through which they do; "" is the pod itself.
_OF_CHANGES: Final = {
    "PodSecurity": ("", "ephemeralcontainers", "resize"),
    "PodTolerationRestriction": ("",),
    "LimitRanger": ("resize",),
    "ResourceQuota": ("resize",),
}
_POLICIES: Final = ("MutatingAdmissionPolicy", "ValidatingAdmissionPolicy")


class Verdict(Struct, frozen=True, kw_only=True):
    """Is a pod admitted, and as what would it be stored? `not_judged` is what may still refuse or change it.

    `unknown` stands in the files and is not understood: whoever relies on `admitted` must say so.
    """

    admitted: bool
    refusals: tuple[Reason, ...]
    pod: Pod
    not_judged: tuple[str, ...]
    unknown: tuple[Finding, ...] = ()


class Admission:
    """The admission of an API server that runs with what is written."""

    def __init__(self, cluster: Cluster, plugins: Mapping[str, Plugin]) -> None:
        """Made by `read`."""
        self._cluster = cluster
        self._plugins = plugins

    @classmethod
    def read(cls, written: Written, cluster: ProfileCluster) -> Admission:
        """The admission of a cluster with this output. Raises NotUnderstoodError, and so does `admit`."""
        read = Cluster(written, minor(cluster.kubernetes))
        return cls(read, {name: PLUGINS[name](read) for name in ORDER if name in read.plugins and name in PLUGINS})

    @property
    def policies(self) -> Policies:
        """Its admission policies, read once for whoever asks them."""
        return self._cluster.policies

    def admit(
        self, pod: Mapping[str, Any], namespace: str, user: str = SOMEBODY, groups: tuple[str, ...] = EVERYBODY
    ) -> Verdict:
        """What becomes of a pod that `user` creates in a namespace. The pod has no mistakes of shape."""
        request = self.request(pod, namespace, user, groups)
        refusals = dict.fromkeys(self._refusals(request))
        return Verdict(
            admitted=not refusals,
            refusals=tuple(refusals),
            pod=request.pod,
            not_judged=tuple(dict.fromkeys((*self._outside(groups), *request.unseen))),
            unknown=tuple(dict.fromkeys(request.unknown)),
        )

    def change(
        self,
        old: Pod,
        pod: Pod,
        namespace: str,
        subresource: str = "",
        user: str = SOMEBODY,
        groups: tuple[str, ...] = EVERYBODY,
    ) -> Verdict:
        """What becomes of a change to a pod, perhaps through a subresource. Both are as the API server has them."""
        into = self._cluster.namespace(namespace)
        request = Request(pod=pod, namespace=into, user=user, groups=groups, old=old, subresource=subresource)
        judging = [plugin for name, plugin in self._plugins.items() if subresource in _OF_CHANGES.get(name, ())]
        policies = [plugin for name, plugin in self._plugins.items() if name in _POLICIES]
        refusals = dict.fromkeys(
            [
                *(reason for plugin in policies for reason in plugin.complete(request)),
                *(reason for plugin in (*judging, *policies) for reason in plugin.judge(request)),
            ]
        )
        unseen = tuple(dict.fromkeys((*self._outside(groups), *request.unseen)))
        return Verdict(admitted=not refusals, refusals=tuple(refusals), pod=request.pod, not_judged=unseen)

    def request(self, pod: Mapping[str, Any], namespace: str, user: str, groups: tuple[str, ...]) -> Request:
        """A pod as it arrives: read, with defaults, and judged by nobody yet."""
        metadata = deepcopy(dict(pod.get("metadata") or {})) | {"namespace": namespace}
        spec = shape.stored(pod.get("spec") or {}, self._cluster.minor)
        read: Pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        defaults.fill(read, self._cluster.minor)
        request = Request(pod=read, namespace=self._cluster.namespace(namespace), user=user, groups=groups)
        for path in shape.forgotten(pod.get("spec") or {}, self._cluster.minor):
            where = ".".join(map(str, ("spec", *path)))
            request.unseen.append(f"{where}: Kubernetes 1.{self._cluster.minor} does not know it, and forgets it")
        return request

    def _refusals(self, request: Request) -> Iterator[Reason]:
        for plugin in self._plugins.values():
            yield from plugin.complete(request)
        settle(request.pod, self._cluster.minor)
        for plugin in self._plugins.values():
            yield from plugin.judge(request)

    def _outside(self, groups: tuple[str, ...]) -> Iterator[str]:
        """What is on, and asked by nobody here. A namespace that is asked about is there, and is not being deleted."""
        for name in sorted(self._cluster.plugins - PLUGINS.keys() - {"NamespaceLifecycle"}):
            if name in _OUTSIDE:
                yield _OUTSIDE[name]
            elif name != "NodeRestriction" or _NODES in groups:
                yield f"the API server's plugin {name}"
