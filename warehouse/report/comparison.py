"""Page that compares the printed numbers of the paper with those of this warehouse."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from warehouse.releases.reader import Release
from warehouse.report.frame import frame
from warehouse.report.page import write_page
from warehouse.tables.studies import StudyResults


class Verdict(NamedTuple):
    """Words of a verdict, of one result and of several, and the class of its tag."""

    singular: str
    plural: str
    tag: str


# In the order of the page; ``published_comparison.sql`` says what each means.
VERDICTS = {
    "reproduced": Verdict("reproduced", "reproduced", "good"),
    "reproduced_with_convention": Verdict(
        "reproduced under a convention", "reproduced under a convention", "good"
    ),
    "paper_error": Verdict("error of the paper", "errors of the paper", "warn"),
    "differs": Verdict("differs", "differ", "reject"),
    "another_cohort": Verdict("another cohort", "another cohort", ""),
    "not_derivable": Verdict("not derivable", "not derivable", "reject"),
}
LOCATIONS = {
    "abstract": "Abstract",
    "introduction": "Introduction",
    "results": "Results",
    "fig3-text": "Figure 3",
    "table1": "Table 1",
    "table2": "Table 2",
    "discussion": "Discussion",
}
# Only what is not plain from the name of the result.
STATISTICS = {
    "n": "number",
    "pct": "%",
    "p_value": "p",
    "test_stat": "test statistic",
    "mean": "mean",
    "sd": "SD",
    "median": "median",
    "q1": "first quartile",
    "q3": "third quartile",
    "denominator": "patients with a value",
    "other": "",
}
ROWS = """
select id, location, study_group, variable, statistic, printed, derived, convention, verdict, note
from study.published_comparison
order by location, id
"""


def write_comparison(release: Release, reports_dir: Path, sites_dir: Path | None) -> Path:
    """Write ``comparison.html``."""
    rows = release.rows(ROWS)
    places = list(dict.fromkeys([*LOCATIONS, *(row["location"] for row in rows)]))
    rows.sort(key=lambda row: (places.index(row["location"]), row["id"]))
    counts = {name: sum(row["verdict"] == name for row in rows) for name in VERDICTS}
    return write_page(
        reports_dir,
        "comparison.html.j2",
        frame(release, "comparison.html", sites_dir),
        definition=release.row("select * from study.definition"),
        rows=rows,
        counts={name: n for name, n in counts.items() if n},
        verdicts=VERDICTS,
        locations={
            name: LOCATIONS.get(name, name) for name in dict.fromkeys(r["location"] for r in rows)
        },
        groups={group.prefix: group.label for group in StudyResults(release).shown_groups}
        | {"all": "All", "na": ""},
        statistics=STATISTICS,
        errors=[row for row in rows if row["verdict"] == "paper_error"],
        conventions=[row for row in rows if row["verdict"] == "reproduced_with_convention"],
    )
