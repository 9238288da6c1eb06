"""What an explanation holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from warehouse.dbt.project import Model
from warehouse.errors import WarehouseError


class ExplainError(WarehouseError):
    """There is no such number; the message says what there is instead."""


@dataclass(frozen=True)
class SourceLine:
    """A line of a delivered file, and what was read from it for the number.

    ``table`` is the registry table that holds the row, ``fields`` its columns that were used.
    """

    table: str
    file: str
    line: int
    delivered_on: date
    fields: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Patient:
    """A patient behind a number, by the key of the admission that counts.

    ``value`` is what the number is computed from. ``is_counted`` says whether the patient is one of
    those whom a count counts, or, for a mean, a median or a test, has a value.
    """

    patient_key: str
    study_group: str | None
    value: Any
    is_counted: bool
    lines: tuple[SourceLine, ...]


@dataclass(frozen=True)
class Explanation:
    """Everything behind one number.

    ``definition`` are sentences; ``query`` runs on the release and gives the number, or, where
    there is a ``call``, the counts from which this call of a function computes it; ``computed`` is
    what the call gave just now. ``models`` made the number, the one that computes it first.
    ``patients`` is empty for what describes no patients; ``lines`` then has the delivered lines, if
    the row names some.
    """

    address: str
    value: Any
    definition: tuple[str, ...]
    query: str
    models: tuple[Model, ...]
    patients: tuple[Patient, ...] = ()
    patients_query: str | None = None
    lines: tuple[SourceLine, ...] = ()
    call: str | None = None
    computed: Any = None

    @property
    def n_counted(self) -> int:
        """How many of the patients are counted."""
        return sum(patient.is_counted for patient in self.patients)

    @property
    def n_unknown(self) -> int:
        """Of how many of them the value is not known; they are in no denominator."""
        return sum(patient.value is None for patient in self.patients)
