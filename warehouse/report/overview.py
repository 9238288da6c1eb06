"""Overview page: the last refresh, data quality, key indicators and the study."""

from __future__ import annotations

from pathlib import Path

from warehouse.releases.reader import Release, Row
from warehouse.report import facts
from warehouse.report.frame import frame
from warehouse.report.page import write_page
from warehouse.report.words import Verdict, verdict
from warehouse.tables.studies import StudyResults
from warehouse.text import counted, day

MONTHS_RECENT = 12
INDICATORS = {
    "reperfused": "Reperfusion, final mTICI 2b or better",
    "first_pass_effect": "First-pass effect",
    "sich": "Symptomatic intracranial hemorrhage",
    "good_outcome": "mRS 0-2 at 90 days",
    "dead_90d": "Death within 90 days",
}
TIMES = {
    "door_to_puncture_min": "Door to puncture, median",
    "onset_to_puncture_min": "Onset to puncture, median",
}
REGISTRY = """
select
    (select count(*) from registry.patients) as n_patients,
    (select min(treated_month) from registry.monthly_indicators) as first_month,
    (select max(treated_month) from registry.monthly_indicators) as last_month,
    (select count(*) from registry.overdue_followups where is_overdue) as n_overdue
"""
COMPARISON = """
select verdict, count(*) as n from study.published_comparison group by verdict
"""


def write_overview(release: Release, reports_dir: Path, sites_dir: Path | None) -> Path:
    """Write ``index.html``."""
    registry = release.row(REGISTRY)
    groups = StudyResults(release).group_sizes
    refresh = release.refresh
    return write_page(
        reports_dir,
        "index.html.j2",
        frame(release, "index.html", sites_dir),
        night=_night(refresh, registry, groups),
        note=refresh.get("change_note"),
        verdict=_quality(release),
        record=refresh,
        registry=registry,
        groups=groups,
        definition=release.row("select * from study.definition"),
        indicators=_indicators(release),
        times=_times(release),
        comparison={row["verdict"]: row["n"] for row in release.rows(COMPARISON)},
    )


def _night(refresh: Row, registry: Row, groups: list[Row]) -> str:
    """Return a sentence on the last refresh."""
    new = counted(refresh["rows_landed"] or 0, "new row")
    if not refresh["files_landed"]:
        delivered = "nothing new was delivered"
    else:
        delivered = f"{new} were delivered in {counted(refresh['files_landed'], 'file')}"
    analyzed = sum(group["n"] for group in groups)
    return (
        f"The release of {day(refresh['as_of'])} is published: {delivered}, the registry has "
        f"{counted(registry['n_patients'], 'patient')}, and {analyzed:,} of them are analyzed "
        f"in the study."
    )


def _quality(release: Release) -> Verdict:
    return verdict(facts.totals(release), release.day_before)


def _indicators(release: Release) -> list[Row]:
    """Return each indicator for all patients and for the last twelve months with patients.

    A month without a rate is not counted.
    """
    sums = ", ".join(
        f"sum({column}) filter (where pct_{name} is not null) as {prefix}_{name}"
        for name in INDICATORS
        for prefix, column in (("n", f"n_{name}"), ("of", f"n_{name}_known"))
    )
    overall, recent = _all_and_recent(release, "registry.monthly_indicators", sums)
    return [
        {"label": label, "all": _share(overall, name), "recent": _share(recent, name)}
        for name, label in INDICATORS.items()
    ]


def _all_and_recent(release: Release, table: str, columns: str) -> tuple[Row, Row]:
    """Return aggregates of all months of a table, and of its last months."""
    since = f"(select max(treated_month) - interval '{MONTHS_RECENT} months' from {table})"
    query = f"select {columns} from {table}"
    return release.row(query), release.row(f"{query} where treated_month > {since}")


def _share(sums: Row, name: str) -> Row:
    n, of = (int(sums[f"{prefix}_{name}"] or 0) for prefix in ("n", "of"))
    return {"n": n, "of": of, "pct": 100 * n / of if of else None}


def _times(release: Release) -> list[Row]:
    medians = ", ".join(f"median({name}) as {name}" for name in TIMES)
    overall, recent = _all_and_recent(release, "registry.treated_patients", medians)
    return [
        {"label": label, "all": overall[name], "recent": recent[name]}
        for name, label in TIMES.items()
    ]
