"""What a word without quotes means: what all readers of YAML agree on, and a doubt where they do not."""

import re
from itertools import product

import pytest
import yaml

from hardener.source import parse
from hardener.source.scalars import Doubt, meaning


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, None) for text in ("null", "Null", "NULL", "~", "")),
        *((text, True) for text in ("true", "True", "TRUE")),
        *((text, False) for text in ("false", "False", "FALSE")),
        *((text, int(text)) for text in ("0", "-1", "+1", "8443", "123456789012345678")),
        *((text, float(text)) for text in ("1.30", "0.5", ".5", "1.", "-1.5")),
        *((text, text) for text in ("2027-03-31", "10.9.0.0", "10.244.0.0/16", "fe80::1", "53/UDP", "8000-8100/TCP")),
        *((text, text) for text in ("tRUE", "nULL", "yes-man", "1.2.3", "sha256:00", "-", "+", ".", "2001:db8::/32")),
        *((text, text) for text in ("-a", ".a", "1a", "0x", "0xg", "1e", "deadbeef", "==", "web", "é")),
    ],
)
def test_what_all_readers_agree_on_is_read(text, value):
    assert meaning(text) == value
    assert type(meaning(text)) is type(value)


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        *((text, "true or the word '{}'") for text in ("yes", "Yes", "YES", "yEs", "on", "On", "y", "Y")),
        *((text, "false or the word '{}'") for text in ("no", "No", "NO", "off", "OFF", "n", "N")),
        *((text, "an octal number, a decimal one or text") for text in ("010", "-07", "08", "00", "0_1")),
        *((text, "a hexadecimal number or text") for text in ("0x1f", "0X1F", "-0x_1")),
        *((text, "an octal number or text") for text in ("0o17", "0O17")),
        *((text, "a binary number or text") for text in ("0b11", "0B1_1")),
        *((text, "a number to the base of 60 or text") for text in ("1:30", "22:22", "1:30:59.5", "0:1")),
        *((text, "a number or text") for text in ("1_000", "1e3", "1.5E-3", "1_0.5", "1.5_0", "-.5", "+.5", "1_e1")),
        *((text, "a number or text") for text in (".inf", "-.Inf", "+.INF", ".nan", ".NaN")),
        *((text, "an instruction or text") for text in ("=", "<<")),
    ],
)
def test_what_readers_disagree_on_is_not_guessed(text, readings):
    doubt = meaning(text)

    assert isinstance(doubt, Doubt)
    assert doubt.what == f"readers of YAML disagree what this is ({readings.format(text)})"
    assert f'"{text}"' in doubt.help


@pytest.mark.parametrize("text", ["1234567890123456789", "-" + "9" * 1_000_000, "1." + "0" * 18])
def test_a_number_with_more_digits_than_readers_keep_is_refused(text):
    digits = sum(char.isdigit() for char in text)

    assert meaning(text).what == f"a number of {digits} digits, which readers of YAML round in different ways"


def _kinds():
    """What readers of YAML 1.1 and of the core schema of 1.2 take a word for: PyYAML's tables, and the standard's."""
    resolver, constructor = yaml.resolver.Resolver(), yaml.constructor.SafeConstructor()

    def old(text):
        tag = resolver.resolve(yaml.ScalarNode, text, (True, False))
        if tag.endswith((":timestamp", ":value", ":merge")):
            return text
        return constructor.construct_object(yaml.ScalarNode(tag, text))

    def new(text):
        if re.fullmatch(r"[-+]?[0-9]+", text):
            return int(text)
        if re.fullmatch(r"0o[0-7]+", text):
            return int(text[2:], 8)
        if re.fullmatch(r"0x[0-9a-fA-F]+", text):
            return int(text[2:], 16)
        if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
            return float(text)
        return text

    return old, new


def test_no_short_number_is_read_otherwise_than_by_yaml_1_1_and_1_2():
    old, new = _kinds()
    for length in range(1, 5):
        for chars in product("012.-+_e:xob", repeat=length):
            text = "".join(chars)
            # A constructor of YAML 1.1 stumbles over a few of these itself; they are no numbers for us either.
            if isinstance(meaning(text), Doubt) or text.strip("_+-.:") == "":
                continue
            expected = old(text), new(text)
            assert (meaning(text), meaning(text)) == expected, text
            assert [type(meaning(text))] * 2 == [type(value) for value in expected], text


@pytest.mark.parametrize("text", ["yes", "010", "1.30", "null", "~", "", "1_000", ".inf", "2027-03-31"])
@pytest.mark.parametrize("quoted", ['"{}"', "'{}'", "|-\n  {}", ">-\n  {}"])
def test_quoted_and_block_scalars_are_always_text(text, quoted):
    assert parse(f"a: {quoted.format(text)}\nb: [{text or 'x'}x]", "x.yaml").data["a"] == text


def test_a_quoted_word_and_a_plain_one_are_told_apart_wherever_they_meet():
    text = 'a: "true"\nb: true\nc: ["true", true, "1", 1]\n"d": "null"\n"null": null'

    assert parse(text, "x.yaml").data == {
        "a": "true",
        "b": True,
        "c": ["true", True, "1", 1],
        "d": "null",
        "null": None,
    }
