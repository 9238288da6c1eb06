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
from warehouse.tables import study_rows
from warehouse.tables.journal_table import explained_table

WIDTHS = {"wide": WIDE, "narrow": NARROW}


def write_flow(release: Release, reports_dir: Path, sites_dir: Path | None) -> Path:
    """Write ``flow.html``: the patient flow with the reasons for exclusion."""
    steps = study_rows.flow_steps(release)
    groups = study_rows.group_sizes(release, study_rows.study_groups(release))
    return write_page(
        reports_dir,
        "flow.html.j2",
        frame(release, "flow.html", sites_dir),
        definition=release.row("select * from study.definition"),
        steps=steps,
        groups=groups,
        reasons=study_rows.exclusion_reasons(release),
        diagram={name: flow_diagram(steps, groups, width) for name, width in WIDTHS.items()},
    )


def write_baseline(release: Release, reports_dir: Path, sites_dir: Path | None) -> Path:
    """Write ``baseline.html``: Table 1."""
    wide = study_rows.baseline(release)
    groups = study_rows.study_groups(release)
    table = explained_table(wide.view, wide.rows, groups, wide.effects)
    return write_page(
        reports_dir,
        "baseline.html.j2",
        frame(release, "baseline.html", sites_dir),
        local_times=local_times(),
        definition=release.row("select * from study.definition"),
        table=table,
        behind=explained(release, table.addresses),
    )


def write_outcomes(release: Release, reports_dir: Path, sites_dir: Path | None) -> Path:
    """Write ``outcomes.html``: Table 2, the distribution of the mRS and the forest plots."""
    groups = study_rows.study_groups(release)
    wide = study_rows.outcomes(release)
    grades = study_rows.mrs_rows(release, groups)
    labels = {group.prefix: group.label for group in groups}
    table = explained_table(wide.view, wide.rows, groups, wide.effects)
    return write_page(
        reports_dir,
        "outcomes.html.j2",
        frame(release, "outcomes.html", sites_dir),
        definition=release.row("select * from study.definition"),
        table=table,
        behind=explained(release, table.addresses),
        groups=groups,
        grades=grades,
        notes=study_rows.outcome_notes(release, groups),
        bars={name: mrs_bars(grades, width) for name, width in WIDTHS.items()},
        plots={
            ratio: {
                name: forest_plot(wide.rows, ratio, labels, width) for name, width in WIDTHS.items()
            }
            for ratio in ("risk_ratio", "odds_ratio")
            if ratio in wide.effects
        },
    )
