"""The control plane's flag files and configurations: what they say, and that components can start with them."""

import re
from pathlib import Path

import pytest
import yaml

from hardener.catalog import minor
from hardener.expand.nodes.placement import strangers
from hardener.expand.settings import authentication
from hardener.expand.settings.kubeadm import kubeadm as decided
from hardener.plan.gap import Gap
from hardener.plan.settings import Admission, Issuer
from hardener.profile import read
from hardener.rules.durations import seconds
from hardener.source import parse
from tests.control_planes import (
    BODIES,
    EVERYTHING,
    SILENT,
    VERSIONS,
    WEAK,
    artifacts,
    files,
    flags,
    plan,
    profile,
    sound_profile,
)
from tests.known import FACTS, exists
from tests.rendering import refusals, written

GOLDEN = Path(__file__).parent / "golden"
COMPONENTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
FOLDER = "/etc/kubernetes/hardener"

# What the values of flags look like, by the type that the components give.
FORMS = {
    "bool": r"true|false",
    "int": r"\d+",
    "int32": r"\d+",
    "ip": r"127\.0\.0\.1",
    "duration": r"(\d+[hms])+",
    "portRange": r"\d+-\d+",
    "string": r"\S+",
    "stringSlice": r"[^,\s]+(,[^,\s]+)*",
    "stringArray": r"\S+",
    "mapStringString": r"[^,=\s]+=[^,\s]+(,[^,=\s]+=[^,\s]+)*",
}
EXCLUSIVE = [
    ("authorization-mode", "authorization-config"),
    ("authorization-webhook-config-file", "authorization-config"),
    ("oidc-issuer-url", "authentication-config"),
]


def document(path, body=SILENT, version="1.34"):
    return yaml.load(files(body, version)[f"control-plane/{path}"], yaml.CSafeLoader)


def kubeadm(body=SILENT, version="1.34"):
    return list(yaml.load_all(files(body, version)["control-plane/kubeadm.yaml"], yaml.CSafeLoader))


def arguments(component, version):
    """Extra arguments as flags, from a list or from a mapping."""
    given = component["extraArgs"]
    if minor(version) >= 31:
        assert all(set(entry) == {"name", "value"} for entry in given)
        return {entry["name"]: entry["value"] for entry in given}
    return given


def described(artifact):
    """One artifact as the golden file has it: with all that reports will say of it."""
    lines = [f"==== {artifact.path}{' (executable)' if artifact.executable else ''}"]
    lines += [f"measure {measure}" for measure in artifact.measures]
    lines += [f"from {source}" for source in artifact.sources]
    # Scripts are held to the byte in output/, where they stand but once.
    return "\n".join([*lines, "----", "" if artifact.executable else artifact.text])


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("silent", "1.24"),
        ("silent", "1.37"),
        ("everything", "1.24"),
        ("everything", "1.29"),
        ("everything", "1.30"),
        ("everything", "1.34"),
        ("weak", "1.31"),
        ("weak", "1.36"),
    ],
)
def test_every_file_for_hosts_is_as_it_was(name, version, golden):
    texts = [described(artifact) for artifact in artifacts(BODIES[name], version)]
    golden("".join(texts), GOLDEN / f"hosts-{name}-{version}.txt")


@pytest.mark.parametrize("version", ["1.24", "1.29", "1.34"])
def test_every_flag_knows_why_it_is_set(version, golden):
    decided = plan(EVERYTHING, version)
    components = {
        "kube-apiserver": decided.settings.api_server,
        "kube-controller-manager": decided.settings.controller_manager,
        "kube-scheduler": decided.settings.scheduler,
        "etcd": decided.secrets.etcd,
    }
    lines = [
        f"{component} {flag.name}: {', '.join(flag.measures)} ({flag.source or 'always'})\n"
        for component, settings in components.items()
        for flag in settings
    ]
    golden("".join(lines), GOLDEN / f"flags-{version}.txt")


