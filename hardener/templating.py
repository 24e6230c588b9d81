"""Fill in a template so that no value can ever change the shape of the document.

Every `{{ value }}` in a template is one whole YAML value. It is written as JSON, which is also YAML, unless it is a
plain word that every reader of YAML takes for that same word.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hardener.artifact import rendered_from

if TYPE_CHECKING:
    from jinja2 import Environment, FileSystemBytecodeCache, Template

_FOLDER = Path(__file__).parent / "templates"

# Words that readers of YAML 1.1, kubectl's among them, turn into booleans or null.
_NOT_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
_WORD = re.compile(r"[A-Za-z/][A-Za-z0-9]*([-./_:]*[A-Za-z0-9])*")
# What JSON lets stand and YAML does not: control characters, ends of lines, and what is no character at all.
_UNFIT = (*range(0x7F, 0xA1), 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF)
_ESCAPES = {code: f"\\u{code:04x}" for code in _UNFIT}

# Templates that are filled for each namespace, with values whose types are the same for all.
_OF_A_NAMESPACE = frozenset(
    ["namespaces.yaml.j2", "network.yaml.j2", "access.yaml.j2", "quotas.yaml.j2", "tokens.yaml.j2"]
)
_REMEMBERED: ContextVar[dict[tuple[object, ...], str] | None] = ContextVar("remembered", default=None)


def scalar(value: object) -> str:
    """Write `value` as a YAML value on one line.

    >>> print(scalar("payments"), scalar("no"), scalar("1.30"), scalar(["get", "list"]), scalar(True))
    payments "no" "1.30" [get, list] true
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(scalar, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {scalar(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise TypeError(f"a template may not print {type(value).__name__}")


@cache
def _text(value: str) -> str:
    if _WORD.fullmatch(value) and value.lower() not in _NOT_WORDS:
        return value
    return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)


def _finalizer() -> Callable[[object], str]:
    """What Jinja2 calls on the value of every `{{ }}`."""
    from jinja2 import Undefined

    def finalize(value: object) -> str:
        if isinstance(value, str):
            return _text(value)
        # StrictUndefined lets `{{ a if b }}` without an else print nothing, and nothing is null in YAML.
        if isinstance(value, Undefined):
            value._fail_with_undefined_error()
        return scalar(value)

    return finalize


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_FOLDER),
        bytecode_cache=_compiled(),
        auto_reload=False,
        undefined=StrictUndefined,
        finalize=_finalizer(),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 the output is YAML: `finalize` is what escapes here
    )


def _compiled() -> FileSystemBytecodeCache | None:
    """Where compiled templates are kept: beside the compiled modules, if Python may write there; else nowhere.

    Compiling them takes longer than filling them for ten namespaces. Each is checked against its source when it is
    read, as Python checks its own.
    """
    from jinja2 import FileSystemBytecodeCache

    folder = _FOLDER / "__pycache__"
    if sys.dont_write_bytecode or not os.access(folder if folder.exists() else _FOLDER, os.W_OK):
        return None
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


@cache
def _template(name: str) -> Template:
    return _environment().get_template(name)


def fill(template: str, *, profile: str, **values: object) -> str:
    """The text of a file: the line that says who rendered it, then the template with its values.

    In a script that line comes second, behind the one that names its interpreter. An undefined name is an error, never
    an empty string.
    """
    header = f"# {rendered_from(profile)}\n"
    text = _filled(template, values)
    if text.startswith("#!"):
        first, rest = text.split("\n", 1)
        return f"{first}\n{header}{rest}"
    return header + text


@contextmanager
def remembering() -> Iterator[None]:
    """While this lasts, what was filled once for a namespace is not filled again for an equal one.

    Two profiles that are compared have most namespaces in common, and filling them is a third of all work.
    """
    before = _REMEMBERED.set({})
    try:
        yield
    finally:
        _REMEMBERED.reset(before)


def _filled(template: str, values: dict[str, object]) -> str:
    remembered = _REMEMBERED.get()
    if remembered is None or template not in _OF_A_NAMESPACE:
        return _template(template).render(values)
    key = (template, *values.values())
    if key not in remembered:
        remembered[key] = _template(template).render(values)
    return remembered[key]
