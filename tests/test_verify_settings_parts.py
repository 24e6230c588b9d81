"""Of every file for hosts, each part is judged: what is done to it, and what is said of that."""

from __future__ import annotations

import pytest

from tests.control_planes import EVERYTHING, SILENT, files, profile
from tests.test_verify_settings import found

KUBEADM = "control-plane/kubeadm.yaml"
SERVER = "control-plane/kube-apiserver.flags"
PASSED_ON = "nodes/shared/k3s.yaml"
SYSCTLS = "nodes/shared/sysctl.conf"
K3S = "control-plane/k3s.yaml"
KUBELET = "nodes/shared/kubelet.yaml"
WEBHOOK = "control-plane/audit-webhook.yaml"
APPROVER = "control-plane/approve-serving-certificates.yaml"
AUTHORIZATION = "control-plane/authorization-configuration.yaml"
AUTHENTICATION = "control-plane/authentication-configuration.yaml"
ADMISSION = "control-plane/admission-configuration.yaml"

CHANGES = {
    ("kubeadm", "1.34", SILENT): [
        (KUBEADM, "v1beta4\nkind: ClusterC", "v1beta3\nkind: ClusterC", "is not what kubeadm reads at Kubernetes 1.34"),
        (KUBEADM, "stable-1.34", "stable-1.35", "kubeadm would install stable-1.35"),
        (KUBEADM, "10.244.0.0/16", "10.0.0.0/8", "networking.podSubnet is 10.0.0.0/8"),
        (KUBEADM, "kind: KubeletC", "kind: KubeProxyC", "kubeadm is told nothing by this KubeProxy"),
        (KUBEADM, "kind: KubeletC", "kind: KubeProxyC", "there is no KubeletConfiguration"),
        (KUBEADM, "apiServer:\n", "- apiServer:\n", "cannot be read"),
        (KUBEADM, "hostPath: /var/log/kubernetes/audit", "hostPath: /etc", "in the place of another"),
        (KUBEADM, "readOnly: true", "readOnly: false", "could write to /etc/kubernetes/hardener"),
        (KUBEADM, "    - name: profiling\n", "    - name: foo\n", "nobody knows what --foo does"),
        (
            KUBEADM,
            "  extraArgs:\n",
            "  extraArgs:\n    - name: goaway-chance\n      value: '1'\n",
            "is missing in control-plane/kube-apiserver.flags",
        ),
        (SERVER, "--profiling", "--goaway-chance=1\n--profiling", "is missing, which is in"),
        (SERVER, "--profiling", "--feature-gates=Foo=true\n--profiling", "Foo does not exist"),
        (SERVER, "--profiling", "--feature-gates=AllAlpha=maybe\n--profiling", "neither true nor false"),
        (SERVER, "--profiling", "--feature-gates=AllAlpha=true\n--profiling", "nobody knows what that does"),
        (SERVER, "--profiling", "--apiserver-count=3\n--profiling", "is deprecated since"),
        (SERVER, "AlwaysPullImages,", "AlwaysPullImages,Foo,", "Kubernetes 1.34 has none"),
        (ADMISSION, "config.k8s.io/v1\nkind: Adm", "config.k8s.io/v1alpha1\nkind: Adm", "no API server reads"),
        (ADMISSION, "admission.config.k8s.io/v1", "admission.config.k8s.io/v1beta1", "of Kubernetes 1.34 reads"),
        (ADMISSION, "name: PodSecurity", "name: EventRateLimit", "is told something twice"),
        (ADMISSION, "name: PodSecurity", "name: ImagePolicyWebhook", "nobody knows what ImagePolicyWebhook is told"),
        (ADMISSION, "enforce: restricted", "enforce: baseline", "enforce is baseline"),
        (ADMISSION, "warn-version: v1.34", "warn-version: v1.24", "warn-version is v1.24"),
        (ADMISSION, "qps: 50", "qps: 5000", "5000 events a second"),
        (ADMISSION, "pool=shared", "pool=plant", "elsewhere than on the shared pool"),
        (APPROVER, "verbs: [approve]", "verbs: [approve, sign]", "says something else"),
        (APPROVER, "resources: [nodes]", "resources: [nodes, secrets]", "says something else"),
        (APPROVER, "kind: User\n    name: ", "kind: Group\n    name: ", "ClusterRoleBinding says something else"),
        (APPROVER, "metadata:\n  name: hardener:", "metadata:\n  name: other:", "this is no ClusterRole"),
        (APPROVER, "kind: ClusterRoleBinding", "kind: RoleBinding", "there is no ClusterRoleBinding"),
        (APPROVER, "    verbs: [approve]", "    verbs: [approve]\n    a: b", "says something else"),
        (KUBELET, "kind: KubeletConfiguration", "kind: Kubelet", "no kubelet reads it"),
        (KUBELET, "readOnlyPort: 0", "readOnlyPort: 0\nshutdownGracePeriod: 7", "which is no duration"),
        (KUBELET, "readOnlyPort: 0", "readOnlyPort: 0\nallowedUnsafeSysctls: [a.b]", "the profile does not ask for it"),
        (KUBELET, "readOnlyPort: 0", "readOnlyPort: 0\niptablesDropBit: 1", "is deprecated since"),
        (KUBELET, "featureGates:\n", "featureGates:\n  AllAlpha: true\n", "the feature gate AllAlpha"),
        (KUBELET, "readOnlyPort: 0", "readOnlyPort: 0\n---\na: b", "holds 2 documents"),
        (SYSCTLS, "kernel.panic = 10", "kernel.panic = 10\nkernel.panic = 0", "is set twice"),
        (SYSCTLS, "kernel.panic = 10", "-kernel.panic = 10", "nobody knows what this sets"),
        ("nodes/label-nodes.sh", None, "\n", "is empty"),
    ],
    ("kubeadm", "1.30", SILENT): [
        (KUBEADM, "  extraArgs:\n    a", "  extraArgs:\n    goaway-chance: many\n    a", "no float"),
    ],
    ("kubeadm", "1.29", SILENT): [
        (KUBEADM, "directory: /etc/kubernetes/hardener/patches", "directory: /tmp", "take patches from /tmp"),
        (KUBEADM, "kind: InitC", "kind: JoinC", "there is no InitConfiguration"),
    ],
    ("kubeadm", "1.34", EVERYTHING): [
        (KUBEADM, "bindPort: 8443", "bindPort: 443", "would listen on 443"),
        (KUBEADM, "kind: InitC", "kind: JoinC", "would not listen on 8443"),
        (KUBEADM, "hostPath: /run/kms", "hostPath: /run", "no volume brings /run/kms/kms.sock"),
        (AUTHORIZATION, "type: Node", "type: ABAC", "ABAC, Webhook, RBAC would be asked"),
        (AUTHORIZATION, "Deny", "NoOpinion", "nobody knows what it means"),
        (AUTHORIZATION, 'authorizedTTL: "1m"', 'authorizedTTL: "1h"', "authorizedTTL is 1h"),
        (AUTHORIZATION, 'timeout: "5s"', "timeout: soon", "timeout is soon"),
        (AUTHORIZATION, "config.k8s.io/v1", "config.k8s.io/v1alpha1", "reads apiserver.config.k8s.io/v1alpha1"),
        (AUTHORIZATION, "/etc/kubernetes/hardener/auth", "/tmp/auth", "leads to a service that the profile"),
        (AUTHENTICATION, "claim: email", "claim: sub", "usernameClaim is not as the profile says"),
        (AUTHENTICATION, 'prefix: "teams:"', 'prefix: ""', "groupsClaim is not as the profile says"),
        (AUTHENTICATION, "config.k8s.io/v1", "config.k8s.io/v1beta1", "reads apiserver.config.k8s.io/v1beta1"),
        (AUTHENTICATION, "enabled: true", "enabled: false", "is off and has conditions"),
        (AUTHENTICATION, "    - path: /healthz\n", "", "get no answer from /healthz"),
        (WEBHOOK, "users:\n", "users:\n  - {name: b, user: {}}\n", "more than one connection"),
        (WEBHOOK, "current-context: webhook", "current-context: b", "context is b"),
        (WEBHOOK, "kind: Config", "kind: [", "cannot be read"),
    ],
    ("kubeadm", "1.31", EVERYTHING): [
        (AUTHENTICATION, "jwt:", "anonymous: {enabled: false}\njwt:", "anonymous is unknown at Kubernetes 1.31"),
    ],
    ("kubeadm", "1.29", EVERYTHING): [
        ("control-plane/oidc-ca.crt", "MIIBijCC", "MIIBijCD", "not the certificates by which"),
    ],
    ("kubeadm", "1.24", SILENT): [
        (KUBELET, "readOnlyPort: 0", "readOnlyPort: 0\ntracing: {}", "is unknown to the kubelet 1.24"),
    ],
    ("k3s", "1.34", SILENT): [
        (K3S, "etcd-expose", "token-file: /x\netcd-expose", "nobody knows what token-file does"),
        (
            K3S,
            "protect-kernel-defaults: true",
            "protect-kernel-defaults: 'false'",
            "protect-kernel-defaults is false, and true is promised",
        ),
        (K3S, '  - "profiling=false"', "  - profiling", "profiling is no NAME=VALUE"),
        (K3S, '  - "profiling=false"', '  - "profiling=false"\n  - "profiling=true"', "comes twice"),
        (K3S, "kube-scheduler-arg:", "kube-scheduler-arg+: profiling=true\nkube-scheduler-arg:", "is no list"),
        (
            K3S,
            "kube-scheduler-arg:",
            "kube-apiserver-arg+: [anonymous-auth=true]\nkube-scheduler-arg:",
            "--anonymous-auth is here",
        ),
        (K3S, None, "- a\n", "no mapping"),
    ],
    ("k3s", "1.29", SILENT): [
        (PASSED_ON, "kubelet-arg:", "node-label: [a=b]\nkubelet-arg:", "nobody knows what node-label does"),
        (PASSED_ON, "kubelet-arg:", "kubelet-arg: 7\nx:", "kubelet-arg is no list"),
        (PASSED_ON, None, "a: [", "cannot be read"),
    ],
    ("rke2", "1.34", EVERYTHING): [
        ("control-plane/rke2.yaml", "/run/kms:ro", "/run/kms:rw", "kube-apiserver-extra-mount is"),
        ("control-plane/rke2.yaml", "  - /run/kms:", "  - /:/:rw\n  - /run/kms:", "kube-apiserver-extra-mount is"),
    ],
    ("rke2", "1.34", SILENT): [
        ("control-plane/rke2.yaml", "profile: cis", "profile: none", "profile is none"),
    ],
}


@pytest.mark.parametrize(
    ("distribution", "version", "body", "file", "old", "new", "says"),
    [(*of, *change) for of, changes in CHANGES.items() for change in changes],
)
def test_a_change_of_any_part_is_seen(distribution, version, body, file, old, new, says):
    output = files(body, version, distribution)
    text = new if old is None else output[file].replace(old, new, 1)
    assert text != output[file]
    said = [each.message for each in found({**output, file: text}, profile(body, version, distribution))]
    assert [each for each in said if says in each], said
