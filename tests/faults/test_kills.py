"""kill -9 at any moment: the release stays whole, the next refresh ends the work."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

import pytest

from tests.faults import nights
from tests.faults.conftest import SHIPPED
from tests.faults.processes import KILLED, Running, done, run
from tests.faults.soundness import answer, digests, leftovers, log_content, require_sound
from warehouse.history import read_records
from warehouse.settings import Settings

SEED = 4
# Each round kills one refresh in each of seven steps: 203 kills.
ROUNDS, SHORT_ROUNDS = 29, 1
ROUNDS_BETWEEN_ENDS = 4
SHORT_FILE_CALLS = 4
FOLLOWUPS = "patient_id,assessed_on,mode,mrs,lost_to_followup\n"


@pytest.fixture
def undisturbed(installation: Settings, tmp_path: Path) -> tuple[Settings, dict[str, float]]:
    """The same installation, refreshed without a kill, and how long its steps took."""
    settings = Settings(data=tmp_path / "undisturbed" / "data")
    shutil.copytree(installation.data, settings.data)
    _deliver_again(settings)
    began = time.perf_counter()
    running = Running(nights.refresh, settings.data)
    assert running.wait_for("land ...")
    seconds = {"start": time.perf_counter() - began}
    reported = running.end()
    assert reported.exit_code == 0, reported
    return settings, seconds | reported.result


def test_whole_refreshes_killed_in_every_step(
    installation: Settings, undisturbed: tuple[Settings, dict[str, float]], full: bool
) -> None:
    """Random moments within each step in turn; after some rounds a refresh is left alone."""
    other, seconds = undisturbed
    expected = {"marts": digests(other), "log": log_content(other)}
    moments = random.Random(SEED)
    killed_in = dict.fromkeys(seconds, 0)
    for number in range(1, 1 + (ROUNDS if full else SHORT_ROUNDS)):
        _deliver_again(installation)
        for step in seconds:
            killed_in[_killed_in(installation, step, seconds[step], moments)] += 1
            require_sound(installation)
        if number % ROUNDS_BETWEEN_ENDS == 0:
            _require_undisturbed_end(installation, expected)
        print(f"killed in each step: {killed_in}", flush=True)
    _require_undisturbed_end(installation, expected)
    assert min(killed_in.values()) >= number // 2


@pytest.mark.parametrize("landing", [nights.land_only, nights.land_all_again])
def test_killed_before_every_call_of_landing(
    before_last_delivery: Path, tmp_path: Path, full: bool, landing: nights.Landing
) -> None:
    """Known, new, resent, overwritten, unreadable and lost files; no row is lost or doubled."""
    start = tmp_path / "start"
    shutil.copytree(before_last_delivery / "state", start / "state", ignore=_only_the_key)
    settings = Settings(data=start)
    _put(settings, "2022-01-01", "followups.csv", f"{FOLLOWUPS}P1,2022-01-01,telephone,1,no\n")
    _put(settings, "2022-01-01", "followups_2.csv", f"{FOLLOWUPS}P2,2022-01-01,telephone,2,no\n")
    gone = _put(settings, "2022-01-01", "followups_3.csv", f"{FOLLOWUPS}P4,2022-01-01,,5,no\n")
    done(nights.land_only, start)
    gone.unlink()
    _put(settings, "2022-01-01", "followups_2.csv", f"{FOLLOWUPS}P2,2022-01-01,telephone,3,no\n")
    _put(settings, "2022-01-02", "followups.csv", f"{FOLLOWUPS}P1,2022-01-01,telephone,1,no\n")
    _put(settings, "2022-01-02", "followups_b.csv", "nothing\n")
    _put(settings, "2022-01-03", "followups.csv", f"{FOLLOWUPS}P3,2022-01-01,telephone,4,no\nx\n")
    shutil.copytree(start, tmp_path / "undisturbed")
    calls = len(done(landing, tmp_path / "undisturbed"))
    expected = log_content(Settings(data=tmp_path / "undisturbed"))
    assert calls > 50
    chosen = _chosen(calls, full)
    print(f"killed before {len(chosen)} of {calls} calls of {landing.__name__}", flush=True)
    for number in chosen:
        data = tmp_path / f"killed_before_{number}"
        shutil.copytree(start, data)
        assert run(landing, data, number).exit_code == KILLED
        done(nights.land_only, data)
        assert log_content(Settings(data=data)) == expected
        assert leftovers(Settings(data=data)) == []
        shutil.rmtree(data)


def test_killed_before_every_call_of_publication(
    installation: Settings, tmp_path: Path, full: bool
) -> None:
    """Readers get the old release or the new one; the record says which it was."""
    prepared = tmp_path / "prepared.duckdb"
    assert run(nights.prepare_candidate, installation.data, prepared).exit_code == KILLED
    old, new = answer(installation.published_path), answer(prepared)
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(installation.data, undisturbed)
    made = done(nights.publish_prepared, undisturbed, prepared)
    expected = digests(Settings(data=undisturbed))
    # Right after people got the new release, and before any record says so.
    [swapped] = [number for number, call in enumerate(made, start=1) if _swaps(call)]
    chosen = sorted({swapped, swapped + 1, *_chosen(len(made), full)})
    print(f"killed before {len(chosen)} of {len(made)} calls of publication", flush=True)
    for number in chosen:
        data = tmp_path / f"killed_before_{number}"
        shutil.copytree(installation.data, data)
        settings = Settings(data=data)
        assert run(nights.publish_prepared, data, prepared, number).exit_code == KILLED
        require_sound(settings)
        assert answer(settings.published_path) in (old, new), made[number - 1]
        before = settings.published_path.stat().st_ino
        was_read = answer(settings.published_path) == new
        done(nights.publish_prepared, data, prepared)
        killed = read_records(settings.history_dir)[-2]
        assert (killed.status == "published") == was_read, made[number - 1]
        require_sound(settings)
        assert settings.published_path.stat().st_ino != before
        assert digests(settings) == expected
        assert leftovers(settings) == []
        assert [record.status for record in read_records(settings.history_dir)][-1] == "published"
        shutil.rmtree(data)


def _swaps(call: tuple[str, str]) -> bool:
    """Whether a call gives people the new release."""
    event, path = call
    return event == "os.rename" and Path(path).name.startswith("warehouse.duckdb")


def _killed_in(settings: Settings, step: str, seconds: float, moments: random.Random) -> str:
    """Kill a refresh at a random moment of a step's length; returns the step that it was in.

    One that had ended by then is not counted, and another one is started.
    """
    while True:
        running = Running(nights.refresh, settings.data)
        if step != "start":
            assert running.wait_for(f"{step} ...")
        time.sleep(moments.random() * seconds)
        if running.kill():
            return running.step


def _require_undisturbed_end(settings: Settings, expected: dict[str, object]) -> None:
    done(nights.refresh, settings.data)
    require_sound(settings)
    assert {"marts": digests(settings), "log": log_content(settings)} == expected
    assert leftovers(settings) == []


def _deliver_again(settings: Settings) -> None:
    """Let landing have all to do again: as if the deliveries had only just come."""
    shutil.rmtree(settings.landed_dir)


def _chosen(calls: int, full: bool) -> list[int]:
    """All calls, or some that are spread over them and others each time the number changes."""
    if full:
        return list(range(1, calls + 1))
    return sorted(random.Random(SEED).sample(range(1, calls + 1), SHORT_FILE_CALLS))


def _put(settings: Settings, day: str, name: str, content: str) -> Path:
    path = settings.raw_dir / SHIPPED.name / day / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def _only_the_key(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name != "pseudonym.key"]
