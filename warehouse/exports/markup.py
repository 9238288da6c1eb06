"""Export of tables as HTML (Great Tables)."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from great_tables import GT

from warehouse.exports.tables import StyledTable

INDENT = "\N{EM SPACE}"


def html_page(table: StyledTable) -> str:
    """Return a self-contained HTML page with the table."""
    made = _great_table(table, [heading.text for heading in table.headings[1:]])
    return made.as_raw_html(make_page=True)


def _great_table(table: StyledTable, headings: Sequence[str]) -> GT:
    names = [f"column{number}" for number in range(len(table.headings))]
    records = [
        (name, f"{INDENT * line.indent}{line.marked_label}", *line.cells)
        for name, lines in table.sections
        for line in lines
    ]
    frame = pd.DataFrame(records, columns=["section", *names])
    made = (
        GT(frame, rowname_col=names[0], groupname_col="section", id="export")
        .tab_header(title=table.title)
        .tab_stubhead(label=table.headings[0].text)
        .cols_label(dict(zip(names[1:], headings, strict=True)))
        .cols_align("center", columns=names[1:])
    )
    for note in table.notes:
        made = made.tab_source_note(note)
    return made
