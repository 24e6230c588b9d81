"""A value can never change the shape of a document."""

import subprocess
import sys

import jinja2
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hardener.artifact import rendered_from
from hardener.plan.tokens import ServiceAccounts
from hardener.templating import _environment, fill, scalar

# What Kubernetes takes for a text: everything that YAML can carry. Surrogates are no characters.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
WORDS = st.sampled_from(
    [
        "y",
        "No",
        "on",
        "OFF",
        "true",
        "~",
        "null",
        "1.30",
        "0x1f",
        "1_000",
        "1:30",
        "1e3",
        ".inf",
        "-",
        "",
        "a: b",
        "a #b",
        "&a",
        "*a",
        "!t",
        "{{ a }}",
        "a\nb",
        "a\u2028b",
        "---",
        "2027-03-31",
        "=",
        "<<",
        "a:",
        ":a",
        "/a",
        "@a",
        "`a",
        "%a",
        "?",
        "|",
        ">",
    ]
)


def render(text: str, **values: object) -> str:
    return _environment().from_string(text).render(values)


@given(TEXT | WORDS)
def test_a_text_is_read_back_as_itself(text):
    assert yaml.load(f"key: {scalar(text)}\nafter: 1\n", yaml.CSafeLoader) == {"key": text, "after": 1}


@given(
    st.recursive(
        TEXT | WORDS | st.booleans() | st.integers(-(2**63), 2**63),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT | WORDS, inner, max_size=4),
    )
)
def test_a_list_or_a_mapping_is_read_back_as_itself(value):
    assert yaml.load(f"key: {scalar(value)}\n", yaml.CSafeLoader) == {"key": value}


@pytest.mark.parametrize("word", ["y", "n", "yes", "no", "on", "off", "true", "false"])
def test_pitfall_32_a_word_that_kubernetes_reads_as_yes_or_no_is_quoted(word):
    """Its reader takes YAML 1.1's words for booleans, `y` and `n` among them, which PyYAML's writer leaves bare."""
    for text in (word, word.capitalize(), word.upper()):
        assert scalar(text) == f'"{text}"'
        assert scalar((text,)) == f'["{text}"]'
        assert scalar({text: text}) == f'{{"{text}": "{text}"}}'
    assert yaml.safe_dump("y") == "y\n...\n"


@given(TEXT | WORDS)
def test_a_text_stays_on_its_line(text):
    assert len(scalar(text).splitlines()) <= 1


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("payments", "payments"),
        ("y", '"y"'),
        ("1.30", '"1.30"'),
        ("", '""'),
        ("/etc/x.conf", "/etc/x.conf"),
        (("get", "list"), "[get, list]"),
        (True, "true"),
        (0, "0"),
        ({"b": 1, "a": "no"}, '{a: "no", b: 1}'),
    ],
)
def test_what_can_be_read_without_quotes_has_none(value, written):
    assert scalar(value) == written


@pytest.mark.parametrize("value", [None, object(), b"bytes", {1, 2}])
def test_a_value_without_a_meaning_in_yaml_is_refused(value):
    with pytest.raises(TypeError, match="a template may not print"):
        scalar(value)


@pytest.mark.parametrize(
    "text", ["{{ missing }}", "{{ missing.name }}", "{{ 'a' if False }}", "{% for a in missing %}{% endfor %}"]
)
def test_an_undefined_name_is_an_error(text):
    with pytest.raises(jinja2.UndefinedError):
        render(text)


def test_every_printed_value_goes_through_the_escape():
    assert render("a: {{ value }}\n", value="b\nc: d") == 'a: "b\\nc: d"\n'


@pytest.mark.parametrize("profile", ["small", "on", "1st"])
def test_every_file_says_first_who_rendered_it(profile):
    text = fill("tokens.yaml.j2", profile=profile, owned=ServiceAccounts(namespace="a", accounts=()))
    assert text.startswith(f"# {rendered_from(profile)}\n")


def test_a_script_says_it_second():
    assert fill("nodes-label.sh.j2", profile="small").splitlines()[:2] == ["#!/bin/sh", f"# {rendered_from('small')}"]


def test_compiled_templates_are_not_kept_where_python_keeps_nothing():
    code = "from hardener.templating import _environment; print(_environment().bytecode_cache)"
    answer = subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "None\n"
