"""Migrations of sealed tables: each change of columns is recorded, and no value of a sealed row is lost.

A leaf is the hash of a row with the columns it had. Adding and renaming are recorded as a new layout; what a column
holds is kept before it is removed, or before its type changes how values read.
"""

import re
from typing import Any

from django.db import NotSupportedError, models
from django.db.backends.postgresql.schema import DatabaseSchemaEditor

from cqms.audit.ledger import layouts
from cqms.audit.ledger.layouts import Layout

_READ_ALIKE = ({"varchar", "text", "citext", "char"}, {"smallint", "integer", "bigint"})


class KeepingSchemaEditor(DatabaseSchemaEditor):
    """Django's editor, which tells the ledger what it does to a sealed table."""

    def add_field(self, model: type[models.Model], field: Any) -> None:
        """Add a column; new rows are sealed with it, old leaves without."""
        super().add_field(model, field)
        self._follow(model, {field.column: None})

    def remove_field(self, model: type[models.Model], field: Any) -> None:
        """Remove a column of whose values a copy is kept for the leaves that cover them."""
        if field.column:
            self._keep(model, field.column)
        super().remove_field(model, field)
        self._follow(model, {})

    def alter_field(self, model: type[models.Model], old_field: Any, new_field: Any, strict: bool = False) -> None:
        """Rename a column, or change its type after keeping its values as they were sealed."""
        retyped = _family(old_field.db_type(self.connection)) != _family(new_field.db_type(self.connection))
        if retyped and old_field.column:
            self._keep(model, old_field.column)
        super().alter_field(model, old_field, new_field, strict)
        if retyped or old_field.column != new_field.column:
            self._follow(model, {new_field.column: None if retyped else old_field.column})

    def alter_db_table(self, model: type[models.Model], old_db_table: str, new_db_table: str) -> None:
        """Rename a table; its leaves stay its own."""
        layout = self._layout(old_db_table)
        super().alter_db_table(model, old_db_table, new_db_table)
        if layout and old_db_table != new_db_table:
            self._record(model, layout, new_db_table, {})

    def delete_model(self, model: type[models.Model]) -> None:
        """Remove a table, unless its rows are sealed: they are evidence."""
        if self._layout(model._meta.db_table):
            raise NotSupportedError(
                f"{model._meta.db_table} is sealed in the ledger and stays: take the model away with "
                "SeparateDatabaseAndState and leave its table."
            )
        super().delete_model(model)

    def _keep(self, model: type[models.Model], column: str) -> None:
        layout = self._layout(model._meta.db_table)
        if layout and column in layout.names:
            self.execute(
                "SELECT guard.keep_column(%s, %s, %s, %s)",
                (layout.table, layout.id, model._meta.pk.column, column),
            )

    def _follow(self, model: type[models.Model], was: dict[str, str | None]) -> None:
        layout = self._layout(model._meta.db_table)
        if layout:
            self._record(model, layout, layout.table, was)

    def _record(self, model: type[models.Model], layout: Layout, table: str, was: dict[str, str | None]) -> None:
        from cqms.audit.ledger.arming import key_column, queue_leaves_of  # noqa: PLC0415 – needs the models, which need a backend

        with self.connection.cursor() as cursor:
            if layouts.columns_of(cursor, table) == layout.names and table == layout.table and not was:
                return
            queue_leaves_of(cursor, layouts.next_layout(cursor, layout, table, was), key_column(model))

    def _layout(self, table: str) -> Layout | None:
        if self.collect_sql:
            return None
        with self.connection.cursor() as cursor:
            return layouts.latest(cursor, table) if layouts.is_there(cursor) else None


def _family(db_type: str | None) -> object:
    """Types whose values read alike in JSON count as one."""
    bare = re.sub(r"\(.*\)", "", db_type or "").strip()
    return next((number for number, family in enumerate(_READ_ALIKE) if bare in family), db_type)
