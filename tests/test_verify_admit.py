"""Would the cluster take a pod? The standards by their own examples, each plugin's words, and the command."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from hardener.catalog.pod_fields import pod_fields
from hardener.cli import main
from hardener.profile import Profile
from hardener.verify.admission import Admission, UnreadableError, Verdict, shape
from hardener.verify.admission.asked import asked
from hardener.verify.admission.pod_security import Standard, checks, plugin, standard, violations
from hardener.verify.admission.pod_security.labels import unreadable
from hardener.verify.answer import Reason
from hardener.verify.written import read
from tests import rendering
from tests.pod_security_examples import examples
from tests.pods_at_random import base
from tests.pods_judged import BODY, pod
from tests.verifying import PROFILES, Files, edit, rendered

Pod = dict[str, Any]

RESTRICTED = "pod-security.kubernetes.io/enforce"


def published() -> list[tuple[str, int, bool, Pod]]:
    """Every example of the standards: level, minor, whether it passes, and the pod."""
    return [
        (key.partition("/")[0], version, verdict == "pass", each)
        for version in range(38)
        for verdict in ("pass", "fail")
        for key, each in examples(f"1.{version}", verdict).items()
    ]


def test_every_example_of_the_standards_is_judged_as_its_makers_say() -> None:
    """And each check is needed: there is an example that nothing else finds, unless it is on the host anyway."""
    found = [(passes, violations(level, version, each)) for level, version, passes, each in published()]

    assert len(found) > 4500
    assert [broken for passes, broken in found if passes is bool(broken)] == []
    alone = {broken[0].check for _, broken in found if len(broken) == 1}
    assert alone == {check.name for check in checks.CHECKS} - {"windowsHostProcess"}


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, "baseline:v1.30"),
        ({"enforce": "restricted"}, "restricted:v1.30"),
        ({"enforce-version": "latest"}, "baseline:latest"),
        ({"enforce": "privileged", "enforce-version": "v1.9"}, "privileged:v1.9"),
        ({"enforce": "Restricted"}, "restricted:v1.30"),
        ({"enforce": "none"}, "restricted:v1.30"),
        ({"enforce": ""}, "restricted:v1.30"),
        ({"enforce-version": "1.30"}, "baseline:latest"),
        ({"enforce-version": "v1.30.1"}, "baseline:latest"),
        ({"enforce-version": "v1.05"}, "baseline:latest"),
        ({"audit": "privileged", "warn": "privileged"}, "baseline:v1.30"),
    ],
)
def test_what_a_namespace_asks_by_its_labels(labels: dict[str, str], expected: str) -> None:
    said = {f"pod-security.kubernetes.io/{key}": value for key, value in labels.items()}

    assert str(standard(said, Standard(level="baseline", version=30))) == expected


def test_labels_for_which_no_namespace_is_created() -> None:
    assert unreadable({RESTRICTED: "restricted", f"{RESTRICTED}-version": "v1.0"}) == ()
    assert unreadable({RESTRICTED: "strict", "pod-security.kubernetes.io/warn-version": "1.30"}) == (
        RESTRICTED,
        "pod-security.kubernetes.io/warn-version",
    )


def test_a_version_that_a_server_does_not_know_is_its_newest() -> None:
    probing = base()
    probing["spec"]["containers"][0]["livenessProbe"] = {"tcpSocket": {"port": 80, "host": "192.0.2.1"}}
    for version in ("v1.34", "v1.99", "latest"):
        labels = {RESTRICTED: "baseline", f"{RESTRICTED}-version": version}
        for minor in (33, 34):
            broken = plugin.PodSecurity(minor=minor).broken(probing, "x", labels, "ann")
            assert [each.check for each in broken] == ["hostProbesAndHostLifecycle"] * (minor == 34)


def configured(**said: Any) -> plugin.PodSecurity:
    kind = {"apiVersion": "pod-security.admission.config.k8s.io/v1", "kind": "PodSecurityConfiguration"}
    return plugin.read(kind | said, 34)


def test_who_is_exempt_from_the_standards() -> None:
    exempt = {"namespaces": ["system"], "usernames": ["robot"], "runtimeClasses": ["vm"]}
    asked = configured(defaults={"enforce": "baseline", "enforce-version": "v1.30"}, exemptions=exempt)
    shared = pod(hostNetwork=True)

    assert [each.says for each in asked.broken(shared, "web", {}, "ann")] == ["hostNetwork: true"]
    assert asked.broken(shared, "web", {RESTRICTED: "privileged"}, "ann") == ()
    assert asked.broken(shared, "system", {RESTRICTED: "restricted"}, "ann") == ()
    assert asked.broken(shared, "web", {}, "robot") == ()
    assert asked.broken(pod(hostNetwork=True, runtimeClassName="vm"), "web", {}, "ann") == ()
    assert configured().broken(shared, "web", {}, "ann") == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"defaults": {"enforce": "strict"}},
        {"defaults": {"enforce-version": "1.30"}},
        {"defaults": {"deny": "restricted"}},
        {"exemptions": {"groups": ["everybody"]}},
        {"kind": "Else"},
    ],
)
def test_a_configuration_that_nobody_understands_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(plugin.UnreadableError):
        configured(**wrong)


def test_which_changes_of_a_pod_the_standards_look_at() -> None:
    before = pod()
    assert not plugin.significant(pod(), before)
    assert not plugin.significant(pod(annotations={"a": "b"}, tolerations=[{"operator": "Exists"}]), before)
    assert plugin.significant(pod(container={"image": "nginx"}), before)
    assert plugin.significant(pod(ephemeralContainers=[{"name": "debug", "image": "sh"}]), before)


def admission(files: Files, profile: Profile) -> Admission:
    return Admission.read(read(files)[0], profile.cluster)


def admitted(namespace: str, each: Pod, *changes: Any, profile: str = "shop-prod") -> Verdict:
    """What becomes of a pod in a namespace of a profile whose output somebody changed."""
    files, wanted = rendered(profile)
    for change in changes:
        change(files)
    return admission(files, wanted).admit(each, namespace)


def said(verdict: Verdict) -> list[str]:
    return [reason.message for reason in verdict.refusals]


SERVER = "control-plane/kube-apiserver.flags"
CONFIGURATION = "control-plane/admission-configuration.yaml"
SHOP = "manifests/namespaces/shop-api/"
PLUGINS = "--enable-admission-plugins="


def good(**spec: Any) -> Pod:
    each = base()
    return each | {"spec": each["spec"] | spec}


def with_container(**fields: Any) -> Pod:
    each = base()
    each["spec"]["containers"][0] |= fields
    return each


def test_a_good_pod_is_admitted_and_completed() -> None:
    verdict = admitted("shop-api", good())

    assert (verdict.admitted, said(verdict)) == (True, [])
    assert verdict.pod["spec"]["nodeSelector"] == {"node-restriction.kubernetes.io/pool": "shared"}
    assert verdict.pod["spec"]["containers"][0]["imagePullPolicy"] == "Always"
    assert verdict.pod["status"] == {"phase": "Pending", "qosClass": "Burstable"}
    assert verdict.not_judged == ("webhooks of others",)


REFUSED = {
    "LimitRanger: container main may use more cpu than 2": with_container(resources={"limits": {"cpu": "3"}}),
    "LimitRanger: container main asks for less memory than 1Mi": with_container(
        resources={"requests": {"memory": "1000Ki"}}
    ),
    "PodNodeSelector: the pod selects nodes by node-restriction.kubernetes.io/pool=cards, its namespace by "
    "node-restriction.kubernetes.io/pool=shared": good(nodeSelector={"node-restriction.kubernetes.io/pool": "cards"}),
    "PodTolerationRestriction: the pod may not tolerate every taint": good(tolerations=[{"operator": "Exists"}]),
    "PodTolerationRestriction: the pod may not tolerate a=b:NoSchedule": good(
        tolerations=[{"key": "a", "value": "b", "effect": "NoSchedule"}]
    ),
    "Priority: a pod of the priority class none has the priority 0": good(priority=7),
    "Priority: the preemption policy is the class's, and not Never": good(preemptionPolicy="Never"),
    "RuntimeClass: a pod has no overhead but that of its runtime class": good(overhead={"cpu": "1"}),
    "PodSecurity restricted:v1.34: hostPath in volume v (restrictedVolumes)": good(
        volumes=[{"name": "v", "hostPath": {"path": "/"}}]
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_each_plugin_says_why(message: str) -> None:
    assert message.replace("hostPath in volume v", "hostPath in volume v") in said(
        admitted("shop-api", REFUSED[message])
    )


def test_what_nobody_sees_is_named() -> None:
    asked = good(runtimeClassName="vm", priorityClassName="gold", serviceAccountName="late", hostUsers=False)
    files, profile = rendering.files(BODY, version="1.30"), rendering.profile(BODY, version="1.30")
    edit(SERVER, PLUGINS, f"{PLUGINS}ImagePolicyWebhook,AlwaysDeny,Mystery,")(files)

    assert admission(files, profile).admit(asked, "plain", groups=("system:nodes",)).not_judged == (
        "the API server's plugin AlwaysDeny",
        "the image verifier of ImagePolicyWebhook",
        "webhooks of others",
        "the API server's plugin Mystery",
        "the API server's plugin NodeRestriction",
        "spec.hostUsers: Kubernetes 1.30 does not know it, and forgets it",
        "ServiceAccount plain/late: it is not in these files, and may not exist",
        "PriorityClass gold: whether it exists, and what it gives",
        "RuntimeClass vm: whether it exists, and which nodes and overhead it brings",
    )


LIMITS = """
apiVersion: v1
kind: LimitRange
metadata: {name: more, namespace: shop-api}
spec:
  limits:
    - type: Pod
      max: {memory: 1Gi}
    - type: Container
      min: {example.com/gpu: 1}
      maxLimitRequestRatio: {cpu: 4}
    - type: PersistentVolumeClaim
      max: {storage: 1Gi}
