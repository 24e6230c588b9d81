"""Pools: kubelets that let nobody in, taints that hold, labels that a node cannot give itself, kernels that fit."""

import re

import pytest
import yaml

from hardener.catalog import hosts, minor
from hardener.expand.nodes.kubelet import _put
from hardener.profile import read
from hardener.rules import kernels
from hardener.source import parse
from tests.control_planes import BODIES, EVERYTHING, SILENT, VERSIONS, WEAK, artifacts, files, flags, plan
from tests.known import FACTS, FIELDS, exists
from tests.rendering import refusals

DISTRIBUTIONS = ("kubeadm", "k3s", "rke2", "eks", "gke", "aks")
HEADER = "# Rendered by hardener from profile example. Change the profile, not this file."


def kubelet(pool, body=EVERYTHING, version="1.34", distribution="kubeadm"):
    return yaml.load(files(body, version, distribution)[f"nodes/{pool}/kubelet.yaml"], yaml.CSafeLoader)


def pools(body, version="1.34", distribution="kubeadm"):
    return {path.split("/")[1] for path in files(body, version, distribution) if path.endswith("/kubelet.yaml")}


def lines(path, body=EVERYTHING, version="1.34"):
    first, use, trial, *rest = files(body, version)[path].splitlines()
    assert first == HEADER
    assert use.startswith("# Install it as /etc/")
    assert trial.startswith("# ")
    assert " --dry-run " in trial
    return rest


def test_every_pool_has_a_folder_the_shared_one_and_the_control_planes_too():
    assert pools(EVERYTHING) == {"cards", "plant", "spare", "shared", "control-plane"}
    assert pools(SILENT) == {"shared", "control-plane"}


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_a_control_plane_that_a_provider_runs_has_no_nodes_of_ours(distribution):
    ours = distribution in ("kubeadm", "k3s", "rke2")
    assert ("control-plane" in pools(SILENT, "1.34", distribution)) == ours
    assert "nodes/shared/kubelet.yaml" in files(SILENT, "1.34", distribution)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_no_kubelet_lets_anybody_in(distribution, body, version):
    for pool in pools(body, version, distribution):
        document = kubelet(pool, body, version, distribution)
        assert (document["apiVersion"], document["kind"]) == ("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration")
        assert document["authentication"]["anonymous"] == {"enabled": False}
        assert document["authentication"]["webhook"] == {"enabled": True}
        assert document["authorization"] == {"mode": "Webhook"}
        assert document["readOnlyPort"] == 0
        # The servers of k3s and RKE2 renew it; nobody would approve what the kubelet asks for.
        assert document.get("rotateCertificates") is (None if distribution in ("k3s", "rke2") else True)
        assert document["enableProfilingHandler"] is document["enableDebugFlagsHandler"] is False
        assert document["makeIPTablesUtilChains"] is True


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_every_field_of_every_kubelet_is_decoded_at_its_version(body, version):
    known = {name for name, fact in FIELDS.items() if exists(fact, version)} | {"apiVersion", "kind"}
    for pool in pools(body, version):
        document = kubelet(pool, body, version)
        assert set(document) <= known
        assert ("streamingConnectionIdleTimeout" in document) == (minor(version) <= 33)
        assert ("seccompDefault" in document) == (minor(version) >= 25)
        assert ("enableSystemLogQuery" in document) == (minor(version) >= 27)
        assert ("imagePullCredentialsVerificationPolicy" in document) == (minor(version) >= 35)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_flag_of_a_kubelet_exists_and_names_a_configuration(version):
    for pool in pools(EVERYTHING, version):
        rendered = dict(
            line.removeprefix("--").split("=", 1)
            for line in files(EVERYTHING, version)[f"nodes/{pool}/kubelet.flags"].splitlines()
        )
        assert all(exists(FACTS["kubelet"][name], version) for name in rendered)
        expected = {"config": "/var/lib/kubelet/config.yaml"}
        if minor(version) >= 30:
            expected["config-dir"] = "/etc/kubernetes/hardener/kubelet.d"
        if version == "1.24" and "registerWithTaints" in kubelet(pool, version=version):
            expected["register-with-taints"] = rendered.get("register-with-taints")
        assert rendered == expected


