"""Secrets in a document, told by the names of their fields, wherever these stand and in whichever form.

A field, an argument or a variable has its secret beside its name: `token: x`, `{name: token, value: x}`, `token=x`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from hardener.errors import ProfileError
from hardener.source import KeyPath, load_data

# What stands where the host puts its own key. It is no base64, so no API server starts with it.
PLACEHOLDER: Final = "(made on the host)"
_WORDS: Final = (
    "token|password|passwd|passphrase|secret|secret-key|access-key|api-key|private-key|certificate-key|join-key"
)
_NAME: Final = re.compile(rf"(?:.+-)?(?:{_WORDS})|auth|client-key-data|dockerconfigjson|dockercfg")
_TOLD: Final = re.compile(r"(?:^|[\s,;&?])-{0,2}([A-Za-z][\w.-]*)=([^\s,;&]+)")
_LINE: Final = re.compile(r"^\s*[\"']?([A-Za-z][\w.-]*)[\"']?:[ ]+(\S+)", re.MULTILINE)
_GENERATOR: Final = "secretGenerator"


def secret_fields(document: Any) -> Iterator[tuple[KeyPath, str]]:
    """Where in a document a secret stands, and what it is, by the names on the way to it."""
    yield from _in_any(document, (), "")


def _in_any(found: Any, path: KeyPath, kind: str) -> Iterator[tuple[KeyPath, str]]:
    """`kind` is what an object is that does not say so itself, as in a list of one kind."""
    if isinstance(found, dict):
        yield from _in_object(found, path, str(found.get("kind") or kind))
    elif isinstance(found, list):
        for number, each in enumerate(found):
            yield from _in_any(each, (*path, number), kind)
    elif isinstance(found, str):
        yield from _in_string(found, path)


def _in_object(found: dict[Any, Any], path: KeyPath, kind: str) -> Iterator[tuple[KeyPath, str]]:
    if kind == "Secret" and (found.get("data") or found.get("stringData")):
        yield path, f"a Secret has data: {_called(found)}"
    if found.get(_GENERATOR):
        yield (*path, _GENERATOR), f"a Secret has data: {_GENERATOR} makes it"
    if _is_secret(str(found.get("name")), found.get("value")):
        yield (*path, "value"), _said(path, str(found["name"]))
    for key, value in found.items():
        if _is_secret(str(key), value):
            yield (*path, str(key)), _said(path, str(key))
        yield from _in_any(value, (*path, str(key)), kind.removesuffix("List") if key == "items" else "")


def _in_string(text: str, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Arguments and settings in a text, and an object as JSON: kubectl keeps what was applied in an annotation."""
    pairs = [*_TOLD.finditer(text), *(_LINE.finditer(text) if "\n" in text else ())]
    yield from ((path, _said(path, pair[1])) for pair in pairs if _is_secret(pair[1], pair[2]))
    if text.startswith("{"):
        try:
            yield from ((path, said) for _, said in _in_any(load_data(text, "annotation"), path, ""))
        except ProfileError:
            return


def _is_secret(name: str, value: Any) -> bool:
    """Is this a secret under its name, and neither a file, nor a variable, nor what the host replaces?

    >>> _is_secret("oidcClientSecret", "x"), _is_secret("token", 12), _is_secret("token", "/a"), _is_secret("key", "x")
    (True, True, False, False)
    """
    if isinstance(value, list):
        return any(_is_secret(name, each) for each in value)
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value in ("", PLACEHOLDER):
        return False
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_./]", "-", name).lower().lstrip("-")
    return _NAME.fullmatch(words) is not None and not str(value).startswith(("/", "$", '"$', '"/'))


def _said(path: KeyPath, name: str) -> str:
    return f"{'.'.join([*(step for step in path if isinstance(step, str)), name])} is a secret"


def _called(found: dict[Any, Any]) -> str:
    metadata = found.get("metadata")
    held = metadata if isinstance(metadata, dict) else {}
    return f"{held.get('namespace', 'default')}/{held.get('name')}"