"""
QUOTA = """
apiVersion: v1
kind: ResourceQuota
metadata: {name: more, namespace: shop-api}
spec:
  hard: {limits.cpu: 1, pods: 0, example.com/gpu: 1}
  scopes: [SCOPE]
"""


def test_limits_and_quotas_that_somebody_added_hold() -> None:
    def add(files: Files) -> None:
        files[f"{SHOP}more.yaml"] = LIMITS

    assert said(admitted("shop-api", good(), add)) == [
        "LimitRanger: the pod may use more memory than 1Gi",
        "LimitRanger: container main may use more than 4 times the cpu that it asks for",
    ]
    greedy = with_container(resources={"limits": {"cpu": "0"}, "requests": {"example.com/gpu": 0}})
    assert "LimitRanger: container main asks for less example.com/gpu than 1" in said(admitted("shop-api", greedy, add))
    assert "LimitRanger: container main has no limit and request of cpu, whose ratio must be 4 at most" in said(
        admitted("shop-api", greedy, add)
    )


@pytest.mark.parametrize(
    ("scope", "holds"),
    [("NotBestEffort", True), ("BestEffort", False), ("Terminating", False), ("NotTerminating", True)],
)
def test_a_quota_holds_within_its_scope(scope: str, holds: bool) -> None:
    def add(files: Files) -> None:
        files[f"{SHOP}more.yaml"] = QUOTA.replace("SCOPE", scope)

    expected = [
        "ResourceQuota: the pod alone takes more limits.cpu than 1",
        "ResourceQuota: the pod alone takes more pods than 0",
    ]
    assert said(admitted("shop-api", good(), add)) == (expected if holds else [])


def test_a_quota_makes_a_container_say_what_it_wants() -> None:
    def without_limits(files: Files) -> None:
        files[f"{SHOP}quotas.yaml"] = files[f"{SHOP}quotas.yaml"].partition("---\n")[0]

    assert said(admitted("shop-api", good(), without_limits)) == [
        "ResourceQuota: container main must say how much requests.cpu it wants",
        "ResourceQuota: container main must say how much requests.memory it wants",
    ]


def test_a_quota_for_some_priorities_is_not_understood() -> None:
    def add(files: Files) -> None:
        selector = "{matchExpressions: [{scopeName: PriorityClass, operator: Exists}]}"
        files[f"{SHOP}more.yaml"] = QUOTA.replace("scopes: [SCOPE]", f"scopeSelector: {selector}")

    (problem,) = admitted("shop-api", good(), add).unknown
    assert (problem.object, problem.line) == ("ResourceQuota shop-api/more", 7)
    assert problem.message == "nobody here knows whether its scopes hold for this pod"


ANNOTATIONS = "  annotations:\n"


@pytest.mark.parametrize(
    ("said_there", "message"),
    [
        ('scheduler.alpha.kubernetes.io/node-selector: "a"', "the node selector of its namespace cannot be read"),
        ('scheduler.alpha.kubernetes.io/defaultTolerations: "{"', "defaultTolerations of its namespace cannot be read"),
        (
            'scheduler.alpha.kubernetes.io/tolerationsWhitelist: "[{\\"a\\": 1}]"',
            "Whitelist of its namespace cannot be",
        ),
        (
            'scheduler.alpha.kubernetes.io/tolerationsWhitelist: "[{\\"key\\": \\"x\\"}]"',
            "may not tolerate node.kubernetes",
        ),
    ],
)
def test_annotations_of_a_namespace_that_let_no_pod_in(said_there: str, message: str) -> None:
    labels = "    pod-security.kubernetes.io/warn-version: v1.34\n"
    change = edit(f"{SHOP}namespace.yaml", labels, f"{labels}{ANNOTATIONS}    {said_there}\n")

    verdict = admitted("shop-api", good(), change)

    assert message in verdict.refusals[0].message
    assert (verdict.refusals[0].file, verdict.refusals[0].line) == (f"{SHOP}namespace.yaml", 17)


def test_selectors_that_a_namespace_may_use() -> None:
    change = edit(
        CONFIGURATION, "podNodeSelectorPluginConfig:\n", 'podNodeSelectorPluginConfig:\n        shop-api: "disk=ssd"\n'
    )

    assert said(admitted("shop-api", good(), change)) == [
        "the pod selects nodes by node-restriction.kubernetes.io/pool=shared, which its namespace may not"
    ]


@pytest.mark.parametrize(
    "change",
    [
        edit(CONFIGURATION, "podNodeSelectorPluginConfig:\n", "podNodeSelectorPluginConfig: []\n      ignored:\n"),
        edit(CONFIGURATION, "      whitelist:\n", "      blacklist:\n"),
        edit(CONFIGURATION, "        enforce: restricted\n", "        enforce: strict\n"),
        edit(CONFIGURATION, "plugins:\n", "plugin:\n"),
        edit(CONFIGURATION, "plugins:\n", "plugins: [\n"),
        edit(CONFIGURATION, "plugins:\n", "plugins:\n  - {name: LimitRanger, path: elsewhere.yaml}\n"),
    ],
)
def test_a_configuration_that_nobody_understands_ends_the_answer(change: Any) -> None:
    with pytest.raises(UnreadableError) as found:
        admitted("shop-api", good(), change)
    assert found.value.finding.file == CONFIGURATION


def test_a_plugin_may_be_configured_by_a_file_of_its_own_or_by_none() -> None:
    def apart(files: Files) -> None:
        text = files[CONFIGURATION]
        head, _, rest = text.partition("  - name: PodSecurity\n    configuration:\n")
        files[CONFIGURATION] = f"{head}  - {{name: PodSecurity, path: pod-security.yaml}}\n"
        files["control-plane/pod-security.yaml"] = "\n".join(line[6:] for line in rest.splitlines())

    shared = good(hostPID=True)
    assert "PodSecurity restricted:v1.34: hostPID: true (hostNamespaces)" in said(admitted("stranger", shared, apart))
    assert admitted("kube-system", shared, apart).admitted
    unconfigured = edit(SERVER, "--admission-control-config-file", "--nobody-reads-this")
    assert not [each for each in said(admitted("stranger", shared, unconfigured)) if "PodSecurity" in each]
    off = edit(SERVER, PLUGINS, f"--disable-admission-plugins=PodSecurity\n{PLUGINS}")
    switched = edit(SERVER, "PodSecurity,", "")
    assert not [each for each in said(admitted("shop-api", shared, off, switched)) if "PodSecurity" in each]


def mirror(**spec: Any) -> Pod:
    return pod(annotations={"kubernetes.io/config.mirror": "0"}, **spec)


def test_a_mirror_of_a_nodes_own_pod_is_nobody() -> None:
    for secret in (
        {"name": "s", "secret": {"secretName": "s"}},
        {"name": "s", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}},
    ):
        assert said(admitted("kube-system", mirror(serviceAccountName="x", volumes=[secret]))) == [
            "ServiceAccount: a mirror pod may not have a service account",
            "ServiceAccount: a mirror pod may not mount Secrets and tokens",
        ]
    verdict = admitted("kube-system", mirror(hostNetwork=True))
    assert (verdict.admitted, "serviceAccountName" in verdict.pod["spec"]) == (True, False)


def test_an_account_gives_its_pods_what_it_has() -> None:
    def account(files: Files) -> None:
        files[f"{SHOP}more.yaml"] = (
            "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: puller\n  namespace: shop-api\n"
            '  annotations: {kubernetes.io/enforce-mountable-secrets: "true"}\nimagePullSecrets: [{name: registry}]\n'
        )

    verdict = admitted("shop-api", good(serviceAccountName="puller", automountServiceAccountToken=False), account)
    assert verdict.pod["spec"]["imagePullSecrets"] == [{"name": "registry"}]
    assert "ServiceAccount shop-api/puller: whether it may mount the Secrets that the pod names" in verdict.not_judged


def test_a_change_is_judged_by_what_changes() -> None:
    files, profile = rendered("shop-prod")
    judge = admission(files, profile)
    old = judge.admit(good(), "shop-api").pod
    debugged = json.loads(json.dumps(old))
    debugged["spec"]["ephemeralContainers"] = [{"name": "debug", "image": "registry.example.com/shop/sh:1"}]
    spread = json.loads(json.dumps(old))
    spread["spec"]["tolerations"] += [{"operator": "Exists"}]

    assert judge.change(old, old, "shop-api").admitted
    refused = judge.change(old, debugged, "shop-api", "ephemeralcontainers")
    assert [each.partition(":")[0] for each in said(refused)] == ["PodSecurity restricted"] * 4
    assert "PodTolerationRestriction: the pod may not tolerate every taint" in said(
        judge.change(old, spread, "shop-api")
    )
    larger = json.loads(json.dumps(old))
    larger["spec"]["containers"][0]["resources"]["limits"]["cpu"] = "3"
    assert said(judge.change(old, larger, "shop-api", "resize")) == [
        "LimitRanger: container main may use more cpu than 2"
    ]


def test_a_pod_is_placed_by_a_policy_where_no_plugin_can_be_set() -> None:
    text = (PROFILES / "managed.yaml").read_text()
    version = text.partition('kubernetes: "')[2].partition('"')[0]
    verdict = admitted("lab", good(), profile=text.replace(f'kubernetes: "{version}"', 'kubernetes: "1.36"'))

    assert (verdict.admitted, said(verdict)) == (True, [])
    assert verdict.pod["spec"]["nodeSelector"] == {"zone.node-restriction.kubernetes.io/batch": "true"}
    before = admitted("lab", good(), profile="managed")
    assert [message.startswith("a pod of zone batch must have") for message in said(before)] == [True]
    assert before.refusals[0].object == "ValidatingAdmissionPolicy hardener-nodes-zone-batch"


ASKING = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: asking}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE]}]
  validations:
    - expression: "authorizer.group('').resource('secrets').namespace('payments').check('get').allowed()"
      message: "only for who may read Secrets"
    - expression: >-
        authorizer.serviceAccount('payments', 'settle')
        .group('').resource('pods').namespace('payments').check('list').allowed()
      message: "only if settle may list pods"
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: asking}
spec: {policyName: asking, validationActions: [Deny]}
"""


