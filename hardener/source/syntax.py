"""What libyaml says about a text that is not YAML, in the words of the person who wrote it."""

from __future__ import annotations

from typing import Any

from yaml.error import MarkedYAMLError

from hardener.source.document import Document

_TAB = ("a tab in the indentation", "indent with spaces")
_QUOTE = ("a quote that is never closed", "close it")
_ESCAPE = ("an escape that YAML does not know", "write '\\\\' for a backslash, or use single quotes")
_TAG = ("a tag cannot stand in a profile", "quote a text that begins with '!'")
_DIRECTIVE = ("a directive cannot stand in a profile", "remove the line, or quote a text that begins with '%'")

# What libyaml says -> what is wrong, and the way out. "{line}" is the line on which the thing around it begins.
_WORDS = {
    "could not find expected ':'": ("a key without a colon", "write a colon and a space after it"),
    "mapping values are not allowed in this context": (
        "a colon where no key can stand",
        "quote a text that holds a colon; check the indentation",
    ),
    "found unexpected ':'": ("a colon where no key can stand", "quote a text that holds a colon"),
    "mapping keys are not allowed in this context": ("a key where none can stand", "check the indentation"),
    "block sequence entries are not allowed in this context": (
        "a list item where none can stand",
        "begin the list on a line of its own",
    ),
    "did not find expected key": (
        "neither a key of the mapping that begins on line {line} nor its end",
        "check the indentation",
    ),
    "did not find expected '-' indicator": (
        "neither an item of the list that begins on line {line} nor its end",
        "check the indentation; begin each item with '- '",
    ),
    "did not find expected ',' or ']'": (
        "the list that begins with '[' on line {line} goes on without a comma or ends without a bracket",
        "write ',' between two items and ']' after the last",
    ),
    "did not find expected ',' or '}'": (
        "the mapping that begins with '{{' on line {line} goes on without a comma or ends without a brace",
        "write ',' between two keys and '}' after the last",
    ),
    "did not find expected node content": ("a value is missing", "write one, or remove what asks for it"),
    "did not find expected <document start>": (
        "something follows the end of the document",
        "check the indentation; a profile is one mapping",
    ),
    "found unexpected end of stream": _QUOTE,
    "found unexpected document indicator": _QUOTE,
    "found unknown escape character": _ESCAPE,
    "did not find expected hexdecimal number": ("an escape with too few digits", "write \\xNN, \\uNNNN or \\UNNNNNNNN"),
    "found invalid Unicode character escape code": ("an escape for a character that does not exist", "remove it"),
    "found a tab character that violates indentation": _TAB,
    "found a tab character where an indentation space is expected": _TAB,
    "found an indentation indicator equal to 0": ("an indentation of 0", "write 1 to 9 after '|' or '>', or nothing"),
    "did not find expected comment or line break": (
        "something follows '|' or '>' on its line",
        "begin the text on the next line",
    ),
    "did not find expected alphabetic or numeric character": (
        "an anchor or an alias without a name",
        "quote a text that begins with '&' or '*'",
    ),
    "found duplicate anchor; first occurrence": ("an anchor cannot stand in a profile", "remove it"),
}
# Of these, the mistake is where libyaml began to read, not where it gave up.
_NAME = "did not find expected alphabetic or numeric character"
_AT_THE_BEGINNING = {"could not find expected ':'", _NAME, *(said for said, words in _WORDS.items() if words is _QUOTE)}
_CANNOT_BEGIN = "found character that cannot start any token"


def note_syntax_error(document: Document, error: MarkedYAMLError) -> None:
    """Note in the document what libyaml refused, at the place where a person would mend it."""
    said = str(error.problem)
    around: Any = error.context_mark
    what, help = _words(said, str(error.context), _char(document, error.problem_mark))
    at_beginning = around and (said in _AT_THE_BEGINNING or (what, help) in (_TAG, _DIRECTIVE))
    at: Any = around if at_beginning else error.problem_mark
    start = min(at.index, len(document.text.rstrip()))
    line = document.position(around.index)[0] if around else 1
    document.mistake(start, start + 1, (), f"not valid YAML: {what.format(line=line)}", help)


def _char(document: Document, mark: Any) -> str:
    return document.text[mark.index : mark.index + 1]


def _words(said: str, context: str, char: str) -> tuple[str, str]:
    """What is wrong at `char`, and the way out; what libyaml said where it says something new."""
    doing = f"{context}: {said}"
    if "directive" in doing or "%" in doing or said == "found incompatible YAML document":
        return _DIRECTIVE
    if "tag" in doing:
        return _TAG
    if said == _CANNOT_BEGIN:
        return _TAB if char == "\t" else (f"a value cannot begin with '{char}'", "quote it")
    return _WORDS.get(said, (said.replace("{", "{{").replace("}", "}}"), ""))
