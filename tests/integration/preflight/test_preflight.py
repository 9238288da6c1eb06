"""Pre-flight: the same messages as a refresh, and not a byte written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import duckdb
import pytest

from tests.support.format_files import zipped
from tests.support.golden import golden
from warehouse.checks.run import run_checks
from warehouse.definitions.dictionary import dictionary
from warehouse.landing import land
from warehouse.preflight.run import PreflightError, Question, preflight
from warehouse.settings import PROJECT_DIR, Settings
from warehouse.work_database import load_landed, new_work_database

GOLDEN = golden("preflight")

HOSPITAL = PROJECT_DIR / "tests" / "fixtures" / "second_hospital"
SITE = "site_a"
COMMAND = "from warehouse.cli import main; main()"
ADMISSIONS = """\
patient_id,patient_name,birth_date,sex,onset_at,arrived_at,prestroke_mrs,etiology,baseline_nihss,\
consent_given
REG-0001,Planted Name,1955-04-02,male,2021-03-01 08:00,2021-03-01 09:30,0,laa,15,yes
"""
HEADER = (
    "procedure_id,patient_id,puncture_at,ended_at,occlusion_site,anesthesia,passes,"
    "mtici_after_mt,rescue_stent,mtici_final"
)
GOOD = "PR-1,REG-0001,2021-03-01 10:30,2021-03-01 11:30,ica,general,1,2b,not_indicated,2b"
# Before the onset; an unknown patient; two codes in one cell; a word for a number; a short line.
BAD = f"""\
{HEADER},REG-0001 remarks
PR-1,REG-0001,2021-03-01 07:30,2021-03-01 08:30,ica,general,1,2b,not_indicated,2b,
PR-2,REG-0002,2021-03-01 10:30,2021-03-01 11:30,ica,general,1,2b,not_indicated,2b,
PR-3,REG-0001,2021-03-01 10:30,2021-03-01 11:30,ica,general,1,2b/3,not_indicated,3,
PR-4,REG-0001,2021-03-01 12:30,2021-03-01 13:30,ica,general,twice,2b,not_indicated,2b,
PR-5,REG-0001
"""


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation that has landed the admission of one patient; tests do not change it."""
    settings = Settings(data=tmp_path_factory.mktemp("landed") / "data")
    deliver(settings, ADMISSIONS, "admissions.csv", "2021-06-01")
    land(settings, progress=lambda _line: None)
    return settings


@pytest.fixture(scope="module")
def bad(landed: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, list[str]]:
    """The exit code of pre-flight for the bad file, and what it stated."""
    path = tmp_path_factory.mktemp("bad") / "procedures.csv"
    path.write_text(BAD)
    before = contents(landed.data)
    stated: list[str] = []
    verdict = preflight(Question([path], SITE), landed, stated.append)
    assert contents(landed.data) == before
    return verdict.exit_code, stated


def deliver(settings: Settings, content: str, name: str, day: str) -> None:
    path = settings.raw_dir / SITE / day / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def findings(stated: list[str]) -> set[tuple[str, int, str]]:
    """Rule, line and what was found, of the findings that name a line."""
    found, rule = set(), ""
    for line in stated:
        if line.startswith(("  REJECT ", "  warn ")):
            rule = line.split()[1].rstrip(":")
        elif line.startswith("           line "):
            number, _, what = line.removeprefix("           line ").partition(": ")
            found.add((rule, int(number), what))
    return found


def found_by_a_refresh(settings: Settings, source_file: str) -> set[tuple[str, int, str]]:
    """The same from a refresh's first steps, after the file was delivered."""
    report = land(settings, progress=lambda _line: None)
    with new_work_database(settings.work_path) as connection:
        load_landed(connection, settings.landed_dir, dictionary(), report.files[-1].delivered_on)
    run_checks(settings.work_path, "now", settings.data / "results", progress=lambda _line: None)
    with duckdb.connect(settings.work_path) as connection:
        rows = connection.execute(
            """
            select rule, source_row, found from raw.landing_violations
            where source_row is not null and source_file = $file
            union all
            select failures.rule, procedures.source_row, failures.found
            from raw.check_failures as failures
            inner join raw.procedures as procedures on failures.row_id = procedures.row_id
            """,
            {"file": source_file},
        ).fetchall()
    return {(rule, line, found or "") for rule, line, found in rows}


def test_it_says_what_the_refresh_says(
    bad: tuple[int, list[str]], landed: Settings, tmp_path: Path
) -> None:
    exit_code, stated = bad
    assert findings(stated) == {
        ("procedures.passes.type", 5, "AAAAA"),
        ("procedures.line.readable", 6, "2 fields"),
        (
            "procedures.puncture_after_onset",
            2,
            GOLDEN("onset_at_puncture_at"),
        ),
        ("procedures.patient_id.reference", 3, ""),
        ("procedures.mtici_after_mt.codes", 4, "ambiguous: 2b or 3"),
        *(("procedures.one_procedure_a_day", line, "") for line in (2, 4, 5)),
    }
    assert stated[-1] == (GOLDEN("verdict_of_rows_would_be_rejected"))
    assert exit_code == 3
    own = Settings(data=Path(shutil.copytree(landed.data, tmp_path / "data")))
    deliver(own, BAD, "procedures.csv", "2021-06-02")
    assert findings(stated) == found_by_a_refresh(own, f"{SITE}/2021-06-02/procedures.csv")


