"""What every record keeps: its history, its guard, its walls – asked of the registry, so a new model is asked too."""

import re

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.db.models import F

from cqms.audit import services as audit
from cqms.audit.guard import append_only_models, expected_triggers, tracked_models
from cqms.audit.models import AuditEvent, kind_of
from cqms.audit.standing import Standing, look
from cqms.history.action import action
from cqms.history.models import HistoryRow
from cqms.organizations.models import Organization, OrganizationModel
from cqms.organizations.scope import scope
from cqms.organizations.walls import WITHOUT_ORGANIZATION, composite_keys, scoped_models
from studies.models import Study
from tests.contracts.rows import Direct, changed, copy_of_a_row

TRACKED = tracked_models()
CHANGEABLE = [model for model in TRACKED if not model.append_only]
APPEND_ONLY = append_only_models()
NOT_OF_OURS = {"django_migrations"}
"""Tables that no model of the registry stands for: Django's own list of migrations."""


def name(model) -> str:
    return model._meta.label_lower


def each(models_) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("model", models_, ids=name)


def first(model) -> models.Model:
    row = model._default_manager.order_by("pk").first()
    assert row is not None, f"no {model._meta.label_lower} to look at: let tests/world/building.py make one"
    return row


# Presence


@each(TRACKED)
def test_a_tracked_model_has_what_a_record_needs(model):
    history = model.history.model
    assert issubclass(history, HistoryRow)
    assert model._meta.get_field("organization").related_model is Organization
    assert not model._meta.get_field("organization").null
    assert model._meta.get_field("revision").get_default() == 0
    own = {field.column for field in model._meta.concrete_fields}
    kept = {field.column for field in history._meta.concrete_fields}
    assert own - kept == set(), "history keeps the whole row"
    known = {field.name for field in model._meta.fields}
    named = {*model.controlled_fields, *model.trail_ignores, *getattr(model, "signed_fields", ())}
    assert named - known == set(), "controlled, ignored and signed fields exist"


def test_every_guard_is_present_and_always_enabled(world):
    assert look() == Standing([], [])
    tables = {model._meta.db_table for model in TRACKED} | {"accounts_user", "organizations_organization"}
    assert {table for table, guard in expected_triggers() if guard == "guard_update"} == tables


def test_a_guard_that_was_switched_off_is_named(world_database):
    with Direct(world_database.owner, None) as owner:
        owner.cursor.execute("SET cqms.migrating = 'yes'")
        owner.cursor.execute("ALTER TABLE studies_study DISABLE TRIGGER guard_update")
        owner.cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER guard_rows")
        owner.cursor.execute("SELECT tgrelid::regclass || '.' || tgname FROM pg_trigger WHERE tgname LIKE 'guard_%'"
                             " AND tgenabled <> 'A' ORDER BY 1")  # fmt: skip
        assert owner.cursor.fetchall() == [("audit_auditevent.guard_rows",), ("studies_study.guard_update",)]


def test_row_level_security_is_forced_on_every_table_except_the_listed_ones(world):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
            " AND NOT (relrowsecurity AND relforcerowsecurity)"
        )
        open_tables = {row[0] for row in cursor.fetchall()} - NOT_OF_OURS
    listed = {apps.get_model(label)._meta.db_table for label in WITHOUT_ORGANIZATION}
    assert open_tables == listed
    assert all(reason.strip() for reason in WITHOUT_ORGANIZATION.values())


def test_row_level_security_compares_with_the_setting_and_nothing_else(world):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename, policyname, qual, with_check FROM pg_policies WHERE schemaname = 'public'")
        policies = cursor.fetchall()
    rule = "(organization_id = ( SELECT (NULLIF(current_setting('app.organization'::text, true), ''::text))::bigint"
    own = [row for row in policies if row[1] == "own_organization"]
    assert {row[0] for row in own} == {model._meta.db_table for model in scoped_models()}
    assert all(row[2].startswith(rule) and row[3] == row[2] and " OR " not in row[2] for row in own)
    others = [(table, policy) for table, policy, _, _ in policies if policy != "own_organization"]
    assert others == [("organizations_membership", "own_memberships")]


@each(list(scoped_models()))
def test_a_row_belongs_to_an_organization_always(world, model):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM information_schema.columns WHERE table_name = %s AND column_name = 'organization_id'",
            [model._meta.db_table],
        )
        assert cursor.fetchone() == (1,)
    assert issubclass(model, OrganizationModel) or "organization" in {f.name for f in model._meta.fields}


