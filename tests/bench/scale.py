"""Profiles of any size: tenants of ten namespaces, flows between neighbours and from tenant to tenant.

`profile` is what a Helm chart can also say in a few lines; `busy` has two workloads a namespace, and ten flows.
"""

from __future__ import annotations

HEAD = """\
apiVersion: hardener/v1
kind: HardeningProfile
metadata:
  name: scale
cluster:
  kubernetes: "1.34"
  distribution: kubeadm
  cni: calico
  networks:
    pods: [10.244.0.0/16]
    services: [10.96.0.0/12]
    nodes: [192.168.10.0/24]
    controlPlane: [192.168.10.0/29]
zones:
  apps:
    trust: 50
tenants:
"""


def names(count: int) -> list[tuple[str, str]]:
    """(tenant, namespace) for each of `count` namespaces, ten to a tenant."""
    return [(f"team-{number // 10}", f"team-{number // 10}-app-{number % 10}") for number in range(count)]


def flows(count: int) -> list[tuple[str, str, int]]:
    """(from, to, port): each namespace calls its neighbour, its neighbour's neighbour, and one of another tenant."""
    all_names = [name for _, name in names(count)]
    steps = ((1, 8443), (2, 9090), (10, 8080))
    return [
        (source, all_names[(number + step) % count], port)
        for number, source in enumerate(all_names)
        for step, port in steps
        if (number + step) % count != number
    ]


def profile(count: int, *, changed: bool = False) -> str:
    """The profile as YAML. `changed`: the last namespace has another quota, which must touch its files alone."""
    calls = (
        f"  - {{from: {{namespace: {source}}}, to: {{namespace: {target}, pods: {{app: api}}}}, ports: [{port}]}}\n"
        for source, target, port in flows(count)
    )
    return "".join([*_namespaces(count, changed=changed), "flows:\n", *calls])


def busy(count: int) -> str:
    """A profile in which each workload of each namespace calls the same workload of five others."""
    all_names = [name for _, name in names(count)]
    calls = (
        f"  - {{from: {{namespace: {source}, pods: {{app: {app}}}}}, "
        f"to: {{namespace: {all_names[(number + step) % count]}, pods: {{app: {app}}}}}, ports: [{port + step}]}}\n"
        for number, source in enumerate(all_names)
        for step in (1, 2, 3, 10, 20)
        for app, port in (("api", 8440), ("worker", 9000))
    )
    return "".join([*_namespaces(count), "flows:\n", *calls])


def _namespaces(count: int, *, changed: bool = False) -> list[str]:
    lines = [HEAD]
    last = names(count)[-1][1]
    tenant_before = ""
    for tenant, namespace in names(count):
        if tenant != tenant_before:
            lines.append(_tenant(tenant))
        quota = "medium" if changed and namespace == last else "small"
        lines.append(
            f"      {namespace}:\n"
            f"        zone: apps\n"
            f"        quota: {quota}\n"
            f"        serviceAccounts:\n"
            f"          app: {{token: false}}\n"
            f"          worker: {{token: true, roles: [viewer]}}\n"
        )
        tenant_before = tenant
    return lines


def _tenant(name: str) -> str:
    return (
        f"  {name}:\n"
        f"    access:\n"
        f"      - {{role: admin, groups: [{name}-leads]}}\n"
        f"      - {{role: developer, groups: [{name}]}}\n"
        f"      - {{role: operator, groups: [{name}-operations]}}\n"
        f"    namespaces:\n"
    )
