"""Rounding, and the numbers of small groups that can be followed by hand."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.statistics.rounding import p_text, round_half_up, shortest


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (163.475, 2, "163.48"),
        (6539 / 40, 2, "163.48"),
        (0.5 * 7.21 + 0.5 * 7.22, 2, "7.22"),
        (2.5, 0, "3"),
        (-0.125, 2, "-0.13"),
        (0.0847, 2, "0.08"),
        (-0.0001, 2, "0.00"),
        (1e6 + 0.005, 2, "1000000.01"),
    ],
)
def test_half_is_rounded_up_as_the_decimal_it_stands_for(
    value: float, decimals: int, expected: str
) -> None:
    assert str(round_half_up(value, decimals)) == expected


@given(thousandths=st.integers(-(10**9), 10**9))
def test_thousandths_are_rounded_like_decimals(thousandths: int) -> None:
    exact = Decimal(thousandths) / 1000
    found = round_half_up(thousandths / 1000, 2)
    assert found == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_numbers_read_as_printed() -> None:
    assert [shortest(value) for value in (182.0, 135.5, 158.75, 0.0, 100.0)] == [
        *("182", "135.5", "158.75", "0", "100")
    ]
    assert [p_text(p) for p in (0.0009, 0.001, 0.9996, None)] == ["<0.001", "0.001", "1.000", None]
