"""Reading a release for a report: rows as dictionaries, and the days that it looks back on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

Row = dict[str, Any]

# A day counts as its last published refresh; days after this refresh's own belong to another story.
DAYS = """
create temp table days as
with this_refresh as (
    select * from ops.refreshes order by refresh_id desc limit 1
)
select refreshes.as_of, refreshes.refresh_id
from ops.refreshes as refreshes, this_refresh
where refreshes.status = 'published' and refreshes.as_of <= this_refresh.as_of
qualify row_number() over (partition by refreshes.as_of order by refreshes.refresh_id desc) = 1
order by refreshes.as_of desc
limit ?
"""


class Release:
    """One release, open for reading."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, days_back: int) -> None:
        self.connection = connection
        connection.execute(DAYS, [days_back])
        self.refresh = self.row(
            "select refresh_id, as_of from ops.refreshes order by refresh_id desc limit 1"
        )
        days = self.rows("select as_of from days order by as_of")
        self.days: list[date] = [day["as_of"] for day in days]

    @property
    def as_of(self) -> date:
        """The day that the release shows."""
        return self.refresh["as_of"]

    @property
    def day_before(self) -> date | None:
        """The day of the last release of an earlier day; None for the first."""
        return self.days[-2] if len(self.days) > 1 else None

    def rows(self, sql: str, **parameters: Any) -> list[Row]:
        """The rows of a query; its parameters are named (``$name``)."""
        result = self.connection.execute(sql, parameters or None)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def row(self, sql: str, **parameters: Any) -> Row:
        """The only row of a query."""
        (row,) = self.rows(sql, **parameters)
        return row


@contextmanager
def open_release(path: Path, days_back: int = 30) -> Iterator[Release]:
    """Open a release read-only, looking back on this many days with a refresh."""
    with duckdb.connect(path, read_only=True) as connection:
        yield Release(connection, days_back)
