"""A study locked in February and exported in May: February's bytes, and what differs by then."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.support.refreshed import SHIPPED_RAW, Refreshed, refresh_without_prefect
from warehouse.definitions.config import DICTIONARY_DIR, STUDIES_DIR
from warehouse.definitions.styles import load_styles
from warehouse.exports.choices import FORMATS, TABLE_NUMBERS, Content, Format
from warehouse.exports.export import ExportRequest, exported
from warehouse.exports.locked import locked_export
from warehouse.settings import Settings, settings
from warehouse.verification import verify

pytestmark = pytest.mark.rest

STUDY, SITE = "guo_2023", "synthetic_centre"
LOCKED = date(2026, 2, 20)
EXPORTED = [
    ExportRequest(content, form, style, STUDY, overall)
    for content, forms in FORMATS.items()
    for form in forms
    for style in load_styles()
    for overall in ((False, True) if content in TABLE_NUMBERS else (False,))
    if content is not Content.table4
]
RULE = "procedures.door_to_puncture_plausible"
MEMBERS = "select admission_key, study_group from studies.members where study = ?"
CHANGES = "select * exclude (study, place) from studies.lock_changes order by place"
LOCKS = "select locked_on, state, remark is null from studies.locks"
CELLS = f"""
    select [table_name, variable, study_group], display from studies.table_cells
    where study = '{STUDY}' and statistic = 'summary'
"""
# The procedure of SYN-P-0129, by its line in the shipped delivery.
STROKE = f"""
    select admission_key, source_row from registry.procedures
    where source_file = '{SITE}/2022-06-07/procedures.csv'
"""


def edit(path: Path, before: str, after: str) -> None:
    """Replace a text of a settings file, which has it once."""
    text = path.read_text("utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), "utf-8")


def corrected(warehouse: Settings) -> None:
    """A procedure without its rescue stent, and a follow-up with another mRS, in May."""
    folder = warehouse.raw_dir / SITE
    may = folder / "2026-05-10"
    may.mkdir()
    (may / "delivery.yaml").write_text("mode: delta\n")
    for name, row, old, new in (
        ("procedures.csv", "SYN-P-0129", "placed", "not_indicated"),
        ("followups.csv", "SYN-2022-0325", ",5,NA", ",1,NA"),
    ):
        header, *rows = (folder / "2022-06-07" / name).read_text("utf-8").splitlines()
        (line,) = (each for each in rows if row in each)
        assert old in line
        (may / name).write_text("\n".join([header, line.replace(old, new), ""]), "utf-8")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A warehouse of its own whose study is locked by a refresh of February."""
    root = tmp_path_factory.mktemp("locked")
    config = root / "data" / "config"
    shutil.copytree(SHIPPED_RAW, root / "data" / "raw")
    shutil.copytree(STUDIES_DIR / STUDY, config / "studies" / STUDY)
    (config / "sites").mkdir()
    edit(
        config / "studies" / STUDY / "study.yaml",
        "\nsites: [",
        "\nlock: {on: 2026-02-15, because: data lock of the analysis plan}\nsites: [",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_CONFIG", str(config))
        settings.cache_clear()
        installed = Settings(data=root / "data")
        refresh_without_prefect(installed, LOCKED, pages=False)
        yield installed
    settings.cache_clear()


def test_may_gives_february_and_lists_what_differs_and_why(warehouse: Settings) -> None:
    february = {request: locked_export(warehouse, request) for request in EXPORTED}
    fresh = ExportRequest(Content.table1, Format.csv, "jama", STUDY)
    assert february[fresh] == exported(fresh, warehouse.published_path)
    before = Refreshed(warehouse, None)
    assert before.rows("select n_patients, n_numbers, n_causes from studies.locks") == [(0, 0, 0)]
    groups = dict(before.rows(MEMBERS, STUDY))
    strokes = before.rows(STROKE)
    february_cells = {tuple(key): cell for key, cell in before.rows(CELLS)}

    config = warehouse.data / "config"
    corrected(warehouse)
    edit(config / "studies" / STUDY / "study.yaml", "\ntitle:", "\nquartile_type: 7\ntitle:")
    shutil.copy(DICTIONARY_DIR / "outcomes.yaml", config)
    edit(config / "outcomes.yaml", "\nsich_nihss_increase: 4", "\nsich_nihss_increase: 2")
    shutil.copy(DICTIONARY_DIR / "sites" / f"{SITE}.yaml", config / "sites")
    with (config / "sites" / f"{SITE}.yaml").open("a") as mapping:
        mapping.write(f"rules_off:\n  {RULE}: no longer asked\n")
    refresh_without_prefect(warehouse, date(2026, 5, 20))

    may = Refreshed(warehouse, None)
    assert {request: locked_export(warehouse, request) for request in february} == february
    assert february[fresh] != exported(fresh, warehouse.published_path)
    changes = may.rows(CHANGES)
    facts = [change[:4] for change in changes if change[0] in ("definition", "setting", "rule")]
    assert facts == [
        ("definition", "quartile_type", None, "7"),
        ("setting", "outcomes.yaml", "sich_nihss_increase: 4", "sich_nihss_increase: 2"),
        ("setting", f"sites/{SITE}.yaml", None, f"rules_off:; {RULE}: no longer asked"),
    ]
    (stroke,) = [key for (key, delivered) in strokes if delivered == 3]
    ((subject, was, now, because, file, line),) = [
        change[1:] for change in changes if change[0] == "patient"
    ]
    assert stroke in subject
    assert was == groups[stroke] == "rescue_stenting"
    assert now.startswith("left at no_study_group")
    assert (file, line) == (f"{SITE}/2026-05-10/procedures.csv", 2)
    value, _, place = because.partition(" (")
    assert value == "procedures.rescue_stent: placed -> not_indicated"
    assert place == f"{file}, line {line})"
    today = {tuple(key): cell for key, cell in may.rows(CELLS)}
    differing = [
        (february_cells[key], today[key]) for key in today if february_cells[key] != today[key]
    ]
    cells = [change[2:4] for change in changes if change[0] == "cell"]
    assert (len(differing) > 20, sorted(cells)) == (True, sorted(differing))
    page = (warehouse.reports_dir / "studies.html").read_text("utf-8")
    assert f'id="{STUDY}-lock-changes"' in page
    assert value.replace("->", "-&gt;") in page.replace("<wbr>", "")
    assert verify(warehouse).damaged == []


def test_neither_a_lost_line_nor_a_lost_folder_locks_again(warehouse: Settings) -> None:
    study = warehouse.data / "config" / "studies" / STUDY / "study.yaml"
    edit(study, "lock: {on: 2026-02-15,", "lock: {on: 2026-05-01,")
    refresh_without_prefect(warehouse, date(2026, 5, 21), pages=False)
    assert Refreshed(warehouse, None).rows(LOCKS) == [(LOCKED, "locked", False)]

    (kept,) = (warehouse.locks_dir / STUDY).iterdir()
    away = warehouse.data / "away"
    kept.chmod(0o755)  # to be moved by another account than root
    shutil.move(kept, away)
    refresh_without_prefect(warehouse, date(2026, 5, 22), pages=False)
    assert Refreshed(warehouse, None).rows(LOCKS) == [(LOCKED, "damaged", False)]
    assert list((warehouse.locks_dir / STUDY).iterdir()) == []
    shutil.move(away, kept)
    edit(study, "lock: {on: 2026-05-01,", "lock: {on: 2026-02-15,")
    refresh_without_prefect(warehouse, date(2026, 5, 23), pages=False)
    assert Refreshed(warehouse, None).rows(LOCKS) == [(LOCKED, "locked", True)]
