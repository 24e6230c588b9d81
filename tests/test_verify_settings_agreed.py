"""What somebody may add or write in another way without weakening a promise, and where that ends."""

from __future__ import annotations

import re

import pytest

from hardener.catalog.components import taken
from hardener.verify.settings import settings as judge
from hardener.verify.settings.agreed import wrong
from hardener.verify.settings.demands import demands
from hardener.verify.settings.numbers import fraction, seconds, whole
from hardener.verify.written import Written
from tests.control_planes import SILENT, files, profile

SERVER = "control-plane/kube-apiserver.flags"
KUBEADM = "control-plane/kubeadm.yaml"
KUBELET = "nodes/shared/kubelet.yaml"
K3S = "control-plane/k3s.yaml"
COMPONENTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "etcd")


def said(output, by="kubeadm"):
    return [finding.message for finding in judge(Written(output, ()), profile(SILENT, "1.34", by))]


def of(component, name, value):
    sort = "field" if component == "fields" else "flag"
    asked = demands("kubelet" if sort == "field" else component, sort, profile(SILENT), {})
    found = wrong(name, value, asked)
    return found.message if found else ""


AGREED = [
    ("kube-apiserver", "audit-log-format", "json"),
    ("kube-apiserver", "advertise-address", "192.168.10.2"),
    ("kube-apiserver", "service-cluster-ip-range", "10.96.0.0/12"),
    ("kube-apiserver", "watch-cache-sizes", "pods#100,deployments.apps#50"),
    ("kube-apiserver", "goaway-chance", "0.001"),
    ("kube-apiserver", "event-ttl", "1h0m0s"),
    ("kube-apiserver", "delete-collection-workers", "0x10"),
    ("kube-controller-manager", "cluster-cidr", "10.244.0.0/16"),
    ("kube-controller-manager", "concurrent-resource-quota-syncs", "1"),
    ("kube-controller-manager", "leader-elect-resource-name", "kube-controller-manager"),
    ("kube-scheduler", "leader-elect-resource-name", "kube-scheduler"),
    ("etcd", "auto-compaction-retention", "8h"),
    ("fields", "clusterDNS", ["10.96.0.10"]),
    ("fields", "cgroupDriver", "systemd"),
    ("fields", "nodeStatusMaxImages", -1),
    ("fields", "serializeImagePulls", True),
]
NOT_AGREED = [
    ("kube-apiserver", "audit-log-format", "legacy"),
    ("kube-apiserver", "advertise-address", "203.0.113.9"),
    ("kube-apiserver", "advertise-address", "here"),
    ("kube-apiserver", "service-cluster-ip-range", "10.96.0.0/13"),
    ("kube-apiserver", "service-cluster-ip-range", "10.96.0.0/12,fd00::/112"),
    ("kube-apiserver", "service-cluster-ip-range", ""),
    ("kube-apiserver", "endpoint-reconciler-type", "none"),
    ("kube-apiserver", "goaway-chance", "0.03"),
    ("kube-apiserver", "event-ttl", "-1h"),
    ("kube-apiserver", "delete-collection-workers", "-1"),
    ("kube-controller-manager", "cluster-cidr", "10.244.0.0/15"),
    ("kube-controller-manager", "concurrent-resource-quota-syncs", "0"),
    ("kube-controller-manager", "leader-elect-resource-name", "kube-scheduler"),
    ("kube-controller-manager", "leader-elect-resource-namespace", "web"),
    ("fields", "clusterDNS", ["10.96.0.10", "203.0.113.9"]),
    ("fields", "clusterDNS", []),
    ("fields", "clusterDNS", [7]),
    ("fields", "resolvConf", ""),
    ("fields", "imageGCHighThresholdPercent", 101),
]


@pytest.mark.parametrize(("component", "name", "value"), AGREED)
def test_what_agrees_with_the_profile_may_be_said(component, name, value):
    assert of(component, name, value) == ""


@pytest.mark.parametrize(("component", "name", "value"), NOT_AGREED)
def test_what_does_not_agree_is_a_finding(component, name, value):
    assert of(component, name, value)


@pytest.mark.parametrize("component", [*COMPONENTS, "fields"])
def test_no_text_is_safe_without_a_list_of_what_it_may_be(component):
    texts = [name for name, known in taken(component).items() if known.safe and known.type == "text"]
    assert texts
    for name in texts:
        assert of(component, name, "\n") not in ("", "nobody knows what that does to the promises"), name


@pytest.mark.parametrize("name", [name for name in taken("kube-controller-manager") if name.startswith("concurrent-")])
def test_every_controller_has_somebody_who_works(name):
    assert of("kube-controller-manager", name, "0").startswith("it is at least 1")


