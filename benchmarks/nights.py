"""Cost of an idle night after many nights, against the same files landed at once.

A hospital delivers four small files each day, with a bad value every tenth day that is corrected
the day after. One data folder is refreshed on each of these days (without the pages, which keep
nothing), the other one once. Then both have three idle nights, each a command of its own.

Run it with ``python -m benchmarks.nights [NIGHTS] [FOLDER]``; 400 nights take an hour or two.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Container, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

import duckdb

from warehouse.environment import prepare_environment
from warehouse.history import read_records
from warehouse.refresh import steps
from warehouse.refresh.context import refreshing
from warehouse.settings import PROJECT_DIR, Settings

SITE = "small_hospital"
LAST_DAY = date(2026, 10, 31)
PATIENTS_A_DAY = 2
BAD_VALUE_EVERY = 10
IDLE_NIGHTS = 3
ALLOWED_RATIO = 1.3
# What must not grow with the nights; the history and its answers do.
LIMITED = ("seconds", "processor_seconds", "memory_mb", "release_mb")
Row = dict[str, Any]
# An idle night as people run it; the system measures it, with all of its processes.
IDLE_NIGHT = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({
    "seconds": time.perf_counter() - started,
    "processor_seconds": used.ru_utime + used.ru_stime,
    "memory_mb": used.ru_maxrss / 1024,
}))
"""


def main(nights: int = 400, folder: str | None = None) -> int:
    """Print what both cost; returns 1 when a ratio is above the allowed one."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(folder or scratch)
        nightly, at_once = Settings(data=root / "nightly"), Settings(data=root / "at_once")
        days = deliver_each_day(nightly.raw_dir, nights)
        shutil.copytree(nightly.raw_dir, at_once.raw_dir, dirs_exist_ok=True)
        refresh_each_day(nightly, days)
        refresh_each_day(at_once, days[-1:])
        taken: dict[str, list[dict[str, float]]] = {nightly.data.name: [], at_once.data.name: []}
        for _ in range(IDLE_NIGHTS):  # in turn, as the machine may have other work
            for settings in (nightly, at_once):
                taken[settings.data.name].append(idle_night(settings))
        costs = {
            settings.data.name: costs_of(settings, taken[settings.data.name])
            for settings in (nightly, at_once)
        }
    print(json.dumps(costs, indent=1))
    ratios = {name: costs["nightly"][name] / costs["at_once"][name] for name in costs["nightly"]}
    print("nightly / at once:", {name: round(ratio, 2) for name, ratio in ratios.items()})
    return int(max(ratios[name] for name in LIMITED) > ALLOWED_RATIO)


def deliver_each_day(
    raw_dir: Path, nights: int, last_day: date = LAST_DAY, site: str = SITE
) -> list[date]:
    """Put the files of so many days into place; returns the days."""
    days = [last_day - timedelta(days=nights - 1 - n) for n in range(nights)]
    for number, day in enumerate(days):
        deliver(raw_dir, number, day, site)
    return days


def deliver(raw_dir: Path, number: int, day: date, site: str = SITE) -> None:
    """Put the four files of a day into place."""
    patients = range(number * PATIENTS_A_DAY, (number + 1) * PATIENTS_A_DAY)
    rows = [_patient(patient, day) for patient in patients]
    if number % BAD_VALUE_EVERY == 0:
        rows[0]["admissions"]["baseline_nihss"] = 55
    if number % BAD_VALUE_EVERY == 1:  # yesterday's
        rows.append({"admissions": _patient(patients[0] - PATIENTS_A_DAY, day)["admissions"]})
    folder = raw_dir / site / day.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    for extract in rows[0]:
        _write_csv(folder / f"{extract}.csv", [row[extract] for row in rows if extract in row])


def refresh_each_day(
    settings: Settings, days: Iterable[date], built: Container[date] | None = None
) -> None:
    """The steps of a refresh up to its publication, for each day.

    Refreshes of other days than those to be ``built`` end after their checks, as if killed.
    """
    os.environ["WAREHOUSE_DATA"] = str(settings.data)
    prepare_environment(settings)
    for day in days:
        started = perf_counter()
        with refreshing(settings.model_copy(update={"landing_settle_seconds": 0}), day) as refresh:
            steps.land_deliveries(refresh)
            steps.check_rows(refresh)
            if built is None or day in built:
                steps.build_marts(refresh)
                steps.pass_release_gate(refresh)
                steps.publish_release(refresh)
        print(f"{settings.data.name} {day}: {perf_counter() - started:.1f} s", flush=True)


def idle_night(settings: Settings) -> dict[str, float]:
    """Measure a night without a delivery: seconds, processor_seconds, memory_mb."""
    warehouse = str(Path(sys.executable).with_name("warehouse"))
    printed = subprocess.run(
        [sys.executable, "-c", IDLE_NIGHT, warehouse, "refresh", "--as-of", str(LAST_DAY)],
        check=True,
        cwd=PROJECT_DIR,
        env=os.environ | {"WAREHOUSE_DATA": str(settings.data)},
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    night: dict[str, float] = json.loads(printed)
    return night


def costs_of(settings: Settings, nights: list[dict[str, float]]) -> dict[str, float]:
    """Return medians of idle nights, and the counts of the last release."""
    costs = {name: median(night[name] for night in nights) for name in nights[0]}
    steps_taken = read_records(settings.history_dir)[-1].step_seconds
    costs |= {f"{step}_seconds": seconds for step, seconds in steps_taken.items()}
    costs["release_mb"] = settings.published_path.stat().st_size / 1e6
    history = [path for path in settings.history_dir.rglob("*") if path.is_file()]
    costs["history_mb"] = sum(path.stat().st_size for path in history) / 1e6
    with duckdb.connect(settings.published_path, read_only=True) as connection:
        for table in ("check_results", "check_result_changes", "violations"):
            ((rows,),) = connection.execute(f"select count(*) from quality.{table}").fetchall()
            costs[table] = rows
    return costs


def _patient(number: int, day: date) -> dict[str, Row]:
    """A patient's rows, by extract; the same each time."""
    random = Random(number)
    key = {"patient_id": f"N-{number:05}"}
    onset = datetime(day.year, day.month, day.day, random.randrange(24)) - timedelta(days=100)
    minutes = [random.randrange(20, 90) for _ in range(3)]
    arrived = onset + timedelta(minutes=minutes[0])
    puncture = arrived + timedelta(minutes=minutes[1])
    ended = puncture + timedelta(minutes=minutes[2])
    nihss, mtici = random.randrange(4, 25), random.choice(("2b", "2c", "3"))
    scan = {
        "imaged_at": f"{ended + timedelta(hours=20):%Y-%m-%d %H:%M}",
        "modality": "ct",
        "hemorrhage_type": "none",
        "nihss_at_imaging": max(nihss - 3, 0),
    }
    followup = {
        "assessed_on": (onset + timedelta(days=90)).date(),
        "mode": "telephone",
        "lost_to_followup": "false",
    }
    return {
        "admissions": key | _admission(random, onset, arrived) | {"baseline_nihss": nihss},
        "procedures": {"procedure_id": f"T-{number:05}"}
        | key
        | _procedure(random, puncture, ended)
        | {"mtici_after_mt": mtici, "mtici_final": mtici},
        "imaging": {"imaging_id": f"S-{number:05}"} | key | scan,
        "followups": key | followup | {"mrs": random.randrange(6)},
    }


