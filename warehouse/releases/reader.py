"""Reader of a release: rows as dictionaries, and the earlier days for comparison."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from warehouse.releases.release_metadata import newest_first
from warehouse.sql_shell.session import explained_damage, open_file

Row = dict[str, Any]

# The last published refresh of each day, up to the day of this release.
DAYS = """
create temp table days as
select as_of, refresh_id from ops.refreshes
where status = 'published' and as_of <= $as_of
qualify row_number() over (partition by as_of order by {newest_first}) = 1
order by as_of desc
limit $days_back
"""


class Release:
    """Release that is open for reading; ``refresh`` is the row of the refresh that built it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, days_back: int) -> None:
        self.connection = connection
        order = newest_first([row["column_name"] for row in self.rows("describe ops.refreshes")])
        self.refresh = self.row(f"select * from ops.refreshes order by {order} limit 1")
        days = {"as_of": self.as_of, "days_back": days_back}
        connection.execute(DAYS.format(newest_first=order), days)
        days = self.rows("select as_of from days order by as_of")
        self.days: list[date] = [day["as_of"] for day in days]

    @property
    def as_of(self) -> date:
        """Day of the release."""
        return self.refresh["as_of"]

    @property
    def day_before(self) -> date | None:
        """Day of the last release of an earlier day; None for the first."""
        return self.days[-2] if len(self.days) > 1 else None

    def rows(self, sql: str, **parameters: Any) -> list[Row]:
        """Return the rows of a query; its parameters are named (``$name``)."""
        result = self.connection.execute(sql, parameters or None)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def row(self, sql: str, **parameters: Any) -> Row:
        """Return the only row of a query."""
        (row,) = self.rows(sql, **parameters)
        return row


@contextmanager
def open_release(path: Path, days_back: int = 30) -> Iterator[Release]:
    """Open a release read-only, with up to ``days_back`` earlier days.

    Raises ReleaseFileError if the file is damaged or no release.
    """
    with explained_damage(path), open_file(path) as connection:
        yield Release(connection, days_back)
