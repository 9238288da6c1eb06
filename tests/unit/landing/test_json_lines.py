"""JSON lines: an object on each line. All rows are invented."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.golden import golden
from tests.support.landing_tools import Registry
from tests.support.opened_table import rows_of, table_of
from warehouse.landing.cell_text import NESTED, NESTED_FOUND
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.json_lines import NO_OBJECT, TWICE
from warehouse.settings import Settings

GOLDEN = golden("landing")
DAY = date(2021, 3, 5)


def line(patient: str, rest: str = '"mrs": 2') -> str:
    return (
        f'{{"patient_id": "{patient}", "assessed_on": "2021-03-05", "mode": "telephone", '
        f'"lost_to_followup": false, {rest}}}\n'
    )


def test_lines_that_are_no_objects_cost_themselves_alone(data_settings: Settings) -> None:
    """Lines are those of the file; a nested value is a cell that cannot be read."""
    registry = Registry(data_settings)
    lines = [
        line("P1"), "\n", line("P3", '"mrs": {"score": 2}'), line("P4")[:-9] + "\n", "[1, 2]\n",
        line("P6", '"mrs": 2, "mrs": 3'), line("P7", '"mrs": [2]'), line("P8", '"mrs": null'),
        line("P9", '"mrs": "\\ud800"'), "[" * 100_000 + "\n", line("P11", '"mrs": 007'),
    ]  # fmt: skip
    registry.put("".join(lines), "followups.jsonl")
    [manifest] = registry.land().files
    assert registry.shown() == [
        (1, DAY, "telephone", 2, False, []), (3, DAY, "telephone", None, False, ["mrs"]),
        (7, DAY, "telephone", None, False, ["mrs"]), (8, DAY, "telephone", None, False, []),
    ]  # fmt: skip
    found = {row[1]: row[3] for row in registry.violations() if row[0] == "followups.line.readable"}
    assert found == {
        4: NO_OBJECT, 5: NO_OBJECT, 6: TWICE,
        9: NO_OBJECT, 10: NO_OBJECT, 11: NO_OBJECT,
    }  # fmt: skip
    queried = {row[1]: row[3] for row in registry.violations() if row[0] == "followups.mrs.type"}
    assert queried == {3: NESTED_FOUND, 7: NESTED_FOUND}
    assert (manifest.rows_in_file, manifest.rows_landed, manifest.rows_unreadable) == (10, 4, 6)


def test_names_of_later_objects_are_columns() -> None:
    content = '{"a": 1}\n{"b": "x", "a": null}\n{"c": [1]}\n{}\n{"a": true, "b": " "}\n'
    with table_of(content.encode()) as table:
        assert (table.header, table.file_format) == (["a", "b", "c"], "jsonl")
    assert rows_of(content.encode()) == [
        (1, 1, None, None), (2, None, "x", None), (3, None, None, NESTED), (5, "true", None, None),
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings_are_those_of_text(encoding: str) -> None:
    content = '{"a": "王伟大动脉粥样硬化"}\n{"a": "李娜心源性栓塞"}\n'.encode(encoding)
    assert rows_of(content) == [(1, "王伟大动脉粥样硬化"), (2, "李娜心源性栓塞")]


def test_numbers_that_no_cell_holds() -> None:
    """Beyond 15 digits a number is a rounded one, and NaN is missing."""
    content = b'{"a": 1234567890123456, "b": NaN, "c": 1e999, "d": 1' + b"0" * 400 + b"}\n"
    [(_, *cells)] = rows_of(content)
    assert cells == [1234567890123456.0, None, "inf", "1" + "0" * 400]
    assert rows_of(b'{"a": 1}\n{"a": ' + b"9" * 5000 + b"}\n") == [(1, 1)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('[{"a": 1}, {"a": 2}]', "it_is_a_json_list"),
        ('{\n  "a": 1\n}\n', "no_line_is_a_whole_object"),
        ("{}\n{}\n", "no_line_is_a_whole_object"),
        ('{"a": 1', "no_line_is_a_whole_object"),
    ],
)
def test_json_that_is_no_lines_is_refused(content: str, reason: str) -> None:
    with pytest.raises(UnreadableFileError, match=GOLDEN(reason)):
        rows_of(content.encode())


def test_so_many_names_are_no_table() -> None:
    content = "".join(f'{{"n{number}": 1}}\n' for number in range(17_000))
    with pytest.raises(UnreadableFileError, match=GOLDEN("columns_of_the_dictionary")):
        rows_of(content.encode())
