"""How the numbers of a figure are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Spelling:
    """The pages' own way, unless another is asked for.

    ``share_text`` stands below a group's name and says what its cells are.
    """

    size: Callable[[int], str] = "n = {:,}".format
    percent: Callable[[float], str] = "{:.1f}%".format
    ratio: Callable[[float], str] = "{:.2f}".format
    interval: Callable[[float, float], str] = "{:.2f} to {:.2f}".format
    tick: Callable[[float], str] = "{:g}".format
    share_text: str = ""


PLAIN = Spelling()
