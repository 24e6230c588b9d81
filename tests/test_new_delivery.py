"""What `hardener new` makes for Argo CD and Flux: valid, in order, of one folder, with no right too many."""

import json
from copy import deepcopy
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest
import yaml

from hardener.catalog import supported
from hardener.scaffold.filling import fill
from hardener.scaffold.questions import QUESTIONS
from tests.components import build, gitops
from tests.components.releases import NEWEST
from tests.making import made, run

BINDINGS = {"RoleBinding", "ClusterRoleBinding"}
ROLE = ("ClusterRole", None, "hardener:cluster.delivery")
# What closes a namespace, and stays as long as it does.
LOCKS = {("NetworkPolicy", "default-deny"), ("ResourceQuota", "hardener"), ("LimitRange", "hardener")}
LOCKS |= {("ServiceAccount", "default")}
FILES = {"argocd": ("service-account", "project", "application"), "flux": ("service-account", "source", "sync")}
PROFILES = sorted((Path(__file__).parent.parent / "profiles").glob("*.yaml"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The repository for each way of delivery, made once: it is only looked at."""

    @cache
    def repository(who):
        return made(tmp_path_factory.mktemp(who), "--delivery", who)

    return repository


def read(file):
    return list(yaml.load_all(file.read_text(), yaml.CSafeLoader))


def delivery(folder):
    """Every object below delivery/, by kind; of Flux's Kustomizations, the last part of their name as well."""
    found = [each for file in sorted(folder.glob("delivery/*/*.yaml")) for each in read(file)]
    return {each["kind"] + (f" {name_of(each)[2]}" if each["kind"] == "Kustomization" else ""): each for each in found}


def name_of(each):
    return each["metadata"]["name"].split("-")


def built(folder, patches=()):
    """What the manifests come to under patches, as Argo CD and Flux give them to kustomize."""
    return deepcopy(_built(folder, json.dumps(list(patches))))


@cache
def _built(folder, patches):
    overlay = folder / "overlay"
    overlay.mkdir(exist_ok=True)
    text = {"resources": ["../output/shop/manifests"], "patches": json.loads(patches)}
    (overlay / "kustomization.yaml").write_text(json.dumps(text))
    kubectl = str(build.component("kubectl", NEWEST))
    ran = run(folder, kubectl, "kustomize", "overlay")
    assert ran.returncode == 0, ran.stderr
    return {key(each): each for each in yaml.load_all(ran.stdout, yaml.CSafeLoader) if each}


def key(each):
    return (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"])


def changed_by_patches(each, before):
    """What patches added to an object: annotations alone."""
    added = dict(each["metadata"].get("annotations", {}))
    for name in before["metadata"].get("annotations", {}):
        if added.get(name) == before["metadata"]["annotations"][name]:
            del added[name]
    return added


@pytest.mark.parametrize("who", ["argocd", "flux"])
def test_every_object_is_what_its_definition_takes(who, shop):
    folder = shop(who)
    objects = [each for name in FILES[who] for each in read(folder / f"delivery/{who}/{name}.yaml")]
    assert len(objects) == {"argocd": 3, "flux": 5}[who]
    for each in objects[1:]:
        assert gitops.complaints(each) == []


@pytest.mark.parametrize(
    ("who", "kind", "fault"),
    [
        ("argocd", "Application", lambda spec: spec["syncPolicy"].update(syncOption=[])),
        ("argocd", "Application", lambda spec: spec["source"].update(kustomize=[])),
        ("argocd", "AppProject", lambda spec: spec["destinationServiceAccounts"][0].pop("defaultServiceAccount")),
        ("flux", "GitRepository", lambda spec: spec.update(url="git@github.com:a/b")),
        ("flux", "Kustomization rails", lambda spec: spec.update(serviceAccount="x")),
        ("flux", "Kustomization rails", lambda spec: spec.update(deletionPolicy="Keep")),
    ],
)
def test_a_field_that_no_definition_has_would_be_seen(who, kind, fault, shop):
    each = delivery(shop(who))[kind]
    fault(each["spec"])
    assert gitops.complaints(each)


@pytest.mark.parametrize("who", ["argocd", "flux"])
def test_what_is_commented_out_is_what_the_definition_takes(who, shop):
    folder = shop(who)
    name = {"argocd": "project", "flux": "source"}[who]
    lines = (folder / f"delivery/{who}/{name}.yaml").read_text().splitlines()
    taken = ("signatureKeys:", "  - keyID:", "secretRef:", "  name:", "verify:", "  mode:", "  secretRef:", "    name:")
    begins = tuple(f"  # {word}" for word in taken)
    spec = yaml.load(
        "\n".join(f"  {line[4:]}" if line.startswith(begins) else line for line in lines), yaml.CSafeLoader
    )
    assert {"argocd": "signatureKeys", "flux": "verify"}[who] in spec["spec"]
    assert gitops.complaints(spec) == []


@pytest.mark.parametrize("who", ["argocd", "flux"])
def test_nothing_is_synced_but_the_manifests(who, shop):
    folder = shop(who)
    objects = delivery(folder)
    if who == "argocd":
        paths = [objects["Application"]["spec"]["source"]["path"]]
    else:
        paths = [each["spec"]["path"].removeprefix("./") for kind, each in objects.items() if " " in kind]
        assert objects["GitRepository"]["spec"]["sparseCheckout"] == paths[:1]
        assert len(paths) == 3
    assert set(paths) == {"output/shop/manifests"}
    assert {file.suffix for file in (folder / paths[0]).rglob("*") if file.is_file()} == {".yaml"}
    assert not any("kubelet" in file.name or "flags" in file.name for file in (folder / paths[0]).rglob("*"))


@pytest.mark.parametrize("who", ["argocd", "flux"])
def test_it_is_applied_by_the_account_that_the_profile_names_and_that_has_no_other_right(who, shop):
    folder = shop(who)
    objects = delivery(folder)
    account = objects["ServiceAccount"]
    assert account["automountServiceAccountToken"] is False
    namespace, name = account["metadata"]["namespace"], account["metadata"]["name"]
    if who == "argocd":
        (named,) = objects["AppProject"]["spec"]["destinationServiceAccounts"]
        assert named["defaultServiceAccount"] == f"{namespace}:{name}"
        assert objects["Application"]["spec"]["project"] == objects["AppProject"]["metadata"]["name"]
    else:
        parts = [each for kind, each in objects.items() if " " in kind]
        assert {each["spec"]["serviceAccountName"] for each in parts} == {name}
        assert {each["metadata"]["namespace"] for each in parts} == {namespace}
    (profile,) = read(folder / "profiles/shop.yaml")
    assert profile["cluster"]["delivery"] == {"serviceAccounts": [f"{namespace}/{name}"]}
    subject = {"kind": "ServiceAccount", "name": name, "namespace": namespace}
    holding = [each for each in built(folder).values() if subject in each.get("subjects", [])]
    assert [(each["kind"], each["roleRef"]["name"]) for each in holding] == [("ClusterRoleBinding", ROLE[2])]
    assert not [each for each in objects.values() if "Role" in each["kind"]]


def permitted(project, each):
    """Does Argo CD write this object? As AppProject.IsResourcePermitted of argo-cd has it."""
    group, kind = each["apiVersion"].rpartition("/")[0], each["kind"]
    namespace, name = each["metadata"].get("namespace"), each["metadata"]["name"]
    if namespace:
        listed = {"group": group, "kind": kind} in project["namespaceResourceWhitelist"]
        return listed and any(fnmatchcase(namespace, where["namespace"]) for where in project["destinations"])
    return any(
        (entry["group"], entry["kind"]) == (group, kind) and fnmatchcase(name, entry["name"])
        for entry in project["clusterResourceWhitelist"]
    )


def test_the_project_lets_argo_cd_write_the_output(shop):
    folder = shop("argocd")
    objects = delivery(folder)
    project = objects["AppProject"]["spec"]
    application = objects["Application"]["spec"]
    assert [each for each in built(folder).values() if not permitted(project, each)] == []
    assert project["sourceRepos"] == [application["source"]["repoURL"]]
    assert application["destination"] in project["destinations"]


@pytest.mark.parametrize(
    ("version", "kind", "namespace", "name"),
    [
        ("v1", "Secret", "web", "a"),
        ("apps/v1", "Deployment", "web", "a"),
        ("v1", "Pod", "web", "a"),
        ("rbac.authorization.k8s.io/v1", "Role", "web", "a"),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", "kube-system", "a"),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", "argocd", "a"),
        ("networking.k8s.io/v1", "NetworkPolicy", "other", "a"),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", None, "cluster-admin"),
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", None, "cluster-admin"),
        ("v1", "Namespace", None, "argocd"),
        ("v1", "Namespace", None, "webs"),
        ("v1", "Node", None, "a"),
        ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", None, "hardener-a"),
        ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", None, "others"),
    ],
)
def test_the_project_lets_argo_cd_write_nothing_else(version, kind, namespace, name, shop):
    project = delivery(shop("argocd"))["AppProject"]["spec"]
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    assert not permitted(project, {"apiVersion": version, "kind": kind, "metadata": metadata})


@pytest.mark.parametrize("version", ["1.24", "1.29", "1.30", supported()[-1]])
@pytest.mark.parametrize("cni", ["calico", "cilium"])
def test_the_project_knows_every_kind_of_every_version(version, cni, tmp_path):
    given = {"kubernetes": version, "cni": cni}
    found = {}
    for question in QUESTIONS:
        found[question.name] = question.answer(given.get(question.name, question.default(found)))
    fill(found, tmp_path / "made")
    project = delivery(tmp_path / "made")["AppProject"]["spec"]
    kinds = {each["kind"] for each in project["clusterResourceWhitelist"] + project["namespaceResourceWhitelist"]}
    minor = int(version[2:])
    assert ("PodSecurityPolicy" in kinds) == (minor == 24)
    assert ("ValidatingAdmissionPolicy" in kinds) == (minor >= 30)
    assert ("MutatingAdmissionPolicyBinding" in kinds) == (minor >= 36)
    assert ("CiliumNetworkPolicy" in kinds) == (cni == "cilium")


def test_argo_cd_gives_nobody_a_right_before_what_limits_it_holds(shop):
    folder = shop("argocd")
    before = built(folder)
    after = built(folder, delivery(folder)["Application"]["spec"]["source"]["kustomize"]["patches"])
    assert after.keys() == before.keys()
    waves: dict[str, set[str]] = {}
    for name, each in after.items():
        added = changed_by_patches(each, before[name])
        assert all(annotation.startswith("argocd.argoproj.io/") for annotation in added)
        wave = added.get("argocd.argoproj.io/sync-wave", "0")
        waves.setdefault(wave, set()).add("delivers" if name == ROLE else name[0])
    assert waves["-2"] == {"Namespace", "delivers"}
    assert waves["0"] == BINDINGS
    assert waves["-1"] == {name[0] for name in before} - BINDINGS - {"Namespace"}


def test_argo_cd_prunes_guard_rails_last_and_what_closes_a_namespace_only_when_told(shop):
    folder = shop("argocd")
    application = delivery(folder)["Application"]
    assert "finalizers" not in application["metadata"]
    assert application["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True, "allowEmpty": False}
    assert "ServerSideApply=true" in application["spec"]["syncPolicy"]["syncOptions"]
    for name, each in built(folder, application["spec"]["source"]["kustomize"]["patches"]).items():
        options = each["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-options", "").split(",")
        kind, _, called = name
        assert ("PruneLast=true" in options) == (kind not in BINDINGS and called != "kube-system")
        told = called != "kube-system" and (kind == "Namespace" or (kind, called) in LOCKS)
        assert ("Prune=confirm" in options) == ("Delete=confirm" in options) == told
        assert ("Prune=false" in options) == ("Delete=false" in options) == (called == "kube-system")


def test_flux_applies_the_role_then_what_limits_then_bindings_and_nothing_twice(shop):
    folder = shop("flux")
    objects = delivery(folder)
    parts = [objects[f"Kustomization {part}"] for part in ("role", "rails", "access")]
    before = built(folder)
    after = [built(folder, part["spec"]["patches"]) for part in parts]
    assert list(after[0]) == [ROLE]
    assert {name[0] for name in after[2]} == BINDINGS
    assert sorted(map(str, before)) == sorted(str(name) for part in after for name in part)
    assert not {name[0] for name in after[1]} & BINDINGS
    assert [part["spec"].get("dependsOn") for part in parts] == [
        None,
        [{"name": "hardener-shop-role"}],
        [{"name": "hardener-shop-rails"}],
    ]
    for part in after:
        for name, each in part.items():
            kept = name[0] == "Namespace" or (name[0], name[2]) in LOCKS
            annotations = each["metadata"].pop("annotations", {})
            assert (annotations.get("kustomize.toolkit.fluxcd.io/prune") == "disabled") == kept
            before[name]["metadata"].pop("annotations", None)
            assert each == before[name]


def test_what_flux_makes_is_left_standing_when_its_objects_go(shop):
    parts = [each for kind, each in delivery(shop("flux")).items() if " " in kind]
    for part in parts:
        spec = part["spec"]
        assert (spec["prune"], spec["deletionPolicy"], spec["wait"]) == (True, "Orphan", True)
        assert "force" not in spec


@pytest.mark.parametrize("profile", PROFILES, ids=lambda file: file.stem)
def test_what_closes_a_namespace_is_there_in_every_one_of_a_tenants(profile):
    """The names that patches select are those that hardener renders: a new name would be pruned at once."""
    folder = Path(__file__).parent.parent / "output" / profile.stem / "manifests/namespaces"
    tenants = yaml.load(profile.read_text(), yaml.CSafeLoader)["tenants"].values()
    namespaces = [name for tenant in tenants for name in tenant["namespaces"]]
    assert namespaces
    for name in namespaces:
        objects = [each for file in (folder / name).glob("*.yaml") for each in read(file)]
        assert {(each["kind"], each["metadata"]["name"]) for each in objects} >= LOCKS
        (own,) = [each for each in objects if each["kind"] == "Namespace"]
        assert "hardener.dev/tenant" in own["metadata"]["labels"]
