"""Ten studies against one: a whole refresh, and the part of a refresh that studies are.

A refresh of the shipped deliveries runs in turn with one study and with ten. The part of studies
(models, statistics, views) is also measured on 100,000 treated strokes, which are those of the
shipped deliveries again and again. Wall and processor seconds are medians.

Run it with ``python -m benchmarks.studies [ROUNDS]``.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from warehouse.settings import PROJECT_DIR

FEW, MANY = 1, 10
STROKES = 100_000
ALLOWED_RATIO = 2.0
SHIPPED = ("first_pass_effect", "bridging_thrombolysis", "guo_2023")
# The shipped studies of all sites are always built; here only the counted ones are.
REFRESH = """
import sys
from warehouse.definitions import study
study.shipped_studies = lambda: []
from warehouse.cli import main
sys.argv = ["warehouse", "refresh"]
main()
"""
PART = """
import sys
from pathlib import Path
import duckdb
from warehouse.definitions import study
study.shipped_studies = lambda: []
from warehouse.cohorts.views import create_views
from warehouse.study_rerun import build_studies
release, strokes = sys.argv[1:]
studies = study.load_studies()
with duckdb.connect() as connection:
    connection.execute(f"attach '{release}' as before (read_only)")
    connection.execute("attach ':memory:' as after; use after")
    connection.execute(
        "create table int_strokes as select strokes.* replace (admission_key || copy as "
        "admission_key, patient_key || copy as patient_key) from before.studies.strokes, "
        f"range({strokes} // (select count(*) from before.studies.strokes) + 1) as copies (copy) "
        f"limit {strokes}"
    )
    build_studies(connection, studies)
    for each in studies:
        list(create_views(connection, each.name, each.name))
"""


def main(rounds: int = 3) -> int:
    """Print the medians and ratios; returns 1 where a refresh takes more than allowed."""
    scratch = PROJECT_DIR / ".cache"
    scratch.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        taken: dict[str, dict[int, list[tuple[float, float]]]] = {}
        for number in range(rounds):
            for studies in (FEW, MANY):
                data = _data(Path(folder) / f"{number}_{studies}", studies)
                whole = _measured(data, "-c", REFRESH)
                release = str(data / "warehouse" / "warehouse.duckdb")
                parts = {"refresh": whole} | {
                    f"part of studies, {strokes:,} strokes": _measured(
                        data, "-c", PART, release, str(strokes)
                    )
                    for strokes in (335, STROKES)
                }
                for what, seconds in parts.items():
                    taken.setdefault(what, {}).setdefault(studies, []).append(seconds)
                    wall, cpu = seconds
                    print(f"{what}, {studies}: {wall:.1f} s, processor {cpu:.1f} s", flush=True)
    worst = 0.0
    for what, by_number in taken.items():
        for kind, place in (("wall", 0), ("processor", 1)):
            few, many = (median(run[place] for run in by_number[n]) for n in (FEW, MANY))
            print(f"{what}, {kind}: {few:.1f} s, {many:.1f} s, ratio {many / few:.2f}")
            worst = max(worst, many / few if what == "refresh" else 0.0)
    return int(worst > ALLOWED_RATIO)


def _data(data: Path, studies: int) -> Path:
    """A data folder with the shipped deliveries and so many studies."""
    shutil.copytree(PROJECT_DIR / "data" / "raw", data / "raw")
    for number in range(studies):
        own = data / "config" / "studies" / f"study_{number}"
        own.mkdir(parents=True)
        (own / "study.yaml").write_text(f"extends: {SHIPPED[number % len(SHIPPED)]}\n", "utf-8")
    return data


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