def test_landings_findings_come_before_great_expectations_starts(
    bad: tuple[int, list[str]],
) -> None:
    _exit_code, stated = bad
    start = stated.index("Great Expectations checks the rows (it takes some seconds to start) ...")
    assert stated[:3] == [
        GOLDEN("found_first_procedures_columns_known_column"),
        GOLDEN("found_first_procedures_passes_type_line"),
        GOLDEN("found_first_procedures_line_readable_line"),
    ]
    assert GOLDEN("procedures_csv_rows_of_procedures_line") in stated[:start]
    assert {rule for rule, _, _ in findings(stated[:start])} == {
        "procedures.passes.type",
        "procedures.line.readable",
    }


@pytest.mark.parametrize(
    ("every", "columns", "lines"),
    [(False, 5, [*range(2, 7), "... and 3 more"]), (True, 7, list(range(2, 10)))],
)
def test_all_columns_and_lines_of_a_finding_are_shown_when_asked_for(
    landed: Settings, tmp_path: Path, every: bool, columns: int, lines: list[int | str]
) -> None:
    """Of seven columns that nobody needs and eight words for a number; the columns are one line."""
    path = tmp_path / "procedures.csv"
    extra = ",".join(f"remark {number}" for number in range(7))
    bad = GOOD.replace(",1,2b,", ",once,2b,") + "," * 7
    rows = [bad.replace("PR-1", f"PR-{number}") for number in range(8)]
    path.write_text("\n".join([f"{HEADER},{extra}", *rows]))
    stated: list[str] = []
    preflight(Question([path], SITE, every=every), landed, stated.append)
    assert sum("procedures.columns.known" in line for line in stated) == (8 if every else 2)
    shown = [number for number in range(7) if any(f" remark {number}" in line for line in stated)]
    assert shown == list(range(columns))
    start = stated.index("  REJECT procedures.passes.type: 8 x") + 3
    assert list(takewhile(lambda line: line.startswith(" " * 11), stated[start:])) == [
        f"           {line}" if isinstance(line, str) else f"           line {line}: AAAA"
        for line in lines
    ]


def test_a_right_file_passes(landed: Settings, tmp_path: Path) -> None:
    path = tmp_path / "procedures.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n")
    stated: list[str] = []
    verdict = preflight(Question([path], SITE), landed, stated.append)
    assert (findings(stated), verdict.rows, verdict.exit_code) == (set(), 1, 0)


@pytest.mark.parametrize("is_landed", [False, True])
def test_a_file_in_its_folder_is_checked_as_of_the_folders_day(
    is_landed: bool, landed: Settings, tmp_path: Path
) -> None:
    """A puncture on the day after; a file that has landed is not compared with itself."""
    own = Settings(data=Path(shutil.copytree(landed.data, tmp_path / "data")))
    deliver(own, f"{HEADER}\n{GOOD}\n".replace("03-01", "06-03"), "procedures.csv", "2021-06-02")
    if is_landed:
        land(own, progress=lambda _line: None)
    stated: list[str] = []
    file = own.raw_dir / SITE / "2021-06-02" / "procedures.csv"
    preflight(Question([file]), own, stated.append)
    assert {one[:2] for one in findings(stated)} == {("procedures.end_before_delivery", 2)}
    if not is_landed:
        assert findings(stated) == found_by_a_refresh(own, f"{SITE}/2021-06-02/procedures.csv")


def test_files_that_belong_together_are_checked_together(
    data_settings: Settings, tmp_path: Path
) -> None:
    """Without a log, and without making a secret; the same key in both is the same patient."""
    paths = [tmp_path / "admissions.csv", tmp_path / "treated.csv"]
    paths[0].write_text(ADMISSIONS)
    paths[1].write_text(BAD)
    stated: list[str] = []
    with pytest.raises(PreflightError, match=GOLDEN("the_name_begins_with_none_of")):
        preflight(Question(paths, SITE), data_settings, stated.append)
    paths[1] = paths[1].rename(tmp_path / "procedures 2.csv")
    preflight(Question(paths, SITE), data_settings, stated.append)
    assert ("procedures.patient_id.reference", 3, "") in findings(stated)
    assert not data_settings.data.exists()


def test_without_any_admission_references_are_not_checked(
    data_settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "treated.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n")
    stated: list[str] = []
    question = Question([path], SITE, extract="procedures")
    assert preflight(question, data_settings, stated.append).exit_code == 0
    assert stated[0] == (GOLDEN("checked_without_the_landed_log_nothing"))


