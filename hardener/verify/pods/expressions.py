"""What the expressions of admission policies speak of: the texts in them, and the fields that they ask for.

Pods to ask about are made of the texts. The fields tell whether these are enough: a policy that asks who creates a pod,
or what it is called, may hold for some and not for others, whatever is tried. PodSecurityPolicies, until Kubernetes
1.24, have no expressions: they name what they allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final

from hardener.source import KeyPath
from hardener.verify.cel.errors import NotUnderstoodError as UnknownExpressionError
from hardener.verify.cel.lexer import tokens
from hardener.verify.cel.syntax import Call, Entry, Listing, Literal, Mapping, Name, Node, Object, Select, parse
from hardener.verify.objects import NotUnderstoodError, finding
from hardener.verify.objects import Object as Written
from hardener.verify.written import Written as Folder

# What promises speak of, in a pod and in what it is judged by.
_KNOWN: Final = frozenset(
    [
        *("object", "oldObject", "request", "namespaceObject", "variables", "operation", "spec", "metadata"),
        *("containers", "initContainers", "ephemeralContainers", "image", "volumes", "reference", "projected"),
        *("sources", "serviceAccountToken", "serviceAccountName", "securityContext", "privileged", "capabilities"),
        *("add", "seccompProfile", "appArmorProfile", "seLinuxOptions", "type", "level", "localhostProfile"),
        *(
            "runtimeClassName",
            "priorityClassName",
            "hostUsers",
            "nodeSelector",
            "tolerations",
            "nodeName",
            "key",
            "operator",
            "value",
        ),
        *("effect", "annotations"),
    ]
)
# Of these, an index gives a field by its name.
_WHOLE: Final = ("object", "oldObject", "request", "namespaceObject")
_OF_WHAT_RUNS: Final = ("ontainers", "runtimeClassName", "priorityClassName", "securityContext", "image")
_PODS: Final = frozenset(["pods", "pods/ephemeralcontainers", "*", "*/*", "pods/*"])


def expressions(object: Written) -> Iterator[tuple[KeyPath, str]]:
    """Each expression that decides something, with its place in the policy."""
    spec = _mapping(object.data.get("spec"))
    for field in ("matchConditions", "variables", "validations"):
        for number, each in enumerate(_list(spec.get(field))):
            if isinstance(text := _mapping(each).get("expression"), str):
                yield ("spec", field, number, "expression"), text
    for number, each in enumerate(_list(spec.get("mutations"))):
        for form in ("jsonPatch", "applyConfiguration"):
            if isinstance(text := _mapping(_mapping(each).get(form)).get("expression"), str):
                yield ("spec", "mutations", number, form, "expression"), text


def words(objects: Iterable[Written]) -> frozenset[str]:
    """Every text that an expression of these policies holds."""
    return frozenset(word for each in objects for _, text in expressions(each) for word in words_of(text))


def security_policy_words(written: Folder) -> tuple[str, ...]:
    """Every text that a PodSecurityPolicy of the folder compares with: capabilities, and names of what confines."""
    found: set[str] = set()
    for each in written.of("PodSecurityPolicy"):
        spec = _mapping(each.data.get("spec"))
        classes = _mapping(spec.get("runtimeClass")).get("allowedRuntimeClassNames")
        options = _mapping(_mapping(spec.get("seLinux")).get("seLinuxOptions")).values()
        profiles = [name for value in each.annotations.values() for name in value.split(",")]
        named = [name.partition("/")[2] for name in profiles if name.startswith("localhost/")]
        for text in (*_list(spec.get("allowedCapabilities")), *_list(classes), *options, *named):
            if isinstance(text, str) and text not in ("", "*"):
                found.add(text)
    return tuple(sorted(found))


def speaks_of(object: Written, field: str) -> bool:
    """Does an expression of the policy name a field, or a part of its name?"""
    return any(field in text for _, text in expressions(object))


def judges_pods(object: Written) -> bool:
    """Does the policy say that it holds for pods?"""
    constraints = _mapping(_mapping(object.data.get("spec")).get("matchConstraints"))
    rules = _list(constraints.get("resourceRules"))
    return any(_PODS & set(_list(_mapping(rule).get("resources"))) for rule in rules)


def asks_namespace(object: Written) -> bool:
    """Does an expression ask for what the namespace of a request says of itself?"""
    return any("namespaceObject" in text for _, text in expressions(object))


def asks_what_runs(object: Written) -> bool:
    """Does an expression ask for what a pod runs, and not just where?"""
    return any(field in text for _, text in expressions(object) for field in _OF_WHAT_RUNS)


def strange_fields(object: Written) -> Iterator[tuple[KeyPath, str]]:
    """Each field that no promise speaks of, and on which a policy makes depend whether it holds for a pod.

    The name of a container may be what an expression gives back, to say which it was. Raises NotUnderstoodError.
    """
    for path, text in expressions(object):
        try:
            found = sorted(_strange(text))
        except UnknownExpressionError as error:
            raise NotUnderstoodError(finding("pods", object, str(error), *path)) from error
        yield from ((path, field) for field in found)


@cache
def words_of(text: str) -> frozenset[str]:
    """Every text that an expression holds."""
    try:
        return frozenset(each.value for each in tokens(text) if each.kind == "literal" and isinstance(each.value, str))
    except UnknownExpressionError:
        return frozenset()


@cache
def _strange(text: str) -> frozenset[str]:
    return frozenset(_asked(parse(text))) - _KNOWN


def _asked(node: Node | Entry | str | None) -> Iterator[str]:
    """Every field that a tree asks for, and `authorizer`."""
    for each in _walked(node):
        if isinstance(each, Select):
            yield each.field
        elif isinstance(each, Name) and each.name == "authorizer":
            yield each.name
        elif isinstance(each, Call) and each.function in ("[]", "[?]"):
            whole, key = each.arguments[0], each.arguments[-1]
            if isinstance(whole, Name) and whole.name in _WHOLE and isinstance(key, Literal):
                yield str(key.value)


def _walked(node: Node | Entry | str | None) -> Iterator[Node]:
    """Each part of a tree, but what `map` gives back of a name, and the names of variables."""
    match node:
        case None | str() | Select(Name("variables"), _):
            return
        case Entry(value, key):
            yield from (*_walked(value), *_walked(key))
            return
        case Select(operand, _):
            inside: tuple[Node | Entry | str | None, ...] = (operand,)
        case Call("map", (*before, Select(Name(), "name")), target):
            inside = (*before, target)
        case Call(_, arguments, target):
            inside = (*arguments, target)
        case Listing(entries) | Mapping(entries) | Object(_, entries):
            inside = entries
        case _:
            inside = ()
    yield node
    for each in inside:
        yield from _walked(each)


def _mapping(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
