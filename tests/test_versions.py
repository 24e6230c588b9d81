"""What is written for a version of Kubernetes exists at that version, whatever installs it.

The facts are in tests/facts: flags, gates and plugins as the components themselves list them, fields of the kubelet as
its types have them, and what stands in for what is deprecated. Each check is shown to notice what it is there for.
"""

from collections.abc import Iterator

import pytest

from hardener import catalog
from hardener.catalog import minor
from hardener.expand.nodes.policies import COMPLETING_SINCE
from hardener.expand.pods.gaps import _USER_NAMESPACES_SINCE
from hardener.expand.settings import authentication, authorization
from hardener.plan import admission
from hardener.rules import issuers, settings
from tests import told
from tests.control_planes import BODIES, VERSIONS, files
from tests.known import FACTS, FIELDS, SUCCESSORS, exists, is_deprecated, is_on, stage
from tests.rendering import files as rendered

CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
DISTRIBUTIONS = ("kubeadm", "k3s", "rke2", "eks", "gke", "aks")
NEVER = {"since": "1.99"}

# Deprecated and used all the same, each with its reason.
KEPT = {
    ("kube-scheduler", "profiling"): "the field needs a file by which kubeadm's other flags for it would be ignored",
    ("kubelet", "eviction-hard"): "before 1.32 k3s and RKE2 give it themselves, which counts more than a file",
    ("kubelet", "register-with-taints"): "at 1.24 nothing lays the field over the installer's file before a node joins",
}

everywhere = pytest.mark.parametrize("distribution", DISTRIBUTIONS)
always = pytest.mark.parametrize("version", VERSIONS)


def outputs(version, distribution):
    return [files(body, version, distribution) for body in BODIES.values()]


def unknown_flags(output, version) -> Iterator[str]:
    """Flags that their component does not know, by component and name; etcd is started for real elsewhere."""
    for component, flag, _ in told.flags(output):
        fact = FACTS.get(component, {}).get(flag)
        if component != "etcd" and (fact is None or not exists(fact, version)):
            yield f"{component} {flag}"


def replaced_flags(output, version) -> Iterator[str]:
    """Flags that are deprecated although something stands in for them."""
    for component, flag, _ in told.flags(output):
        fact = FACTS.get(component, {}).get(flag, {})
        if is_deprecated(fact, version) and (component, flag) not in KEPT and has_successor(component, flag, version):
            yield f"{component} {flag}"


def has_successor(component, flag, version):
    if component == "kubelet":
        return True
    return minor(SUCCESSORS[component].get(flag, {}).get("since", "1.99")) <= minor(version)


def unknown_fields(output, version) -> Iterator[str]:
    """Fields that a kubelet would refuse; what is below a field that has no fields is keys of somebody's own."""
    parents = {path.rpartition(".")[0] for path in FIELDS}
    for file, document in told.kubelets(output).items():
        for path in told.paths(document):
            above = path.rpartition(".")[0]
            free = any(each in FIELDS and each not in parents for each in prefixes(above))
            if not free and path not in ("apiVersion", "kind") and not exists(FIELDS.get(path, NEVER), version):
                yield f"{file} {path}"


def deprecated_fields(output, version) -> Iterator[str]:
    for file, document in told.kubelets(output).items():
        yield from (f"{file} {path}" for path in told.paths(document) if is_deprecated(FIELDS.get(path, {}), version))


def unknown_gates(output, version) -> Iterator[str]:
    """Gates that a release does not know, or that it holds to another value: both stop the component."""
    for gate, value in told.gates(output):
        said = stage(gate, version)
        if said == "gone" or ("locked" in said and f" {'on' if value else 'off'}" not in said):
            yield gate


def prefixes(path):
    steps = path.split(".")
    return [".".join(steps[:length]) for length in range(1, len(steps) + 1)]


@everywhere
@always
def test_every_flag_is_known(version, distribution):
    for output in outputs(version, distribution):
        assert list(unknown_flags(output, version)) == []


