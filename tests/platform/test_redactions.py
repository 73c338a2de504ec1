"""Redaction: personal data goes from everywhere, two people vouch for it, and the trail still verifies."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from cqms.attachments.kinds import CSV
from cqms.attachments.models import StoredFile
from cqms.attachments.services import RedactedFile, UnusableFile, attach, open_checked
from cqms.audit import services as audit
from cqms.audit.ledger.models import LedgerLeaf
from cqms.audit.ledger.sealing import seal
from cqms.audit.ledger.selectors import keys
from cqms.audit.ledger.tombstones import LedgerTombstone
from cqms.audit.ledger.verifying import verify
from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Denied, WrongState
from cqms.deadlines.selectors import open_deadlines_about
from cqms.inbox.selectors import rows_here
from cqms.instance.database import connected
from cqms.organizations.scope import scope
from cqms.redactions import services
from cqms.redactions.models import Redaction, RedactionState, RedactionWords
from cqms.redactions.selectors import words_of
from cqms.reports.models import ReportFormat
from cqms.reports.services import download_report
from cqms.search.models import SearchEntry
from cqms.signatures.content import signatures_of
from cqms.signatures.content import verify as verify_signature
from studies.models import Study
from tests.cast import page
from tests.platform.browsing import browse, words
from tests.platform.test_trail_files import export
from tests.platform.test_trail_verifier import VERIFIER
from tests.world import building as worlds
from tests.world.building import credentials

NAME = 'Maria "Mia" Muster'
NAME_IN_JSON = json.dumps(NAME)[1:-1]
INSTEAD = "[redacted, see RED-0001]"
WHY = "Typed into the title instead of the list of participants."


def slip(cast, text: str = NAME) -> Study:
    """A name in the title, corrected later: the live row is clean, history and trail are not."""
    study = Study.objects.get(number="NW-101")
    for title, reason in ((f"Heron and {text}", f"Told by {text}."), ("Heron", "No names here.")):
        study.title = title
        study = audit.save(study, actor=cast.study_manager, reason=reason)
    return study


def wish(cast, study, **changes) -> services.Wish:
    facts = {"record": study, "words": [NAME], "what": "name of a participant", "why": WHY, "approver": cast.qa}
    return services.Wish(**{**facts, **changes})


def asked(cast, study, **changes) -> Redaction:
    prepared = services.prepare(wish(cast, study, **changes), actor=cast.study_manager)
    return services.ask(prepared, actor=cast.study_manager, credentials=credentials(cast.study_manager))


def approved(cast, study, **changes) -> Redaction:
    return services.approve(asked(cast, study, **changes), actor=cast.qa, credentials=credentials(cast.qa))


def whole_database(clone, organization) -> str:
    """Every row of every table as text."""
    with connected(clone.superuser) as link, link.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f'SELECT t::text FROM public."{name}" t' for name in tables))
        return "\n".join(row for (row,) in cursor.fetchall())


@pytest.mark.parametrize("which", [ReportFormat.JSON, ReportFormat.PDF])
def test_an_export_afterwards_proves_the_redaction_and_one_before_is_listed(cast, ours, settings, tmp_path, which):
    settings.FILES_DIR, settings.KEYS_DIR = tmp_path / "files", tmp_path / "keys"
    study = slip(cast)
    before = export(ours, which, actor=cast.inspector, subject=study)
    download_report(before, which, person=cast.inspector).file_to_stream.close()
    assert NAME_IN_JSON in json.dumps(entries_in(before, which), ensure_ascii=False)
    done = approved(cast, study)
    assert [(row["number"], row["by"], row["taken"]) for row in done.exports] == [
        (before.number, "Ines Spector", ["Ines Spector"])
    ]
    after = export(ours, which, actor=cast.inspector, subject=study)
    report = VERIFIER.examine_file(after.files()[which].path.read_bytes(), keys()[0].verifier.fingerprint)
    assert report.problems == []
    assert len(report.redacted) == LedgerTombstone.objects.filter(table="audit_auditevent").count() == 2
    told = f"by Samuel Mora because: {WHY} Approved by Quentin Abara (RED-0001)."
    assert [told in sentence for sentence in report.redacted] == [True, True]
    assert "Muster" not in json.dumps(entries_in(after, which))


def entries_in(report, which) -> list[str]:
    data = report.files()[which].path.read_bytes()
    return [json.loads(each["payload"]) for each in VERIFIER.read(trail_in(data, which))["entries"]]


def trail_in(data: bytes, which) -> bytes:
    return VERIFIER.attached(data) if which == ReportFormat.PDF else data


@pytest.mark.commits
def test_the_words_are_gone_from_the_whole_database_and_the_trail_holds(company, clone):
    with scope(company.ours):
        slip(company)
        live = Study.objects.get(number="NW-101")
        live.title = f"Heron of {NAME}"
        audit.save(live, actor=company.study_manager, reason="Again.")
    seal(company.ours)
    assert "Muster" in whole_database(clone, company.ours)
    with scope(company.ours):
        done = approved(company, live)
    assert "Muster" not in whole_database(clone, company.ours)
    seal(company.ours)
    verdict = verify(company.ours)
    assert (verdict.differences, verdict.waiting) == ([], 0)
    assert len(verdict.redactions) == 1
    count = verdict.redactions[0].split()[0]
    with scope(company.ours):
        at = LedgerTombstone.objects.earliest("pk").at
    assert verdict.redactions[0].startswith(f"{count} entries were redacted on {at:%Y-%m-%d %H:%M:%S}")
    assert verdict.redactions[0].endswith(f" UTC by Samuel Mora because: {WHY} Approved by Quentin Abara (RED-0001).")
    with scope(company.ours):
        live.refresh_from_db()
        assert (live.title, done.state) == (f"Heron of {INSTEAD}", RedactionState.REDACTED)
        assert LedgerTombstone.objects.count() == int(count) > 0
        assert LedgerLeaf.objects.filter(salt=b"").count() == int(count)
        assert SearchEntry.objects.get(kind="studies.study", record_id=live.pk).title == live.title


def test_history_events_and_reasons_read_the_words_of_the_redaction(cast, ours):
    study = slip(cast)
    done = approved(cast, study)
    titles = list(study.history.order_by("history_id").values_list("title", flat=True))
    assert titles[-3:] == [f"Heron and {INSTEAD}", "Heron", "Heron"]
    event = AuditEvent.objects.filter(record_id=study.pk, record_kind="studies.study", verb="change").earliest("-pk")
    told = AuditEvent.objects.filter(changes__contains=[{"new": f"Heron and {INSTEAD}"}])
    assert [(each.reason, each.record_label) for each in told] == [
        (f"Told by {INSTEAD}.", f"NW-101 Heron and {INSTEAD}")
    ]
    assert event.changes[0]["old"] == f"Heron and {INSTEAD}"
    last = AuditEvent.objects.filter(subject_kind="studies.study", subject_id=study.pk).latest("pk")
    assert (last.verb, last.sentence, last.reason) == ("redact", "redacted personal data (RED-0001)", WHY)
    assert (last.actor, Study.objects.get(pk=study.pk).revision) == (cast.qa, study.revision + 1)
    assert done.found == {"audit event": 2, "history of the study": 1}


def test_both_signatures_still_hold_and_name_the_words_by_their_hash_alone(cast, ours):
    done = approved(cast, slip(cast))
    signatures = signatures_of(done)
    assert [(each.signer, each.meaning) for each in signatures] == [
        (cast.study_manager, "authored"), (cast.qa, "approved"),
    ]  # fmt: skip
    assert [verify_signature(each, done).holds for each in signatures] == [True, True]
    assert words_of(done) == []
    assert [done.words_sha256 in each.content for each in signatures] == [True, True]


def test_who_is_asked_finds_it_in_their_inbox_until_it_is_decided(cast, ours):
    redaction = asked(cast, slip(cast))
    assert f"Decide about the redaction {redaction}" in [row.title for row in rows_here(cast.qa)]
    services.decline(redaction, actor=cast.qa, reason="It is a name of a bird.")
    assert open_deadlines_about(redaction) == []
    assert RedactionWords.objects.count() == 0
    assert Redaction.objects.get().state == RedactionState.DECLINED


def test_nobody_redacts_alone_and_not_everybody_approves(cast, ours):
    redaction = asked(cast, slip(cast))
    for person in (cast.study_manager, cast.author, cast.administrator):
        with pytest.raises(Denied):
            services.approve(redaction, actor=person, credentials=credentials(person))
    own = services.prepare(wish(cast, slip(cast), approver=cast.quality_head), actor=cast.qa)
    own = services.ask(own, actor=cast.qa, credentials=credentials(cast.qa))
    with pytest.raises(Denied, match="nobody takes words out of the trail alone"):
        services.approve(own, actor=cast.qa, credentials=credentials(cast.qa))
    assert LedgerTombstone.objects.count() == 0


def test_what_was_withdrawn_cannot_be_approved(cast, ours):
    redaction = asked(cast, slip(cast))
    services.withdraw(redaction, actor=cast.study_manager)
    with pytest.raises(WrongState):
        services.approve(redaction, actor=cast.qa, credentials=credentials(cast.qa))


WRONG = {
    "nothing": ({"words": []}, "words"),
    "short": ({"words": ["ab"]}, "words"),
    "nowhere": ({"words": ["Nowhere to be found"]}, "words"),
    "many": ({"words": [f"Word {number}" for number in range(21)]}, "words"),
    "repeated in the reason": ({"why": f"{NAME.upper()} asked for it."}, "why"),
    "repeated as the kind": ({"what": f"the name {NAME}"}, "what"),
    "foreign file": ({"files": ["0" * 64]}, "files"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_request_is_said_beside_its_field(cast, ours, case):
    changes, field = WRONG[case]
    study = slip(cast)
    with pytest.raises(ValidationError) as refused:
        services.prepare(wish(cast, study, **changes), actor=cast.study_manager)
    assert list(refused.value.message_dict) == [field]


def test_the_approver_must_be_somebody_else_who_may(cast, ours):
    study = slip(cast)
    for approver in (cast.study_manager, cast.author, cast.outsider):
        with pytest.raises(ValidationError, match="cannot approve this redaction"):
            services.prepare(wish(cast, study, approver=approver), actor=cast.study_manager)


def test_a_signed_record_keeps_its_signatures_valid(world):
    with scope(world.ours):
        version = worlds.version_of(worlds.EFFECTIVE)
        signatures = signatures_of(version)
        document = version.subject()
        done = approved(world, document, words=[worlds.EFFECTIVE])
        version = type(version).objects.get(pk=version.pk)
        assert done.found["signature"] == len([each for each in signatures if worlds.EFFECTIVE in each.content]) > 0
        assert [verify_signature(each, version).holds for each in signatures_of(version)] == [True] * len(signatures)


@pytest.fixture
def table(settings, tmp_path, cast, ours):
    settings.FILES_DIR = tmp_path
    study = Study.objects.get(number="NW-101")
    attach(study, b"name\nMaria Muster\n", name="people.csv", actor=cast.study_manager, allowed=[CSV])
    return study, StoredFile.objects.latest("pk")


def test_a_file_is_taken_away_as_a_whole(cast, table, django_capture_on_commit_callbacks):
    study, stored = table
    with django_capture_on_commit_callbacks(execute=True):
        done = approved(cast, study, words=[], files=[stored.sha256])
    assert not stored.path.exists()
    with pytest.raises(RedactedFile, match=r"was redacted \(RED-0001\)"):
        open_checked(stored)
    with pytest.raises(UnusableFile, match="cannot be taken again"):
        attach(study, b"name\nMaria Muster\n", name="people.csv", actor=cast.study_manager, allowed=[CSV])
    assert not stored.path.exists()
    assert done.files == [stored.sha256]


def redact_as_app(redaction_id: int, places: str = "[]") -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT guard.redact(%s, %s)", [redaction_id, places])


def test_the_database_refuses_a_redaction_that_nobody_approved(cast, ours):
    redaction = asked(cast, slip(cast))
    for pk in (redaction.pk, redaction.pk + 1):
        with pytest.raises(DatabaseError, match="is not approved by two people"):
            redact_as_app(pk)
    done = services.approve(redaction, actor=cast.qa, credentials=credentials(cast.qa))
    with pytest.raises(DatabaseError, match="or done already"):
        redact_as_app(done.pk)


def test_pages_lead_from_the_record_to_the_request_and_to_the_decision(cast):
    with scope(cast.ours):
        study = slip(cast)
    asker, approver = browse(cast.study_manager), browse(cast.qa)
    record = asker.get(page(cast.ours, "/studies/NW-101/")).content.decode()
    assert f"/redactions/new/?kind=studies.study&amp;id={study.pk}" in record
    new = page(cast.ours, f"/redactions/new/?kind=studies.study&id={study.pk}")
    given = {"words": f"{NAME}\n", "what": "name of a participant", "why": WHY, "approver": cast.qa.pk}
    made = asker.post(new, given)
    assert (made.status_code, made["Location"]) == (302, page(cast.ours, "/redactions/RED-0001/"))
    shown = words(asker.get(made["Location"]))
    assert NAME in shown
    assert "Ask for the redaction" in shown
    sign = {"revision": 1, "email": cast.study_manager.email, "password": credentials(cast.study_manager).password,
            "accepts_binding": "on"}  # fmt: skip
    assert asker.post(page(cast.ours, "/redactions/RED-0001/steps/ask/"), sign).status_code == 302
    assert NAME in words(approver.get(page(cast.ours, "/redactions/RED-0001/")))
    sign = {**sign, "revision": 2, "email": cast.qa.email}
    assert approver.post(page(cast.ours, "/redactions/RED-0001/steps/approve/"), sign).status_code == 302
    after = words(approver.get(page(cast.ours, "/redactions/RED-0001/")))
    assert NAME not in after
    assert "No export that can hold these entries was made." in after
    assert INSTEAD in words(approver.get(page(cast.ours, "/studies/NW-101/")))


def test_a_reader_sees_that_it_happens_and_not_the_words(cast):
    with scope(cast.ours):
        asked(cast, slip(cast))
    shown = words(browse(cast.reader).get(page(cast.ours, "/redactions/RED-0001/")))
    assert "Who asked and who may approve see them." in shown
    assert NAME not in shown
