"""Which columns a sealed table had when, and how the payload of an old leaf is written down again today.

Works with names alone and no models, because migrations call it while tables and models differ.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg2 import sql

_TABLE = "audit_ledgerlayout"


@dataclass(frozen=True)
class Layout:
    """One version of the columns of a sealed table; `columns` are (name, name in the version before or None)."""

    id: int
    source: str
    version: int
    table: str
    columns: tuple[tuple[str, str | None], ...]

    @property
    def names(self) -> list[str]:
        """The columns of this version."""
        return [name for name, _ in self.columns]


class ColumnsVanished(Exception):
    """A sealed table has lost a column around the migrations, so its old leaves could not be checked any more."""


def is_there(cursor: Any) -> bool:
    """Whether the ledger's tables exist already; the first migrations run without them."""
    cursor.execute(
        "SELECT to_regclass('audit_ledgerlayout') IS NOT NULL AND to_regclass('audit_ledgerkept') IS NOT NULL"
    )
    return bool(cursor.fetchone()[0])


def layouts(cursor: Any) -> list[Layout]:
    """Every recorded layout, the oldest first."""
    cursor.execute(f'SELECT id, source, version, "table", columns FROM {_TABLE} ORDER BY id')  # noqa: S608
    return [_read(row) for row in cursor.fetchall()]


def latest(cursor: Any, table: str) -> Layout | None:
    """The layout that rows of a table get now; None for a table that is not sealed."""
    found = {layout.source: layout for layout in layouts(cursor)}
    return next((layout for layout in found.values() if layout.table == table), None)


def columns_of(cursor: Any, table: str) -> list[str]:
    """The columns that a table has in the database, in their order."""
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " ORDER BY attnum",
        [f'"{table}"'],
    )
    return [name for (name,) in cursor.fetchall()]


def first_layout(cursor: Any, table: str) -> Layout:
    """Record the columns of a table that is sealed from now on."""
    return _record(cursor, table, 1, table, [(name, None) for name in columns_of(cursor, table)])


def next_layout(cursor: Any, before: Layout, table: str, was: Mapping[str, str | None]) -> Layout:
    """Record the columns that a table has after a change; `was` gives the former name where it is not the same.

    Raises ColumnsVanished when a column is gone that nobody announced.
    """
    columns = [(name, was.get(name, name if name in before.names else None)) for name in columns_of(cursor, table)]
    return _record(cursor, before.source, before.version + 1, table, columns)


def follow_additions(cursor: Any, layout: Layout) -> Layout:
    """The layout of a table as it stands, recorded anew when columns were added around the migrations."""
    now = set(columns_of(cursor, layout.table))
    if lost := sorted(set(layout.names) - now):
        raise ColumnsVanished(
            f"{layout.table} has lost {', '.join(lost)}: sealed rows cannot be checked without it. Undo the change, "
            "or make it by a migration, which keeps the values."
        )
    return layout if now == set(layout.names) else next_layout(cursor, layout, layout.table, {})


def contents(layout: Layout, later: list[Layout]) -> sql.Composable:
    """The row `t` of today's table as jsonb, with the columns it had in an earlier layout.

    `later` are the layouts of the same source after it, in order. Values of columns that are gone come from what
    the migration kept.
    """
    present: list[sql.Composable] = []
    kept: list[sql.Composable] = []
    for name in layout.names:
        current, lost_in = _follow(name, layout, later)
        if lost_in is None:
            present.append(sql.SQL("t.{} AS {}").format(sql.Identifier(current), sql.Identifier(name)))
        else:
            kept.append(_kept(name, current, lost_in))
    if not later:
        return sql.SQL("to_jsonb(t)")
    row: sql.Composable = sql.SQL("(SELECT to_jsonb(r) FROM (SELECT {}) r)").format(sql.SQL(", ").join(present))
    return sql.SQL(" || ").join([row, *kept])


def _follow(name: str, layout: Layout, later: list[Layout]) -> tuple[str, Layout | None]:
    """The name a column has today, or its last name and the layout that had it last."""
    last = layout
    for version in later:
        renamed = next((new for new, was in version.columns if was == name), None)
        if renamed is None:
            return name, last
        name, last = renamed, version
    return name, None


def _kept(name: str, column: str, layout: Layout) -> sql.Composable:
    return sql.SQL(
        "jsonb_build_object({name}, (SELECT value FROM audit_ledgerkept k WHERE k.organization_id = l.organization_id"
        ' AND k.layout_id = {layout} AND k.row_id = l.row_id AND k."column" = {column}))'
    ).format(name=sql.Literal(name), layout=sql.Literal(layout.id), column=sql.Literal(column))


def _record(cursor: Any, source: str, version: int, table: str, columns: list[tuple[str, str | None]]) -> Layout:
    told = json.dumps([{"name": name, "was": was} for name, was in columns])
    cursor.execute(
        f'INSERT INTO {_TABLE} (source, version, "table", columns, recorded_at)'  # noqa: S608
        " VALUES (%s, %s, %s, %s, now()) RETURNING id",
        [source, version, table, told],
    )
    return Layout(cursor.fetchone()[0], source, version, table, tuple(columns))


def _read(row: tuple[Any, ...]) -> Layout:
    identity, source, version, table, columns = row
    parsed = json.loads(columns) if isinstance(columns, str) else columns
    return Layout(identity, source, version, table, tuple((each["name"], each["was"]) for each in parsed))
