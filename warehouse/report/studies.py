"""Page of all studies: patient flow, groups and tables of each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from warehouse.figures.flow_diagram import flow_diagram
from warehouse.figures.picture import NARROW, WIDE
from warehouse.releases.reader import Release
from warehouse.report.frame import frame
from warehouse.report.page import write_page
from warehouse.tables.studies import study_names, study_results

WIDTHS = {"wide": WIDE, "narrow": NARROW}


def write_studies(release: Release, reports_dir: Path, sites_dir: Path | None) -> Path:
    """Write ``studies.html``: each study with its patient flow and its tables."""
    contents = [study_results(release, name) for name in study_names(release)]
    return write_page(
        reports_dir,
        "studies.html.j2",
        frame(release, "studies.html", sites_dir),
        studies=contents,
        diagrams={
            content.definition["study"]: {
                # Its name is an id of the page, which has a figure for each study.
                name: replace(
                    flow_diagram(content.flow, content.groups, width),
                    name=f"flow-{content.definition['study']}",
                )
                for name, width in WIDTHS.items()
            }
            for content in contents
        },
    )
