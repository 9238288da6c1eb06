"""Ten studies against one: a refresh with new patients, and one with nothing new.

Both run in turn with one study and with ten, on the shipped deliveries, or on so many copies of
their first one (300 are 100,500 patients). Wall and processor seconds are medians.

Run it with ``python -m benchmarks.studies [ROUNDS [COPIES]]``.
"""

from __future__ import annotations

import gzip
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import pandas as pd

from warehouse.settings import PROJECT_DIR

FEW, MANY = 1, 10
ALLOWED_RATIO = 2.0
BIRTH_DATE = re.compile(r",([0-9]{4}/[0-9]{1,2}/[0-9]{1,2}),")
SHIPPED = ("first_pass_effect", "bridging_thrombolysis", "guo_2023")
# The shipped studies of all sites are always built; here only the counted ones are.
REFRESH = """
import sys
from unittest.mock import patch
patch("warehouse.definitions.study_files.shipped_studies", list).start()
from warehouse.cli import main
sys.argv = ["warehouse", "refresh"]
main()
"""


def main(rounds: int = 3, copies: int = 0) -> int:
    """Print the medians and ratios; returns 1 where a refresh takes more than allowed."""
    scratch = PROJECT_DIR / ".cache"
    scratch.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        taken: dict[str, dict[int, list[tuple[float, float]]]] = {}
        for number in range(rounds):
            for studies in (FEW, MANY):
                data = _data(Path(folder) / f"{number}_{studies}", studies, copies)
                for what in ("first refresh", "second refresh"):
                    wall, cpu = _measured(data, "-c", REFRESH)
                    taken.setdefault(what, {}).setdefault(studies, []).append((wall, cpu))
                    print(f"{what}, {studies}: {wall:.1f} s, processor {cpu:.1f} s", flush=True)
                shutil.rmtree(data)
    worst = 0.0
    for what, by_number in taken.items():
        for kind, place in (("wall", 0), ("processor", 1)):
            few, many = (median(run[place] for run in by_number[n]) for n in (FEW, MANY))
            print(f"{what}, {kind}: {few:.1f} s, {many:.1f} s, ratio {many / few:.2f}")
            worst = max(worst, many / few)
    return int(worst > ALLOWED_RATIO)


def _data(data: Path, studies: int, copies: int) -> Path:
    """A data folder with so many studies, and the shipped deliveries or copies of the first."""
    shipped = PROJECT_DIR / "data" / "raw"
    if copies:
        first = min((shipped / "synthetic_centre").iterdir())
        _multiply(first, data / "raw" / first.relative_to(shipped), copies)
    else:
        shutil.copytree(shipped, data / "raw")
    for number in range(studies):
        own = data / "config" / "studies" / f"study_{number}"
        own.mkdir(parents=True)
        (own / "study.yaml").write_text(f"extends: {SHIPPED[number % len(SHIPPED)]}\n", "utf-8")
    return data


def _multiply(delivery: Path, target: Path, copies: int) -> None:
    """Write so many copies of each row of a delivery, each of patients of their own.

    Their identifiers and days of birth differ; 300 rows of one patient would be queries, each.
    """
    target.mkdir(parents=True)
    for path in sorted(delivery.iterdir()):
        if path.suffix == ".yaml":
            shutil.copy(path, target)
            continue
        header, *lines = _lines(path)
        with (target / f"{path.name.partition('.')[0]}.csv").open("w", encoding="utf-8") as file:
            file.write(header)
            for copy in range(copies):
                file.writelines(_copied(line, copy) for line in lines)


def _copied(line: str, copy: int) -> str:
    """A row of another patient; only a day of birth is written as 1968/2/13 without a time."""
    line = line.replace("SYN-", f"SYN-{copy:04}-")
    return BIRTH_DATE.sub(lambda found: _days_later(found[1], copy), line)


def _days_later(day: str, days: int) -> str:
    later = datetime.strptime(day, "%Y/%m/%d").date() + timedelta(days)
    return f",{later:%Y/%m/%d},"


def _lines(path: Path) -> list[str]:
    """The lines of a shipped file as CSV, whatever its format and encoding are."""
    if path.suffix == ".xlsx":
        rows = pd.read_excel(path, dtype=object, engine="openpyxl")
        return rows.to_csv(index=False, date_format="%Y-%m-%d %H:%M").splitlines(keepends=True)
    content = path.read_bytes()
    content = gzip.decompress(content) if path.suffix == ".gz" else content
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    return text.replace("\r\n", "\n").splitlines(keepends=True)


def _measured(data: Path, *arguments: str) -> tuple[float, float]:
    """Wall and processor seconds of a Python process with its children."""
    started, before = perf_counter(), _processor()
    subprocess.run(
        (sys.executable, *arguments),
        check=True,
        cwd=data,
        env={**os.environ, "WAREHOUSE_DATA": str(data), "PYTHONPATH": str(PROJECT_DIR)},
        stdout=subprocess.DEVNULL,
    )
    return perf_counter() - started, _processor() - before


def _processor() -> float:
    """Processor seconds of the processes that ended."""
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
