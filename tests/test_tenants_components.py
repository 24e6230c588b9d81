"""What tenants may not take from each other, on real API servers: host names, addresses, priority."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests.components import apiserver, gateway_api
from tests.components.apiserver import Cluster
from tests.components.client import RefusedError
from tests.components.definitions import install
from tests.components.releases import KUBERNETES, minor
from tests.rendering import files
from tests.waiting import wait

Data = dict[str, Any]

FIRST = 30
# There is no controller manager here that would make one.
NO_ACCOUNT = (
    'pods "one" is forbidden: error looking up service account kube-system/default: serviceaccount "default" not found'
)
RELEASES = [release for release in KUBERNETES if int(minor(release)[2:]) >= FIRST]
BODY = """
zones:
  apps: {trust: 50}
  batch: {trust: 50, priorityClasses: [batch], externalNames: [mail.example.com]}
  edge: {trust: 50, exposed: {sources: [192.0.2.0/24]}}
quotas:
  gold:
    gold.storageclass.storage.k8s.io/requests.storage: 5Gi
    silver.storageclass.storage.k8s.io/persistentvolumeclaims: 0
tenants:
  shop:
    hosts: [shop.example.com, "*.shop.example.com"]
    namespaces: {shop: {zone: apps}, jobs: {zone: batch, quota: gold}}
  pay: {hosts: [pay.example.com], namespaces: {pay: {zone: apps}}}
  platform: {sharedGateways: true, namespaces: {edge: {zone: edge}}}
