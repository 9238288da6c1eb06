"""Emptying impossible cells: a value outside of what is possible enters no number.

A value that comes from two cells is missing in the marts instead, since either may be wrong:
``raw.impossible_values`` names row and column.

The cell of an optional field is missing until the site has answered; its row stays and is flagged.
A required field has no such cell: its row is rejected, as one without the value is. So is a row to
whose meaning the field belongs (``severity: {range: reject}`` in the dictionary). It is done when
all rules were checked, since they check what was delivered.
"""

from __future__ import annotations

import duckdb

from warehouse.definitions.dictionary import EXTRACTS, dictionary
from warehouse.expectations.suites import RuleBook

EMPTY = """
    update raw.{extract} as landed
    set {column} = null
    from raw.check_failures as failures
    where failures.rule = '{rule}' and failures.row_id = landed.row_id
"""
STORE_DERIVED = """
    insert into raw.impossible_values
    select landed.row_id, $column
    from (select landed_row from checks.{extract} where {impossible}) as checked
    inner join raw.{extract} as landed on checked.landed_row = landed.rowid
"""


def empty_impossible_cells(connection: duckdb.DuckDBPyConnection, book: RuleBook) -> None:
    """Set each cell of ``raw.<extract>`` to null that breaks its field's range.

    Store which derived columns are impossible in which rows.
    """
    words = dictionary()
    for extract in EXTRACTS:
        for rule in book.suites[extract].rows:
            if rule.constraint in ("range", "codes") and rule.severity == "warn":
                column = words.extracts[extract].field(rule.fields[0]).landed_name
                connection.execute(EMPTY.format(extract=extract, column=column, rule=rule.id))
            if rule.empties:
                stored = STORE_DERIVED.format(extract=extract, impossible=rule.empties_where)
                connection.execute(stored, {"column": rule.empties})