REFUSED = [
    ("imageGCLowThresholdPercent: 90\n", "it must be less than imageGCHighThresholdPercent"),
    ("imageGCHighThresholdPercent: 80\nimageGCLowThresholdPercent: 80\n", "it must be less than"),
    ("imageGCHighThresholdPercent: 70\n", "it must be less than"),
    ("imageGCHighThresholdPercent: high\n", "which is no int"),
    ("imageMaximumGCAge: 1m\n", "it must be more than imageMinimumGCAge"),
    ("maxParallelImagePulls: 2\n", "it may be more than 1 where serializeImagePulls is false"),
    ("maxParallelImagePulls: 0\n", "it is at least 1"),
    ("shutdownGracePeriodCriticalPods: 10s\n", "it may not be more than shutdownGracePeriod"),
    (
        "shutdownGracePeriod: 9s\nshutdownGracePeriodByPodPriority: [{priority: 1, x: 2}]\n",
        "it may not be said besides",
    ),
    ("crashLoopBackOff: {maxContainerRestartPeriod: 5s}\n", "KubeletCrashLoopBackOffMax is off"),
    ("crashLoopBackOff: {maxContainerRestartPeriod: 5m1s}\n", "it is at least 1 and at most 300"),
    ("systemReserved: {cpu: a lot}\n", "may have an amount, and nothing else"),
    ("systemReserved: {gpu: '1'}\n", "may have an amount, and nothing else"),
    ("systemReserved: {cpu: '-1'}\n", "may have an amount, and nothing else"),
    ("evictionSoft: {memory.available: 1Gi}\n", "each signal needs a time in evictionSoftGracePeriod"),
    ("nodeLeaseDurationSeconds: 0\n", "it is at least 1"),
    ("containerLogMonitorInterval: 2s\n", "it is at least 3"),
    ("maxOpenFiles: 2147483648\n", "it is at least 0"),
]


@pytest.mark.parametrize(("added", "why"), REFUSED)
def test_what_no_kubelet_starts_with_is_a_finding(added, why):
    output = files(SILENT)
    assert [each for each in said({**output, KUBELET: output[KUBELET] + added}) if why in each]


@pytest.mark.parametrize(
    "added",
    [
        "imageGCHighThresholdPercent: 95\nimageGCLowThresholdPercent: 90\n",
        "imageMaximumGCAge: 48h\nimageMinimumGCAge: 1h\n",
        "serializeImagePulls: false\nmaxParallelImagePulls: 3\n",
        "shutdownGracePeriod: 30s\nshutdownGracePeriodCriticalPods: 10s\n",
        "syncFrequency: 1m\nregistryPullQPS: 0\n",
        "systemReserved: {cpu: 100m, memory: 1Gi, pid: '1000'}\n",
        "evictionSoft: {memory.available: 1Gi}\nevictionSoftGracePeriod: {memory.available: 1m}\n",
    ],
)
def test_what_goes_together_is_none(added):
    output = files(SILENT)
    assert said({**output, KUBELET: output[KUBELET] + added}) == []


# As strconv.ParseInt, with base 0, and time.ParseDuration of Go print them.
WHOLE = {
    **{"0": 0, "030": 24, "0_30": 24, "0o17": 15, "0x1e": 30, "0X_1E": 30, "0b1_1": 3, "3_0": 30, "-5": -5, "+7": 7},
    "9223372036854775807": 2**63 - 1,
}
NOT_WHOLE = ("", "_0", "0x", "08", "3__0", "3_", " 3", "3.0", "1e3", "\u0663", "9223372036854775808")
SECONDS = {
    "0": 0,
    "1m0s": 60,
    "1.5h": 5400,
    ".5s": 0.5,
    "1.s": 1,
    "-1s": -1,
    "+2ms": 0.002,
    "1h1h": 7200,
    "3\u00b5s": 3e-6,
}
NO_SECONDS = ("", "1", "s", ".s", "1d", "1 s", "1s ", "2562048h", "\u0663s")


def test_numbers_are_what_go_takes_them_for():
    assert {text: whole(text) for text in WHOLE} == WHOLE
    assert {text: seconds(text) for text in SECONDS} == SECONDS
    for read, refused in ((whole, NOT_WHOLE), (seconds, NO_SECONDS), (fraction, ("", "inf", "nan", "1_0", "0x1p4"))):
        for text in refused:
            with pytest.raises(ValueError, match=re.escape(text) or "^$"):
                read(text)


def test_two_files_may_say_the_same_in_other_words():
    output = files(SILENT)
    for old, new in (('"false"', '"False"'), ('"8760h"', '"525600m"'), ('"1m0s"', '"60s"')):
        assert said({**output, KUBEADM: output[KUBEADM].replace(f"value: {old}", f"value: {new}")}) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"0600"', '"600"', ""),
        ('"0600"', '"0400"', ""),
        ('"0600"', '"0640"', "write-kubeconfig-mode is 0640, and 0600 is promised"),
        ('"0600"', "384", "write-kubeconfig-mode is 384, and 0600 is promised"),
        ("protect-kernel-defaults: true", "protect-kernel-defaults: 'true'", ""),
        (
            "protect-kernel-defaults: true",
            "node-ip: 203.0.113.9\nprotect-kernel-defaults: true",
            "node-ip is 203.0.113.9",
        ),
        ("protect-kernel-defaults: true", "advertise-address: 192.168.10.1\nprotect-kernel-defaults: true", ""),
    ],
)
def test_k3s_may_be_told_the_same_or_more(old, new, message):
    output = files(SILENT, "1.34", "k3s")
    text = output[K3S].replace(old, new, 1)
    assert text != output[K3S]
    found = said({**output, K3S: text}, "k3s")
    assert len(found) == bool(message)
    assert all(each.startswith(message) for each in found)


@pytest.mark.parametrize(
    ("line", "about"), [("--profiling false", 1), ("--profiling=false ", 1), ("-profiling=false", 1), ("profiling", 2)]
)
def test_a_line_that_starts_wrongly_is_one_finding(line, about):
    output = files(SILENT)
    found = said({**output, SERVER: output[SERVER].replace("--profiling=false", line)})
    assert found[0].startswith("this is no --flag=value") or "missing" in found[0]
    assert len(found) == about


def test_carriage_returns_are_one_finding():
    output = files(SILENT)
    (message,) = said({**output, SERVER: output[SERVER].replace("\n", "\r\n")})
    assert message.startswith("lines end with a carriage return")
