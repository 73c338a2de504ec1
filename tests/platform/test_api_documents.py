"""Controlled documents over the API: from a draft to an effective version, signed by different people."""

import datetime as dt
import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import encode_multipart

from cqms.audit import services as audit
from cqms.audit.models import AuditEvent
from cqms.organizations.models import Organization
from cqms.reports.paper import LETTER
from cqms.reports.rendering import Sheet, render_pdf
from cqms.signatures.models import Signature
from documents import renditions, reviews, steps
from documents.models import Document, PeriodicReview, Version
from tests.cast import PASSWORD, PEOPLE, email_of
from tests.days import today
from tests.platform.asking import asking
from tests.platform.strings import HOSTILE
from tests.platform.test_api import shape

SOP = {
    "type": "sop", "title": "Handling of samples", "owner": email_of("process_owner"), "department": "Laboratory",
    "change_summary": "First version", "change_reason": "The process was not described yet.", "training_impact": "read",
    "audience": "Laboratory staff",
    "markdown": "# Purpose\n\nSamples reach the laboratory cold.", "reviewers": [email_of("reviewer")],
}  # fmt: skip


def signing(who, **more):
    return {"email": email_of(who), "password": PASSWORD, "accepts_binding": True, **more}


class Story:
    """One document, and everybody who takes a step with it."""

    def __init__(self, cast, *, rendered=False, **other):
        self.cast = cast
        self.ask = {}
        made = self.of("author").post("documents/", {**SOP, **other})
        assert made.status_code == 201, made.content
        self.version = made.json()
        self.path = f"documents/{self.version['document']}/versions/1.0/"
        if rendered:
            renditions.render_version(Version.objects.get(document__number=self.version["document"]).pk)
        self.look("author")

    def of(self, who):
        if who not in self.ask:
            self.ask[who] = asking(getattr(self.cast, who), self.cast.ours)
        return self.ask[who]

    def look(self, who):
        self.version = self.of(who).get(self.path).json()
        return self.version

    def step(self, who, key, **data):
        revision = {"revision": self.version["revision"], **data}
        answer = self.of(who).post(f"{self.path}steps/{key}/", revision)
        if answer.status_code == 200:
            self.version = answer.json()
        return answer

    def options(self, who):
        return {step["key"]: step["why_not"] for step in self.look(who)["allowed_steps"]}


def test_from_a_draft_to_an_effective_version(cast, ours):
    story = Story(cast, rendered=True)
    assert (story.version["state"], story.version["document"]) == ("draft", "SOP-0001")
    assert story.options("author")["submit"] == ""
    assert story.step("author", "submit", **signing("author")).json()["state"] == "in_review"
    assert story.step("reviewer", "review", **signing("reviewer")).json()["state"] == "in_approval"
    early = story.step("qa", "approve", **signing("qa"))
    assert shape(early)[:2] == (403, "denied")
    assert "It is not your turn yet" in early.json()["error"]["message"]
    assert story.step("process_owner", "approve", **signing("process_owner")).json()["state"] == "in_approval"
    assert story.step("qa", "approve", **signing("qa")).json()["state"] == "approved"
    answer = story.step("document_control", "schedule", effective_on=today().isoformat())
    assert shape(answer)[2] == {"reason": ["Less than 14 days remain for training: say why that is enough."]}
    assert (
        story.step("document_control", "schedule", effective_on=today().isoformat(), reason="Known to all.").status_code
        == 200
    )
    steps.take_effect(Organization.objects.get(pk=ours.pk))
    version = story.look("reader")
    assert (version["state"], version["effective_on"]) == ("effective", today().isoformat())
    assert [(each["signer_name"], each["meaning"], each["method"], each["holds"]) for each in version["signatures"]] == [
        ("Amara Osei", "authored", "email+password", True), ("Rasmus Lind", "reviewed", "email+password", True),
        ("Petra Novak", "approved", "email+password", True), ("Quentin Abara", "qa_approved", "email+password", True),
    ]  # fmt: skip
    row = story.of("reader").get("documents/?state=effective").json()["results"][0]
    assert (row["number"], [each["label"] for each in row["versions"]]) == ("SOP-0001", ["1.0"])


def test_both_components_are_asked_for_every_time_and_a_wrong_one_signs_nothing(cast, ours):
    story = Story(cast, rendered=True)
    for data, status, field in (
        ({}, 422, "password"),
        (signing("author", password="wrong"), 422, "password"),
        (signing("author", email=email_of("qa")), 422, "password"),
        (signing("author", email=""), 422, "password"),
        (signing("author", accepts_binding=False), 422, "accepts_binding"),
    ):
        answer = story.step("author", "submit", **data)
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (status, [field]), data
    assert Signature.objects.count() == 0
    cast.author.refresh_from_db()
    assert cast.author.failed_attempts == 3
    assert story.step("author", "submit", **signing("author")).status_code == 200
    assert PASSWORD not in str(story.version)


