"""Scorecard: proportion of checks passed, by site, extract and Kahn category."""

from __future__ import annotations

from warehouse.queries import IS_OPEN
from warehouse.releases.reader import Release, Row
from warehouse.report.trends import Trends

PLACES_SHOWN = 240

CELLS = """
with scores as (
    select
        kahn_category, extract, site,
        cast(sum(rows_checked) as bigint) as rows_checked,
        cast(sum(rows_failed) as bigint) as rows_failed,
        cast(sum(n_rules) as bigint) as n_rules
    from quality.scorecard
    group by all
),

over_threshold as (
    select kahn_category, extract, site, count(distinct rule) as n_over
    from quality.check_results
    where refresh_id = $refresh_id and not is_within_threshold
    group by all
)

select
    scores.*, coalesce(over_threshold.n_over, 0) as n_over,
    1 - scores.rows_failed / nullif(scores.rows_checked, 0) as passed_share
from scores
left join over_threshold
    on scores.kahn_category = over_threshold.kahn_category
    and scores.extract = over_threshold.extract
    and scores.site = over_threshold.site
order by scores.site, scores.extract, scores.kahn_category
"""

OPEN = f"""
select site, extract, count(*) as n_open, count(*) filter (severity = 'reject') as n_reject
from quality.violations where {IS_OPEN} group by all
"""


def scorecard(release: Release, trends: Trends) -> tuple[list[Row], int]:
    """Return a row per site and extract with its cells, and the number of rows not shown."""
    places: dict[tuple[str, str], Row] = {}
    for cell in release.rows(CELLS, refresh_id=release.refresh["refresh_id"]):
        place = (cell["site"], cell["extract"])
        new = {"site": place[0], "extract": place[1], "cells": {}, "n_open": 0, "n_reject": 0}
        places.setdefault(place, new)["cells"][cell["kahn_category"]] = cell
    for counts in release.rows(OPEN):
        place = (counts["site"], counts["extract"])
        places[place] = places.get(place, {"cells": {}}) | counts
    trend = trends.open_by("site", "extract")
    for place, row in places.items():
        row["trend"] = trend(*place)
    ordered = [places[place] for place in sorted(places, key=str)]
    return ordered[:PLACES_SHOWN], len(ordered[PLACES_SHOWN:])
