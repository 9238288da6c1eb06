"""Versions that would undo what is known: held and named, unless the site's mapping accepts them.

``identity`` and ``outcome_versions`` find the contradictions, in the order of delivery: whether a
row is accepted depends on those before it, which Great Expectations cannot check.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Self

import duckdb

from warehouse.definitions.site import mapping_name
from warehouse.expectations.identity import ACCEPTED_CORRECTIONS, UNUSED_CORRECTION
from warehouse.expectations.rule import Rule

# Site, file and line of a delivered row.
Place = tuple[str, str, int]
# The rows that are rejected so far.
REJECTED_ROWS = """
    select row_id from raw.landing_violations where severity = 'reject' and row_id is not null
    union
    select row_id from raw.check_failures where severity = 'reject'
"""
CREATE_HELD = """
    create or replace table checks.{table} (row_id varchar, found varchar)
"""
STORE_FAILURES = """
    insert into raw.check_failures
    select
        rules.rule, rules.extract, conflicts.row_id, rules.field, rules.severity, conflicts.found,
        rules.expected
    from checks.{table} as conflicts
    inner join raw.rules as rules on rules.rule = $rule
"""
STORE_RESULTS = """
    insert into raw.check_results
    with counted as (
        select
            landed.site,
            landed.delivered_on,
            count(landed.record_key) as rows_checked,
            count(conflicts.row_id) as rows_failed
        from raw.{extract} as landed
        left join checks.{table} as conflicts using (row_id)
        group by all
    )
    select
        $refresh_id, $checked_at, rules.rule, rules.extract, counted.site, counted.delivered_on,
        rules.severity, counted.rows_checked, counted.rows_failed,
        raw.check_status(
            null, rules.severity, counted.rows_checked, counted.rows_failed,
            rules.max_failed_share, rules.min_rows, rules.consequence
        )
    from counted
    inner join raw.rules as rules on rules.rule = $rule
    order by counted.site, counted.delivered_on
"""
# An entry that accepts nothing is a query of the site's newest delivery: it ends with the entry.
STORE_UNUSED = """
    insert into raw.landing_violations by name
    select
        rules.rule, rules.extract, $site as site, max(files.delivered_on) as delivered_on,
        $source_file as source_file, rules.severity, $found as found, rules.expected, rules.action
    from raw.rules as rules
    inner join raw.files as files on files.extract = rules.extract and files.site = $site
    where rules.rule = $rule and files.status = 'landed'
    group by all
"""


class Correction(NamedTuple):
    """A line that a site's mapping accepts as a correction, in a file by the name that is shown."""

    site: str
    file: str
    line: int

    @property
    def place(self) -> Place:
        """Site, file and line."""
        return tuple(self)


@dataclass
class AcceptedCorrections:
    """The corrections that the mappings of all sites accept, and which of them were needed."""

    corrections: Sequence[Correction]
    _needed: set[Place] = field(default_factory=set)

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection) -> Self:
        """Return the corrections in ``raw.accepted_corrections``."""
        rows = connection.execute(
            "select site, file, line from raw.accepted_corrections order by all"
        ).fetchall()
        return cls([Correction(*row) for row in rows])

    def accept(self, place: Place) -> bool:
        """Whether a line that would be held is a true correction."""
        is_accepted = place in {correction.place for correction in self.corrections}
        if is_accepted:
            self._needed.add(place)
        return is_accepted

    def store_unused(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Ask about each entry that accepts nothing, when all extracts were checked."""
        for correction in self.corrections:
            if correction.place not in self._needed:
                connection.execute(
                    STORE_UNUSED,
                    {
                        "rule": UNUSED_CORRECTION.id,
                        "site": correction.site,
                        "source_file": mapping_name(correction.site),
                        "found": f"{ACCEPTED_CORRECTIONS}: {correction.file}, "
                        f"line {correction.line}",
                    },
                )


def store_found(
    connection: duckdb.DuckDBPyConnection,
    rule: Rule,
    table: str,
    found: Sequence[tuple[str, str]],
    stamp: tuple[str, datetime],
) -> None:
    """Store rows (row_id, what was found) as those that break a rule, and the rule's results.

    ``checks.<table>`` has the rows then. ``stamp`` is the refresh id and the time.
    """
    connection.execute(CREATE_HELD.format(table=table))
    if found:
        connection.executemany(f"insert into checks.{table} values (?, ?)", found)
    connection.execute(STORE_FAILURES.format(table=table), {"rule": rule.id})
    connection.execute(
        STORE_RESULTS.format(table=table, extract=rule.extract),
        {"rule": rule.id, "refresh_id": stamp[0], "checked_at": stamp[1]},
    )
