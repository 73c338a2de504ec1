"""What the pages that people use most cost: `bin/bench pages [--records N …]`.

Loads the records by `seed_load`, then asks for each page as one person and as eight at a time. Prints the processor
time of portal and database for a request, the middle and the slowest twentieth of the answers, and answers a second;
ends with 1 when a page costs more than what people could use instead (measured on the same kind of machine).
"""

import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.bench import _load

PLACE = "load-0001"
ROWS, CLIENTS, SECONDS = 80, 8, 4
_NUMBERS = count()


@dataclass(frozen=True)
class Page:
    """A page, what it may cost in ms CPU, who asks for it, and the request; `alone` is not asked by eight at a time."""

    name: str
    most: float
    who: str
    ask: Callable[[Any], Any]
    alone: bool = False


def pages() -> list[Page]:
    """The pages, with records of the load."""
    home, issue, later = f"/o/{PLACE}", _records("closed"), _records("new")
    issues = f"{home}/quality-events/issues"
    return [
        Page("list of 80 rows", 35, "author.9", lambda c: c.get(f"{issues}/")),
        Page("deep page of 80 rows", 35, "author.9", lambda c: c.get(f"{issues}/?after={_deep()}")),
        Page("words and a filter", 79, "author.9", lambda c: c.get(f"{issues}/?q=laboratory&state=closed")),
        Page("search everywhere", 79, "author.9", lambda c: c.get(f"{home}/search/?q=laboratory+result")),
        Page("record with timeline", 40, "author.9", lambda c: c.get(f"{issues}/{issue[0]}/")),
        Page("create", 134, "author.9", lambda c: c.post(f"{issues}/new/", _new()), alone=True),
        Page("change of state", 85, "qa.2",
             lambda c: c.post(f"{issues}/{later[next(_NUMBERS)]}/steps/take_up/", {"revision": 1}), alone=True),
        Page("CSV of some 1,000 rows", 140, "author.9", lambda c: c.get(f"{issues}/?severity=major&format=csv")),
    ]  # fmt: skip


def main(arguments: list[str]) -> int:
    """1 when a page costs more than it may."""
    chosen = _load.options("pages", records=10_000, organizations=2, studies=20, people=50).parse_args(arguments)
    with _load.portal(chosen):
        from cqms.ui.views import ListPage  # noqa: PLC0415 – the addresses must be known first

        ListPage.size = ROWS
        dear = [page.name for page in pages() if not _measure(page, chosen.rounds)]
    print("kept" if not dear else f"BROKEN: {', '.join(dear)}")
    return int(bool(dear))


def _measure(page: Page, rounds: int) -> bool:
    client = _load.browser(f"{page.who.replace('_', '.')}@{PLACE}.example")
    answer = page.ask(client)
    if answer.status_code not in (200, 302):
        raise SystemExit(f"{page.name}: answered with {answer.status_code}")
    seconds = []

    def once() -> None:
        begun = time.perf_counter()
        page.ask(client)
        seconds.append(time.perf_counter() - begun)

    cost = _load.cost_of(once, rounds)
    crowd = "" if page.alone else f"; {CLIENTS} at a time {_spread(_crowd(page))}"
    print(f"{page.name:24} {cost}, may cost {page.most:.0f}; {_spread(seconds)}{crowd}", flush=True)
    return cost.total <= page.most


def _crowd(page: Page) -> list[float]:
    """How long each answer took while eight people asked, each in a process of its own."""
    from django.db import connections  # noqa: PLC0415

    connections.close_all()
    with multiprocessing.get_context("fork").Pool(CLIENTS) as pool:
        parts = pool.map(_asking, [(page.name, number) for number in range(CLIENTS)], chunksize=1)
    return [each for part in parts for each in part]


def _asking(told: tuple[str, int]) -> list[float]:
    page = next(each for each in pages() if each.name == told[0])
    client, seconds, until = _load.browser(f"{page.who}@{PLACE}.example"), [], time.monotonic() + SECONDS
    while time.monotonic() < until:
        begun = time.perf_counter()
        page.ask(client)
        seconds.append(time.perf_counter() - begun)
    return seconds


def _spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    slow = ordered[int(len(ordered) * 0.95)] if len(ordered) > 1 else ordered[0]
    rate = len(ordered) / sum(ordered)
    return f"p50 {1000 * statistics.median(ordered):.0f} ms, p95 {1000 * slow:.0f} ms, {rate:.1f}/s each"


def _records(state: str) -> list[str]:
    from cqms.organizations.models import Organization  # noqa: PLC0415
    from cqms.organizations.scope import scope  # noqa: PLC0415
    from quality_events.issues.models import QualityIssue  # noqa: PLC0415

    with scope(Organization.objects.get(slug=PLACE)):
        return list(QualityIssue.objects.filter(state=state).order_by("pk").values_list("number", flat=True)[:200])


def _deep() -> str:
    from cqms.ui.keyset import Cursor  # noqa: PLC0415

    return Cursor("QI-0400", 10**9, 400).encode()


def _new() -> dict[str, object]:
    from cqms.accounts.models import User  # noqa: PLC0415

    owner = User.objects.get(email=f"author.9@{PLACE}.example")
    return {"title": "Temperature log incomplete", "description": "Two days are missing.", "discovered_on": "2026-01-12",
            "detected_how": "Monitoring", "scope": "study", "aware_at": "2026-01-12T10:00", "owner": owner.pk}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
