"""Whether this process can do its work, each question answered in words."""

import datetime as dt
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis
import structlog
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from cqms.accounts.passwords import trouble_with_breached
from cqms.audit import standing
from cqms.audit.ledger.keys import key_trouble
from cqms.audit.ledger.sealing import waiting_since
from cqms.organizations.walls import scoped_models
from cqms.reports.rendering import LibrariesMissing, load_engine

AWAY = "The database does not answer. What the portal holds is safe; it goes on by itself once the database is back."
_BROKER_AWAY = "The broker does not answer. Pages work; mails, exports and PDFs wait until it is back."
_PATIENCE_SECONDS = 2.0
_NAMED = 5
_LONGEST_WAIT = dt.timedelta(minutes=1)

_log = structlog.get_logger()


@dataclass(frozen=True)
class Check:
    """One question: whether it is answered well, in words, and whether the portal can work without."""

    name: str
    ok: bool
    words: str
    fatal: bool = True


def checks() -> list[Check]:
    """Every check; those that ask the database stop with the first that shows it is away."""
    found = [_asked("database", _database)]
    if found[0].ok:
        found += [_asked(name, ask) for name, ask in _OF_DATABASE.items()]
        found += [_asked(name, ask, fatal=False) for name, ask in _OF_LEDGER.items()]
    return [*found, _broker(), _files(), _pdf(), *_passwords()]


def _asked(name: str, ask: Callable[[], str], *, fatal: bool = True) -> Check:
    try:
        trouble = ask()
    except Error as error:
        _log.warning("database_away", asked=name, error=str(error).strip())
        trouble = AWAY
    return Check(name, not trouble, trouble or "as it should be", fatal)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _role() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls,"
            " EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relkind = 'r')"
            " FROM pg_roles WHERE rolname = current_user"
        )
        name, is_superuser, bypasses, owns = cursor.fetchone()
    if not (is_superuser or bypasses or owns):
        return ""
    wrong = "is a superuser" if is_superuser else "bypasses row-level security" if bypasses else "owns tables"
    return f"The role {name} {wrong}: nothing would be kept apart. Use the role made for the portal."


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"Not applied: {_some([str(migration) for migration, _ in plan])}. Run the migrations." if plan else ""


def _guards() -> str:
    stand = standing.look()
    lost = f"Guards are missing: {_some(stand.missing)}. Prepare the database anew, then run the migrations."
    added = f"Not of this portal: {_some(stand.beside)}. Find out who put it there, and take it away."
    return " ".join(words for words, found in ((lost, stand.missing), (added, stand.beside)) if found)


def _walls() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
            " AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid)"
        )
        walled = {name for (name,) in cursor.fetchall()}
    open_tables = sorted({model._meta.db_table for model in scoped_models()} - walled)
    return f"Without row-level security: {_some(open_tables)}. Run the migrations." if open_tables else ""


_OF_DATABASE = {"role": _role, "migrations": _migrations, "guards": _guards, "walls": _walls}


def _sealer() -> str:
    since = waiting_since()
    if since is None or timezone.now() - since < _LONGEST_WAIT:
        return ""
    return (
        f"Entries wait for the sealer since {since:%Y-%m-%d %H:%M:%S} UTC: it has stopped, or cannot seal. "
        "Look whether worker and beat run, and what the worker's log says."
    )


_OF_LEDGER = {"sealer": _sealer, "keys": key_trouble}


def _broker() -> Check:
    try:
        with redis.from_url(
            settings.REDIS_URL, socket_timeout=_PATIENCE_SECONDS, socket_connect_timeout=_PATIENCE_SECONDS
        ) as server:
            server.ping()
    except (redis.RedisError, OSError) as error:
        _log.warning("broker_away", error=str(error))
        return Check("broker", ok=False, words=_BROKER_AWAY)
    return Check("broker", ok=True, words="as it should be")


def _files() -> Check:
    folder = Path(settings.FILES_DIR)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        return Check("files", ok=False, words=f"The folder for files cannot be written: {error.strerror}")
    return Check("files", ok=True, words="as it should be")


def _pdf() -> Check:
    try:
        load_engine()
    except LibrariesMissing as missing:
        return Check("pdf", ok=False, words=str(missing), fatal=False)
    return Check("pdf", ok=True, words="as it should be", fatal=False)


def _passwords() -> list[Check]:
    """Asked where a file of breached passwords is named: without it nobody could set a password."""
    trouble = trouble_with_breached()
    return [Check("passwords", ok=False, words=trouble)] if trouble else []


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