"""
GATEWAY = "gateway.networking.k8s.io"
KINDS = {
    "pods": ("v1", "Pod"),
    "persistentvolumeclaims": ("v1", "PersistentVolumeClaim"),
    "services": ("v1", "Service"),
    "ingresses": ("networking.k8s.io/v1", "Ingress"),
    "httproutes": (f"{GATEWAY}/v1", "HTTPRoute"),
    "tlsroutes": (f"{GATEWAY}/v1", "TLSRoute"),
    "gateways": (f"{GATEWAY}/v1", "Gateway"),
}
PATHS = {
    "http": {
        "paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "x", "port": {"number": 1}}}}]
    }
}
OWN = ("shop.example.com", "a.shop.example.com", "a.b.shop.example.com", "*.shop.example.com", "*.a.shop.example.com")
OTHERS = ("pay.example.com", "xshop.example.com", "*.example.com", "example.com", "shop.example.com.evil.example", "")


@pytest.fixture(scope="module", params=RELEASES)
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """An API server with the Gateway API, the namespaces and the policies."""
    with apiserver.running(request.param, tmp_path_factory.mktemp("tenants")) as running:
        install(running.admin, gateway_api.definitions("httproutes", "tlsroutes", "gateways"))
        rendered = files(BODY, version=minor(request.param))
        for namespace in ("shop", "jobs", "pay", "edge"):
            running.admin.apply(rendered[f"manifests/namespaces/{namespace}/namespace.yaml"])
            account = {"metadata": {"name": "default"}, "automountServiceAccountToken": False}
            running.admin.create(f"/api/v1/namespaces/{namespace}/serviceaccounts", account)
        for name in ("batch", "gold"):
            running.admin.create(
                "/apis/scheduling.k8s.io/v1/priorityclasses", {"metadata": {"name": name}, "value": 10}
            )
        for document in rendered["manifests/cluster/pods.yaml"].split("\n---\n"):
            running.admin.apply(document)
        wait(lambda: all(refusal(running, "pay", *each) for each in taking("shop.example.com")))
        wait(lambda: refusal(running, "shop", "pods", pod("system-node-critical")))
        wait(lambda: refusal(running, "jobs", "services", named("elsewhere.example.com")))
        yield running


def refusal(cluster: Cluster, namespace: str, resource: str, spec: Data, annotations: Data | None = None) -> str:
    """What the server says against an object; "" if it would take it."""
    version, kind = KINDS[resource]
    body = {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": "one", "annotations": annotations or {}},
        "spec": spec,
    }
    group = f"/apis/{version}" if "/" in version else f"/api/{version}"
    path = f"{group}/namespaces/{namespace}/{resource}?dryRun=All"
    return said(lambda: cluster.admin.create(path, body))


def said(request: Callable[[], Any]) -> str:
    try:
        request()
    except RefusedError as error:
        return str(json.loads(str(error).partition(" ")[2])["message"])
    return ""


def taking(host: str) -> list[tuple[str, Data]]:
    """Every way to take a host by a field; "" is none."""
    named = {"host": host} if host else {}
    rule: Data = {"backendRefs": [{"name": "x", "port": 443}]}
    hostnames = {"hostnames": [host]} if host else {}
    listener: Data = {"name": "one", "port": 80, "protocol": "HTTP"} | ({"hostname": host} if host else {})
    return [
        ("ingresses", {"rules": [{**named, **PATHS}]}),
        ("httproutes", {**hostnames, "rules": [rule]}),
        *([("tlsroutes", {**hostnames, "rules": [rule]})] if host else []),
        ("gateways", {"gatewayClassName": "x", "listeners": [listener]}),
    ]


@pytest.mark.parametrize("host", OWN)
def test_a_tenant_takes_its_own_hosts(cluster, host):
    assert [refusal(cluster, "shop", *each) for each in taking(host)] == [""] * 4


@pytest.mark.parametrize("host", OTHERS)
def test_a_tenant_takes_no_other_host(cluster, host):
    for resource, spec in taking(host):
        assert "takes the host names of its own tenant and no others" in refusal(cluster, "shop", resource, spec)


def test_who_has_no_hosts_takes_none_but_the_system_any(cluster):
    for resource, spec in taking("shop.example.com"):
        assert "denied request" in refusal(cluster, "default", resource, spec)
        assert refusal(cluster, "kube-system", resource, spec) == ""
        assert bool(refusal(cluster, "edge", resource, spec)) == (resource != "gateways")


def test_an_ingress_takes_no_host_by_its_certificates_or_for_want_of_another(cluster):
    (resource, spec), *_ = taking("shop.example.com")
    assert refusal(cluster, "shop", resource, spec | {"tls": [{"hosts": ["shop.example.com"]}]}) == ""
    for tls in (
        {"hosts": ["pay.example.com"]},
        {"hosts": ["shop.example.com", "pay.example.com"]},
        {"secretName": "x"},
    ):
        assert "with certificates as well" in refusal(cluster, "shop", resource, spec | {"tls": [tls]})
    backend = {"service": {"name": "x", "port": {"number": 80}}}
    assert "no default backend" in refusal(cluster, "shop", resource, spec | {"defaultBackend": backend})


def test_a_listener_for_plain_tcp_has_no_host(cluster):
    listener = {"name": "one", "port": 80, "protocol": "TCP"}
    assert refusal(cluster, "shop", "gateways", {"gatewayClassName": "x", "listeners": [listener]}) == ""


@pytest.mark.parametrize(
    "key", ["external-dns.alpha.kubernetes.io/hostname", "nginx.ingress.kubernetes.io/server-alias"]
)
def test_an_annotation_gives_no_host_away(cluster, key):
    service = {"ports": [{"port": 80}]}
    for own in ("shop.example.com", "a.shop.example.com, shop.example.com"):
        assert refusal(cluster, "shop", "services", service, {key: own}) == ""
    for other in (
        "pay.example.com",
        "shop.example.com,pay.example.com",
        "~^(.*).shop.example.com",
        ".shop.example.com",
    ):
        assert "an annotation names hosts of its own tenant" in refusal(
            cluster, "shop", "services", service, {key: other}
        )


def test_what_was_there_before_may_go_on_and_not_take_more(cluster):
    resource, spec = taking("old.example.com")[0]
    path = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses"
    policy = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/hardener-pods-hosts-ingresses"
    kept = cluster.admin.get(policy)
    cluster.admin.delete(policy)
    wait(lambda: refusal(cluster, "shop", resource, spec) == "")
    cluster.admin.create(path, {"metadata": {"name": "old"}, "spec": spec})
    metadata = {key: kept["metadata"][key] for key in ("name", "labels")}
    cluster.admin.create(policy.rpartition("/")[0], {"metadata": metadata, "spec": kept["spec"]})
    wait(lambda: refusal(cluster, "shop", resource, spec))
    change = {"metadata": {"labels": {"app": "web"}}}
    assert said(lambda: cluster.admin.patch(f"{path}/old?dryRun=All", change)) == ""
    other = {"spec": taking("pay.example.com")[0][1]}
    assert "of its own tenant" in said(lambda: cluster.admin.patch(f"{path}/old?dryRun=All", other))


def pod(priority: str) -> Data:
    context = {
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    container = {"name": "main", "image": "registry.example.com/web:1", "securityContext": context}
    return {"containers": [container]} | ({"priorityClassName": priority} if priority else {})


def named(host: str) -> Data:
    return {"type": "ExternalName", "externalName": host}


def balanced(*ranges: str, kind: str = "LoadBalancer") -> Data:
    return {"type": kind, "ports": [{"port": 80}], "loadBalancerSourceRanges": list(ranges)}


def test_no_tenant_s_pod_comes_before_the_system_s_or_has_a_class_that_its_zone_does_not_name(cluster):
    assert [refusal(cluster, "shop", "pods", pod(name)) for name in ("", "batch", "gold")] == ["", "", ""]
    assert [refusal(cluster, "jobs", "pods", pod(name)) for name in ("", "batch")] == ["", ""]
    for name in ("system-cluster-critical", "system-node-critical"):
        why = f"a pod has no priority class of the system's, and not {name}"
        assert why in refusal(cluster, "shop", "pods", pod(name))
        assert refusal(cluster, "kube-system", "pods", pod(name)) in ("", NO_ACCOUNT)
    for name in ("system-node-critical", "gold"):
        why = f"a pod has the priority class batch, or none, and not {name}"
        assert why in refusal(cluster, "jobs", "pods", pod(name))


def test_a_pod_gets_no_priority_but_that_of_its_class(cluster):
    """So who names no class has none, whatever number it gives: the policies need not look at it."""
    assert "must not be provided in pod spec" in refusal(cluster, "shop", "pods", pod("") | {"priority": 2_000_000_000})


def test_a_load_balancer_lets_in_what_its_zone_names(cluster):
    assert refusal(cluster, "edge", "services", balanced("192.0.2.0/24")) == ""
    for ranges in ((), ("0.0.0.0/0",), ("192.0.2.0/24", "198.51.100.0/24")):
        assert "a load balancer lets in 192.0.2.0/24" in refusal(cluster, "edge", "services", balanced(*ranges))
    node_port = {"type": "NodePort", "ports": [{"port": 80}]}
    assert "node ports are open to everybody" in refusal(cluster, "edge", "services", node_port)
    assert refusal(cluster, "edge", "services", {"ports": [{"port": 80}]}) == ""


def test_a_service_stands_for_no_external_name_but_those_of_its_zone(cluster):
    assert refusal(cluster, "jobs", "services", named("mail.example.com")) == ""
    assert refusal(cluster, "shop", "services", named("elsewhere.example.com")) == ""
    for name in ("elsewhere.example.com", "mail.example.com.evil.example", "kubernetes.default.svc"):
        assert "a Service stands for mail.example.com" in refusal(cluster, "jobs", "services", named(name))


def claim(storage_class: str, amount: str) -> Data:
    resources = {"requests": {"storage": amount}}
    return {"storageClassName": storage_class, "accessModes": ["ReadWriteOnce"], "resources": resources}


def test_a_class_of_storage_gives_a_namespace_what_its_quota_says(cluster):
    """A controller manager would say what is used, and an API server refuses by nothing else."""
    quota = files(BODY, version=minor(cluster.release))["manifests/namespaces/jobs/quotas.yaml"].split("\n---\n")[0]
    hard = cluster.admin.apply(quota).object["spec"]["hard"]
    path = cluster.admin.path_of(yaml.safe_load(quota))
    cluster.admin.patch(f"{path}/status", {"status": {"hard": hard, "used": dict.fromkeys(hard, "0")}})
    wait(lambda: refusal(cluster, "jobs", "persistentvolumeclaims", claim("silver", "1Gi")))
    assert refusal(cluster, "jobs", "persistentvolumeclaims", claim("gold", "5Gi")) == ""
    for refused in (claim("gold", "6Gi"), claim("silver", "1Gi")):
        assert "exceeded quota" in refusal(cluster, "jobs", "persistentvolumeclaims", refused)
