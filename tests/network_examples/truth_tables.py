"""Those of Kubernetes' own tests: test/e2e/network/netpol/network_policy.go."""

from __future__ import annotations

from tests.network_examples.world import DENY, NOT_X, ONE, Example

FROM_Y = "from: [{namespaceSelector: {matchLabels: {ns: y}}}]"

TRUTH_TABLES = {
    "pods of one's own namespace by a label": Example(
        f"x: [{{{ONE}, ingress: [{{from: [{{podSelector: {{matchLabels: {{pod: b}}}}}}]}}]}}]",
        "80 * > x/a no\n80 x/b > x/a yes",
    ),
    "one target of a closed namespace": Example(
        f"x: [{DENY}, {{{ONE}, ingress: [{{from: [{{podSelector: {{}}, namespaceSelector: {{}}}}]}}]}}]",
        "80 * > x/* no\n80 */* > x/a yes",
    ),
    "every namespace, but no address": Example(
        f"x: [{{{ONE}, ingress: [{{from: [{{namespaceSelector: {{}}}}]}}]}}]", "80 *.* > x/a no\n80 *:* > x/a no"
    ),
    "one other namespace": Example(
        f"x: [{{{ONE}, ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{ns: y}}}}}}]}}]}}]",
        "80 * > x/a no\n80 y/* > x/a yes",
    ),
    "pods by an expression": Example(
        f"x: [{{{ONE}, ingress: [{{from: [{{podSelector: "
        "{matchExpressions: [{key: pod, operator: In, values: [b]}]}}]}]}]",
        "80 * > x/a no\n80 x/b > x/a yes",
    ),
    "pods, or any other namespace": Example(
        f"x: [{{{ONE}, ingress: [{{from: [{{{NOT_X}}}, {{podSelector: {{matchLabels: {{pod: b}}}}}}]}}]}}]",
        "80 * > x/a no\n80 y/* > x/a yes\n80 z/* > x/a yes\n80 x/b > x/a yes",
    ),
    "pods of any other namespace": Example(
        f"x: [{{{ONE}, ingress: [{{from: [{{{NOT_X}, podSelector: {{matchLabels: {{pod: b}}}}}}]}}]}}]",
        "80 * > x/a no\n80 y/b > x/a yes\n80 z/b > x/a yes",
    ),
    "several pods of any other namespace": Example(
        f"x: [{{{ONE}, ingress: [{{from: [{{{NOT_X}, podSelector: "
        "{matchExpressions: [{key: pod, operator: In, values: [b, c]}]}}]}]}]",
        "80 * > x/a no\n80 y/[bc] > x/a yes\n80 z/[bc] > x/a yes",
    ),
    "either of two pods": Example(
        f"x: [{{{ONE}, ingress: [{{from: [{{podSelector: {{matchLabels: {{pod: b}}}}}}, "
        "{podSelector: {matchLabels: {pod: c}}}]}]}]",
        "80 * > x/a no\n80 x/[bc] > x/a yes",
    ),
    "a namespace at one port": Example(
        f"x: [{{{ONE}, ingress: [{{{FROM_Y}, ports: [{{port: 81}}]}}]}}]",
        "80,81 * > x/a no\n81 y/* > x/a yes",
    ),
    "policies add up": Example(
        f"x: [{{{ONE}, ingress: [{{{FROM_Y}, ports: [{{port: 81}}]}}]}},"
        f" {{{ONE}, ingress: [{{{FROM_Y}, ports: [{{port: 80}}]}}]}}]",
        "80,81,82 * > x/a no\n80,81 y/* > x/a yes",
    ),
    "a named port of every pod": Example(
        "x: [{podSelector: {}, ingress: [{ports: [{port: serve-81-tcp}]}]}]", "80,81,81/UDP * > x/* no\n81 * > x/* yes"
    ),
    "a named port, from one namespace": Example(
        f"x: [{{{ONE}, ingress: [{{{FROM_Y}, ports: [{{port: serve-80-tcp, protocol: TCP}}]}}]}}]",
        "80,81 * > x/a no\n80 y/* > x/a yes",
    ),
    "a named port is the target's: outside, nothing has names": Example(
        "x: [{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: serve-80-tcp}]}]}]",
        "80,81 x/* > * no\n80 x/* > */* yes",
    ),
    "a name of another protocol": Example(
        "x: [{podSelector: {}, ingress: [{ports: [{port: serve-80-udp}]}]}]", "80,80/UDP * > x/* no"
    ),
    "only one's own namespace": Example(
        "x: [{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}]", "80 * > x/* no\n80 x/* > x/* yes"
    ),
    "no egress for one pod": Example(f"x: [{{{ONE}, policyTypes: [Egress]}}]", "80 x/a > * no"),
    "both directions in one policy": Example(
        f"x: [{{{ONE}, policyTypes: [Egress, Ingress], "
        "ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}], egress: [{ports: [{port: 80}]}]}]",
        "80,81 * > x/a no\n80,81 x/b > x/a yes\n81 x/a > * no",
    ),
    "a client may not, though the server would let it": Example(
        f"""
        x: [{{{ONE}, policyTypes: [Egress],
             egress: [{{to: [{{namespaceSelector: {{matchLabels: {{ns: y}}}}, {ONE}}}]}}]}}]
        y: [{{{ONE}, ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{ns: x}}}}}}]}}]}},
            {{podSelector: {{matchLabels: {{pod: b}}}},
              ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{ns: x}}}}}}]}}]}}]
        """,
        "80 * > y/[ab] no\n80 x/[bc] > y/[ab] yes\n80 x/a > * no\n80 x/a > y/a yes",
    ),
    "any port of one protocol": Example(
        f"x: [{{{ONE}, ingress: [{{ports: [{{protocol: TCP}}]}}]}}]",
        "80,81,80/UDP,80/SCTP * > x/a no\n80,81 * > x/a yes",
    ),
    "an allow-all beside a port": Example(
        "x: [{podSelector: {}, ingress: [{ports: [{port: 80}]}]}, {podSelector: {}, ingress: [{}]}]", "81 * > x/* yes"
    ),
    "an allow-all of egress beside a port": Example(
        "x: [{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 80}]}]},"
        " {podSelector: {}, policyTypes: [Egress], egress: [{}]}]",
        "81 x/* > * yes",
    ),
    "a hole that another policy fills": Example(
        f"x: [{{{ONE}, policyTypes: [Egress], "
        "egress: [{to: [{ipBlock: {cidr: 10.0.0.0/16, except: [10.0.0.9/32]}}]}]},"
        f" {{{ONE}, policyTypes: [Egress], egress: [{{to: [{{ipBlock: {{cidr: 10.0.0.9/32}}}}]}}]}}]",
        "80 x/a > * no\n80 x/a > 10.0.[01].9 yes",
    ),
    "ingress and egress are apart": Example(
        f"x: [{{{ONE}, policyTypes: [Egress], egress: [{{}}]}}, {{{ONE}, policyTypes: [Ingress]}}]", "80 * > x/a no"
    ),
    "SCTP is not TCP": Example(
        f"x: [{DENY}, {{{ONE}, ingress: [{{ports: [{{port: 81, protocol: SCTP}}]}}]}}]",
        "81,81/SCTP * > x/* no\n81/SCTP * > x/a yes",
    ),
    "UDP is not TCP": Example(
        f"x: [{{{ONE}, ingress: [{{ports: [{{port: 81, protocol: UDP}}]}}]}}]",
        "81,81/UDP * > x/a no\n81/UDP * > x/a yes",
    ),
    "every namespace but one": Example(
        f"x: [{{{ONE}, policyTypes: [Egress], egress: [{{to: [{{namespaceSelector: "
        "{matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [y]}]}}]}]}]",
        "80 x/a > * no\n80 x/a > [xz]/* yes",
    ),
}
