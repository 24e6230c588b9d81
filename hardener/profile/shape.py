"""Every mistake in the shape of a profile, and what is left of the profile without them.

msgspec stops at its first mistake and speaks of types, so this runs only when msgspec has refused: it walks the data
beside the types, notes each mistake in the words of a profile, and leaves out what is wrong, as little as possible,
so that the rules can say at once what is wrong with the rest. Where a slip of the keyboard leaves no doubt (a number
without quotes, `kubeadmm`), what was meant stands in for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, cast

from msgspec import Struct, inspect

from hardener.errors import Problem
from hardener.profile.nearest import close, nearest
from hardener.profile.values import meant, mistake, wrong_type
from hardener.profile.wording import Wording, clause, leaked
from hardener.source import KeyPath, Source
from hardener.source.credentials import credentials
from hardener.source.veil import may_hold_a_secret

MAX_MISTAKES = 1000

LEFT_OUT: Final = object()

# The type of the data, exactly: to Python, a truth value is a whole number too.
_FITTING: dict[type[inspect.Type], tuple[type, ...]] = {
    inspect.StrType: (str,),
    inspect.LiteralType: (str,),
    inspect.IntType: (int,),
    inspect.FloatType: (int, float),
    inspect.BoolType: (bool,),
    inspect.VarTupleType: (list,),
    inspect.DictType: (dict,),
    inspect.StructType: (dict,),
}


class Remains(Struct, frozen=True, kw_only=True):
    """What is wrong with the shape of some data, and what is left of it. Paths are those of the file.

    `data` is None if a required part is missing. `kept` gives, for each list that lost items, the numbers of the
    others. `damaged` are the places that lost something, up to the item or entry that holds it; `lost_names` are the
    names that may be missed now.
    """

    problems: tuple[Problem, ...]
    data: dict[str, Any] | None
    kept: dict[KeyPath, tuple[int, ...]]
    damaged: frozenset[KeyPath]
    lost_names: frozenset[str]


StandIns = Mapping[type, Mapping[str, Any]]


def survey(source: Source, model: type, stand_ins: StandIns) -> Remains:
    """Compare the data of `source` with `model`. `stand_ins` serve for required keys of a mapping that are wrong.

    After a thousand mistakes it looks no further.
    """
    walker = _Walker(source, stand_ins)
    try:
        left = walker.struct(_type_of(model), source.data, ())
    except _EnoughError:
        left = LEFT_OUT
    return Remains(
        problems=tuple(walker.problems),
        data=None if left is LEFT_OUT else left,
        kept=walker.kept,
        damaged=frozenset(walker.damaged),
        lost_names=frozenset(walker.lost_names - {""}),
    )


@cache
def _type_of(model: type) -> inspect.StructType:
    """The type with all that it is made of, which takes longer to look up than a profile takes to check."""
    return cast(inspect.StructType, inspect.type_info(model))


class _EnoughError(Exception):
    """Raised where going on would only make a long list longer."""


class _Walker:
    """Walks data beside their types; each method gives back what is left of a value, or LEFT_OUT."""

    def __init__(self, source: Source, stand_ins: StandIns) -> None:
        self.source = source
        self.stand_ins = stand_ins
        self.problems: list[Problem] = []
        self.kept: dict[KeyPath, tuple[int, ...]] = {}
        self.damaged: set[KeyPath] = set()
        self.lost_names: set[str] = set()
        self.item: KeyPath = ()
        self.known_fields: dict[type, dict[str, inspect.Field]] = {}

    def value(self, kind: inspect.Type, value: Any, path: KeyPath) -> Any:
        kinds, description = _alternatives(kind)
        for each in kinds:
            if type(value) in _FITTING[type(each)]:
                return self.of_kind(each, value, path, description)
        written = self.source.text_of(path)
        self.note_value(path, value, wrong_type(kinds, value, written, description), description)
        return _instead(kinds, meant(kinds, value, written))

    def of_kind(self, kind: inspect.Type, value: Any, path: KeyPath, description: str) -> Any:
        if isinstance(kind, inspect.StructType):
            return self.struct(kind, value, path)
        if isinstance(kind, inspect.DictType):
            return self.long_enough(kind, value, self.mapping(kind, value, path), path, description)
        if isinstance(kind, inspect.VarTupleType):
            return self.long_enough(kind, value, self.sequence(kind, value, path), path, description)
        wording = mistake(kind, value, description)
        if wording is None:
            return value
        self.note_value(path, value, wording, description)
        return _instead((kind,), meant((kind,), value, value))

    def struct(self, kind: inspect.StructType, value: dict[str, Any], path: KeyPath) -> Any:
        stand_ins = self.stand_ins.get(kind.cls, {})
        rest = {**stand_ins, **self.entries(kind, value, path)}
        self.damaged.update((*path, key) for key in stand_ins if key not in value)
        return rest if _complete(self.fields(kind), rest) else LEFT_OUT

    def entries(self, kind: inspect.StructType, value: dict[str, Any], path: KeyPath) -> dict[str, Any]:
        fields, rest, misspelt = self.fields(kind), {}, set()
        for key, item in value.items():
            if key in fields:
                left = self.value(fields[key].type, item, (*path, key))
                if left is not LEFT_OUT:
                    rest[key] = left
                    continue
            else:
                misspelt.add(self.unknown_key(fields, value, (*path, key)))
            self.leave_out((*path, key), item)
        for key, field in fields.items():
            if field.required and key not in value and key not in misspelt:
                _, description = _alternatives(field.type)
                self.note((*path, key), "this key is missing", f"add {key}: {clause(description)}")
        return rest

    def unknown_key(self, fields: dict[str, inspect.Field], value: dict[str, Any], path: KeyPath) -> str | None:
        """Note a key that does not exist; the absent key that was probably meant, which is then damaged as well."""
        key = str(path[-1])
        self.note(path, "there is no such key", nearest(key, fields), at_key=True)
        absent = close(key, [name for name in fields if name not in value])
        if absent is not None:
            self.leave_out((*path[:-1], absent), None)
        return absent

    def mapping(self, kind: inspect.DictType, value: dict[str, Any], path: KeyPath) -> dict[str, Any]:
        rest = {}
        key_kinds, description = _alternatives(kind.key_type)
        for key, item in value.items():
            with_key = (*path, key)
            wording = mistake(key_kinds[0], key, description)
            if wording is not None:
                self.note_wording(with_key, wording, description, at_key=True)
            left = self.inside(kind.value_type, item, with_key)
            if wording is None and left is not LEFT_OUT:
                rest[key] = left
            else:
                self.leave_out(with_key, item)
        return rest

    def sequence(self, kind: inspect.VarTupleType, value: list[Any], path: KeyPath) -> list[Any]:
        rest, kept = [], []
        for index, item in enumerate(value):
            left = self.inside(kind.item_type, item, (*path, index))
            if left is LEFT_OUT:
                self.leave_out((*path, index), item)
            else:
                rest.append(left)
                kept.append(index)
        if len(kept) < len(value):
            self.kept[path] = tuple(kept)
        return rest

    def long_enough(
        self, kind: inspect.DictType | inspect.VarTupleType, value: Any, rest: Any, path: KeyPath, description: str
    ) -> Any:
        least = kind.min_length or 0
        if len(value) < least:
            what = "there must be at least " + ("one" if least == 1 else str(least))
            self.note_wording(path, (what, ""), description)
        return rest if len(rest) >= least else LEFT_OUT

    def inside(self, kind: inspect.Type, value: Any, path: KeyPath) -> Any:
        """What is left of an item of a list, or an entry of a mapping: damage to it does not reach beyond it."""
        outer, self.item = self.item, path
        left = self.value(kind, value, path)
        self.item = outer
        return left

    def leave_out(self, path: KeyPath, value: Any) -> None:
        self.damaged.update(path[:length] for length in range(len(self.item), len(path) + 1))
        self.lost_names.update(_names(value))
        if isinstance(path[-1], str):
            self.lost_names.add(path[-1])

    def note_value(self, path: KeyPath, value: Any, wording: Wording, description: str) -> None:
        """Note a mistake in a value; that it holds a secret is the worse one, and what may hold one is not shown."""
        if not isinstance(value, str):
            self.note_wording(path, wording, description)
            return
        secret = next((what for _, what in credentials(value)), "")
        self.note_wording(path, leaked(secret) if secret else wording, description, veiled=may_hold_a_secret(value))

    def note_wording(
        self, path: KeyPath, wording: Wording, description: str, *, at_key: bool = False, veiled: bool = False
    ) -> None:
        """Note a mistake; where there is no other way out, what is asked for is one."""
        what, help = wording
        self.note(path, what, help or clause(description), at_key=at_key, veiled=veiled)

    def note(self, path: KeyPath, what: str, help: str = "", *, at_key: bool = False, veiled: bool = False) -> None:
        self.problems.append(self.source.problem(path, what, help=help, at_key=at_key, veiled=veiled))
        if len(self.problems) >= MAX_MISTAKES:
            raise _EnoughError

    def fields(self, kind: inspect.StructType) -> dict[str, inspect.Field]:
        if kind.cls not in self.known_fields:
            self.known_fields[kind.cls] = {field.encode_name: field for field in kind.fields}
        return self.known_fields[kind.cls]


def _alternatives(kind: inspect.Type) -> tuple[tuple[inspect.Type, ...], str]:
    """The types that a value may have, null left aside, and the description that stands nearest to its key."""
    description = ""
    while isinstance(kind, inspect.Metadata):
        description = description or (kind.extra_json_schema or {}).get("description", "")
        kind = kind.type
    if not isinstance(kind, inspect.UnionType):
        return (kind,), description
    inner = [_alternatives(each) for each in kind.types if not isinstance(each, inspect.NoneType)]
    described = (description, *(text for _, text in inner))
    return tuple(each for kinds, _ in inner for each in kinds), next(filter(None, described), "")


def _instead(kinds: Sequence[inspect.Type], value: Any) -> Any:
    """A value that was meant, if it would have been accepted, else LEFT_OUT."""
    for kind in kinds:
        if type(value) in _FITTING[type(kind)] and mistake(kind, value, "") is None:
            return value
    return LEFT_OUT


def _complete(fields: dict[str, inspect.Field], rest: dict[str, Any]) -> bool:
    return all(key in rest for key, field in fields.items() if field.required)


def _names(value: Any) -> Iterator[str]:
    """Every name that something left out may have defined: keys, and the words of what should have been a mapping."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            words = item.values() if isinstance(item, dict) else [item]
            yield from (word for word in words if isinstance(word, str))
    elif isinstance(value, dict):
        yield from value
        for item in value.values():
            if isinstance(item, dict):
                yield from _names(item)
