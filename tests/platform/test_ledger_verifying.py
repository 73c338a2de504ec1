"""Verifying: an untouched log holds, and whatever a superuser does to a sealed one is named."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from cqms.audit import services as audit
from cqms.audit.ledger.sealing import LedgerBroken, seal
from cqms.audit.ledger.selectors import leaves_of, receipt
from cqms.audit.ledger.verifying import verify
from cqms.audit.ledger.witnesses import hand_over
from cqms.audit.models import SecurityEvent, SecurityEventKind
from cqms.instance.database import connected
from cqms.organizations.scope import scope
from studies.models import Study

pytestmark = pytest.mark.commits

FREE = "SET session_replication_role = replica; "
OPEN = "DO $$ DECLARE r record; BEGIN FOR r IN SELECT tgrelid::regclass AS t, tgname AS n FROM pg_trigger WHERE NOT tgisinternal LOOP EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', r.t, r.n); END LOOP; END $$; "


@pytest.fixture
def sealed(company):
    """Both organizations, sealed in several batches and handed to a witness."""
    audit.note_security(SecurityEventKind.LOCKED, user=company.reader)
    for organization in (company.ours, company.theirs):
        seal(organization, at_most=10)
        hand_over(organization)
    return company


def tamper(clone, statement: str) -> None:
    with connected(clone.superuser) as link, link.cursor() as cursor:
        cursor.execute(OPEN + statement)


def first_difference(organization) -> str:
    return verify(organization).differences[0].sentence


def test_an_untouched_log_holds(sealed):
    for organization in (sealed.ours, sealed.theirs):
        verdict = verify(organization)
        assert (verdict.differences, verdict.remarks, verdict.waiting) == ([], [], 0)
        assert verdict.entries > 10 * (verdict.checkpoints - 1) > 0


STRANGE = {
    "TimeZone": "Asia/Kolkata",
    "extra_float_digits": "-5",
    "bytea_output": "escape",
    "IntervalStyle": "iso_8601",
}


def test_what_a_session_with_other_settings_wrote_is_what_was_hashed(company):
    with scope(company.ours), connection.cursor() as cursor:
        for name, value in STRANGE.items():
            cursor.execute(f"SET LOCAL {name} = '{value}'")
        study = Study.objects.get(number="NW-101")
        study.title = "Written far away"
        audit.save(study, actor=company.study_manager, reason="A session of somebody else's program")
        cursor.execute("SELECT " + ", ".join(f"current_setting('{name}')" for name in STRANGE))
        assert cursor.fetchone() == tuple(STRANGE.values())
    seal(company.ours)
    assert verify(company.ours).differences == []


HISTORY = "studies_historicalstudy"
NW = "organization_id = (SELECT id FROM organizations_organization WHERE slug = 'northwind')"
DAMAGES = {
    "changed": (f"UPDATE {HISTORY} SET title = 'x' WHERE history_id = (SELECT min(history_id) FROM {HISTORY})", "is not what was sealed."),
    "gone": (f"DELETE FROM {HISTORY} WHERE history_id = (SELECT min(history_id) FROM {HISTORY})", "is gone."),
    "event changed": (f"UPDATE audit_auditevent SET reason = 'y' WHERE id = (SELECT min(id) FROM audit_auditevent WHERE {NW})", "is not what was sealed."),
    "security event changed": ("UPDATE audit_securityevent SET kind = 'signed_in' WHERE id = (SELECT min(id) FROM audit_securityevent)", "of audit_securityevent is not what was sealed."),
    "security event gone": ("DELETE FROM audit_securityevent WHERE id = (SELECT max(id) FROM audit_securityevent)", "of audit_securityevent is gone."),
    "security event smuggled": ("INSERT INTO audit_securityevent (id, at, email, kind, device, detail, transaction_id) VALUES (999999, now(), '', 'signed_in', '', '', 0)", "security event in row 999999 of audit_securityevent stands in no log."),
    "live row": ("UPDATE studies_study SET title = 'z' WHERE number = 'NW-101'", "differs from its newest history."),
    "leaf gone": ("DELETE FROM audit_ledgerleaf WHERE position = 5", "positions are missing or double."),
    "leaf moved": (f"UPDATE audit_ledgerleaf SET position = 1000000 - position WHERE position IN (3, 4) AND {NW};UPDATE audit_ledgerleaf SET position = position - 999993 WHERE position > 900000 AND {NW}", "do not lead to the checkpoint at 10 entries."),
    "note changed": ("UPDATE audit_ledgercheckpoint SET note = replace(note, E'\\n10\\n', E'\\n11\\n') WHERE size = 10", "does not fit the text."),
    "root changed": ("UPDATE audit_ledgercheckpoint SET root = sha256('x') WHERE size = 10", "the signed text says something else than the row."),
    "smuggled": (f"INSERT INTO {HISTORY} SELECT (jsonb_populate_record(h, '{{\"history_id\": 999999}}')).* FROM {HISTORY} h WHERE {NW} LIMIT 1", "stands in no log."),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_a_superuser_does_is_named(sealed, clone, damage):
    statement, words = DAMAGES[damage]
    tamper(clone, statement)
    assert first_difference(sealed.ours).endswith(words)


def test_what_happens_to_accounts_stands_in_the_log_of_the_first_organization(sealed):
    event = audit.note_security(SecurityEventKind.SIGN_IN_FAILED, user=None, email="nobody@cast.test")
    for organization in (sealed.ours, sealed.theirs):
        seal(organization)
        assert (verify(organization).differences, verify(organization).waiting) == ([], 0)
    with scope(sealed.ours):
        assert set(leaves_of(list(SecurityEvent.objects.all()))) == set(
            SecurityEvent.objects.values_list("pk", flat=True)
        )
        assert receipt(event).position is not None
    with scope(sealed.theirs):
        assert leaves_of([event]) == {}


def test_a_log_that_was_cut_is_found_by_its_witness(sealed, clone):
    tamper(clone, f"DELETE FROM audit_ledgerhandover WHERE {NW};"
                  f"DELETE FROM audit_ledgercheckpoint WHERE {NW} AND size > 10;"
                  f"DELETE FROM audit_ledgerleaf WHERE {NW} AND position >= 10;")  # fmt: skip
    assert "A witness holds a checkpoint at" in verify(sealed.ours).differences[-1].sentence


def test_nothing_is_sealed_on_a_damaged_log(sealed, clone):
    tamper(clone, f"UPDATE audit_ledgerleaf SET hash = sha256('x') WHERE {NW} AND position = 3")
    with connected(clone.superuser) as link, link.cursor() as cursor:
        cursor.execute(OPEN.replace("DISABLE", "ENABLE ALWAYS"))
    with scope(sealed.ours):
        study = Study.objects.get(number="NW-101")
        study.title = "After the damage"
        audit.save(study, actor=sealed.qa, reason="Shown by a test.")
    with pytest.raises(LedgerBroken, match="run bin/manage verify_trail"):
        seal(sealed.ours)


def test_the_command_names_the_first_difference_and_fails(sealed, clone, capsys):
    call_command("verify_trail")
    assert [line.endswith(": the trail holds.") for line in capsys.readouterr().out.splitlines()] == [True, True]
    tamper(clone, DAMAGES["changed"][0])
    with pytest.raises(SystemExit) as ended:
        call_command("verify_trail", organization="northwind")
    said = capsys.readouterr()
    assert ended.value.code == 1
    assert "First difference: Entry" in said.out
    assert said.err.endswith("The trail does not hold in 1 organization.\n")


def test_since_looks_at_what_was_sealed_since(sealed, clone):
    tamper(clone, DAMAGES["event changed"][0])
    later = timezone.now() + dt.timedelta(hours=1)
    assert (verify(sealed.ours, since=later).entries, verify(sealed.ours, since=later).differences) == (0, [])
    earlier = timezone.now() - dt.timedelta(hours=1)
    assert verify(sealed.ours, since=earlier).differences == verify(sealed.ours).differences != []
