"""k3s and RKE2 are told the same as kubeadm, in their own words, and nothing that is theirs to say."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hardener.catalog import minor
from hardener.expand import expand
from hardener.profile import read
from hardener.source import parse
from tests import rancher
from tests.control_planes import BODIES, EVERYTHING, SILENT, VERSIONS, files, plan
from tests.rendering import refusals

GOLDEN = Path(__file__).parent / "golden"
COMPONENTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
INSTALLERS = ("k3s", "rke2")
OURS = "/etc/kubernetes/hardener"

# Which flags a key of the installer's stands for.
KEYS = {
    "service-node-port-range": "service-node-port-range",
    "audit-policy-file": "audit-policy-file",
    "pod-security-admission-config-file": "admission-control-config-file",
}
# The keys that k3s 1.24 to 1.36 takes on a server, of those that hardener knows (pkg/cli/cmds/server.go and agent.go),
# and those that RKE2 has besides, or does not take (pkg/cli/cmds/server.go and root.go of RKE2).
OF_BOTH = {
    "cluster-cidr",
    "service-cidr",
    "service-node-port-range",
    "etcd-arg",
    "etcd-expose-metrics",
    "kube-apiserver-arg",
    "kube-controller-manager-arg",
    "kube-scheduler-arg",
    "secrets-encryption-provider",
    "write-kubeconfig-mode",
}
KNOWN = {
    "k3s": OF_BOTH
    | {
        "disable-network-policy",
        "flannel-backend",
        "https-listen-port",
        "protect-kernel-defaults",
        "secrets-encryption",
    },
    "rke2": OF_BOTH
    | {"audit-policy-file", "cni", "kube-apiserver-extra-mount", "pod-security-admission-config-file", "profile"},
}
SINCE = {"secrets-encryption-provider": 30, "pod-security-admission-config-file": 25}

everywhere = pytest.mark.parametrize("installer", INSTALLERS)
always = pytest.mark.parametrize("version", VERSIONS)
whatever = pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)


def told(installer, body=SILENT, version="1.34"):
    return rancher.read(files(body, version, installer)[f"control-plane/{installer}.yaml"])


def header(installer, body=SILENT, version="1.34"):
    lines = files(body, version, installer)[f"control-plane/{installer}.yaml"].splitlines()
    return [line.removeprefix("#").strip() for line in lines if line.startswith("#")]


def flags(installer, component, body=SILENT, version="1.34"):
    lines = files(body, version, installer)[f"control-plane/{component}.flags"].splitlines()
    return dict(line.removeprefix("--").split("=", 1) for line in lines)


def cluster(installer, cni="calico", **networks):
    """A profile of that network plugin, with these networks besides the nodes'."""
    given = "".join(f", {name}: {list(ranges)}" for name, ranges in networks.items())
    return f"""\
apiVersion: hardener/v1
kind: HardeningProfile
metadata: {{name: example}}
cluster:
  kubernetes: "1.34"
  distribution: {installer}
  cni: {cni}
  networks: {{nodes: [192.168.10.0/24], controlPlane: [192.168.10.0/29]{given}}}
"""


def options(text):
    decided = expand(read(parse(text, "profile.yaml"))).settings.server
    return {option.name: option.value for option in decided.options}


@pytest.mark.parametrize(
    ("installer", "name", "version"),
    [
        ("k3s", "silent", "1.24"),
        ("k3s", "everything", "1.29"),
        ("k3s", "weak", "1.33"),
        ("k3s", "silent", "1.37"),
        ("rke2", "everything", "1.24"),
        ("rke2", "silent", "1.28"),
        ("rke2", "everything", "1.32"),
        ("rke2", "weak", "1.36"),
    ],
)
def test_every_file_of_the_servers_is_as_it_was(installer, name, version, golden):
    rendered = files(BODIES[name], version, installer)
    wanted = [f"control-plane/{installer}.yaml", f"nodes/control-plane/{installer}.yaml"]
    texts = [f"==== {path}\n{rendered[path]}" for path in wanted if path in rendered]
    golden("".join(texts), GOLDEN / f"server-{installer}-{name}-{version}.txt")


