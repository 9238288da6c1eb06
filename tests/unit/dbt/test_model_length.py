"""A model is at most 120 lines long, or its opening comment says why it is one model."""

from __future__ import annotations

from warehouse.settings import PROJECT_DIR

LONGEST = 120
MODELS = PROJECT_DIR / "dbt_project" / "models"


def test_a_longer_model_says_why_it_is_one() -> None:
    unexplained = []
    for path in sorted(MODELS.rglob("*.sql")):
        lines = path.read_text("utf-8").splitlines()
        opening = " ".join(lines[: lines.index("with")]) if "with" in lines else ""
        if len(lines) > LONGEST and "One model" not in opening:
            unexplained.append(path.name)
    assert unexplained == []
