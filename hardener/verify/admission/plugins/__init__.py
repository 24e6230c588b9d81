"""The plugins of an API server that decide on pods, in the order in which it asks them.

    accounts      ServiceAccount
    limits        LimitRanger
    quota         ResourceQuota
    placement     PodNodeSelector, DefaultTolerationSeconds, PodTolerationRestriction
    classes       Priority, RuntimeClass, AlwaysPullImages
    standards     PodSecurity
    tolerations   how tolerations are compared
    quality       what all containers of a pod ask for together

Each completes a pod and refuses it, and is asked once more, to refuse, when all have completed it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

from hardener.verify.admission import expressions
from hardener.verify.admission.cluster import Cluster
from hardener.verify.admission.plugins.accounts import Accounts
from hardener.verify.admission.plugins.classes import Priority, PulledAlways, RuntimeClass
from hardener.verify.admission.plugins.limits import Limits
from hardener.verify.admission.plugins.placement import DefaultTolerations, NodeSelector, Tolerations
from hardener.verify.admission.plugins.quota import Quotas
from hardener.verify.admission.plugins.standards import Standards
from hardener.verify.admission.pod_security_policy import PodSecurityPolicies
from hardener.verify.admission.request import Request
from hardener.verify.answer import Reason


class Plugin(Protocol):
    """One of the API server's plugins."""

    def complete(self, request: Request) -> Iterator[Reason]:
        """Change the pod as the plugin does; what comes back is why it refuses it."""

    def judge(self, request: Request) -> Iterator[Reason]:
        """Why it refuses the pod as it would be stored."""


PLUGINS: Final[Mapping[str, Callable[[Cluster], Plugin]]] = {
    "LimitRanger": Limits,
    "ServiceAccount": Accounts,
    "AlwaysPullImages": PulledAlways,
    "PodSecurity": Standards,
    "PodSecurityPolicy": PodSecurityPolicies,
    "PodNodeSelector": NodeSelector,
    "Priority": Priority,
    "DefaultTolerationSeconds": DefaultTolerations,
    "PodTolerationRestriction": Tolerations,
    "RuntimeClass": RuntimeClass,
    "MutatingAdmissionPolicy": expressions.Mutating,
    "ValidatingAdmissionPolicy": expressions.Validating,
    "ResourceQuota": Quotas,
}
