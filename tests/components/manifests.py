"""A folder of rendered manifests, read as `kubectl apply -k` reads it: what there is, and in which order."""

import re
from pathlib import Path

import yaml

_BETWEEN_DOCUMENTS = re.compile(r"^---$", re.MULTILINE)


def in_order(folder: Path) -> list[str]:
    """The text of every YAML document of the files that kustomization.yaml names, in that order."""
    names = yaml.load((folder / "kustomization.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)["resources"]
    return [document for name in names for document in documents(folder / name)]


def files(folder: Path) -> list[Path]:
    """Every file that holds objects of the API; kustomization.yaml holds none."""
    return sorted(file for file in folder.rglob("*.yaml") if file.name != "kustomization.yaml")


def documents(file: Path) -> list[str]:
    """The text of each YAML document of a file, but for those that hold nothing but comments."""
    return split(file.read_text(encoding="utf-8"))


def split(text: str) -> list[str]:
    """The text of each YAML document, but for those that hold nothing but comments."""
    return [document for document in _BETWEEN_DOCUMENTS.split(text) if _says_something(document)]


def _says_something(document: str) -> bool:
    return any(line.strip() and not line.startswith("#") for line in document.splitlines())
