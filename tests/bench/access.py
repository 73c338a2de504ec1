"""What a list page costs a guest beside a person with all rights: `bin/bench access [--records N …]`.

Loads the records by `seed_load`, then asks for the lists as the head of quality and as a guest of three studies. Prints
what each costs; ends with 1 when a promise is broken: the guest's page costs at most so much more, nobody asks more
often than promised, and no large table is read from end to end.
"""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from typing import Any

from tests.bench import _load

MOST_TIMES, MOST_QUERIES = 1.25, 12
LARGE, PAST = 2000, 6_000
"""Rows of a table that is not read from end to end, and rows of others that are not passed by on the way."""
LISTS = ("studies/", "documents/", "documents/?sort=-title", "documents/?state=effective", "quality-events/")
PLACE = "load-0001"
PEOPLE = {"all rights": "quality_head.1", "guest of three studies": "guest.15"}


def measure(rounds: int) -> Iterator[str]:
    """Print what each list costs, or with no rounds only how it is answered; every promise that is broken, in words."""
    for path in LISTS:
        totals = []
        for who, name in PEOPLE.items():
            client = _load.browser(f"{name.replace('_', '.')}@{PLACE}.example")
            ask = partial(client.get, f"/o/{PLACE}/{path}")
            yield from _answered(path, who, ask)
            if rounds:
                cost = _load.cost_of(ask, rounds)
                totals.append(cost.total)
                print(f"{path:28} {who:24} {cost}", flush=True)
        if rounds:
            times = totals[1] / totals[0]
            print(f"{path:28} the guest's costs ×{times:.2f}", flush=True)
            if times > MOST_TIMES:
                yield f"{path} costs a guest ×{times:.2f}"


def _answered(path: str, who: str, ask: Callable[[], Any]) -> Iterator[str]:
    from cqms.organizations.models import Organization  # noqa: PLC0415 – the addresses must be known first

    status = [ask().status_code for _ in range(2)]
    statements = _load.asked(ask)
    print(f"{path:28} {who:24} {len(statements)} queries", flush=True)
    if status[-1] != HTTPStatus.OK:
        yield f"{path} answers {who} with {status[-1]}"
    if len(statements) > MOST_QUERIES:
        yield f"{path} asks {len(statements)} times for {who}"
    for what in _load.wasted(statements, Organization.objects.get(slug=PLACE).pk, large=LARGE, past=PAST):
        yield f"{path} reads {what} for {who}"


def main(arguments: list[str]) -> int:
    """1 when a promise is broken."""
    chosen = _load.options("access", records=1_000_000, organizations=200, studies=2000, people=5000)
    options = chosen.parse_args(arguments)
    with _load.portal(options):
        broken = list(measure(options.rounds))
    for each in broken:
        print(f"BROKEN: {each}")
    print(f"promised: at most ×{MOST_TIMES} and {MOST_QUERIES} queries" + ("" if broken else ": kept"))
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
