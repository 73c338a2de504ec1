"""What guard and ledger cost a save: `bin/bench trail-write [saves]`.

Compares the processor time of the database's own process for a save through the portal (row, history, event, guard,
leaves) with a plain simple-history save (row, history) on the same tables without guard and ledger; and the saves a
second of eight writers with the ledger and without it. Ends with 1 when a promise is broken.
"""

import json
import sys
import time
from pathlib import Path

from tests.bench import _ledger

SAVES = 500
ROUNDS = 3
WRITERS = 8
SECONDS = 8
MOST_TIMES = 2.6
MOST_LOSS = 0.25
MODULE = "tests.bench.trail_write"


def save_many(dsn: str, data: str, way: str, count: int, seconds: float) -> dict[str, float]:
    """Save one study again and again, each time in a transaction of its own; CPU of the server per save."""
    _ledger.django(dsn, Path(data))
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
            if way == "plain":
                with action(who.person.pk, "Measured"):
                    study.revision += 1
                    study.save()
            else:
                audit.save(study, actor=who.person, reason="Measured")

    for number in range(50):
        once(-number - 1)
    pid = _ledger.backend_pid()
    begun, cpu, done = time.monotonic(), _ledger.cpu_of(pid), 0
    while done < count and time.monotonic() - begun < seconds:
        once(done)
        done += 1
    used = _ledger.cpu_of(pid) - cpu
    return {"microseconds": 1e6 * used / done, "rate": done / (time.monotonic() - begun)}


def measure(services: object, way: str, dsn: str, count: int, writers: int = 1) -> list[dict[str, float]]:
    """The answers of so many processes that save at the same time."""
    seconds = SECONDS if writers > 1 else 600
    words = (dsn, services.data.path, way, count, seconds)
    children = [_ledger.child(MODULE, *words) for _ in range(writers)]
    return [json.loads(_ledger.answer(each)) for each in children]


def main(saves: int) -> int:
    """Measure; 1 when a promise is broken."""
    with _ledger.session() as services:
        armed, guarded, plain = (services.clone(f"bench_{name}") for name in ("armed", "guarded", "plain"))
        _ledger.disarm(guarded, "guard_leaf")
        _ledger.disarm(plain, "guard_%")
        cost = {
            name: min(measure(services, name, addresses.app, saves)[0]["microseconds"] for _ in range(ROUNDS))
            for name, addresses in (("plain", plain), ("guarded", guarded), ("armed", armed))
        }  # the least of some rounds: others may use this machine
        rate = {"guarded": 0.0, "armed": 0.0}
        for _ in range(ROUNDS):  # in turn, and the best of each: others may use this machine
            for name, addresses in (("guarded", guarded), ("armed", armed)):
                found = measure(services, name, addresses.app, 10**9, WRITERS)
                rate[name] = max(rate[name], sum(each["rate"] for each in found))
    times, loss = cost["armed"] / cost["plain"], 1 - rate["armed"] / rate["guarded"]
    print(f"server CPU of a save: plain {cost['plain']:.0f} µs, with event and guard {cost['guarded']:.0f} µs, "
          f"with the ledger {cost['armed']:.0f} µs: ×{times:.2f}")  # fmt: skip
    print(f"{WRITERS} writers: {rate['guarded']:.0f} saves a second without the ledger, {rate['armed']:.0f} with it: "
          f"{100 * loss:.0f} % less")  # fmt: skip
    broken = times > MOST_TIMES or loss > MOST_LOSS
    print(f"promised: at most ×{MOST_TIMES} and {100 * MOST_LOSS:.0f} % less" + (": BROKEN" if broken else ": kept"))
    return int(broken)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        dsn, data, way, count, seconds = sys.argv[1:]
        print(json.dumps(save_many(dsn, data, way, int(count), float(seconds))))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else SAVES))
