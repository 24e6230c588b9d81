"""Expressions that are known word by word, but for the texts in them: what each lets through was thought about once.

Two expressions are the same sentence if their trees are, where '*' stands for any text, '*name' for the same text
wherever the sentence has it, and ['*'] for any list of texts. Which texts stand there is asked about with pods,
Services and Namespaces that differ in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from hardener.verify.cel.syntax import Call, Entry, Listing, Literal, Name, Node, Select, parse

ANY: Final = "*"
_ANY_LIST: Final = Listing((Entry(Literal(ANY)),))

GUARDS: Final = (
    "request.operation == 'UPDATE' && object.spec == oldObject.spec",
    "request.operation != 'CREATE'",
)
"""What lets a request pass that starts nothing: a pod that runs on as it is, and one that is placed already."""

BEFORE: Final = (
    "oldObject != null && has(oldObject.spec.tolerations) ? oldObject.spec.tolerations : []",
    "request.operation == 'CREATE' ? [] : oldObject.spec.?tolerations.orValue([])",
)
"""What the pod tolerated before a change of it."""

_UNCHANGED: Final = GUARDS[0]
_OWNER: Final = "object.metadata.?annotations[?'*owner'].orValue('')"
_TOKENS: Final = "namespaceObject.metadata.?annotations[?'*'].orValue('').split(',')"
_ALL_STATUS: Final = (
    "['patch', 'update'].exists(verb, "
    "authorizer.group('').resource('services').subresource('status').check(verb).allowed())"
)
_DELIVERS: Final = (
    "authorizer.group('admissionregistration.k8s.io').resource('validatingadmissionpolicies')"
    ".name('hardener-pods-namespaces').check('patch').allowed()"
)


def _taken(host: str) -> str:
    """One of the host names that a namespace lists, or below one with a star."""
    below = f"own.startsWith('*.') && {host}.endsWith(own.substring(1))"
    listed = f"{_TOKENS}.exists(own, {host} == own || {below})"
    return f"{host}.matches('^([*][.])?[a-z0-9][-.a-z0-9]*$') && {listed}"


def _changed(new: str, old: str) -> str:
    return f"{new}.filter(key, !(key in {old}) || {old}[key] != {new}[key]) + {old}.filter(key, !(key in {new}))"


def _metadata(field: str) -> tuple[str, str]:
    before = f"(request.operation == 'CREATE' ? {{}} : oldObject.metadata.?{field}.orValue({{}}))"
    return f"object.metadata.?{field}.orValue({{}})", before


_LABELS, _OLD_LABELS = _metadata("labels")
_BY: Final = "app.kubernetes.io/managed-by"
_MANAGED: Final = " || ".join(f"{labels}[?'{_BY}'].orValue('') == 'hardener'" for labels in (_LABELS, _OLD_LABELS))

OTHERS: Final = (
    f"!(object.spec.?type.orValue('') in ['*']) || {GUARDS[0]}",
    "object.spec.?externalIPs.orValue([])"
    ".all(ip, ip in (request.operation == 'UPDATE' ? oldObject.?spec.?externalIPs.orValue([]) : []))",
    "object.?status.?loadBalancer.?ingress.orValue([]).all(address, address in (request.operation == 'UPDATE'"
    f" ? oldObject.?status.?loadBalancer.?ingress.orValue([]) : [])) || {_ALL_STATUS}",
    f"object.?type.orValue('') != '*'"
    f" || request.operation == 'UPDATE' && {_OWNER} == oldObject.metadata.?annotations[?'*owner'].orValue('')",
    f"({_changed(*_metadata('labels'))} + ({_changed(*_metadata('annotations'))})).filter(key, ['*'].exists(prefix,"
    f" key.startsWith(prefix)) || key == '{_BY}' && ({_MANAGED})).size() == 0 || {_DELIVERS}",
    "object.spec.?type.orValue('') != 'LoadBalancer' || object.spec.?loadBalancerSourceRanges.orValue([]).size() > 0"
    f" && object.spec.?loadBalancerSourceRanges.orValue([]).all(source, source in ['*']) || {_UNCHANGED}",
    f"object.spec.?type.orValue('') != 'NodePort' || {_UNCHANGED}",
    "object.spec.?type.orValue('') != 'ExternalName' || object.spec.?externalName.orValue('') in ['*']"
    f" || {_UNCHANGED}",
    f"object.spec.?rules.orValue([]).all(rule, rule.?host.orValue('') != '' && {_taken('rule.host')}) || {_UNCHANGED}",
    "object.spec.?tls.orValue([]).all(tls, tls.?hosts.orValue([]).size() > 0"
    f" && tls.hosts.all(host, {_taken('host')})) || {_UNCHANGED}",
    f"!object.spec.?defaultBackend.hasValue() || {_UNCHANGED}",
    "object.spec.?hostnames.orValue([]).size() > 0"
    f" && object.spec.hostnames.all(host, {_taken('host')}) || {_UNCHANGED}",
    "object.spec.?listeners.orValue([]).all(listener, listener.?protocol.orValue('') in ['TCP', 'UDP']"
    f" || listener.?hostname.orValue('') != '' && {_taken('listener.hostname')}) || {_UNCHANGED}",
    "['*'].all(key, object.metadata.?annotations[?key].orValue('') == '' || request.operation == 'UPDATE'"
    " && object.metadata.?annotations[?key].orValue('') == oldObject.metadata.?annotations[?key].orValue('')"
    f" || object.metadata.?annotations[?key].orValue('').split(',').all(host, {_taken('host.trim()')}))",
    "request.userInfo.username == '*' || has(request.userInfo.groups)"
    " && request.userInfo.groups.exists(group, group in ['*'])",
)
"""What is asked of Services, of Secrets, of Namespaces, of whoever takes hosts, and of who puts pods on nodes."""

_TAINT: Final = (
    "(has(one.operator) && one.operator != 'Equal' ? '' : (has(one.key) ? one.key : '') + '='"
    " + (has(one.value) ? one.value : '') + ':' + (has(one.effect) ? one.effect : ''))"
)

COMPLETING: Final = (
    "!has(object.spec.nodeSelector) ? [JSONPatch{op: 'add', path: '/spec/nodeSelector', value: {'*': '*'}}]"
    " : '*' in object.spec.nodeSelector ? []"
    " : [JSONPatch{op: 'add', path: '/spec/nodeSelector/' + jsonpatch.escapeKey('*'), value: '*'}]",
    *(
        f"!has(object.spec.tolerations) ? [JSONPatch{{op: 'add', path: '/spec/tolerations', value: [{fields}]}}]"
        f" : object.spec.tolerations.exists(one, {_TAINT} == '*') ? []"
        f" : [JSONPatch{{op: 'add', path: '/spec/tolerations/-', value: {fields}}}]"
        for fields in (
            "{'key': '*', 'operator': '*', 'value': '*', 'effect': '*'}",
            "{'key': '*', 'operator': '*', 'effect': '*'}",
        )
    ),
)
"""What completes a pod: where it runs, unless it says so itself. What comes out is judged as it is."""


def is_one_of(node: Node, sentences: Iterable[str]) -> bool:
    """Is an expression one of these sentences?"""
    return any(_same(node, _parsed(each), {}) for each in sentences)


def inlined(node: Node, variables: Mapping[str, Node]) -> Node:
    """The expression with what its variables are in the place of their names."""
    if isinstance(node, Select) and node.operand == Name("variables") and node.field in variables:
        return variables[node.field]
    parts: Any = tuple(_inlined(each, variables) for each in node)
    return type(node)(*parts)


def _inlined(part: Any, variables: Mapping[str, Node]) -> Any:
    if hasattr(part, "_fields"):
        return inlined(part, variables)
    if isinstance(part, tuple):
        return tuple(_inlined(each, variables) for each in part)
    return part


@cache
def _parsed(text: str) -> Node:
    return parse(text)


def _same(found: Any, wanted: Any, met: dict[str, str]) -> bool:
    """`met`: the texts that stand for names, filled as they are met."""
    if isinstance(wanted, Literal) and isinstance(wanted.value, str) and wanted.value.startswith(ANY):
        known = isinstance(found, Literal) and isinstance(found.value, str)
        return known and (wanted.value == ANY or met.setdefault(wanted.value, found.value) == found.value)
    if wanted == _ANY_LIST:
        return isinstance(found, Listing) and all(_same(each, _ANY_LIST.entries[0], met) for each in found.entries)
    if isinstance(wanted, tuple):
        alike = type(found) is type(wanted) and len(found) == len(wanted)
        return alike and all(_same(*pair, met) for pair in zip(found, wanted, strict=True))
    return type(found) is type(wanted) and bool(found == wanted)


def walked(node: Any) -> Iterator[Node]:
    """Each part of a tree."""
    if hasattr(node, "_fields") and not isinstance(node, Entry):
        yield node
    if isinstance(node, tuple):
        for each in node:
            yield from walked(each)


def bound(node: Node) -> Iterator[str]:
    """The names that macros in a tree give to what they look at."""
    for each in walked(node):
        if isinstance(each, Call) and each.function in MACROS and isinstance(each.arguments[0], Name):
            yield each.arguments[0].name


MACROS: Final = ("all", "exists", "exists_one", "map", "filter")
