"""Each damaged input ends as landed, with violations, set aside or left alone, with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.faults import nights
from tests.faults.conftest import FULL, SHIPPED
from tests.faults.damaged import CORPUS
from tests.faults.damaged.case import (
    GOOD,
    LIMIT_MB,
    Damaged,
    Landed,
    LeftAlone,
    Outcome,
    SetAside,
)
from tests.faults.processes import done, run
from tests.faults.soundness import leftovers, require_sound
from warehouse.settings import Settings

DAY = "2021-03-05"
# What a file may add to the process: one of 256 MB, or one that unpacks to 64, not its size.
MOST_MB = 150
ACCEPTED = 150
# The night has them all; how much memory each takes is measured of every third, or of all.
ALONE = CORPUS if FULL else CORPUS[::3]


@pytest.fixture(scope="module")
def empty_night_mb(tmp_path_factory: pytest.TempPathFactory) -> float:
    """The memory of landing nothing."""
    return run(nights.land_limited, tmp_path_factory.mktemp("empty") / "data", LIMIT_MB).mb


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len({damaged.title for damaged in CORPUS}) == len(CORPUS) >= ACCEPTED


@pytest.mark.parametrize("damaged", ALONE, ids=[damaged.title for damaged in ALONE])
def test_a_damaged_input_by_itself(damaged: Damaged, tmp_path: Path, empty_night_mb: float) -> None:
    """What becomes of it, what becomes of the good file beside it, and how much memory it took."""
    folder = tmp_path / "data" / "raw" / "site_a" / DAY
    folder.mkdir(parents=True)
    damaged.put(folder)
    (folder / "followups_~good.csv").write_text(GOOD.replace("P1", "P9"), encoding="utf-8")
    told = run(nights.land_limited, tmp_path / "data", LIMIT_MB)
    assert (told.message, told.traceback) == ("", "")
    became, said = told.result
    good, found = sorted(became, key=lambda file: "~good" not in file["file"])
    assert (good["status"], good["rows"]) == ("landed", (1, 1, 0))
    _require(found, damaged.outcome)
    assert not any("\n" in line for line in said)
    assert told.mb - empty_night_mb < MOST_MB


def test_a_night_with_all_of_them(installation: Settings) -> None:
    """A site for each: it ends as it must, the rows balance, the good hospital is complete."""
    sites = {f"damaged_{number:03}": damaged for number, damaged in enumerate(CORPUS)}
    for site, damaged in sites.items():
        folder = installation.raw_dir / site / DAY
        folder.mkdir(parents=True)
        damaged.put(folder)
    became = done(nights.refresh_limited, installation.data, LIMIT_MB)
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
            assert found.get("status") == "set_aside", found
            assert expected.reason in found["reason"]
        case LeftAlone():
            assert "left" in found, found
            assert expected.reason in found["left"]
