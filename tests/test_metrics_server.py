"""metrics-server as a third party: a namespace of its own, verified kubelets, just its flows, and rights of its own.

What it asks for is what it declares (manifests/base/ in kubernetes-sigs/metrics-server): figures of nodes and pods, two
kinds of reviews, and the API server's settings for aggregation. That it verifies kubelets is an argument of its own;
their certificates are the cluster's, once somebody approves them by name.
"""

from __future__ import annotations

import pytest

from hardener.cli import main
from hardener.verify.network import Address, Network, PodEnd
from hardener.verify.written import read
from tests.rendering import written
from tests.verifying import findings, rendered

PROFILE = written("""\
zones:
  platform: {trust: 50}
  apps: {trust: 50}
tenants:
  platform:
    namespaces:
      metrics-server: {zone: platform, serviceAccounts: {metrics-server: {token: true}}}
  team:
    namespaces:
      web: {zone: apps}
roles:
  node-metrics:
    - {resources: [nodes/metrics], verbs: [get]}
    - {resources: [pods, nodes], verbs: [get, list, watch]}
    - {resources: [tokenreviews.authentication.k8s.io, subjectaccessreviews.authorization.k8s.io], verbs: [create]}
    - {resources: [configmaps], names: [extension-apiserver-authentication], verbs: [get, list, watch]}
access:
  - {role: node-metrics, serviceAccounts: [metrics-server/metrics-server]}
flows:
  - from: {apiServer: true}
    to: {namespace: metrics-server, pods: {k8s-app: metrics-server}}
    ports: [10250]
    reason: the API server hands on what is asked of the metrics API
  - from: {namespace: metrics-server, pods: {k8s-app: metrics-server}}
    to: {nodes: true}
    ports: [10250]
    reason: kubelets measure
  - from: {namespace: metrics-server, pods: {k8s-app: metrics-server}}
    to: {apiServer: true}
    ports: [6443]
    reason: it watches pods and nodes
""")
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: metrics-server}
spec:
  selector: {matchLabels: {k8s-app: metrics-server}}
  template:
    metadata: {labels: {k8s-app: metrics-server}}
    spec:
      serviceAccountName: metrics-server
      containers:
        - name: metrics-server
          image: registry.k8s.io/metrics-server/metrics-server:v0.8.0
          args:
            - --secure-port=10250
            - --cert-dir=/tmp
            - --kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            runAsNonRoot: true
            seccompProfile: {type: RuntimeDefault}
            capabilities: {drop: [ALL]}
          volumeMounts: [{name: tmp, mountPath: /tmp}]
      volumes: [{name: tmp, emptyDir: {}}]
"""
SERVER, NODE, OUTSIDE = Address(ip="192.168.10.1"), Address(ip="192.168.10.77"), Address(ip="198.51.100.1")
METRICS, OTHER = (PodEnd(namespace="metrics-server", labels=each) for each in ({"k8s-app": "metrics-server"}, {}))
WEB, SYSTEM = PodEnd(namespace="web"), PodEnd(namespace="kube-system")
USER = "system:serviceaccount:metrics-server:metrics-server"


def test_all_promises_are_kept():
    assert findings(*rendered(PROFILE)) == []


@pytest.mark.parametrize(
    ("source", "target", "port", "passes"),
    [
        (SERVER, METRICS, 10250, True),
        (SERVER, METRICS, 443, False),
        (SERVER, OTHER, 10250, False),
        (NODE, METRICS, 10250, False),
        (WEB, METRICS, 10250, False),
        (SYSTEM, METRICS, 10250, False),
        (METRICS, NODE, 10250, True),
        (METRICS, SERVER, 10250, True),
        (METRICS, NODE, 10255, False),
        (METRICS, SERVER, 6443, True),
        (METRICS, NODE, 6443, False),
        (METRICS, WEB, 10250, False),
        (METRICS, OUTSIDE, 443, False),
        (OTHER, NODE, 10250, False),
    ],
)
def test_just_its_flows_are_open(source, target, port, passes):
    files, profile = rendered(PROFILE)
    network = Network.read(read(files)[0], profile.cluster)

    assert network.passes(source, target, port, "TCP").yes is passes


@pytest.fixture
def profile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "profile.yaml").write_text(PROFILE)
    (tmp_path / "deployment.yaml").write_text(DEPLOYMENT)
    return "profile.yaml"


@pytest.mark.parametrize(
    ("verb", "resource", "yes"),
    [
        ("get", "nodes/metrics", True),
        ("list", "pods", True),
        ("get", "nodes/proxy", False),
        ("get", "nodes/log", False),
        ("get", "secrets", False),
        ("delete", "pods", False),
        ("create", "serviceaccounts/token", False),
    ],
)
def test_it_may_do_what_it_declares_and_no_more(profile, verb, resource, yes):
    where = [] if resource.startswith("nodes") else ["-n", "kube-system"]

    assert main(["can", profile, USER, verb, resource, *where]) == (0 if yes else 1)


def test_its_pods_are_admitted_with_their_token(profile, capsys):
    assert main(["admit", profile, "deployment.yaml", "-n", "metrics-server"]) == 0
    assert main(["admit", profile, "deployment.yaml", "-n", "web"]) == 1
    assert "a pod holds no token unless the profile gives its service account one" in capsys.readouterr().out


def test_kubelets_serve_certificates_that_somebody_verifies():
    files, _ = rendered(PROFILE)

    assert "serverTLSBootstrap: true" in files["nodes/shared/kubelet.yaml"]
    assert "control-plane/approve-serving-certificates.sh" in files
