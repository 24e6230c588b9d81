"""What a zone asks of its pods, in words of its own: which of it a pod breaks.

A container's own security options take the place of its pod's as a whole (DetermineEffectiveSecurityContext in
pkg/securitycontext of Kubernetes' source), and nothing confines a privileged one
(LinuxContainerSecurityContext in pkg/apis/runtime/v1/api.proto of k8s.io/cri-api).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from hardener.catalog import distribution
from hardener.catalog.kubernetes import minor
from hardener.profile.cluster import Cluster
from hardener.profile.zones import PodSecurity, Zone
from hardener.verify.admission.pod_security import violations
from hardener.verify.admission.pod_security.pod import APP_ARMOR, Fields, annotated, context, spec
from hardener.verify.pods.images import by_digest, comes_from

# The last minor version that knows PodSecurityPolicies, and the first with policies that stay.
SECURITY_POLICIES_UNTIL: Final = 24
POLICIES_SINCE: Final = 30
SYSTEM_PRIORITIES: Final = ("system-cluster-critical", "system-node-critical")
"""The priority classes that every cluster has, for its own parts (pkg/apis/scheduling/types.go)."""
_KINDS: Final = ("containers", "initContainers", "ephemeralContainers")


class Demand(Struct, frozen=True, eq=False):
    """`broken` says what of a pod breaks it, empty if nothing does. `key` is that of the zone in the profile."""

    key: str
    broken: Callable[[Fields], str]


def demands(zone: Zone, cluster: Cluster, accounts: frozenset[str]) -> tuple[Demand, ...]:
    """What the zone asks, as far as this cluster can refuse it. `accounts` are those with a token.

    Whether PodSecurityPolicies hold where a provider runs the API server, no file says: its plugin is not ours to set.
    """
    at = minor(cluster.kubernetes)
    ours = distribution(cluster.distribution).control_plane == "administrator"
    found = [_level(zone, cluster.kubernetes)]
    if at >= POLICIES_SINCE or (at <= SECURITY_POLICIES_UNTIL and ours):
        found += _asked(zone)
    if at >= POLICIES_SINCE:
        found += _of_policies(zone, accounts)
    return tuple(found)


def first_broken(asked: tuple[Demand, ...], pod: Fields) -> tuple[str, str] | None:
    """The first demand that a pod breaks, by its key, and how; None if it keeps them all."""
    return next(((each.key, says) for each in asked if (says := each.broken(pod))), None)


def _level(zone: Zone, kubernetes: str) -> Demand:
    """The Pod Security level, by the standards of the version that the profile names; of none newer than the server."""
    asked = zone.pod_security if isinstance(zone.pod_security, PodSecurity) else PodSecurity(enforce=zone.pod_security)
    version = min(minor(asked.version or kubernetes), minor(kubernetes))
    return Demand("podSecurity", lambda pod: "; ".join(each.says for each in violations(asked.enforce, version, pod)))


def _asked(zone: Zone) -> Iterator[Demand]:
    """What PodSecurityPolicies can refuse as well as later policies."""
    if zone.runtime_class is not None:
        yield Demand("runtimeClass", lambda pod: _runtime_class(pod, zone.runtime_class or ""))
    if zone.capabilities is not None:
        allowed = frozenset(zone.capabilities)
        yield Demand("capabilities", lambda pod: _capabilities(pod, allowed))
    if zone.seccomp is not None:
        wanted = _profile(zone.seccomp)
        yield Demand("seccomp", lambda pod: _confined(pod, "seccompProfile", wanted))
    if zone.app_armor is not None:
        armor = _profile(zone.app_armor)
        yield Demand("appArmor", lambda pod: _confined(pod, "appArmorProfile", armor, _by_annotation))
    if zone.se_linux is not None:
        given = {"type": zone.se_linux.type, "level": zone.se_linux.level}
        options = {name: value for name, value in given.items() if value is not None}
        yield Demand("seLinux", lambda pod: _confined(pod, "seLinuxOptions", options))


def _of_policies(zone: Zone, accounts: frozenset[str]) -> Iterator[Demand]:
    """What nothing but admission policies can refuse."""
    if zone.registries:
        yield Demand("registries", lambda pod: _images(pod, lambda image: comes_from(image, zone.registries)))
    if zone.digests:
        yield Demand("digests", lambda pod: _images(pod, by_digest))
    if zone.user_namespaces:
        yield Demand(
            "userNamespaces", lambda pod: "" if spec(pod).get("hostUsers") is False else "hostUsers is not false"
        )
    yield Demand("priorityClasses", lambda pod: _priority(pod, zone.priority_classes))
    yield Demand("serviceAccounts", lambda pod: _token(pod, accounts))


def containers(pod: Fields) -> Iterator[Fields]:
    """Its containers of every kind, the plain ones first: the first that breaks a demand is named."""
    for kind in _KINDS:
        yield from spec(pod).get(kind) or ()


def _images(pod: Fields, good: Callable[[str], bool]) -> str:
    """Of the containers, and of volumes that are images."""
    named = [str(each.get("image") or "") for each in containers(pod)]
    named += [str(each["image"].get("reference") or "") for each in spec(pod).get("volumes") or () if each.get("image")]
    return ", ".join(f"the image {image}" for image in named if not good(image))


def _runtime_class(pod: Fields, wanted: str) -> str:
    has = spec(pod).get("runtimeClassName")
    return "" if has == wanted else f"the runtime class {has or 'of the node'}"


def _priority(pod: Fields, allowed: tuple[str, ...] | None) -> str:
    name = spec(pod).get("priorityClassName") or ""
    fine = name not in SYSTEM_PRIORITIES if allowed is None else name in ("", *allowed)
    return "" if fine else f"the priority class {name}"


def _capabilities(pod: Fields, allowed: frozenset[str]) -> str:
    for each in containers(pod):
        if context(each).get("privileged"):
            return f"container {each.get('name')} is privileged"
        added = (context(each).get("capabilities") or {}).get("add") or ()
        if other := sorted(set(added) - allowed):
            return f"container {each.get('name')} adds {', '.join(other)}"
    return ""


def _profile(written: str) -> dict[str, str]:
    kind, _, name = written.partition("/")
    return {"type": kind, "localhostProfile": name} if name else {"type": kind}


def _by_annotation(pod: Fields, container: Fields) -> Fields | None:
    """The AppArmor profile that an annotation names, which counts where no field does."""
    written = annotated(pod).get(APP_ARMOR + str(container.get("name")))
    if written is None:
        return None
    kind, _, name = written.partition("/")
    return {"runtime": {"type": "RuntimeDefault"}, "localhost": {"type": "Localhost", "localhostProfile": name}}.get(
        kind, {"type": "Unconfined"}
    )


def _confined(
    pod: Fields,
    field: str,
    wanted: Fields,
    otherwise: Callable[[Fields, Fields], Fields | None] = lambda pod, container: None,
) -> str:
    for each in containers(pod):
        if context(each).get("privileged"):
            return f"container {each.get('name')} is privileged"
        own = context(each).get(field)
        whole = context(spec(pod)).get(field)
        has = next((found for found in (own, whole, otherwise(pod, each)) if found is not None), {})
        if any((has.get(name) or "") != value for name, value in wanted.items()):
            return f"container {each.get('name')} has {_said(has) or 'no'} {field}"
    return ""


def _said(options: Fields) -> str:
    return " ".join(str(value) for _, value in sorted(options.items()))


def _token(pod: Fields, accounts: frozenset[str]) -> str:
    """A token in a volume, whoever put it there, of an account that has none by the profile."""
    account = spec(pod).get("serviceAccountName") or "default"
    sources = [
        source
        for volume in spec(pod).get("volumes") or ()
        for source in (volume.get("projected") or {}).get("sources") or ()
    ]
    held = any(source.get("serviceAccountToken") is not None for source in sources)
    return f"a token of the service account {account}" if held and account not in accounts else ""
