"""Any row of any table, copied or changed without knowing what it means."""

from typing import Any, Self

import psycopg2
from django.db import models
from django.utils import timezone
from psycopg2 import sql

from cqms.organizations.models import Organization, TrackedModel


def changed(record: TrackedModel) -> str:
    """Change one field of a tracked record in memory so that it stays valid; the name of the field."""
    fields = [f for f in record._meta.concrete_fields if f.name not in (*record.trail_ignores, "number", "revision")]
    for field in fields:
        if isinstance(field, models.CharField | models.TextField) and not field.choices:
            setattr(record, field.name, f"{getattr(record, field.name)} x")
            return field.name
    numbers = [field for field in fields if isinstance(field, models.PositiveIntegerField)]
    if numbers:
        setattr(record, numbers[0].name, getattr(record, numbers[0].name) + 1)
        return numbers[0].name
    moments = [field for field in fields if isinstance(field, models.DateTimeField) and field.null]
    setattr(record, moments[0].name, timezone.now())
    return moments[0].name


class Direct:
    """A connection of one role that works for one organization and never commits."""

    def __init__(self, dsn: str, organization: Organization | None) -> None:
        self.link = psycopg2.connect(dsn)
        self.cursor = self.link.cursor()
        if organization is not None:
            self.cursor.execute("SELECT set_config('app.organization', %s, false)", [str(organization.pk)])
            self.link.commit()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.link.rollback()
        self.link.close()

    def refusal(self, statement: str | sql.Composed, values: Any = None, *, constraint: str = "ALL") -> str:
        """Run a statement and the checks that wait for the commit; why it was refused, blank when it was not."""
        checks = "ALL" if constraint == "ALL" else f'"{constraint}"'
        try:
            self.cursor.execute(statement, values)
            self.cursor.execute(f"SET CONSTRAINTS {checks} IMMEDIATE")
        except psycopg2.Error as error:
            return str(error)
        else:
            return ""
        finally:
            self.link.rollback()

    def ask(self, statement: str | sql.Composed, values: Any = None) -> list[tuple[Any, ...]]:
        """The rows of a query, or of a statement with RETURNING, rolled back."""
        try:
            self.cursor.execute(statement, values)
            return self.cursor.fetchall()
        finally:
            self.link.rollback()


def copy_of_a_row(model: type[models.Model], returning: str = "", **instead: object) -> sql.Composed:
    """INSERT a copy of any visible row, under a new key, with other values in some columns."""
    key = model._meta.pk.column
    given = [field for field in model._meta.concrete_fields if not field.generated]
    columns = [field.column for field in given if field.column != key]
    values = [sql.Literal(instead[name]) if name in instead else sql.Identifier(name) for name in columns]
    if not model._meta.pk.db_returning:
        columns, values = [*columns, key], [*values, sql.SQL("gen_random_uuid()")]
    text = "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} LIMIT 1"
    statement = sql.SQL(text + (f" RETURNING {returning}" if returning else ""))
    return statement.format(
        table=sql.Identifier(model._meta.db_table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(values),
    )
