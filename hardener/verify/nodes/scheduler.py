"""On which pools a pod can come to run, by the rules of Kubernetes' scheduler and of its kubelets.

A scheduler puts a pod where its selector, its affinity and its tolerations let it (plugins nodeaffinity and
tainttoleration in pkg/scheduler/framework/plugins). A kubelet takes a pod that names its node by the same, but for
taints other than NoExecute (generalFilter in pkg/kubelet/lifecycle/predicate.go).

Labels that a file does not speak of may be there or not: nobody here knows, so whatever asks for them may be given it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from hardener.verify.nodes.pools import Pool, Taint

Spec = Mapping[str, Any]

_SCHEDULER: Final = ("NoSchedule", "NoExecute")
_KUBELET: Final = ("NoExecute",)
_PROTECTED: Final = "node-restriction.kubernetes.io"


def runs_on(spec: Spec, pools: Iterable[Pool], *, lured: bool = False) -> frozenset[str]:
    """The names of the pools on whose nodes a pod with this spec can run.

    `lured`: on whose nodes it could run if these did what a kubelet can to get it: join without taints, and give
    themselves whatever label nobody keeps from them.
    """
    effects = () if lured else _KUBELET if spec.get("nodeName") else _SCHEDULER
    return frozenset(
        pool.name
        for pool in pools
        if _selects(spec, _protected(pool.labels) if lured else pool.labels)
        and all(_tolerated(taint, spec) for taint in pool.taints if taint.effect in effects)
    )


def is_protected(key: str) -> bool:
    """Is this a label that no kubelet may set? (getForbiddenLabels in plugin/pkg/admission/noderestriction)

    >>> is_protected("zone.node-restriction.kubernetes.io/cards"), is_protected("example.com/cards")
    (True, False)
    """
    prefix, slash, _ = key.partition("/")
    return bool(slash) and (prefix == _PROTECTED or prefix.endswith(f".{_PROTECTED}"))


def _protected(labels: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in labels.items() if is_protected(key)}


def tolerates(toleration: Spec, taint: Taint) -> bool:
    """ToleratesTaint in core/v1/toleration.go of k8s.io/api. What compares numbers is alpha, and off."""
    if toleration.get("effect") and toleration["effect"] != taint.effect:
        return False
    if toleration.get("key") and toleration["key"] != taint.key:
        return False
    operator = toleration.get("operator") or "Equal"
    return operator == "Exists" or (operator == "Equal" and (toleration.get("value") or "") == taint.value)


def _tolerated(taint: Taint, spec: Spec) -> bool:
    return any(tolerates(each, taint) for each in spec.get("tolerations") or ())


def _selects(spec: Spec, labels: Mapping[str, str]) -> bool:
    """Selector and affinity must both hold; of the affinity's terms one is enough.

    (component-helpers/scheduling/corev1/nodeaffinity of k8s.io)
    """
    selector = spec.get("nodeSelector") or {}
    if not all(_in(labels, key, (value,)) for key, value in selector.items()):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or any(_term(term, labels) for term in required.get("nodeSelectorTerms") or ())


def _term(term: Spec, labels: Mapping[str, str]) -> bool:
    """A term that says nothing selects nothing. Its fields are the name of a node, which may be any."""
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    return all(_field(each) for each in fields) and all(
        _OPERATORS[each["operator"]](labels, each["key"], tuple(each.get("values") or ()))
        if each.get("operator") in _OPERATORS
        else False
        for each in expressions
    )


def _field(requirement: Spec) -> bool:
    """Of the fields of a node there is its name alone, compared with one value."""
    known = requirement.get("key") == "metadata.name" and requirement.get("operator") in ("In", "NotIn")
    return known and len(requirement.get("values") or ()) == 1


def _unknown(labels: Mapping[str, str], key: str) -> bool:
    """Does nobody here know whether a node has this label? Who may set one that is protected has said so."""
    return key not in labels and not is_protected(key)


def _in(labels: Mapping[str, str], key: str, values: tuple[str, ...]) -> bool:
    return labels.get(key) in values or (_unknown(labels, key) and bool(values))


def _not_in(labels: Mapping[str, str], key: str, values: tuple[str, ...]) -> bool:
    return labels.get(key) not in values


def _exists(labels: Mapping[str, str], key: str, values: tuple[str, ...]) -> bool:
    return key in labels or _unknown(labels, key)


def _does_not_exist(labels: Mapping[str, str], key: str, values: tuple[str, ...]) -> bool:
    return key not in labels


def _compared(labels: Mapping[str, str], key: str, values: tuple[str, ...], greater: bool) -> bool:
    if _unknown(labels, key):
        return True
    try:
        (bound,), number = map(int, values), int(labels.get(key, ""))
    except ValueError:
        return False
    return number > bound if greater else number < bound


_OPERATORS: Final[Mapping[str, Callable[[Mapping[str, str], str, tuple[str, ...]], bool]]] = {
    "In": _in,
    "NotIn": _not_in,
    "Exists": _exists,
    "DoesNotExist": _does_not_exist,
    "Gt": lambda labels, key, values: _compared(labels, key, values, greater=True),
    "Lt": lambda labels, key, values: _compared(labels, key, values, greater=False),
}
