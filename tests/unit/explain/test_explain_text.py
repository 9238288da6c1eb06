"""Values as the text of an explanation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from warehouse.explain.text import value_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (193.0, "193"), (195.5, "195.5"), (151.512524, "151.512524"), (193, "193"), (0.0, "0"),
        (True, "yes"), ("193.0", "193.0"), (datetime(2021, 3, 1, 8, 3), "2021-03-01 08:03"),
    ],
)  # fmt: skip
def test_a_whole_number_has_no_decimals(value: Any, text: str) -> None:
    assert value_text(value) == text
