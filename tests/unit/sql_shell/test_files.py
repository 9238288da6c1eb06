"""Results as files, read back by the libraries that people read them with."""

from __future__ import annotations

import csv
import io
import json
import stat
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from openpyxl import load_workbook
from pyarrow import parquet

from tests.support.golden import golden
from warehouse.sql_shell.script import OutputOptions, chosen_format, run_script
from warehouse.sql_shell.session import NO_FILES, QueryError, Session
from warehouse.sql_shell.writers import BYTE_ORDER_MARK, Format

GOLDEN = golden("sql_shell")

QUERY = """
select * from (
    values
        (1, 'Größe, "中文"', 12.5::decimal(6, 2), true, date '2022-05-31'),
        (2, '=cmd|'' /C calc''!A0', null, false, null)
) as rows (id, label, share, is_new, delivered_on)
order by id
"""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    path = tmp_path / "release.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("create table patients as select range as id from range(3)")
    opened = Session(path)
    yield opened
    opened.close()


def written(session: Session, folder: Path, name: str, sql: str = QUERY, excel: bool = False):
    path = folder / name
    run_script(session, sql, OutputOptions(chosen_format(None, path), path, excel))
    return path


def test_csv_is_plain_utf_8(session: Session, tmp_path: Path) -> None:
    text = written(session, tmp_path, "a.csv").read_bytes().decode("utf-8")

    assert text == (GOLDEN("id_label_share_is_new_delivered"))


def test_csv_for_excel_has_a_mark_and_no_formula(session: Session, tmp_path: Path) -> None:
    text = written(session, tmp_path, "a.csv", excel=True).read_bytes().decode("utf-8")

    assert text.startswith(BYTE_ORDER_MARK)
    rows = list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK))))
    assert rows[1:] == [
        ["1", 'Größe, "中文"', "12.50", "true", "2022-05-31"],
        ["2", "'=cmd|' /C calc'!A0", "", "false", ""],
    ]


def test_json_keeps_numbers_and_nulls(session: Session, tmp_path: Path) -> None:
    assert json.loads(written(session, tmp_path, "a.json").read_text(encoding="utf-8")) == [
        {
            "id": 1,
            "label": 'Größe, "中文"',
            "share": 12.5,
            "is_new": True,
            "delivered_on": "2022-05-31",
        },
        {
            "id": 2,
            "label": "=cmd|' /C calc'!A0",
            "share": None,
            "is_new": False,
            "delivered_on": None,
        },
    ]


def test_json_loses_no_column_of_two_with_one_name(session: Session, tmp_path: Path) -> None:
    sql = "select 1 as id, 2 as id, 3 as id_1"

    record = json.loads(written(session, tmp_path, "a.json", sql).read_text(encoding="utf-8"))
    table = parquet.read_table(written(session, tmp_path, "a.parquet", sql))

    assert record == table.to_pylist() == [{"id": 1, "id_1": 2, "id_1_1": 3}]


def test_json_has_no_nan(session: Session, tmp_path: Path) -> None:
    sql = "select 'nan'::double as a, ['inf'::double] as b, {'c': 1.5::decimal(2, 1)} as d"

    path = written(session, tmp_path, "a.json", sql)

    assert json.loads(path.read_text(encoding="utf-8")) == [
        {"a": None, "b": [None], "d": {"c": 1.5}}
    ]


def test_parquet_keeps_types(session: Session, tmp_path: Path) -> None:
    table = parquet.read_table(written(session, tmp_path, "a.parquet"))

    assert [str(field.type) for field in table.schema] == [
        "int32",
        "string",
        "decimal128(6, 2)",
        "bool",
        "date32[day]",
    ]
    assert table.column("id").to_pylist() == [1, 2]


def test_xlsx_has_values_and_no_formula(session: Session, tmp_path: Path) -> None:
    page = load_workbook(written(session, tmp_path, "a.xlsx"))["result"]

    cells = [[cell.value for cell in row] for row in page.iter_rows()]
    assert cells == [
        ["id", "label", "share", "is_new", "delivered_on"],
        [1, 'Größe, "中文"', 12.5, True, datetime(2022, 5, 31)],
        [2, "'=cmd|' /C calc'!A0", None, False, None],
    ]
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"n", "s", "b", "d"}


