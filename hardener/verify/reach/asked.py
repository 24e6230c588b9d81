"""Ends and ports as a person writes them: payments/app=gateway, payments/, 203.0.113.9, [2001:db8::1]; 9443, 53/UDP."""

from __future__ import annotations

import re
from typing import Final

from hardener.errors import UsageError
from hardener.profile.addresses import RangeError, address_block
from hardener.profile.ports import LAST_PORT
from hardener.verify.network.ends import PROTOCOLS, Address, End, PodEnd

_ENDS: Final = "a pod is NAMESPACE/label=value,label=value, a pod without labels NAMESPACE/, anything else its address"
_NAMESPACE: Final = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_NAME: Final = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_KEY: Final = rf"([a-z0-9]([-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_NAME}"


def end(text: str) -> End:
    """The end that is meant. Raises UsageError, with the way out."""
    namespace, slash, labels = text.partition("/")
    inside = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if _is_address(inside):
        return Address(ip=inside)
    if slash and _is_address(namespace.strip("[]")):
        raise UsageError(f"{text!r} is a range: ask for one of its addresses, such as {namespace}")
    if not slash:
        raise UsageError(f"{text!r} is no end: {_ENDS}{_meant(text)}")
    if not re.fullmatch(_NAMESPACE, namespace):
        raise UsageError(f"{namespace!r} is no name of a namespace: {_ENDS}")
    return PodEnd(namespace=namespace, labels=_labels(labels))


def port(text: str) -> tuple[int, str]:
    """Number and protocol. Raises UsageError, with the way out."""
    number, slash, protocol = text.partition("/")
    protocol = protocol.upper() if slash else "TCP"
    if protocol not in PROTOCOLS:
        raise UsageError(f"{text!r}: the protocol is one of {', '.join(PROTOCOLS)}, as in 53/UDP")
    if re.fullmatch(r"[0-9]+-[0-9]+", number):
        raise UsageError(f"{text!r} is a range: ask for one port at a time")
    if not (number.isascii() and number.isdecimal()):
        raise UsageError(
            f"{text!r} is no port: write its number, as in 8443 or 53/UDP; what a name means, each pod says"
        )
    if not 1 <= int(number) <= LAST_PORT or number.startswith("0"):
        raise UsageError(f"{text!r}: ports are numbered from 1 to {LAST_PORT}")
    return int(number), protocol


def _labels(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(",") if text else ():
        key, equals, value = part.partition("=")
        if not equals or not re.fullmatch(_KEY, key) or not (value == "" or re.fullmatch(_NAME, value)):
            raise UsageError(f"{part!r} is no label: write label=value, several with a comma between them")
        if found.setdefault(key, value) != value:
            raise UsageError(f"{text!r}: a pod has one value for a label, and {key} has two")
    return found


def _is_address(text: str) -> bool:
    try:
        address_block(text)
    except RangeError:
        return False
    return True


def _meant(text: str) -> str:
    """A guess for what was written without a slash."""
    if re.fullmatch(_NAMESPACE, text):
        return f"; did you mean {text}/?"
    return "; of a name, ask for the address that it leads to" if "." in text and "=" not in text else ""
