"""The catalog says what the components themselves say: every flag, field and plugin exists where we use it."""

import re
from collections import Counter
from pathlib import Path

import pytest

from hardener import catalog
from hardener.catalog import hosts
from hardener.catalog.audit import audit_sections
from hardener.catalog.kubernetes import Span, ciphers, span
from hardener.emitters import emit
from hardener.expand import expand
from hardener.profile.control_plane import ControlPlane
from hardener.rules import read_sound
from hardener.source import load
from tests.control_planes import BODIES as PROFILES
from tests.control_planes import VERSIONS, artifacts
from tests.known import FACTS, FIELDS, exists

COMPONENTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet")
DISTRIBUTIONS = ("kubeadm", "k3s", "rke2", "eks", "gke", "aks")
MEASURES = catalog.measures()
SETTINGS = [setting for measure in MEASURES.values() for setting in measure.settings]


def test_the_facts_are_of_every_version_that_hardener_knows():
    assert tuple(FACTS["releases"]) == VERSIONS == tuple(f"1.{minor}" for minor in range(24, 38))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("component", COMPONENTS)
def test_every_flag_exists_at_its_versions(component, version):
    for setting in catalog.settings(component, "flag", catalog.minor(version)):
        assert exists(FACTS[component][setting.name], version), setting.name


@pytest.mark.parametrize("version", VERSIONS)
def test_every_admission_plugin_exists_at_its_versions(version):
    for setting in catalog.settings("kube-apiserver", "plugin", catalog.minor(version)):
        assert exists(FACTS["admission-plugins"][setting.name], version), setting.name


@pytest.mark.parametrize("version", VERSIONS)
def test_every_field_of_the_kubelet_is_decoded(version):
    for setting in catalog.settings("kubelet", "field", catalog.minor(version)):
        name = "featureGates" if setting.name.startswith("featureGates.") else setting.name
        assert exists(FIELDS[name], version), setting.name


def test_no_flag_stands_twice():
    assert [
        name for name, count in Counter((each.component, each.name) for each in SETTINGS).items() if count > 1
    ] == []


def test_components_have_flags_and_the_kubelet_fields():
    sorts = {(setting.component, setting.sort) for setting in SETTINGS}
    assert sorts == {
        *((component, "flag") for component in (*COMPONENTS, "etcd")),
        ("kubelet", "field"),
        ("kube-apiserver", "plugin"),
    }


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_has_a_title_and_a_reason(name):
    measure = MEASURES[name]
    assert measure.name == name
    assert measure.title[0].islower() or measure.title.startswith(("Falco", "Secrets", "Services"))
    assert measure.title[-1].isalnum()
    assert measure.why[0].isupper()
    assert measure.why.endswith(".")


def test_settings_are_sorted_and_asked_by_version():
    names = {at: [setting.name for setting in catalog.settings("kubelet", "flag", at)] for at in (24, 29, 30, 37)}
    assert names == {
        24: ["config", "eviction-hard", "register-with-taints"],
        29: ["config", "eviction-hard"],
        30: ["config", "config-dir", "eviction-hard"],
        37: ["config", "config-dir"],
    }


def test_every_measure_is_carried_out_by_some_file_and_every_file_carries_out_measures():
    hosts_files = [file for body in PROFILES.values() for version in VERSIONS for file in artifacts(body, version)]
    profiles = sorted((Path(__file__).parent.parent / "profiles").glob("*.yaml"))
    files = hosts_files + [file for profile in profiles for file in emit(expand(read_sound(load(profile))))]
    assert {measure for file in files for measure in file.measures} == set(MEASURES)
    assert {file.path for file in files if not file.measures} == {"manifests/kustomization.yaml", "profile.json"}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_a_distribution_says_who_runs_what(name):
    known = catalog.distribution(name)
    assert known.name == name
    assert known.control_plane == ("provider" if name in ("eks", "gke", "aks") else "administrator")
    assert known.port == (443 if name in ("eks", "gke", "aks") else 6443)
    assert known.anonymous_probes == (name == "kubeadm")
    assert known.installer == ("" if known.control_plane == "provider" else name)
    assert bool(known.kubeconfig) == bool(known.programs) == bool(known.installer)
    assert all(path.startswith("/") for path in known.files.values())
    assert bool(known.missing) == (name != "kubeadm")
    assert {missing.who for missing in known.missing} <= {"provider", "administrator", "nobody yet"}


MANAGED = ("eks", "gke", "aks")
# What an administrator of each provider acts with: a gap that is theirs names the command, the file or the setting.
TOOLS = re.compile(
    r"aws eks |gcloud |az (aks|monitor) |--[a-z-]+|node\.eks\.aws|user data|audit configuration|access entr|RBAC alone"
)


def missing(name, at):
    """Path, who must act and what is missing, of what a distribution lacks at a version."""
    return [(each.path, each.who, each.what) for each in catalog.distribution(name).missing if at in each.span]


@pytest.mark.parametrize("at", range(24, 38))
@pytest.mark.parametrize("name", MANAGED)
def test_a_managed_control_plane_says_who_must_do_what(name, at):
    gaps = missing(name, at)
    assert {who for _, who, _ in gaps} == {"administrator", "provider"}
    assert [what for _, who, what in gaps if who == "administrator" and not TOOLS.search(what)] == []
    # Every section of the control plane, the way to the API server, and the nodes.
    sections = {f"controlPlane.{key}" for key in ControlPlane.__struct_encode_fields__}
    assert {path for path, _, _ in gaps} == sections | {"cluster.apiServer", "pools"}


