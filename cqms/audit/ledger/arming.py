"""The triggers that queue a leaf for every row that is sealed, generated from the registry after every migration."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models

from cqms.audit.ledger import layouts
from cqms.audit.ledger.models import LedgerKept, LedgerLayout, LedgerLeaf, LedgerQueue
from cqms.audit.ledger.tombstones import LedgerTombstone
from cqms.history.models import HistoryRow
from cqms.organizations.models import OrganizationModel, TrackedModel

_FUNCTIONS = Path(__file__).with_name("ledger.sql")
_TRIGGER = "guard_leaf"


def sealed_models() -> list[type[models.Model]]:
    """Every model whose rows get a leaf: all history, and what is written once, in an organization or in none.

    A tracked record that is written once has its leaf through its history; the ledger does not seal itself.
    """
    return [model for model in apps.get_models() if issubclass(model, HistoryRow) or _is_written_once(model)]


def _is_written_once(model: type[models.Model]) -> bool:
    once = getattr(model, "append_only", False) and not issubclass(model, TrackedModel)
    return once and model.__module__ != LedgerLeaf.__module__


def belongs_to_portal(model: type[models.Model]) -> bool:
    """Whether its rows belong to no organization: their leaves stand in the log of the first one."""
    return not issubclass(model, OrganizationModel | HistoryRow)


def salted_models() -> list[type[models.Model]]:
    """The ledger's own tables that a redaction touches: the salt of a leaf, and values that a migration kept."""
    return [LedgerQueue, LedgerLeaf, LedgerKept]


def statements() -> Iterator[str]:
    """The SQL that makes the ledger's functions and closes its tables to everybody else. Safe to run again."""
    yield "SET ROLE cqms_definer"
    yield _FUNCTIONS.read_text(encoding="utf-8")
    yield "RESET ROLE"
    queue = LedgerQueue._meta.db_table
    yield f'GRANT INSERT, DELETE ON "{queue}" TO cqms_definer'
    filled = [model._meta.db_table for model in (LedgerLeaf, LedgerKept, LedgerTombstone)]
    for table in filled:
        yield f'GRANT INSERT ON "{table}" TO cqms_definer'
    for table in (queue, *filled, LedgerLayout._meta.db_table):
        yield f'REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON "{table}" FROM cqms_app'
    for name, when in (("rows", "UPDATE OR DELETE"), ("truncate", "TRUNCATE")):
        each = "ROW" if name == "rows" else "STATEMENT"
        yield from _trigger(queue, f"guard_{name}", f"BEFORE {when} ON", f"FOR EACH {each}", "refuse_unless_sealing()")


def expected_triggers() -> set[tuple[str, str]]:
    """Each (table, trigger) of the ledger that must be present and always enabled."""
    queue = LedgerQueue._meta.db_table
    leaves = {(model._meta.db_table, _TRIGGER) for model in sealed_models()}
    return leaves | {(queue, "guard_rows"), (queue, "guard_truncate")}


def arm(cursor: Any) -> None:
    """Let every sealed table queue its leaves. A table that is sealed for the first time queues the rows it has."""
    for sql in statements():
        cursor.execute(sql)
    for model in sealed_models():
        table, key = model._meta.db_table, key_column(model)
        known = layouts.latest(cursor, table)
        layout = layouts.follow_additions(cursor, known) if known else layouts.first_layout(cursor, table)
        queue_leaves_of(cursor, layout, key)
        if known is None:
            cursor.execute("SELECT guard.queue_present_rows(%s, %s, %s)", [table, layout.id, key])


def key_column(model: type[models.Model]) -> str:
    """The column of the primary key, a whole number in every sealed table."""
    return str(model._meta.pk.column)


def queue_leaves_of(cursor: Any, layout: layouts.Layout, key: str) -> None:
    """From now on each new row of the table queues a leaf with this layout; `key` is the primary key's column."""
    for sql in _leaf_trigger(layout, key):
        cursor.execute(sql)


def leaf_triggers(cursor: Any) -> Iterator[str]:
    """The SQL of the triggers that queue leaves, as the layouts of today want them."""
    newest = {layout.table: layout for layout in {each.source: each for each in layouts.layouts(cursor)}.values()}
    for model in sealed_models():
        if model._meta.db_table in newest:
            yield from _leaf_trigger(newest[model._meta.db_table], key_column(model))


def _leaf_trigger(layout: layouts.Layout, key: str) -> Iterator[str]:
    queue = "queue_leaves" if "organization_id" in layout.names else "queue_leaves_of_portal"
    function = f"{queue}('{layout.id}', '{key}')"
    return _trigger(layout.table, _TRIGGER, "AFTER INSERT ON", "FOR EACH ROW", function)


def _trigger(table: str, name: str, when: str, rows: str, function: str) -> Iterator[str]:
    yield f'DROP TRIGGER IF EXISTS {name} ON "{table}"'
    yield f'CREATE TRIGGER {name} {when} "{table}" {rows} EXECUTE FUNCTION guard.{function}'
    yield f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER {name}'
