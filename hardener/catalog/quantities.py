"""Quantities, exactly as Kubernetes counts and prints them.

What Kubernetes stores is not what it was given: `1000m` becomes `1`, and `1024Mi` becomes `1Gi`. A file that says
`1000m` therefore differs from the cluster for ever in the eyes of a tool that compares the two, so hardener
writes what Kubernetes would print. The rules are those of `resource.Quantity` in k8s.io/apimachinery.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from msgspec import Struct

# A quantity is counted in billionths, the smallest part that Kubernetes keeps: whole numbers, so nothing is rounded.
UNIT: Final = 10**9
# Kubernetes holds the value in 64 bits; what is larger is capped without a word.
LARGEST: Final = (2**63 - 1) * UNIT

_DECIMAL: Final = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E")
_BINARY: Final = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_FACTORS: Final = {
    **{suffix: 1000**power for power, suffix in enumerate(_DECIMAL)},
    **{suffix: 1024**power * UNIT for power, suffix in enumerate(_BINARY)},
}
# parseQuantityString of quantity.go there; no digits at all are 0. What nobody writes would take for ever: exponents of
# more than three digits are refused.
_WRITTEN: Final = re.compile(r"([+-]?)([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]{1,3})|([A-Za-z]*))", re.ASCII)


class Quantity(Struct, frozen=True, eq=False):
    """An amount of something in billionths, and whether it was written with a binary suffix (Ki, Mi) or an exponent.

    >>> str(quantity("1000m")), str(quantity(0.5)), str(quantity("1024Mi")), str(quantity(1000))
    ('1', '500m', '1Gi', '1k')
    """

    billionths: int
    binary: bool = False
    exponent: bool = False

    def __eq__(self, other: object) -> bool:
        """Is it the same amount, however it is written?"""
        return isinstance(other, Quantity) and self.billionths == other.billionths

    def __lt__(self, other: Quantity) -> bool:
        """Is it less?"""
        return self.billionths < other.billionths

    def __hash__(self) -> int:
        """The same for the same amount."""
        return hash(self.billionths)

    def __str__(self) -> str:
        """The canonical form: no fraction, and the largest suffix that loses nothing."""
        whole, part = divmod(self.billionths, UNIT)
        if self.binary and not part and whole >= 1024:
            return _largest_suffix(whole, 1024, _BINARY)
        if self.exponent:
            return _largest_exponent(self.billionths)
        return _largest_suffix(self.billionths, 1000, _DECIMAL) if self.billionths else "0"

    @property
    def whole(self) -> bool:
        """Is this a whole number, as Kubernetes asks for wherever objects are counted?"""
        return self.billionths % UNIT == 0


@cache
def quantity(written: str | int | float) -> Quantity:
    """The quantity that a profile writes as text or as a number. A part of a billionth counts as a whole one.

    Raises ValueError where Kubernetes would read no quantity.
    """
    match = _WRITTEN.fullmatch(written if isinstance(written, str) else _digits(written))
    if match is None or not match[0] or (match[5] or "") not in _FACTORS:
        raise ValueError(f"{written!r} is no quantity")
    sign, whole, fraction, exponent, suffix = match.groups()
    factor, power = (UNIT, int(exponent)) if exponent else (_FACTORS[suffix], 0)
    number = int(whole + fraction or "0") * factor * 10 ** max(power, 0)
    billionths = -(-number // 10 ** (len(fraction) + max(-power, 0)))
    return Quantity(-billionths if sign == "-" else billionths, bool(suffix) and suffix.endswith("i"), bool(exponent))


def _digits(number: int | float) -> str:
    """The number in plain digits, without an exponent."""
    text = repr(number)
    if "e" not in text:
        return text
    # Only numbers that hardly anybody writes come here, and importing decimal takes a millisecond.
    from decimal import Decimal

    return format(Decimal(text), "f")


def _largest_suffix(number: int, step: int, suffixes: tuple[str, ...]) -> str:
    power = 0
    while power < len(suffixes) - 1 and number % step == 0:
        number //= step
        power += 1
    return f"{number}{suffixes[power]}"


def _largest_exponent(billionths: int) -> str:
    """In thousands and thousandths, as all suffixes are."""
    power = -9
    while billionths and billionths % 1000 == 0:
        billionths //= 1000
        power += 3
    return f"{billionths}e{power}" if billionths and power else str(billionths)