def parsed(taints):
    """What the kubelet reads in --register-with-taints."""
    found = []
    for taint in taints.split(","):
        rest, effect = taint.split(":")
        key, value = rest.split("=")
        found.append({"key": key, "value": value, "effect": effect})
    return found


@pytest.mark.parametrize("pool", ["cards", "plant", "control-plane"])
def test_taints_are_flags_where_no_file_reaches_the_kubelet_before_its_node_registers(pool):
    flag = "--register-with-taints="
    (line,) = [
        line for line in files(EVERYTHING, "1.24")[f"nodes/{pool}/kubelet.flags"].splitlines() if line.startswith(flag)
    ]
    assert parsed(line.removeprefix(flag)) == kubelet(pool, version="1.24")["registerWithTaints"]
    assert flag not in files(EVERYTHING, "1.25")[f"nodes/{pool}/kubelet.flags"]
    assert flag not in files(EVERYTHING, "1.24", "k3s")["nodes/plant/kubelet.flags"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_pools_file_says_the_one_way_that_lays_it_over_the_kubelets_own(version):
    header = "".join(
        line for line in files(EVERYTHING, version)["nodes/cards/kubelet.yaml"].splitlines(True) if line[0] == "#"
    )
    rendered = files(EVERYTHING, version)["nodes/cards/kubelet.flags"]
    folder = re.search(r"--config-dir=(\S+)", rendered)
    assert ("drop-in, " in header) == (minor(version) >= 30) == (folder is not None)
    assert ("kubeletconfiguration+merge.yaml" in header) == ("--patches" in header) == (25 <= minor(version) < 30)
    assert ("Nothing merges this file" in header) == (version == "1.24")
    if folder:
        assert f"{folder[1]}/50-hardener.conf" in header
    by_hand = [gap for gap in plan(EVERYTHING, version).gaps if gap.path == "pools"]
    assert [gap.who for gap in by_hand] == (["administrator"] if version == "1.24" else [])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_patch_lies_where_kubeadm_looks_for_it_at_init_and_at_join(version):
    """kubeadm takes no --patches beside --config (ValidateMixedArguments): init is told by its file, join by a flag."""
    rendered = files(EVERYTHING, version)
    text = rendered["control-plane/kubeadm.yaml"]
    (init,) = [each for each in yaml.load_all(text, yaml.CSafeLoader) if each["kind"] == "InitConfiguration"]
    named = re.findall(r"(/\S+)/kubeletconfiguration\+merge\.yaml", rendered["nodes/cards/kubelet.yaml"])
    assert [patches["directory"] for patches in [init.get("patches")] if patches] == named
    assert len(named) == (25 <= minor(version) < 30)
    told = [
        *re.findall(r"--patches (/\S+)", text),
        *re.findall(r"--patches (/\S+)\.", rendered["nodes/cards/kubelet.yaml"]),
    ]
    assert told == named * 2
    assert "--discovery-file" not in text or "join --config" not in text


@pytest.mark.parametrize("distribution", ["k3s", "rke2"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_kubelets_file_names_the_one_that_passes_its_arguments_on(distribution, version):
    """Another of the same name lies in control-plane/, and kubelet.flags beside it says the same to other readers."""
    rendered = files(EVERYTHING, version, distribution)
    header = [line for line in rendered["nodes/cards/kubelet.yaml"].splitlines() if line.startswith("#")]
    passed_on = f"nodes/cards/{distribution}.yaml" in rendered
    assert passed_on == (minor(version) < 32)
    assert (f"# {distribution}.yaml" in header) == passed_on
    assert ("control-plane/ has another" in " ".join(header)) == passed_on


@pytest.mark.parametrize("distribution", ["k3s", "rke2", "eks", "gke", "aks"])
def test_nobody_is_told_of_kubeadm_where_another_sets_nodes_up(distribution):
    for version in ("1.24", "1.29", "1.34"):
        text = files(SILENT, version, distribution)["nodes/shared/kubelet.yaml"]
        assert "kubeadm" not in text
        assert "kubelet.flags" not in text


def test_a_provider_that_names_the_files_itself_gets_no_flags():
    rendered = files(SILENT, "1.34", "eks")
    assert "nodes/shared/kubelet.flags" not in rendered
    assert "x509" not in kubelet("shared", SILENT, "1.34", "eks")["authentication"]
    assert kubelet("shared", SILENT)["authentication"]["x509"] == {"clientCAFile": "/etc/kubernetes/pki/ca.crt"}


def test_a_pool_that_a_zone_owns_has_a_taint_that_a_node_name_does_not_pass():
    """A kubelet starts a pod that names its node in spite of NoSchedule; NoExecute it does not."""
    assert kubelet("plant")["registerWithTaints"] == [
        {"key": "hardener.dev/pool", "value": "plant", "effect": "NoExecute"}
    ]


def test_other_pools_have_the_taints_that_the_profile_gives():
    assert kubelet("cards")["registerWithTaints"] == [
        {"key": "example.com/audited", "value": "yes", "effect": "NoSchedule"},
        {"key": "example.com/cards", "value": "", "effect": "NoExecute"},
    ]
    assert "registerWithTaints" not in kubelet("spare")
    assert "registerWithTaints" not in kubelet("shared")
    assert kubelet("control-plane")["registerWithTaints"] == [
        {"key": "node-role.kubernetes.io/control-plane", "value": "", "effect": "NoSchedule"}
    ]


def test_a_pool_whose_taints_are_empty_has_none():
    body = "zones: {a: {trust: 1, pools: [one]}}\npools: {one: {taints: []}}\n"
    assert "registerWithTaints" not in kubelet("one", body)
    assert ("pool.untainted", "pools.one.taints") in refusals(body)


@pytest.mark.parametrize("pool", ["spare", "shared", "control-plane"])
def test_the_label_that_tells_pools_apart_is_one_that_no_node_can_give_itself(pool):
    assert files(EVERYTHING)[f"nodes/{pool}/node.labels"] == f"node-restriction.kubernetes.io/pool={pool}\n"


def test_labels_of_a_pool_are_set_by_an_administrator():
    assert files(EVERYTHING)["nodes/cards/node.labels"].splitlines() == [
        "example.com/rack=r7",
        "node-restriction.kubernetes.io/pool=cards",
        "zone.node-restriction.kubernetes.io/cards=true",
    ]
    assert "node-labels" not in "".join(
        text for path, text in files(EVERYTHING).items() if path.endswith("kubelet.flags")
    )


def test_a_pool_has_the_kubelet_that_it_asks_for():
    document = kubelet("cards", version="1.33")
    asked = {
        "maxPods": 60,
        "podPidsLimit": 1024,
        "eventRecordQPS": 20,
        "streamingConnectionIdleTimeout": "1m",
        "containerLogMaxSize": "5Mi",
        "containerLogMaxFiles": 3,
        "shutdownGracePeriod": "60s",
        "shutdownGracePeriodCriticalPods": "20s",
        "systemReserved": {"cpu": "500m", "memory": "1Gi"},
        "kubeReserved": {"cpu": "250m", "ephemeral-storage": "2Gi", "pid": "1k"},
        "evictionHard": {
            "imagefs.available": "15%",
            "imagefs.inodesFree": "5%",
            "memory.available": "500Mi",
            "nodefs.available": "10%",
            "nodefs.inodesFree": "5%",
            "pid.available": "10%",
        },
    }
    assert {name: document[name] for name in asked} == asked


def test_other_pools_are_left_to_the_defaults():
    document = kubelet("shared", version="1.33")
    assert document["podPidsLimit"] == 4096
    assert document["eventRecordQPS"] == 50
    assert document["streamingConnectionIdleTimeout"] == "5m"
    assert document["seccompDefault"] is document["protectKernelDefaults"] is document["serverTLSBootstrap"] is True
    absent = {
        "maxPods",
        "systemReserved",
        "kubeReserved",
        "shutdownGracePeriod",
        "allowedUnsafeSysctls",
    }
    assert not absent & set(document)


def test_what_is_accepted_is_rendered():
    document = kubelet("loose", WEAK)
    assert document["seccompDefault"] is document["protectKernelDefaults"] is False
    assert document["allowedUnsafeSysctls"] == ["net.core.somaxconn"]
    assert document["serverTLSBootstrap"] is False
    assert document["tlsMinVersion"] == "VersionTLS13"
    assert "tlsCipherSuites" not in document


def test_kubelets_speak_the_tls_of_the_control_plane():
    assert kubelet("shared", SILENT)["tlsCipherSuites"] == flags(SILENT, "kube-apiserver")["tls-cipher-suites"].split(
        ","
    )
    assert kubelet("shared", SILENT)["tlsMinVersion"] == "VersionTLS12"


@pytest.mark.parametrize("version", VERSIONS)
def test_pitfall_13_a_kubelet_that_protects_kernel_defaults_finds_all_six(version):
    for pool in pools(EVERYTHING, version):
        settings = dict(line.split(" = ") for line in lines(f"nodes/{pool}/sysctl.conf", version=version))
        assert kubelet(pool, version=version)["protectKernelDefaults"] is True
        assert hosts.kubelet_sysctls().items() <= settings.items()


def test_kernel_settings_are_sorted_and_a_pools_own_come_last_to_a_word():
    settings = [line.split(" = ") for line in lines("nodes/cards/sysctl.conf")]
    names = [name for name, _ in settings]
    assert names == sorted(set(names))
    assert set(names) == {*hosts.kubelet_sysctls(), *hosts.hardened_sysctls(), "net.core.somaxconn"}
    assert ["net.core.somaxconn", "1024"] in settings
    assert ["kernel.sysrq", "0"] in settings


def test_a_kernel_setting_of_a_pool_is_over_the_hardened_one():
    body = "pools: {odd: {sysctls: {kernel.kptr_restrict: 1, kernel.panic: 30}}}\n"
    settings = dict(line.split(" = ") for line in lines("nodes/odd/sysctl.conf", body))
    assert (settings["kernel.kptr_restrict"], settings["kernel.panic"]) == ("1", "30")


def test_modules_are_neither_found_for_a_device_nor_loaded_by_name():
    modules = lines("nodes/cards/modprobe.conf")
    names = sorted({*hosts.blocked_modules(), "sctp", "floppy"})
    assert modules == [line for name in names for line in (f"blacklist {name}", f"install {name} /bin/false")]


@pytest.mark.parametrize(
    ("ports", "blocked"),
    [("[53/UDP, 80]", True), ("[8000-8010/SCTP]", False), ("[80, 9/SCTP]", False), ("[9999/SCTP]", False)],
)
def test_sctp_is_loaded_only_where_a_flow_speaks_it(ports, blocked):
    body = (
        "zones: {z: {trust: 1}}\ntenants: {t: {namespaces: {a: {zone: z}, b: {zone: z}}}}\n"
        f"flows: [{{from: {{namespace: a}}, to: {{namespace: b}}, ports: {ports}}}]\n"
    )
    assert ("blacklist sctp" in lines("nodes/shared/modprobe.conf", body)) == blocked


def test_files_know_the_pool_that_asked_for_them():
    sources = {
        artifact.path: artifact.sources for artifact in artifacts(EVERYTHING) if artifact.path.startswith("nodes/")
    }
    alike = ("kubelet.flags", "permissions.sh")
    assert {sources[path] for path in sources if path.startswith("nodes/cards/") and not path.endswith(alike)} == {
        ("pools.cards",)
    }
    assert {sources[path] for path in sources if path.startswith("nodes/shared/")} == {()}
    assert plan(EVERYTHING).nodes.kubelet == next(
        pool.kubelet for pool in plan(EVERYTHING).nodes.pools if pool.name == "control-plane"
    )


@pytest.mark.parametrize("name", ["line\nbreak = 1", "a b", "a=b", "", ".a", "kernel.panic\n"])
def test_no_setting_of_the_kernel_can_break_its_line(name):
    quoted = name.replace("\n", "\\n")
    assert refusals(f'pools: {{odd: {{sysctls: {{"{quoted}": 1}}}}}}\n')
    assert refusals(f'pools: {{odd: {{blockedModules: ["{quoted}"]}}}}\n')


def kernel(name, value, version="1.34"):
    """The rules that refuse a kernel setting."""
    return [rule for rule, _ in refusals(f"pools: {{odd: {{sysctls: {{{name}: {value!r}}}}}}}\n", version=version)]


FORWARDING = ["net.ipv4.ip_forward", "net/ipv4/ip_forward", "net.ipv4.conf.all.forwarding"]
FORWARDING += ["net.ipv4.conf.default.forwarding", "net.bridge.bridge-nf-call-iptables"]


@pytest.mark.parametrize("name", FORWARDING)
def test_a_kernel_that_cuts_pods_off_is_refused(name):
    assert kernel(name, "0") == kernel(name, 0) == kernel(name, "00") == ["pool.sysctl"]
    assert kernel(name, "1") == kernel(name, 1) == []


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("net.bridge.bridge-nf-call-ip6tables", 0),
        ("net.ipv6.conf.all.disable_ipv6", 1),
        ("net.ipv6.conf.all.forwarding", 0),
        ("net.ipv6.conf.default.disable_ipv6", 1),
    ],
)
def test_a_kernel_forwards_ipv6_where_pods_have_it(name, wrong):
    def told(networks, value):
        cluster = f'{{kubernetes: "1.34", distribution: kubeadm, cni: calico, networks: {{pods: {networks}}}}}'
        head = f"apiVersion: hardener/v1\nkind: HardeningProfile\nmetadata: {{name: example}}\ncluster: {cluster}\n"
        text = f"{head}pools: {{odd: {{sysctls: {{{name}: {value}}}}}}}\n"
        found = kernels.kernels_forward_to_pods(read(source := parse(text, "profile.yaml")), source)
        return [(problem.rule, problem.where) for problem in found]

    both = "[10.1.0.0/16, 'fd00:1::/64']"
    assert told(both, wrong) == [("pool.sysctl", f"pools.odd.sysctls.{name}")]
    assert told(both, 1 - wrong) == told("[10.1.0.0/16]", wrong) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kernel.core_pattern", "|/bin/x %p"),
        ("kernel.core_pattern", " |/bin/x"),
        ("kernel/modprobe", "/bin/x"),
        ("kernel.hotplug", "/bin/x"),
        ("kernel.poweroff_cmd", "/bin/x"),
    ],
)
def test_a_kernel_that_runs_programs_as_root_is_weak(name, value):
    assert kernel(name, value) == ["settings.weak"]


