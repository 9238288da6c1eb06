"""Damaged files and small ones that unpack to much, in the formats that libraries read.

Each costs itself alone: it is rejected, or what is left of it is read, and it is remembered.
"""

from __future__ import annotations

import io
import random
import struct
import zipfile

import pandas as pd
import pytest

from tests.support.format_files import WRITERS, ods_of, ods_row, statistics_file, xlsb
from tests.support.landing_tools import FOLLOWUPS, Registry
from warehouse.settings import Settings

ROW = ("P1", "2021-03-05", "telephone", 2, "no")
NAMES = tuple(FOLLOWUPS.split(","))
GOOD = f"{FOLLOWUPS}\nGOOD,2021-03-05,telephone,2,no\n"
BINARY = ("xls", "xlsb", "ods", "xlsm", "sav", "zsav", "dta", "xpt", "jsonl")
MEGABYTE = 1 << 20


def landed_beside_a_good_file(registry: Registry) -> dict[str, tuple[str, int]]:
    """Status and rows of the bad files; the good one is landed, and none is tried again."""
    registry.put(GOOD, "followups.csv")
    report = registry.land()
    assert report.skipped == ()
    found = {file.source_file.rpartition("/")[2]: file for file in report.files}
    assert found.pop("followups.csv").rows_landed == 1
    for file in found.values():
        assert (file.status == "rejected") == bool(file.reason), file
        assert file.rows_unread is None or file.rows_in_file == (
            file.rows_landed + file.rows_unreadable + file.rows_no_record + file.rows_unread
        )
    assert registry.land().files == ()
    return {name: (file.status, file.rows_landed) for name, file in found.items()}


def damaged(content: bytes, seed: int) -> bytes:
    """The content with some other bytes, every third time cut off."""
    chance = random.Random(seed)
    changed = bytearray(content)
    for _ in range(chance.choice((1, 5, 50))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed[: chance.randrange(len(changed))] if seed % 3 == 0 else changed)


@pytest.mark.parametrize("ending", BINARY)
def test_damaged_files_cost_themselves_alone(data_settings: Settings, ending: str) -> None:
    registry = Registry(data_settings)
    content = WRITERS[ending](NAMES, [ROW] * 20)
    for seed in range(12):
        registry.put(damaged(content, seed), f"followups_{seed}.{ending}")
    assert len(landed_beside_a_good_file(registry)) == 12


def test_what_every_format_begins_with_is_no_file_of_it(data_settings: Settings) -> None:
    registry = Registry(data_settings)
    for ending in BINARY:
        content = WRITERS[ending](NAMES, [ROW])
        registry.put(content[:40], f"followups_1.{ending}")
        noise = random.Random(7).randbytes(5000)
        registry.put(content[:16] + noise, f"followups_2.{ending}")
    found = landed_beside_a_good_file(registry)
    assert set(found.values()) == {("rejected", 0)}
    assert len(found) == 2 * len(BINARY)


def ods_bomb() -> bytes:
    """A filled row that is repeated a million times, in cells that are repeated, too."""
    cell = (
        '<table:table-cell table:number-columns-repeated="1000" office:value-type="string">'
        f"<text:p>{'x' * 100}</text:p></table:table-cell>"
    )
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
    return ods_of(ods_row(NAMES) + row)


def far_cell() -> bytes:
    """Two cells that are as far apart as a sheet allows."""
    content = xlsb(NAMES, [ROW])
    plain, changed = io.BytesIO(content), io.BytesIO()
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            member = source.read(name)
            if name.endswith("sheet1.bin"):
                row = struct.pack("<IIHBBBI", 1_048_575, 0, 300, 0, 0, 0, 0)
                cell = struct.pack("<IId", 16_383, 0, 1.0)
                end = member.rindex(b"\x92\x01\x00")
                more = bytes([0, len(row)]) + row + bytes([5, len(cell)]) + cell
                member = member[:end] + more + member[end:]
            target.writestr(name, member)
    return changed.getvalue()


def zsav_bomb() -> bytes:
    """Texts of 32 kB in 300 cases, packed to little."""
    frame = pd.DataFrame({name: ["x" * 30_000] * 300 for name in NAMES})
    return statistics_file("zsav", frame)


def many_cases() -> bytes:
    """A file that says it has two billion cases."""
    content = statistics_file("sav", pd.DataFrame({name: ["x"] for name in NAMES}))
    return content[:80] + struct.pack("<i", 2_000_000_000) + content[84:]


def wide_json() -> bytes:
    """Lines of which each makes another column."""
    return "".join(f'{{"n{number}": {number}}}\n' for number in range(16_000)).encode()


BOMBS = {
    "ods": ods_bomb, "xlsb": far_cell, "zsav": zsav_bomb, "sav": many_cases, "jsonl": wide_json,
}  # fmt: skip


# Those on which the limit of time, or nearly so much of it, is spent.
SLOW = ("zsav", "jsonl")


@pytest.mark.parametrize(
    "ending",
    [pytest.param(ending, marks=[pytest.mark.rest] if ending in SLOW else []) for ending in BOMBS],
)
def test_bombs_are_bounded(data_settings: Settings, ending: str) -> None:
    few = {"landing_max_memory_mb": 48, "landing_max_seconds": 2}
    registry = Registry(data_settings.model_copy(update=few))
    content = BOMBS[ending]()
    assert len(content) < MEGABYTE
    registry.put(content, f"followups_1.{ending}")
    [(_, rows)] = landed_beside_a_good_file(registry).values()
    assert rows == 0
