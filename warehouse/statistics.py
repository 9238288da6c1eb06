"""Distribution functions for the statistics models, as plain functions and as SQL functions.

Sums and counts are SQL; only the last step, from a test statistic to a p-value, needs a
distribution. Every function here takes numbers or arrays and returns NaN (NULL in SQL) where an
argument is missing or outside the domain, so that an empty group gives an empty cell and no error.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, wraps
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyConnection
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]

DECIMALS_KEPT = 9
"""Digits after the point in which a binary number counts as decimal before it is rounded."""


def chi_square_p(statistic: ArrayLike, degrees_of_freedom: ArrayLike) -> Floats:
    """Upper tail of the chi-square distribution: the p-value of Pearson's test."""
    x, df = _floats(statistic, degrees_of_freedom)
    return np.where((x >= 0) & (df > 0), special.chdtrc(df, x), np.nan)


def student_t_p(statistic: ArrayLike, degrees_of_freedom: ArrayLike) -> Floats:
    """Both tails of Student's t distribution."""
    t, df = _floats(statistic, degrees_of_freedom)
    return np.where(df > 0, 2 * special.stdtr(df, -np.abs(t)), np.nan)


def normal_p(z: ArrayLike) -> Floats:
    """Both tails of the standard normal distribution."""
    (values,) = _floats(z)
    return 2 * special.ndtr(-np.abs(values))


def f_p(statistic: ArrayLike, df_between: ArrayLike, df_within: ArrayLike) -> Floats:
    """Upper tail of the F distribution, as Levene's test needs it."""
    f, df1, df2 = _floats(statistic, df_between, df_within)
    return np.where((f >= 0) & (df1 > 0) & (df2 > 0), special.fdtrc(df1, df2, f), np.nan)


def normal_quantile(probability: ArrayLike) -> Floats:
    """The z with this probability below it; 0.975 gives the 1.96 of a 95% interval."""
    (p,) = _floats(probability)
    return np.where((p > 0) & (p < 1), special.ndtri(p), np.nan)


def fisher_exact_p(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike) -> Floats:
    """Fisher's exact two-sided p of the 2x2 table [[a, b], [c, d]].

    The sum of all tables with the same margins that are no more probable than this one, as SPSS,
    R and scipy define it. NaN when a row or column of the table is empty.
    """
    return _each_table(_fisher_two_sided, a, b, c, d)


def fisher_exact_one_sided_p(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike) -> Floats:
    """Fisher's exact one-sided p: the tail in the direction of the difference, as SPSS prints it.

    NaN when a row or column of the table is empty.
    """
    return _each_table(_fisher_one_sided, a, b, c, d)


def round_half_up(value: float, decimals: int) -> Decimal:
    """Round half away from zero, the way the paper's software does, at up to 8 decimals.

    163.475 has no binary form and formats as 163.47; it is first read as the decimal that it stands
    for (nine decimals), then rounded. The SQL macro of the same name does the same.
    """
    kept = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-DECIMALS_KEPT), ROUND_HALF_UP)
    return kept.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0  # no -0.00


def _fisher_two_sided(table: NDArray[np.int64]) -> float:
    from scipy.stats import fisher_exact  # a second to import, and only tables need it

    return float(fisher_exact(table).pvalue)


def _fisher_one_sided(table: NDArray[np.int64]) -> float:
    from scipy.stats import fisher_exact  # a second to import, and only tables need it

    return min(float(fisher_exact(table, alternative=tail).pvalue) for tail in ("less", "greater"))


def _each_table(test: Callable[[NDArray[np.int64]], float], *cells: ArrayLike) -> Floats:
    columns = np.broadcast_arrays(*_floats(*cells))
    tables = np.stack([column.ravel() for column in columns], axis=-1).reshape(-1, 2, 2)
    p_values = [test(table.astype(np.int64)) if _is_full(table) else np.nan for table in tables]
    return np.array(p_values, dtype=np.float64).reshape(columns[0].shape)


def _is_full(table: Floats) -> bool:
    """Whether the cells are counts and no row or column is empty."""
    counts = bool(np.all(np.isfinite(table)) and np.all(table >= 0))
    return counts and bool(np.all(table.sum(axis=0) > 0) and np.all(table.sum(axis=1) > 0))


def _floats(*values: ArrayLike) -> list[Floats]:
    return [np.asarray(value, dtype=np.float64) for value in values]


class SqlFunction(NamedTuple):
    """A function as SQL sees it: all parameters and the result are DOUBLE."""

    function: Callable[..., Floats]
    parameters: int


SQL_FUNCTIONS: dict[str, SqlFunction] = {
    "chi_square_p": SqlFunction(chi_square_p, 2),
    "student_t_p": SqlFunction(student_t_p, 2),
    "normal_p": SqlFunction(normal_p, 1),
    "f_p": SqlFunction(f_p, 3),
    "normal_quantile": SqlFunction(normal_quantile, 1),
    "fisher_exact_p": SqlFunction(fisher_exact_p, 4),
    "fisher_exact_one_sided_p": SqlFunction(fisher_exact_one_sided_p, 4),
}
"""What the models may call, by SQL name; the same table serves any engine with Python functions."""


def register(connection: DuckDBPyConnection) -> None:
    """Make ``SQL_FUNCTIONS`` callable in this database; NULL in gives NULL.

    Connections of one process to the same file share its functions, so those that are there stay.
    """
    there = connection.execute("select distinct function_name from duckdb_functions()").fetchall()
    for name, (function, parameters) in SQL_FUNCTIONS.items():
        if (name,) in there:
            continue
        connection.create_function(
            name,
            _on_arrow(function),
            ["DOUBLE"] * parameters,
            "DOUBLE",
            type="arrow",
            null_handling="special",
        )


@cache  # DuckDB calls it for as long as the database is open, whoever registered it
def _on_arrow(function: Callable[..., Floats]) -> Callable[..., pa.Array]:
    @wraps(function)  # DuckDB counts the parameters of the signature
    def vectorised(*columns: pa.ChunkedArray) -> pa.Array:
        results = function(*(column.to_numpy() for column in columns))
        return pa.array(results, mask=np.isnan(results), type=pa.float64())

    return vectorised
