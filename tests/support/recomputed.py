"""Every statistic of the study's tables, computed from listed patients by other libraries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import stats
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.proportion import confint_proportions_2indep

from warehouse.explain import Patient

RS, NON_RS = "rescue_stenting", "no_rescue_stenting"
Numbers = np.ndarray


def known(patients: Sequence[Patient]) -> list[Any]:
    """The values that are there."""
    return [patient.value for patient in patients if patient.value is not None]


def groups(patients: Sequence[Patient]) -> tuple[Numbers, Numbers]:
    """Values of rescue stenting, and of the others."""
    split = [
        np.array(known([each for each in patients if each.study_group == group]), dtype=float)
        for group in (RS, NON_RS)
    ]
    return split[0], split[1]


def counts(patients: Sequence[Patient]) -> Numbers:
    """[[yes, no] of rescue stenting, [yes, no] of the others]."""
    return np.array([[values.sum(), len(values) - values.sum()] for values in groups(patients)])


def counted(patients: Sequence[Patient]) -> int:
    """How many are counted."""
    return sum(patient.is_counted for patient in patients)


def percentage(patients: Sequence[Patient]) -> float:
    """Share of those counted among those with a value."""
    return 100 * counted(patients) / len(known(patients))


def quantile(p: float) -> Callable[[Sequence[Patient]], float]:
    """A quantile at rank (n + 1)p, which numpy calls Weibull's."""
    return lambda patients: float(np.quantile(known(patients), p, method="weibull"))


def rank_sum(patients: Sequence[Patient]) -> tuple[float, float]:
    """z of the rank sum test, positive when rescue stenting has the higher values, and its p."""
    x, y = groups(patients)
    p = stats.mannwhitneyu(x, y, use_continuity=False, method="asymptotic").pvalue
    higher = stats.mannwhitneyu(x, y).statistic - len(x) * len(y) / 2
    return float(np.sign(higher) * -stats.norm.ppf(p / 2)), float(p)


def standardised_difference(patients: Sequence[Patient]) -> float:
    """Difference of the means over the root mean square of both standard deviations."""
    x, y = groups(patients)
    yes_no = isinstance(known(patients)[0], bool)
    variances = [np.var(each) if yes_no else np.var(each, ddof=1) for each in (x, y)]
    return float((x.mean() - y.mean()) / np.sqrt(np.mean(variances)))


def interval(method: str, compare: str) -> Callable[[Sequence[Patient]], tuple[float, float]]:
    """A 95% confidence interval of two shares."""

    def limits(patients: Sequence[Patient]) -> tuple[float, float]:
        (a, b), (c, d) = counts(patients)
        more = {"correction": False} if method == "score" else {}
        return confint_proportions_2indep(
            a, a + b, c, c + d, method=method, compare=compare, **more
        )

    return limits


def _chi_square(patients: Sequence[Patient]) -> Any:
    return stats.chi2_contingency(counts(patients), correction=False)


def _t(patients: Sequence[Patient]) -> Any:
    return stats.ttest_ind(*groups(patients))


def _levene(patients: Sequence[Patient]) -> Any:
    return stats.levene(*groups(patients), center="mean")


def _fisher(patients: Sequence[Patient], *tails: str) -> float:
    table = counts(patients).astype(int)
    return min(stats.fisher_exact(table, alternative=tail).pvalue for tail in tails)


STATISTICS: dict[str, Callable[[Sequence[Patient]], float]] = {
    "denominator": lambda patients: len(known(patients)),
    "missing": lambda patients: len(patients) - len(known(patients)),
    "n": counted,
    "pct": percentage,
    "mean": lambda patients: np.mean(known(patients)),
    "sd": lambda patients: np.std(known(patients), ddof=1),
    "median": quantile(0.5),
    "q1": quantile(0.25),
    "q3": quantile(0.75),
    "chi2.statistic": lambda patients: _chi_square(patients).statistic,
    "chi2.p_value": lambda patients: _chi_square(patients).pvalue,
    "chi2.degrees_of_freedom": lambda patients: _chi_square(patients).dof,
    "t.statistic": lambda patients: _t(patients).statistic,
    "t.p_value": lambda patients: _t(patients).pvalue,
    "t.degrees_of_freedom": lambda patients: _t(patients).df,
    "ranksum.statistic": lambda patients: rank_sum(patients)[0],
    "ranksum.p_value": lambda patients: rank_sum(patients)[1],
    "levene.statistic": lambda patients: _levene(patients).statistic,
    "levene.p_value": lambda patients: _levene(patients).pvalue,
    "fisher_two_sided.p_value": lambda patients: _fisher(patients, "two-sided"),
    "fisher_one_sided.p_value": lambda patients: _fisher(patients, "less", "greater"),
    "standardised_mean_difference": standardised_difference,
    "risk_difference": lambda patients: np.subtract(*(x.mean() for x in groups(patients))),
    "risk_difference_ci_low": lambda patients: interval("newcomb", "diff")(patients)[0],
    "risk_difference_ci_high": lambda patients: interval("newcomb", "diff")(patients)[1],
    "risk_ratio": lambda patients: np.divide(*(x.mean() for x in groups(patients))),
    "risk_ratio_ci_low": lambda patients: interval("score", "ratio")(patients)[0],
    "risk_ratio_ci_high": lambda patients: interval("score", "ratio")(patients)[1],
    "odds_ratio": lambda patients: Table2x2(counts(patients)).oddsratio,
    "odds_ratio_ci_low": lambda patients: interval("score", "odds-ratio")(patients)[0],
    "odds_ratio_ci_high": lambda patients: interval("score", "odds-ratio")(patients)[1],
}
"""By the names that the published comparison and the tables use."""
