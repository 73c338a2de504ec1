"""The data folder: everything one installation owns, and the proof that only one command uses it at a time.

pg/ valkey/        the embedded services          files/ mail/ keys/   what the portal stores
static/ log/       made anew whenever missing     secrets              passwords and keys, readable by us only
run.json           addresses while it runs        demo.json            the demo accounts
"""

import contextlib
import errno
import fcntl
import json
import os
import re
import secrets
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from cqms.instance.console import Refusal

_OURS = 0o700
_PASSABLE = 0o711  # the account that runs PostgreSQL for root walks through, but cannot list
_PRIVATE_FILE = 0o600
_FOLDERS = ("valkey", "files", "mail", "keys", "static", "log")
_ROOM_TO_BEGIN = 300 * 2**20  # a fresh cluster with its programs, its journal and the demo world
_ROOM_TO_GO_ON = 32 * 2**20
_LARGEST_LOG = 8 * 2**20
_LONGEST_SOCKET_FOLDER = 85  # a socket's path has 107 bytes at most, its name up to 20
_PLAIN_PATH = re.compile(r"[A-Za-z0-9._/+=@-]+")
_PATIENCE = 10.0


@dataclass(frozen=True)
class Secrets:
    """Made once, at the first start. `instance` names this installation where its path cannot."""

    instance: str
    secret_key: str
    superuser: str
    owner: str
    app: str


@dataclass(frozen=True)
class DataFolder:
    """A data folder by its absolute path."""

    path: Path

    @property
    def run_file(self) -> Path:
        return self.path / "run.json"

    @property
    def demo_file(self) -> Path:
        return self.path / "demo.json"

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever started in it."""
        return not self.path.exists() or all(file.name == "lock" for file in self.path.iterdir())

    def check(self) -> None:
        """Refuse, before anything is made, a folder that cannot be used or a disk without room."""
        place = _nearest_existing(self.path)
        if not place.is_dir():
            raise Refusal(f"{place} is no folder: remove it, or choose another data folder with --data.")
        if not os.access(place, os.R_OK | os.W_OK | os.X_OK):
            raise Refusal(_no_access(place, self.path))
        try:
            tempfile.TemporaryFile(dir=place).close()
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise Refusal(_no_access(place, self.path)) from error
        need_room(place, _ROOM_TO_BEGIN if self.is_new else _ROOM_TO_GO_ON)

    def is_full(self) -> bool:
        """Whether there is too little room to go on."""
        return shutil.disk_usage(self.path).free < _ROOM_TO_GO_ON

    def make(self) -> None:
        """Make the folder and its inner folders where they are missing."""
        self.path.mkdir(mode=_PASSABLE, parents=True, exist_ok=True)
        for name in _FOLDERS:
            (self.path / name).mkdir(mode=_OURS, exist_ok=True)

    def remove(self) -> None:
        """Take back what the first start made when it did not succeed; the folder itself if it can go."""
        for inside in self.path.iterdir():
            if inside.is_dir():
                shutil.rmtree(inside, ignore_errors=True)
            else:
                inside.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.path.rmdir()

    def lock(self, command: str) -> int:
        """Reserve the folder until this process and the holders of the returned descriptor have ended.

        Refuses while another command uses it; waits for the clean-up after one that was killed.
        """
        descriptor = self._locked(os.O_RDWR | os.O_CREAT)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"bin/{command} with process id {os.getpid()}".encode(), 0)
        return descriptor

    def refuse_if_used(self) -> None:
        """Refuse, without leaving a trace, while another command uses the folder."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            os.close(self._locked(os.O_RDWR))

    def is_used(self) -> bool:
        """Whether another command uses the folder now."""
        try:
            self.refuse_if_used()
        except Refusal:
            return True
        return False

    def _locked(self, mode: int) -> int:
        descriptor = os.open(self.path / "lock", mode, _PRIVATE_FILE)
        end = time.monotonic() + _PATIENCE
        while not _try_lock(descriptor):
            holder = os.pread(descriptor, 100, 0).decode()
            if _is_alive(holder) or time.monotonic() > end:
                os.close(descriptor)
                raise Refusal(
                    f"{self.path} is already in use by {holder or 'another command'}: "
                    "stop that one, or choose another data folder with --data."
                )
            time.sleep(0.1)
        return descriptor

    def secrets(self) -> Secrets:
        """Read the secrets, or make them at the first start."""
        file = self.path / "secrets"
        if file.exists():
            return _read_secrets(file)
        if (self.path / "pg").exists():
            cure = f"restore it from your backup, or move {self.path} away to begin anew"
            raise Refusal(f"{file} is missing but the database exists: {cure}.")
        made = Secrets(secrets.token_hex(8), secrets.token_urlsafe(48), *(secrets.token_hex(24) for _ in range(3)))
        write_private(file, asdict(made))
        return made

    def log(self, name: str) -> Path:
        """The log file of a program, put aside once when it has grown large."""
        file = self.path / "log" / f"{name}.log"
        if file.exists() and file.stat().st_size > _LARGEST_LOG:
            file.replace(file.with_suffix(".log.1"))
        return file


def socket_folder(inside: Path, instance: str) -> Path:
    """`inside`, or a folder elsewhere if that path is too long for a socket or would need quoting in an address."""
    if _PLAIN_PATH.fullmatch(str(inside)) and len(str(inside)) <= _LONGEST_SOCKET_FOLDER:
        return inside
    return Path(tempfile.gettempdir()) / f"cqms-{instance}-{inside.parent.name}"


def write_private(file: Path, content: dict[str, Any]) -> None:
    """Write JSON that only we can read, whole or not at all."""
    new = file.with_name(f"{file.name}.new")
    try:
        with open_private(new) as stream:
            stream.write(f"{json.dumps(content, indent=2)}\n")
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def open_private(file: Path) -> TextIO:
    """A new file that only we can read, in the place of whatever was there."""
    file.unlink(missing_ok=True)
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE), "w")


def need_room(place: Path, room: int) -> None:
    """Refuse a disk with less than `room` bytes free."""
    free = shutil.disk_usage(place).free
    if free < room:
        raise Refusal(
            f"The disk of {place} is full: {free >> 20} MB are free and {room >> 20} MB are needed, "
            "so free some space, or choose a folder on another disk with --data."
        )


def _nearest_existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if os.path.lexists(place))


def _no_access(place: Path, wanted: Path) -> str:
    what = "read and written" if place == wanted else "written"
    return f"{place} cannot be {what} by you: correct its permissions, or choose another data folder with --data."


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(holder: str) -> bool:
    number = holder.rpartition(" ")[2]
    if not number.isdigit():
        return False
    with contextlib.suppress(OSError):  # the killed process may wait for its parent to notice
        if Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _read_secrets(file: Path) -> Secrets:
    try:
        return Secrets(**json.loads(file.read_text()))
    except (ValueError, TypeError, PermissionError) as error:
        raise Refusal(f"{file} cannot be read: restore it from your backup, or correct its permissions.") from error
