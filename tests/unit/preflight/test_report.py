"""Report of a pre-flight: how many findings of one rule are shown."""

from __future__ import annotations

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
