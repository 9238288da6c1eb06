"""Conflicts of identity: admissions that would replace another patient's, or another stroke.

Versions are judged in the order of delivery, each by the newest accepted one before it. One that
contradicts it is held and the accepted one stays, unless the site's mapping accepts the correction.
A row that is delivered again is not judged again: accepted, it is the newest version once more.
Great Expectations cannot decide that: whether a row is accepted depends on those before it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

import duckdb

from expectations.identity import ACCEPTED_CORRECTIONS, SAME_STROKE_DAYS, identity_rules
from warehouse.definitions.site import mapping_name

SAME_STROKE = timedelta(days=SAME_STROKE_DAYS)
CONFLICT, UNUSED = identity_rules()
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
    rejected as (
        select row_id from raw.landing_violations where severity = 'reject' and row_id is not null
        union
        select row_id from raw.check_failures where severity = 'reject'
    )
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
CREATE_CONFLICTS = """
    create or replace table checks.identity_conflicts (row_id varchar, found varchar)
"""
STORE_FAILURES = """
    insert into raw.check_failures
    select
        rules.rule, rules.extract, conflicts.row_id, rules.field, rules.severity, conflicts.found,
        rules.expected
    from checks.identity_conflicts as conflicts
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
        from raw.admissions as landed
        left join checks.identity_conflicts as conflicts using (row_id)
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
    def place(self) -> tuple[str, str, int]:
        """Where it was delivered: site, file, line."""
        return self.site, self.source_file, self.source_row

    @property
    def has_number(self) -> bool:
        """Whether its admission has a number of its own."""
        return self.record_key != self.patient_key


class Correction(NamedTuple):
    """A line that a site's mapping accepts as a correction."""

    site: str
    file: str
    line: int

    @property
    def place(self) -> tuple[str, str, int]:
        """Where the line was delivered; the site's folder may be left out."""
        file = self.file.removeprefix("data/raw/")
        in_site = file.startswith(f"{self.site}/")
        return self.site, file if in_site else f"{self.site}/{file}", self.line


@dataclass
class Identities:
    """The newest accepted version of each record and of each patient, as versions come in.

    A version comes in once for each day on which it was delivered.
    """

    accepted_places: Collection[tuple[str, str, int]]
    used_places: set[tuple[str, str, int]] = field(default_factory=set)
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
                is_accepted = version.place in self.accepted_places
                if found and is_accepted:
                    self.used_places.add(version.place)
                elif found:
                    yield version.row_id, found
                self._is_held[version.row_id] = bool(found) and not is_accepted
            if not self._is_held[version.row_id]:
                self._of_record[record] = self._of_patient[patient] = version


def store_conflicts(connection: duckdb.DuckDBPyConnection, stamp: tuple[str, datetime]) -> None:
    """Reject the admissions that contradict an accepted one, and store the rule's results.

    What other rules reject must be stored. ``checks.identity_conflicts`` has the rows (row_id) and
    what was found. ``stamp`` is the refresh id and the time.
    """
    versions = [Version(*row) for row in connection.execute(SUSPECTS).fetchall()]
    corrections = [
        Correction(*row)
        for row in connection.execute(
            "select site, file, line from raw.accepted_corrections order by all"
        ).fetchall()
    ]
    identities = Identities({correction.place for correction in corrections})
    conflicts = list(identities.conflicts(versions))
    connection.execute(CREATE_CONFLICTS)
    if conflicts:
        connection.executemany("insert into checks.identity_conflicts values (?, ?)", conflicts)
    named = {"rule": CONFLICT.id}
    connection.execute(STORE_FAILURES, named)
    connection.execute(STORE_RESULTS, named | {"refresh_id": stamp[0], "checked_at": stamp[1]})
    for correction in corrections:
        if correction.place not in identities.used_places:
            _store_unused(connection, correction)


def _store_unused(connection: duckdb.DuckDBPyConnection, correction: Correction) -> None:
    connection.execute(
        STORE_UNUSED,
        {
            "rule": UNUSED.id,
            "site": correction.site,
            "source_file": mapping_name(correction.site),
            "found": f"{ACCEPTED_CORRECTIONS}: {correction.file}, line {correction.line}",
        },
    )


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
