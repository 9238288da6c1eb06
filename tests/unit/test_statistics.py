"""Distribution functions and rounding against scipy, as Python functions and as SQL functions."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from warehouse import statistics

COUNTS = st.integers(0, 60)


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    statistics.register(connection)
    return connection


@given(x=st.floats(0, 200), df=st.integers(1, 50))
def test_tails_equal_those_of_scipy(x: float, df: int) -> None:
    found = [
        statistics.chi_square_p(x, df),
        statistics.student_t_p(-x, df),
        statistics.normal_p(x),
        statistics.f_p(x, 1, df),
    ]
    expected = [
        stats.chi2.sf(x, df),
        2 * stats.t.sf(x, df),
        2 * stats.norm.sf(x),
        stats.f.sf(x, 1, df),
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-300)


@given(a=COUNTS, b=COUNTS, c=COUNTS, d=COUNTS)
def test_fisher_equals_scipy_and_is_undefined_with_an_empty_margin(
    a: int, b: int, c: int, d: int
) -> None:
    two_sided = statistics.fisher_exact_p(a, b, c, d)
    one_sided = statistics.fisher_exact_one_sided_p(a, b, c, d)
    if 0 in (a + b, c + d, a + c, b + d):
        assert np.isnan(two_sided)
        assert np.isnan(one_sided)
        return
    table = [[a, b], [c, d]]
    tails = [stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
    np.testing.assert_allclose(two_sided, stats.fisher_exact(table).pvalue)
    np.testing.assert_allclose(one_sided, min(tails))


def test_sql_functions_take_columns_and_give_null_where_there_is_no_answer(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = connection.execute(
        """
        select
            round(chi_square_p(x, 1), 6),
            round(student_t_p(x, 10), 6),
            round(normal_p(x), 6),
            round(f_p(x, 1, 10), 6)
        from (values (3.84), (null), (-1.0), ('nan'::double)) as rows_of_the_test (x)
        """
    ).fetchall()
    nothing = (None, None, None, None)
    assert rows == [
        (0.050044, 0.003265, 0.000123, 0.078489),
        nothing,
        (None, 0.340893, 0.317311, None),
        nothing,
    ]


def test_sql_quantile_and_fisher(connection: duckdb.DuckDBPyConnection) -> None:
    assert connection.execute(
        """
        select
            round(normal_quantile(0.975), 6),
            normal_quantile(1),
            round(fisher_exact_p(6, 35, 6, 80), 3),
            round(fisher_exact_one_sided_p(6, 35, 6, 80), 3),
            fisher_exact_p(0, 0, 6, 80),
            fisher_exact_p(1, 2, 3, null)
        """
    ).fetchone() == (1.959964, None, 0.2, 0.146, None, None)


def test_functions_outlive_the_connection_that_registered_them(tmp_path: Path) -> None:
    path = tmp_path / "shared.duckdb"
    first = duckdb.connect(path)
    statistics.register(first)
    second = duckdb.connect(path)
    statistics.register(second)
    first.close()
    assert second.execute("select round(normal_p(1.96), 3)").fetchone() == (0.05,)


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
    assert str(statistics.round_half_up(value, decimals)) == expected


@given(thousandths=st.integers(-(10**9), 10**9))
def test_thousandths_are_rounded_like_decimals(thousandths: int) -> None:
    exact = Decimal(thousandths) / 1000
    found = statistics.round_half_up(thousandths / 1000, 2)
    assert found == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
