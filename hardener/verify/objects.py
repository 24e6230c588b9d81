"""A Kubernetes object as it stands in a file, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from msgspec import Struct, ValidationError, convert

from hardener.errors import ProfileError, visible
from hardener.source import KeyPath
from hardener.source.manifests import Part, places
from hardener.verify import Finding
from hardener.verify.kinds import JUDGED, Kind

Shape = TypeVar("Shape")


class Object(Struct, frozen=True, eq=False):
    """An object of a file. `line` is where its document begins, from 1; `inside`, where it stands in a List.

    `namespace` is `default` for what lives in one and names none; empty for what belongs to the cluster, and for what
    names none and is of a kind that nobody here judges.
    """

    file: str
    line: int
    data: dict[str, Any]
    text: str
    inside: KeyPath
    api_version: str
    kind: str
    namespace: str
    name: str

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def labels(self) -> dict[str, str]:
        """The object's labels."""
        return self.data["metadata"].get("labels") or {}

    @property
    def annotations(self) -> dict[str, str]:
        """The object's annotations."""
        return self.data["metadata"].get("annotations") or {}

    def __str__(self) -> str:
        """Kind and name as a person would say them: RoleBinding payments/viewers."""
        named = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {named}" if self.kind and self.name else self.kind

    def line_of(self, *path: str | int) -> int:
        """The line of something inside it. Reads the text once more: for what is said, not for what is asked."""
        try:
            return places(self.text, self.line - above(self.text), self.file).line((*self.inside, *path))[1]
        except ProfileError:
            return self.line


class NotUnderstoodError(Exception):
    """Something in an object that nobody here can judge. Ends the check that it belongs to; the command shows it."""

    def __init__(self, finding: Finding) -> None:
        """Carry the finding that it is."""
        self.finding = finding
        super().__init__(finding.message)


def finding(word: str, object: Object, message: str, *path: str | int, at: KeyPath = ()) -> Finding:
    """A finding about something inside an object, with its file, line and name."""
    line = object.line_of(*path) if path else object.line
    said, name = visible(message), visible(str(object))
    return Finding(word=word, file=object.file, line=line, object=name, message=said, at=at)


def shaped(object: Object, shape: type[Shape], word: str, *path: str | int) -> Shape:
    """What stands at `path` in an object, as a type that forbids what it does not know.

    Raises NotUnderstoodError where it has another shape. An engine that reads all of its objects this way can neither
    overlook a field nor stumble over one.
    """
    value: Any = object.data
    for step in path:
        value = value.get(step) if isinstance(value, dict) else value[step]
    try:
        return convert(value, shape, strict=True)
    except ValidationError as error:
        raise NotUnderstoodError(finding(word, object, _unknown(error), *path)) from error


def _unknown(error: ValidationError) -> str:
    said = str(error)
    what, _, where = said.partition(" - at `$")
    place = where.rstrip("`").lstrip(".")
    what = what[:1].lower() + what[1:]
    return f"nobody knows what it means{f', at {place}' if place else ''}: {what}"


def objects_in(part: Part, file: str) -> list[Object]:
    """The object that a document is or, if it is a List, those in it."""
    return list(_unpacked(part, file, part.data, ()))


def _unpacked(part: Part, file: str, data: Any, inside: KeyPath) -> Iterator[Object]:
    if not isinstance(data, dict):
        data = {}
    elif data.get("kind") == "List" and isinstance(data.get("items"), list):
        for number, item in enumerate(data["items"]):
            yield from _unpacked(part, file, item, (*inside, "items", number))
        return
    if not data.get("status", True):
        # kubectl create --dry-run writes one; an API server takes what it holds from nobody but controllers.
        data = {key: value for key, value in data.items() if key != "status"}
    metadata = data.get("metadata")
    named = metadata if isinstance(metadata, dict) else {}
    version, kind, space, name = data.get("apiVersion"), data.get("kind"), named.get("namespace"), named.get("name")
    judged = JUDGED.get(kind) if isinstance(kind, str) else None
    yield Object(
        file,
        part.line,
        data,
        part.text,
        inside,
        version if isinstance(version, str) else "",
        kind if isinstance(kind, str) else "",
        _namespace(space, judged),
        name if isinstance(name, str) else "",
    )


def _namespace(said: Any, judged: Kind | None) -> str:
    if judged and not judged.namespaced:
        return ""
    return said if said and isinstance(said, str) else "default" if judged else ""


def above(text: str) -> int:
    """How many lines of a document's text stand above the first that says something."""
    for number, line in enumerate(text.splitlines()):
        if line.strip() and not line.lstrip().startswith("#"):
            return number
    return 0
