"""Starts the commands of bin/ as a person would, away from the environment of the tests."""

import json
import os
import queue
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from cqms.instance import quick
from cqms.instance.children import leashed
from cqms.instance.entry import ROOT

_OURS = re.compile(r"^(CQMS_|DATABASE_|REDIS_|DJANGO_|PYTEST_|PYTHONPATH$|VIRTUAL_ENV$)")


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without anything that the tests themselves put there."""
    return {name: value for name, value in os.environ.items() if not _OURS.match(name)} | more


def free_port() -> int:
    """A port nobody listens at, below those the system gives to whoever connects: it is free when it is used, too."""
    while True:
        port = random.randrange(10_000, 32_000)
        with suppress(OSError), socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
            return port


def business() -> float:
    """How many times longer anything takes here than on an idle machine: who wants a processor, for each there is."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def eventually(true: Callable[[], Any], seconds: float = 10, pause: float = 0.05) -> Any:
    """Look every `pause` seconds until something is true and return it; `seconds` are those of an idle machine."""
    begun = time.monotonic()
    while not (answer := true()):
        assert time.monotonic() - begun < seconds * business(), "it did not become true in time"
        time.sleep(pause)
    return answer


def is_running(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _descendants(pid: int) -> list[int]:
    """Everything below a process that is still there: children end while one looks, as those of a starting server do."""
    try:
        children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return children + [below for child in children for below in _descendants(child)]


def processes_about(word: str) -> list[int]:
    """Every running process that has the word in its command line or its environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if word.encode() in text and int(entry.name) != os.getpid() and is_running(int(entry.name)):
            found.append(int(entry.name))
    return found


@contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that any account may pass through, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="cqms-try-", dir=quick.place()))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


class Run:
    """One bin/run, or another command of bin/, whose lines are read while it works. It ends with the tests, even killed."""

    def __init__(self, *arguments: object, command: str = "run", root: Path = ROOT, **environment: str) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            leashed([root / "bin" / command, *arguments], signal.SIGTERM),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=clean_environment(**environment),
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._queue: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def until(self, words: str, seconds: float = 150) -> str:
        """Wait for a line with the words and return it; `seconds` are those of an idle machine."""
        end = time.monotonic() + seconds * business()
        while line := self._queue.get(timeout=max(0.1, end - time.monotonic())):
            self.lines.append(line)
            if words in line:
                return line
        raise AssertionError(f"ended without saying “{words}”:\n{self.output}")

    def end(self, seconds: float = 60) -> int:
        """Wait for its end; the exit code."""
        code = self.process.wait(seconds * business())
        self._reader.join()
        self.process.stdout.close()
        while not self._queue.empty():
            self.lines.append(self._queue.get())
        self.lines = [line for line in self.lines if line]
        return code

    def took(self) -> float:
        """Seconds of wall time so far; or of processor time, if others keep this machine too busy for a fair look."""
        wall = time.monotonic() - self.started
        ticks = []
        for pid in (self.process.pid, *_descendants(self.process.pid)):
            with suppress(FileNotFoundError, ProcessLookupError):  # it has ended since
                told = Path(f"/proc/{pid}/stat").read_text()
                ticks.append(list(map(int, told.rpartition(")")[2].split()[11:15])))
        return min(wall, sum(map(sum, ticks)) / os.sysconf("SC_CLK_TCK"))

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def stop(self, number: int = signal.SIGINT) -> float:
        """Ask it to stop; the seconds until it had, as an idle machine would have needed."""
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(30 * business())
        return (time.monotonic() - begun) / business()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Make sure that it is gone, whatever the test found."""
        if self.process.poll() is None:
            self.stop(signal.SIGTERM)
        if not self.process.stdout.closed:
            self.end()

    def _read(self) -> None:
        for line in self.process.stdout:
            self._queue.put(line)
        self._queue.put("")


def running(data: Path) -> dict[str, Any]:
    """What run.json says."""
    return json.loads((data / "run.json").read_text())