@everywhere
@always
def test_no_flag_is_used_whose_successor_exists(version, distribution):
    for output in outputs(version, distribution):
        assert list(replaced_flags(output, version)) == []


@everywhere
@always
def test_every_field_of_a_kubelet_is_known_and_none_is_deprecated(version, distribution):
    for output in outputs(version, distribution):
        assert told.kubelets(output)
        assert list(unknown_fields(output, version)) == []
        assert list(deprecated_fields(output, version)) == []


@everywhere
@always
def test_pitfall_06_no_feature_gate_is_named_that_the_version_does_not_know(version, distribution):
    """An unknown gate stops the component, and so does one that is locked at the other value."""
    for output in outputs(version, distribution):
        assert list(unknown_gates(output, version)) == []


@always
def test_every_admission_plugin_is_known(version):
    for output in outputs(version, "kubeadm"):
        (value,) = {value for _, flag, value in told.flags(output) if flag == "enable-admission-plugins"}
        assert all(exists(FACTS["admission-plugins"][plugin], version) for plugin in value.split(","))


@always
def test_what_is_on_by_default_stays_on(version):
    """Nothing is switched off, so the plugins that a release has on need no naming; those that are off do."""
    on = {name for name, fact in FACTS["admission-plugins"].items() if fact["default"] and exists(fact, version)}
    assert {"PodSecurity", "NamespaceLifecycle", "LimitRanger", "ServiceAccount", "ResourceQuota"} <= on
    assert ("ValidatingAdmissionPolicy" in on) == (minor(version) >= 26)
    assert "NodeRestriction" not in on
    for output in outputs(version, "kubeadm"):
        assert "disable-admission-plugins" not in {flag for _, flag, _ in told.flags(output)}


API_SERVER = "control-plane/kube-apiserver.flags"
SCHEDULER = "control-plane/kube-scheduler.flags"
KUBELET = "nodes/a/kubelet.yaml"


@pytest.mark.parametrize(
    ("check", "version", "file", "text", "named"),
    [
        (unknown_flags, "1.27", API_SERVER, "--authentication-config=/x", "authentication-config"),
        (unknown_flags, "1.25", API_SERVER, "--service-account-api-audiences=a", "service-account-api-audiences"),
        (unknown_flags, "1.34", "control-plane/k3s.yaml", "kube-apiserver-arg: [no-such=1]", "no-such"),
        (unknown_flags, "1.34", "control-plane/kubeadm.yaml", "scheduler: {extraArgs: [{name: a, value: b}]}", "a"),
        (unknown_flags, "1.24", "control-plane/kubeadm.yaml", "apiServer: {extraArgs: {port: '0'}}", "port"),
        (unknown_flags, "1.24", "nodes/a/kubelet.flags", "--config-dir=/x", "config-dir"),
        (replaced_flags, "1.24", API_SERVER, "--admission-control=NodeRestriction", "admission-control"),
        (replaced_flags, "1.37", "control-plane/rke2.yaml", "kubelet-arg+: [anonymous-auth=false]", "anonymous-auth"),
        (replaced_flags, "1.25", SCHEDULER, "--contention-profiling=false", "contention-profiling"),
        (unknown_fields, "1.24", KUBELET, "failCgroupV1: true", "failCgroupV1"),
        (unknown_fields, "1.37", KUBELET, "authentication: {x509: {file: a}}", "authentication.x509.file"),
        (deprecated_fields, "1.34", KUBELET, "streamingConnectionIdleTimeout: 5m", "streamingConnectionIdleTimeout"),
        (unknown_gates, "1.28", API_SERVER, "--feature-gates=PodSecurity=true", "PodSecurity"),
        (unknown_gates, "1.27", API_SERVER, "--feature-gates=PodSecurity=false", "PodSecurity"),
        (unknown_gates, "1.37", KUBELET, "featureGates: {SeccompDefault: true}", "SeccompDefault"),
    ],
)
def test_a_break_is_noticed(check, version, file, text, named):
    """Each check of this file, on an output that has one thing which it is there to find."""
    (found,) = check(output_of(file, text), version)
    assert found.split()[-1] == named


