"""Widely known recipes, such as those of github.com/ahmetb/kubernetes-network-policy-recipes."""

from __future__ import annotations

from tests.network_examples.world import DENY, ONE, Example

RECIPES = {
    "nothing reaches an application": Example(f"x: [{{{ONE}, ingress: []}}]", "80 * > x/a no"),
    "only those who carry a label": Example(
        f"x: [{{{ONE}, ingress: [{{from: [{{podSelector: {{matchLabels: {{role: frontend}}}}}}]}}]}}]",
        "80 * > x/a no\n80 x/b > x/a yes",
    ),
    "everybody, by an empty rule": Example(f"x: [{DENY}, {{{ONE}, ingress: [{{}}]}}]", "80 * > x/* no\n80 * > x/a yes"),
    "everybody, by a rule with an empty list": Example(f"x: [{{{ONE}, ingress: [{{from: []}}]}}]", "80,81 * > x/a yes"),
    "production alone": Example(
        f"x: [{{{ONE}, ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{purpose: production}}}}}}]}}]}}]",
        "80 * > x/a no\n80 y/* > x/a yes",
    ),
    "outside clients by any address": Example(
        f"x: [{DENY}, {{{ONE}, ingress: [{{from: [], ports: [{{port: 80}}]}}]}}]",
        "80,81 * > x/* no\n80 * > x/a yes",
    ),
    "one port of an application": Example(
        f"x: [{{{ONE}, ingress: [{{ports: [{{port: 81}}], "
        "from: [{podSelector: {matchLabels: {role: monitoring}}}]}]}]",
        "80,81 * > x/a no\n81 x/c > x/a yes",
    ),
    "no egress but DNS": Example(
        f"x: [{{{ONE}, policyTypes: [Egress], egress: [{{ports: [{{port: 53, protocol: UDP}}, {{port: 53}}]}}]}}]",
        "53,53/UDP,80 x/a > * no\n53,53/UDP x/a > * yes",
    ),
    "egress inside the cluster alone": Example(
        "x: [{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}]}]}]",
        "80 x/* > * no\n80 x/* > */* yes",
    ),
    "an egress section means egress, too": Example(
        f"x: [{{{ONE}, egress: [{{to: [{{podSelector: {{}}}}]}}]}}]", "80 * > x/a no\n80 x/a > * no\n80 x/a > x/* yes"
    ),
    "an empty egress section alone means nothing": Example(f"x: [{{{ONE}, egress: []}}]", "80 * > x/a no"),
    "who lacks a label": Example(
        f"x: [{{{ONE}, ingress: [{{from: [{{namespaceSelector: {{matchExpressions: [{{key: project, "
        "operator: DoesNotExist}, {key: team, operator: Exists}]}}]}]}]",
        "80 * > x/a no\n80 x/* > x/a yes",
    ),
}