@pytest.mark.parametrize("version", ["1.24", "1.34"])
@everywhere
def test_what_is_left_to_others_is_as_it_was(installer, version, golden):
    lines = [
        f"{gap.path}: {gap.what} ({gap.who})\n"
        for gap in plan(EVERYTHING, version, installer).gaps
        if {"k3s": "k3s", "rke2": "RKE2"}[installer] in gap.what
    ]
    golden("".join(lines), GOLDEN / f"gaps-{installer}-{version}.txt")


@everywhere
@whatever
@always
def test_the_installer_is_told_every_flag_once(installer, body, version):
    """By a key of its own or as an argument; the flag files say the same."""
    configuration = told(installer, body, version)
    by_key = {flag: configuration[key] for key, flag in KEYS.items() if key in configuration}
    for component in COMPONENTS:
        expected = flags(installer, component, body, version)
        keys = {flag: value for flag, value in by_key.items() if component == "kube-apiserver"}
        given = rancher.arguments(configuration, component)
        assert given | keys == expected
        assert not set(given) & set(keys)
        assert len(given) == len(configuration[f"{component}-arg"])


@everywhere
@whatever
@always
def test_nothing_is_said_that_the_installer_says_itself(installer, body, version):
    configuration = told(installer, body, version)
    for component in rancher.OWN:
        said = [name for name in rancher.arguments(configuration, component) if rancher.is_own(component, name)]
        assert said == []


def test_what_the_installer_says_itself_would_be_found():
    assert rancher.is_own("kube-apiserver", "client-ca-file")
    assert rancher.is_own("kube-controller-manager", "cluster-signing-kubelet-serving-cert-file")
    assert rancher.is_own("etcd", "peer-client-cert-auth")
    assert not rancher.is_own("kube-apiserver", "requestheader-allowed-names")
    assert not rancher.is_own("kube-controller-manager", "cluster-signing-duration")


@everywhere
@whatever
@always
def test_every_key_is_one_that_the_installer_takes_at_that_version(installer, body, version):
    configuration = told(installer, body, version)
    assert set(configuration) <= KNOWN[installer]
    assert all(minor(version) >= since for key, since in SINCE.items() if key in configuration)


@everywhere
@whatever
@always
def test_node_restriction_and_the_aggregation_layer_stay(installer, body, version):
    """What is given takes the place of the installer's own: NodeRestriction, and the name by which it aggregates."""
    given = rancher.arguments(told(installer, body, version), "kube-apiserver")
    assert "NodeRestriction" in given["enable-admission-plugins"].split(",")
    names = given.get("requestheader-allowed-names", "system:auth-proxy").split(",")
    assert "system:auth-proxy" in names
    assert "front-proxy-client" not in names


@everywhere
@whatever
@always
def test_nobody_without_a_name_is_answered_but_on_the_health_paths(installer, body, version):
    """k3s no longer says anonymous-auth=false as soon as it is given a file for authentication."""
    given = rancher.arguments(told(installer, body, version), "kube-apiserver")
    rendered = files(body, version, installer)
    configured = rendered.get("control-plane/authentication-configuration.yaml", "")
    paths = yaml.load(configured, yaml.CSafeLoader).get("anonymous") if configured else None
    assert (paths is None) == (given.get("anonymous-auth") == "false")
    assert (paths is not None) == (minor(version) >= 32)


# --- what the API server's pod sees of RKE2's host ---


def unseen(configuration, body, version):
    """Paths that flags and files name, and that the API server's pod does not see."""
    seen, rendered = rancher.mounted(configuration), files(body, version, "rke2")
    texts = [rendered["control-plane/kube-apiserver.flags"]]
    texts += [
        text for path, text in rendered.items() if re.search(r"control-plane/.*(webhook|configuration)\.yaml", path)
    ]
    lines = [line for text in texts for line in text.splitlines() if not line.startswith("#")]
    needed = {path for line in lines for path in re.findall(r"(?:[=:] ?|unix://)((?:/[\w.-]+){2,})", line)}
    assert f"{OURS}/audit-policy.yaml" in needed
    return {path for path in needed if not any(path == each or path.startswith(f"{each}/") for each in seen)}


