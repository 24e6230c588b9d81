"""Host names: whoever's they are takes them, in an Ingress, a Gateway, a route or an annotation, and nobody else does.

Once a tenant names a host, none is for all: who has none by the profile may take none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, Final

from msgspec import Struct

from hardener.profile import Profile
from hardener.profile.tenants import Tenant
from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.admission.policies import Resource
from hardener.verify.pods.asking import Asking
from hardener.verify.pods.classes import Class
from hardener.verify.pods.others import asked_findings

Data = dict[str, Any]
Spec = Callable[[list[str]], Data]

_GATEWAY: Final = "gateway.networking.k8s.io"
_X_GATEWAY: Final = "gateway.networking.x-k8s.io"
_INGRESSES: Final = (Resource(group="networking.k8s.io", resource="ingresses"),)
# Every version that a definition of the Gateway API has had of these (config/crd in kubernetes-sigs/gateway-api).
_ROUTES: Final = tuple(
    Resource(group=_GATEWAY, resource=resource, version=version)
    for resource, versions in {
        "httproutes": ("v1", "v1beta1", "v1alpha2"),
        "grpcroutes": ("v1", "v1alpha2"),
        "tlsroutes": ("v1", "v1alpha3", "v1alpha2"),
    }.items()
    for version in versions
)
_GATEWAYS: Final = (
    *(Resource(group=_GATEWAY, resource="gateways", version=version) for version in ("v1", "v1beta1")),
    Resource(group=_GATEWAY, resource="listenersets"),
    Resource(group=_X_GATEWAY, resource="xlistenersets", version="v1alpha1"),
)
_ANNOTATED: Final = (Resource(resource="services"), *_INGRESSES, *_ROUTES, *_GATEWAYS)
_ANNOTATIONS: Final = (
    "external-dns.alpha.kubernetes.io/hostname",
    "external-dns.alpha.kubernetes.io/internal-hostname",
    "nginx.ingress.kubernetes.io/server-alias",
)
TAKING_HOSTS: Final[Mapping[str, frozenset[str]]] = {
    group: frozenset(each.resource for each in _ANNOTATED if each.group == group)
    for group in ("networking.k8s.io", _GATEWAY, _X_GATEWAY)
}
"""The resources that may take a host, by their groups."""
GROUPS: Final[Mapping[str, str]] = {each.resource: each.group for each in _ANNOTATED}
"""The group of each of them."""

_ELSEWHERE: Final = "elsewhere.invalid"
_MOST: Final = 3


class _Place(Struct, frozen=True):
    """Where hosts are taken: words for it, the resources that have it, and what one says that takes them."""

    says: str
    resources: tuple[Resource, ...]
    spec: Spec
    annotation: str = ""


_PLACES: Final = (
    _Place("the rules of {}", _INGRESSES, lambda hosts: {"rules": [_named("host", each) for each in hosts]}),
    _Place("the certificates of {}", _INGRESSES, lambda hosts: {"tls": [{"hosts": hosts} if hosts[0] else {}]}),
    _Place("{}", _ROUTES, lambda hosts: {"hostnames": hosts} if hosts[0] else {}),
    _Place("the listeners of {}", _GATEWAYS, lambda hosts: {"listeners": [_named("hostname", each) for each in hosts]}),
    *(_Place(f"{key} of {{}}", _ANNOTATED, lambda _hosts: {}, annotation=key) for key in _ANNOTATIONS),
)


def host_findings(asking: Asking, asked: Class, profile: Profile) -> Iterator[Finding]:
    """What a class of namespaces takes wrongly, or cannot take; of each place once."""
    tenant = profile.tenants[str(asked.at[1])] if asked.zone is not None else Tenant()
    at: KeyPath = (*asked.at[:2], "hosts") if tenant.hosts else asked.at
    if asked.system or not any(each.hosts for each in profile.tenants.values()):
        yield from _ask(asking, asked, _Asked(_PLACES[0], _INGRESSES[0], None), [_ELSEWHERE], None, at)
        return
    for place in _PLACES:
        own = None if place.resources is _GATEWAYS and tenant.shared_gateways else tenant.hosts
        # A route takes a host beside what an annotation says: where there is none, it cannot be.
        resources = (each for each in place.resources if not place.annotation or tenant.hosts or each not in _ROUTES)
        found = (_of_place(asking, asked, _Asked(place, each, own), tenant, profile, at) for each in resources)
        yield from islice(chain.from_iterable(found), 1)
    backend = _object(asked, _INGRESSES[0], {"defaultBackend": {}})
    what = "a default backend, which takes every host that nobody has,"
    yield from asked_findings(asking, asked, _INGRESSES[0], backend, None, True, what, at)


class _Asked(Struct, frozen=True):
    """A place of a resource. `own` are the names that may be taken there; None: all."""

    place: _Place
    resource: Resource
    own: tuple[str, ...] | None


def _of_place(
    asking: Asking, asked: Class, about: _Asked, tenant: Tenant, profile: Profile, at: KeyPath
) -> Iterator[Finding]:
    """All that is tried where hosts are most used; elsewhere, where the same is asked, one name of each sort."""
    plain, starred = ([each for each in tenant.hosts if each.startswith("*.") is star] for star in (False, True))
    mine = (*plain[:1], *starred[:1])
    most = about.place is _PLACES[0]
    for host in (*(tenant.hosts if most else mine), "", _ELSEWHERE, *_others(mine, tenant, profile, most)):
        yield from _ask(asking, asked, about, [host], None, at)
    if mine and about.own is not None:
        yield from _ask(asking, asked, about, [mine[0], _ELSEWHERE], None, at)
        yield from _ask(asking, asked, about, [_ELSEWHERE], [mine[0]], at)


def _others(mine: Iterable[str], tenant: Tenant, profile: Profile, most: bool) -> Iterator[str]:
    """Names of others, and some that are like one's own, or below: which of it is decided by `_has`."""
    of_others = sorted({host for each in profile.tenants.values() if each is not tenant for host in each.hosts})
    yield from of_others[: _MOST if most else 1]
    for host in mine:
        name = host.removeprefix("*.")
        yield f"x{name}"
        if most:
            yield from (name, f"*.{name}", f"below.{name}", f"a.b.{name}", f"*.c.{name}", f"{name}.invalid")
            yield from (name.partition(".")[2], f".{name}", f"~.{name}")