def test_a_policy_may_ask_what_somebody_may_do() -> None:
    files, profile = rendered("shop-prod")
    files["manifests/cluster/asking.yaml"] = ASKING
    judge = admission(files, profile)

    assert said(judge.admit(good(), "shop-api", "ann")) == ["only for who may read Secrets"]
    assert judge.admit(good(), "shop-api", "ann", ("payments-leads", "system:authenticated")).admitted


def test_what_of_a_policy_nobody_understands_is_named() -> None:
    def add(files: Files) -> None:
        files["manifests/cluster/asking.yaml"] = ASKING.replace("    resourceRules", "    ruleResources")

    (problem,) = admitted("shop-api", good(), add).unknown
    assert problem.file == "manifests/cluster/asking.yaml"
    assert "ruleResources" in problem.message


def test_a_pod_in_the_shape_that_a_server_keeps() -> None:
    given = {
        "containers": [
            {"name": "a", "image": "b", "resources": {"limits": {"cpu": "1000m", "memory": 1024}}, "ports": []}
        ],
        "volumes": [{"name": "v", "emptyDir": None}, {"name": "w", "projected": {"sources": []}}],
        "hostNetwork": False,
        "nodeSelector": None,
    }
    assert shape.stored(given, 34) == {
        "containers": [{"name": "a", "image": "b", "resources": {"limits": {"cpu": "1", "memory": "1024"}}}],
        "volumes": [{"name": "v"}, {"name": "w", "projected": {"sources": []}}],
    }
    wrong = {
        "terminationGracePeriodSeconds": True,
        "activeDeadlineSeconds": "1",
        "containers": [
            {"livenessProbe": {"httpGet": {"port": 1.5}}, "resources": {"limits": {"cpu": "x", "memory": True}}}
        ],
        "nodeSelector": [],
        "tolerations": {},
        "securityContext": "none",
        "hostname": 1,
    }
    assert {".".join(map(str, path)): what for path, what in shape.mistakes(wrong)} == {
        "terminationGracePeriodSeconds": "this is no whole number",
        "activeDeadlineSeconds": "this is no whole number",
        "containers.0.livenessProbe.httpGet.port": "this is no port: a number, or a port's name",
        "containers.0.resources.limits.cpu": "this is no quantity, such as 500m or 1Gi",
        "containers.0.resources.limits.memory": "this is no quantity, such as 500m or 1Gi",
        "nodeSelector": "this is no mapping",
        "tolerations": "this is no list",
        "securityContext": "this is no mapping",
        "hostname": "this is no text: put it in quotes",
    }


