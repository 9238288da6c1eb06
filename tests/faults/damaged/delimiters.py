"""Delimiters, quotes and ends of lines."""

from __future__ import annotations

from tests.faults.damaged.case import (
    GOOD,
    HEADER,
    LINE,
    NO_COLUMNS,
    ONE,
    ROW,
    Damaged,
    Landed,
    SetAside,
    cell,
    lines,
)

DELIMITERS = [
    Damaged("semicolons", GOOD.replace(",", ";"), ONE),
    Damaged("tabs", GOOD.replace(",", "\t"), ONE),
    Damaged("bars", GOOD.replace(",", "|"), ONE),
    Damaged("spaces after commas", GOOD.replace(",", ", "), ONE),
    Damaged("a line that names the separator", "sep=;\n" + GOOD.replace(",", ";"), ONE),
    Damaged(
        "another delimiter in the rows", f"{HEADER}\n{ROW.replace(',', ';')}\n", Landed(0, 1, LINE)
    ),
    Damaged("blanks as delimiter", GOOD.replace(",", " "), NO_COLUMNS),
    Damaged("carets as delimiter", GOOD.replace(",", "^"), NO_COLUMNS),
    Damaged("a comma too many in each row", f"{HEADER}\n{ROW},\n", Landed(1, 0, ("file.layout",))),
    Damaged("a comma too many in each line", f"{HEADER},\n{ROW},\n", ONE),
    Damaged("only delimiters", "," * 99 + "\n" + "," * 99, NO_COLUMNS),
]

QUOTES = [
    Damaged(
        "everything quoted", '"' + GOOD.strip().replace(",", '","').replace("\n", '"\n"') + '"', ONE
    ),
    Damaged(
        "a quote that is never closed",
        lines(ROW, 'P2,2021-03-05,"telephone,2,no'),
        Landed(1, 1, LINE),
    ),
    Damaged(
        "a quote that a later row closes",
        lines('P1,2021-03-05,"telephone,2,no', ROW, 'P3,2021-03-05,telephone",2,no'),
        Landed(2, 1, LINE),
    ),
    Damaged("a quote within a cell", cell(mode='tele"phone'), ONE),
    Damaged("doubled quotes", cell(mode='"tele""phone"'), ONE),
    Damaged("a quote escaped by a backslash", cell(mode='"tele\\"phone"'), Landed(0, 1, LINE)),
    Damaged("single quotes", cell(mode="'telephone'"), ONE),
    Damaged("a line end within quotes", cell(mode='"tele\nphone"'), ONE),
    Damaged(
        "a cell of a thousand lines", cell(mode='"' + "x\n" * 1000 + '"'), Landed(0, 1001, LINE)
    ),
    Damaged("a comma within quotes", cell(mode='"telephone, twice"'), ONE),
    Damaged("typographic quotes", cell(mode="\u201ctelephone\u201d"), ONE),
    Damaged("empty quotes", cell(mode='""'), ONE),
    Damaged(
        "nothing but quotes", '"' * 999, SetAside("the header line cannot be split into columns")
    ),
]

LINES = [
    Damaged("CRLF", GOOD.replace("\n", "\r\n"), ONE),
    Damaged("CR alone", GOOD.replace("\n", "\r"), ONE),
    Damaged(
        "mixed line ends", lines(ROW) + ROW.replace("P1", "P2") + "\r" + ROW + "\r\n", Landed(3)
    ),
    Damaged("no line end at the end", GOOD.rstrip(), ONE),
    Damaged("blank lines", GOOD.replace("\n", "\n\n\n"), ONE),
    Damaged("blank lines first", "\n\n\n" + GOOD, ONE),
    Damaged("form feeds", GOOD + "\f\n", ONE),
    Damaged("a line separator of Unicode", cell(mode="tele\u2028phone"), ONE),
    Damaged("only line ends", "\n" * 1000, SetAside("the file is empty")),
    Damaged("empty", "", SetAside("the file is empty")),
    Damaged("only blanks", " \t \n", SetAside("the file is empty")),
]