@pytest.mark.parametrize("name", MANAGED)
def test_what_an_administrator_of_a_provider_must_do_has_a_source(name):
    """A comment above the path, or above the one thing of several."""
    file = Path(catalog.__file__).parent / "distributions" / f"{name}.yaml"
    lines = file.read_text().partition("missing:\n")[2].splitlines()
    blocks = re.split(r"\n(?=  #|  \w)", "\n".join(lines))
    told = [(above, block) for above, block in zip(["", *blocks], blocks, strict=False) if "administrator" in block]
    assert len(told) >= 5
    assert [block for above, block in told if "#" not in block and not above.startswith("  #")] == []


@pytest.mark.parametrize("name", MANAGED)
def test_what_a_provider_takes_of_a_kubelets_fields_are_fields_that_are_rendered(name):
    text = " ".join(what for path, _, what in missing(name, 34) if path == "pools")
    own = re.sub(r"\([^)]*\)", "", text)
    named = set(re.findall(r"\b[a-z]+(?:[A-Z][a-z]+)+\b", own)) - {"insecureKubeletReadonlyPortEnabled"}
    # A pool's taints are written with its fields, though no measure of the catalogue sets them.
    ours = {setting.name for setting in SETTINGS if setting.component == "kubelet"} | {"registerWithTaints"}
    assert named - {"kubeletConfig", "linuxConfig"} <= ours
    assert named


@pytest.mark.parametrize(
    ("name", "path", "at", "who", "word"),
    [
        ("eks", "controlPlane.encryption", 27, "administrator", "associate-encryption-config"),
        ("eks", "controlPlane.encryption", 28, "provider", "a key of its own"),
        ("aks", "controlPlane.encryption", 32, "administrator", "--azure-keyvault-kms-key-id"),
        ("aks", "controlPlane.encryption", 33, "administrator", "--kms-infrastructure-encryption"),
    ],
)
def test_what_a_provider_does_by_itself_depends_on_the_version(name, path, at, who, word):
    ((found, what),) = [(who, what) for each, who, what in missing(name, at) if each == path]
    assert found == who
    assert word in what


def test_anonymous_requests_are_a_gap_on_eks_until_it_limits_them():
    assert ["system:anonymous" in str(missing("eks", at)) for at in (31, 32)] == [True, False]


def test_every_file_that_a_setting_names_is_one_of_kubeadms():
    assert {setting.file for setting in SETTINGS if setting.file} == set(catalog.distribution("kubeadm").files)


def test_an_unknown_distribution_is_an_error():
    with pytest.raises(LookupError, match="no distribution is called talos"):
        catalog.distribution("talos")


@pytest.mark.parametrize("version", ["2.1", "1", "1.x", "v1.30", "1.30.1", ""])
def test_what_is_no_version_is_an_error(version):
    with pytest.raises(ValueError, match="is no version of Kubernetes"):
        catalog.minor(version)


def test_minor_versions_are_numbers():
    assert catalog.minor("1.9") < catalog.minor("1.24") < catalog.minor("1.100")


@pytest.mark.parametrize(
    ("kind", "at", "api"),
    [
        ("kubeadm", 30, "kubeadm.k8s.io/v1beta3"),
        ("kubeadm", 31, "kubeadm.k8s.io/v1beta4"),
        ("kubeadm", 37, "kubeadm.k8s.io/v1beta4"),
        ("AuthenticationConfiguration", 30, "apiserver.config.k8s.io/v1beta1"),
        ("AuthenticationConfiguration", 33, "apiserver.config.k8s.io/v1beta1"),
        ("AuthenticationConfiguration", 34, "apiserver.config.k8s.io/v1"),
        ("AuthorizationConfiguration", 31, "apiserver.config.k8s.io/v1beta1"),
        ("AuthorizationConfiguration", 32, "apiserver.config.k8s.io/v1"),
        ("PodSecurityConfiguration", 24, "pod-security.admission.config.k8s.io/v1beta1"),
        ("PodSecurityConfiguration", 25, "pod-security.admission.config.k8s.io/v1"),
        ("KubeletConfiguration", 24, "kubelet.config.k8s.io/v1beta1"),
    ],
)
def test_a_kind_is_written_in_the_version_that_is_read(kind, at, api):
    assert catalog.api_version(kind, at) == api


def test_a_kind_that_does_not_exist_yet_is_an_error():
    with pytest.raises(LookupError, match=r"AuthenticationConfiguration does not exist at 1\.29"):
        catalog.api_version("AuthenticationConfiguration", 29)


def test_a_span_includes_both_ends():
    assert [minor for minor in range(20, 40) if minor in span({"since": "1.27", "until": "1.29"})] == [27, 28, 29]
    assert span({}) == Span(24, 37)


def test_suites_are_secure_or_not():
    assert not ciphers("secure") & ciphers("insecure")
    assert all(name.startswith("TLS_ECDHE_") and ("GCM" in name or "CHACHA20" in name) for name in ciphers("secure"))


def test_what_the_kubelet_needs_of_the_kernel():
    assert hosts.kubelet_sysctls() == {
        "kernel.keys.root_maxbytes": "25000000",
        "kernel.keys.root_maxkeys": "1000000",
        "kernel.panic": "10",
        "kernel.panic_on_oops": "1",
        "vm.overcommit_memory": "1",
        "vm.panic_on_oom": "0",
    }
    assert not set(hosts.kubelet_sysctls()) & set(hosts.hardened_sysctls())


def test_sections_of_the_audit_policy_have_names_of_their_own():
    names = [section["name"] for section in audit_sections()]
    assert len(names) == len(set(names))
    assert (names[0], names[-1]) == ("guards", "rest")