ONCE_AN_ORGANIZATION = {"identity_identityprovider": "an organization has one OpenID provider at most"}
"""Tables with a row for each organization; every other unique goes on after the organization."""


@each(list(scoped_models()))
def test_uniques_begin_with_the_organization(world, model):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass"
            " AND indisunique AND NOT indisprimary",
            [f'"{model._meta.db_table}"'],
        )
        found = [row[0] for row in cursor.fetchall()]
    end = "[,)]" if model._meta.db_table in ONCE_AN_ORGANIZATION else ","
    wrong = [definition for definition in found if not re.search(rf"btree \(organization_id{end}", definition)]
    assert wrong == [], "a unique that does not begin with the organization tells one what another has"


# The guard, as the portal's own role


@each(CHANGEABLE)
def test_saving_through_audit_passes(world, model):
    with scope(world.ours):
        record = first(model)
        revision, field = record.revision, changed(record)
        audit.save(record, actor=world.quality_head, reason="Shown by a test.")
    with scope(world.ours):
        record = first(model)
        newest = record.history.latest()
        event = AuditEvent.objects.filter(record_kind=kind_of(record), record_id=record.pk).latest("pk")
    assert (record.revision, newest.revision) == (revision + 1, revision + 1)
    assert getattr(record, field) == getattr(newest, field)
    assert (newest.history_user_id, newest.history_change_reason) == (world.quality_head.pk, "Shown by a test.")
    assert (event.action_id, event.actor, event.reason) == (newest.action_id, world.quality_head, "Shown by a test.")
    assert [row["field"] for row in event.changes] == [field]


@each(CHANGEABLE)
def test_an_unchanged_record_is_left_alone(world, model):
    with scope(world.ours):
        record = first(model)
        before = (record.revision, AuditEvent.objects.count())
        audit.save(record, actor=world.quality_head)
        model.objects.filter(pk=record.pk).update(revision=F("revision"))
        assert (record.revision, AuditEvent.objects.count()) == before


def save_alone(model):
    record = first(model)
    changed(record)
    with action(None):
        record.save()


def update(model):
    model.objects.filter(pk=first(model).pk).update(revision=F("revision") + 1)


def bulk_update(model):
    record = first(model)
    record.revision += 1
    model.objects.bulk_update([record], ["revision"])


def raw_update(model):
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{model._meta.db_table}" SET revision = revision + 1 WHERE id = %s', [first(model).pk])


def delete_rows(model):
    model.objects.filter(pk=first(model).pk)._raw_delete("default")


def raw_delete(model):
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{model._meta.db_table}" WHERE id = %s', [first(model).pk])


def truncate(model):
    with connection.cursor() as cursor:
        cursor.execute(f'TRUNCATE "{model._meta.db_table}" CASCADE')


