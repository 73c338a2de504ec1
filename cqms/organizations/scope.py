"""The scope: which organization this code works for, said once to Python and to the database.

Both walls read it: managers filter by it and raise without it; row-level security compares each row with the
setting `app.organization` of the transaction. The setting is local to the transaction, so a pooled connection
never carries it to somebody else.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import connection, transaction
from django.utils import timezone


class NoScope(RuntimeError):
    """Rows of organizations were asked for while no organization was open."""


class HasKey(Protocol):
    pk: Any


class HasDays(HasKey, Protocol):
    def day_of(self, moment: dt.datetime) -> dt.date:
        """The calendar day of an aware moment, in the zone in which its days begin."""


@dataclass
class _Nobody:
    """An organization that questions are put together for."""

    pk: int

    def day_of(self, moment: dt.datetime) -> dt.date:
        """The day in UTC: no day is kept from it."""
        return moment.astimezone(dt.UTC).date()


@dataclass
class _Scope:
    organization: HasDays
    cache: dict[Any, Any] = field(default_factory=dict)
    endings: dict[Callable[[list[Any]], None], set[Any]] = field(default_factory=dict)


_CHECK_NOW = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"
_SET = "SELECT set_config('app.{}', %s, true)"
_current: ContextVar[_Scope | None] = ContextVar("organization_scope", default=None)


@contextmanager
def scope(organization: HasDays, *, first: Callable[[], object] | None = None) -> Iterator[None]:
    """Work for one organization inside a transaction of its own, or a savepoint of the open one.

    On success all deferred checks run before the setting changes, because they need it: here inside another
    transaction, else at its end; an error rolls back to the start, and with it the setting. (Resetting the setting in
    `finally` would blind the checks.) `first` reads what is needed in any case: the setting travels with its query.
    """
    outer, was_open = _current.get(), connection.in_atomic_block
    token = _current.set(_Scope(organization))
    try:
        with transaction.atomic():
            with _sent_with_first_query(_SET.format("organization"), str(organization.pk)):
                if first is not None:
                    first()
            yield
            if not connection.needs_rollback:
                _run_endings()
                if was_open:
                    _leave(str(outer.organization.pk) if outer else "")
    finally:
        _current.reset(token)


@contextmanager
def person_scope(person: HasKey) -> Iterator[None]:
    """Let the database show a person's own memberships while no organization is open: from the first query in here.

    The setting ends with the transaction, and says nothing wherever an organization is open.
    """
    with _sent_with_first_query(_SET.format("person"), str(person.pk)):
        yield


@contextmanager
def as_if(pk: int) -> Iterator[None]:
    """Let questions be put together for an organization that need not exist; the database hears nothing of it."""
    token = _current.set(_Scope(_Nobody(pk)))
    try:
        yield
    finally:
        _current.reset(token)


def current_organization_id() -> int:
    """The id of the open organization. Raises NoScope outside of one."""
    key: int = _open_scope().organization.pk
    return key


def current_organization() -> Any:
    """The open organization itself, as it was when it was opened. Raises NoScope outside of one."""
    return _open_scope().organization


def today() -> dt.date:
    """The calendar day now where days are counted: in the zone of the open organization, else the reader's."""
    return day_of(timezone.now())


def day_of(moment: dt.datetime) -> dt.date:
    """The calendar day of an aware moment where days are counted: see `today`."""
    found = _current.get()
    return found.organization.day_of(moment) if found else timezone.localtime(moment).date()


def scope_is_open() -> bool:
    """Whether an organization is open."""
    return _current.get() is not None


def scope_cache() -> dict[Any, Any]:
    """A dictionary that lives as long as the scope: what a request asks for again and again. Raises NoScope."""
    return _open_scope().cache


def before_end(work: Callable[[list[Any]], None], key: Any) -> None:
    """Do the work once before the scope is left on success, in its transaction, for all keys together.

    For what is derived from rows: however often they change in the scope, it is derived once. Raises NoScope.
    """
    _open_scope().endings.setdefault(work, set()).add(key)


def _run_endings() -> None:
    endings = _open_scope().endings
    while endings:
        work, keys = endings.popitem()
        work(list(keys))


def _open_scope() -> _Scope:
    found = _current.get()
    if found is None:
        raise NoScope("Open an organization first: with scope(organization): …")
    return found


@contextmanager
def _sent_with_first_query(setting: str, value: str) -> Iterator[None]:
    """Send a setting together with the first query in here, in one round trip; by itself if there was none."""
    sent = False

    def send(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
        nonlocal sent
        if sent or many:
            return execute(sql, values, many, context)
        sent = True
        sql = sql if values else sql.replace("%", "%%")
        return execute(f"{setting}; {sql}", (value, *(values or ())), many, context)

    with connection.execute_wrapper(send):
        yield
    if not sent:
        with connection.cursor() as cursor:
            cursor.execute(setting, [value])


def _leave(before: str) -> None:
    """Run the deferred checks, then say which organization is open again."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_CHECK_NOW}; {_SET.format('organization')}", [before])
