"""Nothing of a patient is where people read: searched for byte by byte, compressed content too.

Names, telephone numbers, numbers of patients and of identity cards are nowhere but in the raw
files. Values are in the landed log and in the databases, and in what is kept of them for the next
night, and nowhere else: no page, workbook, log, alert, and none of Prefect's records.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from zipfile import ZipFile, is_zipfile

import duckdb
import numpy as np
import pytest

from tests.support.planted_people import BORN, COLUMNS, FILES, FOLDERS, ROWS, SHEETS, Planted, plant
from tests.support.refreshed import SHIPPED_RAW, Refreshed
from tests.support.small_hospital import ADMISSION, FOLLOWUP, PROCEDURE, SCAN, Row
from warehouse.settings import PROJECT_DIR, Settings

SITE, DAY, NEXT_DAY = "synthetic_centre", "2022-06-14", date(2022, 6, 15)
MOMENTS = {
    "admissions": "birth_date, onset_at, arrived_at",
    "procedures": "puncture_at, ended_at",
    "imaging": "imaged_at",
}
NAME, LATIN_NAME, PHONE = "王小明", "Planted Weiming", "13912345678"
NUMBER, IDENTITY_CARD = "REG-7731-K", "110105193112070028"
IDENTIFIERS = (NAME, LATIN_NAME, "Weiming", PHONE, "7731-K", IDENTITY_CARD)
# As delivered, and as it would be written after it was read.
GLUCOSE = "12.34567"
VALUES = (
    *(GLUCOSE, "71.98765", "71.99", "987654", "987,654", "173.777", "hidden diagnosis"),
    *("1931-12-07", "1931/12/07", "7 December 1931", "1871-03-09", "9.3.1871"),
    *("08:03:37", "2021-01-10 08:03", "2021-01-10T08:03", "2021-03-29", "male 77", "PH-9"),
)
NUMBER = re.compile(rb"[0-9.,]+")
NEVER_CALCULATED = "Planted Weiming 13912345678 hidden diagnosis"
IN_EACH_ROW: Row = {"patient_name": NAME, "phone": PHONE, "id_card": IDENTITY_CARD}
# Valid, broken in each of the ways in which a cell can be, and text where it does not belong.
ADMISSIONS: list[Row] = [
    {"glucose_mmol_per_l": 12.34567, "birth_date": "1931-12-07", "onset_at": "2021-01-10 08:03:37"},
    {"glucose_mmol_per_l": 71.98765, "birth_date": "1871-03-09"},
    {"glucose_mmol_per_l": f"{NAME} {PHONE}", "birth_date": "9.3.1871"},
    {"platelets_giga_per_l": 987654},
    {"etiology": f"{LATIN_NAME}, {PHONE}", "sex": "male 77"},
    {"baseline_nihss": IDENTITY_CARD, "aspects": PHONE},
    {"consent_given": "hidden diagnosis", "prestroke_mrs": LATIN_NAME},
    {"arrived_at": f"{LATIN_NAME} 7 December 1931"},
]
PROCEDURES: list[Row] = [{}, {"device": LATIN_NAME, "passes": PHONE}, {"passes": "173.777"}]
SCANS: list[Row] = [{"hemorrhage_type": "PH-9"}, {"stent_patency": f"{NAME} hidden diagnosis"}]
FOLLOWUPS: list[Row] = [
    {"mrs": 6, "death_date": "2021-03-29"},
    {"mode": f"{LATIN_NAME} {PHONE}", "mrs": "hidden diagnosis"},
]


@pytest.fixture(scope="module")
def planting(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Planted]:
    """The shipped deliveries, and more than 1,000 people in all places of a planted one."""
    settings = Settings(data=tmp_path_factory.mktemp("planted") / "data")
    shutil.copytree(SHIPPED_RAW, settings.raw_dir)
    return settings, plant(settings.raw_dir / SITE, NEXT_DAY)


@pytest.fixture(scope="module")
def planted(planting: tuple[Settings, Planted]) -> Settings:
    """These and another planted delivery, refreshed by the command; its alerts wait."""
    settings, _ = planting
    folder = settings.raw_dir / SITE / DAY
    folder.mkdir()
    for name, content in _files().items():
        (folder / name).write_text(content, encoding="utf-8")
    stated = settings.reports_dir / "said"
    refreshed = _command(settings, "refresh")
    files = [*(folder / f"{name}.csv" for name in MOMENTS), *_of_the_next_day(settings)]
    checked = _command(settings, "check", *map(str, files))
    stated.mkdir()
    (stated / "refresh.txt").write_text(refreshed, encoding="utf-8")
    (stated / "check.txt").write_text(checked, encoding="utf-8")
    return settings


@pytest.mark.rest
def test_planted_identifiers_are_in_no_byte_of_what_was_written(
    planted: Settings, planting: tuple[Settings, Planted]
) -> None:
    """Dates of birth that could be read, also as another date, are among the landed admissions.

    And among those that the work database has of them.
    """
    _, people = planting
    assert (len(people.identities) > 1000, len(people.births)) == (True, ROWS + BORN)
    births = {text for day in people.births for text in _days(day)}
    found = leaks(planted.data, {*IDENTIFIERS, *people.identities, *births}, besides=())
    assert [leak for leak in found if leak[1] not in births] == []
    folders = {tuple(Path(name).parts[:2]) for name, _ in found}
    assert folders == {("landed", "admissions"), ("state", "work")}


@pytest.mark.rest
def test_planted_values_are_in_nothing_that_people_read(planted: Settings) -> None:
    assert leaks(planted.data, VALUES, besides=holders_of_values(planted)) == []


@pytest.mark.rest
def test_planted_values_did_arrive(planted: Settings) -> None:
    """Rows were used and rejected, and each place that is searched has something to search."""
    with duckdb.connect(planted.published_path, read_only=True) as release:
        used = release.execute(
            "select glucose_mmol_per_l, platelets_giga_per_l from registry.patients "
            "where glucose_mmol_per_l = 12.34567 or platelets_giga_per_l = 987654 order by all"
        )
        assert used.fetchall() == [(12.34567, 193)], "987654 platelets are impossible, so missing"
        found = release.execute(
            "select distinct found from quality.violations where contains(source_file, $day)",
            {"day": DAY},
        )
        assert {"71.99", "999.999", "999999", "male 77", "PH-9"} <= {
            text for (text,) in found.fetchall()
        }
        rules = "select rule, count(*) from quality.violations where contains(source_file, $day) "
        counts = dict(release.execute(f"{rules} group by all", {"day": str(NEXT_DAY)}).fetchall())
        assert counts["admissions.birth_date.type"] == ROWS
        assert counts["imaging.columns.new"] == COLUMNS
        assert counts["procedures.sheets.read"] > SHEETS // 2
        hidden = "select count(*) from quality.{} where contains(source_file, '~')"
        for table, count in (
            ("deliveries", FILES + FOLDERS // 3),
            ("skipped_files", 2 * FOLDERS),
        ):
            assert release.execute(hidden.format(table)).fetchone() == (count,)
    searched = {path.relative_to(planted.data).as_posix() for path in written(planted.data)}
    for name in (
        "reports/quality.html",
        "reports/index.html",
        "reports/baseline.html",
        f"reports/queries/{SITE}.xlsx",
        "reports/data_docs/index.html",
        "reports/dbt_docs/index.html",
        "reports/said/refresh.txt",
        "reports/said/check.txt",
        "state/logs/refresh.jsonl",
        "state/prefect/prefect.db",
        "state/dbt/manifest.json",
    ):
        assert name in searched
    assert [name for name in searched if name.startswith("state/alerts/outbox/")] != []


def test_no_identifier_of_the_shipped_patients_gets_past_landing(refreshed: Refreshed) -> None:
    path = SHIPPED_RAW / SITE / "2022-02-15" / "admissions.csv"
    rows = list(csv.DictReader(path.read_text(encoding="gb18030").splitlines()))
    identifiers = {row[column] for row in rows for column in ("姓名", "电话", "患者编号")}
    assert len(identifiers) == 3 * 335
    assert leaks(refreshed.settings.data, identifiers, besides=()) == []


def test_no_moment_of_the_shipped_patients_is_where_people_read(refreshed: Refreshed) -> None:
    """Birth dates and times of all delivered rows, rejected ones too."""
    settings = refreshed.settings
    moments = {text for extract in MOMENTS for text in _moments(settings, extract)}
    # dbt's unit tests are part of its documentation: what stands there proves nothing.
    project = "".join(
        path.read_text("utf-8") for path in (PROJECT_DIR / "dbt_project").rglob("*.yml")
    )
    telling = {text for text in moments if text not in project}
    assert len(telling) > 1000
    assert leaks(settings.data, telling, besides=holders_of_values(settings)) == []


@pytest.mark.parametrize("name", ["page.html", "log.jsonl", "book.xlsx", "prefect.db"])
def test_a_leak_is_found(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix == ".xlsx":
        with ZipFile(path, "w", compression=8) as archive:
            archive.writestr("sheet.xml", f"<c>{NAME}</c>" * 9)
    elif path.suffix == ".db":
        with sqlite3.connect(path) as database:
            database.execute("create table artifact as select ? as data", [NAME])
    else:
        path.write_text(json.dumps(f"of {NAME}"), encoding="utf-8")
    assert leaks(tmp_path, [NAME, PHONE], besides=()) == [(name, NAME)]


@pytest.mark.parametrize(
    ("written_so", "found"),
    [("1780000271.993", []), ("ab71.99", []), ('"71.99"', ["71.99"]), (":71.990", ["71.99"])],
)
def test_a_number_within_a_moment_or_a_digest_is_no_leak(
    tmp_path: Path, written_so: str, found: list[str]
) -> None:
    (tmp_path / "manifest.json").write_text(written_so, encoding="utf-8")
    assert [text for _, text in leaks(tmp_path, ["71.99"], besides=())] == found


def leaks(data: Path, texts: Iterable[str], besides: Iterable[Path]) -> list[tuple[str, str]]:
    """Which of the texts are in which files; those below ``besides`` are not searched."""
    spellings = {spelling: text for text in texts for spelling in _spellings(text)}
    search = Search(spellings)
    return sorted(
        {
            (path.relative_to(data).as_posix(), spellings[spelling])
            for path in written(data)
            if not any(path.is_relative_to(folder) for folder in besides)
            for content in contents(path)
            for spelling in search.found_in(content)
        }
    )


class Search:
    """A search for thousands of texts in many bytes.

    Only texts whose last bytes stand somewhere are searched for, one by one.
    """

    def __init__(self, texts: Iterable[bytes]) -> None:
        self._by_end: dict[int, dict[int, list[bytes]]] = {8: {}, 4: {}}
        for text in texts:
            size = 8 if len(text) >= 8 else 4
            assert len(text) >= size, f"too short to be searched for: {text!r}"
            end = int.from_bytes(text[-size:], "little")
            self._by_end[size].setdefault(end, []).append(text)

    def found_in(self, content: bytes) -> list[bytes]:
        """Those of the texts that the content has."""
        likely = [text for size in self._by_end for text in self._with_an_end_in(content, size)]
        return [text for text in likely if text in content and _stands_in(content, text)]

    def _with_an_end_in(self, content: bytes, size: int) -> Iterator[bytes]:
        by_end = self._by_end[size]
        ends = np.array(sorted(by_end), dtype=f"<u{size}")
        seen: set[int] = set()
        for offset in range(size if by_end else 0):
            count = max(0, len(content) - offset) // size
            windows = np.frombuffer(content, ends.dtype, count, min(offset, len(content)))
            places = np.searchsorted(ends, windows).clip(max=len(ends) - 1)
            seen.update(windows[ends[places] == windows].tolist())
        for end in seen:
            yield from by_end[end]


def _stands_in(content: bytes, text: bytes) -> bool:
    """Whether a text is there, and a number from its first digit on.

    Moments and digests have any digits somewhere inside: 1780000271.99 is not the value 71.99.
    """
    if NUMBER.fullmatch(text) is None:
        return True
    return re.search(rb"(?<![0-9a-f.])" + re.escape(text), content) is not None


def written(data: Path) -> list[Path]:
    """Everything that a refresh wrote below the data folder."""
    return sorted(
        path
        for path in data.rglob("*")
        if path.is_file() and path.relative_to(data).parts[0] != "raw"
    )


def holders_of_values(settings: Settings) -> list[Path]:
    """The landed log, the databases, what is kept of them for the next night.

    And a pre-flight: it shows the values that it objects to, to whoever has the file.
    """
    return [
        settings.landed_dir,
        settings.warehouse_dir,
        settings.state_dir / "work",
        settings.history_dir / "violations.parquet",
        settings.known_raw_files_path,  # times to the nanosecond have any six digits
        settings.reports_dir / "said" / "check.txt",
    ]


def contents(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and what the format of the file hides from a search of its bytes."""
    yield path.read_bytes()
    if path.suffix == ".parquet":
        yield repr(duckdb.sql(f"from read_parquet('{path}')").fetchall()).encode()
    if path.suffix == ".duckdb":
        with duckdb.connect(path, read_only=True) as connection:
            for schema, table in connection.execute(
                "select schema_name, table_name from duckdb_tables()"
            ).fetchall():
                rows = connection.execute(f'from "{schema}"."{table}"').fetchall()
                yield repr(rows).encode()
    if is_zipfile(path):
        with ZipFile(path) as archive:
            yield from map(archive.read, archive.namelist())
    if path.suffix == ".db":
        with sqlite3.connect(path) as database:
            yield "\n".join(database.iterdump()).encode()


