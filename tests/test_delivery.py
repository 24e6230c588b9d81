"""Who delivers the output can apply and prune all of it, and nothing that is not in it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
import yaml

from hardener.catalog import supported
from hardener.catalog.resources import resources_of
from hardener.emitters import emit
from hardener.expand import expand
from hardener.rules import read_sound
from hardener.source import load
from tests.rbac import Asked, Rbac, covers
from tests.rendering import files, profile

ROOT = Path(__file__).parent.parent
DELIVERER = {"kind": "Group", "name": "delivery"}
DELIVERY = "  delivery: {groups: [delivery]}\n"
NAME = "hardener:cluster.delivery"
APPLYING = ("get", "list", "watch", "create", "patch", "delete")
VERBS = (*APPLYING, "update", "deletecollection", "bind", "escalate", "impersonate", "use", "*")
RBAC = "rbac.authorization.k8s.io"

RESOURCES = {
    "ClusterRole": f"clusterroles.{RBAC}",
    "ClusterRoleBinding": f"clusterrolebindings.{RBAC}",
    "RoleBinding": f"rolebindings.{RBAC}",
    "CiliumClusterwideNetworkPolicy": "ciliumclusterwidenetworkpolicies.cilium.io",
    "CiliumNetworkPolicy": "ciliumnetworkpolicies.cilium.io",
    "ImageValidatingPolicy": "imagevalidatingpolicies.policies.kyverno.io",
    "LimitRange": "limitranges",
    "MutatingAdmissionPolicy": "mutatingadmissionpolicies.admissionregistration.k8s.io",
    "MutatingAdmissionPolicyBinding": "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
    "Namespace": "namespaces",
    "NetworkPolicy": "networkpolicies.networking.k8s.io",
    "PodSecurityPolicy": "podsecuritypolicies.policy",
    "ResourceQuota": "resourcequotas",
    "ServiceAccount": "serviceaccounts",
    "ValidatingAdmissionPolicy": "validatingadmissionpolicies.admissionregistration.k8s.io",
    "ValidatingAdmissionPolicyBinding": "validatingadmissionpolicybindings.admissionregistration.k8s.io",
}
ALWAYS = {"ClusterRole", "ClusterRoleBinding", "RoleBinding", "LimitRange", "Namespace", "NetworkPolicy"}
ALWAYS |= {"ResourceQuota", "ServiceAccount"}
FULL = f"""{DELIVERY}zones: {{apps: {{trust: 50}}, cards: {{trust: 90, seccomp: RuntimeDefault}}}}
roles: {{own: [{{resources: [pods], verbs: [get]}}]}}
tenants:
  team:
    access: [{{role: admin, groups: [leads]}}, {{role: own, users: [somebody]}}]
    namespaces: {{web: {{zone: apps}}, pay: {{zone: cards}}}}