def test_a_kernel_may_write_what_is_left_of_a_program_to_a_file():
    assert kernel("kernel.core_pattern", "core.%p|x") == []


@pytest.mark.parametrize(
    "name",
    [
        "net.ipv4.conf.eth0.accept_redirects",
        "net/ipv4/conf/eth0.100/accept_source_route",
        "net.ipv4.conf.eth0/100.send_redirects",
        "net.ipv6.conf.eth0.accept_source_route",
        "net.ipv4.conf.all.accept_redirects",
        "net.ipv4.conf.default.secure_redirects",
    ],
)
def test_one_interface_is_as_closed_as_all(name):
    assert kernel(name, 1) == ["settings.weak"]
    assert kernel(name, 0) == []


@pytest.mark.parametrize(
    "name", ["net.ipv4.conf.all.rp_filter", "net.ipv4.tcp_syncookies", "net.ipv4.neigh.eth0.mcast_solicit"]
)
def test_what_is_not_of_one_interface_is_itself(name):
    assert hosts.of_every_interface(name) == name


def test_a_setting_of_an_interface_that_nothing_hardens_is_the_pools_own():
    assert kernel("net.ipv4.conf.eth0.rp_filter", 0) == kernel("net.ipv4.neigh.eth0.gc_stale_time", 30) == []


