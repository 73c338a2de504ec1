"""One parent for all processes of an installation: starts them, brings back what dies, stops them in under 5 s."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL
from types import TracebackType
from typing import Self

from cqms.instance.children import end_group, spawn
from cqms.instance.console import Failure, say, undisturbed
from cqms.instance.program import Program

_GRACE = 2.5  # seconds for the portal's own processes to end in order
_LAST_GRACE = 1.5  # then for the services
_STABLE = 5.0  # who lived longer is brought back at once
_LONGEST_PAUSE = 5.0
_TICK = 0.1
_HOPELESS = 3  # ends in a row before a start is given up


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    started: float
    failures: int = 0
    due: float | None = None


@dataclass
class Supervisor:
    """Use as a context: everything started inside is stopped when it is left, however it is left.

    `lock` is the descriptor of the data folder's lock, kept until the last process is gone even if we are killed.
    """

    lock: int
    _children: dict[str, _Child] = field(default_factory=dict)
    _keeper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        keeper = [sys.executable, "-I", "-S", str(Path(__file__).with_name("keeper.py"))]
        self._keeper = subprocess.Popen(
            keeper, stdin=subprocess.PIPE, start_new_session=True, pass_fds=[self.lock], cwd="/"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with undisturbed():
            self.stop()

    def start(self, *programs: Program) -> None:
        """Start programs; from now on they are ours to stop, and `watch` brings them back."""
        for program in programs:
            with undisturbed():
                self._children[program.name] = _Child(program, self._spawn(program), time.monotonic())

    @property
    def pids(self) -> dict[str, int]:
        """The process id of every child by the name of its program."""
        return {name: child.process.pid for name, child in self._children.items()}

    def wait_until(self, ready: Callable[[], bool], what: Program, patience: float = 60.0) -> None:
        """Wait until a program is ready, starting it again if it ends. Fails with the end of its log."""
        end = time.monotonic() + patience
        while not ready():
            self._revive()
            child = self._children[what.name]
            if child.failures > _HOPELESS or time.monotonic() > end:
                raise Failure(f"{what.name} does not start; the end of {what.log}:\n{_tail(what.log)}")
            time.sleep(_TICK)

    def watch(self, changed: Callable[[], None]) -> None:
        """Bring back whatever ends, for ever; `changed` is called whenever process ids are new."""
        while True:
            if self._revive():
                changed()
            time.sleep(_TICK)

    def stop(self) -> None:
        """Stop everything: the portal's processes first, then the services; who does not listen is killed."""
        children = list(self._children.values())
        self._end([child for child in children if not child.program.last], _GRACE)
        self._end([child for child in children if child.program.last], _LAST_GRACE)
        self._children.clear()
        if self._keeper:
            self._keeper.communicate()
            self._keeper = None

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        with program.log.open("ab") as log:
            process = spawn(
                program.argv,
                environment=program.environment,
                user=program.user,
                on_death=program.stop,
                output=log,
                folder=program.folder,
                hand_over=program.hand_over,
            )
        self._tell_keeper(f"{process.pid} {int(program.stop)}")
        return process

    def _revive(self) -> bool:
        """Look once at every child; True if one was started again."""
        now = time.monotonic()
        for child in self._children.values():
            if child.due is None and child.process.poll() is not None:
                self._bury(child, now)
        ready = [child for child in self._children.values() if child.due is not None and child.due <= now]
        for child in ready:
            with undisturbed():
                child.process, child.started, child.due = self._spawn(child.program), now, None
        return bool(ready)

    def _bury(self, child: _Child, now: float) -> None:
        end_group(child.process.pid, SIGKILL)
        self._tell_keeper(f"-{child.process.pid}")
        child.failures = 0 if now - child.started > _STABLE else child.failures + 1
        child.due = now + (min(0.25 * 2**child.failures, _LONGEST_PAUSE) if child.failures else 0)
        say(f"{child.program.name} ended with {child.process.returncode} and is started again")

    def _end(self, children: Iterable[_Child], grace: float) -> None:
        running = [child for child in children if child.due is None]
        for child in running:
            with contextlib.suppress(ProcessLookupError):
                child.process.send_signal(child.program.stop)
        end = time.monotonic() + grace
        for child in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.01, end - time.monotonic()))
        for child in running:
            end_group(child.process.pid, SIGKILL)
            child.process.wait()
            self._tell_keeper(f"-{child.process.pid}")

    def _tell_keeper(self, line: str) -> None:
        if self._keeper and self._keeper.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._keeper.stdin.write(f"{line}\n".encode())
                self._keeper.stdin.flush()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
