"""The trail as PDF: all that was asked for, only what the person may see, said in words, once."""

import hashlib
import io
import re
from datetime import UTC, date, datetime

import pikepdf
import pypdf
import pytest
from django.core.exceptions import ValidationError

from cqms.access.services import give_role
from cqms.audit import services as audit
from cqms.audit import standing
from cqms.audit.models import AuditEvent, Lane, kind_of
from cqms.audit.refusals import Denied
from cqms.audit.standing import Standing
from cqms.audit.timeline import Selection
from cqms.history.action import action
from cqms.jobs.models import Job, JobState
from cqms.jobs.services import work_off
from cqms.organizations.models import Organization
from cqms.records.story import entries
from cqms.reports import trail_export
from cqms.reports.models import Report, ReportFormat
from cqms.reports.rendering import LibrariesMissing
from cqms.reports.selectors import report_for, reports_for
from cqms.reports.services import download_report
from cqms.reports.trail_export import Acts, request_trail_export
from cqms.signatures.models import Meaning
from cqms.signatures.services import Credentials, sign
from studies.models import Study
from tests.cast import PASSWORD


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def study(ours) -> Study:
    return Study.objects.get(number="NW-101")


def export(ours: Organization, **asked) -> Report:
    job = request_trail_export(**asked)
    work_off(ours, job.pk)
    done = Job.objects.get(pk=job.pk)
    assert (done.state, done.error) == (JobState.DONE, "")
    return Report.objects.get(number=done.result["report"])


def text_of(report: Report) -> str:
    pages = pypdf.PdfReader(io.BytesIO(report.file.path.read_bytes())).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def change(study: Study, *, title: str, by, reason: str) -> None:
    study.refresh_from_db()
    study.title = title
    audit.save(study, actor=by, reason=reason)


def events(**wanted) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(**wanted).order_by("id"))


def test_a_study_s_trail_holds_everything_below_it_and_nothing_else(cast, ours, study):
    change(study, title="Heron, second title", by=cast.study_manager, reason="The protocol was amended")
    expected = events(anchor_kind="studies.study", anchor_id=study.pk)
    report = export(ours, actor=cast.inspector, subject=study)
    text = text_of(report)
    assert report.entry_count == len(expected)
    printed = re.findall(r"\b(\d+) \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", text)
    assert printed == [str(event.pk) for event in expected]
    assert "Heron: a study of sleep in adults → Heron, second title" in text
    assert "Reason: The protocol was amended" in text
    assert "Plover" not in text


def test_the_first_page_says_what_was_chosen_by_whom_and_how_it_can_be_checked(cast, ours, study):
    _event(study, cast.author, sentence="did what somebody else asked for")
    last = events(anchor_id=study.pk, actor=cast.study_manager)[-1].pk
    count = len(events(anchor_id=study.pk))
    report = export(ours, actor=cast.inspector, subject=study, end=date(2100, 1, 31), person=cast.study_manager)
    text = text_of(report)
    assert report.selection == (
        "Entries of NW-101 Heron: a study of sleep in adults: until 31 Jan 2100 in Europe/Berlin;"
        f" by Samuel Mora; of every kind. Oldest first, up to number {last}."
        " Limited to what Ines Spector may see: nothing of the lanes unblinded and confidential."
    )
    for words in (
        "Audit trail of NW-101 Heron: a study of sleep in adults",
        f"Northwind Therapeutics · export {report.number}",
        report.selection,
        f"{report.entry_count} entries match the filter; without it there are {count}",
        "Exported by Ines Spector",
        "guards that keep the database from changing the trail were in place.",
        "Page 1 of",
        " ".join(report.content_sha256[i : i + 4] for i in range(0, 64, 4)),
    ):
        assert words in text


@pytest.mark.parametrize(
    ("stand", "said"),
    [
        (
            Standing(["audit_auditevent.guard_rows"], []),
            "1 guards of the database were missing: audit_auditevent.guard_rows.",
        ),
        (Standing([], ["the rule away on a"]), "the database held what is none of the portal's: the rule away on a."),
    ],
)
def test_the_first_page_says_what_is_wrong_with_the_guards(cast, ours, study, monkeypatch, stand, said):
    monkeypatch.setattr(standing, "look", lambda: stand)
    assert f"Before the export, {said}" in text_of(export(ours, actor=cast.inspector, subject=study))


def test_the_export_is_kept_numbered_hashed_and_told_in_the_trail(cast, ours, study):
    report = export(ours, actor=cast.inspector, subject=study)
    content = report.file.path.read_bytes()
    assert report.number == f"RPT-{datetime.now(UTC).year}-0001"
    assert report.sha256 == report.file.sha256 == hashlib.sha256(content).hexdigest()
    event = events(verb="export")[-1]
    assert (event.actor, event.subject_kind, event.subject_id) == (cast.inspector, "studies.study", study.pk)
    assert event.sentence == f"exported the trail, {report.entry_count} entries, PDF SHA-256 {report.sha256}"
    assert event.record_label == f"{report.number} Audit trail of NW-101 Heron: a study of sleep in adults"
    with pikepdf.open(io.BytesIO(content)) as pdf, pdf.open_outline() as outline:
        assert outline.root[0].title == "About this trail"


