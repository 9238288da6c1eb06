"""Patients behind a number of a release: as many of them as somebody asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from warehouse.explain.explanation import Patient, SourceLine

SourceColumns = tuple[str, ...]
"""Columns of the registry that a value is computed from, as ``patients.age_years``."""
LinesByKey = dict[str, tuple[SourceLine, ...]]
Listed = tuple[str, str | None, Any, bool]
"""Key of the admission, study group, value, whether counted."""


class Reader(Protocol):
    """Release that is open for reading."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""

    def lines(self, patients: str, source_columns: SourceColumns) -> LinesByKey:
        """Return the delivered lines of the patients of a query."""

    def lines_of(self, source_columns: SourceColumns, keys: list[str]) -> LinesByKey:
        """Return the delivered lines of some admissions."""


@dataclass(frozen=True)
class OnePatient:
    """The only patient behind a value of a row."""

    patient: Patient
    n = 1

    @property
    def n_counted(self) -> int:
        """Number of patients counted."""
        return int(self.patient.is_counted)

    @property
    def n_unknown(self) -> int:
        """Number of patients without a known value."""
        return int(self.patient.value is None)

    @property
    def all(self) -> tuple[Patient, ...]:
        """The patient."""
        return (self.patient,)


@dataclass(frozen=True, eq=False)
class PatientList:
    """Patients that a query lists (admission_key, study_group, value, is_counted).

    ``whose`` is a query of the admissions whose lines are read when all are asked for.
    """

    release: Reader = field(repr=False)
    query: str
    whose: str
    source_columns: SourceColumns

    @cached_property
    def _counts(self) -> tuple[int, int, int]:
        ((n, counted, known),) = self.release.rows(
            f"select count(*), count(*) filter (is_counted), count(value) from (\n{self.query}\n)"
        )
        return n, counted, n - known

    @property
    def n(self) -> int:
        """Number of patients."""
        return self._counts[0]

    @property
    def n_counted(self) -> int:
        """Number of patients counted."""
        return self._counts[1]

    @property
    def n_unknown(self) -> int:
        """Number of patients without a known value."""
        return self._counts[2]

    @cached_property
    def all(self) -> tuple[Patient, ...]:
        """Every patient with lines."""
        lines = self.release.lines(self.whose, self.source_columns)
        return tuple(
            Patient(*listed, lines.get(listed[0], ())) for listed in self.release.rows(self.query)
        )

    def first(self, most: int) -> list[Listed]:
        """Return so many patients at most, those who are counted first."""
        return self.release.rows(
            f"from (\n{self.query}\n) order by is_counted desc, admission_key limit {most}"
        )

    def lines_of(self, keys: Iterable[str]) -> LinesByKey:
        """Return the delivered lines of some admissions, by their keys."""
        return self.release.lines_of(self.source_columns, list(keys))
