"""What an output tells each component: flags, and the documents that kubelets read, wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

# The keys of kubeadm's ClusterConfiguration, and the component that each is about.
KUBEADM = {
    "apiServer": "kube-apiserver",
    "controllerManager": "kube-controller-manager",
    "scheduler": "kube-scheduler",
}
# k3s and RKE2 take a component's flags as lists under such keys.
ARGUMENT_LIST = re.compile(r"(kube-apiserver|kube-controller-manager|kube-scheduler|kubelet|etcd)-arg\+?")

Told = tuple[str, str, str]


def flags(files: Mapping[str, str]) -> list[Told]:
    """Component, flag and value of every flag in an output."""
    return [told for path, text in sorted(files.items()) for told in _flags(path, text)]


def kubelets(files: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Every KubeletConfiguration of an output, by the file that holds it."""
    return {
        path: document
        for path, text in sorted(files.items())
        if path.endswith(".yaml") and "KubeletConfiguration" in text
        for document in yaml.load_all(text, yaml.CSafeLoader)
        if document["kind"] == "KubeletConfiguration"
    }


def paths(document: Any, above: str = "") -> Iterator[str]:
    """The dotted path of every key in a document, those that hold others included."""
    for key, value in document.items() if isinstance(document, dict) else ():
        path = f"{above}.{key}" if above else key
        yield path
        yield from paths(value, path)


def gates(files: Mapping[str, str]) -> set[tuple[str, bool]]:
    """Every feature gate that an output names, with what it is set to."""
    written = [value for _, flag, value in flags(files) if flag == "feature-gates"]
    pairs = [pair.split("=") for value in written for pair in value.split(",")]
    fields = [document.get("featureGates", {}) for document in kubelets(files).values()]
    return {(name, value == "true") for name, value in pairs} | {pair for field in fields for pair in field.items()}


def _flags(path: str, text: str) -> Iterator[Told]:
    name = path.rpartition("/")[2]
    if name.endswith(".flags"):
        yield from (_told(name.removesuffix(".flags"), line) for line in text.splitlines() if line.startswith("--"))
    elif path.startswith(("control-plane/", "nodes/")) and name.endswith(".yaml"):
        for document in yaml.load_all(text, yaml.CSafeLoader):
            yield from _arguments(document or {})


def _arguments(document: dict[str, Any]) -> Iterator[Told]:
    for key, value in document.items():
        if key in KUBEADM or key == "etcd":
            component, part = (KUBEADM[key], value) if key in KUBEADM else ("etcd", value.get("local", {}))
            for flag, argument in _extra(part.get("extraArgs", {})):
                yield component, flag, argument
        elif listed := ARGUMENT_LIST.fullmatch(key):
            yield from (_told(listed[1], argument) for argument in value)


def _extra(arguments: Any) -> Iterator[tuple[str, str]]:
    """kubeadm's extraArgs: a mapping in v1beta3, a list of names and values in v1beta4."""
    if isinstance(arguments, list):
        yield from ((argument["name"], argument["value"]) for argument in arguments)
    else:
        yield from arguments.items()


def _told(component: str, argument: str) -> Told:
    flag, _, value = argument.removeprefix("--").partition("=")
    return component, flag, value
