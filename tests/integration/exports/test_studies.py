"""Exports of a study by its name: its groups, all patients, and no effects of three groups."""

from __future__ import annotations

import csv
import io

import pytest

from tests.support.exported import svg_texts
from tests.support.refreshed import Refreshed
from warehouse.exports.choices import FORMATS, Content, ExportError, Format
from warehouse.exports.export import ExportRequest, exported

STUDY = "first_pass_effect"


def made(refreshed: Refreshed, content: Content, form: Format, **more: object) -> bytes:
    """The bytes of an export of the study."""
    request = ExportRequest(content, form, "nejm", **{"study": STUDY} | more)
    return exported(request, refreshed.settings.published_path)


def test_a_table_has_each_group_and_all_patients(refreshed: Refreshed) -> None:
    sizes = refreshed.rows(
        f"""
        select groups.label, count(*) from studies.study_groups as groups
        inner join studies.members as members
            on groups.study = members.study and groups.study_group = members.study_group
        where groups.study = '{STUDY}' group by all order by any_value(groups.place)
        """
    )
    content = made(refreshed, Content.table1, Format.csv, overall=True).decode("utf-8-sig")
    headings, *lines = csv.reader(io.StringIO(content))
    named = [("All", sum(n for _, n in sizes)), *sizes]
    assert headings[2:6] == [f"{label} (N={n})" for label, n in named]
    assert headings[6:] == ["Statistic", "P Value"]
    (male,) = (line for line in lines if len(line) > 1 and line[1].startswith("Male sex"))
    counted = refreshed.rows(
        f"""
        select study_group, value from studies.table_cells
        where study = '{STUDY}' and variable = 'is_male' and statistic = 'n'
        """
    )
    found = dict(counted)
    assert [int(cell.split(" ")[0]) for cell in male[2:6]] == [
        found[group] for group in ("all", "first_pass", "more_passes", "incomplete")
    ]


@pytest.mark.parametrize("form", FORMATS[Content.table2])
def test_each_format_of_a_table_is_written(refreshed: Refreshed, form: Format) -> None:
    assert len(made(refreshed, Content.table2, form)) > 500


def test_the_flow_divides_into_the_groups_of_the_study(refreshed: Refreshed) -> None:
    texts = svg_texts(made(refreshed, Content.flow, Format.svg))
    for label in ("First-pass effect", "Complete by more passes", "Incomplete"):
        assert label in texts


@pytest.mark.parametrize(
    ("content", "study"), [(Content.mrs, STUDY), (Content.methods, STUDY), (Content.table1, "none")]
)
def test_what_a_study_has_not_is_refused(
    refreshed: Refreshed, content: Content, study: str
) -> None:
    with pytest.raises(ExportError):
        made(refreshed, content, FORMATS[content][0], study=study)