def test_where_the_profile_asks_for_what_a_pod_is_refused_for() -> None:
    _, profile = rendered("shop-prod")
    for message, namespace, expected in (
        ("LimitRanger: too much", "payments", "zones.cards.limits"),
        ("ResourceQuota: too much", "shop-api", "tenants.storefront.namespaces.shop-api.quota"),
        ("projected.serviceAccountToken", "payments", "tenants.payments.namespaces.payments.serviceAccounts"),
        ("nobody knows", "payments", "zones.cards"),
        ("PodSecurity restricted", "stranger", "controlPlane.admission.podSecurity"),
        ("LimitRanger: too much", "stranger", ""),
    ):
        assert ".".join(map(str, asked(Reason(message=message), namespace, profile).at)) == expected


def test_every_field_that_speaks_of_security_is_known() -> None:
    """That all are is tested against Kubernetes' own schemas, beside the other tables."""
    assert {"privileged", "procMount", "seccompProfile"} <= (pod_fields("SecurityContext") or {}).keys()
    assert pod_fields("string") is None


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: main, image: nginx}]
"""
GOOD = """\
apiVersion: v1
kind: Pod
metadata: {name: fine, namespace: payments}
spec:
  runtimeClassName: gvisor
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: main
      image: registry.example.com/cards/pay@sha256:DIGEST
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
""".replace("DIGEST", "0" * 64)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the shop's profile, in which one works."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.yaml").write_text((PROFILES / "shop-prod.yaml").read_text())
    return tmp_path


def test_admit_says_why_where_and_what_it_cannot_know(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "web.yaml").write_text(f"{DEPLOYMENT}---\n{GOOD}")

    assert main(["admit", "shop.yaml", "web.yaml", "-n", "shop-web"]) == 2
    assert "web.yaml:12:35: metadata.namespace: this is payments, and -n says shop-web" in capsys.readouterr().err
    (shop / "web.yaml").write_text(
        DEPLOYMENT.replace("name: web}\nspec", "name: web, namespace: shop-web}\nspec") + f"---\n{GOOD}"
    )
    assert main(["admit", "shop.yaml", "web.yaml"]) == 1

    assert (
        capsys.readouterr().out
        == """\
