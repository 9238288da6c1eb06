"""Error for a disk that is too full for landing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.disk import DISK_FULL_ERRNOS, MEGABYTE, DiskFullError

# A private copy, its unpacked content (text packs to about a tenth), and the landed rows.
SPACE_PER_PLAIN_BYTE = 2
SPACE_PER_PACKED_BYTE = 12


def is_disk_full(error: OSError) -> bool:
    """Whether a write failed because a disk, a quota or a limit is full."""
    return error.errno in DISK_FULL_ERRNOS


@contextmanager
def disk_space_for(path: Path, shown: str, data_dir: Path) -> Iterator[None]:
    """Turn a full disk into DiskFullError, which says how much disk space the file needs."""
    try:
        yield
    except OSError as error:
        if not is_disk_full(error):
            raise
        packed = path.suffix.lower() in (".gz", ".xlsx", ".parquet")
        factor = SPACE_PER_PACKED_BYTE if packed else SPACE_PER_PLAIN_BYTE
        needed = 1 + factor * path.stat().st_size // MEGABYTE
        free = shutil.disk_usage(data_dir).free // MEGABYTE
        raise DiskFullError(
            f"There is no disk space to land {shown}: {error.strerror}. It needs about {needed:,} "
            f"MB below {data_dir}, where {free:,} MB are free. Files landed before are complete, "
            "and partly written ones do not count. Free disk space (old releases, a quota) and "
            "refresh again."
        ) from error
