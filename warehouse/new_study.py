"""``warehouse study new``: the folder of a new study."""

from __future__ import annotations

import re
from collections.abc import Iterator

from warehouse.definitions.config import (
    EXPECTED_PATIENTS,
    STUDIES,
    STUDY,
    own_path,
    shipped_path,
    shipped_studies,
    study_path,
)
from warehouse.definitions.study import NAME, RESERVED
from warehouse.definitions.study_files import default_study
from warehouse.errors import WarehouseError
from warehouse.files import lies_there, write_atomically

TEMPLATES = {STUDY: "study_template.yaml", EXPECTED_PATIENTS: "expected_patients_template.yaml"}


class NewStudyError(WarehouseError):
    """A study was not written; the message says why."""


def begin_study(name: str) -> Iterator[str]:
    """Write a study and its expected patients, which agree; nothing is overwritten.

    Yields lines that say what was written and what to do next. Raises NewStudyError for a name
    that is none of a study, and where there is a study of that name.
    """
    if not re.fullmatch(NAME, name) or name in RESERVED:
        raise NewStudyError(
            f"{name!r} is no name for a study, so nothing was written: a schema of the release may "
            f"have it. Use small letters, digits and _, such as late_window."
        )
    folder = own_path(f"{STUDIES}/{name}")
    if lies_there(folder) or name in shipped_studies():
        raise NewStudyError(
            f"There is a study {name} already ({study_path(name)}), so nothing was written. Edit "
            f"it if it is your own, or choose another name."
        )
    for file, template in TEMPLATES.items():
        text = shipped_path(template).read_text(encoding="utf-8")
        write_atomically(folder / file, text.encode())
        yield f"Wrote {folder / file}"
    if default_study() == name:
        yield (
            f"{name} is the default study now: study.* and the pages of Tables 1 and 2 will show "
            f'it. To keep another, write default_study = "NAME" into warehouse.toml.'
        )
    yield "Next: say there who is in it, and what you expect, until both agree:"
    yield f"  warehouse study check {name}"
    yield "Then: warehouse refresh"