@whatever
@always
def test_every_path_that_rke2s_api_server_reads_is_mounted(body, version):
    assert unseen(told("rke2", body, version), body, version) == set()


def test_a_mount_that_is_missing_would_be_noticed():
    configuration = told("rke2", EVERYTHING, "1.34")
    without = configuration | {"kube-apiserver-extra-mount": []}
    assert unseen(without, EVERYTHING, "1.34") == {
        "/etc/kubernetes/hardener/authorization-webhook.yaml",
        "/etc/kubernetes/pki/audit-ca.crt",
        "/run/kms/kms.sock",
        "/srv/audit/client.crt",
        "/srv/audit/client.key",
    }


def webhook(folder):
    return f"""\
controlPlane:
  audit:
    webhook: {{server: "https://a.example.com", clientCertificate: {folder}/a.crt, clientKey: {folder}/a.key}}
"""


@pytest.mark.parametrize(
    ("folder", "mounts"),
    [
        ("/srv/audit", ["/srv/audit"]),
        ("/etc/kubernetes/hardener", []),
        ("/etc/ssl/certs/ours", []),
        ("/opt", ["/opt/a.crt", "/opt/a.key"]),
    ],
)
def test_rke2_mounts_folders_but_none_that_would_cover_the_pods_own(folder, mounts):
    expected = [f"{path}:{path}:ro" for path in sorted([OURS, *mounts])]
    assert told("rke2", webhook(folder))["kube-apiserver-extra-mount"] == expected


def test_no_two_mounts_have_one_place():
    """RKE2 mounts the audit log's folder itself: a second mount of it would keep the pod from being made."""
    for version in VERSIONS:
        configuration = told("rke2", EVERYTHING, version)
        places = [mount.split(":")[1] for mount in configuration["kube-apiserver-extra-mount"]]
        assert len(places) == len(set(places))
        assert "/var/log/kubernetes/audit" not in places


# --- encryption ---


@pytest.mark.parametrize(
    ("provider", "version", "by_itself", "named"),
    [
        ("secretbox", "1.29", False, None),
        ("secretbox", "1.30", True, "secretbox"),
        ("aescbc", "1.24", True, None),
        ("aescbc", "1.30", True, "aescbc"),
        ("aesgcm", "1.34", False, None),
    ],
)
@everywhere
def test_the_installer_encrypts_by_itself_where_it_can(installer, provider, version, by_itself, named):
    body = f"controlPlane: {{encryption: {{provider: {provider}}}}}\n"
    configuration, rendered = told(installer, body, version), files(body, version, installer)
    ours = f"{OURS}/encryption-configuration.yaml"
    given = rancher.arguments(configuration, "kube-apiserver").get("encryption-provider-config")
    assert given == (None if by_itself else ours)
    assert ("control-plane/encryption-configuration.yaml" in rendered) == (not by_itself)
    assert ("control-plane/encryption-keys.sh" in rendered) == (not by_itself)
    assert configuration.get("secrets-encryption-provider") == named
    assert configuration.get("secrets-encryption") == (True if by_itself and installer == "k3s" else None)
    paths = [gap.path for gap in plan(body, version, installer).gaps]
    assert ("controlPlane.encryption" in paths) == (not by_itself)
    assert ("controlPlane.encryption.plaintext" in paths) == by_itself


@everywhere
def test_more_than_secrets_is_encrypted_by_a_configuration_of_ours(installer):
    body = "controlPlane: {encryption: {resources: [secrets, configmaps]}}\n"
    assert "encryption-provider-config" in rancher.arguments(told(installer, body), "kube-apiserver")
    assert "secrets-encryption-provider" not in told(installer, body)


