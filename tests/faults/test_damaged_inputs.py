"""Each damaged input ends as landed, with violations, rejected or skipped, with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from tests.faults import nights
from tests.faults.conftest import FULL, SHIPPED
from tests.faults.damaged import CORPUS
from tests.faults.damaged.case import (
    GOOD,
    LIMIT_MB,
    Landed,
    LeftAlone,
    Outcome,
    SetAside,
)
from tests.faults.processes import done
from tests.faults.soundness import leftovers, require_sound
from warehouse.settings import Settings

DAY = "2021-03-05"
# What reading a file may take: one of 256 MB, or one that unpacks to 64, not its size.
LIMITS = {"landing_max_file_mb": LIMIT_MB, "landing_max_memory_mb": 150}
ACCEPTED = 150
# The night has them all; every third, or each, is landed by itself, too.
ALONE = CORPUS if FULL else CORPUS[::3]


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len({damaged.title for damaged in CORPUS}) == len(CORPUS) >= ACCEPTED


def test_each_damaged_input_by_itself(tmp_path: Path) -> None:
    """What becomes of it within its memory, and what becomes of the good file beside it."""
    folders = [tmp_path / str(number) for number, _ in enumerate(ALONE)]
    for folder, damaged in zip(folders, ALONE, strict=True):
        day = folder / "raw" / "site_a" / DAY
        day.mkdir(parents=True)
        damaged.put(day)
        (day / "followups_99.csv").write_text(GOOD.replace("P1", "P9"), encoding="utf-8")
    landed = done(nights.land_each, tmp_path / "data", folders, LIMITS)
    for damaged, (became, stated) in zip(ALONE, landed, strict=True):
        good, found = sorted(became, key=lambda file: not file["file"].endswith("followups_99.csv"))
        assert (good["status"], good["rows"]) == ("landed", (1, 1, 0)), damaged.title
        _require(found, damaged.outcome)
        assert not any("\n" in line for line in stated)


def test_a_night_with_all_of_them(installation: Settings) -> None:
    """A site for each: it ends as it must, the rows balance, the good hospital is complete."""
    sites = {f"damaged_{number:03}": damaged for number, damaged in enumerate(CORPUS)}
    for site, damaged in sites.items():
        folder = installation.raw_dir / site / DAY
        folder.mkdir(parents=True)
        damaged.put(folder)
    became = done(nights.refresh_limited, installation.data, LIMITS)
    found = {file["file"].split("/")[0]: file for file in became}
    assert found.keys() - {SHIPPED.name} == sites.keys()
    for site, damaged in sites.items():
        _require(found[site], damaged.outcome)
    require_sound(installation)
    assert leftovers(installation) == []
    with duckdb.connect(installation.published_path, read_only=True) as connection:
        assert connection.execute("select count(*) from study.cohort").fetchall() == [(127,)]
        assert connection.execute(
            "select count(*) from quality.deliveries where site like 'damaged%' and is_balanced"
        ).fetchall() == [(sum(not isinstance(each.outcome, LeftAlone) for each in CORPUS),)]


def _require(found: dict[str, Any], expected: Outcome) -> None:
    match expected:
        case Landed():
            in_file = expected.rows + expected.unreadable + expected.no_record
            rows = (in_file, expected.rows, expected.unreadable)
            assert (found.get("status"), found.get("rows")) == ("landed", rows), found
            assert found["rules"] == sorted(expected.rules)
        case SetAside():
            assert found.get("status") == "rejected", found
            assert expected.reason in found["reason"]
        case LeftAlone():
            assert "left" in found, found
            assert expected.reason in found["left"]
