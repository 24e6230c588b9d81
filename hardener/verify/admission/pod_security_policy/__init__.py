"""PodSecurityPolicy, until Kubernetes 1.24: a pod needs one policy that lets it through, perhaps completed.

    policy      a policy as it is written
    effective   what holds for a container
    complete    what a policy gives a pod
    judge       why it does not let a pod through; `confined` and `volumes` are parts of it

Written after plugin/pkg/admission/security/podsecuritypolicy/admission.go in Kubernetes 1.24: of the policies that the
pod's maker or its service account may use, the first by name that lets the pod through as it is, else the first that
lets it through completed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Final

from hardener.verify.access.rules import Request as Asked
from hardener.verify.access.subjects import service_account
from hardener.verify.admission.cluster import Cluster
from hardener.verify.admission.pod_security_policy.complete import completed
from hardener.verify.admission.pod_security_policy.judge import broken
from hardener.verify.admission.pod_security_policy.policy import Policy, read
from hardener.verify.admission.request import Pod, Request, reason
from hardener.verify.answer import Reason

_GROUPS: Final = ("policy", "extensions")
_CHOSEN: Final = "kubernetes.io/psp"


class PodSecurityPolicies:
    """The policies of the cluster, and who may use which."""

    def __init__(self, cluster: Cluster) -> None:
        """As the folder has them."""
        self._cluster = cluster

    def complete(self, request: Request) -> Iterator[Reason]:
        """Choose a policy, and complete the pod as it says."""
        usable = self.usable(request)
        chosen: tuple[Pod, Policy] | None = None
        for policy in usable:
            pod = completed(request.pod, policy)
            if any(broken(pod, policy)):
                continue
            if pod == request.pod:
                chosen = pod, policy
                break
            chosen = chosen or (pod, policy)
        if not chosen:
            yield from self._refused(request, usable)
            return
        request.pod, policy = chosen
        request.pod["metadata"].setdefault("annotations", {})[_CHOSEN] = policy.object.name

    def judge(self, request: Request) -> Iterator[Reason]:
        """One policy lets the pod through as it has become."""
        if _CHOSEN not in request.annotations:
            return
        usable = self.usable(request)
        for policy in usable:
            pod = completed(request.pod, policy)
            if pod == request.pod and not any(broken(pod, policy)):
                return
        yield from self._refused(request, usable)

    def usable(self, request: Request) -> list[Policy]:
        """The policies that may be used for a pod, by name."""
        namespace = request.namespace.name
        users = [(request.user, request.groups)]
        if name := request.spec.get("serviceAccountName"):
            account = service_account(namespace, name)
            users.append((account.user, account.groups()))
        return [
            policy
            for policy in self._policies
            if any(
                self._cluster.grants.may(
                    user,
                    groups,
                    Asked(
                        verb="use",
                        group=group,
                        resource="podsecuritypolicies",
                        name=policy.object.name,
                        namespace=namespace,
                    ),
                )
                for user, groups in users
                for group in _GROUPS
            )
        ]

    def _refused(self, request: Request, usable: list[Policy]) -> Iterator[Reason]:
        if not usable:
            users = " nor ".join(filter(None, (request.user, request.spec.get("serviceAccountName"))))
            yield reason(f"PodSecurityPolicy: no policy may be used in {request.namespace.name} by {users}")
        for policy in usable:
            for what in dict.fromkeys(broken(completed(request.pod, policy), policy)):
                yield reason(f"PodSecurityPolicy {policy.object.name} does not allow {what}", policy.object, "spec")

    @cached_property
    def _policies(self) -> list[Policy]:
        return sorted(map(read, self._cluster.written.of("PodSecurityPolicy")), key=lambda policy: policy.object.name)
