"""Changed traffic as a picture: Mermaid, which GitHub and GitLab draw in a comment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from hardener.compare import Change
from hardener.errors import visible

# Code hosts draw no picture of more than 500 edges or 50,000 characters (Mermaid's maxEdges and maxTextSize), and
# nobody reads one of more than this.
MOST: Final = 30
_LONGEST: Final = 60

_LINES: Final = {"weaker": "-->", "stronger": "-.->", "neither": "---"}
_COLORS: Final = {"weaker": "#cf222e", "stronger": "#1a7f37", "neither": "#8c959f"}
# All that is no letter, digit or space, and does not join two of them. In Mermaid's texts, `#35;` is the character 35:
# https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters
_SPECIAL: Final = re.compile(r"(?!(?<=[A-Za-z0-9])[-/=](?=[A-Za-z0-9]))[^A-Za-z0-9 ]")


def picture(changes: Sequence[Change]) -> str:
    """A flow chart of what is opened (red) and closed (green, dashed); nothing if no traffic changed."""
    arrows = [(each.direction, each.arrow) for each in changes if each.arrow is not None]
    if not arrows:
        return ""
    shown = dict.fromkeys(arrows[:MOST])
    ends = dict.fromkeys(end for _, arrow in shown for end in (arrow.source, arrow.target))
    names = {name: f"n{number}" for number, name in enumerate(ends)}
    lines = ["flowchart LR", *(f'  {id}["{_text(name)}"]' for name, id in names.items())]
    for direction, arrow in shown:
        line = f'{_LINES[direction]}|"{_text(arrow.ports)}"|'
        lines.append(f"  {names[arrow.source]} {line} {names[arrow.target]}")
    for number, (direction, _) in enumerate(shown):
        lines.append(f"  linkStyle {number} stroke:{_COLORS[direction]},stroke-width:2px")
    return "\n".join(["```mermaid", *lines, "```"])


def _text(value: str) -> str:
    """A value between double quotes: every character as its number that is no letter, digit or space, nor joins two."""
    value = visible(value) or " "
    short = value if len(value) <= _LONGEST else f"{value[: _LONGEST - 3]}..."
    return _SPECIAL.sub(lambda found: f"#{ord(found.group())};", short)
