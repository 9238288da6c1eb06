"""State of dbt between builds: valid only for the same project and the same dbt.

dbt parses only the files that have changed since it last did. After another version of the project
had used the same folder, that once made a project of both: a source that is there was not found.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from warehouse.files import remove_whatever, write_atomically

PARSED = ("models/**/*.*", "macros/**/*.*", "seeds/**/*.*", "tests/**/*.*", "*.yml")
MADE_BY = "made_by"
# Whoever imports a Python model may leave it there, also while another process builds.
BYTECODE = "__pycache__"


def project_digest(project_dir: Path) -> str:
    """Digest of every file of a dbt project, and of the versions of dbt."""
    digest = hashlib.sha256(f"{version('dbt-core')} {version('dbt-duckdb')}\0".encode())
    for path in sorted({path for pattern in PARSED for path in project_dir.glob(pattern)}):
        if BYTECODE in path.parts:
            continue
        digest.update(f"{path.relative_to(project_dir)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_of_project(target_dir: Path, project_dir: Path) -> bool:
    """Return whether this very project, by this dbt, has filled dbt's target folder."""
    stamp = target_dir / MADE_BY
    return stamp.is_file() and stamp.read_bytes() == project_digest(project_dir).encode()


def forget_other_project(target_dir: Path, project_dir: Path) -> None:
    """Empty dbt's target folder unless this very project, by this dbt, has filled it."""
    if not is_of_project(target_dir, project_dir):
        remove_whatever(target_dir)
        write_atomically(target_dir / MADE_BY, project_digest(project_dir).encode())
