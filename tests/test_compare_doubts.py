"""A doubt that stood before hides nothing: what it stands on may have become another thing."""

import pytest
import yaml

from hardener.compare.sides import Sides
from tests.comparing import changes, folder
from tests.test_pairs import FOLDER
from tests.verifying import add, rendered

PLAIN = (FOLDER / "plain.yaml").read_text()
EXTRA = "manifests/cluster/extra.yaml"
KUSTOMIZATION = "manifests/kustomization.yaml"
PATCHES = "patches:\n  - target: {kind: ClusterRole}\n    patch: |\n      - {%s}\n"
DAEMON = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec: {template: {spec: {containers: [{name: a, image: "agent:1"}]%s}}}
"""
WEBHOOK = """\
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: inject}
webhooks: [{name: inject.example.com, sideEffects: None, clientConfig: {url: "https://%s/x"}}]
"""
BACKEND = """\
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec: {group: metrics.k8s.io, version: v1beta1, service: {name: %s, namespace: web}}
"""
CALICO = """\
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: x}
spec: {order: 1, types: [Ingress], ingress: [{action: %s}]}
"""
AGGREGATED = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: more, labels: {rbac.authorization.k8s.io/aggregate-to-%s: "true"}}
rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get%s]}]
"""
STRANGE = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: b, namespace: web, finalizers: [%s]}\n"
UNREADABLE = "a: 1\na: %s\n"
CASES = {
    "patches": (KUSTOMIZATION, PATCHES % "op: add, path: /metadata/labels/x", PATCHES % "op: replace, path: /rules"),
    "workload": (EXTRA, DAEMON % "", DAEMON % ", hostPID: true"),
    "webhook": (EXTRA, WEBHOOK % "a.example.com", WEBHOOK % "b.example.com"),
    "backend": (EXTRA, BACKEND % "a", BACKEND % "b"),
    "policy": (EXTRA, CALICO % "Deny", CALICO % "Allow"),
    "label": (EXTRA, AGGREGATED % ("view", ""), AGGREGATED % ("edit", "")),
    "aggregated": (EXTRA, AGGREGATED % ("view", ""), AGGREGATED % ("view", ", list")),
    "field": (EXTRA, STRANGE % "a.com/b", STRANGE % "c.com/d"),
    "unreadable": (EXTRA, UNREADABLE % "2", UNREADABLE % "3"),
    "script": ("nodes/shared/more.sh", "echo a\n", "echo b\n"),
    "stray": ("manifests/run.sh", "echo a\n", "echo b\n"),
}


def with_(path, text):
    files, _ = rendered(PLAIN)
    if path.startswith("manifests/cluster/"):
        add(path, text)(files)
    else:
        files[path] = files.get(path, "") + text
    return folder(files)


def undecided(old, new):
    found = changes(Sides(old, new))
    return [each for each in found if each.direction == "weaker" and "cannot be decided" in each.reason]


@pytest.mark.parametrize("case", CASES)
def test_what_a_standing_doubt_is_about_may_not_change_in_silence(case):
    path, before, after = CASES[case]
    assert undecided(with_(path, before), with_(path, after))
    assert undecided(with_(path, after), with_(path, before))
    assert changes(Sides(with_(path, before), with_(path, before))) == ()


@pytest.mark.parametrize(
    "text", [DAEMON % "", WEBHOOK % "a", BACKEND % "a", CALICO % "Deny", AGGREGATED % ("edit", "")]
)
def test_the_same_said_otherwise_is_no_change(text):
    data = yaml.safe_load(text)
    turned = "# said otherwise\n" + yaml.safe_dump(dict(reversed(data.items())), sort_keys=False)
    assert turned != text
    assert changes(Sides(with_(EXTRA, text), with_(EXTRA, turned))) == ()
    moved = "manifests/cluster/moved.yaml"
    assert changes(Sides(with_(EXTRA, text), with_(moved, turned))) == ()


def test_the_same_patches_said_otherwise_are_no_change():
    patch = PATCHES % "op: add"
    assert changes(Sides(with_(KUSTOMIZATION, patch), with_(KUSTOMIZATION, f"# mine\n{patch}"))) == ()


KUBEADM = "control-plane/kubeadm.yaml"


def test_arguments_beside_a_doubt_are_told_by_themselves_and_the_rest_is_undecided():
    files, _ = rendered(PLAIN)
    doubtful = {**files, KUBEADM: files[KUBEADM].replace("networking:", "strange: 1\nnetworking:")}
    assert doubtful != files
    other = {**doubtful, KUBEADM: doubtful[KUBEADM].replace("strange: 1", "strange: 2")}
    assert undecided(folder(doubtful), folder(other))
    said = {**doubtful, KUBEADM: doubtful[KUBEADM].replace('value: "1m0s"', 'value: "30s"')}
    found = changes(Sides(folder(doubtful), folder(said)))
    assert [each.direction for each in found] == ["stronger"]


def test_yes_is_not_one():
    assert undecided(with_(EXTRA, DAEMON % ", hostPID: 1"), with_(EXTRA, DAEMON % ", hostPID: true"))


def test_a_file_that_a_patch_may_name_is_a_part_of_it():
    def patched(text):
        files, _ = rendered(PLAIN)
        files[KUSTOMIZATION] += "patches: [{path: patch.md}]\n"
        return folder({**files, "manifests/patch.md": text})

    assert undecided(patched("- {op: add}"), patched("- {op: replace}"))
    assert changes(Sides(patched("a"), patched("a"))) == ()


def test_a_file_left_out_before_and_after_says_nothing_of_others():
    def left_out(*more):
        files, _ = rendered(PLAIN)
        files["manifests/cluster/out.yaml"] = STRANGE % "a.com/b"
        for each in more:
            add(
                each,
                "apiVersion: v1\nkind: ServiceAccount\nautomountServiceAccountToken: false\n"
                "metadata: {name: c, namespace: web}\n",
            )(files)
        return folder(files)

    found = changes(Sides(left_out(), left_out(EXTRA)))
    assert [each.direction for each in found] == ["neither"]
