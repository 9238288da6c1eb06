"""What the README shows is what a refresh of the shipped deliveries gives."""

from __future__ import annotations

import re

from docs.images.draw import IMAGES_DIR, PICTURES
from tests.support.refreshed import Refreshed
from warehouse.settings import PROJECT_DIR

README = (PROJECT_DIR / "README.md").read_text(encoding="utf-8")


def shown_after(statement: str) -> list[list[str]]:
    """The cells of the first table below a statement, without its two header lines."""
    below = README[README.index(statement) :]
    table = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
    assert table is not None
    lines = table.group().strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_outcomes_are_those_of_the_readme(refreshed: Refreshed) -> None:
    rows = refreshed.rows(
        "select label, rs_display, non_rs_display, test_statistic, p_display "
        "from study.table2_outcomes order by line"
    )
    shown = shown_after("select label, rs_display")
    assert shown == [[*row[:3], f"{row[3]:.2f}", row[4]] for row in rows]


def test_the_violations_of_the_readme_are_there(refreshed: Refreshed) -> None:
    rows = refreshed.rows(
        "select source_file, source_row, coalesce(field, ''), found, expected, status "
        "from quality.violations where severity = 'reject'"
    )
    found = {(*(str(cell) for cell in row),) for row in rows}
    for row in shown_after("select source_file, source_row"):
        assert (row[0].replace("…", "synthetic_centre"), *row[1:]) in found


def test_the_last_lines_of_a_refresh_are_those_of_the_readme(refreshed: Refreshed) -> None:
    shown = re.findall(r"^  (files landed|rows in|study cohort) +(.*)$", README, re.MULTILINE)
    assert len(shown) == 3
    assert set(shown) <= set(refreshed.summary.figures)


def test_every_picture_can_be_drawn_again() -> None:
    pages = [README, *(path.read_text("utf-8") for path in IMAGES_DIR.parent.glob("*.md"))]
    shown = {name for page in pages for name in re.findall(r"images/([\w-]+\.png)", page)}
    assert shown == set(PICTURES) == {path.name for path in IMAGES_DIR.glob("*.png")}
