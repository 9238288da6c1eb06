"""Export of a release's content as the bytes of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from warehouse.definitions.study import StudyGroup
from warehouse.definitions.styles import load_styles
from warehouse.exports import latex, markup, pictures, sheet, word
from warehouse.exports.choices import PICTURES, Content, ExportError, Format
from warehouse.exports.methods import methods
from warehouse.exports.numbers import journal_format
from warehouse.exports.tables import StyledTable, any_table, summary_cell
from warehouse.figures.flow_diagram import flow_diagram
from warehouse.figures.forest_plot import forest_plot
from warehouse.figures.mrs_bars import mrs_bars
from warehouse.figures.picture import WIDE, Picture
from warehouse.releases.reader import Release, Row, open_release
from warehouse.statistics.cohort import ALL, Group
from warehouse.tables import study_rows
from warehouse.tables.origin import origin_of
from warehouse.tables.studies import study_names, study_results

HEADING = "Methods"
RATIOS = {Content.forest: "odds_ratio", Content.forest_risk_ratio: "risk_ratio"}
TITLES = {
    Content.table1: "Table 1. Baseline characteristics",
    Content.table2: "Table 2. Outcomes",
}
DRAWN = {
    Format.svg: pictures.svg_file,
    Format.png: pictures.png_file,
    Format.pdf: pictures.pdf_file,
}


@dataclass(frozen=True)
class ExportRequest:
    """Request for an export: content, format, and journal style of a table.

    ``study`` is another study than the default one; ``overall`` adds all patients to its groups.
    """

    content: Content
    form: Format
    style: str
    study: str | None = None
    overall: bool = False


def exported(request: ExportRequest, release_path: Path, sites_dir: Path | None = None) -> bytes:
    """Return the bytes of an export of this release."""
    with open_release(release_path) as release:
        groups = study_rows.study_groups(release)
        notes = origin(release, sites_dir)
        if request.study is not None:
            return _of_study(release, request, notes)
        if request.content is Content.methods:
            return _methods(release, request.form, groups, notes)
        if request.content in (Content.table1, Content.table2):
            return _table(release, request, groups, notes)
        picture = pictures.with_notes(_figure(release, request, groups), notes)
        return DRAWN[request.form](picture)


def origin(release: Release, sites_dir: Path | None = None) -> list[str]:
    """Return the notes of every export: whether data are synthetic, and the release."""
    notice = origin_of(release, sites_dir).synthetic_notice
    release_note = f"Release {release.refresh['refresh_id']}."
    return [notice.sentence, release_note] if notice else [release_note]


def _table(
    release: Release, request: ExportRequest, groups: Sequence[StudyGroup], notes: Sequence[str]
) -> bytes:
    style = load_styles()[request.style]
    is_first = request.content is Content.table1
    wide = study_rows.baseline(release) if is_first else study_rows.outcomes(release)
    if not wide.rows:
        raise ExportError(
            f"The default study has no table whose name begins with {request.content}, so nothing "
            f"was exported. Its tables are of the names in its study.yaml (docs/studies.md)."
        )
    rows = wide.rows
    table = any_table(rows, groups, style, TITLES[request.content], wide.effects)
    table = StyledTable(table.title, table.headings, table.sections, (*table.notes, *notes))
    if request.form in PICTURES:
        return DRAWN[request.form](pictures.table_picture(table))
    return _set(table, rows, request.form, release)


def _of_study(release: Release, request: ExportRequest, notes: Sequence[str]) -> bytes:
    """Return a table or the flow diagram of a study by its name."""
    names = study_names(release)
    if request.study not in names:
        raise ExportError(
            f"The release has no study {request.study}, so nothing was exported. Give one of "
            f"{', '.join(names)}."
        )
    results = study_results(release, request.study)
    style = load_styles()[request.style]
    if request.content is Content.flow:
        most = max([row["n"] for row in results.groups], default=0)
        form = journal_format(style, style.percent_decimals(most))
        picture = flow_diagram(results.flow, results.groups, WIDE, form)
        return DRAWN[request.form](pictures.with_notes(picture, notes))
    name = next((name for name in results.rows if name.startswith(request.content)), None)
    if name is None:
        raise ExportError(
            f"{request.content} is of the default study alone, so nothing was exported. Of "
            f"{request.study}, choose one of {', '.join(['flow', *results.rows])}."
        )
    rows, effects = results.rows[name], results.effects[name]
    groups = [*([Group(ALL, "All", ALL)] if request.overall else []), *results.named_groups]
    title = f"{results.definition['title']}: {results.titles[name]}"
    table = any_table(rows, groups or [Group(ALL, "All", ALL)], style, title, effects)
    table = StyledTable(table.title, table.headings, table.sections, (*table.notes, *notes))
    if request.form in PICTURES:
        return DRAWN[request.form](pictures.table_picture(table))
    return _set(table, rows, request.form, release)


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
            return latex.latex_document(table).encode()


def _figure(release: Release, request: ExportRequest, groups: Sequence[StudyGroup]) -> Picture:
    style = load_styles()[request.style]
    sizes = study_rows.group_sizes(release, groups)
    decimals = style.percent_decimals(max(row["n"] for row in sizes))
    number_format = journal_format(style, decimals)
    match request.content:
        case Content.flow:
            return flow_diagram(study_rows.flow_steps(release), sizes, WIDE, number_format)
        case Content.mrs:
            return mrs_bars(study_rows.mrs_rows(release, groups), WIDE, number_format)
        case _:
            wide = study_rows.outcomes(release)
            if RATIOS[request.content] not in wide.effects:
                raise ExportError(
                    f"{request.content} shows the ratios of two groups, and the default study has "
                    f"none, so nothing was exported. Choose a table or the patient flow."
                )
            cells = {f"{group.prefix}_display": group.prefix for group in groups}
            rows = [
                row
                | {
                    name: summary_cell(row, prefix, decimals, style)
                    for name, prefix in cells.items()
                }
                for row in wide.rows
            ]
            labels = {group.prefix: group.label for group in groups}
            return forest_plot(rows, RATIOS[request.content], labels, WIDE, number_format)


def _methods(
    release: Release, form: Format, groups: Sequence[StudyGroup], notes: Sequence[str]
) -> bytes:
    # The last paragraph already names the release.
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
