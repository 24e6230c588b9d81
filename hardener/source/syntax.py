"""What libyaml says about a text that is not YAML, in the words of the person who wrote it."""

from __future__ import annotations

from typing import Any

from yaml.error import MarkedYAMLError

from hardener.source.document import Document

# What libyaml says -> what is wrong, and the way out. "{line}" is the line on which the surrounding thing begins.
_WORDS = {
    "could not find expected ':'": ("a key without a colon", "write a colon and a space after it"),
    "mapping values are not allowed in this context": (
        "a colon where no key can stand",
        "quote a text that holds a colon; check the indentation",
    ),
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
    "found unexpected end of stream": ("a quote that is never closed", "close it"),
    "found unexpected document indicator": ("a quote that is never closed", "close it"),
    "found unknown escape character": (
        "an escape that YAML does not know",
        "write '\\\\' for a backslash, or use single quotes",
    ),
    "did not find expected hexdecimal number": ("an escape with too few digits", "write \\xNN, \\uNNNN or \\UNNNNNNNN"),
    "found invalid Unicode character escape code": ("an escape for a character that does not exist", ""),
    "found a tab character that violates indentation": ("a tab in the indentation", "indent with spaces"),
    "found a tab character where an indentation space is expected": ("a tab in the indentation", "indent with spaces"),
    "did not find expected alphabetic or numeric character": (
        "an anchor or alias without a name",
        "quote a text that begins with '&' or '*'",
    ),
}
# Of these, the mistake is where libyaml began to read, not where it gave up.
_AT_THE_BEGINNING = {
    "could not find expected ':'",
    "found unexpected end of stream",
    "found unexpected document indicator",
}
_CANNOT_BEGIN = "found character that cannot start any token"


def note_syntax_error(document: Document, error: MarkedYAMLError) -> None:
    """Note in the document what libyaml refused, at the place where a person would mend it."""
    problem = str(error.problem)
    context: Any = error.context_mark
    place: Any = error.problem_mark
    at_beginning = context and problem in _AT_THE_BEGINNING
    start = min((context if at_beginning else place).index, len(document.text.rstrip()))
    what, help = _words(document.text, start, problem)
    line = document.position(context.index)[0] if context else 1
    document.mistake(start, start + 1, (), f"not valid YAML: {what.format(line=line)}", help)


def _words(text: str, start: int, problem: str) -> tuple[str, str]:
    if problem == _CANNOT_BEGIN:
        char = text[start : start + 1]
        if char == "\t":
            return "a tab in the indentation", "indent with spaces"
        return f"a value cannot begin with '{char}'", "quote it"
    return _WORDS.get(problem, (problem, ""))
