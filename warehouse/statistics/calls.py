"""Statistics by name, each as the function call that computes it.

The tables are computed by these calls, and ``explain`` shows and runs the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from warehouse.statistics import counts as counting
from warehouse.statistics import (
    descriptions,
    effects,
    exact_ranks,
    exact_tables,
    many_groups,
    two_groups,
)
from warehouse.statistics.counts import PAIR, Counts, table, two_by_two


@dataclass(frozen=True)
class Call:
    """Function call: function, arguments (which may be calls), their names, part of the result.

    Counts by value are named and not written out, since they show values of patients.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    names: tuple[str, ...]
    part: str = ""

    def run(self) -> Any:
        """Return the number."""
        given = (each.run() if isinstance(each, Call) else each for each in self.arguments)
        return self.select(self.function(*given))

    def select(self, result: Any) -> Any:
        """Return the part of the function's result."""
        return getattr(result, self.part) if self.part else result

    def then(self, function: Callable[..., Any], *more: Any) -> Call:
        """Return the call of a function on the result of this call."""
        return Call(function, (self, *more), (self.text, *map(repr, more)))

    @property
    def text(self) -> str:
        """The call in Python."""
        name = f"{self.function.__module__}.{self.function.__qualname__}({', '.join(self.names)})"
        return f"{name}.{self.part}" if self.part else name


class Named(NamedTuple):
    """Counts of a group and their name in an explanation."""

    counts: Counts
    name: str


OF_GROUP: Mapping[str, tuple[Callable[..., Any], tuple[int, ...]]] = {
    "group_size": (counting.group_size, ()),
    "denominator": (counting.denominator, ()),
    "missing": (counting.missing, ()),
    "n": (descriptions.n, ()),
    "pct": (descriptions.pct, ()),
    "mean": (descriptions.mean, ()),
    "sd": (descriptions.sd, ()),
    "q1": (descriptions.quartile, (1,)),
    "median": (descriptions.quartile, (2,)),
    "q3": (descriptions.quartile, (3,)),
}
OF_PROPORTIONS: Mapping[str, tuple[Callable[..., Any], str]] = {
    "chi2.statistic": (two_groups.chi_square, "statistic"),
    "chi2.degrees_of_freedom": (two_groups.chi_square, "degrees_of_freedom"),
    "chi2.p_value": (two_groups.chi_square, "p_value"),
    "fisher_two_sided.p_value": (two_groups.fisher_two_sided, "p_value"),
    "fisher_one_sided.p_value": (two_groups.fisher_one_sided, "p_value"),
    "standardized_mean_difference": (effects.proportion_difference, ""),
    "risk_difference": (effects.risk_difference, "estimate"),
    "risk_difference_ci_low": (effects.risk_difference, "low"),
    "risk_difference_ci_high": (effects.risk_difference, "high"),
    "risk_ratio": (effects.risk_ratio, "estimate"),
    "risk_ratio_ci_low": (effects.risk_ratio, "low"),
    "risk_ratio_ci_high": (effects.risk_ratio, "high"),
    "odds_ratio": (effects.odds_ratio, "estimate"),
    "odds_ratio_ci_low": (effects.odds_ratio, "low"),
    "odds_ratio_ci_high": (effects.odds_ratio, "high"),
}
"""Statistics of two proportions, from the cells of their 2x2 table."""
OF_VALUES: Mapping[str, tuple[Callable[..., Any], str]] = {
    "t.statistic": (two_groups.student_t, "statistic"),
    "t.degrees_of_freedom": (two_groups.student_t, "degrees_of_freedom"),
    "t.p_value": (two_groups.student_t, "p_value"),
    "ranksum.statistic": (two_groups.rank_sum, "statistic"),
    "ranksum.p_value": (two_groups.rank_sum, "p_value"),
    "ranksum_exact.p_value": (exact_ranks.rank_sum_exact, "p_value"),
    "levene.statistic": (two_groups.levene, "statistic"),
    "levene.p_value": (two_groups.levene, "p_value"),
    "standardized_mean_difference": (effects.mean_difference, ""),
}
"""Statistics of two groups of values, from the counts of both."""
OF_TABLE: Mapping[str, tuple[Callable[..., Any], str]] = {
    "chi2.statistic": (many_groups.chi_square, "statistic"),
    "chi2.degrees_of_freedom": (many_groups.chi_square, "degrees_of_freedom"),
    "chi2.p_value": (many_groups.chi_square, "p_value"),
    "fisher_freeman_halton.p_value": (exact_tables.fisher_freeman_halton, "p_value"),
}
"""Statistics of a table of counts, from its rows, one for each group."""
OF_TWO_ROWS: Mapping[str, tuple[Callable[..., Any], str]] = {
    **OF_TABLE,
    "standardized_mean_difference": (effects.levels_difference, ""),
}
OF_MANY_VALUES: Mapping[str, tuple[Callable[..., Any], str]] = {
    "anova.statistic": (many_groups.anova, "statistic"),
    "anova.degrees_of_freedom": (many_groups.anova, "degrees_of_freedom"),
    "anova.p_value": (many_groups.anova, "p_value"),
    "kruskal.statistic": (many_groups.kruskal_wallis, "statistic"),
    "kruskal.degrees_of_freedom": (many_groups.kruskal_wallis, "degrees_of_freedom"),
    "kruskal.p_value": (many_groups.kruskal_wallis, "p_value"),
}
"""Statistics of three and more groups of values, from the counts of each."""
EFFECTS = ("standardized_mean_difference", "risk_difference", "risk_ratio", "odds_ratio")
"""Effects between two groups; ends of intervals are <effect>_ci_low and <effect>_ci_high."""
YES_NO, LEVELS = "n_pct", "levels"
"""Summaries of yes/no variables, and of variables with levels; others are of numbers."""


def of_group(statistic: str, group: Named, quartile_type: int = 6) -> Call:
    """Return the call that computes a statistic of one group."""
    function, more = OF_GROUP[statistic]
    if function is descriptions.quartile:
        more = (*more, quartile_type)
    return of_counts(function, group, *more)


def of_counts(function: Callable[..., Any], group: Named, *more: Any) -> Call:
    """Return the call of a function on the counts of a group."""
    return Call(function, (group.counts, *more), (group.name, *map(repr, more)))


def between(summary: str, groups: int) -> Mapping[str, tuple[Callable[..., Any], str]]:
    """Return the statistics that a line with this summary has between so many groups."""
    if groups == PAIR and summary != LEVELS:
        return OF_PROPORTIONS if summary == YES_NO else OF_VALUES
    if summary in (YES_NO, LEVELS):
        return OF_TWO_ROWS if groups == PAIR else OF_TABLE
    return OF_MANY_VALUES


def of_groups(statistic: str, groups: Sequence[Named], summary: str) -> Call | None:
    """Return the call for a statistic between groups; None if such a line does not have it."""
    known = between(summary, len(groups))
    if statistic not in known:
        return None
    function, part = known[statistic]
    counts = tuple(group.counts for group in groups)
    if known is OF_PROPORTIONS:
        cells = two_by_two(*counts)
        return Call(function, cells, tuple(map(str, cells)), part)
    if summary in (YES_NO, LEVELS):
        rows = table(counts)
        return Call(function, rows, tuple(map(str, rows)), part)
    return Call(function, counts, tuple(group.name for group in groups), part)
