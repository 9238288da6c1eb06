"""Queries that compare a variable between the study's two groups: tests and effect sizes.

P-values call the distribution functions of ``warehouse.statistics``, which `warehouse sql` and
``open_explainer`` register; the rest is plain SQL.
"""

from __future__ import annotations

from warehouse.explain.project import prefixes

_COUNTS = """\
with counts as (
    select
        cast(count(*) filter (where study_group = '{rs}' and {v}) as double) as a,
        cast(count(*) filter (where study_group = '{rs}' and not {v}) as double) as b,
        cast(count(*) filter (where study_group = '{non_rs}' and {v}) as double) as c,
        cast(count(*) filter (where study_group = '{non_rs}' and not {v}) as double) as d
    from study.cohort
)
"""
_SHARES = (
    _COUNTS
    + """\
, shares as (
    select *, normal_quantile(0.975) as z, a / (a + b) as p, c / (c + d) as q from counts
)
"""
)
# Wilson's score limits of both shares (Newcombe 1998, method 10).
_WILSON = (
    _SHARES
    + """\
, limits as (
    select
        *,
        (2 * a + z * z - z * sqrt(z * z + 4 * a * (1 - p))) / (2 * (a + b + z * z)) as p_low,
        (2 * a + z * z + z * sqrt(z * z + 4 * a * (1 - p))) / (2 * (a + b + z * z)) as p_high,
        (2 * c + z * z - z * sqrt(z * z + 4 * c * (1 - q))) / (2 * (c + d + z * z)) as q_low,
        (2 * c + z * z + z * sqrt(z * z + 4 * c * (1 - q))) / (2 * (c + d + z * z)) as q_high
    from shares
)
"""
)
_VALUES = """\
with observed as (
    select study_group, cast({v} as double) as x from study.cohort where {v} is not null
)
"""
_DISTANCES = """\
with means as (
    select study_group, avg({v}) as mean from study.cohort group by study_group
),
observed as (
    select cohort.study_group, abs(cohort.{v} - means.mean) as x
    from study.cohort
    inner join means on cohort.study_group = means.study_group
    where cohort.{v} is not null
)
"""
_MOMENTS = """\
, moments as (
    select
        count(*) filter (where study_group = '{rs}') as n1,
        count(*) filter (where study_group = '{non_rs}') as n2,
        avg(x) filter (where study_group = '{rs}') as m1,
        avg(x) filter (where study_group = '{non_rs}') as m2,
        var_samp(x) filter (where study_group = '{rs}') as v1,
        var_samp(x) filter (where study_group = '{non_rs}') as v2
    from observed
)
"""
_RANKS = """\
with ranks as (
    select
        study_group = '{rs}' as is_rs,
        count(*) over (partition by {v}) as ties,
        rank() over (order by {v}) + (count(*) over (partition by {v}) - 1) / 2 as midrank
    from study.cohort
    where {v} is not null
),
sums as (
    select
        count(*) as n,
        count(*) filter (where is_rs) as n1,
        sum(midrank) filter (where is_rs) as rank_sum,
        sum(ties * ties - 1) as tie_sum
    from ranks
)
"""
_CHI2 = (
    "(a + b + c + d) * power(a * d - b * c, 2) / nullif((a + b) * (c + d) * (a + c) * (b + d), 0)"
)
_T = (
    "(m1 - m2) / nullif(sqrt(((n1 - 1) * v1 + (n2 - 1) * v2) / (n1 + n2 - 2) "
    "* (1 / n1 + 1 / n2)), 0)"
)
_Z = (
    "(rank_sum - n1 * (n + 1) / 2) / "
    "nullif(sqrt(n1 * (n - n1) / 12 * (n + 1 - tie_sum / (n * (n - 1)))), 0)"
)
_DF = "n1 + n2 - 2"
_RISK_RATIO_ERROR = "sqrt(1 / nullif(a, 0) - 1 / (a + b) + 1 / nullif(c, 0) - 1 / (c + d))"
_ODDS_RATIO_ERROR = (
    "sqrt(1 / nullif(a, 0) + 1 / nullif(b, 0) + 1 / nullif(c, 0) + 1 / nullif(d, 0))"
)
_SMD_YES_NO = "(p - q) / nullif(sqrt((p * (1 - p) + q * (1 - q)) / 2), 0)"
_SMD = "(m1 - m2) / nullif(sqrt((v1 + v2) / 2), 0)"
_RISK_RATIO = "p / nullif(q, 0)"
_ODDS_RATIO = "a * d / nullif(b * c, 0)"
_OBSERVED = _VALUES + _MOMENTS
_SPREAD = _DISTANCES + _MOMENTS

