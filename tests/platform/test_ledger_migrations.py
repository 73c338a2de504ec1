"""A sealed log outlives migrations: what was hashed can be written down again from tables that look otherwise now."""

import pytest
from django.db import NotSupportedError, connections, models, transaction

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit import states
from cqms.audit.ledger import arming, selectors
from cqms.audit.ledger.layouts import ColumnsVanished
from cqms.audit.ledger.merkle import leaf_hash
from cqms.audit.ledger.models import LedgerKept
from cqms.audit.ledger.sealing import seal
from cqms.audit.ledger.verifying import verify
from cqms.audit.models import AuditEvent
from cqms.instance.database import connected
from cqms.organizations.scope import scope
from cqms.settings import database
from studies.models import Study

pytestmark = pytest.mark.commits
HISTORY = Study.history.model


@pytest.fixture
def owner(clone):
    """A connection of the role that migrates."""
    told = database(clone.owner)
    told["OPTIONS"] = {**told["OPTIONS"], "options": "-c cqms.migrating=yes"}
    connections.settings["owner"] = connections.configure_settings({"default": {}, "owner": told})["owner"]
    yield connections["owner"]
    connections["owner"].close()
    del connections["owner"], connections.settings["owner"]


def with_name(field: models.Field, name: str) -> models.Field:
    """A field of the events that no model declares."""
    field.set_attributes_from_name(name)
    field.model = AuditEvent
    return field


def note(company, title: str) -> None:
    with scope(company.ours):
        study = Study.objects.get(number="NW-101")
        audit.append(study, actor=company.qa, verb="note", sentence=title)
    seal(company.ours)


def add(editor) -> None:
    editor.add_field(AuditEvent, with_name(models.CharField(max_length=20, default="new", db_default="new"), "mood"))


def rename(editor) -> None:
    editor.alter_field(
        AuditEvent, AuditEvent._meta.get_field("zone"), with_name(models.CharField(max_length=64), "place")
    )


def drop(editor) -> None:
    editor.remove_field(AuditEvent, AuditEvent._meta.get_field("reason"))


def migrate(owner) -> None:
    """Three migrations on the events: a column more, one renamed, one gone."""
    with owner.schema_editor() as editor:
        add(editor)
        rename(editor)
    with owner.schema_editor() as editor:
        editor.remove_field(AuditEvent, with_name(models.CharField(max_length=64), "place"))
        editor.remove_field(AuditEvent, with_name(models.TextField(), "reason"))


def restore(owner) -> None:
    """The columns come back, empty, so that the services of today work again."""
    with owner.schema_editor() as editor:
        for name in ("zone", "reason"):
            editor.add_field(AuditEvent, with_name(models.TextField(default="", db_default=""), name))


def test_a_sealed_log_outlives_columns_that_come_go_and_change_their_name(company, owner):
    note(company, "Before every migration")
    migrate(owner)
    assert verify(company.ours).differences == []
    restore(owner)
    note(company, "After every migration")
    verdict = verify(company.ours)
    assert (verdict.differences, verdict.waiting) == ([], 0)
    with scope(company.ours):
        written = selectors.payloads(selectors.leaves_between(0, verdict.entries))
        said = [text.decode() for text in written.values() if b"every migration" in text]
        assert ['"place"' in text or '"mood"' in text for text in said] == [False, True]
        assert '"zone": "' in said[0]
        assert (
            LedgerKept.objects.filter(column="place").count() == LedgerKept.objects.filter(column="reason").count() > 0
        )


@pytest.mark.parametrize(("change", "words"), [(add, []), (rename, ['"zone": "']), (drop, ['"reason": "So that'])])
def test_one_migration_alone_leaves_every_old_leaf_valid(company, owner, change, words):
    with scope(company.ours):
        study = Study.objects.get(number="NW-101")
        audit.append(study, actor=company.qa, verb="note", sentence="Before", reason="So that it can be lost.")
    seal(company.ours)
    with owner.schema_editor() as editor:
        change(editor)
    verdict = verify(company.ours)
    assert (verdict.differences, verdict.waiting) == ([], 0)
    with scope(company.ours):
        leaves = selectors.leaves_between(0, verdict.entries)
        payloads = selectors.payloads(leaves)
        assert [leaf_hash(payloads[leaf.pk]) for leaf in leaves] == [bytes(leaf.hash) for leaf in leaves]
        told = next(text.decode() for text in payloads.values() if b'"sentence": "Before"' in text)
    assert [word for word in words if word in told] == words
    assert '"mood"' not in told
    assert '"place"' not in told


def test_a_kept_value_that_was_changed_is_named(company, owner, clone):
    note(company, "Before")
    migrate(owner)
    with connected(clone.superuser) as link, link.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_ledgerkept DISABLE TRIGGER ALL; UPDATE audit_ledgerkept SET value = '\"x\"'")
    assert verify(company.ours).differences[0].sentence.endswith("of audit_auditevent is not what was sealed.")


def test_a_type_that_changes_keeps_the_values_as_they_were(company, owner):
    note(company, "Before")
    with owner.schema_editor() as editor:
        editor.alter_field(
            AuditEvent, AuditEvent._meta.get_field("record_id"), with_name(models.TextField(), "record_id")
        )
    assert verify(company.ours).differences == []


def test_a_sealed_table_is_not_dropped(company, owner):
    with pytest.raises(NotSupportedError, match="is sealed in the ledger and stays"), owner.schema_editor() as editor:
        editor.delete_model(HISTORY)


def test_a_column_that_was_dropped_around_the_migrations_is_found(company, owner, clone):
    with connected(clone.superuser) as link, link.cursor() as cursor:
        cursor.execute("ALTER TABLE studies_historicalstudy DROP COLUMN title")
    with pytest.raises(ColumnsVanished, match="studies_historicalstudy has lost title"), owner.cursor() as cursor:
        arming.arm(cursor)


SWITCHED = "".join(
    f"ALTER TABLE {table} {{0}} TRIGGER ALL;"
    for table in ("audit_ledgerqueue", "audit_ledgerlayout", "audit_accountstate", "audit_organizationstate")
)
UNKEPT = "".join(
    f"DELETE FROM audit_ledgerqueue WHERE layout_id IN (SELECT id FROM audit_ledgerlayout WHERE source = '{table}');"
    f"DELETE FROM audit_ledgerlayout WHERE source = '{table}'; DELETE FROM {table};"
    f"DROP TRIGGER guard_leaf ON {table};"
    for table in ("audit_accountstate", "audit_organizationstate")
)


def test_accounts_and_organizations_from_before_their_states_were_kept_get_a_first_one(company, owner, clone):
    with connected(clone.superuser) as link, link.cursor() as cursor:
        for act in (SWITCHED.format("DISABLE"), UNKEPT, SWITCHED.format("ENABLE")):
            cursor.execute(act)
    with transaction.atomic("owner"), owner.cursor() as cursor:
        states.keep_present(cursor)
        arming.arm(cursor)
    assert states.AccountState.objects.count() == User.objects.count()
    for organization in (company.ours, company.theirs):
        with scope(organization):
            assert [state.content["name"] for state in states.OrganizationState.objects.all()] == [organization.name]
        seal(organization)
        assert verify(organization).differences == []
