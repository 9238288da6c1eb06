"""Report of a pre-flight: how many findings of one rule are shown, and a mapping's own faults."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.support.checked_rows import work_database
from warehouse.checks import results
from warehouse.expectations.suites import rule_book
from warehouse.preflight.checks import mapping_faults
from warehouse.preflight.report import LINES_SHOWN, Finding, listed

RULE = "procedures.patient_id.reference"


def test_findings_whose_expected_value_differs_by_line_are_no_flood() -> None:
    findings = [
        Finding(RULE, "reject", f"P{n}", "Correct it.", 1, 5, [(n, None)]) for n in range(9)
    ]
    heads = [line.split()[1] for line in listed(findings) if line.startswith("  REJECT")]
    assert heads == [f"{RULE}:"] * LINES_SHOWN
    assert listed(findings)[-1].split()[:5] == ["...", "and", RULE, "4", "x"]
    assert len([line for line in listed(findings, every=True) if "REJECT" in line]) == 9


def test_entries_of_a_mapping_about_rules_that_cannot_count_are_named(tmp_path: Path) -> None:
    off = [
        ("a", "admissions.age_plausible", "a children's hospital"),
        ("a", "admissions.agee", "there is none"),
        ("b", "admissions.sex.required", "may not be off"),
    ]
    thresholds = [
        ("a", "admissions.no_such_rule", 0, 1, "flag"),
        ("a", "admissions.sex.codes", 0, 1, "hold_delivery"),
        ("b", "admissions.sex.required", 0, 1, "flag"),
    ]
    with duckdb.connect(work_database(tmp_path / "work.duckdb", {})) as connection:
        connection.executemany("insert into raw.rules_off values (?, ?, ?)", off)
        connection.executemany("insert into raw.site_thresholds values (?, ?, ?, ?, ?)", thresholds)
        results.create_result_tables(connection, rule_book())
        lines = mapping_faults(connection)
    assert [line.split(": ")[:2] for line in lines] == [
        ["config/sites/a.yaml", "rules_off.admissions.agee"],
        ["config/sites/a.yaml", "thresholds.admissions.no_such_rule"],
        ["config/sites/b.yaml", "rules_off.admissions.sex.required"],
        ["config/sites/b.yaml", "thresholds.admissions.sex.required"],
    ]
