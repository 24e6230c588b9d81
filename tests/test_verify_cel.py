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
    "maps with keys of several types": [
        "{1.5: 'a'}",
        "{[1]: 2}",
        "{null: 1}",
        "{true: 1}",
        "{dyn(1): 1, dyn(1u): 2}.size()",
    ],
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


def _first_decides(parts: Any, _deciding: bool) -> Any:
    return next(part(names) for part, names in parts)


BREAKS = {
    "errors are not absorbed": ("running.decided", _first_decides),
    "any function takes anything": ("functions._takes", lambda _parameter, _value: True),
    "any type stands for any other": ("types.Substitution.fits", lambda _self, _left, _right: True),
    "lists of several types": ("checks.one_type", lambda _types: None),
    "patterns are looked at late": ("checks.pattern", lambda _text: None),
    "places are looked at late": ("checks.place", lambda _index: None),
    "every field is there": ("running.has", lambda _value, _field: True),
    "escapes stand for themselves": ("lexer._character", lambda escape: escape),
    "functions are there from the first": ("plan.known", lambda _name, _minor: False),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_break_is_seen_in_the_facts(name, monkeypatch):
    place, broken = BREAKS[name]
    compiled.cache_clear()
    monkeypatch.setattr(f"hardener.verify.cel.{place}", broken)
    known = facts()
    apart = {text for texts in NOT_UNDERSTOOD.values() for text in texts}
    try:
        assert any(_differs(text, there) for text, there in known.items() if text not in apart)
    finally:
        compiled.cache_clear()


def _differs(text: str, there: str) -> bool:
    try:
        return not agree(answer(text, MINOR), there)
    except (TypeError, AttributeError, IndexError, ValueError):
        return True


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("format.dns1123Label().validate('A').value()[0]", UNKNOWN),
        ("format.dns1123Label().validate('A').value().all(x, x == '')", UNKNOWN),
        ("format.uri().validate('A').hasValue()", UNKNOWN),
        ("'%x'.format([1])", UNKNOWN),
        ("dyn('%s').format([])", FAILS),
        ("dyn('%s').format(dyn([]))", FAILS),
        ("'%s'.format([[b'a']])", 'string [b"a"]'),
        ("99999999999999999999999", REFUSED),
        ("dyn([dyn(1), dyn('a')]).max()", UNKNOWN),
        ("dyn([dyn(1), dyn('a')]).sum()", FAILS),
        ("dyn([1]).flatten(dyn('a'))", UNKNOWN),
        ("dyn([dyn(1)]).transformMapEntry(i, v, {'a': v})", 'map {"a":1}'),
        ("[{'a': 1}, {'a': 2}].transformMapEntry(i, v, v)", FAILS),
        ("[dyn(1)].transformMapEntry(i, v, v)", FAILS),
        ("dyn(1).optMap(x, x).hasValue()", FAILS),
        ("[1].sortBy(x, [x])", REFUSED),
        ("7u / 2u", "uint 3"),
        ("7u % 2u", "uint 1"),
        ("optional.unwrap(dyn([1]))", FAILS),
        ("jsonpatch.escapeKey('a/b')", REFUSED),
        ("'a'.or()", REFUSED),
        ("or(1)", REFUSED),
        ("quantity('1e3').asInteger()", UNKNOWN),
        ("quantity('99999999999E').isInteger()", UNKNOWN),
        ("'a'.matches('((a{1000}){1000})')", REFUSED),
        ("object.data.one.matches('(' + '((a{100}){100}){100}' + ')')", FAILS),
        ("has(optional.of({'a': 1}).a)", "bool true"),
        ("{object.data.one: 1, object.data.one: 2}", 'map {"1":2}'),
        ("[?object.data.one]", REFUSED),
        ("{?object.data.one: optional.of(1)}", 'map {"1":1}'),
        ("'abc'.indexOf('a', -1)", FAILS),
        ("'abc'.substring(-1, 2)", FAILS),
        ("dyn([1]).join()", FAILS),
        ("url('https://me@example.com/a').getHost()", UNKNOWN),
        ("url('mailto:a').getHost()", UNKNOWN),
        ("isURL('https://example.com:port/')", "bool false"),
        ("semver('1.2', true).major()", UNKNOWN),
        ("isSemver('1.2.3-a')", UNKNOWN),
        ("[1, 2][[0]]", REFUSED),
        ("[[], [[]]]", "list [[], [[]]]"),
        ("[1].map(x, [x]) + []", "list [[1]]"),
        ("[1].exists(x, [x] == [[]][0])", "bool false"),
    ],
)
def test_the_corners_of_the_language(text, said):
    assert answer(text, MINOR) == said


def test_who_may_do_what_is_asked_in_whole_questions():
    scope = policy_scope(36, params=True)
    with pytest.raises(EvaluationError, match="path must not be empty"):
        compiled("authorizer.path(' ').check('get').allowed()", scope).evaluate({"authorizer": Authorizer(None)})
    with pytest.raises(NotUnderstoodError, match="why"):
        compiled("authorizer.path('/a').check('get').reason() == ''", scope).evaluate(
            {"authorizer": Authorizer(lambda _check: True)}
        )
    assert compiled("params == null", scope).evaluate({"params": None}) is True


@pytest.mark.parametrize("text", ["Object{spec: 1}.spec", "JSONPatch{more: 1}", "Other{}", "JSONPatch.more{}"])
def test_what_is_made_is_a_patch_or_an_object_and_no_more(text):
    with pytest.raises(NotUnderstoodError):
        compiled(text, policy_scope(36, params=False, patches=True)).evaluate({})


def test_a_value_of_no_type_is_a_mistake_of_whoever_gives_it():
    with pytest.raises(NotUnderstoodError, match="set"):
        value("object == 1", object={1, 2})
