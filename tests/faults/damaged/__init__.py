"""Damaged and strange inputs, and what must become of each. Made by code, a line or two each.

Every input is one delivered file of follow-ups, with one good row unless it says otherwise.
"""

from __future__ import annotations

from tests.faults.damaged.archives import ARCHIVES
from tests.faults.damaged.case import Damaged
from tests.faults.damaged.delimiters import DELIMITERS, LINES, QUOTES
from tests.faults.damaged.encodings import ENCODINGS
from tests.faults.damaged.headers import HEADERS
from tests.faults.damaged.parquet import PARQUET
from tests.faults.damaged.places import PLACES
from tests.faults.damaged.values import VALUES
from tests.faults.damaged.workbooks import WORKBOOKS

CORPUS: list[Damaged] = [
    *ENCODINGS,
    *DELIMITERS,
    *QUOTES,
    *LINES,
    *HEADERS,
    *VALUES,
    *ARCHIVES,
    *WORKBOOKS,
    *PARQUET,
    *PLACES,
]
