"""What the supervisor needs to know about one long-running process."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """A process to keep running.

    `stop` asks it to end in an orderly way, and is also what it gets when we are killed; `last` marks a service
    that the others need until their own end; `hand_over` are open file descriptors it inherits.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    environment: Mapping[str, str]
    folder: Path = Path("/")
    user: str = ""
    stop: int = signal.SIGTERM
    last: bool = False
    hand_over: tuple[int, ...] = ()
