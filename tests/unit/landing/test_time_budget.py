"""Many slow files of one site cost the others no night (invented rows)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.landing_tools import FOLLOWUPS, Registry
from warehouse.landing.errors import PostponedError
from warehouse.landing.limited_reader import LimitedReader
from warehouse.landing.limits import MEGABYTES_PER_TURN, Limits
from warehouse.landing.reader import FileFacts, FileTask, Sink
from warehouse.landing.time_budget import USUAL_SECONDS, TimeBudget
from warehouse.settings import Settings

OTHER_SITE = "site_b/2021-03-05"


@pytest.fixture
def each_takes(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let each file seem to take so many seconds."""

    def set_seconds(seconds: float) -> None:
        def read_slowly(reader: LimitedReader, task: FileTask, sink: Sink) -> FileFacts:
            facts = read(reader, task, sink)
            assert 0 <= reader.seconds < USUAL_SECONDS
            reader.seconds = seconds
            return facts

        monkeypatch.setattr(LimitedReader, "read", read_slowly)

    read = LimitedReader.read
    return set_seconds


def put(registry: Registry, files: int) -> None:
    """Deliver files, each with a row, and one of another site, which comes last."""
    for number in range(files):
        row = f"P{number},2021-03-05,telephone,2,no"
        registry.put(f"{FOLLOWUPS}\n{row}\n", f"followups_{number:03}.csv")
    registry.put(f"{FOLLOWUPS}\nP1,2021-03-05,telephone,2,no\n", "followups.csv", OTHER_SITE)


def test_what_is_over_the_time_of_a_site_waits(
    data_settings: Settings, each_takes: Callable[[float], None]
) -> None:
    """100 files that take a minute each: eleven were read, and the next night the next eleven."""
    registry = Registry(data_settings)
    put(registry, 100)
    nights = []
    for _ in range(2):
        each_takes(60)
        report = registry.land()
        assert {entry.reason.partition(":")[0] for entry in report.skipped} == {"time"}
        assert all(entry.needs_correction for entry in report.skipped)
        nights.append(([file.site for file in report.files].count("site_a"), len(report.skipped)))
    assert nights == [(11, 89), (11, 78)]
    assert {row["site"] for row in registry.rows()} == {"site_a", "site_b"}
    more = data_settings.model_copy(update={"landing_max_site_seconds": 6000})
    assert Registry(more).land().skipped == ()


def test_usual_and_large_files_use_up_no_time(
    data_settings: Settings, each_takes: Callable[[float], None]
) -> None:
    """As when years of history are landed at once."""
    registry = Registry(data_settings.model_copy(update={"landing_max_site_seconds": 1}))
    put(registry, 20)
    each_takes(USUAL_SECONDS)
    assert registry.land().skipped == ()
    large = 5 * MEGABYTES_PER_TURN * 2**20
    limits = Limits.of(data_settings)
    budget = TimeBudget(limits, 1)
    budget.spend("site_a", large, 5 * limits.seconds + USUAL_SECONDS)
    budget.require("site_a")
    budget.spend("site_a", large, 5 * limits.seconds + USUAL_SECONDS + 1)
    with pytest.raises(PostponedError):
        budget.require("site_a")
    budget.require("site_b")