def test_signing_anything_but_the_revision_that_was_seen_is_refused(cast, ours):
    story = Story(cast)
    changed = story.of("author").patch(story.path, {"audience": "All", "revision": story.version["revision"]})
    assert changed.status_code == 200
    assert shape(story.step("author", "submit", **signing("author")))[:2] == (409, "changed")
    assert shape(story.of("author").post(f"{story.path}steps/submit/", signing("author")))[2] == {
        "revision": ["Send the revision you saw, here or as If-Match."]
    }


def test_steps_say_why_not_and_refuse_with_the_same_sentence(cast, ours):
    story = Story(cast)
    why = story.options("reader")["submit"]
    assert why == "Only the author of this version may do this."
    answer = story.step("reader", "submit", **signing("reader"))
    assert (answer.status_code, answer.json()["error"]["message"]) == (403, why)
    assert AuditEvent.objects.order_by("-pk").first().reason == why
    assert shape(story.step("document_control", "schedule"))[0] in (409, 422)
    assert shape(story.step("qa", "take_effect"))[:2] in ((403, "denied"), (409, "wrong_state"))
    assert shape(story.step("qa", "fly")) == (404, "not_found", {})
    answer = story.step("qa", "void", effective_on="2030-01-01", reason="x", **signing("qa"))
    assert shape(answer)[2] == {"effective_on": ["Only the step “schedule” takes a day."]}
    answer = story.step("qa", "void", **signing("qa"))
    assert shape(answer)[:2] == (422, "reason_missing")


def pdf():
    return render_pdf("<h1>Handling of samples</h1>", Sheet("Handling of samples", paper=LETTER))


def upload(ask, path, name, content, revision):
    body = encode_multipart("cut", {"file": SimpleUploadedFile(name, content), "revision": revision})
    return Client().put(
        f"/api/v1/{path}file/",
        body,
        content_type="multipart/form-data; boundary=cut",
        headers={"Authorization": f"Bearer {ask.secret}"},
    )


def test_a_pdf_becomes_source_and_rendition_and_comes_back_unchanged(cast, ours):
    story, content = Story(cast, markdown=""), pdf()
    ask = story.of("author")
    answer = upload(ask, story.path, "samples.pdf", content, story.version["revision"])
    assert answer.status_code == 200, answer.content
    digest = hashlib.sha256(content).hexdigest()
    assert answer.json()["files"] == {"source": digest, "rendition": digest}
    got = story.of("reader").get(f"{story.path}files/pdf/")
    assert (got.status_code, got["Content-Type"], b"".join(got.streaming_content)) == (200, "application/pdf", content)
    assert AuditEvent.objects.order_by("-pk").first().verb == "download"


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.pdf", b""), ("x.pdf", b"PK\x03\x04 a zip"), ("x.exe", b"MZ"), ("x.pdf", b"%PDF-1.7 broken"), ("x.md", b"\xff\xfe\x00"),
     ("x.md", b"<script>alert(1)</script>")],
)  # fmt: skip
def test_an_unusable_file_is_refused_beside_its_field_and_nothing_is_kept(cast, ours, name, content):
    story = Story(cast)
    answer = upload(story.of("author"), story.path, name, content, story.version["revision"])
    assert (shape(answer)[0], list(answer.json()["error"]["fields"])) == (422, ["file"]), answer.content
    assert story.look("author")["revision"] == story.version["revision"]


def test_a_file_that_is_too_large_is_refused(cast, ours, settings):
    settings.FILE_LIMIT = 100
    story = Story(cast, markdown="")
    answer = upload(story.of("author"), story.path, "x.pdf", pdf(), story.version["revision"])
    assert (shape(answer)[0], list(answer.json()["error"]["fields"])) == (422, ["file"])


def test_drafts_change_in_part_and_the_next_version_takes_over(cast, ours):
    story = Story(cast)
    ask = story.of("author")
    answer = ask.patch(story.path, {"reviewers": [email_of("qa")], "revision": story.version["revision"]})
    assert [person["name"] for person in answer.json()["reviewers"]] == ["Quentin Abara"]
    assert answer.json()["change_summary"] == "First version"
    again = ask.post("documents/SOP-0001/versions/", {
        "title": "x", "change_summary": "y", "change_reason": "z", "training_impact": "none", "size": "minor",
    })  # fmt: skip
    assert shape(again)[:2] == (409, "wrong_state")
    refused = story.of("reviewer").patch(story.path, {"title": "Mine", "revision": answer.json()["revision"]})
    assert shape(refused)[:2] == (403, "denied")


