"""Whether the pods that are asked about stand for all others, as far as a policy can tell them apart.

A small model: `clauses` makes of what a policy asks conditions that must all hold. If each of them looks at one thing
of one element (`_ALONE`), or at two of which it is known what they are to each other (`_TOGETHER`), then whatever
breaks one of them refuses the pod, and nothing else that the pod says can save it. So a good pod with that one thing is
refused exactly if every pod with it is, and if no good pod with one thing changed is refused, none with many is. What
such a condition compares with stands in it, and is asked about (`examples`, `nodes/attempts`).

A policy of any other form is a finding: nobody here can say for which pods it holds, so it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hardener.source import KeyPath
from hardener.verify import Finding
from hardener.verify.cel.errors import NotUnderstoodError
from hardener.verify.cel.syntax import Call, Node, Select, parse
from hardener.verify.objects import Object, finding
from hardener.verify.pods.clauses import Clauses, clauses
from hardener.verify.pods.expressions import judges_pods
from hardener.verify.pods.hosts import TAKING_HOSTS
from hardener.verify.pods.observed import Keys, Path, UnclearError
from hardener.verify.pods.sentences import COMPLETING, GUARDS, OTHERS, bound, inlined, is_one_of, walked

_CONFINED: Final = r"(seccompProfile|appArmorProfile|seLinuxOptions)"
_ALONE: Final = re.compile(
    rf"spec[.](container\[\][.](image|securityContext[.](privileged|capabilities[.]add\[\]|{_CONFINED}([.]\w+)?))"
    rf"|securityContext[.]{_CONFINED}([.]\w+)?|runtimeClassName|priorityClassName|hostUsers|serviceAccountName|nodeName"
    r"|nodeSelector(\{\}|\[[^\]]*\])|tolerations\[\]|volumes\[\][.]image([.]reference)?"
    r"|volumes\[\][.]projected[.]sources\[\][.]serviceAccountToken)"
)
"""What pods are asked about that differ in it."""

_TOGETHER: Final = tuple(
    re.compile(rf"{one} {other}")
    for one, other in (
        # Whose token a volume holds.
        (r"spec[.]serviceAccountName", r"spec[.]volumes\[\][.]projected[.]sources\[\][.]serviceAccountToken"),
        # A pod's options count where a container has none of its own.
        (rf"spec[.]container\[\][.]securityContext[.]{_CONFINED}", r"spec[.]securityContext[.]\1[.]\w+"),
    )
)
_NAMED: Final = frozenset(["object", "oldObject", "request", "namespaceObject", "variables", "params", "authorizer"])
_LARGEST: Final = 20_000
_JUDGED: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset(
        [
            *("pods", "pods/ephemeralcontainers", "pods/binding", "bindings", "services", "services/status", "secrets"),
            *("namespaces", "namespaces/status", "namespaces/finalize"),
        ]
    ),
    **TAKING_HOSTS,
}
_OPERATIONS: Final = frozenset(["CREATE", "UPDATE"])
_SAYS: Final = "nobody here can say for which {} it holds, because of {}"

Place = tuple[KeyPath, str]


def unclear_findings(policy: Object) -> Iterator[Finding]:
    """A finding for each part of a policy that may tell apart more than is asked about."""
    whom = "pods" if judges_pods(policy) else "requests"
    for number, what in _beyond(policy):
        message = f"nobody here judges {what}: what becomes of that, no promise says"
        yield finding("pods", policy, message, "spec", "matchConstraints", "resourceRules", number)
    for path, why in _unclear(policy):
        yield finding("pods", policy, _SAYS.format(whom, why), *path)


def _unclear(policy: Object) -> Iterator[Place]:
    spec = policy.data.get("spec")
    if not isinstance(spec, dict):
        return
    try:
        variables = _variables(spec)
    except NotUnderstoodError:
        # Said where it is read.
        return
    except UnclearError as error:
        yield ("spec", "variables"), str(error)
        return
    if policy.kind == "MutatingAdmissionPolicy":
        yield from _completing(spec, variables)
    elif judges_pods(policy):
        yield from _judging(spec, variables)
    else:
        yield from _others(spec, variables)


def _variables(spec: dict[str, Any]) -> dict[str, Node]:
    """The trees of the variables, with those before them in the place of their names. Raises UnclearError."""
    found: dict[str, Node] = {}
    sizes: dict[str, int] = {}
    for name, text in _named(spec.get("variables") or []):
        tree = parse(text)
        sizes[name] = _size(tree, sizes)
        found[name] = inlined(tree, found)
    return found


def _named(variables: Any) -> Iterator[tuple[str, str]]:
    """The name and the expression of each variable. Raises UnclearError."""
    for each in variables if isinstance(variables, list) else [variables]:
        name, text = (each.get("name"), each.get("expression")) if isinstance(each, dict) else (None, None)
        if not (isinstance(name, str) and isinstance(text, str)):
            raise UnclearError("a variable without a name or an expression")
        yield name, text


def _size(tree: Node, sizes: dict[str, int]) -> int:
    """How many parts a tree has with what its variables are; a bomb is not followed. Raises UnclearError."""
    size = sum(sizes.get(each.field, 0) + 1 if isinstance(each, Select) else 1 for each in walked(tree))
    if size > _LARGEST:
        raise UnclearError("variables that grow with each other")
    return size


def _read(text: str, variables: dict[str, Node]) -> Node:
    """The tree of an expression, whole. Raises UnclearError."""
    tree = inlined(parse(text), variables)
    if sum(1 for _ in walked(tree)) > _LARGEST:
        raise UnclearError("variables that grow with each other")
    if hidden := sorted(_NAMED & set(bound(tree))):
        raise UnclearError(f"{hidden[0]}, which means something else there")
    return tree


def _expressions(spec: dict[str, Any], field: str) -> Iterator[tuple[KeyPath, str]]:
    for number, each in enumerate(spec.get(field) or ()):
        text = each.get("expression") if isinstance(each, dict) else None
        if isinstance(text, str):
            yield ("spec", field, number, "expression"), text


def _judging(spec: dict[str, Any], variables: dict[str, Node]) -> Iterator[Place]:
    for path, _ in _expressions(spec, "matchConditions"):
        yield path, "a condition on the request"
    for number, _ in enumerate(spec.get("auditAnnotations") or ()):
        yield ("spec", "auditAnnotations", number), "an annotation, which refuses where it fails"
    for path, text in _expressions(spec, "validations"):
        try:
            strange = _strange(_clauses(_unguarded(_read(text, variables))))
        except UnclearError as error:
            strange = str(error)
        except NotUnderstoodError:
            continue
        if strange:
            yield path, strange


def _clauses(node: Node) -> Clauses:
    return clauses(node, {"object": Path(0, "")})


def _unguarded(node: Node) -> Node:
    """What is asked of requests that start something."""
    if not (isinstance(node, Call) and node.function == "||"):
        return node
    rest = tuple(each for each in node.arguments if not is_one_of(each, GUARDS))
    return Call("||", rest)


def _strange(found: Clauses) -> str:
    """What a clause looks at that pods are not asked about; empty if there is none."""
    for clause in sorted(found, key=sorted):
        paths = sorted(path for _, path in _plain(clause))
        alone = len(paths) <= 1 and all(_ALONE.fullmatch(path) for path in paths)
        if not alone and not any(each.fullmatch(" ".join(paths)) for each in _TOGETHER):
            return " together with ".join(_in_words(path) for path in paths)
    return ""


def _plain(clause: Keys) -> Keys:
    """Without the fields of which it looks at a part: whether there is one is told by that."""
    return frozenset(
        (element, path)
        for element, path in clause
        if not any(element == other and longer.startswith(f"{path}.") for other, longer in clause)
    )


def _in_words(path: str) -> str:
    return path.removeprefix("spec.").replace("container[].", "a container's ").replace("[]", "").replace("{}", "")


def _beyond(policy: Object) -> Iterator[tuple[int, str]]:
    """What a policy is about that no request here is: the number of its rule, and what."""
    constraints = (policy.data.get("spec") or {}).get("matchConstraints")
    rules = constraints.get("resourceRules") if isinstance(constraints, dict) else None
    for number, rule in enumerate(each for each in rules or () if isinstance(each, dict)):
        groups = [str(each) for each in rule.get("apiGroups") or ()]
        foreign = [f"the group {group}" for group in groups if group not in _JUDGED]
        known = frozenset[str]().union(*(_JUDGED.get(group, ()) for group in groups))
        foreign += sorted({str(each) for each in rule.get("resources") or ()} - known)
        foreign += sorted({str(each) for each in rule.get("operations") or ()} - _OPERATIONS)
        if foreign:
            yield number, ", ".join(foreign)


def _others(spec: dict[str, Any], variables: dict[str, Node]) -> Iterator[Place]:
    for path, _ in _expressions(spec, "matchConditions"):
        yield path, "a condition on the request"
    for path, text in _expressions(spec, "validations"):
        yield from _sentence(path, text, variables, OTHERS)


def _completing(spec: dict[str, Any], variables: dict[str, Node]) -> Iterator[Place]:
    for path, _ in _expressions(spec, "matchConditions"):
        yield path, "a condition on the request"
    for number, each in enumerate(spec.get("mutations") or ()):
        patch = each.get("jsonPatch") if isinstance(each, dict) else None
        at: KeyPath = ("spec", "mutations", number)
        if isinstance(patch, dict) and isinstance(patch.get("expression"), str):
            yield from _sentence((*at, "jsonPatch", "expression"), patch["expression"], variables, COMPLETING)
        else:
            yield at, "a change that nobody here knows"


def _sentence(path: KeyPath, text: str, variables: dict[str, Node], known: tuple[str, ...]) -> Iterator[Place]:
    try:
        if not is_one_of(_read(text, variables), known):
            yield path, "an expression that nobody here knows"
    except UnclearError as error:
        yield path, str(error)
    except NotUnderstoodError:
        return