# Of each statistic: the model that computes it, what the query starts with, from which of its
# parts it reads, and the number.
_QUERIES: dict[str, tuple[str, str, str, str]] = {
    "chi2.statistic": ("int_study_chi_square", _COUNTS, "counts", _CHI2),
    "chi2.degrees_of_freedom": ("int_study_chi_square", _COUNTS, "counts", "1"),
    "chi2.p_value": ("int_study_chi_square", _COUNTS, "counts", f"chi_square_p({_CHI2}, 1)"),
    "fisher_two_sided.p_value": (
        "int_study_fisher",
        _COUNTS,
        "counts",
        "fisher_exact_p(a, b, c, d)",
    ),
    "fisher_one_sided.p_value": (
        "int_study_fisher",
        _COUNTS,
        "counts",
        "fisher_exact_one_sided_p(a, b, c, d)",
    ),
    "t.statistic": ("int_study_student_t", _OBSERVED, "moments", _T),
    "t.degrees_of_freedom": ("int_study_student_t", _OBSERVED, "moments", _DF),
    "t.p_value": ("int_study_student_t", _OBSERVED, "moments", f"student_t_p({_T}, {_DF})"),
    "ranksum.statistic": ("int_study_rank_sum", _RANKS, "sums", _Z),
    "ranksum.degrees_of_freedom": ("int_study_rank_sum", _RANKS, "sums", "null"),
    "ranksum.p_value": ("int_study_rank_sum", _RANKS, "sums", f"normal_p({_Z})"),
    # with two groups the F of an analysis of variance is the square of Student's t
    "levene.statistic": ("int_study_levene", _SPREAD, "moments", f"power({_T}, 2)"),
    "levene.p_value": ("int_study_levene", _SPREAD, "moments", f"f_p(power({_T}, 2), 1, {_DF})"),
    "smd": ("int_study_standardised_differences", _OBSERVED, "moments", _SMD),
    "smd.n_pct": ("int_study_standardised_differences", _SHARES, "shares", _SMD_YES_NO),
    "risk_difference": ("int_study_effects", _SHARES, "shares", "p - q"),
    "risk_difference_ci_low": (
        "int_study_effects",
        _WILSON,
        "limits",
        "p - q - sqrt(power(p - p_low, 2) + power(q_high - q, 2))",
    ),
    "risk_difference_ci_high": (
        "int_study_effects",
        _WILSON,
        "limits",
        "p - q + sqrt(power(p_high - p, 2) + power(q - q_low, 2))",
    ),
    "risk_ratio": ("int_study_effects", _SHARES, "shares", _RISK_RATIO),
    "risk_ratio_ci_low": (
        "int_study_effects",
        _SHARES,
        "shares",
        f"{_RISK_RATIO} * exp(-z * {_RISK_RATIO_ERROR})",
    ),
    "risk_ratio_ci_high": (
        "int_study_effects",
        _SHARES,
        "shares",
        f"{_RISK_RATIO} * exp(z * {_RISK_RATIO_ERROR})",
    ),
    "odds_ratio": ("int_study_effects", _SHARES, "shares", _ODDS_RATIO),
    "odds_ratio_ci_low": (
        "int_study_effects",
        _SHARES,
        "shares",
        f"{_ODDS_RATIO} * exp(-z * {_ODDS_RATIO_ERROR})",
    ),
    "odds_ratio_ci_high": (
        "int_study_effects",
        _SHARES,
        "shares",
        f"{_ODDS_RATIO} * exp(z * {_ODDS_RATIO_ERROR})",
    ),
}


def is_comparison(statistic: str) -> bool:
    """Whether a statistic compares the two groups."""
    return statistic in _QUERIES


def comparison_model(statistic: str) -> str:
    """The model that computes a statistic."""
    return _QUERIES[statistic][0]


def comparison_query(statistic: str, variable: str) -> str:
    """SQL on a release that gives one test statistic, p-value or effect size of a variable."""
    _, start, source, number = _QUERIES[statistic]
    start = start.replace("\n)\n, ", "\n),\n").format(v=variable, **prefixes())
    return f"{start}select {number}\nfrom {source}"
