"""Differences of a study between two releases, or between a release and a rerun or a lock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from warehouse.cohorts.conditions import literal
from warehouse.dbt.project import mart
from warehouse.definitions.dictionary import dictionary
from warehouse.expectations.record_loss import LOST_RECORDS_MIN
from warehouse.expectations.release import COHORT_FALL_MAX
from warehouse.releases.pair import ReleasePair, ReleasesError

MEMBERS = "studies.members"
FLOW, CELL, COMPARISON = "flow", "cell", "comparison"
# Where a patient is in a study: in a group, or out at a step for a reason.
PLACES = """
    select admission_key, patient_key, study_group as place, null as because
    from {release}.studies.members
    where study = {study}
    union all by name
    select
        admission_key, patient_key, 'left at ' || step_name as place,
        concat_ws('; ', reason, decided_by) as because
    from {release}.studies.criteria
    where study = {study} and status = 'excluded'
"""
MOVED = """
create or replace temp table moved_strokes as
select
    coalesce(new.patient_key, old.patient_key) as patient_key,
    coalesce(new.admission_key, old.admission_key) as admission_key,
    coalesce(old.place, 'not screened') as before, old.because as before_because,
    coalesce(new.place, 'not screened') as after, new.because as after_because
from ({before}) as old
full join ({after}) as new on old.admission_key = new.admission_key
where old.place is distinct from new.place
"""
# Delivered values of moved strokes that differ; of a record that only one side has, one row.
VALUES = """
with old as (unpivot ({before}) on {fields} into name field value found),
new as (unpivot ({after}) on {fields} into name field value found)
select
    coalesce(new.admission_key, old.admission_key) as admission_key,
    if(old.admission_key is null or new.admission_key is null, null, field) as field,
    if(new.admission_key is null, null, nullif(old.found, '')) as was,
    if(old.admission_key is null, null, nullif(new.found, '')) as found,
    if(old.admission_key is null, 'new', if(new.admission_key is null, 'gone', 'corrected')),
    coalesce(new.source_file, old.source_file), coalesce(new.source_row, old.source_row)
from old full join new using ({keys}, field)
where old.found is distinct from new.found
    and (old.admission_key is not null and new.admission_key is not null or field = {first})