def _spellings(text: str) -> set[bytes]:
    """A text as pages, JSON and files of other encodings write it."""
    escaped = json.dumps(text)[1:-1]
    others = {text.encode("gb18030"), text.encode("utf-16-le")}
    # Four bytes stand somewhere in 100 MB by chance.
    return {text.encode(), escaped.encode(), *(other for other in others if len(other) >= 6)}


def _days(day: date) -> tuple[str, ...]:
    """A day as people and as machines write it."""
    python = f"({day.year}, {day.month}, {day.day}"
    people = (f"{day:%Y/%m/%d}", f"{day:%Y%m%d}", f"{day:%-d %B %Y}")
    return (day.isoformat(), *people, f"{python})", f"{python}, ")


def _of_the_next_day(settings: Settings) -> list[Path]:
    folder = settings.raw_dir / SITE / str(NEXT_DAY)
    named = sorted(folder.glob("followups*.csv"))
    return [folder / "admissions.csv", folder / "imaging.csv", *named]


def _moments(settings: Settings, extract: str) -> Iterator[str]:
    """Every moment that was delivered, to the minute, as people and as machines write it."""
    files = settings.landed_dir / extract / "**" / "*.parquet"
    rows = duckdb.sql(f"select {MOMENTS[extract]} from read_parquet('{files}')").fetchall()
    for moment in (value for row in rows for value in row if value is not None):
        yield str(moment)[:16]
        yield moment.isoformat()[:16]