def _has(host: str, own: tuple[str, ...] | None) -> bool:
    """Is a host among some, or below one with a star? What is no name is nobody's."""
    if own is None:
        return True
    if not host.removeprefix("*.")[:1].isalnum():
        return False
    return any(host == each or (each.startswith("*.") and host.endswith(each[1:])) for each in own)


def _ask(
    asking: Asking, asked: Class, about: _Asked, hosts: list[str], before: list[str] | None, at: KeyPath
) -> Iterator[Finding]:
    if not all(hosts) and (about.place.annotation or len(hosts) > 1):
        return
    wrong = not all(_has(each, about.own) for each in hosts)
    new, old = _taking(asked, about, hosts), None if before is None else _taking(asked, about, before)
    where = about.place.says.format(f"{about.resource.resource} of {about.resource.version}")
    what = f"{', '.join(filter(None, hosts)) or 'every host that nobody names'} in {where}"
    yield from asked_findings(asking, asked, about.resource, new, old, wrong, what, at)


def _taking(asked: Class, about: _Asked, hosts: list[str]) -> Data:
    if not about.place.annotation:
        return _object(asked, about.resource, about.place.spec(hosts))
    beside = {"hostnames": list(about.own or ())[:1]} if about.resource in _ROUTES else {}
    object = _object(asked, about.resource, beside)
    object["metadata"]["annotations"] = {about.place.annotation: ", ".join(hosts)}
    return object


def _object(asked: Class, resource: Resource, spec: Data) -> Data:
    version = f"{resource.group}/{resource.version}".removeprefix("/")
    metadata = {"name": "probe", "namespace": asked.name}
    return {"apiVersion": version, "kind": resource.resource, "metadata": metadata, "spec": spec}


def _named(field: str, host: str) -> Data:
    return {field: host} if host else {}
