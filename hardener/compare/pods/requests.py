"""What is admitted beside pods: Services reached from outside, Secrets with tokens, and what namespaces say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from msgspec import Struct

from hardener.compare.pods.asking import Told
from hardener.compare.pods.cells import Cell, Servers
from hardener.compare.pods.server import Server
from hardener.verify.admission.asked import key_of
from hardener.verify.flags import API_SERVER, flag
from hardener.verify.pods.classes import NAME, STRANGER
from hardener.verify.pods.expressions import words_of
from hardener.verify.pods.hosts import GROUPS

Data = dict[str, Any]

EXPOSED: Final = "exposed"
NAMES: Final = "externalNames"
SECRETS: Final = "secrets"
RAILS: Final = "rails"
ADDRESSES: Final = "addresses"
HOSTS: Final = "hosts"
_ADDRESS: Final = "203.0.113.7"
_TOKEN: Final = "kubernetes.io/service-account-token"  # noqa: S105 - a type of Secret
_OWNER: Final = "kubernetes.io/service-account.name"
_LEVEL: Final = "pod-security.kubernetes.io/enforce"
_UNLISTED: Final = "unlisted.invalid"
_PLUGIN: Final = "DenyServiceExternalIPs"


class Asked(Struct, frozen=True, kw_only=True):
    """A request, and what it is, in words."""

    key: str
    item: str
    resource: str
    new: Data
    old: Data | None = None


def _requests(namespace: str, words: Iterable[str]) -> Iterator[Asked]:
    """`words` are what either side compares with."""
    plain = _service(namespace, {"type": "ClusterIP"})
    for key, item, spec in _of_services(words):
        for old in (None, plain):
            yield Asked(key=key, item=item, resource="services", new=_service(namespace, spec), old=old)
    metadata = {"name": "probe", "namespace": namespace, "annotations": {_OWNER: "unknown"}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": _TOKEN}
    item = "Secrets with a token of a service account to which nobody gives one"
    yield Asked(key=SECRETS, item=item, resource="secrets", new=secret)
    before, after = _namespace(namespace, {_LEVEL: "restricted"}), _namespace(namespace, {_LEVEL: "privileged"})
    item = "a lower level from whoever may change a namespace"
    for resource in ("namespaces", "namespaces/status", "namespaces/finalize"):
        yield Asked(key=RAILS, item=item, resource=resource, new=after, old=before)


def _of_services(words: Iterable[str]) -> Iterator[tuple[str, str, Data]]:
    for kind in ("NodePort", "LoadBalancer"):
        yield EXPOSED, f"Services of the type {kind}", {"type": kind}
    for each in sorted(word for word in words if "/" in word):
        yield EXPOSED, f"load balancers for {each}", {"type": "LoadBalancer", "loadBalancerSourceRanges": [each]}
    for each in sorted({_UNLISTED, *(word for word in words if "." in word and "/" not in word)}):
        what = "any other name" if each == _UNLISTED else f"the name {each}"
        yield NAMES, f"Services for {what} outside", {"type": "ExternalName", "externalName": each}


def _of_addresses(namespace: str) -> Iterator[Asked]:
    plain = _service(namespace, {"type": "ClusterIP"})
    taking = _service(namespace, {"type": "ClusterIP", "externalIPs": [_ADDRESS]})
    for old in (None, plain):
        yield Asked(key=ADDRESSES, item="Services with external IPs", resource="services", new=taking, old=old)
    balanced = plain | {"status": {"loadBalancer": {"ingress": [{"ip": _ADDRESS}]}}}
    item = "addresses in the status of a Service"
    yield Asked(key=ADDRESSES, item=item, resource="services/status", new=balanced, old=plain)


def _of_hosts(cell: Cell) -> Iterator[Asked]:
    """Of names that neither side lists, one stands for all; of a Gateway that listens for all, nobody's."""
    for host in (*cell.hosts, _UNLISTED):
        what = "any other host" if host == _UNLISTED else host
        item = f"Ingresses and routes for {what}"
        for resource, spec in (
            ("ingresses", {"rules": [{"host": host}]}),
            ("ingresses", {"tls": [{"hosts": [host]}]}),
            ("httproutes", {"hostnames": [host]}),
        ):
            yield Asked(key=HOSTS, item=item, resource=resource, new=_taking(cell.name, resource, spec))
        listening = _taking(cell.name, "gateways", {"listeners": [{"hostname": host}]})
        yield Asked(key=HOSTS, item=f"Gateways for {what}", resource="gateways", new=listening)
    backend = _taking(cell.name, "ingresses", {"defaultBackend": {}})
    yield Asked(key=HOSTS, item="Ingresses for every host that nobody has", resource="ingresses", new=backend)
    named = _service(cell.name, {"type": "ClusterIP"})
    named["metadata"]["annotations"] = {"external-dns.alpha.kubernetes.io/hostname": _UNLISTED}
    yield Asked(key=HOSTS, item="annotations for any other host", resource="services", new=named)


