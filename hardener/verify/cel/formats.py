"""Names as Kubernetes checks them (staging/src/k8s.io/apiserver/pkg/cel/library/format.go), from 1.31 on.

Whether a text is of a format is decided; what exactly would be said of one that is not, is not understood.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

from hardener.verify.cel.errors import NotUnderstoodError
from hardener.verify.cel.functions import function, method
from hardener.verify.cel.optionals import present
from hardener.verify.cel.values import NONE, Opaque, Optional

_NAME: Final = "kubernetes.NamedFormat"
_FIRST: Final = 31
_LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_VALUE: Final = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"
_PART: Final = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_PATTERNS: Final = {
    "dns1123Label": (_LABEL, 63),
    "dns1123Subdomain": (rf"{_LABEL}(\.{_LABEL})*", 253),
    "dns1035Label": ("[a-z]([-a-z0-9]*[a-z0-9])?", 63),
    "labelValue": (_VALUE, 63),
    "uuid": ("(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", 36),
}
"""Of each format, the pattern and the length (staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go)."""

_OTHERS: Final = (
    "qualifiedName",
    "dns1123LabelPrefix",
    "dns1123SubdomainPrefix",
    "dns1035LabelPrefix",
    "uri",
    "byte",
    "date",
    "datetime",
)


class Format(Opaque, frozen=True):
    """A format by its name."""

    CEL_TYPE: ClassVar[str] = _NAME
    name: str


class Errors(list[str]):
    """What is said of a text: something, and nobody here knows what."""

    def __iter__(self) -> Any:
        """Nobody here knows."""
        raise NotUnderstoodError("an expression repeats what Kubernetes says of a name")

    def __getitem__(self, _index: Any) -> Any:
        """Nobody here knows."""
        raise NotUnderstoodError("an expression repeats what Kubernetes says of a name")


def _validate(each: Format, text: str) -> Optional:
    if each.name not in _PATTERNS:
        raise NotUnderstoodError(f"format.{each.name}()")
    pattern, longest = _PATTERNS[each.name]
    if re.fullmatch(pattern, text, re.ASCII) and len(text) <= longest:
        return NONE
    return present(Errors(["?"]))


def _named(name: str) -> Optional:
    return present(Format(name)) if name in (*_PATTERNS, *_OTHERS) else NONE


OVERLOADS: Final = (
    method("validate", f"{_NAME}, string -> optional(list(string))", _validate, _FIRST),
    function("format.named", f"string -> optional({_NAME})", _named, _FIRST),
    *(
        function(f"format.{name}", f"-> {_NAME}", lambda name=name: Format(name), _FIRST)
        for name in (*_PATTERNS, *_OTHERS)
    ),
)
