"""Control limits against scipy's distributions and numbers that can be followed by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from warehouse.control_limits import TAIL, c_chart, p_chart, xmr_chart

MONTHS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=40)


@given(months=MONTHS)
def test_limits_of_shares_are_the_binomial_quantiles_of_each_month(
    months: list[tuple[int, int]],
) -> None:
    sizes = [yes + no for yes, no in months]
    chart = p_chart([yes for yes, _ in months], sizes)
    if sum(sizes) == 0:
        assert chart.center is None
        assert set(chart.low) == set(chart.high) == {None}
        return
    share = sum(yes for yes, _ in months) / sum(sizes)
    assert chart.center == pytest.approx(100 * share)
    for n, low, high in zip(sizes, chart.low, chart.high, strict=True):
        if n == 0:
            assert (low, high) == (None, None)
        else:
            expected = stats.binom.ppf([TAIL, 1 - TAIL], n, share)
            assert [low, high] == pytest.approx([100 * max(k, 0) / n for k in expected])


def test_a_share_is_outside_when_chance_hardly_gives_it() -> None:
    """2 of 10 in each of nine months; of 10, 8 is beyond the limits and 7 is not."""
    sizes = [10] * 10
    assert p_chart([2] * 9 + [8], sizes).outside == (*[False] * 9, True)
    assert p_chart([2] * 9 + [7], sizes).outside == (*[False] * 10,)


def test_two_of_two_are_never_outside() -> None:
    assert p_chart([1, 1, 2, 2], [10, 10, 2, 10]).outside == (False, False, False, False)


@given(counts=st.lists(st.integers(0, 200), min_size=1, max_size=40))
def test_limits_of_counts_are_poisson_quantiles(counts: list[int]) -> None:
    chart = c_chart(counts)
    mean = sum(counts) / len(counts)
    expected = stats.poisson.ppf([TAIL, 1 - TAIL], mean) if mean else [0, 0]
    assert (chart.center, chart.low[0], chart.high[0]) == pytest.approx((mean, *expected))


def test_times_are_held_against_the_mean_moving_range() -> None:
    """Mean 110; ranges 20, 30 and 20, mean 23.33, times 2.66 is 62.07. A gap breaks nothing."""
    chart = xmr_chart([100, 120, None, 90, 130 - 20])
    assert chart.center == pytest.approx(105)
    assert chart.low[0] == pytest.approx(105 - 2.66 * 70 / 3)
    assert chart.high[0] == pytest.approx(105 + 2.66 * 70 / 3)
    assert chart.outside == (False,) * 5


def test_a_time_has_no_limit_below_zero() -> None:
    assert xmr_chart([5, 50, 5, 50]).low == (0.0,) * 4


@pytest.mark.parametrize("values", [[], [None, None]])
def test_no_value_has_no_limits(values: list[float | None]) -> None:
    chart = xmr_chart(values)
    assert (chart.center, chart.low, chart.outside) == (
        None,
        (None,) * len(values),
        (False,) * len(values),
    )


def test_one_value_has_a_centre_and_no_limits() -> None:
    chart = xmr_chart([7])
    assert (chart.center, chart.high) == (7, (None,))


def test_eight_on_one_side_of_the_median_are_a_run() -> None:
    low, high = [1.0] * 8, [3.0] * 8
    assert xmr_chart([*low, *high]).in_run == (True,) * 16
    assert xmr_chart([*low[:7], *high[:7]]).in_run == (False,) * 14


@pytest.mark.parametrize("passed_over", [2.0, None])
def test_a_value_on_the_median_and_a_month_without_one_neither_count_nor_end_a_run(
    passed_over: float | None,
) -> None:
    """The median is 2: seven lower values, then one passed over, then an eighth lower one."""
    lower = [1.0] * 7 + [passed_over] + [1.0]
    higher = [3.0] * 7
    assert xmr_chart([*lower, *higher, 3.0]).in_run[:9] == (*[True] * 7, False, True)
    assert not any(xmr_chart([*lower[1:], *higher]).in_run)
