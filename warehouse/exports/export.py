"""Exports: what was asked for, as the bytes of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from warehouse.definitions.study import StudyGroup, load_study_groups
from warehouse.definitions.styles import load_styles
from warehouse.exports import markup, pictures, sheet, word
from warehouse.exports.choices import PICTURES, Format, Thing
from warehouse.exports.methods import methods
from warehouse.exports.numbers import spelt
from warehouse.exports.tables import StyledTable, baseline, outcomes, summary_cell
from warehouse.figures.flow_diagram import flow_diagram
from warehouse.figures.forest_plot import forest_plot
from warehouse.figures.mrs_bars import mrs_bars
from warehouse.figures.picture import WIDE, Picture
from warehouse.releases.reader import Release, Row, open_release
from warehouse.tables import study_rows
from warehouse.tables.origin import origin_of

HEADING = "Methods"
RATIOS = {Thing.forest: "odds_ratio", Thing.forest_risk_ratio: "risk_ratio"}
DRAWN = {
    Format.svg: pictures.svg_file,
    Format.png: pictures.png_file,
    Format.pdf: pictures.pdf_file,
}


@dataclass(frozen=True)
class ExportRequest:
    """An export: what, how, and a table in which journal's style."""

    thing: Thing
    form: Format
    style: str


def exported(asked: ExportRequest, release_path: Path, sites_dir: Path | None = None) -> bytes:
    """The file of an export of this release."""
    groups = load_study_groups()
    with open_release(release_path) as release:
        notes = origin(release, sites_dir)
        if asked.thing is Thing.methods:
            return _methods(release, asked.form, groups, notes)
        if asked.thing in (Thing.table1, Thing.table2):
            return _table(release, asked, groups, notes)
        picture = pictures.with_notes(_figure(release, asked, groups), notes)
        return DRAWN[asked.form](picture)


def origin(release: Release, sites_dir: Path | None = None) -> list[str]:
    """What every export says of its data: synthetic when they are, and the release."""
    notice = origin_of(release, sites_dir).synthetic_notice
    release_note = f"Release {release.refresh['refresh_id']}."
    return [notice.sentence, release_note] if notice else [release_note]


def _table(
    release: Release, asked: ExportRequest, groups: Sequence[StudyGroup], notes: Sequence[str]
) -> bytes:
    style = load_styles()[asked.style]
    is_first = asked.thing is Thing.table1
    rows = study_rows.baseline_rows(release) if is_first else study_rows.outcome_rows(release)
    table = (baseline if is_first else outcomes)(rows, groups, style)
    table = StyledTable(table.title, table.headings, table.sections, (*table.notes, *notes))
    if asked.form in PICTURES:
        return DRAWN[asked.form](pictures.table_picture(table))
    return _set(table, rows, asked.form, release)


def _set(table: StyledTable, rows: Sequence[Row], form: Format, release: Release) -> bytes:
    match form:
        case Format.docx:
            return word.word_table(table, _midnight(release))
        case Format.xlsx:
            return sheet.workbook_file(table, rows, release.as_of)
        case Format.csv:
            return sheet.csv_file(table)
        case Format.html:
            return markup.html_page(table).encode()
        case _:
            return markup.latex_document(table).encode()


def _figure(release: Release, asked: ExportRequest, groups: Sequence[StudyGroup]) -> Picture:
    style = load_styles()[asked.style]
    sizes = study_rows.group_sizes(release, groups)
    decimals = style.percent_decimals(max(row["n"] for row in sizes))
    spelling = spelt(style, decimals)
    match asked.thing:
        case Thing.flow:
            return flow_diagram(study_rows.flow_steps(release), sizes, WIDE, spelling)
        case Thing.mrs:
            return mrs_bars(study_rows.mrs_rows(release, groups), WIDE, spelling)
        case _:
            cells = {f"{group.prefix}_display": group.prefix for group in groups}
            rows = [
                row
                | {
                    name: summary_cell(row, prefix, decimals, style)
                    for name, prefix in cells.items()
                }
                for row in study_rows.outcome_rows(release)
            ]
            labels = [group.label for group in groups]
            return forest_plot(rows, RATIOS[asked.thing], labels, WIDE, spelling)


def _methods(
    release: Release, form: Format, groups: Sequence[StudyGroup], notes: Sequence[str]
) -> bytes:
    # The last paragraph names the release.
    paragraphs = methods(release, groups, notes[:-1])
    match form:
        case Format.docx:
            return word.word_text(HEADING, paragraphs, _midnight(release))
        case Format.markdown:
            return "\n\n".join([f"## {HEADING}", *paragraphs, ""]).encode()
        case _:
            return "\n\n".join([*paragraphs, ""]).encode()


def _midnight(release: Release) -> datetime:
    return datetime.combine(release.as_of, datetime.min.time())