no: may the pods of Deployment web be created in shop-web, made by replicaset-controller?
  PodSecurity restricted:v1.34: no allowPrivilegeEscalation: false in container main (allowPrivilegeEscalation)
    output/shop-prod/manifests/namespaces/shop-web/namespace.yaml:10: Namespace shop-web
    shop.yaml:18: zones.edge.podSecurity
  PodSecurity restricted:v1.34: not all capabilities (ALL) dropped in container main (restricted capabilities)
    output/shop-prod/manifests/namespaces/shop-web/namespace.yaml:10: Namespace shop-web
    shop.yaml:18: zones.edge.podSecurity
  PodSecurity restricted:v1.34: no runAsNonRoot: true for container main (runAsNonRoot)
    output/shop-prod/manifests/namespaces/shop-web/namespace.yaml:10: Namespace shop-web
    shop.yaml:18: zones.edge.podSecurity
  PodSecurity restricted:v1.34: no seccompProfile RuntimeDefault or Localhost for container main (\
restricted seccompProfile)
    output/shop-prod/manifests/namespaces/shop-web/namespace.yaml:10: Namespace shop-web
    shop.yaml:18: zones.edge.podSecurity
  zone edge: an image comes from registry.example.com/platform/, unlike docker.io/library/nginx
    output/shop-prod/manifests/cluster/pods.yaml:315: ValidatingAdmissionPolicy hardener-pods-zone-edge
    shop.yaml:22: zones.edge.registries
  not judged: webhooks of others

