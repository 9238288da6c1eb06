"""The checks as a whole: who is accepted, what later rules know, what is stored."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.checked_rows import query, valid, within_sites, work_database
from tests.support.golden import golden
from warehouse.checks.run import CheckError, ChecksSummary, run_checks
from warehouse.definitions.dictionary import EXTRACTS
from warehouse.expectations import procedures, suites
from warehouse.expectations.rule import Rule
from warehouse.expectations.suites import RuleBook
from warehouse.settings import PROJECT_DIR

GOLDEN = golden("checks")

EARLIER = {"delivered_on": date(2022, 5, 1), "source_file": "centre/2022-05-01/admissions.csv"}


def run(path: Path, rules: RuleBook | None = None) -> ChecksSummary:
    """Check a work database quietly; results go beside it."""
    return run_checks(path, "r1", path.parent / "results", lambda _line: None, rules)


def book_with(*clinical: Rule) -> RuleBook:
    """The project's rules, with these in place of the clinical ones on procedures."""
    book = suites.rule_book()
    rows, deliveries = book.suites["procedures"]
    kept = (*(rule for rule in rows if rule.constraint != "clinical"), *clinical)
    procedures_suite = suites.Suite(kept, deliveries)
    return RuleBook({**book.suites, "procedures": procedures_suite}, book.allowed)


def n_rules(extract: str) -> int:
    """How many rules Great Expectations decides for an extract."""
    return sum(map(len, suites.suite(extract)))


def test_the_summary_counts_rows_once(tmp_path: Path) -> None:
    bad = valid("followups", mrs=7, mode="pigeon")
    path = work_database(tmp_path / "work.duckdb", {"followups": [bad]})
    # Three more of each extract: delivery.held, files_agree, and identity.kept or outcome.kept; and
    # first.known and strokes_agree.
    rules = sum(n_rules(extract) for extract in EXTRACTS) + 3 * len(EXTRACTS) + 2
    assert run(path) == ChecksSummary(rules=rules, rows_checked=4, rows_rejected=1, rows_warned=0)


def test_empty_deliveries_are_not_applicable(tmp_path: Path) -> None:
    path = work_database(tmp_path / "work.duckdb", {extract: [] for extract in EXTRACTS})
    with duckdb.connect(path) as connection:
        connection.execute(
            "insert into raw.files (site, delivered_on, extract) "
            "values ('centre', '2022-06-01', 'imaging')"
        )
    run(path)
    assert query(
        path,
        """
        select extract, status, count(*), sum(rows_checked) from raw.check_results group by all
        """,
    ) == [("imaging", "not_applicable", n_rules("imaging"), 0)]


NOT_STENTED = {"rescue_stent": "not_indicated", "artery_perforation": False}
UNREAD = ["baseline_nihss", "systolic_bp_mmhg"]
BEFORE = valid("admissions", **EARLIER, file_id="before")
LATE = valid("admissions", arrived_at=datetime(2021, 3, 1, 10, 45))
# What is delivered, by the extract that is not as in ``valid``, and the rules that it breaks. Each
# case is a site of its own, and all are judged together.
CASES: dict[str, tuple[dict[str, list[dict[str, Any]]], list[tuple[str, str, str]]]] = {
    "a broken warning warns": (
        {"procedures": [valid("procedures", tirofiban=False, artery_perforation=None)]},
        [("procedures", "procedures.stent_with_tirofiban", "warn")],
    ),
    "a stent in a perforated artery may be without tirofiban": (
        {"procedures": [valid("procedures", tirofiban=False, artery_perforation=True)]},
        [],
    ),
    "a death on an unknown day is used and flagged": (
        {"followups": [valid("followups", mrs=6)]},
        [("followups", "followups.mrs_6_with_death_date", "warn")],
    ),
    "what landing could not read is not missing": (
        {
            "admissions": [valid("admissions", **dict.fromkeys(UNREAD), unparsed_fields=UNREAD)],
            "followups": [valid("followups", mrs=None, unparsed_fields=["mrs"])],
        },
        [],
    ),
    "a stroke in hospital arrives when it is noticed": (
        {"admissions": [valid("admissions", arrived_at=valid("admissions")["onset_at"])]},
        [],
    ),
    "what the first pass left closed a later one may open": (
        {
            "procedures": [
                valid("procedures", passes=2, residual_stenosis_pct=96, mtici_after_mt="3")
                | NOT_STENTED
            ],
            "imaging": [],
        },
        [],
    ),
    "an angiogram does not show the blood of a perforation": (
        {"imaging": [valid("imaging", hemorrhage_type="none", modality="dsa")]},
        [],
    ),
    "a repeated line contradicts nothing": ({"admissions": [valid("admissions")] * 2}, []),
    "a later file corrects a record": (
        {"admissions": [BEFORE | {"baseline_nihss": 3}, valid("admissions", baseline_nihss=30)]},
        [],
    ),
    "later rules know a correction": (
        {"admissions": [BEFORE, LATE]},
        [("procedures", "procedures.puncture_after_arrival", "reject")],
    ),
    "later rules do not know a rejected correction": (
        {"admissions": [BEFORE, LATE | {"baseline_nihss": 99}]},
        [("admissions", "admissions.baseline_nihss.range", "reject")],
    ),
    "a patient whose admission was rejected is unknown": (
        {"admissions": [valid("admissions", sex=None)]},
        [
            ("admissions", "admissions.sex.required", "reject"),
            ("followups", "followups.patient_id.reference", "reject"),
            ("imaging", "imaging.patient_id.reference", "reject"),
            ("procedures", "procedures.patient_id.reference", "reject"),
        ],
    ),
    "a patient of another site is another patient": (
        {"admissions": []},
        [
            ("followups", "followups.patient_id.reference", "reject"),
            ("imaging", "imaging.patient_id.reference", "reject"),
            ("procedures", "procedures.patient_id.reference", "reject"),
        ],
    ),
}