def _files() -> dict[str, str]:
    """The planted delivery."""
    dates = {"birth_date": "1952-08-17"}
    lines = {
        "admissions": [{**ADMISSION, **dates, **row} for row in ADMISSIONS],
        "procedures": [{**PROCEDURE, **row} for row in PROCEDURES],
        "imaging": [{**SCAN, "stent_patency": "", **row} for row in SCANS],
        "followups": [{**FOLLOWUP, "death_date": "", **row} for row in FOLLOWUPS],
    }
    own = {"procedures": "procedure_id", "imaging": "imaging_id"}
    files = {}
    for extract, rows in lines.items():
        numbered = [
            {"patient_id": f"{NUMBER}{number}", **IN_EACH_ROW, **row}
            | ({own[extract]: f"{NUMBER}-{extract}-{number}"} if extract in own else {})
            for number, row in enumerate(rows)
        ]
        text = io.StringIO()
        writer = csv.DictWriter(text, numbered[0])
        writer.writeheader()
        writer.writerows(numbered)
        line = f"{NAME},{PHONE},{NEVER_CALCULATED}\n"
        files[f"{extract}.csv"] = text.getvalue().replace("2024-", "2021-") + line
    return files


def _command(settings: Settings, *arguments: str) -> str:
    """Everything that a command says; its alerts wait, for nobody listens at that address."""
    environment = {
        **os.environ,
        "WAREHOUSE_DATA": str(settings.data),
        "WAREHOUSE_ALERT_DATA_MANAGER_WEBHOOK": "http://127.0.0.1:9/",
        "WAREHOUSE_ALERT_OPERATOR_WEBHOOK": "http://127.0.0.1:9/",
    }
    command = str(Path(sys.executable).with_name("warehouse"))
    outcome = subprocess.run(
        [command, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert outcome.returncode in (0, 3), outcome.stderr
    return outcome.stdout + outcome.stderr
