"""The short account of a refresh that people read: at the end of the run and in Prefect."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from warehouse.refresh.context import RefreshContext
from warehouse.releases.change_note import of_groups
from warehouse.releases.studies import study_changes

SKIPPED_LINES_SHOWN = 10


@dataclass(frozen=True)
class RefreshSummary:
    """One sentence, what is new, the first page to read, and the figures as (what, value) pairs."""

    headline: str
    change_note: str
    page: Path
    figures: tuple[tuple[str, str], ...]

    @property
    def rows(self) -> list[dict[str, str]]:
        """The figures as rows of a table."""
        return [{"what": what, "value": value} for what, value in self.figures]

    @property
    def text(self) -> str:
        """The account as plain lines."""
        width = max(len(what) for what, _ in self.figures)
        lines = [f"  {what:<{width}}  {value}" for what, value in self.figures]
        return "\n".join([self.headline, self.change_note, *lines])

    @property
    def markdown(self) -> str:
        """The account as Markdown."""
        lines = [f"| {what} | {value} |" for what, value in self.figures]
        return "\n".join(
            [f"**{self.headline}**", "", self.change_note, "", "| | |", "|---|---|", *lines]
        )


def summarize(refresh: RefreshContext) -> RefreshSummary:
    """Put a published refresh into words."""
    record = refresh.record
    return RefreshSummary(
        headline=_headline(refresh),
        change_note=record.change_note or "",
        page=Path(_pages(refresh)[0][1]),
        figures=(
            ("files landed", _files(refresh)),
            *_skipped(refresh),
            *_few("fields lost", [*refresh.landing.lost_fields] if refresh.landing else []),
            *_not_delivered(refresh),
            ("rows in", f"{record.rows_landed:,} new, {record.rows_unreadable:,} unreadable"),
            (
                "rows rejected",
                f"{record.rows_rejected:,} in all deliveries, {record.rows_warned:,} flagged; see "
                f"quality.violations",
            ),
            ("study cohort", f"{of_groups(record.cohort)}{_before(refresh)}"),
            *_other_studies(refresh),
            *_few("damaged", [*refresh.landing.repaired] if refresh.landing else []),
            *(("look into", warning) for warning in refresh.warnings),
            ("release", f"{record.release}, {sum(record.step_seconds.values()):.0f} s"),
            ("open it", f"{_file(refresh)} (DuckDB, read-only)"),
            ("start with", "study.table1_baseline, study.table2_outcomes, study.patient_flow"),
            *_pages(refresh),
        ),
    )


def _pages(refresh: RefreshContext) -> list[tuple[str, str]]:
    """Return the paths of the pages; a past day only has Data Docs."""
    folder = refresh.settings.reports_dir
    pages = [
        ("read it", f"{folder / 'index.html'}"),
        ("data quality", f"{folder / 'quality.html'}, queries/<site>.xlsx"),
    ]
    docs = ("Data Docs", f"{folder / 'data_docs' / 'index.html'}")
    return [docs] if refresh.record.status == "built" else [*pages, docs]


def _file(refresh: RefreshContext) -> Path:
    """The file to open: the published one, or that of a day in the past."""
    settings, record = refresh.settings, refresh.record
    is_built = record.status == "built"
    return settings.releases_dir / str(record.release) if is_built else settings.published_path


def _headline(refresh: RefreshContext) -> str:
    record = refresh.record
    if record.status == "built" and refresh.before is not None:
        return (
            f"Release {record.refresh_id} shows {record.as_of}; people keep reading the current "
            f"release {refresh.before.refresh_id}."
        )
    if refresh.is_unchanged and refresh.before is not None:
        same = f"an identical set of marts to release {refresh.before.refresh_id}"
        return f"{_nothing_new(refresh)}: published {same}."
    day = f" as of {record.as_of}" if record.as_of < record.started_at.date() else ""
    return f"Release {record.refresh_id} is published{day}."


def _nothing_new(refresh: RefreshContext) -> str:
    """Explain why the release is unchanged: a delivery that could not be read is named."""
    if refresh.record.files_landed:
        return "No number changed"
    is_left = refresh.landing is not None and refresh.landing.skipped_lines
    return "Nothing new could be read" if is_left else "Nothing new was delivered"


def _before(refresh: RefreshContext) -> str:
    """The group sizes of the release before, where they were others."""
    record, before = refresh.record, refresh.before
    if before is None:
        return ""
    if before.cohort == record.cohort:
        return ""
    return f"; before: {of_groups(before.cohort)}"


def _other_studies(refresh: RefreshContext) -> list[tuple[str, str]]:
    """Return a line on the studies, besides the default one, whose number changed."""
    if refresh.before is None:
        return []
    changes = study_changes(refresh.before.studies, refresh.record.studies)
    return _few("other studies", [f"{each.study}: {each}" for each in changes])


def _skipped(refresh: RefreshContext) -> list[tuple[str, str]]:
    """Return a line for each skipped file, with the reason."""
    return _few("skipped", refresh.landing.skipped_lines if refresh.landing else [])


def _not_delivered(refresh: RefreshContext) -> list[tuple[str, str]]:
    """Return a line for each overdue delivery; none for a past day."""
    if refresh.record.status == "built":
        return []
    return _few("not delivered", [overdue.line for overdue in refresh.overdue])


def _few(what: str, lines: list[str]) -> list[tuple[str, str]]:
    shown = lines[:SKIPPED_LINES_SHOWN]
    if len(lines) > len(shown):
        shown.append(f"and {len(lines) - len(shown):,} more")
    return [(what, line) for line in shown]


def _files(refresh: RefreshContext) -> str:
    landing = refresh.landing
    if landing is None:
        return "none"
    again = landing.files_landed - landing.files_new
    landed_again = f"{again} landed again, " if again else ""
    return (
        f"{landing.files_new} new, {landed_again}{landing.files_duplicate} resent, "
        f"{landing.files_rejected} rejected, {landing.files_remembered} unchanged"
    )
