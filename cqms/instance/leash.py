"""Runs inside a new child, alone: ties its life to the parent's, drops rights if asked, and becomes the program.

Arguments: the parent's process id, the signal for us when it dies, the account to run as (or nothing), the program.
"""

import ctypes
import os
import pwd
import signal
import sys

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
_NO_SUCH_PROGRAM = 127


def _become(argv: list[str]) -> None:
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
        os.execv(argv[3], argv[3:])  # noqa: S606
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
