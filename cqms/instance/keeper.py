"""The last one to leave: ends every process group of a supervisor that was killed.

It reads from its standard input which groups there are: a line `pid signal` when one is started, `-pid` when one is
gone. The end of the input means that the supervisor is no more. Each group gets its signal, and after a short while
whoever is left is killed. The lock of the data folder, which it inherited, is free when it has finished.
"""

import os
import signal
import sys
import time

_GRACE = 2.5


def main() -> None:
    """Keep the list until the supervisor ends, then end whatever is still on it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, int] = {}
    for line in sys.stdin:
        leader, _, how = line.strip().partition(" ")
        if leader.startswith("-"):
            groups.pop(int(leader[1:]), None)
        else:
            groups[int(leader)] = int(how)
    _end(groups)


def _end(groups: dict[int, int]) -> None:
    end = time.monotonic() + _GRACE
    left = [leader for leader, number in groups.items() if _signal(leader, number)]
    while left and time.monotonic() < end:
        time.sleep(0.05)
        left = [leader for leader in left if _signal(leader, 0)]
    for leader in left:
        _signal(leader, signal.SIGKILL)
    while any(_signal(leader, 0) for leader in left):
        time.sleep(0.05)


def _signal(leader: int, number: int) -> bool:
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
