"""Rules on a whole delivery: one measure of its rows, and the range it should lie in.

A measure is worked out for each delivery of an extract (site and day) in the table
``checks.<extract>_deliveries``; Great Expectations checks that table, one row per delivery. A
delivery on which too little can be measured is not checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from warehouse.definitions.measures import Limit
from warehouse.expectations.rule import Described, Expectation, between

RULE = "<rule>"
# What a measure may compare an aggregate with: ``earlier`` are the site's earlier deliveries,
# ``alike`` those of them that are of the same mode (full or delta).
EARLIER = {
    "before": "sum({name}) over earlier",
    "usual": "median({name}) over alike",
    "times": "count({name}) over alike",
}


@dataclass(frozen=True)
class Measure:
    """Calculation of a measure from a delivery's rows.

    ``aggregates`` are SQL aggregates over the rows; ``value`` and ``size`` (on how much it rests)
    are SQL over their results, written ``<rule>__<name>``, and over what ``EARLIER`` makes of the
    same aggregates in the site's earlier deliveries, written ``<rule>__<name>__before`` and so on.
    ``looked_up``
    are SQL of counts from elsewhere, for a row of ``delivered`` (site, delivered_on), and
    written like an aggregate. ``derived`` adds columns to the rows, as in Rule.
    """

    value: str
    size: str
    aggregates: Mapping[str, str] = field(default_factory=dict)
    looked_up: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DeliveryRule(Described):
    """One rule on a delivery as a whole: a measure between ``low`` and ``high``.

    ``unit`` is that of measure and limits ; ``minimum`` is the size
    from which the measure says something. ``fields`` are the columns of the rows that the measure
    looks at.
    """

    measure: Measure
    unit: str
    minimum: int
    low: float | None = None
    high: float | None = None

    @property
    def column(self) -> str:
        """Name of the column that holds the measure."""
        return self.name.replace(".", "__")

    @property
    def decided_by(self) -> Expectation:
        """The expectation that decides the rule."""
        return between(self.column, self.low, self.high)

    @property
    def aggregates(self) -> dict[str, str]:
        """The measure's aggregates by the name of their column."""
        return self._named(self.measure.aggregates)

    @property
    def looked_up(self) -> dict[str, str]:
        """Counts from elsewhere, by the name of their column."""
        return self._named(self.measure.looked_up)

    @property
    def value(self) -> str:
        """SQL of the measure."""
        return self.measure.value.replace(RULE, self.column)

    @property
    def size(self) -> str:
        """SQL of that on which the measure rests."""
        return self.measure.size.replace(RULE, self.column)

    def _named(self, columns: Mapping[str, str]) -> dict[str, str]:
        return {f"{self.column}__{name}": sql for name, sql in columns.items()}


def limited(
    *, low: Limit | None = None, high: Limit | None = None, **described: Any
) -> DeliveryRule:
    """Return the rule between these limits; the upper one, if there is one, has unit and source."""
    decisive = high or low
    if decisive is None:
        raise ValueError("a rule on a delivery needs a limit")
    return DeliveryRule(
        **{"constraint": "delivery", "unit": decisive.unit, "source": decisive.source} | described,
        low=low and low.value,
        high=high and high.value,
    )


def share(of: str, among: str, derived: Mapping[str, str] | None = None) -> Measure:
    """Share of the rows that meet ``of`` among those that meet ``among``.

    Counted by ``count_if``: each ``filter`` of an aggregate copies the columns of all of them.
    """
    return Measure(
        value=f"{RULE}__hits / nullif({RULE}__rows, 0)",
        size=f"{RULE}__rows",
        aggregates={
            "rows": f"count_if({among})",
            "hits": f"count_if(({among}) and ({of}))",
        },
        derived=derived or {},
    )


def median(column: str, derived: Mapping[str, str] | None = None) -> Measure:
    """Median of a column."""
    return Measure(
        value=f"{RULE}__median",
        size=f"{RULE}__rows",
        aggregates={"rows": f"count({column})", "median": f"median({column})"},
        derived=derived or {},
    )


def stability(
    value: str, edges: tuple[float, ...], derived: Mapping[str, str] | None = None
) -> Measure:
    """Population stability index of a value against all earlier deliveries of the site.

    ``edges`` divide the values into bins. Half a row is added to each bin, so that an empty one
    has a logarithm. Its size is that of the smaller side.
    """
    bounds = (None, *edges, None)
    bins = {
        f"bin{number}": _count_within(value, low, high)
        for number, (low, high) in enumerate(pairwise(bounds))
    }
    now = ", ".join(_smoothed(name, "", len(bins)) for name in bins)
    before = ", ".join(_smoothed(name, "__before", len(bins)) for name in bins)
    return Measure(
        value=(
            "list_sum([(share[1] - share[2]) * ln(share[1] / share[2]) "
            f"for share in list_zip([{now}], [{before}])])"
        ),
        size=f"least({RULE}__rows, coalesce({RULE}__rows__before, 0))",
        aggregates={"rows": f"count({value})"} | bins,
        derived=derived or {},
    )


def volume(rows_min: float) -> Measure:
    """Rows of the delivery as a multiple of the median of the site's earlier ones of its mode.

    A full export has many times the rows of a delta, and a first delta may bring all of the past:
    the mean would take what follows for a collapse. Its size is the number of those deliveries.
    Where neither has ``rows_min`` rows, chance decides: six patients instead of one is no change.
    """
    return Measure(
        value=(
            f"case when greatest({RULE}__rows, {RULE}__rows__usual) >= {rows_min} "
            f"then {RULE}__rows / nullif({RULE}__rows__usual, 0) end"
        ),
        size=f"{RULE}__rows__times",
        aggregates={"rows": "count(*)"},
    )


def _count_within(value: str, low: float | None, high: float | None) -> str:
    bounds = [f"{value} >= {low}"] if low is not None else []
    bounds += [f"{value} < {high}"] if high is not None else []
    return f"count_if({' and '.join(bounds)})"


def _smoothed(name: str, side: str, bins: int) -> str:
    return f"(({RULE}__{name}{side} + 0.5) / ({RULE}__rows{side} + {bins / 2}))"
