"""Admission policies that keep pods where they belong: refusing from 1.30 on, completing from 1.36 on.

What a pod selects is judged when it comes to be: later Kubernetes lets nobody change or take it back, nor set its node
but by a binding, and what may be added while a pod is gated only narrows where it runs (ValidatePodUpdate in
pkg/apis/core/validation). Tolerations may be added at any time, so every change is judged.

What a pod asks for as an affinity is not: it must hold beside the selector, and so can only narrow it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict

from hardener.catalog import minor
from hardener.expand.cel import text, texts
from hardener.expand.nodes.placement import POOL_LABEL, STATES, STRANGERS, ZONE_LABELS, Place, by_plugins, places
from hardener.plan.admission import FIRST, AdmissionPolicy, Requests, Validation, Variable
from hardener.plan.placement import MutatingPolicy, Placement, Toleration
from hardener.profile import Profile

COMPLETING_SINCE: Final = 36

_PODS: Final = Requests(group="", resources=("pods",))
_NEW_PODS: Final = Requests(group="", resources=("pods",), operations=("CREATE",))
# A binding puts a pod on a node, past the scheduler's judgement. Kubernetes takes it at two paths.
_BINDINGS: Final = Requests(group="", resources=("bindings", "pods/binding"), operations=("CREATE",))

_VARIABLES: Final = (
    Variable(name="selector", expression="has(object.spec.nodeSelector) ? object.spec.nodeSelector : {}"),
    Variable(name="tolerations", expression="has(object.spec.tolerations) ? object.spec.tolerations : []"),
    Variable(
        name="before",
        expression="oldObject != null && has(oldObject.spec.tolerations) ? oldObject.spec.tolerations : []",
    ),
)
_OLD: Final = "request.operation != 'CREATE' || "
_NODE_NAME: Final = Validation(
    expression=f"{_OLD}!has(object.spec.nodeName)",
    message="nodeName may not be set: the scheduler decides on which node a pod runs",
)
# The taint that a toleration `one` names, if it names one and not all of a key: as kubectl writes taints.
_ONE_TAINT: Final = (
    "(has(one.operator) && one.operator != 'Equal' ? '' : "
    "(has(one.key) ? one.key : '') + '=' + (has(one.value) ? one.value : '') + ':' + "
    "(has(one.effect) ? one.effect : ''))"
)


class _Judged(Struct, frozen=True, kw_only=True):
    """Pods that belong to one place: those of a zone, or, where `inside` is false, of all namespaces but those.

    `completed`: does the API server itself give each of them the label that it selects?
    """

    name: str
    whose: str
    place: Place
    namespaces: tuple[str, ...]
    inside: bool
    completed: bool


def policies(profile: Profile) -> Placement:
    """The policies for the pods of each zone, for those of strangers to the profile, and for bindings."""
    at = minor(profile.cluster.kubernetes)
    if at < FIRST:
        return Placement(completing=(), refusing=())
    mutating = at >= COMPLETING_SINCE and not by_plugins(profile)
    judged = tuple(_judged(profile, completed=mutating or by_plugins(profile)))
    return Placement(
        completing=tuple(map(_completing, judged)) if mutating else (),
        refusing=(_bindings(profile), *map(_refusing, judged)),
    )


def _judged(profile: Profile, *, completed: bool) -> Iterator[_Judged]:
    """Whose pods are judged, by name: a zone without a namespace has none."""
    at, members = places(profile), _members(profile)
    # Whoever is completed alike is judged alike: zones without pools and strangers are one.
    apart = sorted(zone for zone in members if not (completed and at[zone] == STRANGERS))
    elsewhere = {*profile.cluster.system_namespaces, *(name for zone in apart for name in members[zone])}
    yield _Judged(
        name="hardener-nodes-shared",
        whose="a zone without pools, or of none",
        place=STRANGERS,
        namespaces=tuple(sorted(elsewhere)),
        inside=False,
        completed=completed,
    )
    for zone in apart:
        yield _Judged(
            name=f"hardener-nodes-zone-{zone}",
            whose=f"zone {zone}",
            place=at[zone],
            namespaces=tuple(sorted(members[zone])),
            inside=True,
            completed=completed,
        )


def _members(profile: Profile) -> dict[str, list[str]]:
    """The namespaces of each zone that has any."""
    members: dict[str, list[str]] = {}
    for tenant in profile.tenants.values():
        for name, namespace in tenant.namespaces.items():
            members.setdefault(namespace.zone, []).append(name)
    return members


def _refusing(judged: _Judged) -> AdmissionPolicy:
    # Where nobody completes pods, strangers need not say where they run: the taints of pools keep them off.
    selecting = (_own_label(judged),) if judged.inside or judged.completed else ()
    return AdmissionPolicy(
        name=judged.name,
        requests=(_PODS,),
        variables=_VARIABLES,
        validations=(_NODE_NAME, *selecting, _other_labels(judged), _tolerations(judged)),
        namespaces=judged.namespaces,
        inside=judged.inside,
    )


def _own_label(judged: _Judged) -> Validation:
    label = judged.place.label
    key, value = text(label.name), text(label.value)
    return Validation(
        expression=f"{_OLD}{key} in variables.selector && variables.selector[{key}] == {value}",
        message=f'a pod of {judged.whose} must have {label.name}: "{label.value}" in its nodeSelector',
    )


def _other_labels(judged: _Judged) -> Validation:
    place = judged.place
    own = "" if place == STRANGERS else f"key == {text(place.label.name)} || "
    return Validation(
        expression=f"{_OLD}variables.selector.all(key, key == {text(POOL_LABEL)} "
        f"? variables.selector[key] in {texts(place.pools)} : {own}!key.startsWith({text(ZONE_LABELS)}))",
        message=f"a pod of {judged.whose} may not select nodes of other pools than {', '.join(place.pools)}",
    )


def _tolerations(judged: _Judged) -> Validation:
    place = judged.place
    exact = [taint.written for taint in place.taints if taint.key not in place.keys]
    named = f" || {_ONE_TAINT} in {texts(exact)}" if exact else ""
    own = f"{', '.join([*place.keys, *exact])} and " if place.taints else ""
    return Validation(
        expression="variables.tolerations.all(one, one in variables.before || "
        f"has(one.key) && one.key in {texts((*STATES, *place.keys))}{named})",
        message=f"a pod of {judged.whose} may tolerate nothing but {own}what Kubernetes says of a node's state",
    )


def _bindings(profile: Profile) -> AdmissionPolicy:
    """Who may put pods on nodes: Kubernetes' scheduler, others that run in the system, and whoever may do all."""
    system = tuple(sorted(set(profile.cluster.system_namespaces)))
    groups = ("system:masters", *(f"system:serviceaccounts:{namespace}" for namespace in system))
    return AdmissionPolicy(
        name="hardener-nodes-bindings",
        requests=(_BINDINGS,),
        validations=(
            Validation(
                expression="request.userInfo.username == 'system:kube-scheduler' || "
                f"has(request.userInfo.groups) && request.userInfo.groups.exists(group, group in {texts(groups)})",
                message="only a scheduler of the system's puts pods on nodes",
            ),
        ),
        namespaces=system,
        inside=False,
    )


