"""Data Docs: complete, without a network, without a value, and no slower as history grows."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from tests.support.checked_rows import valid, work_database
from tests.support.golden import golden
from warehouse.checks.release_gate import check_release
from warehouse.checks.run import run_checks
from warehouse.data_docs.records import ERROR, read_records
from warehouse.data_docs.site import write_data_docs
from warehouse.expectations.suites import suite

GOLDEN = golden("data_docs")

REFRESH = "20220601T020000Z"
# Each breaks a rule, or stands in a row that breaks one.
PLANTED = ["790411853", "Zqx7wv", "1791-07-23", "planted-key", "planted-file"]
ROWS = {
    "admissions": [
        valid("admissions"),
        valid(
            "admissions",
            patient_key="planted-key",
            source_file="centre/2022-06-01/planted-file.csv",
            birth_date=date(1791, 7, 23),
            sex="Zqx7wv",
            systolic_bp_mmhg=790411853,
        ),
    ]
}
# A release whose patient flow does not balance, and whose studies have no groups to look up.
RELEASE = """
create schema studies;
create table studies.members as select 'late' as study from range(6);
create table studies.flow_steps as
select 'late' as study, * from (
    values (1, 'screened', 0, 9), (2, 'cardioembolic `stroke` <b>', 3, 7)
) as flow (step_order, step_name, n_excluded, n_remaining);
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which one refresh was checked by Great Expectations and has its pages."""
    folder = tmp_path_factory.mktemp("data_docs")
    results = folder / "history" / "checks" / REFRESH
    work = work_database(folder / "work.duckdb", ROWS)
    run_checks(work, REFRESH, results, progress=lambda _line: None)
    with duckdb.connect(folder / "release.duckdb") as connection:
        connection.execute(RELEASE)
    check_release(folder / "release.duckdb", results, REFRESH)
    write(folder, REFRESH)
    return folder


def write(data: Path, refresh_id: str, kept: int = 60) -> Path:
    """Write the pages of a refresh in a data folder."""
    return write_data_docs(data / "history", data / "reports", refresh_id, kept)


def pages(data: Path) -> dict[str, str]:
    """Every page by its path below the folder of Data Docs."""
    docs = data / "reports" / "data_docs"
    return {
        path.relative_to(docs).as_posix(): path.read_text(encoding="utf-8")
        for path in docs.rglob("*.html")
    }


@dataclass
class Page(HTMLParser):
    """What a page refers to, and what can be referred to in it."""

    text: str
    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    loaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect ids, links and what the browser loads by itself."""
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.add(value or "")
            elif name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in ("href", "src", "srcset", "data", "poster", "background"):
                self.loaded.append(value or "")


def test_every_suite_has_a_page_for_its_rules_and_for_each_refresh(data: Path) -> None:
    checked = {path.stem for path in (data / "history" / "checks" / REFRESH).glob("*.json")}
    assert checked >= {"admissions", "procedures", "imaging", "followups", "release"}
    assert set(pages(data)) == {
        "index.html",
        *(f"expectations/{name}.html" for name in checked),
        *(f"validations/{REFRESH}/{name}.html" for name in checked),
    }


def test_a_page_has_great_expectations_counts_and_the_rules_own_words(data: Path) -> None:
    page = pages(data)[f"validations/{REFRESH}/admissions.html"]
    text = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    record = read_records(data / "history" / "checks" / REFRESH)["admissions"]
    counts = record["statistics"]
    assert f"Evaluated Expectations {counts['evaluated_expectations']}" in text
    assert f"Unsuccessful Expectations {counts['unsuccessful_expectations']}" in text
    assert "Status: Failed" in text
    id_ = "admissions.systolic_bp_mmhg.range"
    rule = next(rule for rule in suite("admissions").rows if rule.id == id_)
    assert GOLDEN("unexpected_values_found_of_total_rows", title=rule.title) in text
    for stated in (rule.expected, rule.why, rule.source, rule.action, id_):
        assert stated in text


def test_a_page_names_great_expectations_own_expectations(data: Path) -> None:
    """Not the subclasses that count for us: a later version may have others."""
    stored = (data / "history" / "checks" / REFRESH / "admissions.json").read_text("utf-8")
    page = pages(data)[f"validations/{REFRESH}/admissions.html"]
    assert '"expect_column_values_to_be_in_set_counted"' in stored
    assert "expect_column_values_to_be_in_set</code>" in page
    assert "_counted" not in page


def test_the_gate_says_what_does_not_hold(data: Path) -> None:
    page = pages(data)[f"validations/{REFRESH}/release.html"]
    assert GOLDEN("the_patient_flow_balances_step_by") in page
    assert GOLDEN("step_cardioembolic_stroke_lt_gt_minus") in page
    assert ERROR["exception_message"] in page


def test_the_index_counts_what_is_not_met(data: Path) -> None:
    records = read_records(data / "history" / "checks" / REFRESH)
    page = pages(data)["index.html"]
    links = dict(
        re.findall(rf'<a href="validations/{REFRESH}/(\w+).html"\s*>\s*([✓✗\w ]+?)\s*</a>', page)
    )
    assert links == {name: counted(record["statistics"]) for name, record in records.items()}
    assert [*records][:1] + [*records][-1:] == ["admissions", "release"]


def counted(statistics: dict[str, int]) -> str:
    """How the index says what Great Expectations counted."""
    evaluated = statistics["evaluated_expectations"]
    unsuccessful = statistics["unsuccessful_expectations"]
    return (
        f"✗ {unsuccessful} of {evaluated} failed" if unsuccessful else f"✓ all {evaluated} passed"
    )


