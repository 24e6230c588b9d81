"""Expressions at random, from a grammar of templates: most have a type, some are wrong, and errors are everywhere.

A hole `{int}` is filled with an expression of that type, `{any}` with one of any, and `{x: int}` with the name of a new
variable, which what follows in the template may name.
"""

from __future__ import annotations

import re
from random import Random

GRAMMAR = {
    "bool": """
        true | false | has(object.data.two) | object.data.one == '1' | ({bool} || {bool}) | ({bool} && {bool})
        | !({bool})
        | ({int} < {int}) | ({string} >= {string}) | ({double} <= {double}) | ({int} == {int}) | ({string} != {string})
        | ({list} == {list}) | ({map} == {map}) | ({optional} == {optional}) | ({int} in {list}) | ({string} in {texts})
        | ({string} in {map}) | {list}.all({x: int}, {bool}) | {texts}.exists({x: string}, {bool})
        | {list}.exists_one({x: int}, {bool}) | {map}.all({x: string}, {bool}) | {list}.all({x: int}, {y: int}, {bool})
        | {string}.startsWith({string}) | {string}.contains({string}) | {optional}.hasValue() | {list}.isSorted()
        | {string}.matches('^[a-z]?$') | sets.contains({list}, {list})
    """,
    "int": """
        0 | 1 | 2 | -1 | 7 | 9223372036854775807 | ({int} + {int}) | ({int} - {int}) | ({int} * {int}) | ({int} / {int})
        | ({int} % {int}) | -({int}) | {string}.size() | {list}.size() | {map}.size() | {list}[{int}] | {map}[{string}]
        | int({string}) | int({double}) | {string}.indexOf({string}) | {string}.lastIndexOf({string}) | {list}.sum()
        | {list}.max() | {optional}.value() | {optional}.orValue({int}) | {texts}.map({x: string}, {int})[0]
    """,
    "string": """
        '' | 'a' | 'b,c' | object.data.one | object.data.list | object.kind | request.operation | ({string} + {string})
        | string({int}) | string({double}) | string({bool}) | {texts}.join({string}) | {string}.substring({int})
        | {string}.replace({string}, {string}) | {texts}[{int}] | {string}.lowerAscii() | {string}.trim()
        | {string}.charAt({int}) | '%s-%s'.format([{string}, {int}]) | '%s'.format([{list}])
    """,
    "double": "1.5 | -0.5 | 2.0 | double({int}) | ({double} + {double}) | ({double} / {double})",
    "list": """
        [] | [1, 2, 3] | [2, 1] | [{int}, {int}] | ({list} + {list}) | {list}.filter({x: int}, {bool})
        | {list}.map({x: int}, {int}) | {list}.map({x: int}, {bool}, {int}) | {texts}.map({x: string}, {int})
        | {list}.sort() | {list}.reverse() | {list}.distinct() | {list}.slice(0, 1) | [?{optional}, {int}]
        | {list}.transformList({x: int}, {y: int}, {int})
    """,
    "texts": """
        [] | ['a', 'b'] | [{string}, {string}] | ({texts} + {texts}) | {string}.split({string})
        | {texts}.filter({x: string}, {bool}) | {list}.map({x: int}, {string}) | {map}.filter({x: string}, {bool})
    """,
    "map": """
        {} | {'a': 1} | {'a': 2} | {{string}: {int}} | {'a': {int}, ?'b': {optional}}
        | {map}.transformMap({x: string}, {y: int}, {int})
    """,
    "optional": """
        optional.none() | optional.of({int}) | optional.ofNonZeroValue({int}) | {list}[?{int}] | {map}[?{string}]
        | {optional}.or({optional}) | {optional}.optMap({x: int}, {int}) | {optional}.optFlatMap({x: int}, {optional})
        | {map}.?a
    """,
    "dyn": "object.data.one | object.data.two | object.nothing | dyn(1) | dyn('a') | dyn([1]) | dyn(true) | dyn({any})",
}
ANYTHING = ("({bool} ? {same} : {same})", "dyn({same})", "optional.of({same}).orValue({same})")
TYPES = tuple(kind for kind in GRAMMAR if kind != "dyn")
_HOLE = re.compile(r"\{(?:(?P<name>[xy]): )?(?P<kind>[a-z]+)\}")
_TEMPLATES = {kind: tuple(each.strip() for each in re.split(r"\s\|(?=\s)", text)) for kind, text in GRAMMAR.items()}
_LEAVES = {kind: tuple(each for each in every if not _HOLE.search(each)) for kind, every in _TEMPLATES.items()}


def expression(random: Random, depth: int) -> str:
    """One expression, nested as deep as that."""
    return _of(random, random.choice(TYPES), depth, {})


def _of(random: Random, kind: str, depth: int, names: dict[str, str]) -> str:
    mine = [name for name, found in names.items() if found == kind]
    if mine and random.random() < 0.35:
        return random.choice(mine)
    if random.random() < 0.06:
        kind = "dyn"
    if depth == 0 or random.random() < 0.1:
        return random.choice(_LEAVES[kind])
    template = random.choice(ANYTHING if random.random() < 0.08 else _TEMPLATES[kind])
    return _filled(random, template.replace("{same}", f"{{{kind}}}"), depth - 1, dict(names))


def _filled(random: Random, template: str, depth: int, names: dict[str, str]) -> str:
    def fill(hole: re.Match[str]) -> str:
        kind = random.choice(TYPES) if hole["kind"] == "any" else hole["kind"]
        if hole["name"]:
            names[hole["name"]] = kind
            return hole["name"]
        return _of(random, kind, depth, names)

    return _HOLE.sub(fill, template)
