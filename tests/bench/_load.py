"""A loaded portal for a measurement, people in front of it, and what a request costs: CPU of ours and of the server."""

import os
import re
import resource
import statistics
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cqms.instance import build, database
from tests.bench import _ledger

NAME = "bench_load"
_NODE = re.compile(r"-> +(?:Parallel )?(.*Scan.*?)(?: \(actual|$)|^ *(.*Scan.*?) \(actual")
_SCAN, _PAST = re.compile(r"Seq Scan on (\w+)"), re.compile(r"Rows Removed by Filter: (\d+)")


def options(prog: str, *, records: int, organizations: int, studies: int, people: int) -> ArgumentParser:
    """How much is loaded; the promises are about the defaults."""
    parser = ArgumentParser(prog=f"bin/bench {prog}")
    parser.add_argument("--records", type=int, default=records)
    parser.add_argument("--organizations", type=int, default=organizations)
    parser.add_argument("--studies", type=int, default=studies)
    parser.add_argument("--people", type=int, default=people)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=40, help="requests of each kind that are measured")
    return parser


@contextmanager
def portal(chosen: Namespace) -> Iterator[None]:
    """Let this process be a portal on a database that is loaded for it and goes with it."""
    with _ledger.session() as services:
        addresses = services.addresses(NAME)
        database.prepare(services.addresses("postgres").superuser, addresses.owner, addresses.app)
        told = {**os.environ, "DJANGO_SETTINGS_MODULE": "cqms.settings_test", "DATABASE_URL": addresses.owner,
                "DATABASE_SUPERUSER_URL": addresses.superuser, "CQMS_DATA": str(services.data.path)}  # fmt: skip
        build.manage(["migrate", "--verbosity=0"], told)
        amounts = [f"--{name}={getattr(chosen, name)}" for name in ("records", "organizations", "studies", "people")]
        build.manage(["seed_load", *amounts, f"--seed={chosen.seed}", "--unsealed"], told)
        os.environ["REDIS_URL"] = f"{services.redis}?db=0"
        _ledger.django(addresses.app, services.data.path / "portal")
        yield


@dataclass(frozen=True)
class Cost:
    """Milliseconds of processor of one request, in the middle of some: the portal's and the database's."""

    portal: float
    database: float

    @property
    def total(self) -> float:
        """Both."""
        return self.portal + self.database

    def __str__(self) -> str:
        return f"{self.total:.1f} ms CPU ({self.portal:.1f} portal, {self.database:.1f} database)"


def cost_of(request: Callable[[], Any], rounds: int, *, piece: int = 5) -> Cost:
    """What a request costs: pieces of some requests are measured, because the clock of processes counts in 10 ms.

    The least of the portal and the mean of the database: others use this machine, and they only add.
    """
    for _ in range(3):
        request()
    pid, mine, theirs = _ledger.backend_pid(), [], []
    for _ in range(max(rounds // piece, 1)):
        used, server = own(), _ledger.cpu_of(pid)
        for _ in range(piece):
            request()
        mine.append(1000 * (own() - used) / piece)
        theirs.append(1000 * (_ledger.cpu_of(pid) - server) / piece)
    return Cost(statistics.median(mine), statistics.mean(theirs))


def browser(email: str) -> Any:
    """A browser in which the person with this e-mail is signed in."""
    from django.test import Client  # noqa: PLC0415 – the addresses must be known first

    from cqms.accounts.models import User  # noqa: PLC0415

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(email=email))
    return client


def asked(request: Callable[[], Any]) -> list[str]:
    """The statements of a request."""
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    with CaptureQueriesContext(connection) as queries:
        request()
    return [each["sql"] for each in queries.captured_queries]


def wasted(statements: list[str], organization: int, *, large: int, past: int) -> list[str]:
    """What the statements read in vain: `large` tables from end to end, and so many rows `past` that do not fit."""
    from django.db import connection, transaction  # noqa: PLC0415

    plans = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.organization', %s, true)", [str(organization)])
        for each in statements:
            sql = each.partition("; ")[2] if each.startswith("SELECT set_config") else each
            if sql.startswith(("SELECT", "WITH")):
                cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {sql.replace('%', '%%')}", [])
                plans.append("\n".join(line for (line,) in cursor.fetchall()))
        vain = [each for plan in plans for each in passed_by(plan, past)]
        read = [table for plan in plans for table in _SCAN.findall(plan)]
        cursor.execute("SELECT relname FROM pg_class WHERE relname = ANY(%s) AND reltuples >= %s", [read, large])
        return sorted(f"all of {name}" for (name,) in cursor.fetchall()) + vain


def passed_by(plan: str, past: int) -> list[str]:
    """Which scans of a plan passed by so many rows that do not fit, over which index: what to change is told by it."""
    found, scan = [], ""
    for line in plan.splitlines():
        if node := _NODE.search(line):
            scan = node[1] or node[2]
        if (many := _PAST.search(line)) and int(many[1]) >= past:
            found.append(f"{many[1]} rows in vain by {scan}")
    return found


def own() -> float:
    """Seconds of processor that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
