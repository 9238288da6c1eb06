"""Number format of a figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class NumberFormat:
    """Functions that format the numbers of a figure; by default as on the pages.

    ``group_note`` is printed below the name of a group and describes its cells.
    """

    size: Callable[[int], str] = "n = {:,}".format
    percent: Callable[[float], str] = "{:.1f}%".format
    ratio: Callable[[float], str] = "{:.2f}".format
    interval: Callable[[float, float], str] = "{:.2f} to {:.2f}".format
    tick: Callable[[float], str] = "{:g}".format
    group_note: str = ""


PLAIN = NumberFormat()
