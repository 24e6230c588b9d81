"""Differences for code scanning: SARIF 2.1.0, with places in the profile and names that stay when lines move.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; what code hosts make of it:
https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from hardener.cli.differences import Differences, Spot
from hardener.cli.revisions import split
from hardener.compare import Change, Direction
from hardener.errors import visible

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT: Final = "%SRCROOT%"
_SAYS: Final[dict[Direction, str]] = {
    "weaker": "weaker: somebody or something may do more than before, or it cannot be decided",
    "stronger": "stronger: somebody or something may do less than before",
    "neither": "otherwise, and neither weaker nor stronger",
}
# Brackets make links and braces placeholders, unless they are escaped (3.11.5 and 3.11.6).
_ESCAPES: Final = str.maketrans({"[": "\\[", "]": "\\]", "\\": "\\\\", "{": "{{", "}": "}}"})


def sarif(found: Differences, failing: Iterable[Direction]) -> dict[str, Any]:
    """All changes as the results of one run. What is weaker is a warning, and an error if the command fails for it."""
    from importlib.metadata import version

    levels: dict[str, str] = {"weaker": "warning", **dict.fromkeys(failing, "error")}
    rules = list(dict.fromkeys((each.word, each.direction) for each in found.changes))
    seen: Counter[str] = Counter()
    release = version("hardener")
    driver = {
        "name": "hardener",
        "version": release,
        "semanticVersion": release,
        "rules": [_rule(word, direction, levels) for word, direction in rules],
    }
    results = [
        {"ruleIndex": rules.index((each.word, each.direction)), **_result(each, found, levels, seen)}
        for each in found.changes
    ]
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"hardener diff/{found.new.profile.metadata.name}/"},
        "originalUriBaseIds": {_ROOT: {"description": {"text": "Where hardener was run: the top of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(word: str, direction: Direction, levels: Mapping[str, str]) -> dict[str, Any]:
    says = f"{word} is {_SAYS[direction]}"
    return {
        "id": f"{word}.{direction}",
        "name": f"{word.capitalize()}{direction.capitalize()}",
        "shortDescription": {"text": f"{word} is {direction}" if direction != "neither" else f"{word} is otherwise"},
        "fullDescription": {"text": says},
        "help": {"text": f"{says}. Each result says who gains or loses what, and where the profile says so."},
        "defaultConfiguration": {"level": levels.get(direction, "note")},
        "properties": {"tags": ["security"]},
    }


def _result(change: Change, found: Differences, levels: Mapping[str, str], seen: Counter[str]) -> dict[str, Any]:
    spots = [*found.spots(change)]
    now = next((spot for spot in spots if spot.when == "new"), None) or _nearest(change, found)
    related = [spot for spot in spots if spot != now]
    print_of = hashlib.sha256("\0".join((change.word, change.direction, change.message)).encode()).hexdigest()[:32]
    seen[print_of] += 1
    data = {
        "ruleId": f"{change.word}.{change.direction}",
        "level": levels.get(change.direction, "note"),
        "message": {"text": _text(change)},
        "locations": [_location(now)],
        "partialFingerprints": {"primaryLocationLineHash": f"{print_of}:{seen[print_of]}"},
    }
    if related:
        data["relatedLocations"] = [_related(number, spot) for number, spot in enumerate(related, 1)]
    if controls := found.controls(change):
        data["properties"] = {"controls": list(controls)}
    return data


def _text(change: Change) -> str:
    reason = f": {change.reason}" if change.reason else ""
    lines = [f"{change.message}{reason}", *(f"- {detail}" for detail in change.details)]
    return "\n".join(visible(line).translate(_ESCAPES) for line in lines)


def _nearest(change: Change, found: Differences) -> Spot:
    """The line of the new profile that is closest to what went."""
    at = change.old.at if change.old else ()
    file, line = found.new.source.line(at)
    return Spot(when="new", file=file, line=line, what="")


def _related(number: int, spot: Spot) -> dict[str, Any]:
    said = f"{'before' if spot.when == 'old' else 'now'}: {spot.what}" if spot.what else spot.place
    return {"id": number, "message": {"text": visible(said).translate(_ESCAPES)}, **_location(spot)}


def _location(spot: Spot) -> dict[str, Any]:
    from urllib.parse import quote

    named = split(spot.file)
    file = named[1] if named else spot.file.removeprefix("./")
    place = {"uri": f"file://{quote(file)}"} if file.startswith("/") else {"uri": quote(file), "uriBaseId": _ROOT}
    return {"physicalLocation": {"artifactLocation": place, "region": {"startLine": max(spot.line, 1)}}}