order by all
"""
RECORDS = """
select {keys}, admission_key, source_file, source_row, {fields}
from {release}.registry.{table}
where admission_key in (select admission_key from moved_strokes)
"""
# Each number as people read it: key, what it is, and its printed form.
NUMBERS = {
    FLOW: """
        select [step_name] as key, label as subject, step_order as place,
            n_excluded || ' left, ' || n_remaining || ' remain' as shown
        from {release}.studies.flow_steps
        where study = {study}
    """,
    CELL: """
        select [{key}] as key, lines.line as place,
            concat_ws(', ', lines.table_name, lines.label, {parts}
                coalesce(groups.label, 'all patients')) as subject,
            cells.display as shown
        from {release}.studies.table_cells as cells
        inner join {release}.studies.table_lines as lines using (study, table_name, variable)
        left join {release}.studies.study_groups as groups using (study, study_group)
        where study = {study} and cells.statistic = 'summary'
    """,
    COMPARISON: """
        select [{key}] as key, lines.line as place,
            concat_ws(', ', lines.table_name, lines.label, {parts} contrast, measure) as subject,
            coalesce(
                'p ' || p_display,
                printf('%.3f', estimate) || coalesce(printf(' (%.3f to %.3f)', ci_low, ci_high), '')
            ) as shown
        from {release}.studies.comparisons as cells
        inner join {release}.studies.table_lines as lines using (study, table_name, variable)
        where study = {study}
    """,
}
# Columns that tell one number of a line from another.
PARTS = {
    CELL: ("subgroup", "level", "study_group"),
    COMPARISON: ("subgroup", "contrast", "measure"),
}
# What stands for a column that an early version lacks.
ABSENT = {"subgroup": "'all'", "level": "'-'"}
OF_TABLE = {CELL: "studies.table_cells", COMPARISON: "studies.comparisons"}
NUMBERS_CHANGED = """
select coalesce(new.subject, old.subject), old.shown, new.shown
from ({before}) as old full join ({after}) as new using (key)
where old.shown is distinct from new.shown
order by coalesce(new.place, old.place), 1, 2, 3
"""


class CorrectedValue(NamedTuple):
    """Delivered value of a stroke that differs, with file and line of the newer row.

    ``what`` is ``corrected``, or ``new`` or ``gone`` of a whole record, which has no field.
    """

    table: str
    field: str | None
    before: str | None
    after: str | None
    what: str
    source_file: str | None
    source_row: int | None

    def __str__(self) -> str:
        line = f" ({self.source_file}, line {self.source_row})" if self.source_file else ""
        if self.field is None:
            return f"{self.table}: {self.what} record{line}"
        values = " -> ".join(each or "empty" for each in (self.before, self.after))
        return f"{self.table}.{self.field}: {values}{line}"


class Move(NamedTuple):
    """Patient who moved in a study: where the patient was and is, and what decided.

    ``values`` are the delivered values of the stroke that differ; none where a criterion did.
    """

    patient_key: str
    admission_key: str
    before: str
    before_because: str | None
    after: str
    after_because: str | None
    values: tuple[CorrectedValue, ...] = ()

    def __str__(self) -> str:
        return "\n".join(
            [
                f"{self.patient_key} {self.admission_key}",
                f"  before: {_with(self.before, self.before_because)}",
                f"  after:  {_with(self.after, self.after_because)}",
                *(f"  row:    {value}" for value in self.values),
            ]
        )

    @property
    def because(self) -> str:
        """Delivered rows that moved the patient, or else the criterion."""
        if self.values:
            return "; ".join(map(str, self.values))
        return self.after_because or self.before_because or "the study's definition"


class NumberChange(NamedTuple):
    """Number of a study that differs: its kind, what it is, and both forms as printed."""

    kind: str
    subject: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        return f"{self.subject}: {self.before or 'none'} -> {self.after or 'none'}"


def moves(pair: ReleasePair, study: str) -> list[Move]:
    """Return the patients of a study who moved. Raises ReleasesError without the study."""
    require_study(pair, study)
    old, new = (PLACES.format(release=each, study=literal(study)) for each in ("before", "after"))
    pair.connection.execute(MOVED.format(before=old, after=new))
    values: dict[str, list[CorrectedValue]] = {}
    for admission, value in _corrected(pair):
        values.setdefault(admission, []).append(value)
    return [
        Move(*row, tuple(values.get(row[1], ())))
        for row in pair.rows("select * from moved_strokes order by all")
    ]


def _corrected(pair: ReleasePair) -> Iterator[tuple[str, CorrectedValue]]:
    """Yield admission and value for each delivered value of the moved strokes that differs."""
    for extract in dictionary().extracts.values():
        table = f"registry.{extract.registry_table}"
        if table not in pair.before or table not in pair.after:
            continue
        both = pair.before[table].keys() & pair.after[table].keys()
        keys = mart("registry", extract.registry_table).keys[0]
        fields = [field.name for field in extract.fields if field.name in both - {*keys}]
        if not {*keys, "admission_key", "source_file", "source_row"} <= both or not fields:
            continue
        named = {
            "keys": ", ".join(keys),
            "fields": ", ".join(
                f"coalesce(cast({name} as varchar), '') as {name}" for name in fields
            ),
            "table": extract.registry_table,
        }
        before, after = (RECORDS.format(release=each, **named) for each in ("before", "after"))
        sql = VALUES.format(
            before=before,
            after=after,
            keys=", ".join(keys),
            fields=", ".join(fields),
            first=literal(fields[0]),
        )
        for admission, *rest in pair.rows(sql):
            yield admission, CorrectedValue(extract.registry_table, *rest)


def number_changes(pair: ReleasePair, study: str) -> list[NumberChange]:
    """Return the printed numbers of a study that differ: flow, cells, tests and effects."""
    return [
        NumberChange(kind, *row)
        for kind in NUMBERS
        for row in pair.rows(
            NUMBERS_CHANGED.format(
                before=_numbers(pair, "before", kind, study),
                after=_numbers(pair, "after", kind, study),
            )
        )
    ]


def _numbers(pair: ReleasePair, release: str, kind: str, study: str) -> str:
    tables = pair.before if release == "before" else pair.after
    has = tables[OF_TABLE[kind]] if kind in OF_TABLE else {}
    own = [
        f"cells.{name}" if name in has or name not in ABSENT else ABSENT[name]
        for name in PARTS.get(kind, ())
    ]
    key = ", ".join(["table_name", "variable", *own])
    shown = [name for name in ABSENT if name in has and name in PARTS[kind]]
    parts = "".join(f"nullif(cells.{name}, {ABSENT[name]}), " for name in shown)
    return NUMBERS[kind].format(release=release, study=literal(study), key=key, parts=parts)


def refused_fall(pair: ReleasePair, study: str) -> tuple[int, int] | None:
    """Return the patients before and after, where the release gate refuses so large a fall."""
    before, after = (
        pair.rows(f"select count(*) from {each}.studies.members where study = {literal(study)}")
        for each in ("before", "after")
    )
    ((n_before,),), ((n,),) = before, after
    is_refused = n_before >= LOST_RECORDS_MIN and n < (1 - COHORT_FALL_MAX) * n_before
    return (n_before, n) if is_refused else None


def has_study(pair: ReleasePair, release: str, study: str) -> bool:
    """Return whether ``before`` or ``after`` has a study of that name."""
    return study in _studies(pair, release)


def require_study(pair: ReleasePair, study: str) -> None:
    """Raises ReleasesError where one of the two has no such study."""
    for release in ("before", "after"):
        if study not in (known := _studies(pair, release)):
            raise ReleasesError(
                f"The release {release} has no study {study}, so nothing is compared. It has "
                f"{', '.join(known) or 'none by name'}; choose one, or another release."
            )


def _studies(pair: ReleasePair, release: str) -> list[str]:
    if MEMBERS not in (pair.before if release == "before" else pair.after):
        return []
    return [name for (name,) in pair.rows(f"select study from {release}.studies.definitions")]


def _with(place: str, because: str | None) -> str:
    return f"{place} ({because})" if because else place
