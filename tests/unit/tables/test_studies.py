"""Tables of a study with a line of levels: the line has no cell, and each level has its own."""

from __future__ import annotations

from tests.support.wide_lines import wide_lines
from warehouse.definitions.styles import load_styles
from warehouse.exports.tables import styled_table
from warehouse.statistics.cohort import Cohort, Group
from warehouse.tables.journal_table import journal_table
from warehouse.tables.studies import BLANK, EVERYBODY, with_levels

GROUPS = [Group("a", "A", "a"), Group("b", "B", "b"), Group("c", "C", "c")]
LINE = {
    "table_name": "t",
    "line": 1,
    "variable": "toast",
    "section": "S",
    "label": "Cause",
    "unit": None,
    "indent": 0,
    "summary": "levels",
    "decimals": 1,
    "test": "chi2",
    "levels": ["heart", "artery"],
}
VALUES = [
    ("toast", "a", "heart", 6),
    ("toast", "a", "artery", 4),
    ("toast", "b", "heart", 5),
    ("toast", "b", "artery", 5),
    ("toast", "c", "artery", 9),
    ("toast", "c", None, 1),
]


def test_a_page_and_an_export_have_a_row_for_each_level() -> None:
    rows = with_levels(wide_lines([LINE], Cohort(VALUES, GROUPS)))
    page = journal_table("", rows, [EVERYBODY, *GROUPS], [])
    assert [(line.label, line.indent) for line in page.lines] == [
        ("Cause", 0),
        ("heart", 1),
        ("artery", 1),
    ]
    assert [[cell.text for cell in line.cells[:4]] for line in page.lines] == [
        [BLANK] * 4,
        ["11 (37.9%)", "6 (60.0%)", "5 (50.0%)", "0 (0.0%)"],
        ["18 (62.1%)", "4 (40.0%)", "5 (50.0%)", "9 (100.0%)"],
    ]
    export = styled_table(rows, GROUPS, load_styles()["jama"], "T", [])
    ((_, lines),) = export.sections
    assert [line.cells[:3] for line in lines] == [
        ("", "", ""),
        ("6 (60)", "5 (50)", "0 (0)"),
        ("4 (40)", "5 (50)", "9 (100)"),
    ]