def test_a_study_plan_belongs_to_a_study_that_one_may_see(cast, ours):
    ask = asking(cast.author, ours)
    plan = {**SOP, "type": "study_plan", "function_leads": [email_of("medical_monitor")]}
    assert shape(ask.post("documents/", plan))[2] == {"study": ["A study plan belongs to a study: choose it."]}
    for number in ("HR-900", "NW-999", "\x00"):
        assert list(shape(ask.post("documents/", {**plan, "study": number}))[2]) == ["study"]
    made = ask.post("documents/", {**plan, "study": "NW-202"}).json()
    path = f"documents/{made['document']}/"
    assert asking(cast.reader, ours).get(path).json()["study"] == "NW-202"
    assert asking(cast.guest, ours).get(path).status_code == 404
    assert asking(cast.guest, ours).get(f"{path}versions/").status_code == 404
    listed = asking(cast.reader, ours).get("documents/?study=NW-202&type=study_plan").json()["results"]
    assert [row["number"] for row in listed] == [made["document"]]


def test_who_answers_for_a_document_changes_with_a_reason(cast, ours):
    Story(cast)
    ask = asking(cast.document_control, ours)
    data = {"owner": email_of("quality_head"), "revision": Document.objects.get().revision}
    assert shape(ask.patch("documents/SOP-0001/", data))[2] == {"reason": ["This field is required."]}
    changed = ask.patch("documents/SOP-0001/", {**data, "reason": "New head of the laboratory."})
    assert (changed.json()["owner"]["name"], changed.json()["department"]) == ("Hanna Quist", "Laboratory")


def test_a_review_is_concluded_with_a_signed_verdict(cast, ours):
    story = Story(cast)
    version = Version.objects.get()
    review = PeriodicReview(version=version, due_on=dt.date(2030, 1, 1))
    audit.save(review, actor=None)
    ask = story.of("process_owner")
    row = ask.get("documents/SOP-0001/reviews/").json()["results"][0]
    path = f"documents/SOP-0001/reviews/{row['id']}/"
    assert [step["key"] for step in ask.get(path).json()["allowed_steps"]] == ["conclude"]
    verdict = {"verdict": "revise", "comment": "The law changed.", "revision": 1}
    refused = story.of("reader").post(f"{path}steps/conclude/", {**verdict, **signing("reader")})
    assert shape(refused)[:2] == (403, "denied")
    assert reviews.PERIODIC_REVIEW.key == "documents.periodicreview"
    done = ask.post(f"{path}steps/conclude/", {**verdict, **signing("process_owner")})
    assert (done.status_code, done.json()["state"], done.json()["verdict"]) == (200, "concluded", "revise")


def test_hostile_text_in_every_field_of_a_draft_is_kept_or_refused(cast, ours):
    ask = asking(cast.author, ours)
    story = Story(cast)
    for text in HOSTILE:
        revision = Version.objects.get().revision
        given = dict.fromkeys(("title", "change_summary", "change_reason", "audience", "regulations"), text)
        answer = ask.patch(story.path, {**given, "revision": revision})
        assert answer.status_code in (200, 422), text
        answer = ask.patch(story.path, {"markdown": text, "reviewers": [text], "training_impact": text, "revision": 1})
        assert shape(answer)[0] == 422
        answer = ask.patch(story.path, {"markdown": text, "revision": Version.objects.get().revision})
        assert answer.status_code in (200, 422), text


READ = ("documents/", "documents/SOP-0001/", "documents/SOP-0001/versions/", "documents/SOP-0001/versions/1.0/",
        "documents/SOP-0001/versions/1.0/files/pdf/", "documents/SOP-0001/reviews/", "documents/SOP-0002/",
        "documents/SOP-0001/versions/9.9/", "documents/SOP-0001/versions/1.0/files/secret/", "documents/%00/")  # fmt: skip
READERS, BARRED = (200, 200, 200, 200, 404, 200, *(404,) * 4), (403, *(404,) * 9)


@pytest.mark.parametrize("who", [who for who in PEOPLE if who != "outsider"])
def test_each_address_answers_each_of_the_cast_as_it_should(cast, ours, who):
    Story(cast)
    ask = asking(getattr(cast, who), ours)
    expected = {"administrator": BARRED, "guest": (200, *(404,) * 9)}.get(who, READERS)
    assert tuple(ask.get(path).status_code for path in READ) == expected
    drafts = ("author", "reviewer", "process_owner", "qa", "quality_head", "document_control", "study_manager",
              "medical_monitor", "statistician")  # fmt: skip
    made = ask.post("documents/", {**SOP, "reviewers": [email_of("auditor")]})
    names_nobody_they_know = {"guest": 422}
    assert made.status_code == (201 if who in drafts else names_nobody_they_know.get(who, 403)), made.content
    changed = ask.patch("documents/SOP-0001/versions/1.0/", {"title": "x", "revision": 9})
    assert changed.status_code == {"author": 409, "administrator": 404, "guest": 404}.get(who, 403)


def test_lists_cost_the_same_with_one_row_and_with_three(cast, ours, django_assert_num_queries):
    Story(cast)
    ask = asking(cast.reader, ours)
    for count in (1, 3):
        ask.get("documents/")
        with django_assert_num_queries(9):
            assert len(ask.get("documents/").json()["results"]) == count
        if count == 1:
            for _ in range(2):
                Story(cast)
