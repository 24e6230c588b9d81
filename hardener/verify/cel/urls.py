"""URLs (staging/src/k8s.io/apiserver/pkg/cel/library/urls.go), as Go's net/url takes them apart.

What Go reads in its own way (escapes, names of users, queries with `;`) is not understood.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

from hardener.verify.cel.errors import EvaluationError, NotUnderstoodError
from hardener.verify.cel.functions import function, method, reads
from hardener.verify.cel.values import Opaque

_NAME: Final = "kubernetes.URL"
_PLAIN: Final = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]!$&'()*+,=]*")
_URL: Final = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*):)?(?://(?P<host>[^/?#]*))?(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?"
)
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^:\[\]]*)(?::(?P<port>[0-9]*))?")


class Url(Opaque, frozen=True):
    """A URL in parts."""

    CEL_TYPE: ClassVar[str] = _NAME
    text: str
    scheme: str
    host: str
    path: str
    query: str


def _read(text: str) -> Url:
    if not text or any(ord(character) <= ord(" ") or character == "\x7f" for character in text):
        raise EvaluationError("URL parse error during conversion from string")
    if not _PLAIN.fullmatch(text):
        raise NotUnderstoodError(f"a URL with escapes or a user: {text}")
    found = _URL.fullmatch(text)
    if not found or not (found["scheme"] or text.startswith("/")):
        raise EvaluationError("URL parse error during conversion from string")
    if found["host"] is None and not found["path"].startswith("/"):
        raise NotUnderstoodError(f"a URL that is no place: {text}")
    if not _HOST.fullmatch(found["host"] or ""):
        raise EvaluationError("URL parse error during conversion from string")
    return Url(text, (found["scheme"] or "").lower(), found["host"] or "", found["path"], found["query"] or "")


def _part(url: Url, name: str) -> str:
    found = _HOST.fullmatch(url.host)
    return (found[name] or "").strip("[]") if found else ""


def _query(url: Url) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in filter(None, url.query.split("&")):
        key, _, value = pair.replace("+", " ").partition("=")
        found.setdefault(key, []).append(value)
    return found


OVERLOADS: Final = (
    function("url", f"string -> {_NAME}", _read),
    function("isURL", "string -> bool", reads(_read)),
    method("getScheme", f"{_NAME} -> string", lambda url: url.scheme),
    method("getHost", f"{_NAME} -> string", lambda url: url.host),
    method("getHostname", f"{_NAME} -> string", lambda url: _part(url, "name")),
    method("getPort", f"{_NAME} -> string", lambda url: _part(url, "port")),
    method("getEscapedPath", f"{_NAME} -> string", lambda url: url.path),
    method("getQuery", f"{_NAME} -> map(string, list(string))", _query),
)
