"""The folders of the tests mirror those of the code."""

from __future__ import annotations

from warehouse.settings import PROJECT_DIR


def test_each_folder_of_tests_is_named_after_the_folder_that_it_tests() -> None:
    code = {
        folder.name
        for parent in (PROJECT_DIR, PROJECT_DIR / "warehouse")
        for folder in parent.iterdir()
        if folder.is_dir()
    }
    tests = {path.parent.name for path in PROJECT_DIR.glob("tests/*/*/test_*.py")}
    assert {"landing", "checks", "flows", "dbt_project"} <= tests
    assert tests - code == set()
