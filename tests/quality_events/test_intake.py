"""Something went wrong: it is told in a minute, triaged, and nobody sees more of it than they should."""

import datetime as dt
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from cqms.access.policies import exists_for
from cqms.attachments.services import attachments_of
from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Denied
from cqms.deadlines.reminding import remind
from cqms.inbox.selectors import rows_here
from cqms.notifications.mailing import message_of
from cqms.notifications.models import Notification
from cqms.organizations.scope import scope
from quality_events.complaints.models import Complaint
from quality_events.intake import demo, services
from quality_events.intake.models import InitialReport
from quality_events.issues.demo import build as build_issues
from quality_events.issues.models import QualityIssue
from quality_events.selectors import links_of
from quality_events.types import types
from studies.models import Study
from tests.cast import PASSWORD
from tests.platform.browsing import browse, words

TOLD = {"description": "The scale was not calibrated since March. Doses depend on weight.", "noticed_by": "Nurse"}
NEW = "/o/northwind/quality-events/intake/new/"


def type_called(space):
    return next(each for each in types() if each.space == space)


def log():
    return SimpleUploadedFile("log.txt", b"March: 81.2 kg")


def test_who_reports_fills_one_form_and_gets_a_receipt(cast):
    client = browse(cast.reader)
    answer = client.post(NEW, {**TOLD, "files": [log()]}, follow=True)
    assert answer.status_code == 200
    assert "We received your report" in words(answer)
    assert "IR-0001" in words(answer)
    with scope(cast.ours):
        report = InitialReport.objects.get()
        assert (report.title, report.state, report.reporter) == (
            "The scale was not calibrated since March", "received", cast.reader,
        )  # fmt: skip
        assert [each.name for each in attachments_of(report, cast.qa)] == ["log.txt"]
        told = Notification.objects.filter(person=cast.reader)
        assert [row.subject for row in told] == ["We received your report IR-0001"]
        assert [row.title for row in rows_here(cast.qa) if row.kind == "intake.triage"] == [f"Triage: {report}"]
    receipt = answer.redirect_chain[-1][0]
    assert browse(cast.author).get(receipt).status_code == 404
    assert client.get(f"{receipt[:-2]}x/").status_code == 404


def test_a_form_that_comes_back_names_the_files_to_choose_again(cast):
    told = {**TOLD, "description": "Participant John Miller fell.", "files": [log()]}
    form = browse(cast.reader).post(NEW, told).context["form"]
    assert form.errors["files"] == ["Choose log.txt again: files do not stay in a form."]
    assert list(form.errors) == ["description", "files"]


def test_a_confidential_report_exists_for_quality_assurance_alone(cast):
    client = browse(cast.author)
    answer = client.post(NEW, {**TOLD, "confidential": "on"}, follow=True)
    assert "only quality assurance sees it, so keep the number" in words(answer)
    assert client.get("/o/northwind/quality-events/intake/IR-0001/").status_code == 404
    assert browse(cast.qa).get("/o/northwind/quality-events/intake/IR-0001/").status_code == 200
    with scope(cast.ours):
        report = InitialReport.objects.get()
        assert (exists_for(cast.author, report), exists_for(cast.qa, report)) == (False, True)
        assert list(Notification.objects.filter(person=cast.author)) == []


def test_triage_opens_a_record_with_the_words_and_files_of_the_report(cast, ours):
    study = Study.objects.get(number="NW-101")
    told = {**TOLD, "study": study, "site": study.sites.get()}
    report = services.send_report(told, actor=cast.reader, files=[log()])
    values = {"type": type_called("issues"), "owner": cast.author, "title": "Scale not calibrated"}
    with pytest.raises(Denied):
        services.take_step(report, "triage", actor=cast.author, values=values)
    report = services.take_step(report, "triage", actor=cast.qa, values=values)
    issue = QualityIssue.objects.get()
    assert (report.state, issue.title, issue.description) == ("opened", "Scale not calibrated", TOLD["description"])
    assert (issue.reporter, issue.owner, issue.site) == (cast.reader, cast.author, report.site)
    assert (issue.aware_at, issue.detected_how) == (report.aware_at, "Report IR-0001")
    assert [each.file for each in attachments_of(issue, cast.qa)] == [
        each.file for each in attachments_of(report, cast.qa)
    ]
    assert [each.other for each in links_of(report, cast.reader)] == [issue]
    told = Notification.objects.filter(person=cast.reader, kind="intake.triage")
    assert [row.subject for row in told] == ["IR-0001 that you reported: event opened"]


def test_a_report_of_a_complaint_becomes_one_and_its_classification_asks_what_the_report_does_not_say(cast):
    with scope(cast.ours):
        report = services.send_report(TOLD, actor=cast.reader)
        services.take_step(report, "triage", actor=cast.qa, values={"type": type_called("complaints")})
    client, here = browse(cast.qa), "/o/northwind/quality-events/complaints/CMP-0001/steps/classify/"
    form = client.get(here).context["form"]
    assert [form[name].value() for name in ("complainant", "channel", "subject_matter")] == ["other", "portal", "other"]
    told = {"complainant": "participant", "channel": "talk", "subject_matter": "treatment"}
    graded = {"severity": "minor", "owner": cast.author.pk, "safety": "on", "revision": form["revision"].value()}
    assert client.post(here, {**told, **graded}).status_code == 302
    with scope(cast.ours):
        row = Complaint.objects.get()
        assert {name: getattr(row, name) for name in told} == told
        assert (row.state, row.reporter, row.aware_at) == ("classified", cast.reader, report.aware_at)


def test_a_confidential_report_becomes_a_confidential_record(cast, ours):
    report = services.send_report(TOLD, actor=cast.author, confidential=True)
    services.take_step(report, "triage", actor=cast.qa, values={"type": type_called("issues")})
    assert QualityIssue.objects.get().lane == "confidential"


