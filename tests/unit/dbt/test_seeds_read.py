"""Seeds that Python reads, when somebody broke them: the file, and the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.dbt import project
from warehouse.definitions.dictionary import DictionaryError

HEADER = "variable,summary,decimals"


@pytest.fixture
def seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The seed of the tables' lines, which is read at each call."""
    path = tmp_path / "table_lines.csv"
    monkeypatch.setattr(project, "TABLE_LINES_PATH", path)
    return path


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (f"{HEADER}\nage,mean_sd,1\nsex,n_pct,one\n".encode(), "line 3"),
        (f"{HEADER}\nage,mean_sd\n".encode(), "line 2"),
        (b"variable,summary\nage,mean_sd\n", "decimals"),
        (f"{HEADER}\n\xe9,n_pct,1\n".encode("latin-1"), "UTF-8"),
        (f'{HEADER}\n"age,n_pct,1\n'.encode(), "line 2"),
        (None, "missing"),
    ],
)
def test_a_broken_seed_names_the_file_and_the_line(
    seed: Path, content: bytes | None, named: str
) -> None:
    if content is not None:
        seed.write_bytes(content)
    with pytest.raises(DictionaryError) as refused:
        project.table_lines.__wrapped__()
    assert seed.name in str(refused.value)
    assert named in str(refused.value)


def test_the_shipped_seeds_are_read() -> None:
    assert project.prefixes() == {"rs": "rescue_stenting", "non_rs": "no_rescue_stenting"}
    assert project.table_lines()["age_years"] == project.TableLine("mean_sd", 2)