SPLIT, FOUND, SECRET, UNREADABLE = "split by delivery", "what was found", "secret", "unreadable"
# Sites whose results and messages are looked at, too.
SITES: dict[str, dict[str, list[dict[str, Any]]]] = {
    SPLIT: {
        "admissions": [
            valid("admissions", **EARLIER, file_id="before", baseline_nihss=55),
            valid("admissions", patient_key="p2", baseline_nihss=20),
            valid("admissions", patient_key="p3", baseline_nihss=None, unparsed_fields=[]),
        ]
    },
    FOUND: {
        "admissions": [
            valid("admissions"),
            valid("admissions", patient_key="p2", birth_date=date(1955, 4, 3), baseline_nihss=55),
            valid("admissions", patient_key="p3", sex=None),
            valid("admissions", patient_key="p4", birth_date=date(1850, 1, 1)),
            valid(
                "admissions",
                patient_key="p5",
                birth_date=date(1955, 4, 4),
                glucose_mmol_per_l=90.125,
            ),
        ],
        "procedures": [
            valid("procedures", procedure_key="t2", patient_key="unknown"),
            valid("procedures", procedure_key="t3", mtici_final="4"),
            valid("procedures", procedure_key="t4", puncture_at=datetime(2021, 3, 1, 7, 0)),
            valid(
                "procedures",
                procedure_key="t5",
                puncture_at=datetime(2021, 3, 1, 10, 31),
                tirofiban=False,
                artery_perforation=False,
            ),
        ],
        "imaging": [],
        "followups": [valid("followups", mrs=6)],
    },
    SECRET: {
        "admissions": [
            valid(
                "admissions",
                patient_key="secretkey",
                sex="A9secret",
                birth_date=date(1851, 7, 13),
            )
        ],
        **{extract: [] for extract in ("procedures", "imaging", "followups")},
    },
    UNREADABLE: {
        "admissions": [valid("admissions", row_id=UNREADABLE)],
        "imaging": [],
        "followups": [],
    },
}


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work database of all cases and sites after the checks."""
    rows: dict[str, list[dict[str, Any]]] = {extract: [] for extract in EXTRACTS}
    for site, delivered in ({name: case for name, (case, _) in CASES.items()} | SITES).items():
        for extract in EXTRACTS:
            for line, row in enumerate(delivered.get(extract, [valid(extract)]), start=2):
                place = {
                    "site": site,
                    "file_id": f"{site} {row.get('file_id', extract)}",
                    "source_row": line,
                }
                rows[extract].append(row | place)
    path = work_database(tmp_path_factory.mktemp("cases") / "work.duckdb", rows)
    with duckdb.connect(path) as connection:
        connection.execute(
            "insert into raw.landing_violations (row_id, severity) "
            f"values ('{UNREADABLE}', 'reject')"
        )
    run(path, within_sites())
    return path


def broken(path: Path, site: str) -> list[tuple[Any, ...]]:
    """Extract, rule, severity, field, what was found and line of what a site's rows break."""
    places = " union all ".join(
        f"select row_id, site, source_row, '{extract}' as extract from raw.{extract}"
        for extract in EXTRACTS
    )
    return query(
        path,
        "select extract, rule, severity, field, found, source_row from raw.check_failures "
        f"inner join ({places}) as places using (row_id, extract) "
        f"where site = '{site}' order by all",
    )


@pytest.mark.parametrize("case", CASES)
def test_rows_break_what_they_should(case: str, sites: Path) -> None:
    assert [row[:3] for row in broken(sites, case)] == CASES[case][1]


def test_results_are_split_by_delivery(sites: Path) -> None:
    results = f"""
        select refresh_id, rule, site, delivered_on, severity, rows_checked, rows_failed, status
        from raw.check_results
        where site = '{SPLIT}'
            and regexp_matches(rule, '^admissions.(baseline_nihss|onset_at).(range|required)$')
        order by delivered_on, rule
        """
    assert query(sites, results) == [
        ("r1", rule, SPLIT, day, "reject", n_checked, n_failed, status)
        for day, rule, n_checked, n_failed, status in [
            (date(2022, 5, 1), "admissions.baseline_nihss.range", 1, 1, "failed"),
            (date(2022, 5, 1), "admissions.baseline_nihss.required", 1, 0, "passed"),
            (date(2022, 5, 1), "admissions.onset_at.range", 1, 0, "passed"),
            (date(2022, 5, 1), "admissions.onset_at.required", 1, 0, "passed"),
            (date(2022, 6, 1), "admissions.baseline_nihss.range", 1, 0, "passed"),
            (date(2022, 6, 1), "admissions.baseline_nihss.required", 2, 1, "failed"),
            (date(2022, 6, 1), "admissions.onset_at.range", 2, 0, "passed"),
            (date(2022, 6, 1), "admissions.onset_at.required", 2, 0, "passed"),
        ]
    ]


