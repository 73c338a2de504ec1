"""Child processes that do not outlive their parent.

A child is started through this very file: it drops its rights if asked, ties its life to the parent (Linux) and
becomes the program. Every child leads a process group of its own, so the terminal's Ctrl-C reaches only the parent
and a child can be ended together with everything it started.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
_NO_SUCH_PROGRAM = 127


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
        [*_wrapper(on_death, user), *map(str, argv)],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=dict(environment) if environment is not None else None,
        cwd=folder,
        start_new_session=True,
        pass_fds=tuple(hand_over),
    )


def call(
    argv: Iterable[object],
    *,
    environment: Mapping[str, str] | None = None,
    user: str = "",
    folder: Path | str | None = None,
) -> Finished:
    """Run a program to its end and return what it said; if we are stopped meanwhile, it is ended too."""
    child = spawn(
        argv, environment=environment, user=user, output=subprocess.PIPE, folder=folder, on_death=signal.SIGKILL
    )
    try:
        output, _ = child.communicate()
    except BaseException:
        end_group(child.pid, signal.SIGKILL)
        child.wait()
        raise
    return Finished(child.returncode, output.decode(errors="replace"))


def attend(argv: Iterable[object], environment: Mapping[str, str]) -> int:
    """Run a program in our place at the terminal, with our streams and in our process group; its exit code.

    Ctrl-C at the terminal is for the program; if we are asked to end, it is asked too.
    """
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen([*_wrapper(signal.SIGTERM), *map(str, argv)], env=dict(environment))
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


def _wrapper(on_death: int, user: str = "") -> list[str]:
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(int(on_death)), user]


def _become(argv: list[str]) -> None:
    """Inside the child: drop rights, tie our life to the parent's, then be the program."""
    parent, on_death, user = int(argv[0]), int(argv[1]), argv[2]
    _hear_signals()
    if user:
        account = pwd.getpwnam(user)
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    if sys.platform == "linux":  # after the change of user, which would clear it
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, on_death)
    if os.getppid() != parent:
        sys.exit(0)
    try:
        os.execvp(argv[3], argv[3:])  # noqa: S606
    except OSError as error:
        print(f"{argv[3]}: {error.strerror}", file=sys.stderr)
        sys.exit(_NO_SUCH_PROGRAM)


def _hear_signals() -> None:
    """A parent may block or ignore what its child must react to."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


if __name__ == "__main__":
    _become(sys.argv[1:])
