"""Pages of the study: patient flow, baseline (Table 1) and outcomes (Table 2)."""

from __future__ import annotations

from pathlib import Path

from warehouse.figures.flow_diagram import flow_diagram
from warehouse.figures.forest_plot import forest_plot
from warehouse.figures.mrs_bars import mrs_bars
from warehouse.figures.picture import NARROW, WIDE
from warehouse.releases.reader import Release
from warehouse.report.explained import explained
from warehouse.report.frame import frame
from warehouse.report.page import write_page
from warehouse.report.words import local_times
from warehouse.tables.studies import StudyResults

WIDTHS = {"wide": WIDE, "narrow": NARROW}


def write_flow(release: Release, reports_dir: Path, sites_dir: Path | None) -> Path:
    """Write ``flow.html``: the patient flow with the reasons for exclusion."""
    study = StudyResults(release)
    return write_page(
        reports_dir,
        "flow.html.j2",
        frame(release, "flow.html", sites_dir),
        definition=study.definition,
        steps=study.flow,
        groups=study.group_sizes,
        reasons=study.reasons,
        diagram={
            name: flow_diagram(study.flow, study.group_sizes, width)
            for name, width in WIDTHS.items()
        },
    )


def write_baseline(release: Release, reports_dir: Path, sites_dir: Path | None) -> Path:
    """Write ``baseline.html``: Table 1."""
    study = StudyResults(release)
    table = study.page_table(study.table(1))
    return write_page(
        reports_dir,
        "baseline.html.j2",
        frame(release, "baseline.html", sites_dir),
        local_times=local_times(),
        definition=study.definition,
        title=study.table(1).title,
        table=table,
        behind=explained(release, table.addresses),
    )


def write_outcomes(release: Release, reports_dir: Path, sites_dir: Path | None) -> Path:
    """Write ``outcomes.html``: Table 2, the distribution of the mRS and the forest plots."""
    study = StudyResults(release)
    labels = {group.prefix: group.label for group in study.groups}
    table, ratios = study.page_table(study.table(2)), study.ratios
    return write_page(
        reports_dir,
        "outcomes.html.j2",
        frame(release, "outcomes.html", sites_dir),
        definition=study.definition,
        title=study.table(2).title,
        table=table,
        behind=explained(release, table.addresses),
        groups=study.shown_groups,
        grades=study.mrs,
        notes=study.outcome_notes,
        bars={name: mrs_bars(study.mrs, width) for name, width in WIDTHS.items()},
        plots={
            ratio: {
                name: forest_plot(ratios.rows, ratio, labels, width)
                for name, width in WIDTHS.items()
            }
            for ratio in ("risk_ratio", "odds_ratio")
            if ratios
        },
    )