def requests(cell: Cell, servers: Servers) -> Iterator[Told]:
    """What else a namespace admits on one side alone, and not every one does."""
    resources = {each.resource.partition("/")[0] for asks in cell.asks for each in asks.values()}
    abouts = (each.about for asks in cell.asks for each in asks.values() if each.resource == "services")
    words = {word for about in abouts for word in words_of(about)}
    asked = (each for each in _requests(cell.name, words) if each.resource.partition("/")[0] in resources)
    yield from _told(cell.name, asked, servers)
    if cell.hosts or any(key_of(each.about) == HOSTS for asks in cell.asks for each in asks.values()):
        yield from _told(cell.name, _of_hosts(cell), servers)
    if "services" in resources:
        everywhere = set(addresses(servers))
        found = _told(cell.name, _of_addresses(cell.name), servers)
        yield from (each for each in found if each not in everywhere)


def addresses(servers: Servers) -> Iterator[Told]:
    """Whether Services take addresses: by a plugin it is refused everywhere, and by a policy where it holds."""
    yield from _told(STRANGER, _of_addresses(STRANGER), servers)


def _told(namespace: str, asked: Iterator[Asked], servers: Servers) -> Iterator[Told]:
    items: dict[tuple[bool, str], list[str]] = {}
    for each in asked:
        before, after = (_is_refused(server, namespace, each) for server in servers)
        if before != after:
            items.setdefault((before, each.key), []).append(each.item)
    for (weaker, key), found in items.items():
        yield Told(direction="weaker" if weaker else "stronger", key=key, items=tuple(dict.fromkeys(found)))


def _is_refused(server: Server, namespace: str, asked: Asked) -> bool:
    if asked.resource == "services" and asked.key == ADDRESSES and _is_on(server):
        return True
    if asked.key == EXPOSED and _has_no_room(server, namespace, asked.new["spec"]["type"]):
        return True
    operation = "UPDATE" if asked.old else "CREATE"
    return bool(server.asked(server.review(namespace, asked.resource, operation, asked.new, asked.old)))


def _has_no_room(server: Server, namespace: str, kind: str) -> bool:
    """Does a quota leave no room for Services of a type? One with a load balancer takes a port of each node as well."""
    counted = ("services.nodeports", *(("services.loadbalancers",) if kind == "LoadBalancer" else ()))
    quotas = (each.data.get("spec") or {} for each in server.cluster.within("ResourceQuota", namespace))
    return any(str((quota.get("hard") or {}).get(name)) == "0" for quota in quotas for name in counted)


def _is_on(server: Server) -> bool:
    on, off = (flag(server.written, API_SERVER, f"{word}-admission-plugins") for word in ("enable", "disable"))
    return on is not None and _PLUGIN in on.values and not (off is not None and _PLUGIN in off.values)


def _service(namespace: str, spec: Data) -> Data:
    metadata = {"name": "probe", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 80}], **spec}}


def _taking(namespace: str, resource: str, spec: Data) -> Data:
    metadata = {"name": "probe", "namespace": namespace}
    return {"apiVersion": f"{GROUPS[resource]}/v1", "kind": resource, "metadata": metadata, "spec": spec}


def _namespace(name: str, labels: Data) -> Data:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {NAME: name, **labels}}}
