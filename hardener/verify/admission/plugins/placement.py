"""PodNodeSelector, DefaultTolerationSeconds and PodTolerationRestriction: on which nodes a namespace's pods run.

Written after plugin/pkg/admission/{podnodeselector,defaulttolerationseconds,podtolerationrestriction}/admission.go in
Kubernetes' source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hardener.verify.admission.cluster import Cluster, UnreadableError
from hardener.verify.admission.plugins.quality import quality
from hardener.verify.admission.plugins.tolerations import Toleration, merged, within
from hardener.verify.admission.request import Namespace, Request, reason
from hardener.verify.answer import Reason

_PREFIX: Final = "scheduler.alpha.kubernetes.io/"
SELECTOR: Final = f"{_PREFIX}node-selector"
DEFAULTS: Final = f"{_PREFIX}defaultTolerations"
ALLOWED: Final = f"{_PREFIX}tolerationsWhitelist"
_CONFIGURED: Final = "podNodeSelectorPluginConfig"
_CLUSTER: Final = "clusterDefaultNodeSelector"
_PRESSURE: Final = {"key": "node.kubernetes.io/memory-pressure", "operator": "Exists", "effect": "NoSchedule"}
_STATES: Final = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_TOLERATION: Final = {"key", "operator", "value", "effect", "tolerationSeconds"}


class NodeSelector:
    """Gives a pod its namespace's node selector, and refuses one that says otherwise."""

    def __init__(self, cluster: Cluster) -> None:
        """As the cluster's configuration has it."""
        data = cluster.configuration.get("PodNodeSelector") or {_CONFIGURED: {}}
        selectors = data.get(_CONFIGURED) if isinstance(data, dict) else None
        if not isinstance(selectors, dict) or not all(isinstance(text, str) for text in selectors.values()):
            raise UnreadableError(cluster.configuration_file, "PodNodeSelector is configured by no texts by namespace")
        self._selectors: Mapping[str, str] = selectors
        self._cluster = cluster

    def complete(self, request: Request) -> Iterator[Reason]:
        """Add what the namespace asks for."""
        asked = self.selector(request.namespace)
        if asked is None:
            yield self._reason(request, "the node selector of its namespace cannot be read: no pod is created there")
            return
        own = request.spec.get("nodeSelector") or {}
        clashing = sorted(key for key in asked.keys() & own.keys() if asked[key] != own[key])
        if clashing:
            key = clashing[0]
            message = f"the pod selects nodes by {key}={own[key]}, its namespace by {key}={asked[key]}"
            yield self._reason(request, message)
            return
        if asked:
            request.spec["nodeSelector"] = asked | own
        allowed = parsed(self._selectors.get(request.namespace.name, ""))
        more = sorted(f"{key}={value}" for key, value in (asked | own).items() if (allowed or {}).get(key) != value)
        if allowed and more:
            yield self._cluster.configured(f"the pod selects nodes by {more[0]}, which its namespace may not")

    def judge(self, request: Request) -> Iterator[Reason]:
        """Once more, after everybody has completed the pod."""
        before = request.spec.get("nodeSelector")
        yield from self.complete(request)
        if before is None:
            request.spec.pop("nodeSelector", None)
        else:
            request.spec["nodeSelector"] = before

    def selector(self, namespace: Namespace) -> dict[str, str] | None:
        """What the pods of a namespace get; None if it cannot be read."""
        return parsed(namespace.annotations.get(SELECTOR, self._selectors.get(_CLUSTER, "")))

    def _reason(self, request: Request, message: str) -> Reason:
        if SELECTOR in request.namespace.annotations:
            return reason(f"PodNodeSelector: {message}", request.namespace.object, "metadata", "annotations", SELECTOR)
        return self._cluster.configured(f"PodNodeSelector: {message}")


def parsed(text: str) -> dict[str, str] | None:
    """A selector such as a=b,c=d; None for what is none: ConvertSelectorToLabelsMap of apimachinery's labels.go."""
    selector = {}
    for part in text.split(",") if text else ():
        key, equals, value = part.partition("=")
        if not equals or "=" in value or not key.strip():
            return None
        selector[key.strip()] = value.strip()
    return selector


