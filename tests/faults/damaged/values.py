"""Dates that do not exist, numbers of other locales, cells and rows that do not fit."""

from __future__ import annotations

from tests.faults.damaged.case import (
    LINE,
    NO_DATE,
    NO_MRS,
    ONE,
    REMARK,
    ROW,
    Damaged,
    Landed,
    SetAside,
    cell,
    lines,
)

VALUES = [
    *(
        Damaged(f"the date {day}", cell(day=day), NO_DATE)
        for day in (
            "2021-02-30",
            "2021-02-29",
            "2021-13-01",
            "2021-00-10",
            "0000-01-01",
            "31.12.2021",
            "12/31/2021",
            "5/3/21",
            "5 March 2021",
            "2021-03-05T10:30",
            "2021-03-05 24:00",
            "2021-03-05+08:00",
            "44260",
            "today",
            "2021-W09-5",
            "=TODAY()",
            "\u0662\u0660\u0662\u0661-\u0660\u0663-\u0660\u0665x",
        )
    ),
    *(
        Damaged(f"the date {day}", cell(day=day), ONE)
        for day in (
            "2021/3/5",
            "20210305",
            "2021-03-05 00:00:00",
            "\uff12\uff10\uff12\uff11-\uff10\uff13-\uff10\uff15",
            " 2021-03-05 ",
            "9999-12-31",
        )
    ),
    # It usually means missing, and the mapping does not say so.
    Damaged("the number NaN", cell(mrs="NaN"), Landed(1, 0, ("markers.undeclared", "mrs.type"))),
    *(
        Damaged(f"the number {mrs}", cell(mrs=mrs), NO_MRS)
        for mrs in (
            "2.5",
            '"2,0"',
            "1.234",
            "½",
            "0x2",
            "two",
            "2 points",
            "1e999",
            "--2",
            "=1+1",
            "=cmd|' /C calc'!A0",
            "9" * 400,
            "13812345678",
            "2\u200b3x",
            "<script>alert(1)</script>",
            "'; drop table registry.patients; --",
            "\u202e2x",
            "🙂",
            "{}",
            "2/3",
        )
    ),
    *(
        Damaged(f"the number {mrs!r}", cell(mrs=mrs), ONE)
        for mrs in ("2.0", "\uff12", " 2 ", "\u00a02", "2\u200b", "99", "-2", "")
    ),
    Damaged("a key of blanks", cell(key="   "), ONE),
    Damaged("no key", cell(key=""), ONE),
    Damaged("a key of fifty thousand letters", cell(key="P" * 50_000), ONE),
    Damaged("a key with a line end", cell(key='"P\n1"'), ONE),
    Damaged(
        "a field of 200,000 letters",
        lines(ROW, f"P2,2021-03-05,{'x' * 200_000},2,no"),
        Landed(1, 1, LINE),
    ),
    Damaged(
        "a field of two million letters",
        lines(ROW, f"P2,2021-03-05,{'x' * 2_000_000},2,no"),
        Landed(1, 1, LINE),
    ),
    Damaged("the same row a thousand times", lines(*[ROW] * 1000), Landed(1000)),
    Damaged("too few fields", lines(ROW, "P2,2021-03-05"), Landed(1, 1, LINE)),
    Damaged("too many fields", lines(ROW, ROW + ",1,2,3"), Landed(2, 0, ("columns.named",))),
    Damaged("a footer", lines(ROW, "Total: 1 row"), REMARK),
    Damaged("a comment", lines("# exported on Friday", ROW), REMARK),
    Damaged("a row of commas", lines(ROW, ",,,,"), ONE),
    Damaged(
        "twenty thousand broken lines",
        lines(*["x"] * 20_000),
        SetAside("every line has 1 field and the header 5"),
    ),
]
