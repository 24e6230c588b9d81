"""Values in markdown: whatever they hold, a code host shows it as it is, and does nothing else with it.

A word that is not plainly a word stands in a code span. In it nothing is markup, nobody is mentioned, no issue is
referred to and no address becomes a link (https://github.github.com/gfm/#code-spans; GitHub's and GitLab's filters of
mentions and references leave out what is code).
"""

from __future__ import annotations

import re
from typing import Final

from hardener.errors import visible

# More of one sentence than a person reads.
LONGEST: Final = 600

_MARKS: Final = re.compile(r"""([("']*)(.*?)([).,;:"']*)""")
_PLAIN: Final = re.compile(r"[A-Za-z0-9]+(?:[-'][A-Za-z0-9]+)*|\d+(?:\.\d+)*")
# What begins a list, where it begins a line.
_NUMBER: Final = re.compile(r"\d+[.)]+")
# What a code host takes for the name of a commit or an issue.
_REFERENCE: Final = re.compile(r"[0-9a-fA-F]{7,}|(?i:GH|GL)-\d+")
_TICKS: Final = re.compile("`+")


def sentence(text: str) -> str:
    """A sentence in which each word that could be markup is code; of a very long one, its beginning.

    >>> print(sentence("pods of shop-api labelled app=web reach <b>, and @all"))
    pods of shop-api labelled `app=web` reach `<b>`, and `@all`
    """
    text = visible(text)
    short = text if len(text) <= LONGEST else f"{beginning(text, LONGEST)} ..."
    first, *others = short.split() or [""]
    return " ".join([code(first) if _NUMBER.fullmatch(first) else _word(first), *map(_word, others)])


def beginning(text: str, longest: int) -> str:
    """As many whole words of a text as have room; of a longer word, its beginning.

    >>> beginning("pods of web", 8), beginning("web", 2)
    ('pods of', 'we')
    """
    head = text[: longest + 1].rpartition(" ")[0].rstrip() if len(text) > longest else text
    return head or text[:longest]


def code(text: str) -> str:
    """A text as code, in a fence that it cannot end."""
    text = visible(text) or " "
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    fence = "`" * (1 + max(map(len, _TICKS.findall(text)), default=0))
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _word(word: str) -> str:
    found = _MARKS.fullmatch(word)
    before, inner, after = found.groups() if found else ("", word, "")
    if not inner or (_PLAIN.fullmatch(inner) and not _REFERENCE.fullmatch(inner)):
        return word
    return f"{before}{code(inner)}{after}"
