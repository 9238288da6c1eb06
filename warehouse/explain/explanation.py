"""Contents of an explanation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Protocol

from warehouse.dbt.project import Model
from warehouse.errors import WarehouseError
from warehouse.statistics.calls import Call


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


class Patients(Protocol):
    """Patients behind a number, read from the release when they are asked for."""

    @property
    def n(self) -> int:
        """Number of patients."""

    @property
    def n_counted(self) -> int:
        """Number of patients counted."""

    @property
    def n_unknown(self) -> int:
        """Number of patients without a known value; they are in no denominator."""

    @property
    def all(self) -> tuple[Patient, ...]:
        """Every patient, in the order of their keys."""


@dataclass(frozen=True)
class Explanation:
    """Explanation of one number.

    ``definition`` holds sentences. ``query`` runs on the release and returns the number or, with a
    ``function_call``, the counts from which that call computes it. ``models`` produced the number,
    the one that computes it first. ``behind`` is None for a cell that describes no patients;
    ``lines`` then has the delivered lines that the row names.
    """

    address: str
    value: Any
    definition: tuple[str, ...]
    query: str
    models: tuple[Model, ...]
    behind: Patients | None = None
    patients_query: str | None = None
    lines: tuple[SourceLine, ...] = ()
    function_call: Call | None = None

    @property
    def patients(self) -> tuple[Patient, ...]:
        """Every patient behind the number."""
        return self.behind.all if self.behind else ()

    @property
    def n_counted(self) -> int:
        """Number of patients counted."""
        return self.behind.n_counted if self.behind else 0

    @property
    def n_unknown(self) -> int:
        """Number of patients without a known value; they are in no denominator."""
        return self.behind.n_unknown if self.behind else 0

    @property
    def call(self) -> str | None:
        """The function call as text."""
        return self.function_call.text if self.function_call else None

    @cached_property
    def computed(self) -> Any:
        """Result of the function call now."""
        return self.function_call.run() if self.function_call else None
