"""Expressions come to what a real API server makes of them; what is not understood is said, and bombs end."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from hardener.verify.cel import EvaluationError, NotUnderstoodError, Scope, compiled, policy_scope
from hardener.verify.cel.authorization import Authorizer, Check
from hardener.verify.cel.types import DYN
from hardener.verify.cel.values import UNKNOWN as HIDDEN
from tests.cel_expressions import TYPES, expression
from tests.cel_here import UNKNOWN, agree, answer
from tests.cel_on_a_server import FAILS, REFUSED

FACTS = Path(__file__).parent / "facts/cel.txt"
HEAD = """\
# What the API server of the newest release makes of expressions: an expression, a tab, and the answer.
# pytest tests/test_verify_cel_server.py --update asks it.
"""
# The release that the facts are of.
MINOR = 37
# What the server takes and we do not: each is a finding, and nothing that a policy needs.
NOT_UNDERSTOOD = {
    "maps with keys of several types": ["{1.5: 'a'}", "{[1]: 2}", "{null: 1}", "{true: 1}", "{dyn(1): 1, dyn(1u): 2}"],
    "what is an error for an object's maps and lists alone": [
        *("dyn([]) == {}", "dyn([1]) in {1: 2}", "1 in object.data", "1 in {}", "{'a': 1}[dyn(1)]"),
        *("[1, 2][dyn(1.0)]", "[1, 2][dyn(1.5)]", "[1, 2][dyn(1u)]", "{'a': 1}[?dyn(1)].hasValue()"),
        *("dyn({'a': 1}) != optional.of(1)", "{'a': 1} == dyn(1)", "dyn([1, 2]) != duration('1h')"),
        *("{'a': 1} == dyn(timestamp(0))", "{} == dyn(false)", "{1: 'a'} != dyn(1)"),
    ],
    "what breaks a server's evaluation off": ["dyn(2u).distinct()", "dyn(true).distinct()"],
    "numbers that nobody writes": ["double('0x1p-2')", "double('1_0')"],
    "protobuf's own objects": ["google.protobuf.Duration{seconds: 1}", "google.protobuf.Value{}"],
}


def facts() -> dict[str, str]:
    lines = FACTS.read_text().splitlines()
    return {text: said for text, _, said in (line.partition("\t") for line in lines if not line.startswith("#"))}


def test_every_answer_is_that_of_a_real_server():
    known = facts()
    differing = {text: answer(text, MINOR) for text, there in known.items() if not agree(answer(text, MINOR), there)}

    assert len(known) > 1000
    assert sorted(differing) == sorted(text for texts in NOT_UNDERSTOOD.values() for text in texts)
    assert set(differing.values()) <= {REFUSED, UNKNOWN}


@pytest.mark.parametrize("said", [REFUSED, FAILS, "bool true", "bool false"])
def test_the_facts_have_every_kind_of_answer(said):
    assert list(facts().values()).count(said) > 90


def test_whatever_stands_there_an_expression_is_refused_fails_or_has_a_value():
    random = Random(7)
    texts = [expression(random, random.randint(0, 5)) for _ in range(400)]
    mangled = [text.replace(random.choice(text), random.choice("()[]{}'?:.|&x1 "), 1) for text in texts]

    answers = [answer(text, MINOR) for text in (*texts, *mangled)]

    for said in (REFUSED, FAILS, "bool true", "int 1"):
        assert said in answers
    assert len(TYPES) == 8


@pytest.mark.parametrize(
    ("minor", "text", "taken"),
    [
        (28, "object.?data.hasValue()", False),
        (29, "object.?data.hasValue()", True),
        (29, "sets.contains([1], [1])", False),
        (30, "sets.contains([1], [1])", True),
        (30, "isIP('::1')", False),
        (31, "isIP('::1')", True),
        (31, "format.dns1123Label().validate('a').hasValue()", False),
        (32, "format.dns1123Label().validate('a').hasValue()", True),
        (32, "[1].all(i, v, v == 1)", False),
        (33, "[1].all(i, v, v == 1)", True),
        (34, "[2, 1].sort()", False),
        (35, "[2, 1].sort()", True),
        (37, "[2, 1].includes(1)", False),
        (38, "[2, 1].includes(1)", True),
        (28, "1 < 1.5", False),
        (29, "1 < 1.5", True),
    ],
)
def test_a_server_takes_of_a_new_expression_what_the_release_before_it_knew(minor, text, taken):
    assert (answer(text, minor) != REFUSED) is taken


SCOPE = Scope(36, (("object", DYN), ("long", DYN)))


def value(text: str, **names: Any) -> Any:
    return compiled(text, SCOPE).evaluate(names)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 200 + "1" + ")" * 200,
        "[" * 5000,
        "-" * 20 + "(" * 2000,
        " + ".join(["1"] * 500),
        "object" + ".a" * 500,
        f"'{'a' * 100_001}'",
        "[1].map(x, " * 60 + "x" + ")" * 60 + " || " + "!(" * 99,
    ],
    ids=lambda text: text[:12],
)
def test_an_expression_nested_too_deeply_is_not_understood(text):
    with pytest.raises(NotUnderstoodError):
        compiled(text, SCOPE)


def test_a_chain_of_or_may_be_as_long_as_an_expression():
    text = " || ".join(f"object.a == {number}" for number in range(1000))
    assert value(text, object={"a": 999}) is True
    assert value(text, object={"a": 1000}) is False


@pytest.mark.parametrize(
    "text",
    [
        "object.all(a, object.all(b, object.all(c, a + b + c >= 0)))",
        "object.map(x, object).map(y, y.map(z, z)).size() > 0",
        "long.replace('a', long).size() > 0",
        "object.map(x, long).join(long).size() > 0",
        "lists.range(100000000).size() > 0",
    ],
)
def test_a_bomb_is_not_understood(text):
    with pytest.raises(NotUnderstoodError):
        value(text, object=list(range(400)), long="a" * 100_000)


def test_no_regular_expression_takes_for_ever():
    assert value("object.matches('^(a+)+$')", object="a" * 50_000 + "b") is False


def test_what_only_a_cluster_knows_is_not_understood():
    for text in ("object.uid == ''", "has(object.uid)", "object.uid + 'a' == ''", "[object.uid].exists(x, x == 1)"):
        with pytest.raises(NotUnderstoodError):
            value(text, object={"uid": HIDDEN})


def test_a_variable_that_is_not_there_fails_and_may_be_absorbed():
    with pytest.raises(EvaluationError):
        value("object.a")
    assert value("object.a == 1 || true") is True


def test_whom_an_expression_asks_is_told_all_of_the_question():
    asked: list[Check] = []

    def ask(check: Check) -> bool:
        asked.append(check)
        return check.verb == "get"

    scope = policy_scope(36, params=False)
    text = (
        "authorizer.group('apps').resource('deployments').subresource('scale').namespace('web').name('one')"
        ".check('get').allowed() && !authorizer.serviceAccount('web', 'app').path('/metrics').check('put').allowed()"
    )
    assert compiled(text, scope).evaluate({"authorizer": Authorizer(ask)}) is True
    assert asked == [
        Check(verb="get", group="apps", resource="deployments", subresource="scale", namespace="web", name="one"),
        Check(verb="put", path="/metrics", account=("web", "app")),
    ]
    with pytest.raises(NotUnderstoodError):
        compiled(text, scope).evaluate({"authorizer": Authorizer(None)})
    with pytest.raises(EvaluationError):
        compiled("authorizer.group('').resource(' ').check('get').allowed()", scope).evaluate(
            {"authorizer": Authorizer(ask)}
        )
