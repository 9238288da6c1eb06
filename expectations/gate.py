"""Invariants of a release, and who decides them.

Each SQL check returns one row per problem, with the problem in plain words and never a value of a
patient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from warehouse.expectations.rule import Expectation

REBUILD = "Look for the change in dbt_project/models that broke it; the deliveries cannot."


@dataclass(frozen=True)
class GateRule:
    """An invariant of one table of the release; ``table`` is ``<schema>.<name>``."""

    table: str
    name: str
    title: str
    expectation: Expectation
    action: str = REBUILD
    severity: Literal["critical", "warning"] = "critical"

    @property
    def id(self) -> str:
        """Name of the invariant: ``<schema>.<table>.<name>``."""
        return f"{self.table}.{self.name}"


def no_faults(sql: str) -> Expectation:
    """The query finds nothing; it selects ``problem``, and reads the table as ``{batch}``."""
    return Expectation("UnexpectedRowsExpectation", {"unexpected_rows_query": sql})
