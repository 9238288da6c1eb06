"""Export of a release's content as the bytes of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.definitions.styles import Style, load_styles
from warehouse.exports import latex, markup, pictures, sheet, word
from warehouse.exports.choices import PICTURES, TABLE_NUMBERS, Content, ExportError, Format
from warehouse.exports.methods import methods
from warehouse.exports.numbers import journal_format
from warehouse.exports.tables import StyledTable, study_table, summary_cell
from warehouse.figures.flow_diagram import flow_diagram
from warehouse.figures.forest_plot import forest_plot
from warehouse.figures.mrs_bars import mrs_bars
from warehouse.figures.picture import WIDE, Picture
from warehouse.releases.reader import Release, Row, open_release
from warehouse.statistics.cohort import ALL
from warehouse.tables.origin import origin_of
from warehouse.tables.studies import DEFAULT_SCHEMA, StudyResults, WideTable, study_names

HEADING = "Methods"
RATIOS = {Content.forest: "odds_ratio", Content.forest_risk_ratio: "risk_ratio"}
OF_CONTRASTS = {*TABLE_NUMBERS, *RATIOS}
DRAWN = {
    Format.svg: pictures.svg_file,
    Format.png: pictures.png_file,
    Format.pdf: pictures.pdf_file,
}


@dataclass(frozen=True)
class ExportRequest:
    """Request for an export: content, format, and journal style of a table.

    ``study`` is another study than the default one; ``overall`` adds all patients to a table, which
    is of a ``subgroup`` alone if one is given. ``contrast`` are two groups, first - second, of a
    study that compares three or more. ``missing`` adds lines of missing values.
    """

    content: Content
    form: Format
    style: str
    study: str | None = None
    overall: bool = False
    subgroup: str = ALL
    contrast: str = ""
    missing: bool = False

    @property
    def compared(self) -> tuple[str, ...]:
        """The groups of the contrast; none without one."""
        return tuple(code.strip() for code in self.contrast.split("-") if code.strip())


def exported(request: ExportRequest, release_path: Path, sites_dir: Path | None = None) -> bytes:
    """Return the bytes of an export of this release. Raises ExportError for what it has not."""
    with open_release(release_path) as release:
        return exported_of(requested(release, request), request, origin(release, sites_dir))


def exported_of(study: StudyResults, request: ExportRequest, notes: Sequence[str]) -> bytes:
    """Return the bytes of an export of results (``requested``), with notes of their ``origin``.

    Raises ExportError for what the release has not.
    """
    if request.content is Content.methods:
        try:
            return _methods(study, request.form, notes)
        except duckdb.BinderException as error:
            raise _too_old(request.content) from error
    if request.content in TABLE_NUMBERS:
        return _table(study, request, notes)
    picture = pictures.with_notes(_figure(study, request), notes)
    return DRAWN[request.form](picture)


def origin(release: Release, sites_dir: Path | None = None) -> list[str]:
    """Return the notes of every export: whether data are synthetic, and the release."""
    notice = origin_of(release, sites_dir).synthetic_notice
    release_note = f"Release {release.refresh['refresh_id']}."
    return [notice.sentence, release_note] if notice else [release_note]


def requested(release: Release, request: ExportRequest) -> StudyResults:
    """Return a study by its name, else the default one; of a subgroup or contrast if one is given.

    Raises ExportError for one that is not there.
    """
    name = request.study
    if name is not None and name not in (names := study_names(release)):
        raise ExportError(
            f"The release has no study {name}, so nothing was exported. Give one of "
            f"{', '.join(names) or 'none'}, or leave out --study."
        )
    study = StudyResults(release, name or DEFAULT_SCHEMA)
    if request.subgroup != ALL:
        known = [row["subgroup"] for row in study.subgroups]
        if request.subgroup not in known or request.content not in TABLE_NUMBERS:
            raise ExportError(
                f"{request.content} of the subgroup {request.subgroup} is not there, so nothing "
                f"was exported. Tables have subgroups; use one of {', '.join(known) or 'none'}."
            )
        study = study.of_subgroup(request.subgroup)
    return _of_contrast(study, request) if request.contrast else study


def _of_contrast(study: StudyResults, request: ExportRequest) -> StudyResults:
    known = study.contrasts
    if request.compared in known and request.content in OF_CONTRASTS:
        return study.of_contrast(request.compared)
    raise ExportError(
        f"{request.content} of the contrast {request.contrast} is not there, so nothing was "
        f"exported. Tables and forest plots of three or more groups have contrasts with the "
        f"reference of the study; use one of {', '.join(map(' - '.join, known)) or 'none'}."
    )


def _too_old(content: str) -> ExportError:
    return ExportError(
        f"The release is of a version of the warehouse that did not publish what {content} needs, "
        f"so nothing was exported. Choose a newer release."
    )


def _table(study: StudyResults, request: ExportRequest, notes: Sequence[str]) -> bytes:
    table = study.table(TABLE_NUMBERS[request.content])
    if not table.rows:
        names = [f"table{number}" for number, _ in enumerate(study.tables, 1)]
        raise ExportError(
            f"The study has no {request.content}, so nothing was exported. Choose one of "
            f"{', '.join([*names, 'flow'])}."
        )
    if request.overall and f"{ALL}_denominator" not in table.rows[0]:
        raise _too_old("a column of all patients")
    style = load_styles()[request.style]
    styled = study_table(
        study, table, style, notes, overall=request.overall, missing=request.missing
    )
    if request.form in PICTURES:
        return DRAWN[request.form](pictures.table_picture(styled))
    # Of a contrast, the sheet of values has the columns of the release by their own names.
    rows = study.of_contrast(()).table(TABLE_NUMBERS[request.content]).rows
    return _set(styled, rows, request.form, study.release)


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


def _figure(study: StudyResults, request: ExportRequest) -> Picture:
    style = load_styles()[request.style]
    decimals = style.percent_decimals(max(row["n"] for row in study.group_sizes))
    number_format = journal_format(style, decimals)
    match request.content:
        case Content.flow:
            return flow_diagram(study.flow, study.group_sizes, WIDE, number_format)
        case Content.mrs:
            return mrs_bars(study.mrs, WIDE, number_format)
        case _:
            if study.ratios is None:
                raise ExportError(
                    f"{request.content} shows the ratios of two groups, and no table of the study "
                    f"has them, so nothing was exported. Choose a table or the patient flow, or of "
                    f"three and more groups two: --contrast first-second."
                )
            rows = _styled_rows(study, study.ratios, decimals, style)
            labels = {group.prefix: group.label for group in study.groups}
            return forest_plot(rows, RATIOS[request.content], labels, WIDE, number_format)


def _styled_rows(study: StudyResults, table: WideTable, decimals: int, style: Style) -> list[Row]:
    return [
        row
        | {
            f"{group.prefix}_display": summary_cell(row, group.prefix, decimals, style)
            for group in study.groups
        }
        for row in table.rows
    ]


def _methods(study: StudyResults, form: Format, notes: Sequence[str]) -> bytes:
    # The last paragraph already names the release.
    paragraphs = methods(study, notes[:-1])
    match form:
        case Format.docx:
            return word.word_text(HEADING, paragraphs, _midnight(study.release))
        case Format.markdown:
            return "\n\n".join([f"## {HEADING}", *paragraphs, ""]).encode()
        case _:
            return "\n\n".join([*paragraphs, ""]).encode()


def _midnight(release: Release) -> datetime:
    return datetime.combine(release.as_of, datetime.min.time())
