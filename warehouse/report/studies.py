"""Page of all studies: patient flow, groups and tables of each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from warehouse.figures.flow_diagram import flow_diagram
from warehouse.figures.picture import NARROW, WIDE
from warehouse.releases.reader import Release, Row
from warehouse.report.frame import frame
from warehouse.report.page import write_page
from warehouse.tables.studies import StudyResults, study_names

WIDTHS = {"wide": WIDE, "narrow": NARROW}
CHANGES_SHOWN = 200
HAS_LOCKS = "select 1 from duckdb_tables() where schema_name = 'studies' and table_name = 'locks'"
CHANGES = "select * from studies.lock_changes order by study, place"


def write_studies(release: Release, reports_dir: Path, sites_dir: Path | None) -> Path:
    """Write ``studies.html``: each study with its patient flow and its tables."""
    contents = [StudyResults(release, name) for name in study_names(release)]
    return write_page(
        reports_dir,
        "studies.html.j2",
        frame(release, "studies.html", sites_dir),
        studies=contents,
        locks=_locks(release),
        diagrams={
            content.definition["study"]: {
                # Its name is an id of the page, which has a figure for each study.
                name: replace(
                    flow_diagram(content.flow, content.group_sizes, width),
                    name=f"flow-{content.definition['study']}",
                )
                for name, width in WIDTHS.items()
            }
            for content in contents
        },
    )


def _locks(release: Release) -> dict[str, Row]:
    """Return the locks by study with their first differences; none of an early version."""
    if not release.rows(HAS_LOCKS):
        return {}
    every = release.rows(CHANGES)
    locks = {}
    for lock in release.rows("select * from studies.locks"):
        changes = [change for change in every if change["study"] == lock["study"]]
        more = max(0, len(changes) - CHANGES_SHOWN)
        locks[lock["study"]] = lock | {"changes": changes[:CHANGES_SHOWN], "more": more}
    return locks
