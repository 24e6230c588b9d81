"""What the pods of each zone are refused for, beyond the Pod Security labels of their namespaces.

What a zone asks for holds at the level privileged too, where the labels refuse nothing. A pod that lacks it is refused,
never completed. A change of a pod that leaves its spec alone is let pass: pods that were there before the policy must
remain their controllers' to clean up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from hardener.catalog import minor
from hardener.expand.cel import text, texts
from hardener.expand.pods.demands import PRIVILEGED, Demand, none_of, of_containers
from hardener.expand.pods.images import image_demands
from hardener.expand.pods.tokens import token_demand
from hardener.plan.admission import AdmissionPolicy, Requests, Validation, Variable
from hardener.profile import Profile
from hardener.profile.zones import Zone

_PODS: Final = Requests(group="", resources=("pods", "pods/ephemeralcontainers"))
_OF_SYSTEM: Final = ("system-cluster-critical", "system-node-critical")
_UNCHANGED: Final = Variable(
    name="unchanged", expression="request.operation == 'UPDATE' && object.spec == oldObject.spec"
)


def zone_policies(profile: Profile, members: Mapping[str, tuple[str, ...]]) -> Iterator[AdmissionPolicy]:
    """A policy for each zone that has namespaces: `members`, by the name of their zone."""
    at = minor(profile.cluster.kubernetes)
    for name, namespaces in sorted(members.items()):
        yield zone_policy(f"hardener-pods-zone-{name}", name, tuple(_demands(profile.zones[name], at)), namespaces)


def zone_policy(name: str, zone: str, demands: tuple[Demand, ...], namespaces: tuple[str, ...]) -> AdmissionPolicy:
    """A policy called `name` by which the pods of a zone are refused unless they keep these demands."""
    variables = {each.name: each for demand in demands for each in demand.variables}
    return AdmissionPolicy(
        name=name,
        requests=(_PODS,),
        variables=(_UNCHANGED, *variables.values()),
        validations=tuple(_validation(zone, demand) for demand in demands),
        namespaces=namespaces,
    )


def _validation(zone: str, demand: Demand) -> Validation:
    message = f"zone {zone}: {demand.message}"
    named = None if demand.breaking is None else f"{text(message + demand.joined)} + {demand.breaking}"
    return Validation(expression=f"variables.unchanged || {demand.holds}", message=message, message_expression=named)


def _demands(zone: Zone, at: int) -> Iterator[Demand]:
    yield token_demand()
    yield from image_demands(zone, at)
    if zone.runtime_class is not None:
        yield _runtime_class(zone.runtime_class)
    yield _priority(zone.priority_classes)
    if zone.user_namespaces:
        message = "a pod has users of its own (hostUsers: false)"
        yield Demand(message=message, holds="!object.spec.?hostUsers.orValue(true)")
    if zone.capabilities is not None:
        yield _capabilities(tuple(sorted(set(zone.capabilities))))
    if zone.seccomp is not None:
        yield _profile("seccomp profile", "seccompProfile", zone.seccomp)
    if zone.app_armor is not None:
        yield _profile("AppArmor profile", "appArmorProfile", zone.app_armor)
    if zone.se_linux is not None:
        given = {"type": zone.se_linux.type, "level": zone.se_linux.level}
        options = {name: value for name, value in given.items() if value is not None}
        said = " and ".join(f"{name} {value}" for name, value in options.items())
        yield _confinement(f"SELinux {said}", "seLinuxOptions", options)


def _runtime_class(name: str) -> Demand:
    given = "object.spec.?runtimeClassName"
    return Demand(
        message=f"a pod has the runtime class {name}",
        holds=f"{given}.orValue('') == {text(name)}",
        breaking=f"{given}.orValue('none')",
        joined=", and not ",
    )


def _priority(allowed: tuple[str, ...] | None) -> Demand:
    """Whoever comes first takes the nodes of others: a pod evicts those of lower priority where it finds no room.

    Kubernetes lets pods of any namespace have the system's two classes (plugin/pkg/admission/priority); a class that is
    everybody's unless they name another is filled in before a policy is asked, and so must be named as well.
    """
    given = "object.spec.?priorityClassName.orValue('')"
    if allowed is None:
        message, holds = "a pod has no priority class of the system's", f"!({given} in {texts(_OF_SYSTEM)})"
    else:
        named = sorted(set(allowed))
        message = (
            f"a pod has {'the priority class ' + ' or '.join(named) + ', or none' if named else 'no priority class'}"
        )
        holds = f"{given} in {texts(['', *named])}"
    return Demand(message=message, holds=holds, breaking=given, joined=", and not ")


def _capabilities(allowed: tuple[str, ...]) -> Demand:
    added = "c.?securityContext.?capabilities.?add.orValue([])"
    return none_of(
        "otherCapabilities",
        of_containers("c.name", f"{PRIVILEGED} || {added}.exists(each, !(each in {texts(allowed)}))"),
        f"a container adds no capability{' but ' if allowed else ''}{', '.join(allowed)}, and is not privileged",
    )


def _profile(title: str, field: str, profile: str) -> Demand:
    """A profile that the runtime has, or one of the node's by its name."""
    kind, _, name = profile.partition("/")
    options = {"type": kind, "localhostProfile": name} if name else {"type": kind}
    return _confinement(f"the {title} {profile}", field, options)


def _confinement(title: str, field: str, options: Mapping[str, str]) -> Demand:
    """Options that a container must have, as its own or as its pod's: its own replace its pod's as a whole.

    (DetermineEffectiveSecurityContext in pkg/securitycontext, getSeccompProfile in pkg/kubelet/kuberuntime, GetProfile
    in pkg/security/apparmor.) Annotations name AppArmor profiles as well, and a kubelet believes them where a container
    has no field of its own. From 1.30 on the fields are all that counts here: before the API server asks a policy it
    makes fields of annotations, and it refuses an annotation that a field contradicts (applyAppArmorVersionSkew in
    pkg/registry/core/pod, validateAppArmorAnnotationsAndFieldsMatchOnCreate in pkg/apis/core/validation).
    """
    own, whole = f"c.?securityContext.?{field}", f"pod{field[0].upper()}{field[1:]}"
    return none_of(
        f"other{field[0].upper()}{field[1:]}",
        of_containers("c.name", f"{PRIVILEGED} || !({own}.hasValue() ? {_given(own, options)} : variables.{whole})"),
        f"a container has {title}, and is not privileged",
        Variable(name=whole, expression=_given(f"object.spec.?securityContext.?{field}", options)),
    )


def _given(field: str, options: Mapping[str, str]) -> str:
    return " && ".join(f"{field}.?{name}.orValue('') == {text(value)}" for name, value in options.items())
