"""A refresh of the shipped deliveries against what its frameworks cost by themselves.

The floor is one process that runs an empty Prefect flow in the same mode (an ephemeral server on
a migrated database) and then imports dbt and Great Expectations. Both are run in turn, each time
in a fresh data folder, and the medians are compared.

Run it with ``make benchmark`` or ``python -m benchmarks.refresh [ROUNDS]``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from warehouse.settings import PROJECT_DIR

FLOOR = """
from warehouse.environment import prepare_environment
from warehouse.settings import settings
prepare_environment(settings())
import os
os.environ["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] = "true"
from prefect import flow

@flow
def empty() -> None:
    pass

empty()
import dbt.cli.main
import great_expectations
"""
ALLOWED_RATIO = 1.6


def main(rounds: int = 3) -> int:
    """Print both medians and their ratio; returns 1 when the ratio is above the allowed one."""
    scratch = PROJECT_DIR / ".cache"
    scratch.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        floors, refreshes, repeats = [], [], []
        for number in range(rounds):
            data = _prepared_data(Path(folder) / str(number))
            floors.append(_seconds(data, sys.executable, "-c", FLOOR))
            refreshes.append(_seconds(data, *_warehouse("refresh")))
            repeats.append(_seconds(data, *_warehouse("refresh")))
            print(
                f"round {number + 1}: frameworks alone {floors[-1]:.1f} s, "
                f"first refresh {refreshes[-1]:.1f} s, second {repeats[-1]:.1f} s",
                flush=True,
            )
    ratio = median(refreshes) / median(floors)
    print(
        f"medians: frameworks alone {median(floors):.1f} s, first refresh "
        f"{median(refreshes):.1f} s, ratio {ratio:.2f} (allowed {ALLOWED_RATIO}); "
        f"second refresh {median(repeats):.1f} s, ratio {median(repeats) / median(floors):.2f}"
    )
    return int(ratio > ALLOWED_RATIO)


def _prepared_data(data: Path) -> Path:
    """A data folder with the shipped deliveries and a migrated server database, no more."""
    shutil.copytree(PROJECT_DIR / "data" / "raw", data / "raw")
    _seconds(data, *_warehouse("prepare"))
    return data


def _warehouse(command: str) -> tuple[str, ...]:
    return str(Path(sys.executable).with_name("warehouse")), command


def _seconds(data: Path, *command: str) -> float:
    started = perf_counter()
    subprocess.run(
        command,
        check=True,
        cwd=data,
        env={**os.environ, "WAREHOUSE_DATA": str(data)},
        stdout=subprocess.DEVNULL,
    )
    return perf_counter() - started


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