@pytest.mark.parametrize(
    ("check", "version", "file", "text"),
    [
        (unknown_flags, "1.30", API_SERVER, "--authentication-config=/x"),
        (replaced_flags, "1.24", SCHEDULER, "--contention-profiling=false"),
        (unknown_fields, "1.24", KUBELET, "evictionHard: {memory.available: 1}"),
        (deprecated_fields, "1.33", KUBELET, "streamingConnectionIdleTimeout: 5m"),
        (unknown_gates, "1.27", API_SERVER, "--feature-gates=PodSecurity=true"),
    ],
)
def test_what_a_version_knows_is_no_break(check, version, file, text):
    assert list(check(output_of(file, text), version)) == []


def output_of(file, text):
    return {file: f"kind: KubeletConfiguration\n{text}\n" if file == KUBELET else text}


def test_every_deprecated_flag_of_the_control_plane_has_a_successor_or_a_reason_why_not():
    for component in CONTROL_PLANE:
        deprecated = {name for name, fact in FACTS[component].items() if "deprecated" in fact}
        assert deprecated - set(SUCCESSORS["klog"]) == set(SUCCESSORS[component])
        for name, successor in SUCCESSORS[component].items():
            assert len({"flag", "field", "nothing"} & set(successor)) == 1, name
            if "flag" in successor:
                assert exists(FACTS[component][successor["flag"]], successor["since"]), name
                assert not is_deprecated(FACTS[component][successor["flag"]], VERSIONS[-1]), name


@always
def test_the_catalogue_itself_has_no_flag_whose_successor_exists(version):
    for component in (*CONTROL_PLANE, "kubelet"):
        lines = "".join(f"--{each.name}=x\n" for each in catalog.settings(component, "flag", minor(version)))
        output = {f"{component}.flags": lines}
        assert list(replaced_flags(output, version)) == []


def test_what_is_kept_is_deprecated_and_used():
    for component, flag in KEPT:
        assert "deprecated" in FACTS[component][flag]
        assert any(
            flag == each.name for version in VERSIONS for each in catalog.settings(component, "flag", minor(version))
        )


# Defaults that changed between two releases, and what hardener does about each.
CHANGED = {
    "kube-apiserver": {
        "audit-log-maxage": "written",
        "audit-log-maxbackup": "written",
        "audit-log-maxsize": "written",
        "authorization-mode": "written",
        "enable-logs-handler": "written",
    },
    "kube-controller-manager": {"node-monitor-grace-period": "left: when a node counts as lost hardens nothing"},
    "kube-scheduler": {},
    "kubelet": {
        "container-runtime-endpoint": "left: the installer knows its runtime",
        "event-burst": "left: a tenth or twice of what is reported each second",
        "event-qps": "written: eventRecordQPS",
        "event-storage-age-limit": "left: it belongs to a part that is gone",
        "event-storage-event-limit": "left: it belongs to a part that is gone",
        "eviction-hard": "written: evictionHard",
        "fail-cgroupv1": "left: which cgroups a host has is decided by who makes it",
        "housekeeping-interval": "left: how often usage is read hardens nothing",
        "kube-api-burst": "left: how fast a node asks hardens nothing",
        "kube-api-qps": "left: how fast a node asks hardens nothing",
        "pod-infra-container-image": "left: the runtime's own from 1.35",
    },
}


@pytest.mark.parametrize("component", CHANGED)
def test_every_default_that_changed_is_known(component):
    assert {name for name, fact in FACTS[component].items() if "defaults" in fact} == set(CHANGED[component])


@always
def test_no_changed_default_of_the_api_server_is_relied_on(version):
    written = {flag for flag, why in CHANGED["kube-apiserver"].items() if why == "written"}
    for output in outputs(version, "kubeadm"):
        rendered = {flag for component, flag, _ in told.flags(output) if component == "kube-apiserver"}
        off_by_itself = {"enable-logs-handler"} if minor(version) >= 31 else set()
        replaced = {"authorization-mode"} if "authorization-config" in rendered else set()
        assert written <= rendered | off_by_itself | replaced


