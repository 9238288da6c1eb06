"""Page of the registry's indicators by month, with control limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

from warehouse.control_limits import Chart, c_chart, p_chart, xmr_chart
from warehouse.figures.control_chart import Series, control_chart
from warehouse.figures.picture import NARROW, Picture
from warehouse.releases.reader import Release, Row
from warehouse.report.frame import frame
from warehouse.report.page import anchor, write_page
from warehouse.report.words import local_times

CHART_WIDTHS = {"wide": 480, "narrow": NARROW}
# The page stays below 3 MB: with more sites, fewer months of each are shown.
MONTHS_SHOWN, SITES_SHOWN, MONTHS_ON_PAGE = 60, 20, 380
ALL_SITES = "all sites"
SHARES = {
    "reperfused": "Reperfusion, final mTICI 2b or better",
    "first_pass_effect": "First-pass effect",
    "sich": "Symptomatic intracranial hemorrhage",
    "good_outcome": "mRS 0-2 at 90 days",
    "dead_90d": "Death within 90 days",
}
TIMES = {
    "door_to_puncture_min": "Door to puncture, median minutes",
    "onset_to_puncture_min": "Onset to puncture, median minutes",
}
# By their columns of the registry's months.
INDICATOR_TITLES = {f"pct_{name}": title for name, title in SHARES.items()} | {
    f"median_{name}": title for name, title in TIMES.items()
}
# Rates at 90 days, which a month has none of where only its dead are known.
AT_90_DAYS = ("good_outcome", "dead_90d")
# Rows of each site; for all sites the counts behind rates are added, and medians come from the
# patients.
MONTHS = """
select * from registry.monthly_indicators where site in (select unnest($sites))
union all by name
select
    $all_sites as site, treated_month, sum(columns('^n_'))
from (
    select * replace (
        if(pct_good_outcome is null, 0, n_good_outcome) as n_good_outcome,
        if(pct_good_outcome is null, 0, n_good_outcome_known) as n_good_outcome_known,
        if(pct_dead_90d is null, 0, n_dead_90d) as n_dead_90d,
        if(pct_dead_90d is null, 0, n_dead_90d_known) as n_dead_90d_known
    )
    from registry.monthly_indicators
)
where len($sites) > 1
group by treated_month
"""
MEDIANS = """
select
    treated_month, median(door_to_puncture_min) as median_door_to_puncture_min,
    median(onset_to_puncture_min) as median_onset_to_puncture_min