@everywhere
def test_plaintext_that_may_be_read_is_no_gap(installer):
    body = "controlPlane: {encryption: {plaintext: true}}\n"
    assert not [gap for gap in plan(body, "1.34", installer).gaps if gap.path.startswith("controlPlane.encryption")]


@everywhere
@always
def test_a_key_is_rotated_by_the_commands_of_its_keeper(installer, version):
    lines = " ".join(header(installer, "controlPlane: {encryption: {provider: aescbc}}\n", version))
    command = f"{installer} secrets-encrypt"
    assert (f"{command} rotate-keys" in lines) == (minor(version) >= 30)
    assert (f"{command} prepare, rotate and reencrypt" in lines) == (minor(version) < 30)
    ours = header(installer, "controlPlane: {encryption: {provider: aesgcm}}\n", version)
    assert "sh control-plane/encryption-keys.sh" in ours
    assert "secrets-encrypt" not in " ".join(ours)


# --- the rest of the cluster ---


def test_networks_and_the_port_are_told_where_the_profile_gives_them():
    given = cluster("k3s", pods=["10.1.0.0/16", "fd00:1::/64"], services=["10.2.0.0/16"])
    assert options(given)["cluster-cidr"] == "10.1.0.0/16,fd00:1::/64"
    assert options(given)["service-cidr"] == "10.2.0.0/16"
    assert not {"cluster-cidr", "service-cidr", "https-listen-port"} & set(options(cluster("k3s")))
    assert told("k3s", EVERYTHING)["https-listen-port"] == "8443"
    assert "https-listen-port" not in told("rke2", EVERYTHING)


def test_a_port_that_rke2_does_not_listen_on_is_a_gap():
    assert [gap.who for gap in plan(EVERYTHING, "1.34", "rke2").gaps if gap.path == "cluster.apiServer.port"] == [
        "administrator"
    ]
    for body, installer in ((EVERYTHING, "k3s"), (SILENT, "rke2"), ("  apiServer: {port: 6443}\n", "rke2")):
        assert "cluster.apiServer.port" not in [gap.path for gap in plan(body, "1.34", installer).gaps]


@pytest.mark.parametrize(
    ("cni", "installs"), [("calico", "calico"), ("canal", "canal"), ("cilium", "cilium"), ("antrea", "none")]
)
def test_rke2_installs_the_network_plugin_that_it_knows(cni, installs):
    assert options(cluster("rke2", cni))["cni"] == installs


@pytest.mark.parametrize(("cni", "own"), [("kube-router", True), ("calico", False), ("cilium", False)])
def test_k3s_leaves_networks_to_another_plugin_than_its_own(cni, own):
    told = options(cluster("k3s", cni))
    assert (told.get("flannel-backend"), told.get("disable-network-policy")) == (
        (None, None) if own else ("none", True)
    )


@pytest.mark.parametrize("installer", ["kubeadm", "k3s", "rke2"])
def test_calicos_namespaces_must_be_named_whoever_installs_it(installer):
    """Tigera's operator uses the same ones on every cluster."""

    def missing(body):
        found = [gap.what for gap in plan(body, "1.34", installer).gaps if gap.path == "cluster.systemNamespaces"]
        return re.findall(r"calico-system|tigera-operator", "".join(found))

    assert missing(SILENT) == ["calico-system", "tigera-operator"]
    assert missing("  systemNamespaces: [kube-system, calico-system]\n") == ["tigera-operator"]
    assert missing("  systemNamespaces: [kube-system, calico-system, tigera-operator]\n") == []


@pytest.mark.parametrize(
    ("installer", "cni", "whose"),
    [
        ("kubeadm", "calico", ["administrator"]),
        ("kubeadm", "kube-router", ["administrator"]),
        ("k3s", "calico", ["administrator"]),
        ("k3s", "kube-router", []),
        ("rke2", "calico", []),
        ("rke2", "canal", []),
        ("rke2", "cilium", []),
        ("rke2", "kube-router", ["administrator"]),
    ],
)
def test_a_network_plugin_that_the_installer_does_not_bring_is_somebodys_to_install(installer, cni, whose):
    found = expand(read(parse(cluster(installer, cni), "profile.yaml"))).gaps
    assert [gap.who for gap in found if gap.path == "cluster.cni" and "does not install" in gap.what] == whose


