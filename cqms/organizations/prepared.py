"""Questions that every request asks: built and compiled once in the life of the process, then asked with other values.

Putting together a question with many parts costs several times what the database needs to answer it.
"""

import copy
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

from cqms.organizations.scope import as_if, current_organization_id

Row = TypeVar("Row")

_ORGANIZATION = "organization"
_NUMBERS, _TEXTS, _MOMENTS = -2_147_483_000, "\ue000", dt.datetime(1, 1, 2, tzinfo=dt.UTC)


class Prepared(Generic[Row]):
    """What `build` gives, for the open organization and the values of its arguments: numbers, texts and moments.

    `build` is called once, with placeholders and an organization that is one; it must not look at either, and asks
    nothing itself. Wall 1 holds as ever: what it put into the question is filled with the organization that is open.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Row]], **kinds: type) -> None:
        """`kinds` says of each argument whether it is an `int`, a `str` or a `datetime`."""
        self._build, self._kinds = build, {**kinds, _ORGANIZATION: int}
        self._kept: _Kept | None = None
        _made.append(self)

    def ask(self, **values: Any) -> list[Row]:
        """The rows. Raises NoScope where an organization is part of the question and none is open."""
        kept = self._kept or self._compile()
        if kept.is_scoped:
            values[_ORGANIZATION] = current_organization_id()
        filled = tuple(values[each.name] if isinstance(each, _Place) else each for each in kept.places)
        compiler = copy.copy(kept.compiler)
        compiler.connection = connection
        compiler.as_sql = lambda *_, **__: (kept.sql, filled)  # type: ignore[method-assign]
        rows = kept.rows.all()
        rows.query.get_compiler = lambda *_, **__: compiler  # type: ignore[method-assign]
        return list(rows)

    def build_anew(self) -> None:
        """Compile again when it is asked next."""
        self._kept = None

    def _compile(self) -> "_Kept":
        values = {name: _placeholder(kind, number) for number, (name, kind) in enumerate(self._kinds.items())}
        with as_if(values[_ORGANIZATION]):
            rows = self._build(**{name: value for name, value in values.items() if name != _ORGANIZATION})
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, given = compiler.as_sql()
        names = {value: name for name, value in values.items()}
        places = [_Place(names[each]) if _is_one_of(each, names) else each for each in given]
        is_scoped = any(isinstance(each, _Place) and each.name == _ORGANIZATION for each in places)
        self._kept = _Kept(rows, compiler, sql, places, is_scoped=is_scoped)
        return self._kept


_made: list[Prepared[Any]] = []


def build_all_anew() -> None:
    """Compile everything again: the walls that the questions stand behind have changed."""
    for each in _made:
        each.build_anew()


@dataclass(frozen=True)
class _Kept:
    """A question as it was compiled; `places` are its parameters in order, some of them to be filled."""

    rows: QuerySet[Any]
    compiler: SQLCompiler
    sql: str
    places: list[Any]
    is_scoped: bool


@dataclass(frozen=True)
class _Place:
    """Where a value goes."""

    name: str


def _is_one_of(value: Any, placeholders: dict[Any, str]) -> bool:
    return isinstance(value, int | str | dt.datetime) and value in placeholders


def _placeholder(kind: type, number: int) -> Any:
    moment = _MOMENTS + dt.timedelta(microseconds=number)
    of_kind: dict[type, Any] = {int: _NUMBERS - number, str: f"{_TEXTS}{number}", dt.datetime: moment}
    return of_kind[kind]
