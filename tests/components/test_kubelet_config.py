"""The kubelet's own decoder and validation take what is right, and see what is wrong."""

import pytest

from tests.components import kubelet_config
from tests.components.releases import KUBERNETES

RIGHT = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 50\n"
WRONG = {
    "a field that nobody knows": ("maximumPods: 50\n", 'unknown field "maximumPods"'),
    "a field twice": ("maxPods: 60\n", 'key "maxPods" already set'),
    "a value that cannot be": ("podsPerCore: -1\n", "podsPerCore .* must not be"),
    "a feature gate that nobody knows": ("featureGates: {NoSuchGate: true}\n", "unrecognized feature gate: NoSuchGate"),
}


@pytest.mark.parametrize("release", KUBERNETES)
def test_a_right_configuration_is_taken(release):
    assert kubelet_config.complaint(release, RIGHT) == ""


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("release", KUBERNETES)
def test_a_wrong_configuration_is_named(release, wrong):
    text, said = WRONG[wrong]
    with pytest.raises(AssertionError, match=said):
        assert kubelet_config.complaint(release, RIGHT + text) == ""


@pytest.mark.parametrize("release", KUBERNETES)
def test_another_kind_is_none(release):
    assert "no kind" in kubelet_config.complaint(release, RIGHT.replace("KubeletConfiguration", "Kubelet"))
