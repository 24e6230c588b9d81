"""What somebody wants to create, read from a file of theirs: pods, and what makes pods. All mistakes at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from hardener.errors import Problem, ProfileError, UsageError, visible
from hardener.profile.nearest import close
from hardener.source import KeyPath
from hardener.source.manifests import Part, Reader, places
from hardener.verify.admission import shape, validation
from hardener.verify.admission.pod_security.pod import KINDS
from hardener.verify.admission.workloads import MAKERS, Made, made
from hardener.verify.objects import above

_METADATA: Final = {"labels": dict, "annotations": dict, "name": str, "namespace": str, "generateName": str}

# What no version forgets is judged whatever the cluster's is: it may be a slip.
_NEWEST: Final = 1_000


class Wanted(Struct, frozen=True, kw_only=True):
    """An object that somebody wants to create, with the pod that comes of it. `namespace` is empty if it names none."""

    kind: str
    name: str
    namespace: str
    made: Made

    def __str__(self) -> str:
        """As a person would say it."""
        return f"{self.kind} {self.name}"


class Manifest(Struct, frozen=True):
    """What somebody wants to create: what `makes` pods, and `others`, which make none, by kind and name."""

    makes: tuple[Wanted, ...]
    others: tuple[str, ...]


def read(text: str, file: str, namespace: str) -> Manifest:
    """What stands in a text, to be created in `namespace` if it does not say where. Raises ProfileError, UsageError."""
    wanted: list[Wanted] = []
    others: list[str] = []
    problems: list[Problem] = []
    for part in Reader().parts(text, file):
        if part.problems:
            problems += part.problems
            continue
        if not isinstance(part.data, dict):
            problems.append(_no_object(part, file))
            continue
        source = places(part.text, part.line - above(part.text), file)
        for path, data in _objects(source.data, ()):
            if _is_other(data):
                others.append(_named_other(data))
                continue
            wrong = [source.problem((*path, *at), what, help=help) for at, what, help in _mistakes(data, namespace)]
            problems += wrong
            if not wrong:
                wanted.append(_wanted(data))
    if problems:
        raise ProfileError(problems)
    if not wanted:
        what = f"no pod in it, and nothing that makes one: {', '.join(others)}" if others else "nothing in it to create"
        raise UsageError(visible(f"{file}: there is {what}"))
    return Manifest(tuple(wanted), tuple(others))


def _is_other(data: Any) -> bool:
    """Is it of a kind that makes no pods, as far as anybody here knows? A slip of the keyboard is none."""
    kind, version = (data.get("kind"), data.get("apiVersion")) if isinstance(data, dict) else (None, None)
    if not isinstance(kind, str) or not isinstance(version, str) or not kind or kind in MAKERS:
        return False
    meant = close(kind, MAKERS)
    return meant is None or version not in MAKERS[meant].versions


def _named_other(data: dict[str, Any]) -> str:
    metadata = data.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return f"{data['kind']} {name}" if isinstance(name, str) and name else str(data["kind"])


def _no_object(part: Part, file: str) -> Problem:
    excerpt = part.text.splitlines()[above(part.text)]
    what = "this is no object: keys and values, apiVersion and kind among them"
    return Problem(file=file, line=part.line, column=1, width=len(excerpt), where="object", what=what, excerpt=excerpt)


def _objects(data: Any, at: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(data, dict) and data.get("kind") == "List" and isinstance(data.get("items"), list):
        for number, item in enumerate(data["items"]):
            yield from _objects(item, (*at, "items", number))
        return
    yield at, data


def _wanted(data: dict[str, Any]) -> Wanted:
    metadata = data["metadata"]
    name = metadata.get("name") or f"{metadata['generateName']}*"
    return Wanted(kind=data["kind"], name=name, namespace=metadata.get("namespace", ""), made=made(data["kind"], data))


def _mistakes(data: Any, namespace: str) -> Iterator[tuple[KeyPath, str, str]]:
    """Each place that keeps an object from being judged, what is wrong there, and the way out."""
    kind = data.get("kind") if isinstance(data, dict) else None
    if not isinstance(kind, str) or kind not in MAKERS:
        yield ("kind",), _no_maker(kind), f"there are: {', '.join(MAKERS)}"
        return
    maker = MAKERS[kind]
    if data.get("apiVersion") not in maker.versions:
        yield ("apiVersion",), f"a {kind} is of {maker.versions[0]}", ""
    yield from _of_metadata(data.get("metadata"), ("metadata",))
    yield from _named(data.get("metadata"), namespace)
    template = data
    for depth, step in enumerate(maker.template, 1):
        template = template.get(step)
        if not isinstance(template, dict):
            yield maker.template[:depth], f"a {kind} says here what its pods are", ""
            return
    if maker.template:
        yield from _of_metadata(template.get("metadata") or {}, (*maker.template, "metadata"))
    at = (*maker.template, "spec")
    if not isinstance(template.get("spec"), dict):
        yield at, "a pod says here what it is: its containers, and more", ""
        return
    misshapen = tuple(shape.mistakes(template["spec"]))
    wrong = misshapen or validation.slips(shape.stored(template["spec"], _NEWEST))
    for path, what in wrong:
        yield (*at, *path), what, ""
    yield from _of_containers(template["spec"], at)


def _of_containers(spec: dict[str, Any], at: KeyPath) -> Iterator[tuple[KeyPath, str, str]]:
    if not spec.get("containers"):
        yield (*at, "containers") if "containers" in spec else at, "a pod has at least one container", ""
    for kind in KINDS:
        found = spec.get(kind)
        for number, one in enumerate(found if isinstance(found, list) else ()):
            for key in ("name", "image"):
                if isinstance(one, dict) and not one.get(key):
                    yield (*at, kind, number), f"this container has no {key}", ""


def _no_maker(kind: object) -> str:
    if not isinstance(kind, str):
        return "it does not say of what kind it is"
    meant = close(kind, MAKERS)
    return f"a {kind} is no pod, and makes none{f': did you mean {meant}?' if meant else ''}"


def _of_metadata(metadata: Any, at: KeyPath) -> Iterator[tuple[KeyPath, str, str]]:
    if not isinstance(metadata, dict):
        yield at, "an object says here what it is called", ""
        return
    for key, wanted in _METADATA.items():
        value = metadata.get(key)
        if value is not None and not isinstance(value, wanted):
            yield (*at, key), "this is no mapping" if wanted is dict else "this is no text: put it in quotes", ""
        elif isinstance(value, dict):
            for name, text in value.items():
                if not isinstance(text, str):
                    yield (*at, key, name), "this is no text: put it in quotes", ""


def _named(metadata: Any, namespace: str) -> Iterator[tuple[KeyPath, str, str]]:
    if not isinstance(metadata, dict):
        return
    if not metadata.get("name") and not metadata.get("generateName"):
        yield ("metadata",), "it has no name", ""
    elif isinstance(metadata.get("name"), str) and (what := validation.named(metadata["name"])):
        yield ("metadata", "name"), what, ""
    own = metadata.get("namespace")
    if own and namespace and own != namespace:
        yield ("metadata", "namespace"), f"this is {own}, and -n says {namespace}", "leave one of them out"
