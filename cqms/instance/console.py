"""What a command says on the terminal, and the two ways it ends early."""

import contextlib
import errno
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType

FAILED = 1
REFUSED = 2
_STARTED = "CQMS_STARTED"
_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Refusal(Exception):
    """The command cannot go on. The text is one plain sentence that names the cure; the exit code is 2."""


class Failure(Exception):
    """Something of ours did not work. The text says what, with its own words; the exit code is 1."""


class Stopped(BaseException):
    """A person or the system asked the command to end: Ctrl-C, SIGTERM or SIGHUP."""


def start_clock() -> None:
    """Start counting, unless this process already counts since before it replaced itself with another Python."""
    if not os.environ.get(_STARTED, "").startswith(f"{os.getpid()}:"):
        os.environ[_STARTED] = f"{os.getpid()}:{time.monotonic()}"


def seconds() -> float:
    """Seconds since the command was started."""
    start_clock()
    return time.monotonic() - float(os.environ[_STARTED].partition(":")[2])


def say(text: str) -> None:
    """One line of progress with its time. A terminal that has gone away is no error."""
    with contextlib.suppress(OSError, ValueError):
        print(f"[{seconds():6.1f} s] {text}", flush=True)


def run(work: Callable[[], int]) -> int:
    """Do the work of a command and return its exit code.

    A refusal, a full disk and a file we may not use become one sentence and 2.
    """
    start_clock()
    stop_on_signals()
    try:
        return work()
    except Refusal as refusal:
        return _complain(str(refusal), REFUSED)
    except Failure as failure:
        return _complain(str(failure), FAILED)
    except OSError as error:
        if error.errno in _FULL:
            return _complain(full_disk(error.filename or "this place"), REFUSED)
        if error.errno in _FORBIDDEN and error.filename:
            return _complain(f"{error.filename} may not be used by you: correct its permissions.", REFUSED)
        raise
    except Stopped as stopped:
        say("Stopped before the work was done")
        return 128 + stopped.args[0]


def full_disk(place: object) -> str:
    """The sentence for a disk without room."""
    cure = "free some space, or choose a folder on another disk with --data, and start again"
    return f"The disk is full at {place}: {cure}."


def _complain(text: str, code: int) -> int:
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)
    return code


def stop_on_signals() -> None:
    """Let the first Ctrl-C, SIGTERM or SIGHUP raise Stopped where the program stands; later ones change nothing."""

    def stop(number: int, _frame: FrameType | None) -> None:
        for later in _STOPPING:
            signal.signal(later, signal.SIG_IGN)
        raise Stopped(number)

    for number in _STOPPING:
        if (number, signal.getsignal(number)) != (signal.SIGHUP, signal.SIG_IGN):  # nohup asks to outlive the terminal
            signal.signal(number, stop)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Hold signals back for a few lines that must happen together."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
