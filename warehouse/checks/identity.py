"""Conflicts of identity: admissions that would replace another patient's, or another stroke.

Versions are judged in the order of delivery, each by the newest accepted one before it. One that
contradicts it is held and the accepted one stays, unless the site's mapping accepts the correction.
A row that is delivered again is not judged again: accepted, it is the newest version once more.
Great Expectations cannot decide that: whether a row is accepted depends on those before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

import duckdb

from expectations.identity import KEPT_IDENTITY, SAME_STROKE_DAYS
from warehouse.checks.held_versions import REJECTED_ROWS, AcceptedCorrections, Place, hold_versions

SAME_STROKE = timedelta(days=SAME_STROKE_DAYS)
# The otherwise accepted admissions of records, and of patients, that are not all of one person and
# stroke: few. Only patients whose admissions have numbers can have several records.
SUSPECTS = f"""
    with records as (
        select versions.record
        from checks.admissions_versions as versions
        inner join raw.admissions as landed on versions.landed_row = landed.rowid
        group by versions.record
        having
            min(landed.birth_date) <> max(landed.birth_date)
            or min(landed.sex) <> max(landed.sex)
            or min(landed.patient_key) <> max(landed.patient_key)
            or max(landed.onset_at) > min(landed.onset_at) + interval {SAME_STROKE_DAYS} day
    ),
    patients as (
        select site, patient_key
        from raw.admissions
        where (site, patient_key) in (
            select (site, patient_key) from raw.admissions where admission_key <> patient_key
        )
        group by all
        having min(birth_date) <> max(birth_date) or min(sex) <> max(sex)
    ),
    rejected as ({REJECTED_ROWS})
    select
        landed.row_id, landed.site, landed.source_file, landed.source_row,
        landed.record_key, landed.patient_key, landed.birth_date, landed.sex, landed.onset_at
    from raw.admissions as landed
    inner join raw.places using (file_id)
    anti join rejected using (row_id)
    where
        landed.record_key is not null
        and landed.patient_key is not null
        and (
            hash(landed.site, landed.record_key) in (select record from records)
            or (landed.site, landed.patient_key) in (select (site, patient_key) from patients)
        )
    order by places.position, landed.source_row
"""


class Version(NamedTuple):
    """A version of an admission that no other rule rejects."""

    row_id: str
    site: str
    source_file: str
    source_row: int
    record_key: str
    patient_key: str
    birth_date: date | None
    sex: str | None
    onset_at: datetime | None

    @property
    def place(self) -> Place:
        """Where it was delivered: site, file, line."""
        return self.site, self.source_file, self.source_row

    @property
    def has_number(self) -> bool:
        """Whether its admission has a number of its own."""
        return self.record_key != self.patient_key


@dataclass
class Identities:
    """The newest accepted version of each record and of each patient, as versions come in.

    A version comes in once for each day on which it was delivered.
    """

    corrections: AcceptedCorrections
    _of_record: dict[tuple[str, str], Version] = field(default_factory=dict)
    _of_patient: dict[tuple[str, str], Version] = field(default_factory=dict)
    _is_held: dict[str, bool] = field(default_factory=dict)

    def conflicts(self, versions: Iterable[Version]) -> Iterator[tuple[str, str]]:
        """Row and words of each version that contradicts an accepted one and is not accepted."""
        for version in versions:
            record = version.site, version.record_key
            patient = version.site, version.patient_key
            if version.row_id not in self._is_held:
                before = self._of_record.get(record)
                found = _differing(version, before, self._of_patient.get(patient, before))
                is_held = bool(found) and not self.corrections.accept(version.place)
                if is_held:
                    yield version.row_id, found
                self._is_held[version.row_id] = is_held
            if not self._is_held[version.row_id]:
                self._of_record[record] = self._of_patient[patient] = version


def store_conflicts(
    connection: duckdb.DuckDBPyConnection,
    corrections: AcceptedCorrections,
    stamp: tuple[str, datetime],
) -> None:
    """Reject the admissions that contradict an accepted one, and store the rule's results.

    What other rules reject must be stored. ``checks.identity_conflicts`` has the rows (row_id) and
    what was found. ``stamp`` is the refresh id and the time.
    """
    versions = [Version(*row) for row in connection.execute(SUSPECTS).fetchall()]
    conflicts = list(Identities(corrections).conflicts(versions))
    hold_versions(connection, KEPT_IDENTITY, "identity_conflicts", conflicts, stamp)


def _differing(version: Version, before: Version | None, person: Version | None) -> str:
    """What contradicts the record's accepted version, or its patient's newest, and their lines."""
    found = []
    if before and before.patient_key != version.patient_key:
        found.append(_differ(["patient_id"], before))
        person = before
    if person:
        names = [
            name
            for name in ("birth_date", "sex")
            if _contradicts(getattr(version, name), getattr(person, name))
        ]
        found += [_differ(names, person)] if names else []
    if before and not version.has_number and before.onset_at and version.onset_at:
        apart = abs(version.onset_at - before.onset_at)
        if apart > SAME_STROKE:
            found.append(f"onset_at {apart.days} days from that of {_line(before)}")
    return "; ".join(found)


def _contradicts(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other


def _differ(names: list[str], accepted: Version) -> str:
    return f"{' and '.join(names)} other than in {_line(accepted)}"


def _line(version: Version) -> str:
    return f"{version.source_file}, line {version.source_row}"
