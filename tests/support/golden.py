"""Texts that people read, in one file per feature: ``tests/fixtures/golden/<feature>.yaml``.

Tests compare with a text by its key, so that a text is reworded in one place.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import yaml

GOLDEN_DIR = Path(__file__).parents[1] / "fixtures/golden"


def golden(feature: str) -> Callable[..., str]:
    """Return a function from a key, and the values of its placeholders, to the text."""
    texts = yaml.safe_load((GOLDEN_DIR / f"{feature}.yaml").read_text("utf-8"))

    def text(key: str, /, **values: object) -> str:
        return str(texts[key].format(**values) if values else texts[key])

    return text
