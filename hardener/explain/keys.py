"""What may stand at a path of the profile, in the words of its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hardener.explain import Key
from hardener.source import KeyPath

Node = Mapping[str, Any]

_NUMBERS: Final = {"integer": "a whole number", "number": "a number"}


def key_at(schema: Node, at: KeyPath) -> Key | None:
    """The key at a path; None where a profile can say nothing."""
    found = _find(schema, schema, at)
    if found is None or not at:
        return None
    node = _resolved(schema, found)
    return Key(
        at=at,
        about=found.get("description") or node.get("description", ""),
        default=_default(found),
        may_be=_may_be(schema, found),
    )


def choices(schema: Node, at: KeyPath) -> tuple[Any, ...]:
    """The words to choose from at a path, if there are such."""
    found = _find(schema, schema, at)
    return () if found is None else tuple(word for each in _forms(schema, found) for word in each.get("enum", ()))


def names(schema: Node, node: Node, above: str = "") -> Iterator[str]:
    """The paths of all keys that have a name of their own, from the top: `controlPlane.audit.log.maxAge`."""
    for name, inside in _resolved(schema, node).get("properties", {}).items():
        path = f"{above}.{name}" if above else name
        yield path
        yield from names(schema, inside, path)


def _find(schema: Node, node: Node, at: KeyPath) -> Node | None:
    if not at:
        return node
    for form in _forms(schema, node):
        inside = _inside(form, at[0])
        found = None if inside is None else _find(schema, inside, at[1:])
        if found is not None:
            return found
    return None


def _inside(form: Node, step: str | int) -> Node | None:
    """What may stand one step further in."""
    if isinstance(step, int):
        items = form.get("items")
        return items if isinstance(items, dict) else None
    if step in form.get("properties", {}):
        return dict(form["properties"][step])
    others = form.get("additionalProperties")
    return others if isinstance(others, dict) else None


def _forms(schema: Node, node: Node) -> list[Node]:
    """The forms that a value may have: one, or several to choose from."""
    node = _resolved(schema, node)
    return [_resolved(schema, each) for each in node["anyOf"]] if "anyOf" in node else [node]


def _resolved(schema: Node, node: Node) -> Node:
    while "$ref" in node:
        node = {**schema["$defs"][node["$ref"].rpartition("/")[2]], **{k: v for k, v in node.items() if k != "$ref"}}
    return node


def _default(node: Node) -> str:
    return json.dumps(node["default"], ensure_ascii=False).strip('"') if "default" in node else ""


def _may_be(schema: Node, node: Node) -> str:
    """What a value may be, in words."""
    return " or ".join(dict.fromkeys(filter(None, (_form(schema, each) for each in _forms(schema, node)))))


def _form(schema: Node, form: Node) -> str:
    if "enum" in form or "const" in form:
        return _choice([str(each) for each in form.get("enum", [form.get("const")])])
    sort = form.get("type", "")
    if sort in _NUMBERS:
        return _NUMBERS[sort] + _bounds(form)
    if sort == "array":
        return f"a list, each item {_may_be(schema, form.get('items', {}))}"
    if sort == "object":
        known = form.get("properties", {})
        return f"a mapping of {', '.join(known)}" if known else "a mapping by names of your own"
    return {"boolean": "true or false", "string": "a text"}.get(sort, "")


def _choice(words: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _bounds(form: Node) -> str:
    low, high = form.get("minimum"), form.get("maximum")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f", at least {low}" if low is not None else f", at most {high}" if high is not None else ""
