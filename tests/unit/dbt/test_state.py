"""What dbt keeps between builds is of use to the same project alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.dbt import state
from warehouse.dbt.state import forget_other_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose parsed state dbt has left in ``target``."""
    folder = tmp_path / "project"
    for name in ("dbt_project.yml", "models/a.sql", "seeds/codes/b.csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    forget_other_project(tmp_path / "target", folder)
    _parsed(tmp_path).write_bytes(b"parsed")
    return folder


def test_the_state_of_the_same_project_stays(project: Path, tmp_path: Path) -> None:
    forget_other_project(tmp_path / "target", project)
    assert _parsed(tmp_path).read_bytes() == b"parsed"


def test_bytecode_of_a_model_does_not_make_another_project(project: Path, tmp_path: Path) -> None:
    bytecode = project / "models" / "__pycache__" / "c.cpython-311.pyc"
    bytecode.parent.mkdir()
    bytecode.write_bytes(b"bytecode")
    forget_other_project(tmp_path / "target", project)
    assert _parsed(tmp_path).read_bytes() == b"parsed"


@pytest.mark.parametrize(
    "name", ["dbt_project.yml", "models/a.sql", "seeds/codes/b.csv", "models/c.py"]
)
def test_the_state_of_another_project_goes(name: str, project: Path, tmp_path: Path) -> None:
    (project / name).write_text("other")
    forget_other_project(tmp_path / "target", project)
    assert not _parsed(tmp_path).exists()


def test_the_state_of_another_dbt_goes(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "version", lambda _name: "1.12.0")
    forget_other_project(tmp_path / "target", project)
    assert not _parsed(tmp_path).exists()


def test_the_state_of_a_version_that_left_no_stamp_goes(project: Path, tmp_path: Path) -> None:
    (tmp_path / "target" / state.MADE_BY).unlink()
    forget_other_project(tmp_path / "target", project)
    assert not _parsed(tmp_path).exists()


def _parsed(root: Path) -> Path:
    return root / "target" / "partial_parse.msgpack"
