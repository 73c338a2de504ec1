"""Where the data folders of tests lie: in memory where there is room for them, else where temporary files lie.

A clone of a database is there in a tenth of a second instead of one, and gone at once. Only for what may be lost.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 – each session makes a folder of its own in it, with a name nobody can guess
_GROUP = Path("/sys/fs/cgroup")
_ROOM, _SPARE = 4 * 2**30, 8 * 2**30
"""Bytes that tests may fill, and bytes of memory that must be free so that nobody is short of it then."""


def place() -> Path:
    """The folder to make data folders in. Who says with TMPDIR where temporary files lie is obeyed."""
    ordinary = Path(tempfile.gettempdir())
    if os.environ.get("TMPDIR"):
        return ordinary
    with suppress(OSError, ValueError):  # there is no such place here, or nothing is told of it
        status = os.statvfs(_MEMORY)
        usable = os.access(_MEMORY, os.W_OK) and not status.f_flag & os.ST_NOEXEC
        if usable and status.f_bavail * status.f_frsize >= _ROOM and _free_memory() >= _SPARE:
            return _MEMORY
    return ordinary


def places() -> set[Path]:
    """Wherever such folders may have been made before, when there was more room or less."""
    return {_MEMORY, Path(tempfile.gettempdir())}


def _free_memory() -> int:
    """Bytes of memory that we may still take, on this machine and in the container that we are in."""
    told = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    free = int(told["MemAvailable"].split()[0]) * 1024
    with suppress(OSError, ValueError):  # no container, or one without a limit
        limit, used = (int((_GROUP / f"memory.{name}").read_text()) for name in ("max", "current"))
        free = min(free, limit - used)
    return free