def test_no_value_of_the_kernel_can_break_its_line():
    assert refusals('pools: {odd: {sysctls: {net.core.somaxconn: "1\\nkernel.panic = 0"}}}\n')


def test_lines_of_flag_files_cannot_be_broken():
    """Whatever text a profile may give to a flag stays on its line: the types of the profile see to it."""
    for value in ("a\nb", "a b\n", "--x=1\n--y"):
        quoted = value.replace("\n", "\\n")
        for key in ("issuer", "usernameClaim", "usernamePrefix", "groupsClaim"):
            asked = {
                "issuer": "https://a.example.com",
                "audiences": "[a]",
                "usernamePrefix": '"u:"',
                key: f'"{quoted}"',
            }
            entry = ", ".join(f"{name}: {text}" for name, text in asked.items())
            body = f"controlPlane: {{authentication: {{oidc: [{{{entry}}}]}}}}\n"
            assert refusals(body, version="1.29"), (key, value)


def test_a_field_cannot_be_a_value_and_hold_others():
    with pytest.raises(TypeError, match="readOnlyPort is a field of its own"):
        _put({"readOnlyPort": 0}, ["readOnlyPort", "enabled"], True)


def test_conf_files_hold_nothing_but_settings():
    assert all(re.fullmatch(r"[a-z0-9_./-]+ = \S+", line) for line in lines("nodes/cards/sysctl.conf"))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("distribution", ["eks", "gke", "aks"])