def test_a_file_that_would_be_rejected(data_settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "procedures.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n".replace("passes", "Number passes"))
    stated: list[str] = []
    verdict = preflight(Question([path], SITE), data_settings, stated.append)
    hint = (
        "'Number passes' looks like passes: if it is, name it below headers in "
        "config/sites/site_a.yaml"
    )
    assert stated[1:] == [
        GOLDEN("procedures_csv_would_be_rejected_required", hint=hint),
        "  REJECT procedures.columns.required: 1 x",
        GOLDEN("expected_column_for_every_required_variable"),
        GOLDEN("deliver_the_file_with_this_column", hint=hint),
        "           no 'passes'",
        GOLDEN("verdict_procedures_csv_would_be_rejected"),
    ]
    assert verdict.exit_code == 3


def test_a_wide_file_is_checked_part_by_part(data_settings: Settings, tmp_path: Path) -> None:
    [wide] = (HOSPITAL / "raw").rglob("*.csv")
    path = Path(shutil.copy(wide, tmp_path))
    stated: list[str] = []
    question = Question([path], sites_dir=HOSPITAL / "sites")
    verdict = preflight(question, data_settings, stated.append)
    assert [line for line in stated if re.search(r"#\w+: \d+ rows? of ", line)] == [
        GOLDEN("admissions_rows_of_admissions", path=path.name),
        GOLDEN("procedures_rows_of_procedures", path=path.name),
        GOLDEN("scan_rows_of_imaging", path=path.name),
        GOLDEN("scan_row_of_imaging", path=path.name),
        GOLDEN("followups_rows_of_followups", path=path.name),
    ]
    assert (verdict.rows, verdict.rows_rejected) == (13, 1)


def test_the_files_of_a_zip_archive_are_checked_together(
    data_settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "export.zip"
    second = f"{HEADER}\n{GOOD}\n".encode()
    members = (("admissions.csv", ADMISSIONS.encode()), ("procedures_王伟.csv", second))
    path.write_bytes(zipped(*members))
    stated: list[str] = []
    verdict = preflight(Question([path], SITE), data_settings, stated.append)
    assert (findings(stated), verdict.rows, verdict.exit_code) == (set(), 2, 0)
    assert [line.partition(":")[0] for line in stated if " row of " in line] == [
        "export.zip/admissions.csv", "export.zip/file number 2",
    ]  # fmt: skip
    path.write_bytes(zipped(*members)[:-9])
    for extract in (None, "admissions"):
        with pytest.raises(PreflightError, match=GOLDEN("zip_is_damaged")):
            preflight(Question([path], SITE, extract), data_settings)


def test_a_folder_and_a_missing_file_are_reported(data_settings: Settings, tmp_path: Path) -> None:
    """Before anything is said of their names; also where the extract is given."""
    for path, problem in (
        (tmp_path, "file number 1: it is a folder; name the files in it."),
        (
            tmp_path / "imaging.csv",
            "imaging.csv: it cannot be opened: No such file or directory. Check the path.",
        ),
    ):
        for extract in (None, "imaging"):
            with pytest.raises(PreflightError, match=f"^{problem}$"):
                preflight(Question([path], SITE, extract), data_settings)


def test_files_are_called_by_plain_names_or_by_their_place(
    data_settings: Settings, tmp_path: Path
) -> None:
    """Folders above a file are never named; a site's name is one that a refresh would take."""
    names = (
        "王伟/procedures.csv",
        "procedures_zhangwei.csv",
        "a/procedures_2.csv",
        "procedures_2.csv",
    )
    paths = [tmp_path / name for name in names]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{HEADER}\n{GOOD}\n")
    stated: list[str] = []
    preflight(Question(paths, SITE), data_settings, stated.append)
    assert [line.partition(":")[0] for line in stated if "row of procedures" in line] == [
        "procedures.csv", "file number 2", "file number 3", "file number 4",
    ]  # fmt: skip
    with pytest.raises(PreflightError) as refused:
        preflight(Question(paths, "王伟"), data_settings)
    assert "王" not in str(refused.value)


def test_a_site_that_nobody_knows_is_asked_about(landed: Settings, tmp_path: Path) -> None:
    path = tmp_path / "procedures.csv"
    path.write_text("")
    stated: list[str] = []
    preflight(Question([path], "site_b"), landed, stated.append)
    preflight(Question([path], SITE), landed, stated.append)
    question = "Nothing of site_b has landed and it has no mapping: is the site's name right?"
    assert [line for line in stated if "has landed" in line] == [question]


def test_the_command_says_no_identifier_and_exits_with_3(tmp_path: Path) -> None:
    path = tmp_path / "procedures.csv"
    path.write_text(BAD.replace("twice", "REG-0001 Planted Name 13812345678"))
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "check", str(path), "--site", SITE],
        cwd=PROJECT_DIR,
        env=os.environ | {"WAREHOUSE_DATA": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert GOLDEN("verdict_of_rows_would_be_rejected_2") in done.stdout
    for planted in ("REG-000", "PR-", "Planted", "138123"):
        assert planted not in done.stdout + done.stderr
    assert contents(tmp_path / "data") == {}
