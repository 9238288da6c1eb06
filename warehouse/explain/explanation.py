"""Contents of an explanation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from warehouse.dbt.project import Model
from warehouse.errors import WarehouseError


class ExplainError(WarehouseError):
    """No such number exists; the message lists similar or existing ones."""


@dataclass(frozen=True)
class SourceLine:
    """Line of a delivered file with the values used for the number.

    ``table`` is the registry table of the row, ``fields`` its used columns with their values.
    """

    table: str
    file: str
    line: int
    delivered_on: date
    fields: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Patient:
    """Patient behind a number, by the key of the admission that counts.

    ``value`` is the value that the number is computed from. ``is_counted`` is whether a count
    includes the patient or, for a mean, a median or a test, whether the patient has a value.
    """

    patient_key: str
    study_group: str | None
    value: Any
    is_counted: bool
    lines: tuple[SourceLine, ...]


@dataclass(frozen=True)
class Explanation:
    """Explanation of one number.

    ``definition`` holds sentences. ``query`` runs on the release and returns the number or, with a
    ``call``, the counts from which that function call computes it; ``computed`` is its result now.
    ``models`` produced the number, the one that computes it first. ``patients`` is empty for a cell
    that describes no patients; ``lines`` then has the delivered lines that the row names.
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
        """Number of patients counted."""
        return sum(patient.is_counted for patient in self.patients)

    @property
    def n_unknown(self) -> int:
        """Number of patients without a known value; they are in no denominator."""
        return sum(patient.value is None for patient in self.patients)
