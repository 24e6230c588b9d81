"""What is written as it was, and read by nobody any more, is weaker."""

import pytest

from tests.compared import compared, edited, rendered, told
from tests.control_planes import SILENT

KUBELET = "nodes/shared/kubelet.yaml"
KUBEADM = "control-plane/kubeadm.yaml"
PLUGINS = "control-plane/admission-configuration.yaml"
TAINTS = "apiVersion: podtolerationrestriction.admission.k8s.io/v1alpha1"
NO_KUBELET = "this is no KubeletConfiguration of kubelet.config.k8s.io/v1beta1: no kubelet reads it"

# What somebody does to a file: what stands there, what stands there then, and what is told of it.
EDITED = {
    "another kind": (KUBELET, "kind: KubeletConfiguration", "kind: KubeletConfig", NO_KUBELET),
    "no kind": (KUBELET, "kind: KubeletConfiguration\n", "", NO_KUBELET),
    "another version": (KUBELET, "k8s.io/v1beta1", "k8s.io/v1", NO_KUBELET),
    "no version": (KUBELET, "apiVersion: kubelet.config.k8s.io/v1beta1\n", "", NO_KUBELET),
    "another version for every kubelet": (KUBEADM, "kubelet.config.k8s.io/v1beta1", "kubelet.k8s.io/v1", NO_KUBELET),
    "another version of plugins": (
        PLUGINS,
        "apiserver.config.k8s.io/v1",
        "apiserver.config.k8s.io/v2",
        "no API server",
    ),
    "another version of taints": (PLUGINS, TAINTS, f"{TAINTS}2", "nobody knows what it means, at apiVersion"),
    "no version of taints": (PLUGINS, f"      {TAINTS}\n", "", "nobody knows what it means"),
    "another list of taints": (PLUGINS, "whitelist:", "whiteList:", "nobody knows what it means"),
    "another key of places": (PLUGINS, "podNodeSelectorPluginConfig:", "podNodeSelector:", "PodNodeSelector reads"),
    "another plugin's places": (PLUGINS, "name: PodNodeSelector", "name: PodNodeSelectors", "PodNodeSelector is told"),
    "another version of Pod Security": (
        PLUGINS,
        "pod-security.admission.config.k8s.io/v1",
        "pod-security.admission.config.k8s.io/v2",
        "no API server of 1.36 reads",
    ),
}


@pytest.mark.parametrize("name", EDITED)
def test_what_no_component_reads_is_weaker(name):
    file, old, new, says = EDITED[name]
    whole = rendered(SILENT)
    changed = edited(whole, file, old, new)
    lines = told(compared(whole, changed))
    assert [line for line in lines if line.startswith(f"weaker settings: {says}")], lines
    assert not compared(changed, changed)
