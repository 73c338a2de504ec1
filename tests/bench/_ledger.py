"""What the measurements of the ledger share: databases of their own, and Django in a process that knows one of them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from cqms.instance.database import connected
from cqms.instance.testing import Addresses, Session

PROJECT = Path(__file__).resolve().parents[2]
_FILL = "from tests.cast import build; build()"


@contextmanager
def session() -> Iterator[Session]:
    """A PostgreSQL for one measurement, with the cast in its template."""
    services = Session()
    os.environ["CQMS_TEST_FOLDER"] = str(services.data.path)
    try:
        services.start(_FILL)
        yield services
    finally:
        services.stop()


def django(dsn: str, data: Path) -> None:
    """Let this process be a portal on that database."""
    os.environ |= {"DATABASE_URL": dsn, "CQMS_DATA": str(data), "DJANGO_SETTINGS_MODULE": "cqms.settings_test"}
    import django as framework  # noqa: PLC0415 – the addresses must be known first

    framework.setup()


def child(module: str, *words: object) -> subprocess.Popen[str]:
    """This measurement again in a process of its own, for one part of the work."""
    argv = [sys.executable, "-m", module, *map(str, words)]
    return subprocess.Popen(argv, cwd=PROJECT, stdout=subprocess.PIPE, text=True)


def answer(process: subprocess.Popen[str]) -> str:
    """What the child printed last; its failure is ours."""
    printed, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"a part of the measurement ended with {process.returncode}")
    return printed.splitlines()[-1]


def cpu_of(pid: int) -> float:
    """Seconds of processor that a process has used, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def backend_pid() -> int:
    """The server's process behind Django's connection."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def disarm(addresses: Addresses, like: str) -> None:
    """Take the triggers whose names are like that away."""
    with connected(addresses.superuser) as link, link.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname LIKE %s AND NOT tgisinternal", [like]
        )
        for table, name in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name} ON {table}")


def first_organization() -> SimpleNamespace:
    """The organization that is measured, and somebody who acts in it."""
    from cqms.accounts.models import User  # noqa: PLC0415
    from cqms.organizations.models import Organization  # noqa: PLC0415

    return SimpleNamespace(ours=Organization.objects.get(slug="northwind"), person=User.objects.order_by("pk").first())
