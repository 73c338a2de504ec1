"""The questions that a verification asks the database, each of which finds rows that are not as they should be.

All inside the scope of one organization. Each answer is cut at NAMED rows: the first one tells what happened.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Min
from psycopg2 import sql

from cqms.audit import guard, states
from cqms.audit.ledger import arming
from cqms.audit.ledger.layouts import Layout, columns_of
from cqms.audit.ledger.merkle import HASH_BYTES
from cqms.audit.ledger.models import LedgerLeaf, LedgerQueue
from cqms.audit.ledger.rows import Sources
from cqms.audit.ledger.tombstones import LedgerTombstone, unapproved
from cqms.organizations.scope import current_organization_id

NAMED = 20
_AT_ONCE = 1000
_GONE, _CHANGED = "is gone.", "is not what was sealed."
_DATED = "says that it happened at another time than the database wrote it down."
_MOMENTS = ("history_date", "signed_at", "at")
_WHILE = "1 hour"
"""How far the clocks of portal and database may be apart, and how long an act may take."""
_LOADED_ACTION = (
    "EXISTS (SELECT FROM audit_auditevent e WHERE e.action_id = t.action_id AND e.organization_id = t.organization_id"
    " AND e.transaction_id < {first})"
)
_FIRST_TRANSACTION = 3
"""PostgreSQL gives smaller numbers to nobody; a load names one of them."""

_BEYOND = (
    "SELECT l.position, l.row_id FROM audit_ledgerleaf l WHERE l.organization_id = %(organization)s AND l.position >="
    " (SELECT coalesce(max(size), 0) FROM audit_ledgercheckpoint c WHERE c.organization_id = l.organization_id)"
)


@dataclass(frozen=True)
class Problem:
    """A row that is not as it should be, in words that continue a sentence."""

    words: str
    position: int | None = None


def layouts_that_do_not_fit(sources: Sources) -> Iterator[Problem]:
    """Layouts of today that name a table or a column which is not there: nothing can be written down again by them."""
    with connection.cursor() as cursor:
        for model in arming.sealed_models():
            table, known = model._meta.db_table, sources.named(model._meta.db_table)
            told, there = set(known[-1].names if known else ()), set(columns_of(cursor, table))
            if told != there:
                yield Problem(
                    f"the ledger knows other columns of {table} than there are: {', '.join(sorted(told ^ there))}."
                )


def rows_that_differ(sources: Sources, low: int, high: int) -> Iterator[Problem]:
    """Rows whose payload does not give the hash that was sealed from `low` to before `high`, or that are gone."""
    used = LedgerLeaf.objects.filter(position__gte=low, position__lt=high).values_list("layout", flat=True)
    within = sql.SQL("AND l.position >= {} AND l.position < {}").format(sql.Literal(low), sql.Literal(high))
    for layout_id in sorted(set(used.order_by("layout").distinct())):
        layout = sources.layouts[layout_id]
        query = _differing(sources, layout, LedgerLeaf._meta.db_table, sql.SQL("l.position"), within)
        for position, row_id, what in _ask(query):
            yield Problem(f"{_row(sources, sources.newest(layout).table, row_id)} {what}", position)


def waiting_rows_that_differ(sources: Sources) -> Iterator[Problem]:
    """Rows that are not sealed yet and not what was queued any more."""
    for layout_id in sorted(set(LedgerQueue.objects.values_list("layout", flat=True).order_by("layout").distinct())):
        layout = sources.layouts[layout_id]
        query = _differing(sources, layout, LedgerQueue._meta.db_table, sql.SQL("l.id"), sql.SQL(""))
        for _, row_id, what in _ask(query):
            yield Problem(f"not sealed yet: {_row(sources, sources.newest(layout).table, row_id)} {what}")


def rows_without_leaf(sources: Sources) -> Iterator[Problem]:
    """Rows of sealed tables that neither stand in the log nor wait for it: the trigger was away when they came."""
    for model in arming.sealed_models():
        table = model._meta.db_table
        known = sources.named(table)
        ids = [layout.id for layout in known]
        query = sql.SQL(
            "SELECT t.{key} FROM {table} t WHERE {log} = %(organization)s"
            " AND NOT EXISTS (SELECT FROM audit_ledgerleaf l WHERE l.organization_id = %(organization)s"
            " AND l.row_id = t.{key} AND l.layout_id = ANY(%(ids)s))"
            " AND NOT EXISTS (SELECT FROM audit_ledgerqueue l WHERE l.organization_id = %(organization)s"
            " AND l.row_id = t.{key} AND l.layout_id = ANY(%(ids)s))"
        ).format(
            key=sql.Identifier(model._meta.pk.column),
            table=sql.Identifier(table),
            log=sql.SQL("guard.first_organization()" if arming.belongs_to_portal(model) else "t.organization_id"),
        )
        for (row_id,) in _ask(query, ids=ids):
            yield Problem(f"{_row(sources, table, row_id)} stands in no log.")


def leaf_hashes(low: int, high: int) -> list[bytes] | None:
    """The hashes from `low` to before `high`; None when positions are missing."""
    query = sql.SQL(
        "SELECT string_agg(hash, '' ORDER BY position), count(DISTINCT position) FROM audit_ledgerleaf"
        " WHERE organization_id = %(organization)s AND position >= %(low)s AND position < %(high)s"
    )
    raw, count = _ask(query, low=low, high=high)[0]
    raw = bytes(raw or b"")
    if count != high - low or len(raw) != (high - low) * HASH_BYTES:
        return None
    return [raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)]


def leaves_beyond_the_head() -> Iterator[Problem]:
    """Leaves that no checkpoint covers; sealing writes both together."""
    for position, _ in _ask(sql.SQL(_BEYOND)):
        yield Problem("no checkpoint covers it.", position)


def live_rows_that_differ() -> Iterator[Problem]:
    """Tracked rows that are not equal to their newest history row, or are gone without it."""
    technical = sql.SQL(", ").join(map(sql.Literal, guard.HISTORY_COLUMNS))
    for model in guard.tracked_models():
        query = sql.SQL(
            "SELECT coalesce(t.id, h.id), t.id IS NULL, h.id IS NULL FROM (SELECT DISTINCT ON (id) * FROM {history}"
            " WHERE organization_id = %(organization)s ORDER BY id, history_id DESC) h"
            " FULL JOIN (SELECT * FROM {table} WHERE organization_id = %(organization)s) t ON t.id = h.id"
            " WHERE to_jsonb(t) IS DISTINCT FROM (to_jsonb(h) - ARRAY[{technical}])"
        ).format(
            history=sql.Identifier(guard.history_table(model)),
            table=sql.Identifier(model._meta.db_table),
            technical=technical,
        )
        for row_id, is_gone, is_untold in _ask(query):
            what = "is gone" if is_gone else "has no history" if is_untold else "differs from its newest history"
            yield Problem(f"the {model._meta.verbose_name} in row {row_id} of {model._meta.db_table} {what}.")


def states_that_differ() -> Iterator[Problem]:
    """The organization, and in the log of the first one all accounts, that are not as the database last kept them.

    A column that came since is in no state yet; the next change keeps it.
    """
    for kept, here in zip(states.KEPT, ("guard.first_organization()", "coalesce(t.id, s.key)"), strict=True):
        query = sql.SQL(
            "SELECT coalesce(t.id, s.key), t.id IS NULL FROM {table} t FULL JOIN (SELECT DISTINCT ON ({key})"
            " {key} AS key, content FROM {states} ORDER BY {key}, id DESC) s ON s.key = t.id"
            " WHERE {here} = %(organization)s AND (to_jsonb(t) @> s.content) IS NOT TRUE"
        ).format(
            table=sql.Identifier(kept.table),
            states=sql.Identifier(kept.states._meta.db_table),
            key=sql.Identifier(kept.key),
            here=sql.SQL(here),
        )
        for row_id, is_gone in _ask(query):
            what = "is gone" if is_gone else "is not what was last kept of it"
            yield Problem(f"the {kept.model._meta.verbose_name} in row {row_id} of {kept.table} {what}.")


def tombstones_not_approved(sources: Sources) -> Iterator[Problem]:
    """Rows that were overwritten in the name of a redaction behind which no two people stand."""
    last = 0
    while chunk := list(LedgerTombstone.objects.filter(pk__gt=last).order_by("pk")[:_AT_ONCE]):
        last, doubts = chunk[-1].pk, unapproved(chunk)
        for each in chunk:
            if sentence := doubts.get(each.pk):
                yield Problem(f"{_row(sources, each.table, each.row_id)} was written over in its name. {sentence}")


def redactions_in_words() -> list[str]:
    """What was redacted, one sentence for each redaction, the first one first."""
    rows = LedgerTombstone.objects.values("redaction_id").annotate(first=Min("pk"), count=Count("pk")).order_by("first")
    told = LedgerTombstone.objects.in_bulk([row["first"] for row in rows])
    return [_redacted(row["count"], told[row["first"]].sentence) for row in rows]


def _redacted(count: int, sentence: str) -> str:
    return f"{count} {'entry was' if count == 1 else 'entries were'} {sentence}"


def count_waiting() -> int:
    """How many leaves are not sealed yet."""
    return int(LedgerQueue.objects.count())


def _differing(
    sources: Sources, layout: Layout, leaves: str, place: sql.Composable, within: sql.Composable
) -> sql.Composable:
    key = sql.Identifier(sources.key_of(layout))
    return sql.SQL(
        "SELECT * FROM (SELECT {place} AS place, l.row_id, CASE WHEN t.{key} IS NULL THEN {gone}"
        " WHEN guard.leaf_hash({payload}) IS DISTINCT FROM l.hash AND NOT {redacted} THEN {changed}"
        " WHEN {dated} THEN {otherwise} END AS what {joined} {within}) AS looked WHERE what IS NOT NULL ORDER BY 1"
    ).format(
        place=place, key=key, joined=sources.joined(layout, leaves), within=within, payload=sources.payload(layout),
        redacted=sources.redacted(layout), dated=_is_dated_otherwise(sources.newest(layout)), gone=sql.Literal(_GONE),
        changed=sql.Literal(_CHANGED), otherwise=sql.Literal(_DATED),
    )  # fmt: skip


def _is_dated_otherwise(layout: Layout) -> sql.Composable:
    """SQL that is true for a row `t` that says it happened at another time than its leaf `l` was written.

    The portal writes down what happens when it happens; whoever holds its password could tell the past anew by entries
    that are dated back. What a load brought keeps its moments: its events name no transaction of this database.
    """
    moment = next((name for name in _MOMENTS if name in layout.names and "action_id" in layout.names), None)
    if moment is None:
        return sql.SQL("false")
    loaded = "t.transaction_id < {first}" if "transaction_id" in layout.names else _LOADED_ACTION
    outside = "t.{moment} NOT BETWEEN l.queued_at - interval {while_} AND l.queued_at + interval {while_}"
    return sql.SQL(f"{outside} AND NOT {loaded}").format(
        moment=sql.Identifier(moment), while_=sql.Literal(_WHILE), first=sql.Literal(_FIRST_TRANSACTION)
    )


def _row(sources: Sources, table: str, row_id: int) -> str:
    model = sources.models.get(table)
    return f"the {model._meta.verbose_name if model else table} in row {row_id} of {table}"


def _ask(query: sql.Composable, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("{} LIMIT {}").format(query, sql.Literal(NAMED)),
            {**values, "organization": current_organization_id()},
        )
        return cursor.fetchall()
