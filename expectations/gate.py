"""Invariants of a release, and who decides them.

Each SQL check returns one row per problem, with the problem in plain words and never a value of a
patient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from warehouse.expectations.rule import Expectation

# Prefix of a group's columns in the tables -> its name in study.cohort.
GROUPS = {"rs": "rescue_stenting", "non_rs": "no_rescue_stenting"}
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


def unique(column: str) -> Expectation:
    """Require that no value occurs twice."""
    return Expectation("ExpectColumnValuesToBeUnique", {"column": column})


def per_group(sql: str) -> str:
    """The same query for both groups; ``<prefix>`` and ``<group>`` stand for the group."""
    return " union all ".join(
        f"({sql.replace('<prefix>', prefix).replace('<group>', group)})"
        for prefix, group in GROUPS.items()
    )
