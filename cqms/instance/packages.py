"""The virtual environment: made with the standard library alone, filled from a lock file with hashes.

bin/run installs `requirements.lock`, bin/test its superset `tests/requirements.lock`, both into the same `.venv`.
A stamp per lock file says what is complete; equal pins in both files mean that neither undoes the other's work.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cqms.instance.children import call
from cqms.instance.console import Refusal, full_disk, say
from cqms.instance.entry import ROOT
from cqms.instance.folder import need_room

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUNTIME = ROOT / "requirements.lock"
TESTS = ROOT / "tests" / "requirements.lock"

_ROOM = 700 * 2**20
_VENV_MISSING = (
    "Python's venv module is missing: install it and start again; "
    "on Debian and Ubuntu type: sudo apt-get install -y python3-venv"
)


def ensure(lock: Path) -> bool:
    """Bring the virtual environment up to the lock file; True if anything had to be installed.

    Refuses without the venv module, without room, and when packages cannot be fetched; an environment begun here
    is removed again then.
    """
    if _complete(lock):
        return False
    with _one_at_a_time():
        if _complete(lock):
            return False
        begun = not os.access(PYTHON, os.X_OK)
        try:
            if begun:
                _make()
            _install(lock)
        except BaseException:
            if begun:
                shutil.rmtree(VENV, ignore_errors=True)
            raise
    return True


def enter(command: str, arguments: list[str]) -> None:
    """Go on as the same command inside the virtual environment, unless we are in it already."""
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(PYTHON, [str(PYTHON), str(ROOT / "bin" / command), *arguments])  # noqa: S606


def _complete(lock: Path) -> bool:
    stamp = _stamp(lock)
    return os.access(PYTHON, os.X_OK) and stamp.exists() and stamp.read_text() == _digest(lock)


def _stamp(lock: Path) -> Path:
    return VENV / f"installed-{lock.parent.name if lock == TESTS else 'runtime'}"


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with RUNTIME.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _make() -> None:
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        raise Refusal(_VENV_MISSING)
    if not os.access(ROOT, os.W_OK):
        raise Refusal(f"{ROOT} cannot be written by you: correct its permissions, or use a copy of your own.")
    need_room(ROOT, _ROOM)
    say("Making the virtual environment .venv")
    made = call([sys.executable, "-m", "venv", "--clear", VENV])
    if made.code:
        raise Refusal(full_disk(ROOT) if "No space left" in made.output else _VENV_MISSING)


def _install(lock: Path) -> None:
    say(f"Installing the packages of {lock.relative_to(ROOT)}")
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-compile", "--no-deps"]
    locked = ["--require-hashes", "--only-binary", ":all:", "--requirement", lock]
    done = call([PYTHON, "-m", "pip", "install", *options, *locked])
    if done.code:
        raise Refusal(_why_not(done.output))
    for satisfied in {lock, RUNTIME}:
        _stamp(satisfied).write_text(_digest(satisfied))
    say("Packages are installed")


def _why_not(output: str) -> str:
    if "No space left" in output or "Disk quota exceeded" in output:
        return full_disk(ROOT)
    errors = (
        [line for line in output.splitlines() if line.startswith("ERROR")]
        or output.splitlines()[-1:]
        or ["no reason given"]
    )
    reason = errors[-1].removeprefix("ERROR: ").rstrip(".")
    return f"The packages could not be installed ({reason}): check the network connection and start again."
