"""Rows on their way into the database by COPY: keys counted here, every column filled, the guards away meanwhile."""

import datetime as dt
import io
import json
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg2
from django.db import models
from psycopg2.extensions import connection

from cqms.history.action import NoAction

_PIECE, _WAITING = 4_000_000, 3
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_GUARDS = "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname LIKE 'guard\\_%' AND NOT tgisinternal"
_INDEXES = (
    "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class t ON t.oid = indrelid"
    " JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'public' AND NOT indisunique"
)


class Tables:
    """The tables that are filled. `add` takes a row by the names of its columns and returns its key.

    The database takes one piece in while the next is written.
    """

    def __init__(self, link: connection, postman: Executor) -> None:
        self._link, self._postman = link, postman
        self._tables: dict[type[models.Model], _Table] = {}
        self._sent: deque[Future[None]] = deque()

    def add(self, model: type[models.Model], **values: Any) -> int:
        """Add a row; a column that is not named has the default of its field."""
        table = self._tables.get(model)
        if table is None:
            table = self._tables[model] = _Table(model)
        key = table.write(values)
        if table.buffer.tell() > _PIECE:
            self._send(table)
        return key

    def next_key(self, model: type[models.Model]) -> int:
        """The key that the next row will have, for rows that name it before it is added."""
        return self._tables[model].last + 1 if model in self._tables else 1

    def finish(self) -> None:
        """Write what is left, and let the database count on from the last keys."""
        for table in self._tables.values():
            self._send(table)
        while self._sent:
            self._sent.popleft().result()
        with self._link.cursor() as cursor:
            for table in self._tables.values():
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [f'"{table.name}"', table.key, table.last]
                )

    def _send(self, table: "_Table") -> None:
        while len(self._sent) >= _WAITING:
            self._sent.popleft().result()
        self._sent.append(self._postman.submit(_copy, self._link, table.statement, table.take()))


def _copy(link: connection, statement: str, rows: io.StringIO) -> None:
    with link.cursor() as cursor:
        cursor.copy_expert(statement, rows)


class _Table:
    """One table: its columns in order, how each is written, and the rows that wait."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = [each for each in model._meta.concrete_fields if not each.generated]
        self.name, self.key, self.last = model._meta.db_table, model._meta.pk.column, 0
        columns = ", ".join(f'"{each.column}"' for each in fields)
        self.statement = f'COPY "{self.name}" ({columns}) FROM STDIN'
        self.writers = {each.attname: (number, _writer(each)) for number, each in enumerate(fields)}
        self.defaults = [_writer(each)(_default(each)) for each in fields]
        self.pk = model._meta.pk.attname
        self.buffer = io.StringIO()

    def write(self, values: dict[str, Any]) -> int:
        self.last = values.setdefault(self.pk, self.last + 1)
        row, writers = self.defaults.copy(), self.writers
        for name, value in values.items():
            place, write = writers[name]
            row[place] = write(value)
        self.buffer.write("\t".join(row))
        self.buffer.write("\n")
        return self.last

    def take(self) -> io.StringIO:
        """The rows that wait, from the first; those that come after wait anew."""
        full, self.buffer = self.buffer, io.StringIO()
        full.seek(0)
        return full


def _default(field: Any) -> Any:
    try:
        return field.get_default()
    except NoAction:
        return None


def _writer(field: Any) -> Callable[[Any], str]:
    kind = field.get_internal_type()
    if kind == "JSONField":
        return lambda value: json.dumps(value).translate(_ESCAPED)
    if kind == "ArrayField":
        return lambda value: "{" + ",".join(json.dumps(each) for each in value) + "}"
    return _text


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.translate(_ESCAPED)
    if value is None:
        return "\\N"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


@contextmanager
def disarmed(superuser: str) -> Iterator[Tables]:
    """Take guards and plain indexes away while rows are written; the indexes come back here, the guards by `migrate`.

    Referential checks are off for this connection: the rows name keys that were counted here.
    """
    link = psycopg2.connect(superuser)
    link.autocommit = True
    try:
        with link.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('event_triggers', 'off', false)"
                " WHERE current_setting('event_triggers', true) IS NOT NULL"
            )
            cursor.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
            cursor.execute(_GUARDS)
            for table, name in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name} ON {table}")
            cursor.execute("TRUNCATE audit_ledgerqueue, audit_ledgerlayout CASCADE")
            cursor.execute(_INDEXES)
            indexes = cursor.fetchall()
            for name, _ in indexes:
                cursor.execute(f"DROP INDEX {name}")
            with ThreadPoolExecutor(max_workers=1) as postman:
                tables = Tables(link, postman)
                yield tables
                tables.finish()
            for _, definition in indexes:
                cursor.execute(definition)
            cursor.execute("VACUUM ANALYZE")
    finally:
        link.close()
