"""How two releases differ, as data: what ``diff.py`` finds and ``words.py`` tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

EXAMPLES_KEPT = 12


@dataclass(frozen=True)
class ReleaseIdentity:
    """Which release it is, of which day, and what it was made with."""

    refresh_id: str
    as_of: date
    warehouse_version: str
    git_commit: str | None
    settings: str | None = None


@dataclass(frozen=True)
class RowChange:
    """A row that differs: its key, ``added``, ``removed`` or ``changed``, and where it came from.

    ``columns`` names the columns that changed; file and line are those of the new version, null
    for a row that was removed and in marts that are not rows of a file.
    """

    key: Mapping[str, str]
    change: str
    columns: tuple[str, ...]
    source_file: str | None
    source_row: int | None


@dataclass(frozen=True)
class MartChange:
    """How many rows of a mart differ, by its key; at most EXAMPLES_KEPT of each kind are listed.

    ``delivered_again`` counts rows that only came in another file or line. ``files`` counts the
    added and changed rows of each file. A table without a key has rows added and removed alone.
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
    def is_news(self) -> bool:
        """Whether a value, a row or a column differs."""
        return bool(
            self.added or self.removed or self.changed or self.new_columns or self.gone_columns
        )


@dataclass(frozen=True)
class PatientChange:
    """A patient who ``entered``, ``left`` or ``changed group``, and how either release judged.

    ``before`` and ``after`` are the study group, or why the patient was not in the cohort.
    ``files`` are the new files with a record of the patient.
    """

    patient_key: str
    site: str
    change: str
    before: str
    after: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class LineChange:
    """A line of Table 1 or 2 of which a printed cell or the p-value moved.

    ``cells`` gives (before, after) of each printed column that moved; ``files`` are the new files
    of the patients whose values of this line moved.
    """

    table: str
    variable: str
    label: str
    cells: Mapping[str, tuple[str | None, str | None]]
    p_value: tuple[float | None, float | None]
    files: tuple[str, ...]

    @property
    def p_moved(self) -> bool:
        """Whether the printed p-value moved."""
        return "p_display" in self.cells


@dataclass(frozen=True)
class DeliveredFile:
    """A delivered file that only one release knows, or that became held, set aside or used.

    ``change`` is ``new``, ``gone`` or ``judged anew``; ``rows_in_file`` is None when nobody could
    count them.
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
    """Files that were read again in another way: ``what`` changed, and how many of them there are.

    ``what`` is a site's mapping or an extract's dictionary, in words.
    """

    what: str
    files: int


@dataclass(frozen=True)
class Violations:
    """Queries opened and closed between two releases: numbers, and numbers by rule's title."""

    n_opened: int
    n_closed: int
    opened: Mapping[str, int]
    closed: Mapping[str, int]


@dataclass(frozen=True)
class GroupSizes:
    """Patients of the cohort."""

    rescue_stenting: int
    no_rescue_stenting: int

    @property
    def all(self) -> int:
        """Both groups."""
        return self.rescue_stenting + self.no_rescue_stenting


@dataclass(frozen=True)
class RegistryNews:
    """What happened to patients of the registry, in numbers of patients, scans and procedures."""

    patients: int
    new_patients: int = 0
    gone_patients: int = 0
    followups_filled_in: int = 0
    further_procedures: int = 0
    further_scans: int = 0
    patients_with_changed_records: int = 0


@dataclass(frozen=True)
class ReleaseDiff:
    """Everything in which the release ``after`` differs from the release ``before``.

    ``causes`` says what else than deliveries is different: the project's version or commit, the
    study's definition, the day. ``read_again`` are files that came with no delivery and may have
    other values, because a mapping or the dictionary changed. ``tables_added`` and ``tables_gone``
    are marts of one release.
    """

    before: ReleaseIdentity
    after: ReleaseIdentity
    registry: RegistryNews
    cohort_before: GroupSizes
    cohort_after: GroupSizes
    violations: Violations
    causes: tuple[str, ...] = ()
    read_again: tuple[ReadAgain, ...] = ()
    files: tuple[DeliveredFile, ...] = ()
    patients: tuple[PatientChange, ...] = ()
    lines: tuple[LineChange, ...] = ()
    marts: tuple[MartChange, ...] = ()
    tables_added: tuple[str, ...] = ()
    tables_gone: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no value, row, file or problem differs."""
        violations = self.violations.n_opened + self.violations.n_closed
        parts = (self.files, self.patients, self.lines, self.tables_added, self.tables_gone)
        return not (violations or any(parts) or any(mart.is_news for mart in self.marts))