yes: may Pod fine be created in payments?
  it can run on: cards
  not judged: webhooks of others
  not judged: RuntimeClass gvisor: whether it exists, and which nodes and overhead it brings
  not judged: the rest of the API server's validation
"""
    )


def test_admit_answers_programs(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = GOOD.replace("gvisor", "kata")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    assert main(["admit", "shop.yaml", "-", "--format", "json"]) == 1

    assert json.loads(capsys.readouterr().out) == {
        "pods": [
            {
                "question": "may Pod fine be created in payments?",
                "answer": False,
                "reasons": [
                    {
                        "message": "zone cards: a pod has the runtime class gvisor, and not kata",
                        "file": "manifests/cluster/pods.yaml",
                        "line": 260,
                        "object": "ValidatingAdmissionPolicy hardener-pods-zone-cards",
                        "profile": {"path": "zones.cards.runtimeClass", "file": "shop.yaml", "line": 31},
                    }
                ],
                "namespace": "payments",
                "pools": [],
                "notJudged": [
                    "webhooks of others",
                    "RuntimeClass kata: whether it exists, and which nodes and overhead it brings",
                ],
                "stored": None,
            }
        ],
        "notJudged": [],
        "folder": None,
        "not_understood": [],
    }


MISTAKEN = """\
apiVersion: apps/v1beta1
kind: Deployment
metadata: {labels: {a: 1}}
spec:
  template:
    spec:
      hostNetwork: "yes"
      contaners: []
