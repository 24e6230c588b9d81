"""PodSecurityPolicies, by which Kubernetes 1.24 refuses pods or completes them.

A PodSecurityPolicy is used by a pod if whoever creates it, or the pod's own service account, may `use` it in the pod's
namespace. Every pod but a mirror pod has a service account, so binding the service accounts of a namespace is
enough for whoever creates pods there: people need no right of their own, and a controller gets none that reaches
further. (computeSecurityContext in plugin/pkg/admission/security/podsecuritypolicy of Kubernetes 1.24.)
"""

from __future__ import annotations

from functools import cache
from typing import Final

from msgspec.structs import replace

from hardener.catalog import pod_security as standards
from hardener.catalog.kubernetes import OWN_NAMESPACES
from hardener.expand.nodes.placement import system_namespaces
from hardener.plan.pods import Binding, Policy
from hardener.profile import Profile
from hardener.profile.zones import Level, PodSecurity, SeLinux, Zone

# The last minor version that knows PodSecurityPolicies, and the first that hardener knows.
LAST: Final = 24
# What they can say of a zone, besides its level.
SAID: Final = ("runtimeClass", "seccomp", "appArmor", "seLinux", "capabilities")


def security_policies(profile: Profile) -> tuple[tuple[Policy, ...], tuple[Binding, ...]]:
    """The policies in use, by name, and who may use them where, by namespace."""

    @cache
    def policy_of(zone: str) -> Policy:
        return _policy_of_zone(zone, profile.zones[zone])

    system = {name: _of_level("privileged") for name in profile.cluster.system_namespaces}
    # Any other of the system's comes with what runs in it, unless it is made here.
    made = (*OWN_NAMESPACES, *system_namespaces(profile))
    owned = {
        name: policy_of(namespace.zone)
        for tenant in profile.tenants.values()
        for name, namespace in tenant.namespaces.items()
    }
    policies = {policy.name: policy for policy in (*system.values(), *owned.values())}
    bindings = [
        *(_system_binding(namespace, policy, foreign=namespace not in made) for namespace, policy in system.items()),
        *(_binding(namespace, policy) for namespace, policy in owned.items()),
    ]
    return (
        tuple(sorted(policies.values(), key=lambda policy: policy.name)),
        tuple(sorted(bindings, key=lambda binding: binding.namespace)),
    )


def _binding(namespace: str, policy: Policy, *more: str) -> Binding:
    """The service accounts of the namespace, and `more` groups, held to a policy."""
    return Binding(namespace=namespace, role=policy.role, groups=(*more, f"system:serviceaccounts:{namespace}"))


def _system_binding(namespace: str, policy: Policy, *, foreign: bool) -> Binding:
    """Mirror pods, which kubelets create for static ones, have no service account: here the nodes are bound too."""
    return replace(_binding(namespace, policy, "system:nodes"), foreign=foreign)


def _policy_of_zone(name: str, zone: Zone) -> Policy:
    """The policy of the zone's level, or one of its own where it asks for more than the level."""
    modes = zone.pod_security
    policy = _of_level(modes.enforce if isinstance(modes, PodSecurity) else modes)
    asked = (zone.capabilities, zone.seccomp, zone.app_armor, zone.se_linux, zone.runtime_class)
    if all(value is None for value in asked):
        return policy
    options, capabilities = zone.se_linux, zone.capabilities
    confined = any(value is not None for value in (capabilities, zone.seccomp, zone.app_armor, options))
    return replace(
        policy,
        name=_name(f"zone-{name}"),
        role=_role(f"zone-{name}"),
        # A privileged container holds every capability without adding one, and no profile confines it.
        privileged=policy.privileged and not confined,
        capabilities=policy.capabilities if capabilities is None else tuple(sorted(set(capabilities))),
        seccomp=_annotated(zone.seccomp),
        app_armor=_annotated(zone.app_armor),
        se_linux=None if options is None else _options(options),
        runtime_class=zone.runtime_class,
    )


def _annotated(node_profile: str | None) -> str | None:
    """A profile as the annotations of a policy write it: `runtime/default`, or `localhost/` and its name."""
    if node_profile is None:
        return None
    return (
        "runtime/default" if node_profile == "RuntimeDefault" else node_profile.replace("Localhost/", "localhost/", 1)
    )


def _options(options: SeLinux) -> tuple[tuple[str, str], ...]:
    given = (("type", options.type), ("level", options.level))
    return tuple((key, value) for key, value in given if value is not None)


@cache
def _of_level(level: Level) -> Policy:
    """A Pod Security level, as closely as a PodSecurityPolicy can say it and never stricter.

    The label of the namespace is enforced at 1.24 too, and refuses what a policy cannot tell apart. Of seccomp profiles
    a policy allows those it lists or all, and cannot say "any file of the node's"; of SELinux options one set or all.
    It could refuse the AppArmor profile `unconfined` only by giving every pod a profile, and then no pod would start on
    a host without AppArmor.
    """
    restricted, privileged = level == "restricted", level == "privileged"
    return Policy(
        name=_name(level),
        role=_role(level),
        privileged=privileged,
        escalation=not restricted,
        host=privileged,
        root=not restricted,
        capabilities=("*",) if privileged else standards.addable(level),
        dropped=("ALL",) if restricted else (),
        volumes=standards.volumes(level),
        seccomp=None,
        seccomp_default=None if privileged else "runtime/default",
        app_armor=None,
        se_linux=None,
        runtime_class=None,
    )


def _name(policy: str) -> str:
    return f"hardener-{policy}"


def _role(policy: str) -> str:
    # A colon cannot stand in a name of the profile's: this role meets no role of one's own.
    return f"hardener:pods:{policy}"
