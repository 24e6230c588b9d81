"""A quantity is printed as Kubernetes prints it: the table holds what k8s.io/apimachinery v0.36.3 answers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardener.catalog.quantities import LARGEST, Quantity, quantity

SUFFIXES = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "": Fraction(1),
    **{suffix: Fraction(1000**power) for power, suffix in enumerate("kMGTPE", start=1)},
    **{f"{suffix}i": Fraction(1024**power) for power, suffix in enumerate("KMGTPE", start=1)},
}
WRITTEN = st.from_regex(r"[0-9]{1,9}(\.[0-9]{1,6})?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?", fullmatch=True)


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """Each test asks anew: an answer that was kept would hide what has changed since."""
    quantity.cache_clear()


def value(text: str) -> Fraction:
    digits = text.rstrip("numkMGTPEKi")
    return Fraction(digits) * SUFFIXES[text[len(digits) :]]


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("1000m", "1"),
        ("0.5", "500m"),
        (0.5, "500m"),
        ("100m", "100m"),
        ("1024Mi", "1Gi"),
        ("1023Mi", "1023Mi"),
        ("1536Mi", "1536Mi"),
        ("1.5Gi", "1536Mi"),
        ("0.5Ki", "512"),
        ("1Ki", "1Ki"),
        ("0.0001Gi", "107374182400u"),
        ("1000", "1k"),
        (1000, "1k"),
        (1001, "1001"),
        ("5000000000", "5G"),
        ("1000Ki", "1000Ki"),
        ("7Ei", "7Ei"),
        ("9E", "9E"),
        ("0", "0"),
        (0, "0"),
        ("0.0Gi", "0"),
        (".5", "500m"),
        ("1.", "1"),
        ("007", "7"),
        (1e-7, "100n"),
        (1e16, "10P"),
        ("0.0000000001", "1n"),
        ("0.0000000011", "2n"),
        (-3, "-3"),
        (-0.5, "-500m"),
        ("1k", "1k"),
        ("1n", "1n"),
        ("1u", "1u"),
        ("2e1", "20"),
        ("1e3", "1e3"),
        ("1E3", "1e3"),
        ("1e+3", "1e3"),
        ("1.e3", "1e3"),
        ("1e-3", "1e-3"),
        ("2.5e-3", "2500e-6"),
        ("1.5e0", "1500e-3"),
        ("1500e3", "1500e3"),
        ("1000e3", "1e6"),
        ("12345e6", "12345e6"),
        ("1e21", "1e21"),
        ("1e100", "10e99"),
        ("1e-10", "1e-9"),
        ("1e-400", "1e-9"),
        ("-1e3", "-1e3"),
        ("0e5", "0"),
        ("0.0e3", "0"),
        ("e3", "0"),
        ("1E", "1E"),
        ("+1Gi", "1Gi"),
        ("-0", "0"),
        ("+", "0"),
        (".", "0"),
        ("Gi", "0"),
        ("0.5Gi", "512Mi"),
        ("525600m", "525600m"),
    ],
)
def test_a_quantity_is_printed_as_kubernetes_prints_it(written, printed):
    assert str(quantity(written)) == printed


@pytest.mark.parametrize(
    "written",
    [
        *("", "1g", "1 Gi", "1Gi\n", "٣", "--1", "1KI", "1ki", "1.2.3", "i", "null", "0x10", "1_0"),
        *("1e", "1E+", "1ee3", "1e3Gi", "1e3i", "1e٣", "1e2147483648"),
    ],
)
def test_what_is_no_quantity_is_refused(written):
    with pytest.raises(ValueError, match="is no quantity"):
        quantity(written)


@given(WRITTEN)
def test_what_is_printed_means_the_same_and_is_printed_again(written):
    read = quantity(written)

    assert Fraction(read.billionths, 10**9) - value(written) < Fraction(1, 10**9)
    assert Fraction(read.billionths, 10**9) >= value(written)
    assert value(str(read)) == Fraction(read.billionths, 10**9)
    assert str(quantity(str(read))) == str(read)


@given(WRITTEN, WRITTEN)
def test_quantities_are_compared_by_what_they_mean(one, other):
    assert (quantity(one) < quantity(other)) == (quantity(one).billionths < quantity(other).billionths)
    assert (quantity(one) == quantity(other)) == (quantity(one).billionths == quantity(other).billionths)


def test_how_it_is_written_makes_no_other_quantity():
    assert quantity("1Gi") == quantity(1024**3)
    assert not quantity("1Gi") > quantity(1024**3)


@pytest.mark.parametrize(("written", "whole"), [(1, True), ("1.5", False), ("1.5k", True), ("1m", False), ("0", True)])
def test_a_whole_quantity_is_told_from_a_part(written, whole):
    assert quantity(written).whole is whole


def test_the_largest_is_that_of_64_bits():
    assert quantity(2**63 - 1).billionths == LARGEST
    assert quantity("8Ei").billionths > LARGEST
    assert str(Quantity(LARGEST)) == "9223372036854775807"


def test_what_is_larger_still_has_a_form():
    assert str(Quantity(10**30)) == "1000E"
    assert str(Quantity(1024**7 * 10**9, binary=True)) == "1024Ei"
