"""Which pods are refused, beyond what the Pod Security labels of a namespace say.

A PodSecurityPolicy is used by a pod if whoever creates it, or the pod's own service account, may `use` it in the pod's
namespace. Every pod but a mirror pod has a service account, so binding the service accounts of a namespace is
enough for whoever creates pods there: people need no right of their own, and a controller gets none that reaches
further. (computeSecurityContext in plugin/pkg/admission/security/podsecuritypolicy of Kubernetes 1.24.)
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from msgspec.structs import replace

from hardener.catalog import pod_security as standards
from hardener.plan.gap import Gap
from hardener.plan.pods import Binding, Pods, Policy
from hardener.profile import Profile
from hardener.profile.zones import Level, PodSecurity, SeLinux, Zone

# The last release that knows PodSecurityPolicies, and the first that hardener knows.
_LAST_WITH_POLICIES = "1.24"

# The namespaces that an API server makes for itself. Any other of the system's comes with what runs in it.
_OF_KUBERNETES = ("default", "kube-node-lease", "kube-public", "kube-system")


def pods(profile: Profile) -> Pods:
    """The PodSecurityPolicies in use, and who may use them where; none where Kubernetes no longer knows them."""
    if profile.cluster.kubernetes != _LAST_WITH_POLICIES:
        return Pods(policies=(), bindings=())

    @cache
    def policy_of(zone: str) -> Policy:
        return _policy_of_zone(zone, profile.zones[zone])

    system = {name: _of_level("privileged") for name in profile.cluster.system_namespaces}
    owned = {
        name: policy_of(namespace.zone)
        for tenant in profile.tenants.values()
        for name, namespace in tenant.namespaces.items()
    }
    policies = {policy.name: policy for policy in (*system.values(), *owned.values())}
    bindings = [
        *(_system_binding(namespace, policy) for namespace, policy in system.items()),
        *(_binding(namespace, policy) for namespace, policy in owned.items()),
    ]
    return Pods(
        policies=tuple(sorted(policies.values(), key=lambda policy: policy.name)),
        bindings=tuple(sorted(bindings, key=lambda binding: binding.namespace)),
    )


def _binding(namespace: str, policy: Policy, *more: str) -> Binding:
    """The service accounts of the namespace, and `more` groups, held to a policy."""
    return Binding(namespace=namespace, role=policy.role, groups=(*more, f"system:serviceaccounts:{namespace}"))


def _system_binding(namespace: str, policy: Policy) -> Binding:
    """Mirror pods, which kubelets create for static ones, have no service account: here the nodes are bound too."""
    return replace(_binding(namespace, policy, "system:nodes"), foreign=namespace not in _OF_KUBERNETES)


def _policy_of_zone(name: str, zone: Zone) -> Policy:
    """The policy of the zone's level, or one of its own where it asks for more than the level."""
    modes = zone.pod_security
    policy = _of_level(modes.enforce if isinstance(modes, PodSecurity) else modes)
    asked = (zone.capabilities, zone.seccomp, zone.app_armor, zone.se_linux, zone.runtime_class)
    if all(value is None for value in asked):
        return policy
    options, capabilities = zone.se_linux, zone.capabilities
    return replace(
        policy,
        name=_name(f"zone-{name}"),
        role=_role(f"zone-{name}"),
        # A privileged container holds every capability without adding one.
        privileged=policy.privileged and capabilities is None,
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


def gaps(profile: Profile) -> Iterator[Gap]:
    """What zones ask for that nothing in the output refuses yet.

    From 1.30 on these become ValidatingAdmissionPolicies; the place for them is `Pods`.
    """
    policies = profile.cluster.kubernetes == _LAST_WITH_POLICIES
    for name, zone in profile.zones.items():
        for key, asked, pod in _asked(zone):
            if asked and not (policies and key in _SAID_BY_POLICIES):
                yield Gap(
                    path=f"zones.{name}.{key}",
                    what=f"nothing in the output refuses a pod {pod} yet",
                    who="nobody yet",
                )


# What a PodSecurityPolicy can say of a zone, besides its level.
_SAID_BY_POLICIES = ("runtimeClass", "seccomp", "appArmor", "seLinux", "capabilities")


def _asked(zone: Zone) -> tuple[tuple[str, bool, str], ...]:
    """Each key that asks for something beyond the level: is it given, and which pods break it."""
    return (
        ("registries", bool(zone.registries), "with an image from elsewhere"),
        ("digests", zone.digests, "whose image is named by a tag"),
        ("signers", bool(zone.signers), "whose image nobody signed"),
        ("runtimeClass", zone.runtime_class is not None, "of another runtime class"),
        ("seccomp", zone.seccomp is not None, "with another seccomp profile"),
        ("appArmor", zone.app_armor is not None, "with another AppArmor profile"),
        ("seLinux", zone.se_linux is not None, "with other SELinux options"),
        ("capabilities", zone.capabilities is not None, "that adds other capabilities"),
        ("userNamespaces", zone.user_namespaces, "in the user namespace of its node"),
        (
            "pools",
            bool(zone.pools),
            "that would run on nodes of another pool, or a stranger to the zone on these nodes",
        ),
    )
