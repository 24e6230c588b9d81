"""Those of docs.cilium.io/en/stable/security/policy."""

from __future__ import annotations

from tests.network_examples.world import Example

CILIUM = {
    "a rule that names nobody closes": Example(
        "x: [{endpointSelector: {}, ingress: [{}]}]", "80 * > x/* no", cilium=True
    ),
    "everybody of the namespace": Example(
        "x: [{endpointSelector: {}, ingress: [{fromEndpoints: [{}]}]}]", "80 * > x/* no\n80 x/* > x/* yes", cilium=True
    ),
    "a namespace by its name": Example(
        "x: [{endpointSelector: {matchLabels: {pod: a}}, "
        "ingress: [{fromEndpoints: [{matchLabels: {'k8s:io.kubernetes.pod.namespace': y, pod: b}}]}]}]",
        "80 * > x/a no\n80 y/b > x/a yes",
        cilium=True,
    ),
    "every namespace, for the whole cluster": Example(
        "'*': [{endpointSelector: {matchLabels: {pod: a}}, ingress: [{fromEndpoints: [{matchLabels: {pod: b}}]}]}]",
        "80 * > */a no\n80 */b > */a yes",
        cilium=True,
    ),
    "the world is what is no pod and no node": Example(
        "x: [{endpointSelector: {}, egress: [{toEntities: [world]}]}]",
        "80 x/* > * no\n80 x/* > *.* yes\n80 x/* > *:* yes",
        cilium=True,
    ),
    "all of it": Example("x: [{endpointSelector: {}, egress: [{toEntities: [all]}]}]", "80 x/* > * yes", cilium=True),
    "pods of the cluster": Example(
        "x: [{endpointSelector: {}, egress: [{toEntities: [cluster]}]}]", "80 x/* > * no\n80 x/* > */* yes", cilium=True
    ),
    "a range with a hole": Example(
        "x: [{endpointSelector: {}, egress: [{toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.0.1.0/24]}]}]}]",
        "80 x/* > * no\n80 x/* > 10.0.0.9 yes",
        cilium=True,
    ),
    "ports alone are anybody's": Example(
        "x: [{endpointSelector: {}, egress: [{toPorts: [{ports: [{port: '80', protocol: TCP}]}]}]}]",
        "80,81,80/UDP x/* > * no\n80 x/* > * yes",
        cilium=True,
    ),
    "a port without a protocol": Example(
        "x: [{endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: '80'}]}]}]}]",
        "80,81,80/UDP,80/SCTP * > x/* no\n80,80/UDP,80/SCTP * > x/* yes",
        cilium=True,
    ),
    "a range of ports": Example(
        "x: [{endpointSelector: {}, egress: [{toPorts: [{ports: [{port: '80', endPort: 444, protocol: TCP}]}]}]}]",
        "79,80,444,445 x/* > * no\n80,444 x/* > * yes",
        cilium=True,
    ),
    "what is denied stays so": Example(
        "x: [{endpointSelector: {}, ingress: [{fromEntities: [all]}], "
        "ingressDeny: [{fromEndpoints: [{matchLabels: {pod: b}}]}]}]",
        "80 x/b > x/* no",
        cilium=True,
    ),
    "a denial is stronger than any other policy's leave": Example(
        "x: [{podSelector: {}, ingress: [{}]}]\n"
        "'*': [{endpointSelector: {matchLabels: {pod: a}}, ingressDeny: [{toPorts: [{ports: [{port: '80'}]}]}], "
        "ingress: [{fromEntities: [all]}]}]",
        "80,81 * > */a yes\n80 * > */a no",
        cilium=True,
    ),
    "a denial alone isolates": Example(
        "x: [{endpointSelector: {}, ingressDeny: [{fromEndpoints: [{matchLabels: {pod: b}}]}]}]",
        "80 * > x/* no",
        cilium=True,
    ),
    "a denial that does not isolate": Example(
        "x: [{endpointSelector: {}, enableDefaultDeny: {ingress: false, egress: false}, "
        "ingressDeny: [{fromEndpoints: [{matchLabels: {pod: b}}]}]}]",
        "80 x/b > x/* no",
        cilium=True,
    ),
    "rules beside each other add up": Example(
        "x: [{endpointSelector: {}, egress: [{toEndpoints: [{matchLabels: {pod: a}}]}, {toCIDR: [10.0.0.0/24]}]}]",
        "80 x/* > * no\n80 x/* > x/a yes\n80 x/* > 10.0.0.9 yes",
        cilium=True,
    ),
    "an empty list of peers is nobody": Example(
        "x: [{endpointSelector: {}, egress: [{toEndpoints: [], toPorts: [{ports: [{port: '80'}]}]}]}]",
        "80 x/* > * no",
        cilium=True,
    ),
    "namespaces by their labels": Example(
        "x: [{endpointSelector: {}, ingress: [{fromEndpoints: "
        "[{matchExpressions: [{key: 'k8s:io.cilium.k8s.namespace.labels.project', operator: Exists}]}]}]}]",
        "80 * > x/* no\n80 y/* > x/* yes",
        cilium=True,
    ),
    "beside Kubernetes' own policies, each adds": Example(
        "x: [{podSelector: {}, policyTypes: [Egress]}, {endpointSelector: {}, egress: [{toCIDR: [10.0.0.0/24]}]}]",
        "80 x/* > * no\n80 x/* > 10.0.0.9 yes",
        cilium=True,
    ),
    "a range of addresses is no pod's and no node's": Example(
        "x: [{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}]",
        "80 x/* > * no\n80 x/* > *.* yes",
        cilium=True,
    ),
}
