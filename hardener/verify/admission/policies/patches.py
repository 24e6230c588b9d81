"""JSON patches (RFC 6902), as an API server applies those that a policy makes.

(staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch/json_patch.go; github.com/evanphx/json-patch.)
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from hardener.verify.cel import EvaluationError, NotUnderstoodError
from hardener.verify.cel.values import Built, equal, type_of

_PLAIN = frozenset(["bool", "int", "double", "string", "null_type"])


def patched(data: dict[str, Any], patches: Iterable[Built]) -> dict[str, Any]:
    """A copy of the object with every patch applied; if a test among them fails, the object as it was.

    Raises EvaluationError where a patch cannot be applied, NotUnderstoodError.
    """
    found = deepcopy(data)
    for patch in patches:
        if not _applied(found, patch.fields):
            return data
    return found


def _applied(data: dict[str, Any], patch: dict[str, Any]) -> bool:
    """Apply one patch. False if it is a test that fails."""
    operation, path = patch.get("op", ""), patch.get("path", "")
    if operation not in ("add", "remove", "replace", "test"):
        raise NotUnderstoodError(f"a patch that does {operation or 'nothing'}")
    owner, key = _owner(data, path)
    if operation == "test":
        return key in owner and equal(owner[key], plain(patch.get("value")))
    if operation == "add":
        _add(owner, key, plain(patch.get("value")))
        return True
    if not _has(owner, key):
        raise EvaluationError(f"JSON Patch: {operation} operation does not apply: missing {path}")
    if operation == "remove":
        del owner[key]
    else:
        owner[key] = plain(patch.get("value"))
    return True


def _owner(data: Any, path: str) -> tuple[Any, str | int]:
    """What the last part of a path is in, and where in it."""
    if not path.startswith("/"):
        raise NotUnderstoodError(f"a patch of {path or 'everything'}")
    *parts, last = (part.replace("~1", "/").replace("~0", "~") for part in path[1:].split("/"))
    for part in parts:
        key = _key(data, part)
        if not _has(data, key):
            raise EvaluationError(f"JSON Patch: operation does not apply: missing {path}")
        data = data[key]
    return data, _key(data, last)


def _key(data: Any, part: str) -> str | int:
    if not isinstance(data, list):
        return part
    if part == "-":
        return len(data)
    if not part.isdecimal():
        raise EvaluationError(f"JSON Patch: {part} is no place in a list")
    return int(part)


def _has(data: Any, key: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(key, int) and key < len(data)
    return isinstance(data, dict) and key in data


def _add(owner: Any, key: Any, value: Any) -> None:
    if isinstance(owner, dict):
        owner[key] = value
    elif isinstance(owner, list) and key <= len(owner):
        owner.insert(key, value)
    else:
        raise EvaluationError(f"JSON Patch: add operation does not apply: {key}")


def plain(value: Any) -> Any:
    """A value of an expression as JSON has it. What JSON has none for is not understood."""
    if isinstance(value, Built):
        return {key: plain(each) for key, each in value.fields.items()}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if type_of(value) not in _PLAIN:
        raise NotUnderstoodError(f"a patch with a value of {type_of(value)}")
    return value
