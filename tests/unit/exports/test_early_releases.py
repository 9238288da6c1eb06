"""Exports of a release of version 0.1, which had one study without a name and no long tables."""

from __future__ import annotations

import csv
import io
import tarfile
from pathlib import Path

import pytest

from warehouse.definitions.study_files import load_study
from warehouse.exports.choices import Content, ExportError, Format
from warehouse.exports.export import ExportRequest, exported

MADE_BY_0_1_0 = Path(__file__).parents[2] / "fixtures" / "version_0_1_0" / "data.tar.xz"
RELEASE = "data/warehouse/warehouse.duckdb"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("version_0_1_0")
    with tarfile.open(MADE_BY_0_1_0) as packed:
        packed.extract(RELEASE, folder, filter="data")
    return folder / RELEASE


def test_its_tables_and_figures_have_its_groups(release: Path) -> None:
    content = exported(ExportRequest(Content.table2, Format.csv, "jama"), release)
    headings, *_ = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    groups = load_study("guo_2023").groups
    assert headings[2:4] == [f"{group.label} (n = 0)" for group in groups]
    for figure in (Content.flow, Content.mrs, Content.forest):
        exported(ExportRequest(figure, Format.svg, "jama"), release)


@pytest.mark.parametrize(
    "wrong",
    [
        (Content.table1, Format.csv, "jama", "guo_2023"),
        (Content.table1, Format.csv, "jama", None, True),
        (Content.methods, Format.text, "jama"),
    ],
)
def test_what_it_has_not_is_refused(release: Path, wrong: tuple[object, ...]) -> None:
    with pytest.raises(ExportError):
        exported(ExportRequest(*wrong), release)
