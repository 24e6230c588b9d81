"""Whose host names an Ingress, a Gateway or a route may take: those of its own tenant, once any tenant has some.

Whoever takes a host gets what others send there, and most controllers give it to whoever comes last. The names stand on
the namespaces, so that no policy grows with the cluster.

Routes and Gateways are definitions of the Gateway API; where these are not installed, nothing asks for them. A policy
names every version that was stored at some time, since of a definition that has no v1 no other version stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hardener.expand.cel import texts
from hardener.plan.admission import FIRST, AdmissionPolicy, Requests, Validation, Variable
from hardener.profile import Profile
from hardener.profile.tenants import Tenant

ANNOTATION: Final = "hardener.dev/hosts"
"""On a Namespace: the host names of its tenant, with commas between them. Without it there are none."""

_GATEWAYS: Final = "gateway.networking.k8s.io"
_INGRESSES: Final = Requests(group="networking.k8s.io", resources=("ingresses",))
_ROUTES: Final = (
    Requests(group=_GATEWAYS, resources=("grpcroutes", "httproutes"), versions=("v1", "v1beta1", "v1alpha2")),
    Requests(group=_GATEWAYS, resources=("tlsroutes",), versions=("v1", "v1alpha3", "v1alpha2")),
)
_LISTENING: Final = (
    Requests(group=_GATEWAYS, resources=("gateways",), versions=("v1", "v1beta1")),
    Requests(group=_GATEWAYS, resources=("listenersets",)),
    Requests(group="gateway.networking.x-k8s.io", resources=("xlistenersets",), versions=("v1alpha1",)),
)
# By these as well a controller gives a host away, or a name of DNS (docs/annotations of kubernetes/ingress-nginx and of
# kubernetes-sigs/external-dns).
_SAID_BESIDES: Final = (
    "external-dns.alpha.kubernetes.io/hostname",
    "external-dns.alpha.kubernetes.io/internal-hostname",
    "nginx.ingress.kubernetes.io/server-alias",
)

# What has no host of its own would take every one that nobody else has.
_NAME: Final = "'^([*][.])?[a-z0-9][-.a-z0-9]*$'"
_OWN: Final = Variable(
    name="own",
    expression=f"namespaceObject.metadata.?annotations[?'{ANNOTATION}'].orValue('').split(',')",
)
_UNCHANGED: Final = "request.operation == 'UPDATE' && object.spec == oldObject.spec"
_SAYS: Final = "takes the host names of its own tenant and no others"


def annotation(tenant: Tenant, at: int) -> tuple[tuple[str, str], ...]:
    """That annotation, where a tenant has names and Kubernetes of the minor version `at` knows the policies."""
    return ((ANNOTATION, ",".join(sorted(set(tenant.hosts)))),) if tenant.hosts and at >= FIRST else ()


def host_policies(profile: Profile) -> Iterator[AdmissionPolicy]:
    """The policies, where any tenant names a host. Namespaces that the profile does not know have none."""
    if not any(tenant.hosts for tenant in profile.tenants.values()):
        return
    system = tuple(sorted(set(profile.cluster.system_namespaces)))
    yield _policy("ingresses", (_INGRESSES,), _of_ingresses(), system)
    yield _policy("routes", _ROUTES, (_of_routes(),), system)
    shared = (name for tenant in profile.tenants.values() if tenant.shared_gateways for name in tenant.namespaces)
    yield _policy("gateways", _LISTENING, (_of_gateways(),), tuple(sorted({*system, *shared})))
    services = Requests(group="", resources=("services",))
    yield _policy("annotations", (services, _INGRESSES, *_ROUTES, *_LISTENING), (_of_annotations(),), system)


def _policy(
    name: str, requests: tuple[Requests, ...], validations: tuple[Validation, ...], but: tuple[str, ...]
) -> AdmissionPolicy:
    return AdmissionPolicy(
        name=f"hardener-pods-hosts-{name}",
        requests=requests,
        variables=(_OWN,),
        validations=validations,
        namespaces=but,
        inside=False,
    )


def _is_own(host: str) -> str:
    """CEL: is this one of the tenant's? A name with a star in front stands for all below it, at any depth."""
    below = f"own.startsWith('*.') && {host}.endsWith(own.substring(1))"
    return f"{host}.matches({_NAME}) && variables.own.exists(own, {host} == own || {below})"


def _of_ingresses() -> tuple[Validation, ...]:
    rules = f"object.spec.?rules.orValue([]).all(rule, rule.?host.orValue('') != '' && {_is_own('rule.host')})"
    hosts = f"tls.?hosts.orValue([]).size() > 0 && tls.hosts.all(host, {_is_own('host')})"
    return (
        Validation(expression=f"{rules} || {_UNCHANGED}", message=f"an Ingress {_SAYS}, and none for all"),
        Validation(
            expression=f"object.spec.?tls.orValue([]).all(tls, {hosts}) || {_UNCHANGED}",
            message=f"an Ingress {_SAYS}, with certificates as well",
        ),
        Validation(
            expression=f"!object.spec.?defaultBackend.hasValue() || {_UNCHANGED}",
            message=f"an Ingress {_SAYS}: no default backend, which takes those that nobody has",
        ),
    )


def _of_routes() -> Validation:
    hosts = f"object.spec.hostnames.all(host, {_is_own('host')})"
    return Validation(
        expression=f"object.spec.?hostnames.orValue([]).size() > 0 && {hosts} || {_UNCHANGED}",
        message=f"a route {_SAYS}, and not all of its Gateway",
    )


def _of_gateways() -> Validation:
    """Listeners for plain TCP and UDP have no host."""
    named = f"listener.?hostname.orValue('') != '' && {_is_own('listener.hostname')}"
    held = f"listener.?protocol.orValue('') in ['TCP', 'UDP'] || {named}"
    return Validation(
        expression=f"object.spec.?listeners.orValue([]).all(listener, {held}) || {_UNCHANGED}",
        message=f"a listener {_SAYS}, and not all that there are",
    )


def _of_annotations() -> Validation:
    said = "object.metadata.?annotations[?key].orValue('')"
    before = "oldObject.metadata.?annotations[?key].orValue('')"
    own = f"{said}.split(',').all(host, {_is_own('host.trim()')})"
    held = f"{said} == '' || request.operation == 'UPDATE' && {said} == {before} || {own}"
    return Validation(
        expression=f"{texts(_SAID_BESIDES)}.all(key, {held})",
        message="an annotation names hosts of its own tenant and no others",
    )