def test_days_are_the_organization_s_and_both_ends_count(cast, ours, study):
    """Midnight in Berlin, not in Greenwich, parts one day from the next."""
    moments = {
        "before": datetime(2025, 6, 30, 21, 59, 59, tzinfo=UTC),
        "first": datetime(2025, 6, 30, 22, 0, 0, tzinfo=UTC),
        "last": datetime(2025, 7, 1, 21, 59, 59, tzinfo=UTC),
        "after": datetime(2025, 7, 1, 22, 0, 0, tzinfo=UTC),
    }
    for sentence, moment in moments.items():
        _event(study, cast.author, sentence=f"did it {sentence}", at=moment)
    report = export(ours, actor=cast.inspector, subject=study, start=date(2025, 7, 1), end=date(2025, 7, 1))
    text = text_of(report)
    assert [word for word in moments if f"did it {word}" in text] == ["first", "last"]
    assert "1 Jul 2025 in Europe/Berlin" in text


def test_a_person_sees_only_their_lanes_and_their_places(cast, ours, study):
    other = Study.objects.get(number="NW-202")
    _event(study, cast.author, sentence="opened the code", lane=Lane.UNBLINDED)
    _event(study, cast.author, sentence="read the complaint", lane=Lane.CONFIDENTIAL)
    _event(study, cast.author, sentence="wrote a note")
    _event(other, cast.author, sentence="wrote elsewhere")
    give_role(cast.guest, "auditor", actor=cast.administrator, at=study)

    def found(person) -> list[str]:
        text = text_of(export(ours, actor=person))
        said = ("opened the code", "read the complaint", "wrote a note", "wrote elsewhere", "let Quentin Abara in")
        return [words for words in said if words in text]

    assert found(cast.auditor) == ["wrote a note", "wrote elsewhere", "let Quentin Abara in"]
    assert found(cast.qa) == ["read the complaint", "wrote a note", "wrote elsewhere", "let Quentin Abara in"]
    assert found(cast.guest) == ["wrote a note"]


def test_a_report_is_had_by_who_may_see_all_of_it(cast, ours, study):
    _event(study, cast.author, sentence="read the complaint", lane=Lane.CONFIDENTIAL)
    give_role(cast.guest, "auditor", actor=cast.administrator, at=study)
    whole = export(ours, actor=cast.qa)
    part = export(ours, actor=cast.guest, subject=study)
    assert reports_for(cast.qa) == [part, whole]
    assert reports_for(cast.auditor) == [part]
    assert reports_for(cast.guest) == [part]
    assert reports_for(cast.reader) == []
    assert reports_for(cast.qa, study) == [part]
    assert report_for(cast.guest, part.number) == part
    with pytest.raises(Report.DoesNotExist):
        report_for(cast.auditor, whole.number)
    with pytest.raises(Denied, match="your roles here do not let you see"):
        download_report(whole, ReportFormat.PDF, person=cast.auditor)
    response = download_report(part, ReportFormat.PDF, person=cast.auditor)
    response.file_to_stream.close()
    assert events(verb="download")[-1].actor == cast.auditor


def test_who_may_not_inspect_exports_nothing(cast, ours, study):
    for person in (cast.author, cast.reader, cast.administrator, cast.outsider):
        for subject in (study, None):
            with pytest.raises(Denied):
                request_trail_export(actor=person, subject=subject)
    assert list(Job.objects.all()) == []


def test_a_period_that_ends_before_it_begins_is_refused(cast, ours, study):
    with pytest.raises(ValidationError, match="ends before it begins"):
        request_trail_export(actor=cast.qa, subject=study, start=date(2026, 2, 2), end=date(2026, 2, 1))


def test_kinds_narrow_by_record_and_by_act(cast, ours, study):
    change(study, title="Another", by=cast.study_manager, reason="Because")
    by_record = export(ours, actor=cast.qa, acts=Acts(["studies.site"]))
    assert by_record.entry_count == len(events(record_kind="studies.site"))
    both = export(ours, actor=cast.qa, acts=Acts(["studies.study", "change"]))
    assert both.entry_count == 1
    assert "kinds: change, study." in both.selection


def test_a_field_narrows_to_the_entries_where_it_changed(cast, ours, study):
    change(study, title="Another", by=cast.study_manager, reason="Because")
    told = events(anchor_id=study.pk, changes__contains=[{"field": "title"}])
    report = export(ours, actor=cast.qa, subject=study, acts=Acts(changed="title"))
    assert report.entry_count == len(told) < len(events(anchor_id=study.pk))
    assert "of every kind; only where “title” changed. Oldest first" in report.selection