def test_rows_that_landing_rejected_are_not_accepted(sites: Path) -> None:
    assert [row[:2] for row in broken(sites, UNREADABLE)] == [
        ("procedures", "procedures.patient_id.reference")
    ]


def test_a_failure_says_what_was_found(sites: Path) -> None:
    """Values, codes and times; of a birth the year or the age; of a key nothing."""
    assert [(rule, *found) for _, rule, _, *found, _ in broken(sites, FOUND)] == [
        ("admissions.baseline_nihss.range", "baseline_nihss", "55"),
        ("admissions.birth_date.range", "birth_date", "1850"),
        ("admissions.glucose_mmol_per_l.range", "glucose_mmol_per_l", "90.13"),
        ("admissions.sex.required", "sex", "missing"),
        ("followups.mrs_6_with_death_date", "mrs, death_date", "mrs 6, death_date missing"),
        ("procedures.first.known", "puncture_at", "rejected: centre/procedures.csv, line 4"),
        ("procedures.mtici_final.codes", "mtici_final", "4"),
        *[("procedures.one_procedure_a_day", "puncture_at", None)] * 3,
        ("procedures.patient_id.reference", "patient_id", None),
        (
            "procedures.puncture_after_onset",
            "puncture_at",
            GOLDEN("onset_at_puncture_at"),
        ),
        (
            "procedures.stent_with_tirofiban",
            "rescue_stent, tirofiban",
            "rescue_stent placed, tirofiban false",
        ),
    ]


def test_the_record_holds_no_values(sites: Path) -> None:
    text = (sites.parent / "results" / "admissions.json").read_text(encoding="utf-8")
    record = json.loads(text)
    assert record["success"] is False
    assert {entry["expectation_config"]["meta"]["id"] for entry in record["results"]} == {
        rule.id for rule in within_sites().suites["admissions"].rows
    }
    assert [word for word in ("secret", "1851", "07-13") if word in text] == []


def test_an_expectation_that_raises_fails_the_checks_by_name(tmp_path: Path) -> None:
    rule = next(rule for rule in procedures.RULES if rule.name == "puncture_before_end")
    broken = replace(rule, expectation=procedures.between("no_column", 1, 2))
    path = work_database(tmp_path / "work.duckdb", {})
    with pytest.raises(CheckError, match=r"procedures\.puncture_before_end"):
        run(path, book_with(broken))


def test_an_error_of_great_expectations_is_stored_as_errored(tmp_path: Path) -> None:
    """Text cannot be compared with a number: found out by Great Expectations, not before."""
    rule = next(rule for rule in procedures.RULES if rule.name == "duration_plausible")
    broken = replace(rule, expectation=procedures.between("device", 1, 2))
    path = work_database(tmp_path / "work.duckdb", {})
    with pytest.raises(CheckError, match=r"procedures\.duration_plausible"):
        run(path, book_with(broken))
    assert query(
        path, "select rule, rows_failed, status from raw.check_results where status = 'errored'"
    ) == [("procedures.duration_plausible", 0, "errored")]


def test_sql_that_does_not_run_fails_the_checks_by_name(tmp_path: Path) -> None:
    broken = replace(procedures.RULES[1], holds="arrived_at <= no_column")
    path = work_database(tmp_path / "work.duckdb", {})
    with pytest.raises(CheckError, match=r"procedures\.puncture_after_arrival: the SQL"):
        run(path, book_with(broken))


def test_nothing_is_written_but_the_database_and_the_records(tmp_path: Path) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    work_database(tmp_path / "data" / "work.duckdb", {})
    code = (
        "import sys; from pathlib import Path; from warehouse.checks.run import run_checks\n"
        "data = Path(sys.argv[1]); run_checks(data / 'work.duckdb', 'r1', data / 'results')"
    )
    environment = {
        "HOME": str(home),
        "TMPDIR": str(here),
        "PYTHONPATH": str(PROJECT_DIR),
        "GX_ANALYTICS_ENABLED": "false",
        "PATH": os.environ["PATH"],
    }
    outcome = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "data")],
        cwd=here,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert outcome.stdout.split() == [
        word for extract in EXTRACTS for word in (f"{extract}:", str(n_rules(extract)), "rules")
    ]
    assert list(home.rglob("*")) == []
    assert list(here.rglob("*")) == []
    assert sorted(path.name for path in (tmp_path / "data").rglob("*") if path.is_file()) == [
        "admissions.json",
        "followups.json",
        "imaging.json",
        "procedures.json",
        "work.duckdb",
    ]
