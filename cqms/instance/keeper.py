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
    left = _wait_for([leader for leader, number in groups.items() if _signal(leader, number)])
    for leader in left:
        _signal(leader, signal.SIGKILL)
    _wait_for(left)  # not for ever: where nobody buries orphans, the dead stay on the list


def _wait_for(groups: list[int]) -> list[int]:
    """Who is left after a short while."""
    end = time.monotonic() + _GRACE
    while groups and time.monotonic() < end:
        time.sleep(0.05)
        groups = [leader for leader in groups if _signal(leader, 0)]
    return groups


def _signal(leader: int, number: int) -> bool:
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
