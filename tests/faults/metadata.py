"""Faults in metadata: what no API server takes, and what keeps an object from being applied as it stands."""

from __future__ import annotations

from collections.abc import Callable

from tests.verifying import Fault, Files, add, edit

_FOLDER = "manifests/namespaces/payments"
_NAME = "  name: default-deny\n"
_LABEL = "    app.kubernetes.io/managed-by: hardener\n"
_REFUSED = "no API server takes it"
_HELD = "may keep it from being applied as it stands"
_ANYWHERE = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open}
spec: {podSelector: {}, ingress: [{}]}
"""
_ALWAYS = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: .., labels: {}}\nrules: []\n"


def _called(name: str) -> Callable[[Files], None]:
    """The policy that denies everything, under another name."""
    return edit(f"{_FOLDER}/network.yaml", _NAME, f"  name: {name}\n")


def _with(line: str) -> Callable[[Files], None]:
    """The policy that denies everything, with one more field of metadata."""
    return edit(f"{_FOLDER}/network.yaml", _NAME, f"{_NAME}  {line}\n")


def _labelled(label: str, file: str = "network.yaml") -> Callable[[Files], None]:
    """The first object of a file, with one more label."""
    return edit(f"{_FOLDER}/{file}", _LABEL, f"{_LABEL}    {label}\n")


def _refused(name: str, word: str, says: str, break_: Callable[[Files], None]) -> Fault:
    return Fault(name, "shop-prod", word, f"{_REFUSED}: {says}", break_)


def _held(name: str, key: str, break_: Callable[[Files], None]) -> Fault:
    return Fault(name, "shop-prod", "network", f"{key} {_HELD}", break_)


def _annotated(key: str, value: str) -> Fault:
    return _held(f"an annotation {key}: {value}", key, _with(f"annotations: {{{key}: '{value}'}}"))


FAULTS = (
    _refused("a name with capitals", "network", "'Default_Deny' is no name", _called("Default_Deny")),
    _refused("a name with a slash", "network", "'a/b' is no name", _called("a/b")),
    _refused("a name that is too long", "network", "'aaa", _called("a" * 254)),
    Fault(
        "an object that names no namespace",
        "shop-prod",
        "network",
        "it names no namespace: whoever delivers it chooses one",
        add(f"{_FOLDER}/network.yaml", _ANYWHERE),
    ),
    Fault("an empty name", "shop-prod", "network", "it has no name", _called('""')),
    _refused(
        "a role whose name is a way up", "access", "'..' is no name", add("manifests/cluster/access.yaml", _ALWAYS)
    ),
    _refused(
        "a Namespace with dots in its name",
        "namespaces",
        "'pay.ments' is no name",
        edit(f"{_FOLDER}/namespace.yaml", "  name: payments\n", "  name: pay.ments\n"),
    ),
    _refused(
        "a namespace that can never be",
        "network",
        r"'payments\n' is no name for a namespace",
        edit(f"{_FOLDER}/network.yaml", "  namespace: payments\n", '  namespace: "payments\\n"\n'),
    ),
    _refused(
        "a label that nothing can have", "network", "nothing can have the label 'x'", _labelled('x: "bad value!"')
    ),
    _refused(
        "a key that no label can have", "network", "nothing can have the label 'bad key!'", _labelled("bad key!: x")
    ),
    _refused("a label of a Namespace", "namespaces", "nothing can have", _labelled('x: "a b"', "namespace.yaml")),
    _refused("a label of an account", "tokens", "nothing can have", _labelled('x: "a b"', "service-accounts.yaml")),
    _refused("a label of a quota", "quotas", "nothing can have", _labelled('x: "a b"', "quotas.yaml")),
    _refused("a label of a binding", "access", "nothing can have", _labelled('x: "a b"', "access.yaml")),
    Fault("a label that is no text", "shop-prod", "network", "one is no text", _labelled("x: 1")),
    Fault("labels that are a list", "shop-prod", "network", "no keys and values", _with("annotations: []")),
    _refused(
        "a key that no annotation can have",
        "network",
        "nothing can have the annotation 'bad key!'",
        _with("annotations: {bad key!: x}"),
    ),
    _refused(
        "more annotations than are taken",
        "network",
        "it has 300,001 bytes of annotations",
        _with(f"annotations: {{x: {'a' * 300_000}}}"),
    ),
    _annotated("config.kubernetes.io/local-config", "true"),
    _annotated("internal.config.kubernetes.io/needsHashSuffix", "enabled"),
    _annotated("kustomize.config.k8s.io/behavior", "merge"),
    _annotated("kustomize.toolkit.fluxcd.io/ssa", "Ignore"),
    _annotated("kustomize.toolkit.fluxcd.io/reconcile", "disabled"),
    _annotated("argocd.argoproj.io/hook", "Skip"),
    _annotated("argocd.argoproj.io/sync-options", "Prune=false,Replace=true"),
    _annotated("helm.sh/hook", "post-delete"),
    _annotated("kapp.k14s.io/noop", ""),
    _annotated("configmanagement.gke.io/managed", "disabled"),
    _held(
        "a label that Flux leaves objects out by",
        "kustomize.toolkit.fluxcd.io/reconcile",
        _labelled("kustomize.toolkit.fluxcd.io/reconcile: disabled"),
    ),
    _held(
        "a label that Flux ignores objects by",
        "kustomize.toolkit.fluxcd.io/ssa",
        _labelled("kustomize.toolkit.fluxcd.io/ssa: Ignore"),
    ),
)