def _completing(judged: _Judged) -> MutatingPolicy:
    return MutatingPolicy(
        name=judged.name,
        requests=_NEW_PODS,
        patches=(_select(judged.place), *map(_tolerate, judged.place.tolerations)),
        namespaces=judged.namespaces,
        inside=judged.inside,
    )


def _select(place: Place) -> str:
    """The label, for a pod that does not speak of it. A pod that asks for another value is left to be refused."""
    key, value = text(place.label.name), text(place.label.value)
    return (
        "!has(object.spec.nodeSelector) "
        f"? [JSONPatch{{op: 'add', path: '/spec/nodeSelector', value: {{{key}: {value}}}}}] "
        f": {key} in object.spec.nodeSelector ? [] "
        f": [JSONPatch{{op: 'add', path: '/spec/nodeSelector/' + jsonpatch.escapeKey({key}), value: {value}}}]"
    )


def _tolerate(toleration: Toleration) -> str:
    """One toleration, unless the pod has it: of a list that is not there, nothing is the end."""
    taint = text(f"{toleration.key}={toleration.value}:{toleration.effect}")
    fields = ", ".join(f"'{name}': {text(value)}" for name, value in asdict(toleration).items() if value)
    return (
        f"!has(object.spec.tolerations) ? [JSONPatch{{op: 'add', path: '/spec/tolerations', value: [{{{fields}}}]}}] "
        f": object.spec.tolerations.exists(one, {_ONE_TAINT} == {taint}) ? [] "
        f": [JSONPatch{{op: 'add', path: '/spec/tolerations/-', value: {{{fields}}}}}]"
    )