def test_what_an_issuer_or_a_webhook_does_not_say_is_left_empty():
    issuer, _ = plan(TWO_ISSUERS).settings.authentication.issuers
    assert (issuer.username_prefix, issuer.groups_claim, issuer.groups_prefix) == ("", "", "")
    (tokens,) = [each for each in plan(EVERYTHING).settings.connections if each.file == "authentication-webhook.yaml"]
    assert (tokens.certificate_authority, tokens.client_certificate, tokens.client_key) == ("", "", "")


@pytest.mark.parametrize("distribution", ["eks", "gke", "aks"])
def test_where_somebody_else_sets_the_control_plane_up_it_is_a_gap(distribution, golden):
    decided = plan(EVERYTHING, "1.34", distribution)
    assert (decided.settings, decided.secrets, decided.audit) == (None, None, None)
    assert not [path for path in files(EVERYTHING, "1.34", distribution) if path.startswith("control-plane/")]
    lines = [f"{gap.path}: {gap.what} ({gap.who})\n" for gap in decided.gaps if not gap.path.startswith("zones.")]
    golden("".join(lines), GOLDEN / f"gaps-{distribution}.txt")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("component", COMPONENTS)
def test_every_rendered_flag_exists_and_has_a_value_of_its_type(component, body, version):
    rendered = flags(body, component, version)
    assert rendered
    for name, value in rendered.items():
        assert exists(FACTS[component][name], version), name
        assert re.fullmatch(FORMS[FACTS[component][name]["type"]], value), f"{name}={value}"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_pitfall_34_flags_and_files_that_exclude_each_other_do_not_meet(body, version):
    rendered = flags(body, "kube-apiserver", version)
    assert not [pair for pair in EXCLUSIVE if set(pair) <= set(rendered)]
    anonymous = (
        "anonymous" in document("authentication-configuration.yaml", body, version)
        if ("authentication-config" in rendered)
        else False
    )
    assert not (anonymous and "anonymous-auth" in rendered)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_flag_files_are_sorted_and_name_each_flag_once(body, version):
    for component in (*COMPONENTS, "etcd"):
        lines = files(body, version)[f"control-plane/{component}.flags"].splitlines()
        names = [line.split("=")[0] for line in lines]
        assert names == sorted(set(names))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_every_file_of_ours_that_a_flag_names_is_rendered(body, version):
    named = {value for value in flags(body, "kube-apiserver", version).values() if value.startswith(FOLDER)}
    rendered = {f"{FOLDER}/{path.removeprefix('control-plane/')}" for path in files(body, version)}
    assert named
    assert named <= rendered
    kept = {path for path in rendered if path.endswith(("configuration.yaml", "policy.yaml", "webhook.yaml"))}
    assert kept <= named | {f"{FOLDER}/authorization-webhook.yaml"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_kubeadm_is_told_every_flag(body, version):
    cluster = kubeadm(body, version)[0]
    assert cluster["apiVersion"] == f"kubeadm.k8s.io/{'v1beta4' if minor(version) >= 31 else 'v1beta3'}"
    assert cluster["kubernetesVersion"] == f"stable-{version}"
    told = {
        "kube-apiserver": cluster["apiServer"],
        "kube-controller-manager": cluster["controllerManager"],
        "kube-scheduler": cluster["scheduler"],
        "etcd": cluster["etcd"]["local"],
    }
    for component, part in told.items():
        assert arguments(part, version) == flags(body, component, version)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_pitfall_23_every_path_that_the_api_server_reads_is_mounted(body, version):
    volumes = kubeadm(body, version)[0]["apiServer"]["extraVolumes"]
    mounted = [volume["mountPath"] for volume in volumes] + ["/etc/kubernetes/pki"]
    texts = [text for path, text in files(body, version).items() if path.endswith(("flags", "webhook.yaml"))]
    texts.append(files(body, version)["control-plane/encryption-configuration.yaml"])
    lines = [line for text in texts for line in text.splitlines() if not line.startswith("#")]
    named = {path for line in lines for path in re.findall(r"(?:[=:] ?|unix://)((?:/[\w.-]+){2,})", line)}
    needed = {path for path in named if not path.startswith("/var/lib/kubelet")}
    assert "/etc/kubernetes/hardener/audit-policy.yaml" in needed
    assert not [path for path in needed if not any(path == each or path.startswith(f"{each}/") for each in mounted)]
    assert all(volume["hostPath"] == volume["mountPath"] for volume in volumes)
    assert [volume["name"] for volume in volumes if not volume["readOnly"]] == ["audit-log"]
    assert len({volume["name"] for volume in volumes}) == len(volumes)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_pitfall_04_a_list_of_admission_plugins_keeps_kubeadms_node_restriction(body, version):
    plugins = arguments(kubeadm(body, version)[0]["apiServer"], version)["enable-admission-plugins"].split(",")
    assert "NodeRestriction" in plugins
    assert ("PodSecurityPolicy" in plugins) == (version == "1.24")
    assert all(exists(FACTS["admission-plugins"][plugin], version) for plugin in plugins)


# What kubeadm 1.24 and 1.36 start the control plane with, of what hardener sets as well
# (cmd/kubeadm/app/phases/controlplane/manifests.go and etcd/local.go).
PKI = "/etc/kubernetes/pki"
KUBEADMS_OWN = {
    "kube-apiserver": {
        "client-ca-file": f"{PKI}/ca.crt",
        "etcd-cafile": f"{PKI}/etcd/ca.crt",
        "etcd-certfile": f"{PKI}/apiserver-etcd-client.crt",
        "etcd-keyfile": f"{PKI}/apiserver-etcd-client.key",
        "kubelet-client-certificate": f"{PKI}/apiserver-kubelet-client.crt",
        "kubelet-client-key": f"{PKI}/apiserver-kubelet-client.key",
        "service-account-key-file": f"{PKI}/sa.pub",
        "service-account-signing-key-file": f"{PKI}/sa.key",
        "tls-cert-file": f"{PKI}/apiserver.crt",
        "tls-private-key-file": f"{PKI}/apiserver.key",
    },
    "kube-controller-manager": {
        "bind-address": "127.0.0.1",
        "root-ca-file": f"{PKI}/ca.crt",
        "service-account-private-key-file": f"{PKI}/sa.key",
        "use-service-account-credentials": "true",
    },
    "kube-scheduler": {"bind-address": "127.0.0.1"},
    "etcd": {
        "cert-file": f"{PKI}/etcd/server.crt",
        "client-cert-auth": "true",
        "key-file": f"{PKI}/etcd/server.key",
        "peer-cert-file": f"{PKI}/etcd/peer.crt",
        "peer-client-cert-auth": "true",
        "peer-key-file": f"{PKI}/etcd/peer.key",
        "peer-trusted-ca-file": f"{PKI}/etcd/ca.crt",
        "trusted-ca-file": f"{PKI}/etcd/ca.crt",
    },
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("component", KUBEADMS_OWN)
def test_nothing_that_kubeadm_says_is_unsaid(component, body, version):
    """An argument of ours replaces kubeadm's: where both name one, they agree, or ours is wider on purpose."""
    told, own = flags(body, component, version), KUBEADMS_OWN[component]
    assert {name: told[name] for name in own} == own
    if component == "kube-apiserver":
        assert "front-proxy-client" in told.get("requestheader-allowed-names", "front-proxy-client").split(",")
        chain = told.get("authorization-mode")
        if chain is None:
            authorizers = document("authorization-configuration.yaml", body, version)["authorizers"]
            chain = ",".join(each["type"] for each in authorizers)
        assert {"Node", "RBAC"} <= set(chain.split(","))


def joining(version, tokens):
    """The header of kubeadm's file, and the gaps that speak of a node that joins."""
    body = f"controlPlane: {{authentication: {{bootstrapTokens: {tokens}}}}}\n"
    text = files(body, version)["control-plane/kubeadm.yaml"]
    told = [gap for gap in plan(body, version).gaps if "kubeadm init" in gap.what]
    return text.partition("apiVersion")[0], [(gap.path.rpartition(".")[2], gap.who) for gap in told]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_node_that_has_no_token_joins_with_a_certificate(version):
    header, told = joining(version, "false")
    assert "kubeadm join --discovery-file FILE" in header
    assert "--org system:bootstrappers:kubeadm:default-node-token" in header
    assert "--token" not in header
    assert told == [("bootstrapTokens", "administrator")]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_node_that_has_a_token_shows_it_before_it_asks_where_nobody_without_a_name_is_answered(version):
    """kubeadm tries again after 401 until it gives up: a discovery file without credentials is of no use."""
    header, told = joining(version, "true")
    closed = "cluster-info" not in "".join(gap.what for gap in plan(SILENT, version).gaps)
    assert closed == (minor(version) >= 32)
    assert ("kubeadm join --discovery-file FILE" in header) == ("--token TOKEN" in header) == closed
    assert "--org" not in header
    assert told == ([("anonymous", "administrator")] if closed else [])


def test_kubeadm_is_told_the_networks_and_the_port():
    cluster, *rest = kubeadm(EVERYTHING)
    assert cluster["networking"] == {"podSubnet": "10.244.0.0/16", "serviceSubnet": "10.96.0.0/12"}
    assert [part["kind"] for part in rest] == ["InitConfiguration", "KubeletConfiguration"]
    assert rest[0] == {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "InitConfiguration",
        "localAPIEndpoint": {"bindPort": 8443},
    }
    assert [part["kind"] for part in kubeadm(SILENT)] == ["ClusterConfiguration", "KubeletConfiguration"]


def test_networks_that_the_profile_does_not_give_are_kubeadms():

    def told(networks):
        head, _, tail = written(SILENT).partition("networks:")
        rest = tail.partition("\n")[2].splitlines(keepends=True)
        kept = "".join(line for line in rest if not line.startswith("    "))
        answer = decided(read(parse(f"{head}networks: {{{networks}}}\n{kept}", "profile.yaml")))
        return answer.pod_subnet, answer.service_subnet

    assert told("nodes: [192.168.0.0/24]") == ("", "")
    assert told("pods: [10.1.0.0/16, 'fd00:1::/64'], services: [10.2.0.0/16]") == (
        "10.1.0.0/16,fd00:1::/64",
        "10.2.0.0/16",
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_kubeadms_kubelets_are_hardened_and_have_no_taint(version):
    kubelet = kubeadm(EVERYTHING, version)[-1]
    assert kubelet["kind"] == "KubeletConfiguration"
    assert kubelet["authentication"]["anonymous"]["enabled"] is False
    assert kubelet["readOnlyPort"] == 0
    assert "registerWithTaints" not in kubelet


@pytest.mark.parametrize("version", VERSIONS)
def test_pitfall_02_the_plugin_that_limits_events_is_never_without_limits(version):
    configured = {
        plugin["name"]: plugin["configuration"]
        for plugin in document("admission-configuration.yaml", SILENT, version)["plugins"]
    }
    limits = configured["EventRateLimit"]["limits"]
    assert {limit["type"] for limit in limits} == {"Namespace", "User"}
    assert all(limit["qps"] > 0 and limit["burst"] > 0 for limit in limits)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_namespace_that_nobody_labelled_is_restricted(version):
    plugins = {
        plugin["name"]: plugin["configuration"]
        for plugin in document("admission-configuration.yaml", EVERYTHING, version)["plugins"]
    }
    security = plugins["PodSecurity"]
    # At 1.24 a PodSecurityPolicy decides, and nobody may use one in such a namespace.
    assert security["defaults"]["enforce"] == ("privileged" if version == "1.24" else "restricted")
    assert security["defaults"]["audit"] == security["defaults"]["warn"] == "restricted"
    assert {value for key, value in security["defaults"].items() if key.endswith("version")} == {f"v{version}"}
    assert security["exemptions"] == {
        "namespaces": ["calico-system", "kube-system"],
        "runtimeClasses": [],
        "usernames": [],
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_pitfall_01_anonymous_requests_reach_the_health_paths_that_kubeadms_probes_need_and_no_other(version):
    rendered = flags(SILENT, "kube-apiserver", version)
    gaps = [gap for gap in plan(SILENT, version).gaps if gap.path == "controlPlane.authentication.anonymous"]
    assert "anonymous-auth" not in rendered
    if minor(version) < 32:
        assert "authentication-config" not in rendered
        assert [gap.who for gap in gaps] == ["administrator"]
        assert "/version" in gaps[0].what
        assert "cluster-info" in gaps[0].what
        return
    configured = document("authentication-configuration.yaml", SILENT, version)
    assert configured["anonymous"] == {
        "enabled": True,
        "conditions": [{"path": "/healthz"}, {"path": "/livez"}, {"path": "/readyz"}],
    }
    assert "jwt" not in configured
    assert gaps == []


@pytest.mark.parametrize("version", ["1.31", "1.32"])
def test_no_anonymous_request_is_answered_where_the_profile_says_so(version):

    asked = profile("controlPlane: {authentication: {anonymous: false}}\n", version, "k3s")
    assert authentication.choices(asked)["anonymous-auth"].value == "false"
    assert authentication.authentication(asked) is None
    assert list(authentication.gaps(asked)) == []


def test_before_paths_could_be_named_nobody_without_a_name_is_answered_where_no_probe_needs_it():

    assert authentication.choices(profile(SILENT, "1.31", "k3s"))["anonymous-auth"].value == "false"
    assert "anonymous-auth" not in authentication.choices(profile(SILENT, "1.32", "k3s"))
    assert list(authentication.gaps(profile(SILENT, "1.31", "k3s"))) == []


@pytest.mark.parametrize("version", [version for version in VERSIONS if minor(version) >= 30])
def test_tokens_cannot_name_users_or_groups_of_kubernetes_own(version):
    (issuer,) = document("authentication-configuration.yaml", EVERYTHING, version)["jwt"]
    assert issuer["claimMappings"] == {
        "username": {"claim": "email", "prefix": "staff:"},
        "groups": {"claim": "groups", "prefix": "teams:"},
    }
    assert issuer["issuer"] == {
        "url": "https://login.example.com/realm",
        "certificateAuthority": sound_profile(EVERYTHING).control_plane.authentication.oidc[0].certificate_authority,
        "audiences": ["kubernetes"],
    }
    assert issuer["claimValidationRules"] == [
        {"claim": "acr", "requiredValue": "2"},
        {"claim": "hd", "requiredValue": "example.com"},
    ]
    own = (
        "NAME.startsWith('system:') || NAME.startsWith('hardener:') || NAME.startsWith('kubeadm:') || "
        "NAME in ['kube-apiserver-kubelet-client']"
    )
    assert [rule["expression"] for rule in issuer["userValidationRules"]] == [
        f"!({own.replace('NAME', 'user.username')})",
        f"user.groups.all(group, !({own.replace('NAME', 'group')}))",
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_who_vouches_for_an_issuer_is_in_a_file_that_flags_name_or_in_the_configuration_itself(version):
    by_flags = minor(version) < 30
    assert ("oidc-ca-file" in flags(EVERYTHING, "kube-apiserver", version)) == by_flags
    assert ("control-plane/oidc-ca.crt" in files(EVERYTHING, version)) == by_flags
    if by_flags:
        text = files(EVERYTHING, version)["control-plane/oidc-ca.crt"]
        assert text.splitlines()[0] == "-----BEGIN CERTIFICATE-----"
        assert text.endswith("-----END CERTIFICATE-----\n")


def prefixed(prefix):
    """A profile whose one issuer puts `prefix` before every name."""
    issuer = f'issuer: "https://a.example.com", audiences: [a], groupsClaim: groups, usernamePrefix: "{prefix}"'
    return f'controlPlane: {{authentication: {{oidc: [{{{issuer}, groupsPrefix: "{prefix}"}}]}}}}\n'


@pytest.mark.parametrize("version", ["1.29", "1.30"])
@pytest.mark.parametrize("length", range(1, len("system:masters") + 1))
def test_no_prefix_is_the_beginning_of_a_name_of_kubernetes_own(length, version):
    """Before 1.30 a claim could give the rest of system:; from then on the file refuses the whole."""
    refused = version == "1.29" or length >= len("system:")
    places = [f"controlPlane.authentication.oidc.0.{key}" for key in ("usernamePrefix", "groupsPrefix")]
    expected = [("settings.prefix", place) for place in places if refused]
    assert refusals(prefixed("system:masters"[:length]), version=version) == expected


@pytest.mark.parametrize("prefix", ["kubeadm:", "kubeadm:cluster-", "hardener:", "hardener:serving-approver"])
@pytest.mark.parametrize("version", ["1.24", "1.29", "1.30", "1.37"])
def test_no_prefix_makes_a_user_of_one_whom_the_cluster_itself_trusts(prefix, version):
    assert [rule for rule, _ in refusals(prefixed(prefix), version=version)] == ["settings.prefix"] * 2


@pytest.mark.parametrize("prefix", ["sy:", "systems", "staff:system:", "System:"])
def test_a_prefix_that_no_name_of_kubernetes_own_begins_with_is_taken(prefix):
    assert refusals(prefixed(prefix), version="1.29") == []


TWO_ISSUERS = """\
controlPlane:
  authentication:
    oidc:
      - {issuer: "https://b.example.com", audiences: [two, one, two]}
      - {issuer: "https://a.example.com", audiences: [three]}
"""


def test_issuers_are_sorted_and_have_no_prefix_unless_it_is_set():
    first, second = document("authentication-configuration.yaml", TWO_ISSUERS)["jwt"]
    assert first["issuer"] == {"url": "https://a.example.com", "audiences": ["three"]}
    assert second["issuer"] == {
        "url": "https://b.example.com",
        "audiences": ["one", "two"],
        "audienceMatchPolicy": "MatchAny",
    }
    assert first["claimMappings"] == {"username": {"claim": "sub", "prefix": ""}}
    assert "claimValidationRules" not in first


@pytest.mark.parametrize("version", VERSIONS)
def test_a_webhook_that_authorizes_is_asked_in_its_place(version):
    rendered = flags(EVERYTHING, "kube-apiserver", version)
    if minor(version) < 30:
        assert rendered["authorization-mode"] == "Node,Webhook,RBAC"
        assert rendered["authorization-webhook-version"] == "v1"
        return
    configured = document("authorization-configuration.yaml", EVERYTHING, version)
    assert [(entry["type"], entry["name"]) for entry in configured["authorizers"]] == [
        ("Node", "node"),
        ("Webhook", "webhook"),
        ("RBAC", "rbac"),
    ]
    assert configured["authorizers"][1]["webhook"] == {
        "authorizedTTL": "1m",
        "unauthorizedTTL": "10s",
        "timeout": "5s",
        "subjectAccessReviewVersion": "v1",
        "matchConditionSubjectAccessReviewVersion": "v1",
        "failurePolicy": "Deny",
        "connectionInfo": {"type": "KubeConfigFile", "kubeConfigFile": f"{FOLDER}/authorization-webhook.yaml"},
    }
    assert all("webhook" not in configured["authorizers"][number] for number in (0, 2))


def asking(webhook):
    """A profile that asks a webhook as well."""
    return f"""\
controlPlane:
  authorization:
    chain: [Node, RBAC, Webhook]
    webhook: {{server: "https://rights.example.com"{webhook}}}
"""


@pytest.mark.parametrize(
    ("version", "timeout", "refused"),
    [
        ("1.29", "3s", ["settings.authorization"]),
        ("1.29", "31s", ["settings.authorization", "settings.duration"]),
        ("1.30", "0s", ["settings.duration"]),
        ("1.30", "1s", []),
        ("1.30", "30s", []),
        ("1.30", "31s", ["settings.duration"]),
    ],
)
def test_a_webhook_that_authorizes_answers_in_a_time_that_its_version_can_be_told(version, timeout, refused):
    found = refusals(asking(f", timeout: {timeout}"), version=version)
    assert sorted(found) == [(rule, "controlPlane.authorization.webhook.timeout") for rule in refused]
    assert refusals(asking(""), version=version) == []


def test_a_webhook_that_authorizes_has_three_seconds_unless_the_profile_says_otherwise():
    webhook = document("authorization-configuration.yaml", asking(""))["authorizers"][2]["webhook"]
    assert webhook["timeout"] == "3s"


@pytest.mark.parametrize("version", ["1.24", "1.34"])
def test_what_a_webhook_allows_is_a_gap(version):
    def told(body):
        return [gap.who for gap in plan(body, version).gaps if gap.path == "controlPlane.authorization.chain"]

    assert told(asking("")) == ["administrator"]
    assert told(SILENT) == []
    assert "webhook allows" in "".join(gap.what for gap in plan(asking(""), version).gaps)


def test_a_kubeconfig_names_files_and_holds_none():
    audit = document("audit-webhook.yaml", EVERYTHING)
    assert audit["clusters"][0]["cluster"] == {
        "server": "https://audit.example.com/k8s",
        "certificate-authority": "/etc/kubernetes/pki/audit-ca.crt",
    }
    assert audit["users"][0]["user"] == {
        "client-certificate": "/srv/audit/client.crt",
        "client-key": "/srv/audit/client.key",
    }
    tokens = document("authentication-webhook.yaml", EVERYTHING)
    assert tokens["clusters"][0]["cluster"] == {"server": "https://tokens.example.com"}
    assert tokens["users"][0]["user"] == {}
    assert tokens["contexts"][0]["context"] == {"cluster": "webhook", "user": "api-server"}
    assert tokens["current-context"] == tokens["contexts"][0]["name"]


@pytest.mark.parametrize("version", VERSIONS)
def test_kubelets_certificates_are_checked_only_where_they_are_asked_for(version):
    for body, checked in ((SILENT, True), (WEAK, False)):
        rendered = flags(body, "kube-apiserver", version)
        kubelet = kubeadm(body, version)[-1]
        assert ("kubelet-certificate-authority" in rendered) == checked
        assert kubelet["serverTLSBootstrap"] == checked
        paths = [gap.path for gap in plan(body, version).gaps]
        assert ("controlPlane.rotation.servingCertificates" in paths) == checked


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_timeout_is_unreadable(body):
    assert seconds(flags(body, "kube-apiserver")["request-timeout"]) in (30, 60)


@pytest.mark.parametrize(
    ("requests", "refused"),
    [
        ("inflight: 50, mutating: 25, timeout: 10s", []),
        ("inflight: 49", [("settings.requests", "controlPlane.requests.inflight")]),
        ("mutating: 24", [("settings.requests", "controlPlane.requests.mutating")]),
        ("timeout: 9s", [("settings.duration", "controlPlane.requests.timeout")]),
    ],
)
def test_an_api_server_that_serves_nobody_is_refused(requests, refused):
    assert refusals(f"controlPlane: {{requests: {{{requests}}}}}\n") == refused


@pytest.mark.parametrize(
    ("chain", "refused"),
    [
        ("Node, RBAC", False),
        ("Node, RBAC, Webhook", False),
        ("Node, Webhook, RBAC", True),
        ("RBAC, Node, Webhook", True),
        ("Webhook, RBAC, Node", True),
    ],
)
def test_nodes_are_asked_about_first_and_a_webhook_last(chain, refused):
    webhook = ', webhook: {server: "https://rights.example.com"}' if "Webhook" in chain else ""
    body = f"controlPlane: {{authorization: {{chain: [{chain}]{webhook}}}}}\n"
    assert refusals(body) == [("settings.weak", "controlPlane.authorization.chain")] * refused


def test_an_api_server_takes_what_one_of_thousands_of_nodes_takes():
    assert refusals("controlPlane: {requests: {inflight: 3000, mutating: 1000}}\n") == []


@pytest.mark.parametrize(
    "registry",
    [
        "docker.io/",
        "quay.io/shop/",
        "localhost:5000/",
        "docker.io/library/nginx",
        "[fd00::1]:5000/a__b/c",
        "r.io/a:1.2",
    ],
)
def test_a_registry_by_which_images_can_run_is_taken(registry):
    assert refusals(f'zones: {{apps: {{trust: 50, registries: ["{registry}"]}}}}\n') == []


def test_the_profile_that_asks_for_everything_is_sound():
    assert sound_profile(EVERYTHING).control_plane.encryption.provider == "kms"


def test_gaps_are_sorted_and_name_who_must_act():
    gaps = plan(SILENT, "1.31").gaps
    assert [gap.path for gap in gaps] == [
        "cluster.apiServer",
        "cluster.cni",
        "cluster.systemNamespaces",
        "controlPlane.audit.level",
        "controlPlane.audit.log.dailySize",
        "controlPlane.authentication.anonymous",
        "controlPlane.authentication.bootstrapTokens",
        "controlPlane.rotation.servingCertificates",
    ]
    assert all(isinstance(gap, Gap) and gap.who in ("administrator", "nobody yet") for gap in gaps)


def test_an_issuer_without_an_audience_cannot_be_planned():
    with pytest.raises(ValueError, match="has no audience"):
        Issuer(
            url="https://a.example.com",
            certificate_authority="",
            audiences=(),
            username_claim="sub",
            username_prefix="",
            groups_claim="",
            groups_prefix="",
            required_claims=(),
        )


def test_limits_that_are_empty_cannot_be_planned():
    with pytest.raises(ValueError, match="EventRateLimit without limits"):
        Admission(
            pod_security_api_version="v1",
            enforce="restricted",
            preview="restricted",
            version="v1.34",
            exempt_namespaces=(),
            limits=(),
            strangers=strangers(),
        )


@pytest.mark.parametrize("version", VERSIONS)
def test_pitfall_03_the_flag_that_scanners_read_says_who_authorizes_unless_a_webhook_needs_the_file(version):
    """kube-bench 1.2.6 to 1.2.8 read --authorization-mode; the STIG wants Node before RBAC."""
    silent = flags(SILENT, "kube-apiserver", version)
    assert silent["authorization-mode"] == "Node,RBAC"
    assert "authorization-config" not in silent
    asked = flags(asking(""), "kube-apiserver", version)
    assert ("authorization-config" in asked) == ("authorization-mode" not in asked) == (minor(version) >= 30)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_pitfall_07_every_component_is_told_tls_in_its_own_words(body, version):
    """Older names of CHACHA20, which scanners know; etcd's own names of versions, and no suites beside TLS 1.3."""
    kubernetes = [flags(body, component, version) for component in COMPONENTS]
    etcd = flags(body, "etcd", version)
    assert {told["tls-min-version"] for told in kubernetes} <= {"VersionTLS12", "VersionTLS13"}
    assert etcd.get("tls-min-version", "TLS1.2") in ("TLS1.2", "TLS1.3")
    for told, suites in [*((told, "tls-cipher-suites") for told in kubernetes), (etcd, "cipher-suites")]:
        newest = told.get("tls-min-version", "").endswith("3")
        assert not (newest and suites in told)
        assert not re.search("CHACHA20_POLY1305_SHA256", told.get(suites, ""))
    chosen = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305"
    assert chosen in flags(SILENT, "kube-apiserver", version)["tls-cipher-suites"].split(",")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_pitfall_19_a_scheduler_reads_its_flags_because_it_has_no_configuration_file(body, version):
    """With --config, --profiling is ignored without a word."""
    rendered = flags(body, "kube-scheduler", version)
    assert rendered["profiling"] == "false"
    assert "config" not in rendered
