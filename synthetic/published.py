"""The printed numbers that synthetic patients have to meet, read from the published results.

The test behind each printed statistic, and the values that the paper left out silently, were worked
out from the numbers; the constants below state them once.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from warehouse.settings import PARTS_DIR

PUBLISHED_PATH = PARTS_DIR / "studies" / "guo_2023" / "published" / "results.csv"
GROUPS = ("rs", "non_rs")

# Numerals that the paper spells out.
NUMERALS = {
    "no": 0,
    "two": 2,
    "three": 3,
    "six": 6,
    "eight": 8,
    "twenty": 20,
    "forty-one": 41,
    "eighty-six": 86,
}

# No 41 whole numbers have the mean 163.48, and 29 of 86 is not 34.1%: one value is missing in each.
MISSING_VALUES = {("sbp", "rs"): 1, ("ivt", "non_rs"): 1}


@dataclass(frozen=True)
class Printed:
    """A number as printed: its exact value and its number of decimals."""

    value: Fraction
    decimals: int

    @property
    def low(self) -> Fraction:
        """Smallest value that prints so, rounding half up."""
        return self.value - Fraction(1, 2 * 10**self.decimals)

    @property
    def high(self) -> Fraction:
        """Smallest value that prints as the next number."""
        return self.value + Fraction(1, 2 * 10**self.decimals)


class Published:
    """Look-up of published quantities by their stable ids."""

    def __init__(self, path: Path = PUBLISHED_PATH) -> None:
        with path.open(encoding="utf-8", newline="") as handle:
            self._printed = {row["id"]: row["printed"] for row in csv.DictReader(handle)}

    def number(self, quantity: str) -> Printed:
        """The number printed under that id; percent signs and case are ignored."""
        text = self._printed[quantity].strip().rstrip("%").lower()
        text = str(NUMERALS.get(text, text))
        return Printed(Fraction(text), len(text.partition(".")[2]))

    def count(self, quantity: str) -> int:
        """The whole number printed under that id."""
        return int(self.number(quantity).value)

    def group_size(self, group: str) -> int:
        """Patients of the group."""
        return self.count(f"t1.header.{group}.n")

    def observed(self, variable: str, group: str) -> int:
        """Patients of the group whose value of this Table 1 variable is known."""
        return self.group_size(group) - MISSING_VALUES.get((variable, group), 0)