class DefaultTolerations:
    """Lets every pod stay for five minutes on a node that is lost, unless the pod says what to do."""

    def __init__(self, cluster: Cluster) -> None:
        """The same for every cluster: how long is a flag, and says nothing of who is admitted."""

    def complete(self, request: Request) -> Iterator[Reason]:
        """Add the two tolerations."""
        own = request.spec.get("tolerations") or []
        for key in _STATES:
            if not any(one.get("key", "") in ("", key) and one.get("effect", "") in ("", "NoExecute") for one in own):
                state = {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
                request.spec["tolerations"] = [*(request.spec.get("tolerations") or []), state]
        return
        yield

    def judge(self, request: Request) -> Iterator[Reason]:
        """It refuses nothing."""
        yield from ()


class Tolerations:
    """Gives a pod its namespace's tolerations, and refuses others than its namespace lets through."""

    def __init__(self, cluster: Cluster) -> None:
        """As the cluster's configuration has it."""
        data = cluster.configuration.get("PodTolerationRestriction") or {}
        known = isinstance(data, dict) and not data.keys() - {"apiVersion", "kind", "default", "whitelist"}
        default, allowed = (_tolerations(data.get(key) or []) if known else None for key in ("default", "whitelist"))
        if default is None or allowed is None:
            raise UnreadableError(
                cluster.configuration_file, "the configuration of PodTolerationRestriction is unknown"
            )
        self._default, self._allowed = default, allowed
        self._cluster = cluster

    def complete(self, request: Request) -> Iterator[Reason]:
        """Add what the namespace gives, and judge."""
        given = self._said(request.namespace, DEFAULTS, self._default)
        if given is None:
            message = f"PodTolerationRestriction: {DEFAULTS} of its namespace cannot be read: no pod is created there"
            yield reason(message, request.namespace.object, "metadata", "annotations", DEFAULTS)
            return
        if quality(request.spec) != "BestEffort":
            given = [*given, dict(_PRESSURE)]
        if given:
            request.spec["tolerations"] = merged(request.spec.get("tolerations") or [], given)
        yield from self.judge(request)

    def judge(self, request: Request) -> Iterator[Reason]:
        """Refuse what the namespace does not let through."""
        own = request.spec.get("tolerations") or []
        if not own:
            return
        allowed = self._said(request.namespace, ALLOWED, self._allowed)
        namespace = request.namespace
        if allowed is None:
            message = f"PodTolerationRestriction: {ALLOWED} of its namespace cannot be read: no pod is created there"
            yield reason(message, namespace.object, "metadata", "annotations", ALLOWED)
        elif strange := within(own, allowed):
            message = f"PodTolerationRestriction: the pod may not tolerate {worded(strange)}"
            if ALLOWED in namespace.annotations:
                yield reason(message, namespace.object, "metadata", "annotations", ALLOWED)
            else:
                yield self._cluster.configured(message)

    def _said(self, namespace: Namespace, key: str, otherwise: list[Toleration]) -> list[Toleration] | None:
        if key not in namespace.annotations:
            return otherwise
        text = namespace.annotations[key]
        if not text:
            return []
        from msgspec import DecodeError, json

        try:
            return _tolerations(json.decode(text) or [])
        except DecodeError:
            return None


def _tolerations(data: Any) -> list[Toleration] | None:
    """The tolerations as they are compared, without what is empty; None if somebody wrote what is no toleration."""
    if not isinstance(data, list) or not all(isinstance(one, dict) and not one.keys() - _TOLERATION for one in data):
        return None
    return [{key: value for key, value in one.items() if value not in ("", None)} for one in data]


def worded(toleration: Toleration) -> str:
    """A toleration as kubectl shows it: key=value:Effect; every key without one."""
    key = toleration.get("key") or "every taint"
    value = f"={toleration['value']}" if toleration.get("value") else ""
    return f"{key}{value}{':' + toleration['effect'] if toleration.get('effect') else ''}"