---
kind: Servce
---
apiVersion: v1
kind: Pods
---
apiVersion: batch/v1
kind: Job
metadata: {name: one, labels: []}
spec: {template: one}
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Pod, metadata: {name: two}, spec: {containers: [{name: a}, {image: b}]}}
  - {apiVersion: v1, kind: Pod, metadata: one}
---
just a text
"""


def test_admit_shows_all_mistakes_of_a_file_at_once(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "web.yaml").write_text(MISTAKEN)

    assert main(["admit", "shop.yaml", "web.yaml", "-n", "shop-web"]) == 2

    places = [line for line in capsys.readouterr().err.splitlines() if line.startswith("web.yaml")]
    assert places == [
        "web.yaml:1:13: apiVersion: a Deployment is of apps/v1",
        "web.yaml:3:11: metadata: it has no name",
        "web.yaml:3:24: metadata.labels.a: this is no text: put it in quotes",
        "web.yaml:6:5: spec.template.spec: a pod has at least one container",
        "web.yaml:7:20: spec.template.spec.hostNetwork: this is neither true nor false",
        "web.yaml:8:18: spec.template.spec.contaners: Kubernetes knows no field of this name here: containers?",
        "web.yaml:10:7: kind: a Servce is no pod, and makes none",
        "web.yaml:13:7: kind: a Pods is no pod, and makes none: did you mean Pod?",
        "web.yaml:17:31: metadata.labels: this is no mapping",
        "web.yaml:18:18: spec.template: a Job says here what its pods are",
        "web.yaml:23:76: items.0.spec.containers.0: this container has no image",
        "web.yaml:23:87: items.0.spec.containers.1: this container has no name",
        "web.yaml:24:5: items.1.spec: a pod says here what it is: its containers, and more",
        "web.yaml:24:43: items.1.metadata: an object says here what it is called",
        "web.yaml:26:1: object: this is no object: keys and values, apiVersion and kind among them",
    ]


def test_admit_wants_a_namespace_that_the_profile_knows(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "web.yaml").write_text(DEPLOYMENT)
    for arguments, message in (
        (["-n", "shop-ap"], "the profile knows no namespace shop-ap: did you mean 'shop-api'?\n"),
        ([], "Deployment web does not say where it belongs: name its namespace with -n\n"),
    ):
        assert main(["admit", "shop.yaml", "web.yaml", *arguments]) == 2
        assert capsys.readouterr().err == message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"# nothing\n", "web.yaml: there is nothing in it to create\n"),
        (b"\xff", "web.yaml: this is not text in UTF-8\n"),
        (None, "web.yaml: no such file or directory\n"),
    ],
)
def test_admit_wants_something_to_read(
    shop: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, message: str
) -> None:
    if content is not None:
        (shop / "web.yaml").write_bytes(content)

    assert main(["admit", "shop.yaml", "web.yaml", "-n", "shop-web"]) == 2
    assert capsys.readouterr().err == message


def test_admit_reads_one_thing_from_standard_input(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["admit", "-", "-", "-n", "shop-web"]) == 2
    assert "both the profile and the manifest" in capsys.readouterr().err


def test_admit_says_when_nobody_can_say(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "web.yaml").write_text(GOOD)
    assert main(["render", "shop.yaml"]) == 0
    file = shop / "output/shop-prod" / CONFIGURATION
    file.write_text(file.read_text().replace("enforce: restricted", "enforce: strict"))
    capsys.readouterr()

    assert main(["admit", "shop.yaml", "web.yaml", "--against", "output/shop-prod"]) == 2
    assert f"nobody here can say: {CONFIGURATION}: PodSecurity: Invalid enum value 'strict'" in capsys.readouterr().err


def test_admit_does_not_say_yes_past_a_policy_that_nobody_understands(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", "shop.yaml"]) == 0
    policies = shop / "output/shop-prod/manifests/cluster/pods.yaml"
    policies.write_text(f"{policies.read_text()}---\n{ASKING.replace('authorizer.group', 'foo().group')}")
    capsys.readouterr()
    for text, code in ((GOOD, 2), (GOOD.replace("gvisor", "kata"), 1)):
        (shop / "web.yaml").write_text(text)
        assert main(["admit", "shop.yaml", "web.yaml", "--against", "output/shop-prod"]) == code
    assert "nobody here can say: manifests/cluster/pods.yaml: " in capsys.readouterr().err


def test_admit_judges_the_pods_beside_other_objects(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: fine}\n"
    crontab = "apiVersion: stable.example.com/v1\nkind: CronTab\n"
    (shop / "web.yaml").write_text(f"{service}---\n{GOOD}---\n{crontab}")
    assert main(["admit", "shop.yaml", "web.yaml"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("yes: may Pod fine be created in payments?\n")
    assert out.endswith("\n\nnot judged: Service fine, CronTab\n")
    (shop / "web.yaml").write_text(service)
    assert main(["admit", "shop.yaml", "web.yaml"]) == 2
    assert capsys.readouterr().err == "web.yaml: there is no pod in it, and nothing that makes one: Service fine\n"


def test_admit_says_what_it_does_not_ask(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "web.yaml").write_text(DEPLOYMENT)
    main(["admit", "shop.yaml", "web.yaml", "-n", "default", "--as", "jane"])
    out = capsys.readouterr().out
    assert "not judged: whether jane may create Deployment web, which `hardener can` answers\n" in out
    maker = "system:serviceaccount:kube-system:replicaset-controller"
    assert f"not judged: jane: it is {maker} that makes the pods, and that is judged\n" in out
    assert "not judged: namespace default: the profile does not know it, and promises nothing of it\n" in out


def test_admit_says_when_a_namespace_of_the_profile_is_not_made(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "shop.yaml"]) == 0
    (shop / "output/shop-prod/manifests/namespaces/payments/namespace.yaml").unlink()
    (shop / "web.yaml").write_text(GOOD)
    capsys.readouterr()
    assert main(["admit", "shop.yaml", "web.yaml", "--against", "output/shop-prod"]) == 2
    said = "the profile knows the namespace payments, but these files do not make it\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(
    ("kind", "spec", "question"),
    [
        ("Job", {"template": {}}, "may the pods of Job it be created in monitoring, made by job-controller"),
        (
            "DaemonSet",
            {"template": {}},
            "may the pods of DaemonSet it be created in monitoring, made by daemon-set-controller",
        ),
        (
            "StatefulSet",
            {"template": {}, "volumeClaimTemplates": [{"metadata": {"name": "data"}}]},
            "may the pods of StatefulSet it be created in monitoring, made by statefulset-controller",
        ),
        ("CronJob", {"jobTemplate": {"spec": {"template": {}}}}, "may the pods of CronJob it be created in monitoring"),
        ("PodTemplate", None, "may the pods of PodTemplate it be created in monitoring, once somebody makes them"),
    ],
)
def test_admit_judges_the_pods_that_controllers_make(
    shop: Path, capsys: pytest.CaptureFixture[str], kind: str, spec: Pod | None, question: str
) -> None:
    template = {"spec": base()["spec"]}
    text = json.dumps(spec if spec is not None else template).replace(
        '"template": {}', f'"template": {json.dumps(template)}'
    )
    version = {"Job": "batch/v1", "CronJob": "batch/v1", "PodTemplate": "v1"}.get(kind, "apps/v1")
    body = {"apiVersion": version, "kind": kind, "metadata": {"name": "it"}}
    body |= {"template": json.loads(text)} if spec is None else {"spec": json.loads(text)}
    (shop / "web.yaml").write_text(json.dumps(body))

    assert main(["admit", "shop.yaml", "web.yaml", "-n", "monitoring", "--format", "json", "--as", "ann"]) == 0

    (answer,) = json.loads(capsys.readouterr().out)["pods"]
    assert question in answer["question"]
    assert answer["pools"] == ["platform"]
    volumes = answer["stored"]["spec"].get("volumes", [])
    assert [each["name"] for each in volumes] == (["data"] if kind == "StatefulSet" else [])
    pressed = {"key": "node.kubernetes.io/disk-pressure", "operator": "Exists", "effect": "NoSchedule"}
    assert (pressed in answer["stored"]["spec"]["tolerations"]) == (kind == "DaemonSet")