WAYS = {
    save_alone: "history without an event",
    update: "changed without a history row",
    bulk_update: "changed without a history row",
    raw_update: "changed without a history row",
    delete_rows: "append-only: DELETE refused",
    raw_delete: "append-only: DELETE refused",
    truncate: "permission denied",
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@each(CHANGEABLE)
def test_every_way_around_audit_is_refused(world, model, way):
    with pytest.raises(DatabaseError, match=WAYS[way]), scope(world.ours):
        way(model)
    with scope(world.ours):
        assert first(model) is not None


@each(TRACKED)
def test_a_new_row_without_history_is_refused(loose, model):
    with Direct(loose.app, loose.ours) as app, Direct(loose.owner, loose.ours) as owner:
        expected = f"{model._meta.db_table} "
        for role in (app, owner):
            said = role.refusal(copy_of_a_row(model))
            assert said.startswith(expected), said
            assert "changed without a history row" in said


@each(TRACKED)
def test_the_owner_of_the_tables_is_refused_too(world_database, world, model):
    table = model._meta.db_table
    with Direct(world_database.owner, world.ours) as owner:
        said = owner.refusal(f'UPDATE "{table}" SET revision = revision + 1')
        assert "append-only" in said if model.append_only else "changed without a history row" in said
        assert "append-only: DELETE refused" in owner.refusal(f'DELETE FROM "{table}"')
        assert "append-only: TRUNCATE refused" in owner.refusal(f'TRUNCATE "{table}" CASCADE')


@each(APPEND_ONLY)
def test_what_is_written_once_is_never_changed(world_database, world, model):
    table, column = model._meta.db_table, model._meta.concrete_fields[-1].column
    organization = world.ours if model in set(scoped_models()) else None
    with Direct(world_database.app, organization) as app:
        assert app.ask(f'SELECT count(*) FROM "{table}"')[0][0] > 0
        for statement in (
            f'UPDATE "{table}" SET "{column}" = "{column}"',
            f'DELETE FROM "{table}"',
            f'TRUNCATE "{table}"',
        ):
            assert "permission denied" in app.refusal(statement)
    with Direct(world_database.owner, organization) as owner:
        assert "append-only: UPDATE refused" in owner.refusal(f'UPDATE "{table}" SET "{column}" = "{column}"')
        assert "append-only: DELETE refused" in owner.refusal(f'DELETE FROM "{table}"')
        assert "append-only: TRUNCATE refused" in owner.refusal(f'TRUNCATE "{table}" CASCADE')


@each([model.history.model for model in TRACKED])
def test_history_without_an_event_is_refused_and_its_transaction_is_the_databases(world_database, world, model):
    with Direct(world_database.app, world.ours) as app:
        assert "history without an event" in app.refusal(copy_of_a_row(model, transaction_id=42))
        stamped, real = app.ask(
            copy_of_a_row(model, "transaction_id, pg_current_xact_id()::text::bigint", transaction_id=42)
        )[0]
        assert stamped == real


def test_an_event_cannot_choose_its_transaction(world_database, world):
    with Direct(world_database.app, world.ours) as app:
        returning = "transaction_id, pg_current_xact_id()::text::bigint"
        stamped, real = app.ask(copy_of_a_row(AuditEvent, returning, transaction_id=42))[0]
    assert stamped == real


def test_an_event_of_an_earlier_transaction_does_not_count(world, world_database):
    """The action of an old, real event is borrowed for a change of today."""
    with scope(world.ours):
        study = first(Study)
        old = study.history.latest()
    with Direct(world_database.app, world.ours) as app:
        assert "history without an event" in app.refusal(copy_of_a_row(type(old), action_id=str(old.action_id)))


# Keys between organizations


KEYS = list(composite_keys())


def test_every_key_between_tables_of_organizations_has_its_twin(world):
    scoped = {model._meta.db_table for model in scoped_models() if not issubclass(model, HistoryRow)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text, pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE contype = 'f'"
        )
        keys = [row for row in cursor.fetchall() if row[0] in scoped and row[1] in scoped]
    columns = {(table, definition.split("(")[1].split(")")[0]) for table, _, definition in keys}
    single = {(table, column) for table, column in columns if ", " not in column}
    assert {(table, f"organization_id, {column}") for table, column in single} == columns - single
    assert single == {(model._meta.db_table, field.column) for model, field in KEYS}


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{name(key[0])}.{key[1].name}")
def test_a_key_to_another_organization_is_refused(loose, key):
    model, field = key
    twin = f"{model._meta.db_table}_{field.column}_same_organization"[:63]
    with Direct(loose.app, loose.theirs) as theirs:
        foreign = theirs.ask(f'SELECT max(id) FROM "{field.related_model._meta.db_table}"')[0][0]
    with Direct(loose.app, loose.ours) as app:
        said = app.refusal(copy_of_a_row(model, **{field.column: foreign}), constraint=twin)
        assert f'violates foreign key constraint "{twin}"' in said
        own = f'(SELECT max(id) FROM "{field.related_model._meta.db_table}")'
        own_id = app.ask(f"SELECT {own}")[0][0]
        assert app.refusal(copy_of_a_row(model, **{field.column: own_id}), constraint=twin) == ""


@each(list(scoped_models()))
def test_a_row_for_another_organization_is_refused(loose, model):
    with Direct(loose.app, loose.ours) as app:
        said = app.refusal(copy_of_a_row(model, organization_id=loose.theirs.pk))
        by_database = getattr(model, "written_by_database", False)
        assert ("permission denied" if by_database else "new row violates row-level security policy") in said


def test_a_rolled_back_scope_undoes_the_change(world):
    with scope(world.ours):
        before = first(Study).title
    with pytest.raises(DatabaseError), scope(world.ours):
        save_alone(Study)
    with scope(world.ours), transaction.atomic():
        assert first(Study).title == before