@everywhere
@always
def test_a_release_that_does_not_start_so_is_named(installer, version):
    """k3s-io/k3s#12017 and #12245, rancher/rke2#4026 and #4708."""
    first = re.findall(r"v1\.\d+\.\d+", " ".join(header(installer, SILENT, version)))
    assert [release.rpartition(".")[0] for release in first] in ([], [f"v{version}"])
    needed = {"k3s": range(30, 34), "rke2": (*range(24, 29), *range(30, 34))}[installer]
    assert bool(first) == (minor(version) in needed)


@everywhere
def test_every_installer_has_its_own_words_alone(installer):
    other = {"k3s": "RKE2", "rke2": "kubeadm"}[installer]
    for version in VERSIONS:
        rendered = files(EVERYTHING, version, installer)
        assert other not in rendered[f"control-plane/{installer}.yaml"]
        assert "control-plane/kubeadm.yaml" not in rendered
        assert not [gap for gap in plan(EVERYTHING, version, installer).gaps if "kubeadm" in gap.what]


@everywhere
def test_a_serving_certificate_is_the_installers_to_give(installer):
    decided = plan(SILENT, "1.34", installer)
    assert "controlPlane.rotation.servingCertificates" not in [gap.path for gap in decided.gaps]
    for pool in decided.nodes.pools:
        assert not {"serverTLSBootstrap", "rotateCertificates"} & set(dict(pool.kubelet.fields))


# --- what a configuration file can hold ---

VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=30)


@everywhere
@given(prefix=VISIBLE)
def test_whatever_a_value_holds_the_component_is_given_it(installer, prefix):
    """k3s reads its file as YAML and splits each argument at its first =."""
    quoted = prefix.replace("'", "''")
    names = f"groupsClaim: g, usernamePrefix: '{quoted}', groupsPrefix: 'g:'"
    issuer = f"issuer: 'https://a.example.com', audiences: [a], {names}"
    body = f"controlPlane: {{authentication: {{oidc: [{{{issuer}}}]}}}}\n"
    given = rancher.arguments(
        rancher.read(files(body, "1.29", installer)[f"control-plane/{installer}.yaml"]), "kube-apiserver"
    )
    assert given["oidc-username-prefix"] == prefix


@everywhere
def test_equals_signs_and_commas_stay(installer):
    given = rancher.arguments(told(installer, EVERYTHING, "1.29"), "kube-apiserver")
    assert given["oidc-required-claim"] == "acr=2,hd=example.com"
    assert given["strict-transport-security-directives"] == "max-age=31536000,includeSubDomains"


@everywhere
@whatever
@always
def test_etcds_cipher_suites_are_a_list_and_not_a_word(installer, body, version):
    """etcd's file has a list there, and k3s takes for a list what YAML reads as one: a word stops etcd."""
    read = rancher.etcd_file(told(installer, body, version), {})
    said = flags(installer, "etcd", body, version)
    assert read.get("cipher-suites", []) == said.get("cipher-suites", "").split(",") * ("cipher-suites" in said)
    assert read.get("quota-backend-bytes") == (8589934592 if body == EVERYTHING else None)
    assert read.get("tls-min-version") == said.get("tls-min-version")
    assert set(read) == set(said)


# --- nodes ---


