"""What guard and ledger cost a save: `bin/bench trail-write [rounds]`.

Compares the processor time of the database's own process for a save through the portal (row, history, event, guard,
leaves) with a plain simple-history save (row, history) on the same tables without guard and ledger; and the saves a
second of eight writers with the ledger and without it. The search index is no part of either and is told apart.

Others may use this machine, so the ways take turns of 100 saves, and what is printed is the middle of all turns.
Ends with 1 when a promise is broken.
"""

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from cqms.instance.testing import Session
from tests.bench import _ledger

ROUNDS = 15
SAVES = 100
WRITERS = 8
TURNS = 4
SECONDS = 6
MOST_TIMES = 2.6
MOST_LOSS = 0.25
MODULE = "tests.bench.trail_write"
PLAIN, GUARDED, ARMED, SEARCHED = "plain", "guarded", "armed", "searched"


class Writer:
    """A process that saves when it is told to, and says what it cost."""

    def __init__(self, services: Session, way: str, dsn: str) -> None:
        words = [sys.executable, "-m", MODULE, dsn, str(services.data.path), way]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(words, cwd=_ledger.PROJECT, stdin=pipe, stdout=pipe, text=True)
        self.hear()

    def tell(self, saves: int, seconds: float) -> None:
        """Let it save so often, or so long."""
        assert self._process.stdin
        self._process.stdin.write(f"{saves} {seconds}\n")
        self._process.stdin.flush()

    def hear(self) -> dict[str, float]:
        """What the last turn cost."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"a writer ended with {self._process.wait()}")
        return dict(json.loads(line))

    def end(self) -> None:
        """Let it go."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def write_when_told(dsn: str, data: str, way: str) -> None:
    """Save one study again and again, each time in a transaction of its own; answer each line with its cost."""
    _ledger.django(dsn, Path(data))
    if way != SEARCHED:
        _forget_the_search_index()
    once = _save_of(way)
    for number in range(50):
        once(-number - 1)
    pid, numbers = _ledger.backend_pid(), itertools.count()
    print(json.dumps({}), flush=True)
    for line in sys.stdin:
        count, seconds = map(float, line.split())
        begun, cpu, done = time.monotonic(), _ledger.cpu_of(pid), 0
        while done < count and time.monotonic() - begun < seconds:
            once(next(numbers))
            done += 1
        used, took = _ledger.cpu_of(pid) - cpu, time.monotonic() - begun
        print(json.dumps({"microseconds": 1e6 * used / done, "rate": done / took}), flush=True)


def _forget_the_search_index() -> None:
    from cqms.audit import services as audit  # noqa: PLC0415
    from cqms.search.services import note  # noqa: PLC0415

    audit._followers.remove(note)


def _save_of(way: str) -> Callable[[int], Any]:
    from cqms.audit import services as audit  # noqa: PLC0415
    from cqms.history.action import action  # noqa: PLC0415
    from cqms.organizations.scope import scope  # noqa: PLC0415
    from studies.models import Study  # noqa: PLC0415

    who = _ledger.first_organization()
    with scope(who.ours):
        like = Study.objects.get(number="NW-101")
        study = audit.save(
            Study(number=f"BM-{time.monotonic_ns() % 10**8}", title="Measured", phase="2", status="recruiting",
                  sponsor=like.sponsor, countries=["DE"], manager=like.manager), actor=who.person,
        )  # fmt: skip

    def once(number: int) -> None:
        study.title = f"Measured {number}"
        with scope(who.ours):
            if way == PLAIN:
                with action(who.person.pk, "Measured"):
                    study.revision += 1
                    study.save()
            else:
                audit.save(study, actor=who.person, reason="Measured")

    return once


def cost_of_a_save(services: Session, addresses: dict[str, str], rounds: int) -> dict[str, list[float]]:
    """Microseconds of the server's processor for each way, a value for each turn."""
    writers = {way: Writer(services, way, dsn) for way, dsn in addresses.items()}
    found: dict[str, list[float]] = {way: [] for way in writers}
    for _ in range(rounds):
        for way, writer in writers.items():
            writer.tell(SAVES, 600)
            found[way].append(writer.hear()["microseconds"])
    for writer in writers.values():
        writer.end()
    return found


def rates_together(services: Session, addresses: dict[str, str]) -> dict[str, list[float]]:
    """Saves a second of eight writers at once for each way, a value for each turn."""
    writers = {way: [Writer(services, way, dsn) for _ in range(WRITERS)] for way, dsn in addresses.items()}
    found: dict[str, list[float]] = {way: [] for way in writers}
    for turn in range(TURNS):
        for way in sorted(writers, reverse=bool(turn % 2)):
            for writer in writers[way]:
                writer.tell(10**9, SECONDS)
            found[way].append(sum(writer.hear()["rate"] for writer in writers[way]))
    for writer in itertools.chain(*writers.values()):
        writer.end()
    return found


def main(rounds: int) -> int:
    """Measure; 1 when a promise is broken."""
    with _ledger.session() as services:
        plain, guarded, armed = (services.clone(f"bench_{name}") for name in (PLAIN, GUARDED, ARMED))
        _ledger.disarm(guarded, "guard_leaf")
        _ledger.disarm(plain, "guard_%")
        dsns = {PLAIN: plain.app, GUARDED: guarded.app, ARMED: armed.app, SEARCHED: armed.app}
        costs = cost_of_a_save(services, dsns, rounds)
        rates = rates_together(services, {way: dsns[way] for way in (GUARDED, ARMED)})
    cost = {way: median(turns) for way, turns in costs.items()}
    times = {way: median(each / base for each, base in zip(turns, costs[PLAIN], strict=True))
             for way, turns in costs.items()}  # fmt: skip
    loss = 1 - median(armed / bare for armed, bare in zip(rates[ARMED], rates[GUARDED], strict=True))
    print(f"server CPU of a save: plain {cost[PLAIN]:.0f} µs, with event and guard {cost[GUARDED]:.0f} µs "
          f"(×{times[GUARDED]:.2f}), with the ledger {cost[ARMED]:.0f} µs: ×{times[ARMED]:.2f}")  # fmt: skip
    print(f"the search index comes on top: {cost[SEARCHED]:.0f} µs (×{times[SEARCHED]:.2f})")
    print(f"{WRITERS} writers: {median(rates[GUARDED]):.0f} saves a second without the ledger, "
          f"{median(rates[ARMED]):.0f} with it: {100 * loss:.0f} % less")  # fmt: skip
    broken = times[ARMED] > MOST_TIMES or loss > MOST_LOSS
    print(f"promised: at most ×{MOST_TIMES} and {100 * MOST_LOSS:.0f} % less" + (": BROKEN" if broken else ": kept"))
    return int(broken)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        write_when_told(*sys.argv[1:])
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
