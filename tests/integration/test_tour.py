"""docs/tour.md: its commands run, one after the other, and print what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import docx
import pytest

from tests.support.refreshed import Refreshed
from warehouse.settings import PROJECT_DIR

TEXT = (PROJECT_DIR / "docs" / "tour.md").read_text(encoding="utf-8")
STEP = re.compile(r"```bash\n(?P<commands>.*?)```\n.*?```\n(?P<shown>.*?)```\n", re.DOTALL)
MORE = "…"
WAREHOUSE = str(Path(sys.executable).with_name("warehouse"))


@pytest.mark.rest
def test_the_tour_can_be_taken(copy_of_refreshed: Refreshed, tmp_path: Path) -> None:
    """The first refresh is the one that all tests share; its last lines are in its summary."""
    (first, first_shown), *steps = STEP.findall(TEXT)
    assert first == "make refresh\n"
    figures = dict(copy_of_refreshed.summary.figures)
    for line in first_shown.splitlines()[:-1]:
        name, value = re.split(r"\s{2,}", line.strip(), maxsplit=1)
        assert figures[name] == value

    assert len(steps) == 6
    for commands, shown in steps:
        compare(shown, run(commands, copy_of_refreshed, tmp_path), commands)
    (table,) = docx.Document(str(tmp_path / "table1.docx")).tables
    assert table.rows[0].cells[1].text == "Rescue stenting\n(n=41)"


def run(commands: str, refreshed: Refreshed, folder: Path) -> str:
    """What a shell prints for a block of the page, in a folder of its own."""
    data = refreshed.settings.data
    here = commands.replace(".venv/bin/warehouse", WAREHOUSE).replace("data/raw", f"{data}/raw")
    outcome = subprocess.run(
        ["bash", "-e", "-c", here],
        env={**os.environ, "WAREHOUSE_DATA": str(data)},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (outcome.returncode, outcome.stderr) == (0, ""), commands
    return outcome.stdout


def compare(shown: str, printed: str, commands: str) -> None:
    """All lines, or those that the page shows, in order, where it says that there are more."""
    lines = [line.rstrip() for line in printed.splitlines()]
    wanted = shown.splitlines()
    if MORE not in wanted:
        assert wanted == lines, commands
        return
    rest = iter(lines)
    assert [line for line in wanted if line != MORE and line not in rest] == [], commands
