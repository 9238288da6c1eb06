"""Time and memory of a refresh's step."""

from __future__ import annotations

import resource
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import psutil

MEBIBYTE = 1 << 20
# The system counts the most that a process ever held in KiB, macOS in bytes.
RUSAGE_UNIT = 1 if sys.platform == "darwin" else 1024
SAMPLED_EVERY_SECONDS = 0.1


@dataclass
class Measured:
    """Time and memory of a step; complete when the step has ended. the step sets ``rows``."""

    seconds: float = 0.0
    peak_memory_mb: float = 0.0
    rows: int | None = None


@contextmanager
def measured() -> Iterator[Measured]:
    """Measure a block, however it ends.

    The system knows the most memory that the process ever held, which is that of the block where
    the block held more than all before it. Where it did not, samples of it are taken.
    """
    taken, ended = Measured(), threading.Event()
    samples = [_resident()]
    sampler = threading.Thread(target=_sample, args=(samples, ended), daemon=True)
    most_before, started = _most_ever(), perf_counter()
    sampler.start()
    try:
        yield taken
    finally:
        taken.seconds = round(perf_counter() - started, 3)
        ended.set()
        sampler.join()
        most_ever = _most_ever()
        peak = most_ever if most_ever > most_before else max(*samples, _resident())
        taken.peak_memory_mb = round(peak / MEBIBYTE, 1)


def _sample(samples: list[int], ended: threading.Event) -> None:
    while not ended.wait(SAMPLED_EVERY_SECONDS):
        samples[0] = max(samples[0], _resident())


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)


def _most_ever() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RUSAGE_UNIT
