"""Journals' styles for the numbers of a table: ``dictionary/styles.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import cast

from pydantic import BaseModel, ConfigDict, Field

from warehouse.definitions.dictionary import DICTIONARY_DIR, read_definition

STYLES_PATH = DICTIONARY_DIR / "styles.yaml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PValueForm(_Strict):
    """Rounding and form of p-values."""

    heading: str
    smallest: float = Field(gt=0, lt=1)
    leading_zero: bool
    significant_figures: int | None = None
    not_rounded_up_to: float | None = None


class Ranges(_Strict):
    """Separators of ranges."""

    iqr: str
    interval: str


class Style(_Strict):
    """A journal's way to write; each field is explained in ``dictionary/styles.yaml``."""

    title: str
    source: str
    decimal_point: str
    percent: dict[int, int]
    p_value: PValueForm
    n_pct: str
    mean_sd: str
    median_iqr: str
    range: Ranges
    equals: str
    group_size: str
    label_text: dict[str, str]
    data_are: dict[str, str] = {}
    notes: dict[str, str] = {}
    marks: tuple[str, ...] = Field(min_length=1)

    def percent_decimals(self, largest_group: int) -> int:
        """Decimals of every percentage of a table, by the size of its largest group."""
        return self.percent[max(size for size in self.percent if size <= largest_group)]

    def mark(self, number: int) -> str:
        """The mark of a footnote, counted from 0."""
        rounds, place = divmod(number, len(self.marks))
        return self.marks[place] * (rounds + 1)


@cache
def load_styles(path: Path = STYLES_PATH) -> dict[str, Style]:
    """Read the journals' styles by name. Raises DictionaryError that names the fault."""
    return cast(dict[str, Style], read_definition(dict[str, Style], path))
