"""Address of a number: an id of the published comparison, or ``schema.table:row:column``."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.explain.explanation import ExplainError

COMPARISON = "published_comparison"
DEFAULT_COMPARISON = f"study.{COMPARISON}"
HELP = (
    "Give an id of study.published_comparison (t2.mort.p), or a cell as "
    "schema.table:row:column (first_pass_effect.table2_outcomes:is_good_outcome:first_n). The "
    "schema is that of a study, or study for the default one. The row is the value of its key; "
    "commas separate a longer key (first_pass_effect.mrs_distribution:incomplete,3:n)."
)


@dataclass(frozen=True)
class Address:
    """Address of a cell of a published table; ``row`` holds the parts of the key as text."""

    table: str
    row: tuple[str, ...]
    column: str

    def __str__(self) -> str:
        return f"{self.table}:{','.join(self.row)}:{self.column}"

    @property
    def schema(self) -> str:
        """Schema of the table."""
        return self.table.partition(".")[0]

    @property
    def name(self) -> str:
        """Name of the table without its schema."""
        return self.table.partition(".")[2]


def parse_address(text: str) -> Address:
    """Parse an id or an address. Raises ExplainError for anything else."""
    if ":" not in text:
        return Address(DEFAULT_COMPARISON, (text.strip(),), "derived")
    table, _, rest = text.strip().partition(":")
    row, _, column = rest.rpartition(":")
    if "." not in table or not row or not column:
        raise ExplainError(f"{text!r} is not the address of a cell.\n{HELP}")
    return Address(table, tuple(row.split(",")), column)