@everywhere
@always
def test_no_changed_default_of_the_kubelet_is_relied_on(version, distribution):
    written = {why.partition(": ")[2] for why in CHANGED["kubelet"].values() if why.startswith("written")}
    for output in outputs(version, distribution):
        assert all(written <= set(document) for document in told.kubelets(output).values())


# What a setting needs a feature gate for: hardener names none, so each must be on by itself wherever it is used.
GATES = {
    "authentication-config": "StructuredAuthenticationConfiguration",
    "authorization-config": "StructuredAuthorizationConfiguration",
    "seccompDefault": "SeccompDefault",
    "imagePullCredentialsVerificationPolicy": "KubeletEnsureSecretPulledImages",
}
# The same for what a file says.
MARKS = {
    "kind: AuthenticationConfiguration": "StructuredAuthenticationConfiguration",
    "kind: AuthorizationConfiguration": "StructuredAuthorizationConfiguration",
    "path: /livez": "AnonymousAuthConfigurableEndpoints",
    "apiVersion: v2": "KMSv2",
    "kind: ValidatingAdmissionPolicy\n": "ValidatingAdmissionPolicy",
}
ZONE = """\
zones: {apps: {trust: 50, registries: [registry.example.com/apps/]}}
tenants: {team: {namespaces: {web: {zone: apps}}}}
"""


@pytest.mark.parametrize("name", GATES)
def test_what_needs_a_gate_is_set_from_where_it_is_on_by_itself(name):
    """In no version before, where nothing would come of it, and in each one after."""
    (setting,) = [each for measure in catalog.measures().values() for each in measure.settings if each.name == name]
    assert [v for v in VERSIONS if minor(v) in setting.span] == [v for v in VERSIONS if is_on(GATES[name], v)]


@always
def test_no_file_says_what_needs_a_gate_that_is_off(version):
    texts = [*(text for body in BODIES.values() for text in files(body, version).values())]
    texts += rendered(ZONE, version=version).values()
    for mark, gate in MARKS.items():
        assert any(mark in text for text in texts) <= is_on(gate, version), mark


def test_at_the_newest_version_every_such_file_is_there():
    texts = [*(text for body in BODIES.values() for text in files(body, VERSIONS[-1]).values())]
    texts += rendered(ZONE, version=VERSIONS[-1]).values()
    assert [mark for mark in MARKS if not any(mark in text for text in texts)] == []


def test_a_gate_that_is_gone_after_it_was_on_is_on():
    stages = [is_on("SeccompDefault", version) for version in ("1.24", "1.25", "1.27", "1.29", "1.37")]
    assert stages == [False, True, True, True, True]
    assert not is_on("MutatingAdmissionPolicy", "1.35")
    assert not is_on("StructuredAuthenticationConfiguration", "1.24")


# From which minor version on the code counts on a gate, wherever it says a number.
COUNTED_ON = {
    "StructuredAuthenticationConfiguration": (authentication.FILE_SINCE, issuers._FILE_SINCE),
    "AnonymousAuthConfigurableEndpoints": (authentication.PATHS_SINCE,),
    "StructuredAuthorizationConfiguration": (authorization.FILE_SINCE, settings._FILE_SINCE),
    "ValidatingAdmissionPolicy": (admission.FIRST,),
    "MutatingAdmissionPolicy": (COMPLETING_SINCE,),
    "UserNamespacesSupport": (_USER_NAMESPACES_SINCE,),
}


@pytest.mark.parametrize("gate", COUNTED_ON)
def test_a_number_in_the_code_is_the_first_version_that_has_the_gate_on(gate):
    assert {minor(next(version for version in VERSIONS if is_on(gate, version)))} == set(COUNTED_ON[gate])
