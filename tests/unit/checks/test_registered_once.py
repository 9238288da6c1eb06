"""The same procedure or scan under several numbers: each query names the rows of the others."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.checked_rows import checked, query, valid

KEY = {"procedures": "procedure_key", "imaging": "imaging_key"}
RULE = {"procedures": "same_procedure_once", "imaging": "same_scan_once"}
MAY, JUNE = date(2022, 5, 1), date(2022, 6, 1)


def sent(extract: str, name: str, day: date, line: int, **changes: Any) -> dict[str, Any]:
    """A row of a number in the file of a day."""
    file = f"centre/{day}/{extract}.csv"
    place = {"source_file": file, "file_id": file, "source_row": line, "delivered_on": day}
    return valid(extract, **{KEY[extract]: name}, **place, **changes)


@pytest.mark.parametrize("extract", KEY)
def test_the_query_names_the_other_lines(extract: str, tmp_path: Path) -> None:
    rows = [
        sent(extract, "x1", MAY, 2),
        sent(extract, "x2", JUNE, 2),
        sent(extract, "x3", JUNE, 3),
        sent(extract, "x1", JUNE, 4, **{"passes": 1} if extract == "procedures" else {}),
    ]
    path = checked(tmp_path, {"procedures": [], "imaging": [], "followups": [], extract: rows})
    found = query(
        path,
        "select source_file, source_row, regexp_extract(expected, ': (.*)', 1) "
        f"from raw.check_failures inner join raw.{extract} using (row_id) "
        f"where rule = '{extract}.{RULE[extract]}' order by all",
    )
    may, june = (f"centre/{day}/{extract}.csv" for day in (MAY, JUNE))
    assert found == [
        (may, 2, f"{june}, line 2; {june}, line 3"),
        (june, 2, f"{june}, line 3; {june}, line 4"),
        (june, 3, f"{june}, line 2; {june}, line 4"),
        (june, 4, f"{june}, line 2; {june}, line 3"),
    ]
