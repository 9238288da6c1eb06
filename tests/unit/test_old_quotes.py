"""What earlier versions quoted is brought to today's rule as it is loaded (invented rows)."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from warehouse.definitions.dictionary import dictionary
from warehouse.old_quotes import OldQuotes
from warehouse.raw_columns import EARLIER_VIOLATIONS, LANDING_VIOLATIONS, landed_columns

# Found before, and as it is quoted now.
FOUND = [
    ("admissions.birth_date.type", "1931-12-07 08:30", "9999-99-99 99:99"),
    ("admissions.birth_date.range", "1850", "1850"),
    ("admissions.onset_at.range", "1931-12-07 08:30", "1931"),
    ("admissions.onset_at.type", "2021-02-30", "2021-02-30"),
    ("admissions.onset_at.type", "5.3.2021", "5.3.2021"),
    ("admissions.sex.codes", "\u738b\u4f1f1", "AA9"),
    ("admissions.sex.type", "an error of the spreadsheet, such as #N/A", None),
    ("admissions.aspects.type", "1931-12-07", "9999-99-99"),
    ("admissions.aspects.range", "11", "11"),
    ("admissions.aspects.range", "620426", "999999"),
    ("admissions.aspects.type", "1962", "9999"),
    ("admissions.prestroke_mrs.codes", "15082", "99999"),
    ("admissions.glucose_mmol_per_l.range", "90.13", "90.13"),
    ("admissions.glucose_mmol_per_l.range", "22762.0", "99999.9"),
    (
        "admissions.onset_before_arrival",
        "onset_at 2021-07-03 04:03, arrived_at 1941-01-14 08:30",
        "onset_at 2021-07-03 04:03, arrived_at 1941",
    ),
    ("followups.dead_with_mrs_6", "mrs 2, death_date 1977-12-20", "mrs 2, death_date 1977"),
    ("procedures.duration_plausible", "28235662", "more than 1 year"),
    ("procedures.duration_plausible", "4321", None),
    (
        "procedures.passes_in_duration",
        "passes 2, duration_min -28235662",
        "passes 2, duration_min more than 1 year",
    ),
    ("procedures.passes_in_duration", "passes 2, duration_min 3", None),
    ("admissions.onset_to_arrival_plausible", "-9000.25", "more than 1 year"),
    ("admissions.age_possible", "1710", None),
    (
        "admissions.identity.kept",
        "onset_at 29390 days from that of a/2022-01-10/b.csv, line 2",
        "onset_at more than 1 year from that of a/2022-01-10/b.csv, line 2",
    ),
    ("admissions.patient_id.type", "nothing but zeros", None),
    ("procedures.mtici_final.codes", "ambiguous: 2b or 3", None),
    ("procedures.mtici_final.codes", "4", None),
    ("admissions.columns.known", "\u738b\u4f1f1", None),
    ("admissions.gone_field.type", "whatever", None),
    ("followups.mode.codes", None, None),
]


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create schema raw")
    tables = {
        "landing_violations": LANDING_VIOLATIONS,
        "earlier_violations": EARLIER_VIOLATIONS,
        **{name: landed_columns(extract) for name, extract in dictionary().extracts.items()},
    }
    for table, columns in tables.items():
        declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"create table raw.{table} ({declared})")
    return connection


@pytest.mark.parametrize("table", ["landing_violations", "earlier_violations"])
def test_quotes_of_cells_are_hidden_as_landing_would(
    connection: duckdb.DuckDBPyConnection, table: str, tmp_path: Path
) -> None:
    """What landing says in its own words, and what it quotes today, stays; the site is heard."""
    (tmp_path / "site_a.yaml").write_text("site: site_a\ndate_formats: ['%d.%m.%Y']\n")
    for rule, found, _ in FOUND:
        connection.execute(
            f"insert into raw.{table} (site, rule, found) values ('site_a', ?, ?)", [rule, found]
        )
    quotes = OldQuotes(connection, dictionary(), tmp_path)
    for _ in range(2):  # what is hidden stays as it is
        quotes.hide_in_violations(table)
        found_now = connection.execute(f"select rule, found from raw.{table}").fetchall()
        assert found_now == [(rule, now or before) for rule, before, now in FOUND]


def test_landed_text_that_is_no_code_is_hidden(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "site_a.yaml").write_text("site: [wrong]\n")
    texts = ["female", "\u738b\u4f1f1", "male 77", None, "Q7#Z", "AAA?"]
    for text in texts:
        connection.execute("insert into raw.admissions (site, sex) values ('site_a', ?)", [text])
    OldQuotes(connection, dictionary(), tmp_path).hide_in_rows()
    landed = connection.execute("select list(sex) from raw.admissions").fetchone()
    assert landed == (["female", "AA9", "male 77", None, "A9#A", "AAA?"],)
