"""Counts after the last refresh of each day, by rule, site and extract, for sparklines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from warehouse.releases.reader import Release, Row

Counts = list[int]

# A violation closed before any release had it was never open. One that was delivered again is
# counted in the last delivery. One closed on the day of the release is open until the day before.
OPEN = """
with spans as (
    select
        rule, site, extract, first_seen_on,
        case when status = 'open' then last_seen_on else least(last_seen_on, $as_of - 1) end
            as last_open_on,
        count(*) as n
    from quality.violations
    where age_days is not null and closed_how is distinct from 'delivered again'
    group by all
)

select spans.rule, spans.site, spans.extract, days.as_of, cast(sum(spans.n) as bigint) as n
from spans
inner join days
    on days.as_of between spans.first_seen_on and spans.last_open_on
group by all
"""

FAILED = """
select check_results.rule, check_results.site, check_results.extract, days.as_of,
    cast(sum(check_results.rows_failed) as bigint) as n
from quality.check_results as check_results
inner join days
    on check_results.refresh_id = days.refresh_id
where check_results.rows_failed > 0
group by all
"""


class Trends:
    """Open queries and failed delivered rows after each of the last days of a release."""

    def __init__(self, release: Release) -> None:
        self._position = {day: index for index, day in enumerate(release.days)}
        self._open = release.rows(OPEN, as_of=release.as_of)
        self._failed = release.rows(FAILED)

    def open_by(self, *keys: str) -> Callable[..., Counts]:
        """Return a function from key values to the open queries of each day, oldest first."""
        return self._counts(self._open, keys)

    def failed_by(self, *keys: str) -> Callable[..., Counts]:
        """Return the same for failed delivered rows, corrected since or not."""
        return self._counts(self._failed, keys)

    def _counts(self, rows: list[Row], keys: tuple[str, ...]) -> Callable[..., Counts]:
        counts: dict[tuple[str, ...], Counts] = defaultdict(self._none)
        for row in rows:
            counts[tuple(row[key] for key in keys)][self._position[row["as_of"]]] += row["n"]
        return lambda *values: counts.get(values) or self._none()

    def _none(self) -> Counts:
        return [0] * len(self._position)
