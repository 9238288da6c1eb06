"""dbt's docs: the page asks for nothing, and is written again only for another project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from warehouse.dbt.build import DbtFolders
from warehouse.report import dbt_docs
from warehouse.settings import Settings


def test_the_page_is_closed_and_written_once_per_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generated: list[Path] = []

    def generate(folders: DbtFolders) -> Path:
        generated.append(folders.project_dir)
        page = tmp_path / "static_index.html"
        page.write_text(f"<head>{next(iter(dbt_docs.REPLACED))}</head>")
        return page

    monkeypatch.setattr(dbt_docs, "generate_docs", generate)
    folders = DbtFolders.of(Settings(data=tmp_path / "data"))
    page = dbt_docs.write_dbt_docs(folders, tmp_path)
    assert dbt_docs.POLICY in page.read_text()
    first = page.read_bytes()
    assert dbt_docs.write_dbt_docs(folders, tmp_path).read_bytes() == first
    assert generated == [folders.project_dir]
    other = replace(folders, project_dir=tmp_path)
    (tmp_path / "dbt_project.yml").write_text("name: other\n")
    assert dbt_docs.write_dbt_docs(other, tmp_path).read_bytes() != first
    assert generated == [folders.project_dir, tmp_path]
