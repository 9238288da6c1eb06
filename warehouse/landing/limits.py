"""Limits of reading one delivered file, whatever its format: size, memory, processor time.

A few bytes can be made to unpack into gigabytes. Declared sizes are compared with the
limits here; the process that reads the file (``limited_reader``) limits the true cost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa

from warehouse.disk import MEGABYTE
from warehouse.landing.errors import PostponedError, UnreadableFileError
from warehouse.settings import Settings

# No table of patients is packed to a two-hundredth; what is small unpacked does no harm.
MOST_TIMES = 200
HARMLESS_MB = 64
# A large file may take longer: as many seconds again for each of these.
MEGABYTES_PER_TURN = 10
# What Arrow, the XML parsers and the system say of memory that they do not get. A thread is not had
# where there is no memory for its stack.
_NO_MEMORY = re.compile(r"alloc|\bmemory\b|launch worker thread", re.IGNORECASE)
_OF_LIBRARIES = (SyntaxError, OSError, pa.ArrowException)  # others quote cells
SPLIT = "split it, or raise landing_max_file_mb if it is genuine"


@dataclass(frozen=True)
class Limits:
    """Limits of one file: megabytes unpacked, megabytes of memory, seconds of processor time."""

    file_mb: int
    memory_mb: int
    seconds: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """The limits of an installation."""
        return cls(
            settings.landing_max_file_mb,
            settings.landing_max_memory_mb,
            settings.landing_max_seconds,
        )

    def require_readable(self, size: int) -> None:
        """Raise PostponedError where a file is so large that it is not even looked into."""
        if size > self.file_mb * MEGABYTE:
            raise PostponedError(f"the file is larger than {self.file_mb} MB; {SPLIT}")

    def require_size(self, unpacked: int, packed: int | None = None) -> None:
        """Raise UnreadableFileError where a file is too large, or unpacks to too much (bytes)."""
        if unpacked > self.file_mb * MEGABYTE:
            raise UnreadableFileError(
                f"the file is larger than {self.file_mb} MB when unpacked; {SPLIT}",
                limits={"landing_max_file_mb": self.file_mb},
            )
        if packed is not None and unpacked > max(HARMLESS_MB * MEGABYTE, MOST_TIMES * packed):
            raise UnreadableFileError(
                f"the file unpacks to more than {MOST_TIMES} times its size, as no table of "
                "patients does; if it is genuine, deliver it unpacked"
            )

    def seconds_for(self, size: int) -> int:
        """Seconds of processor time that a file of so many bytes may take."""
        return self.seconds * (1 + size // (MEGABYTES_PER_TURN * MEGABYTE))

    def too_much_memory(self) -> UnreadableFileError:
        """The reason for setting aside a file that needs more memory than it may have."""
        return UnreadableFileError(
            f"reading the file takes more than {self.memory_mb} MB of memory; split it, deliver it "
            "as CSV, or raise landing_max_memory_mb if it is genuine",
            limits={"landing_max_memory_mb": self.memory_mb},
        )

    def too_slow(self, size: int) -> UnreadableFileError:
        """The reason for setting aside a file that takes more processor time than it may have."""
        return UnreadableFileError(
            f"reading the file takes more than {self.seconds_for(size)} seconds of processor time, "
            "which is too long for its size; split it, deliver it as CSV, or raise "
            "landing_max_seconds if it is genuine",
            limits={"landing_max_seconds": self.seconds},
        )

    def broken_off(self, signal_name: str) -> UnreadableFileError:
        """The reason for setting aside a file on which the process that read it broke."""
        return UnreadableFileError(
            f"the program that reads the file broke on it ({signal_name}); deliver it in another "
            "format, such as CSV",
            limits={"landing_max_memory_mb": self.memory_mb},
        )


def is_of_memory(error: BaseException | None) -> bool:
    """Whether an error is, or was caused by, memory that could not be had.

    Libraries pass that on as another error, so that it looks like damage.
    """
    while error is not None:
        says_so = isinstance(error, _OF_LIBRARIES) and _NO_MEMORY.search(str(error))
        if says_so or isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False