@everywhere
@always
def test_a_kubelet_is_reached_by_a_folder_or_by_arguments(installer, version):
    rendered = files(EVERYTHING, version, installer)
    for pool in ("cards", "plant", "spare", "shared", "control-plane"):
        text = rendered[f"nodes/{pool}/kubelet.yaml"]
        by_folder = minor(version) >= 32
        assert (f"/var/lib/rancher/{installer}/agent/etc/kubelet.conf.d" in text) == by_folder
        assert (f"{OURS}/kubelet.yaml" in text) == (not by_folder)
        assert (f"nodes/{pool}/{installer}.yaml" in rendered) == (not by_folder)
        assert (f"nodes/{pool}/kubelet.flags" in rendered) == (not by_folder)
        if by_folder:
            continue
        passed_on = rancher.read(rendered[f"nodes/{pool}/{installer}.yaml"])
        assert list(passed_on) == ["kubelet-arg"]
        given = rancher.arguments(passed_on, "kubelet")
        assert given["config"] == f"{OURS}/kubelet.yaml"
        assert [f"--{argument}" for argument in passed_on["kubelet-arg"]] == rendered[
            f"nodes/{pool}/kubelet.flags"
        ].splitlines()
        # k3s' own flag for these would count more than the file.
        thresholds = yaml.load(text, yaml.CSafeLoader)["evictionHard"]
        assert dict(pair.split("<") for pair in given["eviction-hard"].split(",")) == thresholds


# --- what generators get wrong ---


def test_pitfall_08_a_policy_of_rke2s_that_records_nothing_is_replaced_by_name(tmp_path):
    """RKE2 writes `level: None` to where audit-policy-file points, unless a file is there."""
    for version in VERSIONS:
        configuration, rendered = told("rke2", SILENT, version), files(SILENT, version, "rke2")
        named = configuration["audit-policy-file"]
        assert named == f"{OURS}/audit-policy.yaml" != "/etc/rancher/rke2/audit-policy.yaml"
        assert "audit-policy-file" not in rancher.arguments(configuration, "kube-apiserver")
        steps = header("rke2", SILENT, version)
        put = steps.index(f"install -m 600 control-plane/* {OURS}/")
        assert put < steps.index("systemctl restart rke2-server")
        file = tmp_path / version
        file.write_text(rendered["control-plane/audit-policy.yaml"])
        rancher.default_policy(file)
        policy = yaml.load(file.read_text(), yaml.CSafeLoader)
        assert policy["rules"][-1]["level"] == "Metadata" or "Request" in policy["rules"][-1]["level"]
    nowhere = tmp_path / "missing"
    rancher.default_policy(nowhere)
    assert "level: None" in nowhere.read_text()


# What RKE2 asks of a host when it is started with its profile (validateCISReqs in pkg/cli/cmds/profile_linux.go).
KERNEL = {"vm.overcommit_memory": "1", "vm.panic_on_oom": "0", "kernel.panic": "10", "kernel.panic_on_oops": "1"}


def test_pitfall_20_the_user_and_the_kernel_that_rke2s_profile_needs_are_there_before_it_starts():
    for version in VERSIONS:
        assert told("rke2", SILENT, version)["profile"] == ("cis-1.6" if version == "1.24" else "cis")
        lines = files(SILENT, version, "rke2")["nodes/control-plane/sysctl.conf"].splitlines()
        kernel = dict(line.split(" = ") for line in lines if " = " in line)
        assert {name: kernel[name] for name in KERNEL} == KERNEL
        steps = header("rke2", SILENT, version)
        start = steps.index("systemctl restart rke2-server")
        (user,) = [step for step in steps if step.startswith("useradd ") and step.endswith(" etcd")]
        assert "--user-group" in user
        (kernel,) = [place for place, step in enumerate(steps) if "nodes/POOL/sysctl.conf" in step]
        assert kernel < start
        assert "sysctl --system" in lines[1]
        assert steps.index(user) < start


@everywhere
def test_the_steps_of_the_header_put_every_file_where_it_is_named(installer):
    steps = header(installer, EVERYTHING)
    assert (
        f"install -m 600 control-plane/{installer}.yaml /etc/rancher/{installer}/config.yaml.d/50-hardener.yaml"
        in steps
    )
    log = flags(installer, "kube-apiserver", EVERYTHING)["audit-log-path"].rpartition("/")[0]
    assert f"install -d -m 700 {OURS} /etc/rancher/{installer}/config.yaml.d {log}" in steps


def test_these_clusters_are_sound():
    assert refusals(SILENT) == []
