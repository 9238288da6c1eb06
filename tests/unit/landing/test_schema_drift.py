"""Schema drift: what is said when a file is shaped otherwise than the one before it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.golden import golden
from tests.support.landing_tools import FOLLOWUPS, Registry
from warehouse.definitions.dictionary import dictionary
from warehouse.settings import Settings

GOLDEN = golden("landing")

FIRST, SECOND, THIRD = "site_a/2021-03-05", "site_a/2021-04-05", "site_a/2021-05-05"
ROWS = "".join(f"P{n},2021-03-05,telephone,2,no\n" for n in range(5))
CSV = f"{FOLLOWUPS}\n{ROWS}"
CHINESE = CSV.replace("telephone", "电话")


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def reported(registry: Registry) -> list[tuple[str, str, str | None, str | None]]:
    """Day, rule, field and what was found, of everything that landing objects to."""
    return [
        (str(row["delivered_on"]), row["rule"], row["field"], row["found"])
        for row in registry._read("violations")
    ]


def after(registry: Registry, second: str | bytes, first: str | bytes = CSV, **names: str) -> list:
    """What is told of a second file, without its day."""
    registry.put(first, names.get("first_name", "followups.csv"), day=FIRST)
    registry.put(second, names.get("second_name", "followups.csv"), day=SECOND)
    registry.land()
    return [entry[1:] for entry in reported(registry) if entry[0] == "2021-04-05"]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (CSV.replace("P", "Q"), []),
        (
            CSV.replace("mode", "mode of contact"),
            [("followups.columns.renamed", "mode", "'mode of contact' instead of 'mode'")],
        ),
        (
            CSV.replace("mrs", "zzz"),
            [("followups.columns.renamed", "mrs", "'column D' instead of 'mrs'")],
        ),
        (
            CSV.replace("mode,", "").replace("telephone,", ""),
            [("followups.columns.missing", "mode", "no 'mode'")],
        ),
        (
            CSV.replace("lost_to_followup", "lost_to_followup,ward").replace(",no", ",no,3"),
            [("followups.columns.new", None, "ward")],
        ),
        (
            CSV.replace("lost_to_followup", "lost_to_followup,death_date").replace(",no", ",no,"),
            [("followups.columns.new", "death_date", "death_date")],
        ),
        (
            CSV.replace(",2,", ",99,", 2).replace("2021-03-05", "5 March 2021"),
            [
                *[("followups.assessed_on.type", "assessed_on", "9 AAAAA 9999")] * 5,
                ("followups.columns.retyped", "assessed_on", "5 of 5 cells, before 0 of 5"),
            ],
        ),
        (
            CSV.replace("telephone", "phonecall"),
            [("followups.columns.retyped", "mode", "5 of 5 cells, before 0 of 5")],
        ),
        (CSV.replace("telephone", "phonecall", 2), []),
        (
            CSV.replace(",", ";"),
            [("followups.file.delimiter_changed", None, "';', before ','")],
        ),
        (CSV.encode("utf-8-sig"), []),
        (gzip.compress(CSV.replace("P", "Q").encode()), []),
    ],
    ids=["same", "renamed", "renamed-by-place", "missing", "new", "new-field", "retyped", "recoded",
         "partly", "delimiter", "mark", "packed"],
)  # fmt: skip
def test_what_has_changed_is_reported(
    registry: Registry, second: str | bytes, expected: list[tuple[str, str | None, str]]
) -> None:
    assert after(registry, second) == expected


def test_a_changed_encoding_is_reported_when_it_matters(registry: Registry) -> None:
    found = after(registry, CHINESE.encode("gb18030"), CHINESE)
    assert found == [("followups.file.encoding_changed", None, "gb18030, before utf-8")]
    assert registry.rows()[-1]["mode"] == "telephone"


def test_plain_ascii_is_in_no_other_encoding(registry: Registry) -> None:
    assert after(registry, CSV, CHINESE.encode("gb18030")) == []


def test_a_changed_format_is_reported_once(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "followups.parquet"
    columns = {"patient_id": ["P1"], "lost_to_followup": [False], "mode": ["telephone"],
               "mrs": [2], "assessed_on": ["2021-03-05"]}  # fmt: skip
    pq.write_table(pa.table(columns), path)
    found = after(registry, path.read_bytes(), second_name="followups.parquet")
    assert found == [("followups.file.format_changed", None, "parquet, before csv")]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (
            CSV.replace("lost_to_followup", "lost_to_followup,ward").replace(",no", ",no,3"),
            "the columns of the file before, not 'ward'",
        ),
        (
            CSV.replace("lost_to_followup", "lost_to_followup,death_date").replace(",no", ",no,"),
            "the columns of the file before, not 'death_date'",
        ),
        (CSV.replace(",", ";"), "the delimiter of the file before (','), not ';'"),
    ],
)
def test_reports_which_show_no_finding_can_name_the_change(
    registry: Registry, second: str, expected: str
) -> None:
    """They show what was expected alone; that names the column and the format."""
    after(registry, second)
    [row] = registry._read("violations")
    assert row["expected"] == expected


def test_reports_can_name_a_column_that_nobody_knows(registry: Registry) -> None:
    registry.put(CSV.replace("lost_to_followup", "lost_to_followup,ward").replace(",no", ",no,3"))
    registry.land()
    [row] = registry._read("violations")
    assert row["expected"] == GOLDEN("only_columns_that_the_dictionary_names")


def test_the_rename_is_reported_with_what_to_do(registry: Registry) -> None:
    after(registry, CSV.replace("mode", "mode of contact"))
    [row] = registry._read("violations")
    assert (row["severity"], row["source_row"]) == ("warn", None)
    assert row["action"] == (GOLDEN("mode_of_contact_looks_like_mode"))


def test_a_missing_required_column_holds_its_file_and_names_the_likely_rename(
    registry: Registry,
) -> None:
    registry.put(CSV, day=FIRST)
    registry.put(CSV.replace("lost_to_followup", "lost to follow"), day=SECOND)
    registry.put(CSV.replace("P", "Q"), "followups_2.csv", day=SECOND)
    files = registry.land().files
    assert [(file.source_file, file.status) for file in files] == [
        (f"{FIRST}/followups.csv", "landed"),
        (f"{SECOND}/followups.csv", "rejected"),
        (f"{SECOND}/followups_2.csv", "landed"),
    ]
    assert files[1].reason == (GOLDEN("required_columns_are_missing_lost_to_2"))


def test_a_likely_name_is_reported_without_a_file_before(registry: Registry) -> None:
    header = ",".join(field.name for field in dictionary().extracts["admissions"].fields)
    registry.put(header.replace("baseline_nihss", "NIHSS_score") + "\n", "admissions.csv")
    [manifest] = registry.land().files
    assert manifest.reason == (GOLDEN("required_columns_are_missing_baseline_nihss"))


def test_a_file_is_compared_with_the_one_of_its_own_name(registry: Registry) -> None:
    registry.put(CSV, "followups_phone_1.csv", day=FIRST)
    registry.put(CSV.replace("P", "R").replace(",", ";"), "followups_visit_1.csv", day=FIRST)
    registry.put(CSV.replace("P", "Q"), "followups_phone_2.csv", day=SECOND)
    registry.put("damaged", "followups_phone_3.csv", day=SECOND)
    registry.put(CSV.replace("P", "S"), "followups_phone_4.csv", day=THIRD)
    registry.land()
    assert [entry for entry in reported(registry) if "changed" in entry[1]] == [
        ("2021-03-05", "followups.file.delimiter_changed", None, "';', before ','")
    ]


def test_a_change_is_reported_once_and_not_again(registry: Registry) -> None:
    registry.put(CSV, day=FIRST)
    registry.put(CSV.replace(",", ";"), day=SECOND)
    registry.put(CSV.replace(",", ";").replace("P", "Q"), day=THIRD)
    registry.land()
    assert [entry[:2] for entry in reported(registry)] == [
        ("2021-04-05", "followups.file.delimiter_changed")
    ]


def test_a_file_that_comes_late_is_compared_with_at_once(registry: Registry) -> None:
    """What is told does not depend on the order in which files were found."""
    registry.put(CSV.replace(",", ";"), day=SECOND)
    registry.land()
    assert reported(registry) == []
    registry.put(CSV, day=FIRST)
    registry.land()
    assert [entry[:2] for entry in reported(registry)] == [
        ("2021-04-05", "followups.file.delimiter_changed")
    ]
    assert registry.land().files == ()


def test_fields_that_the_file_before_had_are_in_the_report(registry: Registry) -> None:
    registry.put(f"{FOLLOWUPS}\nP1,2021-03-01,telephone,2,no\n")
    assert registry.land().lost_fields == ()
    registry.put(
        "patient_id,call day,mode,mrs,lost_to_followup\nP2,2021-03-09,telephone,2,no\n",
        day="site_a/2021-04-05",
    )
    file = "site_a/2021-04-05/followups.csv"
    assert [line.split(", ")[0] for line in registry.land().lost_fields] == [
        f"{file} has no assessed_on"
    ]
    assert registry.land().lost_fields == ()
