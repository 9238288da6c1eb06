"""Clocks as Chinese text writes them: 8时30分, 8点半, 上午8:30, read where the hour is certain."""

from __future__ import annotations

import re

HALF_FOUND = "a clock whose half of the day is not certain; write it with 24 hours"
# Behind a day or alone, at the end of a cell. An hour without minutes says too little: 8点.
_CLOCK = re.compile(
    r"(?P<day>.*?)\s*(?P<half>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上)?\s*(?P<hour>[0-9]{1,2})"
    r"(?:[时時点點](?:(?P<minute>[0-9]{1,2})分?(?:(?P<second>[0-9]{1,2})秒)?|(?P<word>半|整))"
    r"|:(?P<minute_>[0-9]{2})(?::(?P<second_>[0-9]{2}))?)"
)
# Hours from and to that a half of the day has for certain, and how many to add. In 24 hours they
# stand as they are.
_HALVES = {
    "凌晨": ((0, 5, 0),),
    "清晨": ((4, 8, 0),),
    "早上": ((5, 11, 0),),
    "早晨": ((5, 11, 0),),
    "上午": ((0, 11, 0),),
    "中午": ((11, 13, 0), (1, 1, 12)),
    "下午": ((12, 23, 0), (1, 11, 12)),
    "傍晚": ((16, 20, 0), (4, 8, 12)),
    "晚上": ((18, 23, 0), (6, 11, 12)),
}


def in_figures(cell: str) -> str | None:
    """A cleaned cell with its clock as 08:30; None where it has no such clock, or no certain one.

    Behind a day of digits alone (``20210305``) nobody knows where the hour begins.
    """
    if cell.isascii() or not (match := _CLOCK.fullmatch(cell)):
        return None
    hour, half, day = int(match["hour"]), match["half"], match["day"]
    added = [plus for low, high, plus in _HALVES.get(half, ((0, 23, 0),)) if low <= hour <= high]
    is_glued = day[-1:].isdecimal() and not half and cell[len(day)] != " "
    if not added or is_glued:
        return None
    minute = match["minute"] or match["minute_"] or ("30" if match["word"] == "半" else "00")
    second = match["second"] or match["second_"]
    clock = f"{hour + added[0]:02d}:{int(minute):02d}" + (f":{int(second):02d}" if second else "")
    return f"{day} {clock}".strip()


def is_uncertain(cell: str) -> bool:
    """Whether a cell has a clock of a half of the day that does not have its hour."""
    match = None if cell.isascii() else _CLOCK.fullmatch(cell)
    return bool(match and match["half"]) and in_figures(cell) is None