def _admission(random: Random, onset: datetime, arrived: datetime) -> Row:
    return {
        "birth_date": date(1930 + random.randrange(50), 1 + random.randrange(12), 7),
        "sex": random.choice(("female", "male")),
        "onset_at": f"{onset:%Y-%m-%d %H:%M}",
        "arrived_at": f"{arrived:%Y-%m-%d %H:%M}",
        "prestroke_mrs": random.randrange(2),
        "etiology": "large_artery_atherosclerosis",
        "hypertension": random.choice(("true", "false")),
        "atrial_fibrillation": "false",
        "platelets_giga_per_l": random.randrange(120, 350),
        "glucose_mmol_per_l": random.randrange(45, 110) / 10,
        "systolic_bp_mmhg": random.randrange(110, 190),
        "aspects": random.randrange(6, 11),
        "consent_given": "true",
    }


def _procedure(random: Random, puncture: datetime, ended: datetime) -> Row:
    return {
        "puncture_at": f"{puncture:%Y-%m-%d %H:%M}",
        "ended_at": f"{ended:%Y-%m-%d %H:%M}",
        "occlusion_site": "mca_m1",
        "ivt": random.choice(("true", "false")),
        "anesthesia": "general",
        "device": "solitaire_ab",
        "passes": random.randrange(1, 4),
        "residual_stenosis_pct": random.randrange(10, 95),
        "rescue_stent": random.choice(("placed", "not_indicated")),
        "balloon_angioplasty": "false",
        "tirofiban": "false",
        "artery_perforation": "false",
    }


def _write_csv(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(main(*map(int, arguments[:1]), *arguments[1:]))
