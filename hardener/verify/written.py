"""A folder of output as objects. What cannot be read, or is of no kind that is judged here, is a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from hardener.errors import Problem
from hardener.source.manifests import Reader, document
from hardener.verify import Finding
from hardener.verify.delivery import held_back
from hardener.verify.kinds import JUDGED
from hardener.verify.metadata import refusal
from hardener.verify.objects import Object, finding, objects_in

MANIFESTS: Final = "manifests/"
KUSTOMIZATION: Final = "manifests/kustomization.yaml"
READ: Final = (".yaml", ".yml", ".json")
# Fields of metadata that are written by people.
_METADATA: Final = {"name", "namespace", "labels", "annotations"}
_NAME_LABEL: Final = "kubernetes.io/metadata.name"


class Written:
    """A folder of output: `files` are its texts by path, `objects` every object of its manifests, in their order."""

    def __init__(self, files: Mapping[str, str], objects: tuple[Object, ...]) -> None:
        """Made by `read`."""
        self.files = files
        self.objects = objects
        self._configs: dict[str, Any] = {}

    def of(self, *kinds: str) -> list[Object]:
        """The objects of these kinds, in their order."""
        return [each for kind in kinds for each in self._by_kind.get(kind, ())]

    def namespaces(self) -> Mapping[str, Mapping[str, str]]:
        """The labels of each namespace by its name, as an API server keeps them."""
        return self._namespaces

    def config(self, path: str) -> Any:
        """The data of a file that is one document. Raises KeyError if there is no such file, ProfileError."""
        if path not in self._configs:
            self._configs[path] = document(self.files[path], path)
        return self._configs[path]

    @cached_property
    def _by_kind(self) -> dict[str, list[Object]]:
        kinds: dict[str, list[Object]] = {}
        for each in self.objects:
            kinds.setdefault(each.kind, []).append(each)
        return kinds

    @cached_property
    def _namespaces(self) -> dict[str, dict[str, str]]:
        return {each.name: {**each.labels, _NAME_LABEL: each.name} for each in self.of("Namespace")}


def read(files: Mapping[str, str], reader: Reader | None = None) -> tuple[Written, tuple[Finding, ...]]:
    """The folder of which `files` are the texts by path, and a finding for whatever in its manifests is not understood.

    What an API server refuses, and what nobody here judges, is not among the objects. A `reader` that has read much the
    same before reads faster.
    """
    reader = reader or Reader()
    objects: list[Object] = []
    findings: list[Finding] = []
    for file in sorted(files):
        if not file.startswith(MANIFESTS) or not file.endswith(READ) or file == KUSTOMIZATION:
            continue
        for part in reader.parts(files[file], file):
            findings += (_unreadable(file, problem) for problem in part.problems)
            for each in () if part.problems else objects_in(part, file):
                if refused := _refused(each):
                    findings.append(refused)
                    continue
                findings += _uncertain(each)
                objects.append(each)
    return Written(files, tuple(objects)), (*findings, *_doubled(objects))


def _unreadable(file: str, problem: Problem) -> Finding:
    return Finding(word="namespaces", file=file, line=problem.line, message=f"cannot be read: {problem.what}")


def _refused(object: Object) -> Finding | None:
    """Why an object is not there, or means nothing here; None if it is one of those that are judged."""
    judged = JUDGED.get(object.kind)
    if judged and object.api_version in judged.versions:
        wrong = refusal(object.data, judged)
        return finding(judged.word, object, wrong[0], *wrong[1]) if wrong else None
    if not object.kind:
        return finding("namespaces", object, "it has no kind: nobody knows what it is")
    kind = f"{object.kind} of {object.api_version or 'no version'}"
    message = f"nobody here judges {'an' if kind[0] in 'AEIO' else 'a'} {kind}: what it does to the promises is unknown"
    return finding("namespaces", object, message, "kind")


def _uncertain(object: Object) -> Iterator[Finding]:
    """What of an object's metadata may make of it another one than it says, or keep it from being applied."""
    metadata, word = object.data["metadata"], JUDGED[object.kind].word
    if JUDGED[object.kind].namespaced and not metadata.get("namespace"):
        # kubectl takes its context's, Argo CD the destination's of its Application, Flux its targetNamespace.
        yield finding(word, object, "it names no namespace: whoever delivers it chooses one", "metadata")
    for field in sorted(key for key in metadata.keys() - _METADATA if metadata[key] is not None):
        yield finding(word, object, f"nobody knows what it means: metadata.{field}", "metadata", field)
    for message, path in held_back(metadata):
        yield finding(word, object, message, *path)


def _doubled(objects: list[Object]) -> Iterator[Finding]:
    """Of two objects of one name, the second replaces the first, or nothing is applied at all."""
    first: dict[tuple[str, str, str], Object] = {}
    for each in objects:
        key = each.kind, each.namespace, each.name
        if (other := first.setdefault(key, each)) is not each:
            message = f"there are two of it, the other in {other.file}:{other.line}: only one of them can hold"
            yield finding(JUDGED[each.kind].word, each, message)
