"""An API server that runs with one side's output, asked what it refuses of pods and of what is like them.

It is asked as `verify` asks it, but for two things: it says by which keys of a zone it refuses, not at which lines, and
it leaves aside where pods run and how much they take, which are words of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from hardener.catalog.kubernetes import minor
from hardener.compare.pods.terms import PLACES, Block, blocks
from hardener.profile import Profile
from hardener.verify import Finding
from hardener.verify.admission import EVERYBODY, SOMEBODY, Admission
from hardener.verify.admission.asked import key_of
from hardener.verify.admission.cluster import Cluster
from hardener.verify.admission.expressions import about
from hardener.verify.admission.plugins import PLUGINS, Plugin
from hardener.verify.admission.plugins.accounts import Accounts
from hardener.verify.admission.plugins.standards import Standards
from hardener.verify.admission.pod_security import PodSecurity
from hardener.verify.admission.pod_security_policy import PodSecurityPolicies
from hardener.verify.admission.policies import Resource, Review
from hardener.verify.admission.policies.validating import Validating
from hardener.verify.admission.settle import settle
from hardener.verify.pods.hosts import GROUPS
from hardener.verify.written import Written

Pod = dict[str, Any]

ANY: Final = "any"
"""What a PodSecurityPolicy refuses by: it asks for everything at once."""
NONE: Final = frozenset(["none may be used"])
"""What stands for PodSecurityPolicies where a namespace has none: then no pod is admitted there."""
# Where pods run and how much they take are judged under other words.
_ELSEWHERE: Final = frozenset([PLACES, "limits", "quota"])
_PLACING: Final = ("PodNodeSelector", "DefaultTolerationSeconds", "PodTolerationRestriction", "MutatingAdmissionPolicy")


class Server:
    """What decides about pods on one side."""

    def __init__(self, written: Written, profile: Profile, like: Server | None = None) -> None:
        """Read what decides. Raises NotUnderstoodError. `like` has the same policies: they are read once."""
        self.written = written
        self.profile = profile
        self.minor = minor(profile.cluster.kubernetes)
        self.cluster = Cluster(written, self.minor)
        self._admission = Admission(self.cluster, {})
        on = self.cluster.plugins
        self.standards: PodSecurity | None = Standards(self.cluster).plugin if "PodSecurity" in on else None
        self._accounts = Accounts(self.cluster) if "ServiceAccount" in on else None
        self.older = PodSecurityPolicies(self.cluster) if "PodSecurityPolicy" in on else None
        self._judging = "ValidatingAdmissionPolicy" in on

        if like is not None:
            self.cluster.policies, self.blocks = like.cluster.policies, like.blocks

    @cached_property
    def validating(self) -> tuple[Validating, ...]:
        """The policies that refuse something."""
        return tuple(self.cluster.policies.validating) if self._judging else ()

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """What these policies ask, and where."""
        return tuple(each for policy in self.validating for each in blocks(policy))

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What nobody understands of its policies."""
        return self.cluster.policies.problems if self._judging else ()

    def standard(self, namespace: str) -> tuple[str, int]:
        """The level that holds in a namespace, and the version of the standards that says what it means."""
        if self.standards is None:
            return "privileged", 0
        asked = self.standards.enforced(namespace, self.cluster.namespace(namespace).labels)
        return (asked.level, self.standards.version(asked)) if asked.level != "privileged" else ("privileged", 0)

    def older_policies(self, namespace: str) -> frozenset[str]:
        """What the PodSecurityPolicies say by which somebody's pods are judged in a namespace; empty: none is there."""
        if self.older is None:
            return frozenset()
        request = self._admission.request({"spec": {"serviceAccountName": "default"}}, namespace, SOMEBODY, EVERYBODY)
        found = self.older.usable(request)
        said = ([each.object.annotations, each.object.data.get("spec")] for each in found)
        return frozenset(json.dumps(each, sort_keys=True) for each in said) or NONE

    def keys(self, pod: Mapping[str, Any], namespace: str) -> frozenset[str]:
        """By which keys a new pod is refused; none: it is admitted."""
        return frozenset(key for found in self._keys(pod, namespace) for key in found)

    def admits(self, pod: Mapping[str, Any], namespace: str) -> bool:
        """Is a new pod admitted? Asks no further than it must."""
        return not any(self._keys(pod, namespace))

    def _keys(self, pod: Mapping[str, Any], namespace: str) -> Iterator[frozenset[str]]:
        """By which keys each of those refuses it who are asked, who is asked with the least effort first."""
        request = self._admission.request(pod, namespace, SOMEBODY, EVERYBODY)
        refused = [""] if self._accounts and any(self._accounts.complete(request)) else []
        refused += [ANY] if self.older and any(self.older.complete(request)) else []
        settle(request.pod, self.minor)
        refused += [ANY] if self.older and any(self.older.judge(request)) else []
        labels = request.namespace.labels
        if self.standards and self.standards.broken(request.pod, namespace, labels, SOMEBODY):
            refused.append("podSecurity")
        yield frozenset(refused)
        yield self.asked(self.review(namespace, "pods", "CREATE", request.pod))

    def asked(self, review: Review) -> frozenset[str]:
        """By which keys admission policies refuse a request, but for those that say where pods run."""
        return self._asked(review, places=False) - _ELSEWHERE

    def _asked(self, review: Review, *, places: bool) -> frozenset[str]:
        found = (refusal for each in self._about[places] for refusal in each.refusals(review))
        return frozenset(key_of(about(each.policy, each.path)) for each in found)

    @cached_property
    def _about(self) -> tuple[tuple[Validating, ...], tuple[Validating, ...]]:
        """The policies that ask what pods are, and those that ask where they run."""
        of_places = {id(each.policy) for each in self.blocks if each.is_of_placement}
        others = {id(each.policy) for each in self.blocks if not each.is_of_placement}
        return (
            tuple(each for each in self.validating if id(each) in others),
            tuple(each for each in self.validating if id(each) in of_places),
        )

    def placed(self, spec: Mapping[str, Any], namespace: str) -> Pod | None:
        """What a new pod's spec becomes by what decides where it runs; None if that refuses it."""
        request = self._admission.request({"spec": spec}, namespace, SOMEBODY, EVERYBODY)
        refused = [reason for plugin in self._placing for reason in plugin.complete(request)]
        refused += [reason for plugin in self._placing for reason in plugin.judge(request)]
        review = self.review(namespace, "pods", "CREATE", request.pod)
        if refused or PLACES in self._asked(review, places=True):
            return None
        return request.spec

    @cached_property
    def _placing(self) -> tuple[Plugin, ...]:
        return tuple(PLUGINS[name](self.cluster) for name in _PLACING if name in self.cluster.plugins)

    def review(self, namespace: str, resource: str, operation: str, object: Pod, old: Pod | None = None) -> Review:
        """A request of somebody who may do nothing else."""
        into = self.cluster.namespace(namespace)
        name, _, subresource = resource.partition("/")
        return Review(
            operation=operation,
            resource=Resource(group=GROUPS.get(name, ""), resource=name, subresource=subresource),
            namespace=namespace,
            namespace_labels=into.labels,
            namespace_annotations=into.annotations,
            name=object["metadata"].get("name", ""),
            object=object,
            old_object=old,
            user=SOMEBODY,
            groups=EVERYBODY,
            authorizer=lambda _check: False,
        )

    def holding(self, namespace: str, among: Iterable[Block]) -> Iterator[Block]:
        """Those of some blocks that hold in a namespace."""
        reviews: dict[str, Review] = {}
        for each in among:
            if each.resource not in reviews:
                reviews[each.resource] = self.review(namespace, each.resource, "CREATE", _PROBE)
            if each.holds(reviews[each.resource]):
                yield each

    def held(self, namespace: str, among: Iterable[Block]) -> dict[str, Block]:
        """Those of some blocks that hold in a namespace, by what they ask."""
        return {each.asks: each for each in self.holding(namespace, among)}


_PROBE: Final[Pod] = {"metadata": {"name": "probe"}}
