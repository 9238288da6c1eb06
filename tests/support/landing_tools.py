"""What the tests of landing share: putting files into place and reading the log back."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from warehouse.landing import LandingReport, land
from warehouse.landing.pseudonyms import known_pseudonymizer
from warehouse.landing.raw_names import RawNames
from warehouse.settings import Settings

# Small deliveries with invented rows that went wrong once; a folder is a site.
CASES = Path(__file__).parents[1] / "fixtures" / "cases"
DAY = "site_a/2021-03-05"
FOLLOWUPS = "patient_id,assessed_on,mode,mrs,lost_to_followup"
# The columns that tell one landed row of followups from another.
SHOWN = ("source_row", "assessed_on", "mode", "mrs", "lost_to_followup", "unparsed_fields")


@dataclass
class Registry:
    """A data folder of its own, with what landing says while it works."""

    settings: Settings
    messages: list[str] = field(default_factory=list)

    def put(self, content: str | bytes, name: str = "followups.csv", day: str = DAY) -> Path:
        """Deliver a file."""
        path = self.settings.raw_dir / day / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def put_case(self, site: str) -> None:
        """Deliver a case."""
        shutil.copytree(CASES / site, self.settings.raw_dir / site)

    def land(self, **options: Any) -> LandingReport:
        """Land what was delivered."""
        return land(self.settings, progress=self.messages.append, **options)

    def name_of(self, path: Path) -> str:
        """What a raw file or folder is called."""
        secret = known_pseudonymizer(self.settings.secret_path)
        assert secret is not None
        return RawNames(self.settings.raw_dir, secret).shown(path)

    def rows(self, extract: str = "followups") -> list[dict[str, Any]]:
        """All landed rows in order of file and line."""
        rows = self._read(extract)
        return sorted(rows, key=lambda row: (row["source_file"], row["source_row"]))

    def shown(self) -> list[tuple[Any, ...]]:
        """The landed follow-ups without what is the same in all of them."""
        return [tuple(row[name] for name in SHOWN) for row in self.rows()]

    def violations(self) -> list[tuple[Any, ...]]:
        """Rule, line, severity and found text of all violations."""
        return [
            (row["rule"], row["source_row"], row["severity"], row["found"])
            for row in self._read("violations")
        ]

    def output(self) -> bytes:
        """Every byte that landing wrote or said, but for the secret; rows also unpacked."""
        files = (path for path in self.settings.landed_dir.rglob("*") if path.is_file())
        folders = (path.name for path in self.settings.landed_dir.iterdir())
        rows = (row for folder in folders if folder != "files" for row in self._read(folder))
        texts = [*self.messages, *map(repr, rows)]
        return b"\n".join([*(path.read_bytes() for path in files), "\n".join(texts).encode()])

    def _read(self, folder: str) -> list[dict[str, Any]]:
        paths = sorted((self.settings.landed_dir / folder).rglob("*.parquet"))
        return [row for path in paths for row in pq.ParquetFile(path).read().to_pylist()]