access: [{{role: auditor, groups: [security]}}]
"""


def documents(rendered):
    manifests = [text for path, text in rendered.items() if path.startswith("manifests/")]
    return [
        each for text in manifests for each in yaml.load_all(text, yaml.CSafeLoader) if each["kind"] != "Kustomization"
    ]


def may(rendered, subject=DELIVERER):
    return Rbac(rendered).rules(subject, "")


@pytest.mark.parametrize(("version", "cni"), list(product(supported(), ("calico", "cilium"))))
def test_it_can_apply_and_prune_every_object(version, cni):
    rendered = files(FULL, version=version, cni=cni)
    rules = may(rendered)
    for each in documents(rendered):
        for verb in APPLYING:
            asked = Asked(verb, RESOURCES[each["kind"]], "", each["metadata"]["name"])
            assert any(covers(rule, asked) for rule in rules), asked


def test_it_can_apply_all_that_a_profile_may_ask_for():
    profile = read_sound(load(ROOT / "profiles/everything.yaml"))
    rendered = {artifact.path: artifact.text for artifact in emit(expand(profile))}
    who = {"kind": "ServiceAccount", "namespace": "argocd", "name": "argocd-application-controller"}
    asked = {Asked(verb, RESOURCES[each["kind"]], "", "") for each in documents(rendered) for verb in APPLYING}

    assert len(asked) > len(ALWAYS) * len(APPLYING)
    assert [each for each in asked if not any(covers(rule, each) for rule in may(rendered, who))] == []


@pytest.mark.parametrize(("version", "cni"), list(product(supported(), ("calico", "cilium"))))
def test_it_can_do_no_more(version, cni):
    minor = int(version[2:])
    kinds = set(ALWAYS)
    kinds |= {"PodSecurityPolicy"} if minor == 24 else set()
    kinds |= {"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"} if minor >= 30 else set()
    kinds |= {"MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"} if minor >= 36 else set()
    kinds |= {"CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"} if cni == "cilium" else set()
    foreign = ["ciliumnetworkpolicies", "ciliumclusterwidenetworkpolicies", "ciliumidentities"]
    resources = [*resources_of(version), *(f"{each}.cilium.io" for each in foreign)]

    rules = may(files(FULL, version=version, cni=cni))

    assert {
        (verb, resource)
        for verb, resource in product(VERBS, resources)
        if any(covers(rule, Asked(verb, resource, "", "some")) for rule in rules)
    } == set(product(APPLYING, (RESOURCES[kind] for kind in kinds)))


@pytest.mark.parametrize("version", ["1.24", "1.34"])
def test_it_gives_away_the_roles_of_the_output_and_no_other(version):
    rendered = files(FULL, version=version)
    rules = may(rendered)
    names = {each["metadata"]["name"] for each in documents(rendered) if each["kind"] == "ClusterRole"}
    assert NAME in names
    for verb in ("bind", "escalate"):
        bound = {
            name
            for name in (*names, "cluster-admin", "system:node", "hardener:other", "")
            if any(covers(rule, Asked(verb, f"clusterroles.{RBAC}", "", name)) for rule in rules)
        }
        assert bound == names
        assert not any(covers(rule, Asked(verb, f"roles.{RBAC}", "", NAME)) for rule in rules)


def test_it_comes_first_so_that_it_may_deliver_a_new_role():
    rendered = documents(files(FULL))
    roles = [each["metadata"]["name"] for each in rendered if each["kind"] == "ClusterRole"]
    bindings = [each["metadata"]["name"] for each in rendered if each["kind"] == "ClusterRoleBinding"]
    assert roles == [NAME, "hardener:admin", "hardener:auditor", "hardener:own"]
    assert bindings == [NAME, "hardener:auditor"]


def test_nobody_delivers_unless_somebody_is_named():
    rendered = files(FULL.replace(DELIVERY, ""))
    assert NAME not in Rbac(rendered).roles
    assert may(rendered) == []


def test_the_role_says_how_it_is_used_and_to_what_it_comes():
    text = files(FULL)["manifests/cluster/access.yaml"]
    assert text.startswith("""\
# Rendered by hardener from profile example. Change the profile, not this file.
# Every role that is granted somewhere. Those for namespaces are bound in namespaces/NAME/access.yaml.
# Who delivers applies on the server's side (kubectl apply --server-side, in Argo CD ServerSideApply=true): the right to
# escalate is limited to the names of these roles, and a POST, by which a client creates a role, has no name to compare.
# The first apply, before this role exists, needs an administrator. Whoever holds it can in the end give themselves any
# right, by writing it into one of these roles: guard their credentials like an administrator's.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: hardener:cluster.delivery
""")
    assert text.count("server's side") == 1
    assert "server's side" not in files(FULL.replace(DELIVERY, ""))["manifests/cluster/access.yaml"]


@pytest.mark.parametrize("named", ["groups: [g]", "users: [u]", "serviceAccounts: [flux/controller]"])
def test_that_those_who_deliver_can_get_any_right_is_told(named):
    plan = expand(profile(f"  delivery: {{{named}}}\n"))
    [gap] = [gap for gap in plan.gaps if gap.path == "cluster.delivery"]
    assert gap.who == "administrator"
    assert gap.what == (
        "nothing keeps those who deliver from giving themselves any right: they may write what they like into the "
        "roles of the output (escalate) and bind them (bind); guard their credentials like an administrator's"
    )


def test_where_nobody_delivers_nothing_is_told():
    assert [gap for gap in expand(profile(FULL.replace(DELIVERY, ""))).gaps if gap.path == "cluster.delivery"] == []


def test_everybody_who_is_named_delivers():
    delivery = "  delivery: {groups: [g, g], users: [u], serviceAccounts: [flux/controller]}\n"
    [binding] = [each for each in documents(files(delivery)) if each["kind"] == "ClusterRoleBinding"]
    rbac = {"apiGroup": "rbac.authorization.k8s.io"}
    assert binding["subjects"] == [
        {"kind": "Group", "name": "g"} | rbac,
        {"kind": "ServiceAccount", "name": "controller", "namespace": "flux"},
        {"kind": "User", "name": "u"} | rbac,
    ]


def test_every_kind_that_is_rendered_is_known_here():
    """A kind that somebody begins to render must be added to what is delivered."""
    profiles = sorted((ROOT / "profiles").glob("*.yaml"))
    assert profiles
    for file in profiles:
        rendered = {artifact.path: artifact.text for artifact in emit(expand(read_sound(load(file))))}
        assert {each["kind"] for each in documents(rendered)} <= RESOURCES.keys()