def test_pitfall_15_what_equals_the_default_is_written_out_too(distribution, version):
    """A kubelet without a file lets anybody in, and the providers' benchmarks read the file, not the defaults."""
    for pool in pools(EVERYTHING, version, distribution):
        document = kubelet(pool, EVERYTHING, version, distribution)
        assert document["authentication"] == {"anonymous": {"enabled": False}, "webhook": {"enabled": True}}
        assert document["authorization"] == {"mode": "Webhook"}
        assert document["readOnlyPort"] == 0
        assert document["makeIPTablesUtilChains"] is document["rotateCertificates"] is True
        assert document["eventRecordQPS"] > 0
        assert document["featureGates"] == {"RotateKubeletServerCertificate": True}
        assert ("streamingConnectionIdleTimeout" in document) == (minor(version) <= 33)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_static_pods_are_left_where_the_installer_needs_them(distribution, version):
    for pool in pools(SILENT, version, distribution):
        named = kubelet(pool, SILENT, version, distribution).get("staticPodPath")
        assert named == ("" if distribution == "kubeadm" and pool != "control-plane" else None)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_no_kubelet_serves_its_hosts_logs(distribution, version):
    for pool in pools(SILENT, version, distribution):
        document = kubelet(pool, SILENT, version, distribution)
        assert document["enableSystemLogHandler"] is False
        # The kubelet does not start with the second of them alone.
        assert document.get("enableSystemLogQuery", False) is False


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_where_the_kubelet_confines_no_pod_by_itself_is_told(distribution):
    for version in VERSIONS:
        told = [gap for gap in plan(SILENT, version, distribution).gaps if "no seccomp profile" in gap.what]
        confined = "seccompDefault" in kubelet("shared", SILENT, version, distribution)
        assert [gap.path for gap in told] == ([] if confined else ["cluster.kubernetes"])


