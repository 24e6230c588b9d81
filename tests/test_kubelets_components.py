"""The kubelet's own decoder and validation take every KubeletConfiguration, also laid over what kubeadm writes."""

import json

import pytest
import yaml

from hardener.catalog import minor as number
from tests.components import kubelet_config
from tests.components.releases import KUBERNETES, judging, minor
from tests.control_planes import BODIES, SILENT, VERSIONS, files

DISTRIBUTIONS = ("kubeadm", "k3s", "rke2", "eks", "gke", "aks")

# What kubeadm gives every kubelet (Default in cmd/kubeadm/app/componentconfigs/kubelet.go).
KUBEADM = {
    "apiVersion": "kubelet.config.k8s.io/v1beta1",
    "kind": "KubeletConfiguration",
    "authentication": {
        "anonymous": {"enabled": False},
        "webhook": {"enabled": True},
        "x509": {"clientCAFile": "/etc/kubernetes/pki/ca.crt"},
    },
    "authorization": {"mode": "Webhook"},
    "cgroupDriver": "systemd",
    "clusterDNS": ["10.96.0.10"],
    "clusterDomain": "cluster.local",
    "featureGates": {},
    "healthzBindAddress": "127.0.0.1",
    "healthzPort": 10248,
    "rotateCertificates": True,
    "staticPodPath": "/etc/kubernetes/manifests",
}


def configurations(body, version, distribution="kubeadm"):
    """The KubeletConfiguration of each pool, and the one that kubeadm gives every node."""
    rendered = files(body, version, distribution)
    found = {path.split("/")[1]: text for path, text in rendered.items() if path.endswith("/kubelet.yaml")}
    for text in rendered.get("control-plane/kubeadm.yaml", "").split("\n---\n"):
        if "kind: KubeletConfiguration\n" in text:
            found["every"] = text
    return found


def read(text):
    return yaml.load(text, yaml.CSafeLoader)


def laid_over(base, patch):
    """A merge patch as JSON knows it (RFC 7386): what the kubelet does with a drop-in, and kubeadm with a patch."""
    if not isinstance(patch, dict) or not isinstance(base, dict):
        return patch
    both = base | {name: laid_over(base.get(name, {}), value) for name, value in patch.items()}
    return {name: value for name, value in both.items() if value is not None}


@pytest.mark.parametrize("release", KUBERNETES)
def test_pitfall_36_a_strict_decoder_takes_every_file_and_validation_too(release):
    """The kubelet itself would log what it overlooks, and go on without it."""
    versions = [version for version in VERSIONS if judging(version) == release]
    assert minor(release) in versions
    texts = {
        text: (version, distribution, body, pool)
        for version in versions
        for distribution in DISTRIBUTIONS
        for body in BODIES
        for pool, text in configurations(BODIES[body], version, distribution).items()
    }
    complaints = {texts[text]: kubelet_config.complaint(release, text) for text in texts}
    assert {place: said for place, said in complaints.items() if said} == {}


@pytest.mark.parametrize("release", KUBERNETES)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_pitfall_14_only_the_control_plane_keeps_kubeadms_folder_of_static_pods(release, body):
    """kubeadm names it for every node, and would do so again for a configuration that does not."""
    for pool, text in configurations(body, minor(release)).items():
        merged = laid_over(KUBEADM, read(text))
        assert kubelet_config.complaint(release, json.dumps(merged)) == ""
        kept = pool in ("control-plane", "every")
        assert merged["staticPodPath"] == ("/etc/kubernetes/manifests" if kept else "")
        assert merged["clusterDNS"] == ["10.96.0.10"]
        assert merged["authentication"]["x509"] == {"clientCAFile": "/etc/kubernetes/pki/ca.crt"}


BROKEN = {
    "a field that nobody knows": ("readOnlyPort:", "readonlyPort:", 'unknown field "readonlyPort"'),
    "a text for a number": ("readOnlyPort: 0", 'readOnlyPort: "none"', "cannot unmarshal string"),
    "a number for yes or no": ("rotateCertificates: true", "rotateCertificates: 1", "cannot unmarshal number"),
    "a limit below nothing": ("eventRecordQPS: 50", "eventRecordQPS: -1", "must not be a negative number"),
    "a length of time that is none": ('"5m"', '"5 minutes"', "time: unknown unit|time: invalid duration"),
    "a gate that nobody knows": (
        "RotateKubeletServerCertificate",
        "RotateServerCertificate",
        "unrecognized feature gate",
    ),
    "a field twice": ("readOnlyPort: 0", "readOnlyPort: 0\nreadOnlyPort: 0", 'key "readOnlyPort" already set'),
}


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("release", KUBERNETES)
def test_what_is_broken_is_noticed(release, broken):
    old, new, said = BROKEN[broken]
    # The newest versions have no length of time left.
    text = configurations(SILENT, min(minor(release), "1.33", key=number))["shared"]
    assert old in text
    with pytest.raises(AssertionError, match=said):
        assert kubelet_config.complaint(release, text.replace(old, new)) == ""


@pytest.mark.parametrize(
    "field", ["containerRuntimeEndpoint: unix:///run/containerd/containerd.sock", "failCgroupV1: true"]
)
def test_what_came_later_is_unknown_to_the_first_version(field):
    old = next(release for release in KUBERNETES if minor(release) == "1.24")
    text = configurations(SILENT, "1.24")["shared"]
    name = field.partition(":")[0]
    assert f'unknown field "{name}"' in kubelet_config.complaint(old, f"{text}{field}\n")
    assert kubelet_config.complaint(KUBERNETES[0], f"{text}{field}\n") == ""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_file_speaks_of_cgroups_or_the_runtime(body, version):
    """From 1.36 the kubelet refuses the first version of cgroups by itself, and nothing here talks it out of that."""
    for text in configurations(body, version).values():
        assert not {"failCgroupV1", "containerRuntimeEndpoint", "cgroupDriver"} & set(read(text))