def test_a_report_is_no_event_or_a_duplicate(cast, ours):
    first, second = (services.send_report(TOLD, actor=cast.author) for _ in range(2))
    first = services.take_step(first, "dismiss", actor=cast.qa, reason="The scale was not in use.")
    with pytest.raises(ValidationError, match="Name the record"):
        services.take_step(second, "duplicate", actor=cast.qa)
    second = services.take_step(second, "duplicate", actor=cast.qa, values={"original": first})
    assert (first.state, second.state) == ("no_event", "duplicate")
    assert services.take_step(first, "reopen", actor=cast.qa, reason="It was.").state == "received"


def photo(width=1600, height=800, turned=6):
    """A photo as a phone takes it: lying, with a note which way is up."""
    notes, target = Image.Exif(), BytesIO()
    notes[0x0112] = turned
    Image.new("RGB", (width, height), "orange").save(target, "JPEG", exif=notes)
    return SimpleUploadedFile("freezer.jpg", target.getvalue())


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Target": "step-dialog"}], ids=["page", "dialog"])
def test_who_triages_sees_the_photos_and_files_beside_the_question(cast, headers):
    with scope(cast.ours):
        report = services.send_report(TOLD, actor=cast.reader, files=[photo(), log()])
        files = {each.name: each.pk for each in attachments_of(report, cast.qa)}
        before = AuditEvent.objects.count()
    client, here = browse(cast.qa), f"/o/northwind/quality-events/intake/{report.number}/"
    step = client.get(f"{here}steps/triage/", headers=headers).content.decode()
    shown, saved = (f"{here}files/{files[name]}/" for name in ("freezer.jpg", "log.txt"))
    assert step.count(f'<img src="{shown}?small"') == 1
    assert step.count(f'<a href="{shown}" target="_blank" rel="noopener">freezer.jpg<') == 1
    assert step.count(f'<a href="{saved}" target="_blank"') == 1
    assert f"{saved}?small" not in step
    small = client.get(f"{shown}?small")
    with Image.open(BytesIO(small.content)) as picture:
        assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (240, 480), {})
    with scope(cast.ours):
        assert AuditEvent.objects.count() == before, "a page that is looked at takes nothing"
    whole = client.get(shown)
    assert b"".join(whole).startswith(b"\xff\xd8")
    assert whole["Content-Disposition"] == 'inline; filename="freezer.jpg"'
    with scope(cast.ours):
        assert [each.verb for each in AuditEvent.objects.order_by("pk")[before:]] == ["download"]


def test_a_picture_is_shown_small_to_whom_the_file_is_open_and_never_to_an_inspector(cast):
    broken = SimpleUploadedFile("broken.png", b"\x89PNG\r\n\x1a\n and nothing more")
    with scope(cast.ours):
        report = services.send_report(TOLD, actor=cast.reader, files=[photo(), broken])
        seen, unseen = (each.pk for each in attachments_of(report, cast.qa))
        hidden = services.send_report(TOLD, actor=cast.reader, confidential=True, files=[photo()])
        [closed] = (each.pk for each in attachments_of(hidden, cast.qa))
    here = "/o/northwind/quality-events/intake"
    assert browse(cast.qa).get(f"{here}/{report.number}/files/{unseen}/?small").status_code == 404
    assert browse(cast.reader).get(f"{here}/{hidden.number}/files/{closed}/?small").status_code == 404
    inspector = browse(cast.inspector)
    assert "?small" not in inspector.get(f"{here}/{report.number}/").content.decode()
    whole = inspector.get(f"{here}/{report.number}/files/{seen}/?small")
    assert b"".join(whole).startswith(b"\xff\xd8")
    assert "Inspection copy" in whole["Content-Disposition"]


def test_an_inspector_reports_nothing(cast, ours):
    with pytest.raises(Denied):
        services.send_report(TOLD, actor=cast.inspector)
    assert InitialReport.objects.count() == 0


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ("It rang. Nobody came.", "It rang"),
        ("First line\nsecond line", "First line"),
        (" word" * 40, f"{' '.join(['word'] * 24)}…"),
        ("x" * 300, f"{'x' * 120}…"),
    ],
    ids=["sentence", "line", "long", "one word"],
)
def test_a_title_is_the_beginning_of_what_was_told(told, title):
    assert services.title_of(told) == title


def test_the_demo_world_has_events_on_each_stretch_of_their_way(world, monkeypatch):
    monkeypatch.setattr("quality_events.issues.demo.PASSWORD", PASSWORD)
    people = {who: getattr(world, who) for who in ("author", "reviewer", "qa")}
    with scope(world.ours):
        before = QualityIssue.objects.count()
    build_issues(world.ours, people)
    demo.build(world.ours, people)
    with scope(world.ours):
        states = list(QualityIssue.objects.order_by("pk").values_list("state", flat=True)[before:])
    assert states == ["new", "accepted", "root_cause", "effect_review", "new"]


@pytest.mark.parametrize("confidential", [False, True])
def test_a_reminder_names_the_record_with_its_title_and_its_mail_nothing_of_a_closed_lane(cast, ours, confidential):
    report = services.send_report(TOLD, actor=cast.author, confidential=confidential)
    remind(ours, timezone.now() + dt.timedelta(days=9))
    told = Notification.objects.filter(kind="deadline", person=cast.qa).get()
    assert f"Triage: {report.number} {report.title}" in told.subject
    assert f"Triage: {report.number} {report.title} was due on " in told.body
    mail = message_of(told)
    said = f"{mail.subject} {mail.body} {mail.alternatives[0].content}".replace(told.path, "")
    assert [words in said for words in (report.number, report.title)] == [not confidential] * 2
