"""Published results of a study: its folder is read with it, and a fault in it is named."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse.definitions.config import study_path
from warehouse.definitions.dictionary import DictionaryError
from warehouse.definitions.published import published_rows
from warehouse.definitions.study_files import load_study
from warehouse.settings import settings

SHIPPED = "guo_2023"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the shipped study with its published results, as a hospital's own."""
    monkeypatch.setenv("WAREHOUSE_DATA", str(tmp_path / "data"))
    settings.cache_clear()
    folder = tmp_path / "data/config/studies" / SHIPPED
    shutil.copytree(study_path(SHIPPED, shipped=True).parent, folder)
    yield folder / "published"
    settings.cache_clear()


def test_the_rows_of_each_file_have_the_study() -> None:
    rows = published_rows(load_study(SHIPPED))
    assert {name: len(found) for name, found in rows.items()} == {
        "results": 333,
        "sections": 9,
        "quantities": 44,
        "notes": 49,
        "conventions": 7,
        "words": 20,
    }
    assert {row["study"] for found in rows.values() for row in found} == {SHIPPED}


def test_a_study_without_the_folder_has_none_and_one_that_extends_has_the_others(
    own: Path,
) -> None:
    assert not any(published_rows(load_study("first_pass_effect")).values())
    path = own.parent.parent / "ours" / "study.yaml"
    path.parent.mkdir()
    path.write_text(f"extends: {SHIPPED}\nsites: [north]\n", encoding="utf-8")
    rows = published_rows(load_study("ours"))["results"]
    assert {row["study"] for row in rows} == {"ours"}


@pytest.mark.parametrize(
    ("file", "content", "place"),
    [
        ("words", "word,kind\nno,count\n", "words.csv.*value"),
        ("sections", "prefix,title,is_own_result\na,A,true\na,B,true\n", "sections.csv: line 3"),
        ("notes", "id,convention,recomputed,note\nnone,,,N\n", "notes.csv: line 2.*results.csv"),
    ],
)
def test_a_fault_is_named(own: Path, file: str, content: str, place: str) -> None:
    (own / f"{file}.csv").write_text(content, encoding="utf-8")
    with pytest.raises(DictionaryError, match=place):
        published_rows(load_study(SHIPPED))


def test_a_missing_file_is_named(own: Path) -> None:
    (own / "notes.csv").unlink()
    with pytest.raises(DictionaryError, match=r"notes\.csv"):
        published_rows(load_study(SHIPPED))
