"""The guard: the database refuses a change without its history row, and a history row without its event.

Generated from the model registry after every migration. At commit each changed row of a tracked table must equal
its newest history row, written by this very transaction, and the action of that row must have an event. History,
events, signatures and every other append-only table take INSERT only, whoever asks (EMA 6.2.1, 21 CFR 11.10(e)).
Accounts and organizations, which belong to none, are guarded in their own way (states.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, models

from cqms.audit import states
from cqms.audit.ledger import arming as ledger
from cqms.audit.models import AuditEvent, SecurityEvent
from cqms.history.models import HistoryRow
from cqms.organizations.models import TrackedModel

HISTORY_COLUMNS = (
    "history_id", "history_date", "history_change_reason", "history_type", "history_user_id", "action_id",
    "transaction_id",
)  # fmt: skip
"""What a history row has besides the row it keeps."""

_FUNCTIONS = Path(__file__).with_suffix(".sql")
_CHECK = Path(__file__).with_name("guard_row.sql")
_LONGEST_NAME = 63
_DEFERRED = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
_COLUMNS = """
    SELECT pair.name, t.attname, format_type(t.atttypid, NULL), t.atttypid IS NOT DISTINCT FROM h.atttypid
    FROM unnest(%s, %s) AS pair(name, history)
    JOIN pg_attribute t ON t.attrelid = quote_ident(pair.name)::regclass AND t.attnum > 0 AND NOT t.attisdropped
    LEFT JOIN pg_attribute h ON h.attrelid = quote_ident(pair.history)::regclass AND h.attname = t.attname
      AND NOT h.attisdropped
    ORDER BY pair.name, t.attnum
"""


def tracked_models() -> list[type[TrackedModel]]:
    """Every model whose changes the guard watches."""
    return [model for model in apps.get_models() if issubclass(model, TrackedModel)]


def append_only_models() -> list[type[models.Model]]:
    """Every model whose rows are written once: events, signatures, files and all history."""
    return [
        model for model in apps.get_models() if getattr(model, "append_only", False) or issubclass(model, HistoryRow)
    ]


def statements(cursor: Any) -> Iterator[str]:
    """The SQL that arms the guard of the tables as they are. Safe to run again."""
    yield "SET ROLE cqms_definer"
    yield _FUNCTIONS.read_text(encoding="utf-8").replace(":events", AuditEvent._meta.db_table)
    kept = _kept_columns(cursor)
    for tracked in tracked_models():
        yield _check_of(tracked, kept[tracked._meta.db_table])
    yield from states.functions()
    yield "RESET ROLE"
    for model in append_only_models():
        yield from _append_only(model._meta.db_table)
    yield from states.rights()
    yield from _redactable()
    for table in _stamped_tables():
        yield from _trigger(table, "guard_stamp", f'BEFORE INSERT ON "{table}" FOR EACH ROW', "stamp_transaction()")
    for tracked in tracked_models():
        yield from _guarded(tracked)
    for each in states.KEPT:
        yield from _guarded_row(each.table, each.function, changed="")


def expected_triggers() -> set[tuple[str, str]]:
    """Each (table, trigger) that must be present and always enabled; standing.py compares them word by word."""
    wanted = {
        (model._meta.db_table, name) for model in append_only_models() for name in ("guard_rows", "guard_truncate")
    }
    wanted |= {(table, "guard_stamp") for table in _stamped_tables()}
    watched = [*(model._meta.db_table for model in tracked_models()), *(each.table for each in states.KEPT)]
    names = ("guard_insert", "guard_update", "guard_delete", "guard_truncate")
    wanted |= {(table, name) for table in watched for name in names}
    wanted |= {(history_table(model), "guard_event") for model in tracked_models()}
    return wanted | ledger.expected_triggers()


@contextmanager
def migrating() -> Iterator[None]:
    """Tell the event triggers that what follows is a migration: outside of one they refuse to touch what is guarded."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('cqms.migrating', 'yes', false)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('cqms.migrating', '', false)")


