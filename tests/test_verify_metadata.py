"""What an API server takes for metadata, and what deliverers make of it."""

from __future__ import annotations

import pytest

from hardener.verify.delivery import held_back
from hardener.verify.kinds import JUDGED
from hardener.verify.metadata import refusal
from tests.verifying import add, edit, findings, rendered

NETWORK = "manifests/namespaces/web/network.yaml"
SPACE = "manifests/namespaces/web/namespace.yaml"
NAME = "  name: default-deny\n"


@pytest.mark.parametrize(
    ("kind", "taken", "refused"),
    [
        ("Namespace", ("a", "a-1", "a" * 63), ("a.b", "A", "-a", "a-", "a" * 64, "a\n", "ä")),
        ("NetworkPolicy", ("a", "a.b", "1.2", "a" * 253), ("a..b", ".a", "A", "a_b", "a" * 254, "a.b\n", "a/b")),
        ("CiliumNetworkPolicy", ("a.b",), ("BAD_",)),
        ("ServiceAccount", ("a.b",), ("a:b",)),
        ("ClusterRole", ("a:B", "*", "a b", "...", "a" * 300), ("a/b", "a%b", ".", "..")),
    ],
)
def test_each_kind_has_its_names(kind: str, taken: tuple[str, ...], refused: tuple[str, ...]) -> None:
    accepted = [name for name in (*taken, *refused) if not refusal({"metadata": {"name": name}}, JUDGED[kind])]

    assert accepted == list(taken)


@pytest.mark.parametrize(
    "metadata",
    [
        {"labels": None, "annotations": None, "namespace": None},
        {"labels": {}, "annotations": {}, "namespace": ""},
        {"labels": {"Example": "", "example.com/A_b.c": "x" * 63}},
        {"annotations": {"Example.COM/a": "any text!", "x": "a" * (256 * 1024 - len("Example.COM/aany text!x"))}},
    ],
)
def test_what_is_taken(metadata: dict[str, object]) -> None:
    assert refusal({"metadata": {"name": "a", **metadata}}, JUDGED["Role"]) is None


@pytest.mark.parametrize(
    "metadata",
    [
        {"namespace": 1},
        {"namespace": "a.b"},
        {"labels": ""},
        {"labels": {"a": None}},
        {"labels": {"a": "x" * 64}},
        {"labels": {"Example.com/a": "x"}},
        {"annotations": []},
        {"annotations": {"a": 1}},
        {"annotations": {"a/b/c": ""}},
        {"annotations": {"x": "ä" * 131_072}},
    ],
)
def test_what_is_refused(metadata: dict[str, object]) -> None:
    assert refusal({"metadata": {"name": "a", **metadata}}, JUDGED["Role"])


def test_what_belongs_to_the_cluster_may_name_any_namespace() -> None:
    """An API server takes the name away: EnsureObjectNamespaceMatchesRequestNamespace in Kubernetes' apiserver."""
    assert refusal({"metadata": {"name": "a", "namespace": "A"}}, JUDGED["ClusterRole"]) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("argocd.argoproj.io/sync-options", "Prune=false, Delete=confirm"),
        ("argocd.argoproj.io/sync-wave", "-5"),
        ("argocd.argoproj.io/compare-options", "IgnoreExtraneous"),
        ("link.argocd.argoproj.io/docs", "https://example.com"),
        ("kustomize.toolkit.fluxcd.io/prune", "disabled"),
        ("helm.sh/chart", "hardener-1.0"),
        ("meta.helm.sh/release-name", "hardener"),
        ("example.com/hook", "Skip"),
        ("notfluxcd.io/ssa", "Ignore"),
    ],
)
def test_what_changes_nothing_is_no_finding(key: str, value: str) -> None:
    assert not list(held_back({"labels": {key: value}, "annotations": {key: value}}))


def test_what_may_not_be_applied_is_judged_as_if_it_were() -> None:
    """One cause is one finding: nothing else follows from an object that is held back."""
    files, profile = rendered("small")
    edit(NETWORK, NAME, f"{NAME}  annotations: {{helm.sh/hook: test}}\n  generateName: a\n")(files)

    assert {each.message for each in findings(files, profile, "network", "namespaces")} == {
        "nobody knows what it means: metadata.generateName",
        "its annotation helm.sh/hook may keep it from being applied as it stands",
    }


def test_what_is_refused_is_not_there() -> None:
    files, profile = rendered("small")
    edit(NETWORK, NAME, "  name: Default_Deny\n")(files)

    messages = [each.message for each in findings(files, profile, "network")]

    assert "no API server takes it: 'Default_Deny' is no name for a thing of its kind" in messages
    assert any("no policy closes its way in" in message for message in messages)


@pytest.mark.parametrize("spec", ["{}", "null", "{finalizers: [kubernetes]}"])
def test_what_kubectl_prints_of_a_new_object_means_nothing(spec: str) -> None:
    """The empty fields of `kubectl create --dry-run=client -o yaml`."""
    files, profile = rendered("small")
    edit(NETWORK, NAME, f"{NAME}  creationTimestamp: null\n")(files)
    edit(NETWORK, "kind: NetworkPolicy\n", "kind: NetworkPolicy\nstatus: {}\n")(files)
    edit(SPACE, "  name: web\n", "  name: web\n  creationTimestamp: null\n")(files)
    edit(SPACE, "kind: Namespace\n", f"kind: Namespace\nspec: {spec}\nstatus: {{}}\n")(files)

    assert findings(files, profile, "network", "namespaces", "pods") == []


def test_a_status_that_says_something_is_not_understood() -> None:
    files, profile = rendered("small")
    edit(SPACE, "kind: Namespace\n", "kind: Namespace\nstatus: {phase: Terminating}\n")(files)

    assert any("status" in each.message for each in findings(files, profile, "namespaces"))


def test_what_cannot_be_seen_is_escaped() -> None:
    """A role may have almost any name."""
    files, profile = rendered("small")
    role = 'kind: ClusterRole\nmetadata: {name: "a\\n\\e[31mb", finalizers: [a]}\nrules: []\n'
    add("manifests/cluster/access.yaml", f"apiVersion: rbac.authorization.k8s.io/v1\n{role}")(files)

    found = findings(files, profile, "access")

    assert [each.object for each in found] == [r"ClusterRole a\n\x1b[31mb"]
