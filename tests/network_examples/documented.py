"""Those of kubernetes.io/docs/concepts/services-networking/network-policies."""

from __future__ import annotations

from tests.network_examples.world import Example

DOCUMENTED = {
    "no policy: nothing is isolated": Example("{}", "80 * > * yes"),
    "default deny of ingress": Example("x: [{podSelector: {}, policyTypes: [Ingress]}]", "80,80/UDP * > x/* no"),
    "allow all ingress, whatever else is said": Example(
        "x: [{podSelector: {}, policyTypes: [Ingress]}, {podSelector: {}, ingress: [{}], policyTypes: [Ingress]}]",
        "80,81,80/SCTP * > x/* yes",
    ),
    "default deny of egress": Example("x: [{podSelector: {}, policyTypes: [Egress]}]", "80,53/UDP x/* > * no"),
    "allow all egress, whatever else is said": Example(
        "x: [{podSelector: {}, policyTypes: [Egress]}, {podSelector: {}, egress: [{}], policyTypes: [Egress]}]",
        "80,81/UDP x/* > * yes",
    ),
    "default deny of both": Example(
        "x: [{podSelector: {}, policyTypes: [Ingress, Egress]}]",
        """
        80,53/UDP x/* > * no
        80,53/UDP * > x/* no
        """,
    ),
    "the test-network-policy": Example(
        """
        x:
          - podSelector: {matchLabels: {role: db}}
            policyTypes: [Ingress, Egress]
            ingress:
              - from:
                  - ipBlock: {cidr: 172.17.0.0/16, except: [172.17.1.0/24]}
                  - namespaceSelector: {matchLabels: {project: myproject}}
                  - podSelector: {matchLabels: {role: frontend}}
                ports: [{protocol: TCP, port: 6379}]
            egress:
              - to: [{ipBlock: {cidr: 10.0.0.0/24}}]
                ports: [{protocol: TCP, port: 5978}]
        """,
        """
        6379,5978,6379/UDP,5978/UDP * > x/a no
        6379,5978,6379/UDP,5978/UDP x/a > * no
        6379 172.17.0.9 > x/a yes
        6379 y/* > x/a yes
        6379 x/b > x/a yes
        5978 x/a > 10.0.0.9 yes
        """,
    ),
    "two peers: a namespace's pods, or pods of one's own": Example(
        """
        x:
          - podSelector: {matchLabels: {pod: a}}
            ingress:
              - from:
                  - namespaceSelector: {matchLabels: {ns: y}}
                  - podSelector: {matchLabels: {role: frontend}}
        """,
        """
        80 * > x/a no
        80 y/* > x/a yes
        80 x/b > x/a yes
        """,
    ),
    "one peer of both selectors: those pods of that namespace": Example(
        """
        x:
          - podSelector: {matchLabels: {pod: a}}
            ingress:
              - from:
                  - namespaceSelector: {matchLabels: {ns: y}}
                    podSelector: {matchLabels: {role: frontend}}
        """,
        """
        80 * > x/a no
        80 y/b > x/a yes
        """,
    ),
    "a range of ports": Example(
        """
        x:
          - podSelector: {matchLabels: {role: db}}
            policyTypes: [Egress]
            egress:
              - to: [{ipBlock: {cidr: 10.0.0.0/24}}]
                ports: [{protocol: TCP, port: 32000, endPort: 32768}]
        """,
        """
        31999,32000,32400,32768,32769,32400/UDP x/a > * no
        32000,32400,32768 x/a > 10.0.0.9 yes
        """,
    ),
    "several namespaces by their labels": Example(
        """
        x:
          - podSelector: {matchLabels: {role: db}}
            policyTypes: [Egress]
            egress:
              - to: [{namespaceSelector: {matchExpressions: [{key: ns, operator: In, values: [y, z]}]}}]
        """,
        """
        80 x/a > * no
        80 x/a > y/* yes
        80 x/a > z/* yes
        """,
    ),
    "a namespace by its name": Example(
        "x: [{podSelector: {}, "
        "ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: z}}}]}]}]",
        """
        80 * > x/* no
        80 z/* > x/* yes
        """,
    ),
}
