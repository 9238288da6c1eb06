"""Export of tables as HTML and LaTeX (Great Tables)."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

import pandas as pd
from great_tables import GT

from warehouse.exports.tables import Heading, StyledTable

HEADING_LETTERS = 16
# Characters of the private use area, which no text contains.
STACK, BREAK, STACK_END = "\ue000", "\ue001", "\ue002"
INDENT = "\N{EM SPACE}"
# Characters that the usual fonts of pdfLaTeX lack or Great Tables does not escape.
LATEX = {
    STACK: r"\shortstack{",
    BREAK: r"\\",
    STACK_END: "}",
    "\N{EM SPACE}": r"\quad{}",
    "\N{MINUS SIGN}": r"\ensuremath{-}",
    "±": r"\ensuremath{\pm}",
    "χ": r"\ensuremath{\chi}",
    "·": r"\textperiodcentered{}",
    "†": r"\textdagger{}",
    "‡": r"\textdaggerdbl{}",
    "§": r"\S{}",
    "¶": r"\P{}",
    "‖": r"\ensuremath{\Vert}",
    "\N{EN DASH}": "--",
    "—": "---",
    **{
        raised: rf"\textsuperscript{{{plain}}}"
        for raised, plain in zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)
    },
    **{
        raised: rf"\textsuperscript{{{plain}}}"
        for raised, plain in zip("ᵃᵇᶜᵈᵉᶠᵍʰⁱ", "abcdefghi", strict=True)
    },
}
DOCUMENT = r"""\documentclass{{article}}
\usepackage[T1]{{fontenc}}
\usepackage[utf8]{{inputenc}}
\usepackage{{textcomp,amsmath,booktabs,caption,graphicx}}
\usepackage[landscape,margin=1.5cm]{{geometry}}
\begin{{document}}
{table}
\end{{document}}
"""
PT = "9.0pt"


def html_page(table: StyledTable) -> str:
    """Return a self-contained HTML page with the table."""
    made = _great_table(table, [heading.text for heading in table.headings[1:]])
    return made.as_raw_html(make_page=True)


def latex_document(table: StyledTable) -> str:
    """Return a document for pdfLaTeX; its ``table`` environment can be copied."""
    headings = [_stacked(heading) for heading in table.headings[1:]]
    made = _great_table(table, headings).tab_options(table_font_size=PT)
    written = re.sub(
        "|".join(map(re.escape, LATEX)), lambda found: LATEX[found[0]], made.as_latex()
    )
    return DOCUMENT.format(table=written.replace("}l|c", "}lc"))


def _stacked(heading: Heading) -> str:
    """Return a heading in lines, with signs that are replaced after Great Tables escaped it."""
    words = [*textwrap.wrap(heading.name, HEADING_LETTERS), heading.below]
    return f"{STACK}{BREAK.join(word for word in words if word)}{STACK_END}"


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
