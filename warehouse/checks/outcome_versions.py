"""Later follow-ups without the death, or the outcome at their time point, that is known: held.

Each version is compared with the newest accepted one before it, on each day on which it was
delivered: a file that is sent again may take away what became known since. A newer outcome
replaces an older one; only what would leave none, or no death, is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import duckdb

from warehouse.checks.held_versions import REJECTED_ROWS, AcceptedCorrections, Place, store_found
from warehouse.expectations.known_outcomes import FACTS, KEPT_OUTCOME, SINCE_PUNCTURE
from warehouse.expectations.rule import admission_of
from warehouse.expectations.time_points import label_of

# Otherwise accepted follow-ups of records whose versions do not all know the same: few.
SUSPECTS = f"""
    with since_puncture as (
        select
            landed.*,
            versions.record,
            {", ".join(f"{sql} as {name}" for name, sql in SINCE_PUNCTURE.items())}
        from checks.followups_versions as versions
        inner join raw.followups as landed on versions.landed_row = landed.rowid
        left join checks.procedure on {admission_of("landed")} = procedure.known_admission
    ),
    facts as (
        select *, {", ".join(f"{sql} as {name}" for name, sql in FACTS.items())}
        from since_puncture
    ),
    suspects as (
        select record from facts group by record
        having {" or ".join(f"bool_or({name}) <> bool_and({name})" for name in FACTS)}
    ),
    rejected as ({REJECTED_ROWS})
    select
        facts.row_id, facts.site, facts.source_file, facts.source_row, facts.record_key,
        facts.time_point,
        places.source_file as sent_as,
        {", ".join(f"facts.{name}" for name in FACTS)}
    from facts
    semi join suspects using (record)
    inner join raw.places using (file_id)
    anti join rejected using (row_id)
    anti join raw.held_deliveries as held
        on
            held.extract = places.extract
            and held.site = places.site
            and held.delivered_on = places.delivered_on
    order by places.position, facts.source_row
"""


class Version(NamedTuple):
    """A version of a follow-up that no other rule rejects, and what it knows."""

    row_id: str
    site: str
    source_file: str
    source_row: int
    record_key: str
    time_point: str | None
    sent_as: str
    has_death_date: bool
    has_death: bool
    has_outcome: bool

    @property
    def place(self) -> Place:
        """Place of delivery: site, file, line."""
        return self.site, self.source_file, self.source_row

    def lacks(self, before: Version) -> str:
        """Return what the version before knows and this one does not, with its file and line."""
        found = []
        if before.has_death and not self.has_death:
            found.append("no death")
        elif before.has_death_date and not self.has_death_date:
            found.append("no date of death")
        if before.has_outcome and not self.has_outcome:
            found.append(f"no outcome at {label_of(self.time_point)}")
        if not found:
            return ""
        again = "" if self.sent_as == self.source_file else f"sent again as {self.sent_as}: "
        line = f"{before.source_file}, line {before.source_row}"
        return f"{again}{' and '.join(found)}, unlike in {line}"


def conflicts(
    versions: Iterable[Version], corrections: AcceptedCorrections
) -> Iterator[tuple[str, str]]:
    """Return row and text of each version that removes a known outcome and is not accepted."""
    newest: dict[tuple[str, str], Version] = {}
    held: set[str] = set()
    for version in versions:
        record = version.site, version.record_key
        if version.row_id in held:
            continue
        found = version.lacks(newest[record]) if record in newest else ""
        if found and not corrections.accept(version.place):
            held.add(version.row_id)
            yield version.row_id, found
        else:
            newest[record] = version


def store_lost_outcomes(
    connection: duckdb.DuckDBPyConnection,
    corrections: AcceptedCorrections,
    stamp: tuple[str, datetime],
) -> None:
    """Reject the follow-ups that take away a known outcome, and store the rule's results.

    What other rules reject must be stored, and the procedures checked. ``stamp`` is the refresh id
    and the time.
    """
    versions = [Version(*row) for row in connection.execute(SUSPECTS).fetchall()]
    held = list(conflicts(versions, corrections))
    store_found(connection, KEPT_OUTCOME, "outcome_conflicts", held, stamp)
