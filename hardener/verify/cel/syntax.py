"""An expression as a tree: the grammar of CEL, read by what binds how strongly.

Chains of `||` and `&&` become one node of many parts, as long as they may be: what refuses a long list is written so.
Whatever else is nested deeper than DEEPEST is not understood.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from hardener.verify.cel.errors import NotUnderstoodError
from hardener.verify.cel.lexer import Token, tokens
from hardener.verify.cel.values import FIRST_INT, LAST_INT, Uint

DEEPEST: Final = 100

# cel-go, parser/parser.go: no name of a variable or a function.
_RESERVED: Final = frozenset(
    [
        *("as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop"),
        *("package", "namespace", "null", "return", "true", "var", "void", "while"),
    ]
)
_OR, _AND, _RELATION, _SUM, _PRODUCT = 1, 2, 3, 4, 5
_BINDS: Final = {
    "||": _OR,
    "&&": _AND,
    **dict.fromkeys(["<", "<=", ">=", ">", "==", "!=", "in"], _RELATION),
    **dict.fromkeys("+-", _SUM),
    **dict.fromkeys("*/%", _PRODUCT),
}


class Literal(NamedTuple):
    """A value."""

    value: Any


class Name(NamedTuple):
    """A variable, or the first part of a longer name."""

    name: str


class Select(NamedTuple):
    """`operand.field`, or `operand.?field`."""

    operand: Node
    field: str
    optional: bool = False


class Call(NamedTuple):
    """A function, a method of `target`, or an operator by its sign (`a[b]` is `[]`, `a[?b]` is `[?]`)."""

    function: str
    arguments: tuple[Node, ...]
    target: Node | None = None


class Entry(NamedTuple):
    """One entry of a list (without a key), a map, or an object (whose key is a field)."""

    value: Node
    key: Node | str | None = None
    optional: bool = False

    @property
    def of_map(self) -> Node:
        """The key of an entry of a map."""
        if self.key is None or isinstance(self.key, str):
            raise AssertionError
        return self.key


class Listing(NamedTuple):
    """`[a, ?b]`."""

    entries: tuple[Entry, ...]


class Mapping(NamedTuple):
    """`{a: b, ?c: d}`."""

    entries: tuple[Entry, ...]


class Object(NamedTuple):
    """`Type{field: value}`."""

    type: str
    entries: tuple[Entry, ...]


Node = Literal | Name | Select | Call | Listing | Mapping | Object


def parse(text: str) -> Node:
    """The tree of an expression."""
    parser = _Parser(tuple(tokens(text)))
    node = parser.expression()
    parser.take("end")
    return node


class _Parser:
    """Reads one expression from its words."""

    def __init__(self, words: tuple[Token, ...]) -> None:
        self.words = words
        self.place = 0
        self.depth = 0

    @property
    def next(self) -> str:
        return self.words[self.place].kind

    def take(self, kind: str) -> Token:
        token = self.words[self.place]
        if token.kind != kind:
            shown = token.kind if token.value is None else f"{token.value!r}"
            raise NotUnderstoodError(f"an expression has {shown} where {kind} should stand, at character {token.at}")
        self.place += 1
        return token

    def takes(self, kind: str) -> bool:
        """Whether the next word is this one, which is then taken."""
        found = self.next == kind
        self.place += found
        return found

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise NotUnderstoodError(f"an expression nested deeper than {DEEPEST} levels")
        condition = self.binary(_OR)
        if self.takes("?"):
            yes = self.binary(_OR)
            self.take(":")
            condition = Call("?:", (condition, yes, self.expression()))
        self.depth -= 1
        return condition

    def binary(self, least: int) -> Node:
        left, chain = self.unary(), 0
        while (binds := _BINDS.get(self.next, 0)) >= least:
            operator = self.words[self.place].kind
            if binds <= _AND:
                left = Call(operator, (left, *self.rest(operator, binds)))
                continue
            self.place += 1
            left = Call(operator, (left, self.binary(binds + 1)))
            chain += 1
            self.bounded(chain)
        return left

    def rest(self, operator: str, binds: int) -> Iterable[Node]:
        while self.takes(operator):
            yield self.binary(binds + 1)

    def bounded(self, chain: int) -> None:
        if chain > DEEPEST:
            raise NotUnderstoodError(f"an expression with a chain of more than {DEEPEST} parts")

    def unary(self) -> Node:
        operator = self.next
        if operator == "-" and self.words[self.place + 1].kind == "literal":
            value = self.words[self.place + 1].value
            if isinstance(value, int | float) and not isinstance(value, bool | Uint):
                self.place += 2
                return self.members(Literal(-value))
        if operator not in ("!", "-"):
            return self.members(self.primary())
        count = 0
        while self.takes(operator):
            count += 1
        # An even number of signs is none, and is looked at no further (cel-go, parser/parser.go: VisitLogicalNot).
        operand = self.members(self.primary())
        return Call(f"{operator}_", (operand,)) if count % 2 else operand

    def members(self, node: Node) -> Node:
        chain = 0
        while self.next in (".", "["):
            node = self.member(node) if self.takes(".") else self.indexed(node)
            chain += 1
            self.bounded(chain)
        return node

    def member(self, node: Node) -> Node:
        optional = self.takes("?")
        field = self.take("name").value
        if not optional and self.takes("("):
            return Call(field, self.listed(")"), node)
        return self.object(node, field) or Select(node, field, optional)

    def object(self, node: Node, field: str) -> Node | None:
        """`A.b{...}`, if the names before a brace are all there is."""
        name = dotted(node)
        return Object(f"{name}.{field}", self.entries(fields=True)) if name and self.takes("{") else None

    def indexed(self, node: Node) -> Node:
        self.take("[")
        operator = "[?]" if self.takes("?") else "[]"
        index = self.expression()
        self.take("]")
        return Call(operator, (node, index))

    def primary(self) -> Node:
        if self.next == "literal":
            return self.literal()
        if self.takes("("):
            node = self.expression()
            self.take(")")
            return node
        if self.takes("["):
            return Listing(self.elements())
        if self.takes("{"):
            return Mapping(self.entries(fields=False))
        return self.named()

    def literal(self) -> Node:
        value = self.take("literal").value
        if type(value) is int and not FIRST_INT <= value <= LAST_INT:
            raise NotUnderstoodError(f"{value} is a larger number than CEL has")
        return Literal(value)

    def named(self) -> Node:
        self.takes(".")  # a leading dot names the same: nothing here stands in a container
        name = self.take("name").value
        if name in _RESERVED:
            raise NotUnderstoodError(f"{name} is a word that CEL keeps for itself")
        if self.takes("("):
            return Call(name, self.listed(")"))
        if self.takes("{"):
            return Object(name, self.entries(fields=True))
        return Name(name)

    def listed(self, end: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self.takes(end):
            if found:
                self.take(",")
            found.append(self.expression())
        return tuple(found)

    def alone(self, end: str) -> None:
        """A comma may stand for nothing at all."""
        if self.next == "," and self.words[self.place + 1].kind == end:
            self.place += 1

    def elements(self) -> tuple[Entry, ...]:
        found: list[Entry] = []
        self.alone("]")
        while not self.takes("]"):
            optional = self.takes("?")
            found.append(Entry(self.expression(), None, optional))
            if self.next != "]":
                self.take(",")
        return tuple(found)

    def entries(self, *, fields: bool) -> tuple[Entry, ...]:
        found: list[Entry] = []
        self.alone("}")
        while not self.takes("}"):
            optional = self.takes("?")
            key = self.take("name").value if fields else self.expression()
            self.take(":")
            found.append(Entry(self.expression(), key, optional))
            if self.next != "}":
                self.take(",")
        return tuple(found)


def dotted(node: Node) -> str:
    """The name that a node is, `a.b.c`; "" if it is anything else."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Select) and not node.optional and (before := dotted(node.operand)):
        return f"{before}.{node.field}"
    return ""
