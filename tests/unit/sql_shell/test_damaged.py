"""A release file that is damaged is one error for all who open it (invented content)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.support.golden import golden
from warehouse.explain import open_explainer
from warehouse.releases.reader import open_release
from warehouse.sql_shell.session import ReleaseFileError, Session

GOLDEN = golden("sql_shell")

REMEDIES = [
    "If it is damaged, build it again with: warehouse refresh",
    "Or make an earlier release current with: warehouse rollback ID (warehouse releases lists "
    "them)",
]
BLOCK, HEADERS = 262_144, 12_288


def _garbage(path: Path) -> None:
    path.write_bytes(b"no database" * 2000)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20_000])


def _changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(HEADERS + 100, len(content), BLOCK):
        content[place] ^= 0xFF
    path.write_bytes(content)


def _through_sql(path: Path) -> None:
    session = Session(path)
    try:
        for result in session.results("select * from ops.refreshes"):
            list(result.rows)
    finally:
        session.close()


def _through_export(path: Path) -> None:
    with open_release(path):
        pass


def _through_explain(path: Path) -> None:
    with open_explainer(path):
        pass


@pytest.mark.parametrize("damage", [_garbage, _empty, _cut_off, _changed])
@pytest.mark.parametrize("read", [_through_sql, _through_export, _through_explain])
def test_a_damaged_release_is_an_error_with_its_remedies(
    tmp_path: Path, damage: Callable[[Path], None], read: Callable[[Path], None]
) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("create schema ops")
        connection.execute("create table ops.refreshes as select range as n from range(200000)")
    damage(path)
    with pytest.raises(ReleaseFileError) as refused:
        read(path)
    first, *remedies = str(refused.value).splitlines()
    assert first.startswith(GOLDEN("the_release_cannot_be_read", path=path))
    assert remedies == REMEDIES
