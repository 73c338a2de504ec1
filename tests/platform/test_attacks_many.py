"""Ten thousand edits of sealed rows by a superuser, each at random: every one of them is named."""

import random
from collections.abc import Iterator

import pytest
from django.db import connection, connections, transaction
from psycopg2.extensions import parse_dsn

from cqms.audit import services as audit
from cqms.audit.ledger import comparing
from cqms.audit.ledger.models import LedgerLeaf
from cqms.audit.ledger.rows import Sources
from cqms.audit.ledger.sealing import seal
from cqms.audit.ledger.verifying import verify
from cqms.organizations.scope import scope
from studies.models import Study
from tests.platform.test_ledger_verifying import FREE, OPEN

pytestmark = [pytest.mark.slow, pytest.mark.commits]

EDITS, AT_ONCE, OF_THE_LOG = 10_000, 250, 10
OTHERWISE = {
    "text": "'!' || coalesce({0}, '')",
    "character varying": "left('!' || coalesce({0}, ''), {1})",
    "bigint": "coalesce({0}, 0) + 1",
    "integer": "coalesce({0}, 0) + 1",
    "boolean": "NOT coalesce({0}, false)",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 second'",
    "date": "coalesce({0}, current_date) + 1",
    "jsonb": "jsonb_build_array({0})",
    "uuid": "gen_random_uuid()",
    "bytea": "coalesce({0}, '') || '\\x01'",
}
"""What a column says instead, by its type."""


@pytest.fixture
def log(company, clone, monkeypatch):
    """A sealed log of some thousand entries, for Django as the superuser."""
    with scope(company.ours):
        study = Study.objects.get(number="NW-101")
        for number in range(1200):
            study.title = f"Heron, told for the {number}th time"
            study = audit.save(study, actor=company.study_manager, reason=f"Because of {number}.")
    seal(company.ours)
    monkeypatch.setattr(comparing, "NAMED", 10 * AT_ONCE)
    told, default = parse_dsn(clone.superuser), connections.settings["default"]
    connections.close_all()
    for name, value in (("USER", told["user"]), ("PASSWORD", told["password"])):
        monkeypatch.setitem(default, name, value)
    yield company.ours
    connections.close_all()


def ask(statement: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def sealed_rows(sources: Sources) -> list[tuple[str, str, int]]:
    """Table, column of the key, and id of every sealed row."""
    layouts = {pk: (sources.newest(each).table, sources.key_of(each)) for pk, each in sources.layouts.items()}
    return [(*layouts[layout], row) for layout, row in LedgerLeaf.objects.values_list("layout_id", "row_id")]


def columns() -> dict[str, list[tuple[str, str]]]:
    """Table → its columns with what each says instead."""
    found: dict[str, list[tuple[str, str]]] = {}
    for table, name, kind, most in ask(
        "SELECT table_name, column_name, data_type, character_maximum_length FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name NOT IN ('organization_id', 'history_id', 'id')"
    ):
        if kind in OTHERWISE:
            found.setdefault(table, []).append((name, OTHERWISE[kind].format(f'"{name}"', most)))
    return found


def edits(chance: random.Random, rows, known) -> Iterator[str]:
    """Do what comes to mind with each row; what must be said of it."""
    for table, key, row in rows:
        can_be_copied = "_historical" in table or table == "audit_auditevent"
        act = chance.choice(["change", "change", "delete", "insert"] if can_be_copied else ["change", "delete"])
        if act == "change":
            name, otherwise = chance.choice(known[table])
            ask(f'UPDATE "{table}" SET "{name}" = {otherwise} WHERE "{key}" = {row}')
            yield f"row {row} of {table} is not what was sealed."
        elif act == "delete":
            ask(f'DELETE FROM "{table}" WHERE "{key}" = {row}')
            yield f"row {row} of {table} is gone."
        else:
            new = 50_000_000 + row
            ask(f'INSERT INTO "{table}" SELECT (jsonb_populate_record(t, jsonb_build_object(%s, %s))).* FROM "{table}" t'
                f' WHERE "{key}" = {row}', key, new)  # fmt: skip
            yield f"row {new} of {table} stands in no log."


def unnamed(chance: random.Random, organization, rows, known) -> list[str]:
    """The edits of one batch that nothing names; all of them are undone."""
    with transaction.atomic(), scope(organization):
        ask(FREE + OPEN)
        wanted = list(edits(chance, chance.sample(rows, AT_ONCE), known))
        sources = Sources()
        found = [*comparing.rows_that_differ(sources, 0, len(rows)), *comparing.rows_without_leaf(sources)]
        said = {problem.words.partition(" in ")[2] for problem in found}
        transaction.set_rollback(True)
    return [each for each in wanted if each not in said]


def test_every_one_of_ten_thousand_edits_is_named(log):
    chance = random.Random(2026)
    with scope(log):
        rows, known = sealed_rows(Sources()), columns()
    for batch in range(EDITS // AT_ONCE):
        assert unnamed(chance, log, rows, known) == [], f"batch {batch}"
    assert verify(log).differences == []


def test_leaves_that_change_places_and_ends_that_are_cut_off_are_found(log):
    chance = random.Random(2027)
    with scope(log):
        size = LedgerLeaf.objects.count()
    swap = "UPDATE audit_ledgerleaf SET position = CASE position WHEN {0} THEN -{1} ELSE -{0} END WHERE position IN ({0}, {1}) AND {2};"
    for _ in range(OF_THE_LOG):
        first, second = sorted(chance.sample(range(1, size), 2))
        here = f"organization_id = {log.pk}"
        turned = f"UPDATE audit_ledgerleaf SET position = -position WHERE position < 0 AND {here}"
        for act in (
            swap.format(first, second, here) + turned,
            f"DELETE FROM audit_ledgerleaf WHERE position >= {first} AND {here}",
        ):
            with transaction.atomic():
                ask(FREE + OPEN + act)
                assert verify(log).differences != [], act
                transaction.set_rollback(True)
