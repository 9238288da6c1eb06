"""Giving up what only the administrator may, so that modes of files count as for anybody else."""

from __future__ import annotations

import ctypes
import os

_VERSION = 0x20080522
# CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: reading and writing whatever a mode forbids.
_IGNORING_MODES = 1 << 1 | 1 << 2


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("process", ctypes.c_int))


class _Capabilities(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def obey_file_modes() -> None:
    """From now on this process may read and write only what modes allow, also as root."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, held = _Header(_VERSION, 0), (_Capabilities * 2)()
    _require(libc.capget(ctypes.byref(header), held))
    held[0].effective &= ~_IGNORING_MODES
    _require(libc.capset(ctypes.byref(header), held))


def _require(failed: int) -> None:
    if failed:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