def test_places_narrow_all_at_once_and_the_report_names_each(cast, ours, study):
    report = export(ours, actor=cast.qa, acts=Acts(places=(study,)))
    assert report.entry_count == len(events(anchor_id=study.pk)) < len(events())
    assert f"of every kind; only in {study}. Oldest first" in report.selection
    other = Study.objects.get(number="NW-202")
    report = export(ours, actor=cast.qa, subject=other, acts=Acts(places=(study,)))
    assert (report.entry_count, report.selection.startswith(f"Entries of {other}: ")) == (0, True)
    assert f"only in {study}." in report.selection


def test_a_signature_stands_in_full_below_its_entry(cast, ours, study, monkeypatch):
    monkeypatch.setattr(Study, "signed_fields", ("number", "title"), raising=False)
    with action(cast.qa.pk, "All checked"):
        signature = sign(
            study,
            signer=cast.qa,
            meaning=Meaning.APPROVED,
            credentials=Credentials(PASSWORD, "qa@cast.test", accepts_binding=True),
            capacity="Quality assurance",
        )
        audit.append(study, actor=cast.qa, verb="approve", sentence="approved the study", reason="All checked")
        audit.append(study, actor=cast.qa, verb="note", sentence="noted it")
    text = text_of(export(ours, actor=cast.inspector, subject=study))
    told = signature.statement
    assert "Quentin Abara, Quality assurance" in text
    assert text.count(told) == 1
    assert text.index("approved the study") < text.index(told) < text.index("noted it")
    assert " ".join(signature.content_hash[i : i + 4] for i in range(0, 64, 4)) in text


def test_the_export_reads_nothing_that_came_after_it_began(cast, ours, study, monkeypatch):
    take = trail_export.next_report_number

    def meanwhile() -> str:
        _event(study, cast.author, sentence="came too late")
        return take()

    monkeypatch.setattr(trail_export, "next_report_number", meanwhile)
    before = len(events(anchor_id=study.pk))
    report = export(ours, actor=cast.inspector, subject=study)
    assert (report.entry_count, "came too late" in text_of(report)) == (before, False)


def test_many_entries_are_each_printed_once(cast, ours, study, monkeypatch):
    monkeypatch.setattr("cqms.reports.trail_reading._AT_ONCE", 7)
    for number in range(30):
        _event(study, cast.author, sentence=f"did number {number:03}")
    report = export(ours, actor=cast.inspector, subject=study)
    printed = re.findall(r"did number (\d{3})", text_of(report))
    assert printed == [f"{number:03}" for number in range(30)]


def test_a_failed_export_leaves_neither_number_nor_report(cast, ours, study, monkeypatch):
    def missing(*_args, **_options):
        raise LibrariesMissing("PDF files need system libraries: run apt-get install -y one")

    with monkeypatch.context() as patch:
        patch.setattr("cqms.reports.trail_export.render_trail", missing)
        job = request_trail_export(actor=cast.qa, subject=study)
        work_off(ours, job.pk)
    failed = Job.objects.get(pk=job.pk)
    assert failed.error == "PDF files need system libraries: run apt-get install -y one"
    assert list(Report.objects.all()) == []
    assert export(ours, actor=cast.qa, subject=study).number.endswith("-0001")


class TestStory:
    """The timeline as a reader may see it."""

    def test_it_is_read_from_the_newest_back(self, cast, ours, study):
        for number in range(5):
            _event(study, cast.author, sentence=f"step {number}")
        newest = entries(cast.reader, Selection(subject=study), limit=2)
        assert [told.event.sentence for told in newest] == ["step 4", "step 3"]
        older = entries(cast.reader, Selection(subject=study), before_id=newest[-1].event.pk, limit=2)
        assert [told.event.sentence for told in older] == ["step 2", "step 1"]

    def test_it_costs_the_same_for_one_and_for_many(self, cast, ours, study, django_assert_num_queries):
        for number in range(40):
            _event(study, cast.author, sentence=f"step {number}")
        for limit in (1, 40):
            entries(cast.reader, Selection(subject=study), limit=limit)
            with django_assert_num_queries(2):
                assert len(entries(cast.reader, Selection(subject=study), limit=limit)) == limit


def _event(study: Study, actor, **changes) -> None:
    """An entry about a study as it may have been written in the past, or in a closed lane."""
    words = {"verb": "note", "sentence": "noted", "lane": Lane.GENERAL, "at": datetime.now(UTC)}
    about = {"record_kind": kind_of(study), "record_id": study.pk, "record_label": str(study)}
    told = {"subject_kind": kind_of(study), "subject_id": study.pk}
    anchor = {"anchor_kind": kind_of(study), "anchor_id": study.pk}
    with action(actor.pk):
        AuditEvent.objects.create(actor=actor, actor_name=actor.name, **about, **told, **anchor, **(words | changes))
