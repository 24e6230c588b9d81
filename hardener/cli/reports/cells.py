"""Values in the cells of markdown's tables: whatever they hold, they end neither their cell nor their table.

A pipe ends a cell even within code, and what escapes it can be escaped. So each character that is no letter and no
digit is written as a number (https://github.github.com/gfm/#entity-and-numeric-character-references), which is never
markup; and whatever is not plainly a word stands in `code` of HTML, where nobody is mentioned and nothing is linked.
"""

from __future__ import annotations

import re
from typing import Final

from hardener.errors import visible

_LONGEST: Final = 300
_PLAIN: Final = re.compile(r"[A-Za-z]+(?:[-'][A-Za-z]+)*|[0-9]{1,4}(?:\.[0-9]{1,3})*")
_PARTS: Final = re.compile(r"""([("']*)(.*?)([).,;:"']*)""")
_KEPT: Final = re.compile(r"[^A-Za-z0-9 ]")


def cell(text: str) -> str:
    """A sentence as the content of one cell.

    >>> print(cell("level 1, for a|b"))
    level 1&#44; for <code>a&#124;b</code>
    """
    text = visible(text)
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
    return " ".join(_word(word) for word in short.split())


def code(text: str) -> str:
    """A text as code in a cell.

    >>> print(code("a:1"))
    <code>a&#58;1</code>
    """
    return f"<code>{_escaped(visible(text))}</code>" if text else ""


def _word(word: str) -> str:
    found = _PARTS.fullmatch(word)
    before, inner, after = found.groups() if found else ("", word, "")
    written = inner if not inner or _PLAIN.fullmatch(inner) else code(inner)
    return f"{_escaped(before)}{written}{_escaped(after)}"


def _escaped(text: str) -> str:
    return _KEPT.sub(lambda found: f"&#{ord(found[0])};", text)