def test_host_files_say_where_they_are_installed():
    assert "\n# Install it as /etc/sysctl.d/99-hardener.conf, " in files(SILENT)["nodes/shared/sysctl.conf"]
    assert "\n# Install it as /etc/modprobe.d/hardener.conf. " in files(SILENT)["nodes/shared/modprobe.conf"]


@pytest.mark.parametrize("distribution", ["eks", "gke", "aks"])
def test_where_a_provider_sets_nodes_up_no_file_says_that_it_is_installed_by_hand(distribution):
    rendered = files(EVERYTHING, "1.34", distribution)
    for pool in pools(EVERYTHING, "1.34", distribution):
        for name in ("kubelet.yaml", "sysctl.conf", "modprobe.conf"):
            header = " ".join(line for line in rendered[f"nodes/{pool}/{name}"].splitlines() if line.startswith("#"))
            assert "Install it" not in header
            assert "render says under pools" in header


@pytest.mark.parametrize(
    ("distribution", "how"),
    [("eks", "the pool's taints into its node group"), ("gke", "--node-taints"), ("aks", "--node-taints")],
)
def test_whoever_makes_a_pool_of_a_provider_is_told_to_give_it_its_taints(distribution, how):
    told = [gap.what for gap in plan(EVERYTHING, "1.34", distribution).gaps if gap.path == "pools"]
    assert len([what for what in told if how in what]) == 1
    assert not [what for what in told if " same " in what]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_that_nodes_wait_for_their_labels_is_told(distribution):
    def told(body):
        return [gap.who for gap in plan(body, "1.34", distribution).gaps if "node.labels" in gap.what]

    assert told(EVERYTHING) == ["administrator"]
    assert told(SILENT) == []
