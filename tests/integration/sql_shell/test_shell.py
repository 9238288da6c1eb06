"""`warehouse sql` and `warehouse explain`, run as by a person and by a script."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psutil
import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from tests.support.golden import golden
from tests.support.refreshed import Refreshed
from tests.support.started import started
from tests.support.terminal import on_terminal
from warehouse.definitions.study_files import study_names
from warehouse.publish import point_published_at
from warehouse.settings import PROJECT_DIR
from warehouse.sql_shell.catalog import Catalog
from warehouse.sql_shell.completion import SqlCompleter

GOLDEN = golden("sql_shell")

# The administrator obeys modes of files, too.
AS_READER = (
    sys.executable,
    "-c",
    "from tests.support.privileges import obey_file_modes; obey_file_modes(); "
    "from warehouse.cli import main; main()",
)
WAREHOUSE = str(Path(sys.executable).with_name("warehouse"))
ENDLESS = (
    "select count(*) from range(10000000) a, range(10000000) b where a.range * b.range % 7 = 3"
)
OUTCOMES = "select label, rs_display, p_display from study.table2_outcomes order by line limit 2"
# What DuckDB writes after its signature for STORAGE_VERSION v1.2.0; the next versions write more.
STORAGE_OF_1_2 = 65
HEAVY = {"pandas", "pyarrow", "scipy", "numpy", "openpyxl", "prompt_toolkit", "prefect", "dbt"}


def environment(refreshed: Refreshed) -> dict[str, str]:
    return {**os.environ, "WAREHOUSE_DATA": str(refreshed.settings.data)}


def run(
    refreshed: Refreshed, *arguments: str, given: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [WAREHOUSE, *arguments],
        env=environment(refreshed),
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_query_is_answered_as_a_table(refreshed: Refreshed) -> None:
    outcome = run(refreshed, "sql", OUTCOMES)

    assert outcome.stderr == ""
    assert outcome.stdout.splitlines() == [
        "label                                rs_display  p_display",
        "───────────────────────────────────  ──────────  ─────────",
        GOLDEN("symptomatic_intracranial_hemorrhage"),
        GOLDEN("parenchymal_hematoma"),
    ]


def test_standard_input_is_run_statement_by_statement(refreshed: Refreshed) -> None:
    outcome = run(
        refreshed,
        "sql",
        given="\ufeffcreate temp table old as from study.cohort where study_group like 'r%';\n"
        "select count(*) as n from old;\nselect 'a;b' as text",
    )
    assert (outcome.stdout, outcome.stderr) == (GOLDEN("text"), "")


def test_formats_reach_standard_output_and_files(refreshed: Refreshed, tmp_path: Path) -> None:
    as_json = run(refreshed, "sql", OUTCOMES, "--format", "json")
    assert json.loads(as_json.stdout)[0]["rs_display"] == "7 (17.1%)"

    to_file = run(refreshed, "sql", OUTCOMES, "--output", str(tmp_path / "out.csv"))
    assert to_file.stdout == ""
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[1] == (
        "Symptomatic intracranial hemorrhage,7 (17.1%),0.910"
    )


def test_an_error_is_shown_with_its_caret_and_no_traceback(refreshed: Refreshed) -> None:
    outcome = run(refreshed, "sql", "select ages from study.cohort")

    assert outcome.returncode == 1
    assert outcome.stdout == ""
    assert outcome.stderr.startswith(GOLDEN("error_binder_error_referenced_column_ages"))
    assert GOLDEN("line_select_ages_from_study_cohort") in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_reader_that_has_seen_enough_is_no_error(refreshed: Refreshed) -> None:
    outcome = subprocess.run(
        ["bash", "-c", f"'{WAREHOUSE}' sql 'from range(1000000)' -f csv | head -2"],
        env=environment(refreshed),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (outcome.stdout, outcome.stderr) == ("range\n0\n", "")


@pytest.mark.rest  # macOS has no such device
def test_a_full_disk_behind_the_result_is_reported_as_that(refreshed: Refreshed) -> None:
    outcome = subprocess.run(
        ["bash", "-c", f"'{WAREHOUSE}' sql 'from range(100000)' -f csv > /dev/full"],
        env=environment(refreshed),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (outcome.returncode, outcome.stderr) == (
        1,
        GOLDEN("error_the_result_cannot_be_written"),
    )


@pytest.fixture
def read_only(copy_of_refreshed: Refreshed) -> Iterator[Refreshed]:
    """An installation whose data an analyst may only read, without its folder of state."""
    settings = copy_of_refreshed.settings
    shutil.rmtree(settings.state_dir)
    for folder in (settings.data, settings.warehouse_dir):
        folder.chmod(0o555)
    yield copy_of_refreshed
    for folder in (settings.data, settings.warehouse_dir):
        folder.chmod(0o755)


def as_reader(refreshed: Refreshed, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*AS_READER, *arguments],
        env=environment(refreshed),
        cwd=PROJECT_DIR,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_who_may_only_read_asks_explains_and_exports(read_only: Refreshed) -> None:
    for arguments, reported in (
        (("sql", "select count(*) as n from study.cohort"), "  n\n───\n127\n"),
        (("explain", "t2.mrs02.rs.n", "--limit", "1"), "derived = 20\n"),
        (("export", "table2", "--format", "csv"), "Symptomatic intracranial hemorrhage"),
    ):
        outcome = as_reader(read_only, *arguments)
        assert (outcome.returncode, outcome.stderr) == (0, "")
        assert reported in outcome.stdout


def test_a_reader_is_shown_what_cannot_be_written(read_only: Refreshed) -> None:
    target = read_only.settings.warehouse_dir / "n.csv"
    outcome = as_reader(read_only, "sql", "select 1", "--output", str(target))
    assert outcome.stderr == GOLDEN("error_cannot_be_written_permission_denied", target=target)

    with on_terminal([*AS_READER, "sql"], environment(read_only)) as (terminal, process):
        terminal.wait_for("sql_history cannot be written (")
        terminal.wait_for("warehouse>")
        terminal.type("select 127;\n")
        terminal.wait_for("(1 row,")
        terminal.type("exit\n")
        assert process.wait(10) == 0


def test_a_script_query_imports_nothing_heavy(refreshed: Refreshed) -> None:
    asked = (
        "import sys; from warehouse.cli import app; "
        f"app(['sql', {OUTCOMES!r}, '--format', 'csv'], standalone_mode=False); "
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", asked],
        env=environment(refreshed),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert outcome.stdout.splitlines()[-1] == "[]"


def test_a_release_that_is_not_there_is_reported_with_those_that_are(refreshed: Refreshed) -> None:
    outcome = run(refreshed, "sql", "select 1", "--release", "20200101T000000Z")

    assert outcome.returncode == 1
    there = [path.stem for path in refreshed.settings.releases_dir.glob("*.duckdb")]
    assert outcome.stderr == (GOLDEN("error_there_is_no_release_choose", there=there[0]))


def test_a_release_is_swapped_under_a_running_query(copy_of_refreshed: Refreshed) -> None:
    """Publishing neither waits for the reader, whose query does not end, nor disturbs it."""
    settings = copy_of_refreshed.settings
    (release,) = settings.releases_dir.glob("[0-9]*.duckdb")
    with started(
        [WAREHOUSE, "sql", ENDLESS], env=environment(copy_of_refreshed), stdin=subprocess.DEVNULL
    ) as reader:
        wait_until_open(reader.pid, settings.published_path)
        point_published_at(release, settings.published_path)
        assert run(copy_of_refreshed, "sql", "select 1 as one").stdout == "one\n───\n  1\n"
        assert reader.poll() is None
        reader.send_signal(signal.SIGINT)
        assert reader.wait(10) == 130


def wait_until_open(process: int, file: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if any(Path(each.path) == file.resolve() for each in psutil.Process(process).open_files()):
            return
        time.sleep(0.05)
    raise AssertionError(f"{file} was not opened")


def test_the_shell_answers_completes_cancels_and_remembers(copy_of_refreshed: Refreshed) -> None:
    settings = copy_of_refreshed.settings
    with on_terminal([WAREHOUSE, "sql"], environment(copy_of_refreshed)) as (terminal, process):
        terminal.wait_for("Ctrl-D to quit")
        terminal.wait_for("warehouse>")
        terminal.type("select count(*) as patients\n")
        terminal.wait_for("...>")
        terminal.type("from study.coh\t")
        terminal.wait_for("from study.cohort")
        terminal.type(";\n")
        assert "     127\r\n" in terminal.wait_for("(1 row,")
        terminal.type("select nosuch from study.cohort;\n")
        terminal.wait_for("LINE 1: select nosuch from study.cohort;\r\n               ^^^^^^")
        terminal.type(f"{ENDLESS};\n")
        time.sleep(2)
        terminal.type("\x03")
        terminal.wait_for("Canceled.")
        terminal.type(".releases\n")
        terminal.wait_for("current, open")
        terminal.type(".describe sich_events\n")
        terminal.wait_for("study.sich_events: a view")
        terminal.type("select * from study.cohort limit 1;\n")
        terminal.wait_for("── row 1 ─")
        terminal.type("from range(10001);\n")
        terminal.wait_for("(first 10,000 rows; ")
        terminal.type(".nothing\n")
        terminal.wait_for("There is no command .nothing. .help lists them.")
        (release,) = settings.releases_dir.glob("[0-9]*.duckdb")
        newer = settings.warehouse_dir / "newer"
        newer.write_bytes(release.read_bytes())
        newer.replace(settings.published_path)
        terminal.type("select 1;\n")
        terminal.wait_for("A newer release has been published; .open ")
        terminal.type(".open\n")
        terminal.wait_for("Open: the current release.")
        terminal.wait_for("warehouse>")
        terminal.type("\x04")
        assert process.wait(10) == 0
    history = settings.state_dir / "sql_history"
    assert "+from study.cohort;" in history.read_text(encoding="utf-8")
    assert stat.S_IMODE(history.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("select * from stu", ["studies", "study"]),
        ("select * from study.table", ["table1_baseline", "table2_outcomes"]),
        ("select c.mrs from study.cohort as c", ["mrs_90d"]),
        ("select mtici from study.cohort", ["mtici_after_mt", "mtici_final"]),
        ("sele", ["select"]),
        (".des", [".describe"]),
        (".describe sich", ["study.sich_events"]),
    ],
)
def test_what_is_completed(refreshed: Refreshed, typed: str, offered: list[str]) -> None:
    """The cursor stands behind the first words that end in what is completed."""
    place = typed.find(" from study.cohort")
    document = Document(typed, place if place > 0 else len(typed))
    with duckdb.connect(refreshed.settings.published_path, read_only=True) as connection:
        catalog = Catalog(lambda query: connection.execute(query).fetchall())
        found = list(SqlCompleter(catalog).get_completions(document, CompleteEvent()))
    assert [each.text for each in found][: len(offered)] == offered


def test_every_table_and_column_says_what_it_is(refreshed: Refreshed) -> None:
    assert (
        refreshed.rows(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where coalesce(trim(comment), '') = ''"
        )
        == []
    )
    assert (
        refreshed.rows(
            "select schema_name || '.' || table_name || '.' || column_name from duckdb_columns() "
            "where not internal and coalesce(trim(comment), '') = ''"
        )
        == []
    )
    assert (
        refreshed.rows(
            "select schema_name || '.' || view_name from duckdb_views() "
            "where not internal and coalesce(trim(comment), '') = ''"
        )
        == []
    )
    schemas = refreshed.rows("select distinct schema_name from duckdb_tables() order by 1")
    assert [name for (name,) in schemas] == ["codes", "ops", "quality", "registry", "studies"]
    views = refreshed.rows(
        "select distinct schema_name from duckdb_views() where not internal order by 1"
    )
    assert [name for (name,) in views] == sorted([*study_names(), "quality", "study"])


def test_the_release_is_in_the_format_of_duckdb_1_2(refreshed: Refreshed) -> None:
    """Clients that are older than its storage refuse a file; it stands behind the signature."""
    header = refreshed.settings.published_path.read_bytes()[:20]

    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") == STORAGE_OF_1_2


def test_a_number_is_explained_in_text_and_json(refreshed: Refreshed) -> None:
    text = run(refreshed, "explain", "t2.mrs02.rs.n", "--limit", "2")
    assert text.stdout.startswith("study.published_comparison:t2.mrs02.rs.n:derived = 20\n")
    assert GOLDEN("cast_is_good_outcome_as_double") in text.stdout
    assert 'warehouse.statistics.descriptions.n(counts["rescue_stenting"])' in text.stdout
    assert GOLDEN("patients_counted_of") in text.stdout
    assert text.stdout.endswith(GOLDEN("and_more_all_lists_them"))

    cell = "study.table2_outcomes:is_good_outcome:rs_n"
    record = json.loads(run(refreshed, "explain", cell, "-f", "json", "--all").stdout)
    assert (record["value"], record["n_counted"], len(record["patients"])) == (20, 20, 41)
    # The day of the puncture says whether the assessment was in its window.
    lines = [line["table"] for line in record["patients"][0]["lines"]]
    assert lines == ["procedures", "followups"]

    no_cell = run(refreshed, "explain", "study.cohort:b:")
    assert no_cell.stderr.startswith("error: 'study.cohort:b:' is ")
    unknown = run(refreshed, "explain", "t2.mrs02.rs.x")
    assert unknown.returncode == 1
    assert unknown.stderr.startswith(GOLDEN("error_there_is_no_row_of"))
