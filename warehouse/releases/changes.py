"""Difference of two releases as data, found by ``diff.py`` and printed by ``report.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

EXAMPLES_KEPT = 12


@dataclass(frozen=True)
class ReleaseIdentity:
    """Id of a release, its day, and the version and commit that built it."""

    refresh_id: str
    as_of: date
    warehouse_version: str
    git_commit: str | None
    settings: str | None = None


@dataclass(frozen=True)
class RowChange:
    """Row that differs: its key, ``added``, ``removed`` or ``changed``, and its source.

    ``columns`` are the changed columns. File and line are those of the new version; they are null
    for a removed row and in marts whose rows are not rows of a file.
    """

    key: Mapping[str, str]
    change: str
    columns: tuple[str, ...]
    source_file: str | None
    source_row: int | None


@dataclass(frozen=True)
class MartChange:
    """Counts of the rows of a mart that differ by key, with at most EXAMPLES_KEPT of each kind.

    ``delivered_again`` counts rows that differ only in their file or line. ``files`` counts the
    added and changed rows of each file. A table without a key has only added and removed rows.
    """

    table: str
    key: tuple[str, ...]
    added: int
    removed: int
    changed: int
    delivered_again: int
    columns: Mapping[str, int]
    files: Mapping[str, int]
    examples: tuple[RowChange, ...]
    new_columns: tuple[str, ...] = ()
    gone_columns: tuple[str, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether a value, a row or a column differs."""
        return bool(
            self.added or self.removed or self.changed or self.new_columns or self.gone_columns
        )


@dataclass(frozen=True)
class PatientChange:
    """Patient who ``entered``, ``left`` or ``changed group``, with the status in both releases.

    ``before`` and ``after`` are the study group, or the reason why the patient was not in the
    cohort. ``files`` are the new files that gave the patient a record, changed or withdrew one.
    """

    patient_key: str
    site: str
    change: str
    before: str
    after: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class LineChange:
    """Line of Table 1 or 2 with a changed printed cell or p-value.

    ``cells`` has (before, after) of each changed printed column. ``files`` are the new files of the
    patients whose values of this line changed.
    """

    table: str
    variable: str
    label: str
    cells: Mapping[str, tuple[str | None, str | None]]
    p_value: tuple[float | None, float | None]
    files: tuple[str, ...]


@dataclass(frozen=True)
class DeliveredFile:
    """Delivered file that only one release has, or whose status changed (held, rejected, used).

    ``change`` is ``new``, ``gone`` or ``other status``; ``rows_in_file`` is None if the rows could
    not be counted.
    """

    source_file: str
    change: str
    status: str
    mode: str | None
    rows_in_file: int | None
    rows_accepted: int
    rows_rejected: int
    is_held: bool
    reason: str | None


@dataclass(frozen=True)
class ReadAgain:
    """Number of files that were read again because ``what`` changed.

    ``what`` is a site's mapping or an extract's dictionary, as text.
    """

    what: str
    files: int


@dataclass(frozen=True)
class Violations:
    """Numbers of queries opened and closed between two releases, also by title of the rule."""

    n_opened: int
    n_closed: int
    opened: Mapping[str, int]
    closed: Mapping[str, int]


@dataclass(frozen=True)
class StudyChange:
    """Another study than the default one whose number of analyzed patients changed."""

    study: str
    before: int
    after: int

    def __str__(self) -> str:
        return f"{self.before:,} -> {self.after:,}"


@dataclass(frozen=True)
class RegistryNews:
    """Changes of the registry in numbers of patients, imaging examinations and procedures."""

    patients: int
    new_patients: int = 0
    gone_patients: int = 0
    followups_filled_in: int = 0
    further_procedures: int = 0
    further_imaging: int = 0
    patients_with_changed_records: int = 0


@dataclass(frozen=True)
class ReleaseDiff:
    """Difference of the release ``after`` from the release ``before``.

    ``cohort_before`` and ``cohort_after`` count the patients of the default study by group,
    ``studies`` has the other studies whose number changed.
    ``causes`` are differences other than deliveries: the version or commit of the project, the
    study's definition, the day. ``read_again`` counts files without a new delivery whose values may
    differ because a mapping or the dictionary changed. ``tables_added`` and ``tables_gone`` are
    marts that only one release has.
    """

    before: ReleaseIdentity
    after: ReleaseIdentity
    registry: RegistryNews
    cohort_before: Mapping[str, int]
    cohort_after: Mapping[str, int]
    violations: Violations
    causes: tuple[str, ...] = ()
    read_again: tuple[ReadAgain, ...] = ()
    files: tuple[DeliveredFile, ...] = ()
    patients: tuple[PatientChange, ...] = ()
    lines: tuple[LineChange, ...] = ()
    marts: tuple[MartChange, ...] = ()
    studies: tuple[StudyChange, ...] = ()
    tables_added: tuple[str, ...] = ()
    tables_gone: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no value, row, file or query differs."""
        violations = self.violations.n_opened + self.violations.n_closed
        parts = (self.files, self.patients, self.lines, self.tables_added, self.tables_gone)
        return not (violations or any(parts) or any(mart.is_changed for mart in self.marts))