def arm() -> None:
    """Put every guard in place. Runs as the owner of the tables, after migrations."""
    with connection.cursor() as cursor:
        for sql in statements(cursor):
            cursor.execute(sql)
        states.keep_present(cursor)
        ledger.arm(cursor)


def _append_only(table: str) -> Iterator[str]:
    yield f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM cqms_app'
    yield from _trigger(table, "guard_rows", f'BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW', "refuse()")
    yield from _trigger(table, "guard_truncate", f'BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT', "refuse()")


def _redactable() -> Iterator[str]:
    """guard.redact alone, which the definer owns, may write over what an approved redaction names."""
    models_of_words = {*ledger.sealed_models(), *tracked_models(), *ledger.salted_models()}
    for table in sorted(model._meta.db_table for model in models_of_words):
        yield f'GRANT UPDATE ON "{table}" TO cqms_definer'


def _guarded(model: type[TrackedModel]) -> Iterator[str]:
    table, history = model._meta.db_table, history_table(model)
    newest = f"{history[: _LONGEST_NAME - len('_newest')]}_newest"
    yield f'CREATE INDEX IF NOT EXISTS "{newest}" ON "{history}" (id, history_id DESC)'
    # byte by byte: 1.0 and 1.00 are not distinct, and yet another row
    yield from _guarded_row(table, _check_name(table), changed=" WHEN (OLD.* *<> NEW.*)")
    kind = model._meta.label_lower
    yield from _trigger(
        history,
        "guard_event",
        f'AFTER INSERT ON "{history}" {_DEFERRED}',
        f"history_has_event('{kind}')",
        constraint=True,
    )


def _guarded_row(table: str, function: str, *, changed: str) -> Iterator[str]:
    check = f'"{function}"()'
    for name, act, when in (("guard_insert", "INSERT", ""), ("guard_update", "UPDATE", changed)):
        yield from _trigger(table, name, f'AFTER {act} ON "{table}" {_DEFERRED}{when}', check, constraint=True)
    yield from _trigger(table, "guard_delete", f'BEFORE DELETE ON "{table}" FOR EACH ROW', "refuse()")
    yield from _trigger(table, "guard_truncate", f'BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT', "refuse()")


def _check_name(table: str) -> str:
    return f"row_of_{table}"[:_LONGEST_NAME]


def _kept_columns(cursor: Any) -> dict[str, list[str]]:
    """Table → the columns of its history that keep its own, in its order and of its types."""
    tables = [(model._meta.db_table, history_table(model)) for model in tracked_models()]
    cursor.execute(_COLUMNS, [list(names) for names in zip(*tables, strict=True)])
    kept: dict[str, list[str]] = {}
    for table, name, kind, alike in cursor.fetchall():
        kept.setdefault(table, []).append(f'h."{name}"' + ("" if alike else f"::{kind}"))
    return kept


def _check_of(model: type[TrackedModel], kept: list[str]) -> str:
    table, history = model._meta.db_table, history_table(model)
    told = {
        ":function": f'"{_check_name(table)}"',
        ":table": f'"{table}"',
        ":history_name": history,
        ":history": f'"{history}"',
        ":columns": ", ".join(kept),
    }
    sql = _CHECK.read_text(encoding="utf-8")
    for placeholder, text in told.items():
        sql = sql.replace(placeholder, text)
    return sql


def _trigger(table: str, name: str, when: str, function: str, *, constraint: bool = False) -> Iterator[str]:
    kind = "CONSTRAINT TRIGGER" if constraint else "TRIGGER"
    yield f'DROP TRIGGER IF EXISTS {name} ON "{table}"'
    yield f"CREATE {kind} {name} {when} EXECUTE FUNCTION guard.{function}"
    yield f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER {name}'


def history_model(model: type[TrackedModel]) -> type[HistoryRow]:
    """The model that keeps every state of a tracked model."""
    kept: type[HistoryRow] = model.history.model
    return kept


def history_table(model: type[TrackedModel]) -> str:
    """Its table."""
    return history_model(model)._meta.db_table


def _stamped_tables() -> list[str]:
    events = (AuditEvent._meta.db_table, SecurityEvent._meta.db_table)
    return [*events, *(history_table(model) for model in tracked_models())]
