"""From leaves back to what they stand for: the payload that was hashed, written down again from today's tables."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db import connection, models
from psycopg2 import sql

from cqms.audit.ledger import layouts
from cqms.audit.ledger.layouts import Layout
from cqms.audit.ledger.models import LedgerLeaf, LedgerQueue
from cqms.audit.ledger.tombstones import LedgerTombstone
from cqms.organizations.scope import current_organization_id

_READ_ALIKE = "SET LOCAL timezone = 'UTC'; SET LOCAL extra_float_digits = 1; SET LOCAL intervalstyle = 'postgres'"


class Sources:
    """Every sealed table with its layouts, as they are now. Call inside a scope."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_READ_ALIKE)
            self.layouts = {layout.id: layout for layout in layouts.layouts(cursor)}

    def later(self, layout: Layout) -> list[Layout]:
        """The layouts of the same source after this one, in order."""
        return [
            each for each in self.layouts.values() if each.source == layout.source and each.version > layout.version
        ]

    def newest(self, layout: Layout) -> Layout:
        """The layout that the source has today."""
        return [layout, *self.later(layout)][-1]

    def named(self, table: str) -> list[Layout]:
        """Every layout of the source that has this table today; empty for a table that is not sealed."""
        found = [each for each in self.layouts.values() if self.newest(each).table == table]
        return sorted(found, key=lambda layout: layout.version)

    def key_of(self, layout: Layout) -> str:
        """The column of the primary key."""
        model = self.models.get(self.newest(layout).table)
        return str(model._meta.pk.column) if model is not None and model._meta.pk is not None else "id"

    @cached_property
    def models(self) -> dict[str, type[models.Model]]:
        """The model of each table."""
        return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}

    def payload(self, layout: Layout, salt: str = "l.salt") -> sql.Composable:
        """SQL for the payload of the leaf `l` whose row is `t`."""
        return sql.SQL("guard.payload({}, {}, {}, {})").format(
            sql.Literal(layout.id),
            sql.Literal(layout.table),
            layouts.contents(layout, self.later(layout)),
            sql.SQL(salt),
        )

    def redacted(self, layout: Layout) -> sql.Composable:
        """SQL that is true for a leaf `l` whose row `t` is what a tombstone of it says; false while there is none.

        Whether the tombstone itself may be believed is another question (tombstones.py).
        """
        source = [each for each in self.layouts.values() if each.source == layout.source]
        known = [each for each in source if each.id in self.redacted_layouts]
        if not known:
            return sql.SQL("false")
        rows = [
            sql.SQL("(b.layout_id = {} AND b.new_hash = guard.leaf_hash({}))").format(
                sql.Literal(each.id), self.payload(each, "''::bytea")
            )
            for each in known
        ]
        return sql.SQL(
            "EXISTS (SELECT FROM audit_ledgertombstone b WHERE b.organization_id = l.organization_id"
            " AND b.row_id = l.row_id AND b.old_hash = l.hash AND ({}))"
        ).format(sql.SQL(" OR ").join(rows))

    @cached_property
    def redacted_layouts(self) -> set[int]:
        """The layouts in which rows stand that were redacted."""
        return set(LedgerTombstone.objects.order_by("layout_id").values_list("layout_id", flat=True).distinct())

    def joined(self, layout: Layout, leaves: str = LedgerLeaf._meta.db_table) -> sql.Composable:
        """SQL for FROM and the beginning of WHERE: leaves `l` of this layout with their rows `t`, if they exist."""
        owned = sql.SQL("t.organization_id = l.organization_id AND" if "organization_id" in layout.names else "")
        return sql.SQL(
            "FROM {leaves} l LEFT JOIN {table} t ON {owned} t.{key} = l.row_id"
            " WHERE l.organization_id = %(organization)s AND l.layout_id = {layout}"
        ).format(
            owned=owned,
            leaves=sql.Identifier(leaves),
            table=sql.Identifier(self.newest(layout).table),
            key=sql.Identifier(self.key_of(layout)),
            layout=sql.Literal(layout.id),
        )


def payloads(leaves: Iterable[LedgerLeaf | LedgerQueue]) -> dict[int, bytes]:
    """Leaf id → the exact bytes that were hashed, as today's tables give them; one query for each layout.

    A row that is gone has no entry. Call inside a scope.
    """
    sources, by_layout = Sources(), defaultdict(list)
    for leaf in leaves:
        by_layout[leaf.layout_id, leaf._meta.db_table].append(leaf.pk)
    found: dict[int, bytes] = {}
    for (layout_id, table), ids in by_layout.items():
        layout = sources.layouts[layout_id]
        query = sql.SQL("SELECT l.id, {} {} AND l.id = ANY(%(ids)s) AND t.{} IS NOT NULL").format(
            sources.payload(layout), sources.joined(layout, table), sql.Identifier(sources.key_of(layout))
        )
        found |= {pk: bytes(raw) for pk, raw in _rows(query, {"organization": current_organization_id(), "ids": ids})}
    return found


def redacted_payloads(tombstones: Iterable[LedgerTombstone]) -> dict[int, bytes]:
    """Tombstone id → the payload of its row as it reads since; its leaf_hash is `new_hash` unless it was changed again.

    Call inside a scope.
    """
    sources, by_layout = Sources(), defaultdict(list)
    for tombstone in tombstones:
        by_layout[tombstone.layout_id].append(tombstone.pk)
    found: dict[int, bytes] = {}
    for layout_id, ids in by_layout.items():
        layout = sources.layouts[layout_id]
        query = sql.SQL("SELECT l.id, {} {} AND l.id = ANY(%(ids)s) AND t.{} IS NOT NULL").format(
            sources.payload(layout, "''::bytea"),
            sources.joined(layout, LedgerTombstone._meta.db_table),
            sql.Identifier(sources.key_of(layout)),
        )
        found |= {pk: bytes(raw) for pk, raw in _rows(query, {"organization": current_organization_id(), "ids": ids})}
    return found


def _rows(query: sql.Composable, values: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        yield from cursor.fetchall()
