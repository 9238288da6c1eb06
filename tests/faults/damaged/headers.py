"""Headers that lack columns, or have too many, or the same twice."""

from __future__ import annotations

from tests.faults.damaged.case import (
    GOOD,
    HEADER,
    ONE,
    ROW,
    UNKNOWN_COLUMN,
    Damaged,
    Landed,
    SetAside,
    lines,
)

HEADERS = [
    Damaged("header only", HEADER + "\n", Landed(0)),
    Damaged("no header", ROW + "\n", SetAside("required columns are missing")),
    Damaged(
        "a title above the header",
        "Follow-ups 2021\n" + GOOD,
        Landed(1, 0, ("lines.records",)),
    ),
    Damaged("the same column twice", GOOD.replace("mode", "mrs"), SetAside("two columns hold mrs")),
    Damaged(
        "a column and its alias", GOOD.replace("mode", "mRS评分"), SetAside("two columns hold mrs")
    ),
    Damaged("an unknown column", GOOD.replace("mode", "weather"), UNKNOWN_COLUMN),
    Damaged("two unknown columns of one name", f"{HEADER},x,x\n{ROW},1,2\n", UNKNOWN_COLUMN),
    Damaged("a header without names", ",,,,\n" + ROW, SetAside("required columns are missing")),
    Damaged(
        "the header again in the middle",
        lines(ROW, HEADER, ROW.replace("P1", "P2")),
        Landed(2, 0, ("lines.records",), no_record=1),
    ),
    Damaged(
        "a required column missing",
        "patient_id,mrs\nP1,2\n",
        SetAside("required columns are missing: lost_to_followup"),
    ),
    Damaged(
        "capitals and blanks in the header",
        GOOD.replace(HEADER, HEADER.upper().replace("_", " ")),
        ONE,
    ),
    Damaged(
        "a million columns",
        ",".join(f"c{n}" for n in range(1_000_000)) + "\n",
        SetAside("the header has more than 1,048,576 characters"),
    ),
    Damaged(
        "a million empty columns",
        "," * 1_000_000 + "\n" + "," * 1_000_000,
        SetAside("has 1,000,001 columns"),
    ),
    Damaged(
        "fifty thousand columns beside the known",
        f"{HEADER}{',x' * 50_000}\n{ROW}{',1' * 50_000}\n",
        SetAside("the header has 50,005 columns"),
    ),
    Damaged("a header with formulas", GOOD.replace("mode", "=HYPERLINK(1)"), UNKNOWN_COLUMN),
    Damaged(
        "a header of a hundred thousand letters",
        GOOD.replace("mode", "m" * 100_000),
        UNKNOWN_COLUMN,
    ),
]
