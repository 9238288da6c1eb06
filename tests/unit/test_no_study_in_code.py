"""No study is special: code and models name no study's groups, prefixes or paper."""

from __future__ import annotations

import re

from warehouse.settings import PROJECT_DIR

NAMED = re.compile(r"\b(?:non_)?rs(?:_|\b)|rescue_stenting|guo", re.IGNORECASE)
# A paper as the source of a rule or method is no name of a study.
CITED = re.compile(r"Guo 2023|ambiguous", re.IGNORECASE)
# Names that version 0.1 wrote into records and settings.
FORMER = {
    'FORMER_GROUPS = ("rescue_stenting", "no_rescue_stenting")',
    'FORMER_STUDY = "guo_2023"',
}
SUFFIXES = {".py", ".sql", ".yml", ".j2"}
FOLDERS = ("warehouse", "flows", "expectations", "dbt_project")


def test_code_and_models_name_no_study() -> None:
    found = {
        f"{path.relative_to(PROJECT_DIR)}: {line.strip()}"
        for folder in FOLDERS
        for path in (PROJECT_DIR / folder).rglob("*")
        if path.suffix in SUFFIXES and "target" not in path.parts
        for line in path.read_text("utf-8").splitlines()
        if line.strip() not in FORMER and NAMED.search(CITED.sub("", line))
    }
    assert found == set()
