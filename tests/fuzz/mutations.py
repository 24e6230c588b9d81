"""Ways to spoil a profile: as bytes, as a YAML reader would hate it, and as data, as a careless person would."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]

# Pieces of YAML, Jinja2, shells and Kubernetes that mean something somewhere.
TOKENS = [
    "&a ", "*a", "!!python/object:os.system ", "!x ", "<<: ", "---\n", "...\n", "%YAML 1.2\n", "? ", "- ", ": ",
    "{", "}", "[", "]", "|\n", ">-\n", '"', "'", "#", "\t", "\r\n", "\r", "\u2028", "\x85", "\ufeff", "\x00",
    "\x1b[31m", "\u202e", "yes", "0x1f", "1_000", "1:30", ".inf", "~", "null", "1e999", "9" * 400, "{{ 7*7 }}",
    "{% for a in b %}", "${HOME}", "$(id)", "../", "/etc/passwd", "\\", "a" * 5000, "system:masters", "kube-system",
    "*", "0.0.0.0/0", "::/0", "10.0.0.1/8", "-1", "65536", "443-80", "🙂", "\ud7ff",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**63, 10**400, 0.5, float("inf"), "", " ", "a", "default", "kube-system",
    "../../x", "a/b", "a\nb: c", "yes", "1.30", 1.3, [], {}, [[]], [{}], {"": 1}, {"a": {}}, "system:masters", "*",
    "0.0.0.0/0", "::/0", "10.0.0.1/8", "fd00::/8", 443, "443-80", "53/UDP", "x" * 300, "{{ 1 }}", "\x1b[31m",
    "\u202e", "🙂", "2027-02-30", "9999999999999999999999/1", "1.2.3.4.5/6", "é",
]  # fmt: skip


def spoiled_text(text: str, luck: random.Random) -> bytes:
    """The text with a few bytes, pieces or lines changed, doubled, dropped or moved."""
    data = bytearray(text.encode())
    for _ in range(luck.choice((1, 1, 1, 2, 3, 8))):
        luck.choice((_flip, _cut, _insert, _repeat, _move))(data, luck)
    return bytes(data)


def spoiled_data(data: Any, luck: random.Random) -> bytes:
    """The profile with a few values, keys or items changed, dropped, renamed or taken from elsewhere in it, as YAML."""
    copy = json.loads(json.dumps(data, default=str))
    for _ in range(luck.choice((1, 1, 1, 2, 3))):
        places = list(_places(copy, ()))
        if places:
            _spoil(copy, luck.choice(places), places, luck)
    return json.dumps(copy, indent=luck.choice((None, 1)), ensure_ascii=luck.random() < 0.5).encode(
        "utf-8", "surrogatepass"
    )


def _flip(data: bytearray, luck: random.Random) -> None:
    if data:
        data[luck.randrange(len(data))] = luck.randrange(256)


def _cut(data: bytearray, luck: random.Random) -> None:
    start = luck.randrange(len(data) + 1)
    del data[start : start + luck.choice((1, 2, 10, 200))]


def _insert(data: bytearray, luck: random.Random) -> None:
    start = luck.randrange(len(data) + 1)
    data[start:start] = luck.choice(TOKENS).encode()


def _repeat(data: bytearray, luck: random.Random) -> None:
    start = luck.randrange(len(data) + 1)
    piece = data[start : start + luck.choice((1, 20, 300))]
    data[start:start] = piece * luck.choice((1, 2, 50))


def _move(data: bytearray, luck: random.Random) -> None:
    lines = bytes(data).splitlines(keepends=True)
    if lines:
        line = lines.pop(luck.randrange(len(lines)))
        lines.insert(luck.randrange(len(lines) + 1), luck.choice((b"", b" ", b"    ")) + line)
    data[:] = b"".join(lines)


def _places(value: Any, path: Path) -> Iterator[Path]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield (*path, key)
        yield from _places(inner, (*path, key))


def _spoil(data: Any, path: Path, places: list[Path], luck: random.Random) -> None:
    holder, key = _at(data, path[:-1]), path[-1]
    match luck.randrange(4):
        case 0:
            holder[key] = luck.choice(VALUES)
        case 1:
            del holder[key]
        case 2:
            holder[key] = json.loads(json.dumps(_at(data, luck.choice(places))))
        case 3 if isinstance(holder, dict):
            holder[luck.choice((*TOKENS, "x", str(key) + "s", str(key).upper()))] = holder.pop(key)
        case _:
            holder.append(luck.choice(VALUES))


def _at(data: Any, path: Path) -> Any:
    for key in path:
        data = data[key]
    return data