def test_xlsx_keeps_what_a_sheet_has_no_number_for(session: Session, tmp_path: Path) -> None:
    sql = (
        "select 9007199254740993 as large, 'nan'::double as no_number, [1, 2] as list, "
        "timestamptz '2022-05-31 10:00+00' as zoned, date '2022-05-31' as day"
    )
    page = load_workbook(written(session, tmp_path, "a.xlsx", sql))["result"]

    assert [cell.value for cell in page[2]][:3] == ["9007199254740993", "nan", "[1, 2]"]
    assert str(page["D2"].value).startswith("2022-05-31 10:00:00")
    assert page["E2"].value.date() == date(2022, 5, 31)


def test_of_several_statements_the_last_result_is_written(session: Session, tmp_path: Path) -> None:
    path = written(session, tmp_path, "a.csv", "select 1 as a; select 2 as b; -- the end")

    assert path.read_text(encoding="utf-8") == "b\n2\n"


def test_a_pivot_is_answered(session: Session, tmp_path: Path) -> None:
    sql = "pivot (select id, id % 2 = 0 as is_even from patients) on is_even using count(*)"

    path = written(session, tmp_path, "a.csv", f"from ({sql}) order by id")

    assert path.read_text(encoding="utf-8") == "id,false,true\n0,0,1\n1,1,0\n2,0,1\n"


def test_what_statements_write_goes_with_the_session(tmp_path: Path) -> None:
    """DuckDB lets them write to its folder for scratch files, whatever else is forbidden."""
    path = tmp_path / "release.duckdb"
    duckdb.connect(path).close()
    session = Session(path)
    (setting,) = session.results("select current_setting('temp_directory')")
    ((scratch,),) = setting.rows
    list(session.results(f"copy (select 1) to '{scratch}/here.csv'"))
    assert stat.S_IMODE(Path(scratch).stat().st_mode) == 0o700

    session.close()

    assert not Path(scratch).exists()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("create table t as select 1", "read-only"),
        ("delete from patients", "read-only"),
        ("copy patients to 'here.csv'", NO_FILES),
        ("select * from read_text('/etc/hostname')", NO_FILES),
        ("attach 'other.duckdb' as other", NO_FILES),
        ("install httpfs", NO_FILES),
        ("set enable_external_access = true", "the configuration has been locked"),
        ("select age from patients", "LINE 1: select age from patients\n               ^^^"),
        ("selec 1", "LINE 1: selec 1\n        ^^^^^"),
        ("-- nothing", "No statement returned rows"),
        ("create temp table t as select 1", "No statement returned rows"),
    ],
)
def test_a_refused_statement_raises_and_writes_no_file(
    session: Session, tmp_path: Path, sql: str, expected: str
) -> None:
    before = sorted(tmp_path.iterdir())

    with pytest.raises(QueryError) as error:
        written(session, tmp_path, "a.csv", sql)

    assert expected in str(error.value)
    assert sorted(tmp_path.iterdir()) == before


def test_a_type_that_parquet_has_not_is_reported(session: Session, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="::varchar"):
        written(session, tmp_path, "a.parquet", "select interval 1 day as waited")


def test_a_file_that_was_there_stays_when_the_query_fails(session: Session, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("yesterday", encoding="utf-8")

    with pytest.raises(QueryError):
        written(session, tmp_path, "a.csv", "select error('no') from patients")

    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "yesterday"


def test_a_name_without_a_format_is_asked_about(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=GOLDEN("one_of_table_csv_json_parquet")):
        chosen_format(None, tmp_path / "result.sav")
    assert chosen_format(None, None) is Format.table
    assert chosen_format(Format.json, tmp_path / "result.sav") is Format.json


def test_a_folder_that_is_not_there_is_reported(session: Session, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=GOLDEN("cannot_be_written_no_such_file")):
        written(session, tmp_path / "nowhere", "a.csv")
