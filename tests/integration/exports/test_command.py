"""``warehouse export`` as people say it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.exported import made
from tests.support.golden import golden
from tests.support.refreshed import Refreshed
from warehouse.exports.choices import Content, Format

GOLDEN = golden("exports")


def run(refreshed: Refreshed, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    warehouse = str(Path(sys.executable).with_name("warehouse"))
    environment = {"WAREHOUSE_DATA": str(refreshed.settings.data)}
    return subprocess.run(
        [warehouse, "export", *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def test_the_command_writes_what_the_files_name_says(refreshed: Refreshed, tmp_path: Path) -> None:
    target = tmp_path / "table2.tex"
    done = run(refreshed, "table2", "--style", "lancet", "--output", str(target))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert target.read_bytes() == made(refreshed, Content.table2, Format.latex, "lancet")

    piped = run(refreshed, "methods")
    assert piped.stdout == made(refreshed, Content.methods, Format.text)


def test_the_command_says_what_can_be(refreshed: Refreshed, tmp_path: Path) -> None:
    wrong = run(refreshed, "flow", "--output", str(tmp_path / "flow.docx"))
    assert wrong.returncode == 1
    assert wrong.stderr.decode().startswith("error: flow ")
    assert wrong.stderr.decode().endswith(" svg, png, pdf.\n")
    without_format = run(refreshed, "table1")
    assert without_format.stderr.decode().startswith(GOLDEN("error_give_format_or_output"))
    assert list(tmp_path.iterdir()) == []