def test_local_links_lead_somewhere(data: Path) -> None:
    docs = data / "reports" / "data_docs"
    (data / "reports" / "index.html").touch()  # the report, which another step writes
    parsed = {name: Page(text) for name, text in pages(data).items()}
    broken = [
        (name, link)
        for name, page in parsed.items()
        for link in page.links + page.loaded
        if not (
            link[1:] in page.ids
            if link.startswith("#")
            else link == "data:," or (docs / name).parent.joinpath(link).is_file()
        )
    ]
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(data: Path) -> None:
    for page in map(Page, pages(data).values()):
        outside = [link for link in page.links + page.loaded if re.match(r"\w+:|//", link)]
        assert outside == ["data:,"]
        assert not page.tags & {"script", "iframe", "img", "object", "embed"}
    for sheet in (data / "reports" / "data_docs" / "static").glob("*.css"):
        loaded = re.findall(r"url\([\"']?(.{5})|@import (.*)", sheet.read_text(encoding="utf-8"))
        assert {start for start, _imported in loaded} <= {"data:"}


def test_no_value_of_a_patient_is_in_any_page(data: Path) -> None:
    with duckdb.connect(data / "work.duckdb", read_only=True) as connection:
        failed = connection.execute(
            "select distinct field from raw.check_failures where row_id = 'admissions:3'"
        ).fetchall()
    assert {("birth_date",), ("sex",), ("systolic_bp_mmhg",)} <= set(failed)
    for path in (data / "reports").rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not [value for value in PLANTED if value.lower().encode() in content.lower()]


def test_only_counts_of_a_record_are_shown(tmp_path: Path) -> None:
    """Whatever a version of Great Expectations records beside counts stays out of the pages."""
    value = PLANTED[0]
    error = {
        "raised_exception": True,
        "exception_message": f"Conversion Error: '{value}'",
        "exception_traceback": value,
    }
    config = {"type": "expect_column_max_to_be_between", "kwargs": {"column": "sex"}}
    entry = {"success": False, "expectation_config": config, "exception_info": {"metric": error}}
    counts = {"element_count": 2, "unexpected_count": 1}
    values = {"observed_value": 7, "partial_unexpected_list": [value], "details": {"max": value}}
    record = {
        "success": False,
        "suite_name": "checks.admissions",
        "statistics": {"evaluated_expectations": 1},
        "results": [entry | {"result": counts | values}],
        "meta": {
            "great_expectations_version": "1.24.1",
            "batch_markers": {"ge_load_time": "20220601T020000.000000Z"},
        },
    }
    (tmp_path / "admissions.json").write_text(json.dumps(record), encoding="utf-8")

    shown = read_records(tmp_path)["admissions"]["results"]

    assert shown == [
        {
            "success": False,
            "config": config,
            "result": counts,
            "faults": [],
            "exception_info": {
                "raised_exception": True,
                "exception_message": ERROR["exception_message"],
                "exception_traceback": GOLDEN("not_shown_it_may_quote_values"),
            },
        }
    ]


def test_a_long_history_costs_nothing(data: Path, tmp_path: Path) -> None:
    """After 300 refreshes the next writes as many files as the first, and 60 are left."""
    folder = tmp_path / "data"
    shutil.copytree(data / "history", folder / "history")
    shutil.copytree(data / "reports", folder / "reports")
    parents = [folder / "history" / "checks", folder / "reports" / "data_docs" / "validations"]
    for number in range(300):
        for parent in parents:
            shutil.copytree(parent / REFRESH, parent / f"2021{number:04}T020000Z")
    before = inodes(folder)
    new = "20220602T020000Z"
    shutil.copytree(parents[0] / REFRESH, parents[0] / new)

    index = write(folder, new)

    written = {path for path, inode in inodes(folder).items() if before.get(path) != inode}
    pages_written = {path for path in written if path.suffix == ".html"}
    assert len(pages_written) == len(pages(data))
    assert all(new in path.parts for path in written if "validations" in path.parts)
    kept = [*(f"2021{number:04}T020000Z" for number in range(242, 300)), REFRESH, new]
    for parent in parents:
        assert sorted(path.name for path in parent.iterdir()) == kept
    listed = re.findall(r"validations/(\w+)/admissions.html", index.read_text(encoding="utf-8"))
    assert listed == kept[::-1]


def inodes(folder: Path) -> dict[Path, int]:
    """Every file with its inode, which is another one after the file was written anew."""
    return {path: path.stat().st_ino for path in folder.rglob("*") if path.is_file()}


def test_a_refresh_without_checks_changes_only_the_index(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data / "reports", tmp_path / "reports")
    before = pages(tmp_path)
    write(tmp_path, "20220602T020000Z")
    assert pages(tmp_path) == before


def test_the_running_refresh_is_kept_even_if_the_clock_went_back(
    data: Path, tmp_path: Path
) -> None:
    shutil.copytree(data / "history", tmp_path / "history")
    shutil.copytree(data / "reports", tmp_path / "reports")
    earlier = "20200101T020000Z"
    checks = tmp_path / "history" / "checks"
    (checks / REFRESH).rename(checks / earlier)
    write(tmp_path, earlier, kept=1)
    assert [name for name in pages(tmp_path) if REFRESH in name] == []
    assert [name for name in pages(tmp_path) if earlier in name] != []