from registry.treated_patients
group by treated_month
"""


class Measure(NamedTuple):
    """Name and title of an indicator, and the kind of its chart (c, p or xmr)."""

    name: str
    title: str
    kind: str


@dataclass(frozen=True)
class Indicator:
    """Indicator of a site by month, with counts and limits."""

    measure: Measure
    months: tuple[Row, ...]
    chart: Chart
    pictures: dict[str, Picture]

    @property
    def is_percentage(self) -> bool:
        """Whether values are percentages."""
        return self.measure.kind == "p"


@dataclass(frozen=True)
class SiteIndicators:
    """Indicators of a site."""

    site: str
    indicators: tuple[Indicator, ...]


PENDING = "select sum(n_pending) as n from registry.monthly_indicators"


def write_indicators(release: Release, reports_dir: Path, sites_dir: Path | None) -> Path:
    """Write ``indicators.html``."""
    found = release.rows("select distinct site from registry.monthly_indicators order by site")
    sites = [row["site"] for row in found]
    shown = sites[:SITES_SHOWN]
    n_months = min(MONTHS_SHOWN, MONTHS_ON_PAGE // (len(shown) + 1))
    by_site = {site: rows[-n_months:] for site, rows in _months_by_site(release, shown).items()}
    months = sorted({row["treated_month"] for rows in by_site.values() for row in rows})
    return write_page(
        reports_dir,
        "indicators.html.j2",
        frame(release, "indicators.html", sites_dir),
        series=[site_indicators(site, rows) for site, rows in by_site.items()],
        years=sorted({month.year for month in months}),
        n_more_sites=len(sites) - len(shown),
        months_shown=n_months,
        n_pending=release.row(PENDING)["n"] or 0,
        local_times=local_times(),
    )


def _months_by_site(release: Release, sites: Sequence[str]) -> dict[str, list[Row]]:
    """Return the completed months of each site, oldest first, with those without patients."""
    rows = release.rows(MONTHS, sites=list(sites), all_sites=ALL_SITES)
    medians = {row["treated_month"]: row for row in release.rows(MEDIANS)}
    names = [ALL_SITES, *sites] if len(sites) > 1 else list(sites)
    by_site = {}
    for name in names:
        own = {row["treated_month"]: row for row in rows if row["site"] == name}
        if name == ALL_SITES:
            own = {month: row | medians.get(month, {}) for month, row in own.items()}
        by_site[name] = _finished(own, release.as_of)
    return by_site


def _finished(rows: dict[date, Row], as_of: date) -> list[Row]:
    """Return every month from the first to the last, except a month that is not over."""
    if not rows:
        return []
    months, month, last = [], min(rows), max(rows)
    while month <= last:
        following = (month + timedelta(days=31)).replace(day=1)
        if following - timedelta(days=1) <= as_of:
            months.append(rows.get(month, {"treated_month": month}))
        month = following
    return months


def site_indicators(site: str, rows: Sequence[Row]) -> SiteIndicators:
    """Return the charts of one site from its months."""
    volume = [row.get("n_patients") or 0 for row in rows]
    draw = partial(_indicator, site, rows)
    return SiteIndicators(
        site,
        (
            draw(Measure("volume", "Patients treated", "c"), c_chart(volume), [None] * len(rows)),
            *(_time(site, rows, name, title) for name, title in TIMES.items()),
            *(
                _share(site, rows, (f"n_{name}", f"n_{name}_known"), name, title)
                for name, title in SHARES.items()
            ),
            _share(
                site, rows, ("n_followed_up", "n_followup_due"), "followed_up", "Follow-ups done"
            ),
        ),
    )


def _time(site: str, rows: Sequence[Row], name: str, title: str) -> Indicator:
    medians = [row.get(f"median_{name}") for row in rows]
    return _indicator(
        site, rows, Measure(name, title, "xmr"), xmr_chart(medians), [None] * len(rows)
    )


def _share(
    site: str, rows: Sequence[Row], columns: tuple[str, str], name: str, title: str
) -> Indicator:
    counts, sizes = ([int(row.get(column) or 0) for row in rows] for column in columns)
    of = list(zip(counts, sizes, strict=True))
    if name in AT_90_DAYS:
        without_rate = [_has_deaths_only(row) for row in rows]
        counts, sizes = (
            [0 if skipped else n for n, skipped in zip(numbers, without_rate, strict=True)]
            for numbers in (counts, sizes)
        )
    return _indicator(site, rows, Measure(name, title, "p"), p_chart(counts, sizes), of)


def _has_deaths_only(row: Row) -> bool:
    """Return whether only deaths are known of a month: then it has no rate of those known."""
    return bool(row.get("n_dead_90d_known")) and row.get("pct_dead_90d") is None


def _indicator(
    site: str,
    rows: Sequence[Row],
    measure: Measure,
    chart: Chart,
    of: Sequence[tuple[int, int] | None],
) -> Indicator:
    months = tuple(
        {
            "month": row["treated_month"],
            "n": counts[0] if counts else None,
            "of": counts[1] if counts else None,
            "value": chart.values[place],
            "has_deaths_only": measure.name in AT_90_DAYS and _has_deaths_only(row),
            "low": chart.low[place],
            "high": chart.high[place],
            "is_outside": chart.outside[place],
            "in_run": chart.in_run[place],
        }
        for place, (row, counts) in enumerate(zip(rows, of, strict=True))
    )
    series = Series(
        f"{anchor(site)}-{measure.name}",
        f"{measure.title}, {site}",
        [row["month"] for row in months],
        chart,
        [_label(row) for row in months],
        measure.kind == "p",
    )
    pictures = {size: control_chart(series, width) for size, width in CHART_WIDTHS.items()}
    return Indicator(measure, months, chart, pictures)


def _label(row: Row) -> str:
    """Return the value of a month as a text."""
    when = f"{row['month']:%B %Y}"
    if row["value"] is None:
        return f"{when}: no value"
    if row["of"] is None:
        return f"{when}: {row['value']:g}"
    return f"{when}: {row['n']:,} of {row['of']:,} ({row['value']:.1f}%)"
