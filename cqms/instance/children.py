"""Child processes that do not outlive their parent.

Every child is started through `leash.py` and leads a process group of its own, so the terminal's Ctrl-C reaches only
the parent, and a child can be ended together with everything it started.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cqms.instance.console import undisturbed

_LEASH = Path(__file__).with_name("leash.py")


@dataclass(frozen=True)
class Finished:
    """How a program ended and what it said, both streams together."""

    code: int
    output: str


def spawn(
    argv: Iterable[object],
    *,
    environment: Mapping[str, str] | None = None,
    user: str = "",
    on_death: int = signal.SIGTERM,
    output: int | IO[bytes] | None = None,
    folder: Path | str | None = None,
    hand_over: Iterable[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program as our direct child and return at once. Call it from the main thread only.

    `on_death` is the signal the child gets when we die; `user` the account it runs as, where we are root;
    `hand_over` the open file descriptors it inherits; `output` where both its streams go (None: ours).
    """
    return subprocess.Popen(
        leashed(argv, on_death, user),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=dict(environment) if environment is not None else None,
        cwd=folder,
        start_new_session=True,
        pass_fds=tuple(hand_over),
    )


@contextmanager
def beside(
    argv: Iterable[object],
    *,
    environment: Mapping[str, str] | None = None,
    user: str = "",
    folder: Path | str | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program beside our work, its words in a pipe; when we leave, however we leave, it has ended."""
    child = None
    try:
        with undisturbed():
            child = spawn(
                argv, environment=environment, user=user, on_death=signal.SIGKILL, output=subprocess.PIPE, folder=folder
            )
        yield child
    finally:
        if child and child.poll() is None:
            end_group(child.pid, signal.SIGKILL)
            child.wait()


def finish(child: subprocess.Popen[bytes]) -> Finished:
    """Wait for the end of a program beside us."""
    output, _ = child.communicate()
    return Finished(child.returncode, output.decode(errors="replace"))


def call(
    argv: Iterable[object],
    *,
    environment: Mapping[str, str] | None = None,
    user: str = "",
    folder: Path | str | None = None,
) -> Finished:
    """Run a program to its end; if we are stopped meanwhile, it is ended too."""
    with beside(argv, environment=environment, user=user, folder=folder) as child:
        return finish(child)


def attend(argv: Iterable[object], environment: Mapping[str, str]) -> int:
    """Run a program in our place at the terminal, with our streams and in our process group; its exit code.

    Ctrl-C at the terminal is for the program; if we are asked to end, it is asked too.
    """
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(leashed(argv, signal.SIGTERM), env=dict(environment))
    try:
        code = child.wait()
    except BaseException:
        child.terminate()
        child.wait()
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code


def end_group(leader: int, number: int) -> bool:
    """Send a signal to a child and all it started; False if nobody is left to hear it."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):  # macOS refuses a group that holds only the dead
        return False
    return True


def leashed(argv: Iterable[object], on_death: int, user: str = "") -> list[str]:
    """The words that start a program which gets the signal `on_death` when we die, whatever it is started with.

    Its path is looked up while we still may read everything.
    """
    name, *words = map(str, argv)
    leash = [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()), str(int(on_death)), user]
    return [*leash, shutil.which(name) or name, *words]
