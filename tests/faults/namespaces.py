"""Faults in what is applied at all: files, documents, metadata."""

from __future__ import annotations

from collections.abc import Callable

from tests.verifying import Fault, Files, add, edit

_NAMESPACE = "manifests/namespaces/payments/namespace.yaml"
_ACCESS = "manifests/namespaces/payments/access.yaml"
_NETWORK = "manifests/namespaces/payments/network.yaml"
_LIST = "manifests/kustomization.yaml"
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: miner, namespace: payments}
spec: {}
"""
_STRAY = "nobody knows what this file is for"


def _put(path: str, text: str = "\n") -> Callable[[Files], None]:
    """A file that nothing lists."""
    return lambda files: files.update({path: text})


def _stray(path: str) -> Fault:
    return Fault(f"a file {path}", "shop-prod", "namespaces", f"{path}  {_STRAY}", _put(path))


def _sorted(how: str) -> Callable[[Files], None]:
    """The list of files, with another order."""
    return edit(_LIST, "sortOptions:\n  order: fifo\n", f"sortOptions: {how}\n")


FAULTS = (
    Fault("a kind that nobody judges", "shop-prod", "namespaces", "Deployment", add(_NAMESPACE, _DEPLOYMENT)),
    Fault("an object without a kind", "shop-prod", "namespaces", "no kind", add(_NAMESPACE, "metadata: {name: a}\n")),
    Fault("a document that is a text", "shop-prod", "namespaces", "no kind", add(_NAMESPACE, "hello\n")),
    Fault("an alias", "shop-prod", "namespaces", "cannot be read", add(_NAMESPACE, "a: &a b\nc: *a\n")),
    Fault(
        "a key twice",
        "shop-prod",
        "namespaces",
        "cannot be read",
        edit(_NETWORK, "  podSelector: {}\n", "  podSelector: {}\n  podSelector: {}\n"),
    ),
    Fault(
        "a word that readers disagree on",
        "shop-prod",
        "namespaces",
        "cannot be read",
        edit(_NAMESPACE, "hardener\n", "no\n"),
    ),
    Fault(
        "a file that is not listed",
        "shop-prod",
        "namespaces",
        "is not listed",
        edit(_LIST, "  - namespaces/payments/network.yaml\n", ""),
    ),
    Fault(
        "a file from elsewhere",
        "shop-prod",
        "namespaces",
        "no file of this folder",
        edit(_LIST, "resources:\n", "resources:\n  - https://example.com/more.yaml\n"),
    ),
    Fault(
        "a patch on the way",
        "shop-prod",
        "namespaces",
        "patches",
        edit(_LIST, "resources:\n", "patches: [{path: patch.yaml}]\nresources:\n"),
    ),
    Fault(
        "a file listed twice",
        "shop-prod",
        "namespaces",
        "twice",
        edit(_LIST, "resources:\n", "resources:\n  - cluster/access.yaml\n"),
    ),
    Fault(
        "a file listed twice in two spellings",
        "shop-prod",
        "namespaces",
        "cluster/access.yaml is listed twice",
        edit(_LIST, "resources:\n", "resources:\n  - ./cluster/access.yaml\n"),
    ),
    Fault(
        "the list of files as one of them",
        "shop-prod",
        "namespaces",
        "kustomization.yaml is no file of this folder",
        edit(_LIST, "resources:\n", "resources:\n  - kustomization.yaml\n"),
    ),
    Fault("an order that is none", "shop-prod", "namespaces", "sortOptions has a form", _sorted("{order: evil}")),
    Fault("no order", "shop-prod", "namespaces", "sortOptions has a form", _sorted("{}")),
    Fault(
        "an order with another's options",
        "shop-prod",
        "namespaces",
        "sortOptions has a form",
        _sorted("{order: fifo, legacySortOptions: {orderFirst: [], orderLast: []}}"),
    ),
    Fault(
        "a list of files with a strange name",
        "shop-prod",
        "namespaces",
        "metadata has a form",
        edit(_LIST, "resources:\n", "metadata: {generateName: a}\nresources:\n"),
    ),
    *map(
        _stray,
        (
            "manifests/Kustomization",
            "manifests/.sourceignore",
            "manifests/cluster/.argocd-source",
            "manifests/run.sh",
            "manifests/cluster/more.YAML",
            "manifests/more.jsonnet",
            "manifests/notes.txt",
            "extra.yaml",
            "more/pods.yaml",
            ".sourceignore",
            "nodes",
        ),
    ),
    Fault(
        "a list of files of another name",
        "shop-prod",
        "namespaces",
        "is not listed",
        _put("manifests/kustomization.yml"),
    ),
    Fault("no list of files", "shop-prod", "namespaces", "missing", lambda files: files.pop(_LIST)),
    Fault(
        "two objects of one name",
        "shop-prod",
        "network",
        "two of it",
        lambda files: files.update({_NETWORK: files[_NETWORK] + "---\n" + files[_NETWORK]}),
    ),
    Fault(
        "an object for another version",
        "shop-prod",
        "namespaces",
        "v1beta1",
        edit(_ACCESS, "rbac.authorization.k8s.io/v1\n", "rbac.authorization.k8s.io/v1beta1\n"),
    ),
    Fault(
        "metadata that nobody knows",
        "shop-prod",
        "network",
        "generateName",
        edit(_NETWORK, "  name: default-deny\n", "  name: default-deny\n  generateName: a\n"),
    ),
)
