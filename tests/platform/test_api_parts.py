"""Files, comments, participants and the randomisation scheme over the API: what the pages tell, to the same people."""

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cqms.attachments.models import Attachment
from cqms.audit.models import AuditEvent, Lane, kind_of
from cqms.comments.models import Comment
from cqms.organizations.scope import scope
from quality_events.selectors import every_event
from quality_events.types import types
from studies.models import Participants, Study
from tests.platform.asking import asking
from tests.platform.test_api import shape
from tests.world import building as worlds


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def study(world) -> Study:
    with scope(world.ours):
        return worlds.study_of_world()


def place(study: Study, rest: str) -> str:
    return f"records/studies.study/{study.pk}/{rest}"


def upload(world, who: str, path: str, name="Envelopes.md", body=b"# Envelopes", **more):
    secret = asking(getattr(world, who), world.ours).secret
    data = {"file": SimpleUploadedFile(name, body), **more}
    return Client().post(f"/api/v1/{path}", data, headers={"Authorization": f"Bearer {secret}"})


def names(world, who: str, path: str) -> list[str]:
    rows = asking(getattr(world, who), world.ours).get(path).json()["results"]
    return [row.get("name") or row["text"] for row in rows]


# Files


def test_a_file_is_added_listed_taken_and_removed_by_who_sees_its_lane(world, study):
    made = upload(world, "statistician", place(study, "files/"), label="Count", lane="unblinded")
    assert made.status_code == 201
    file = made.json()
    assert (file["name"], file["label"], file["lane"], file["size"]) == ("Envelopes.md", "Count", "unblinded", 11)
    here = place(study, f"files/{file['id']}/")
    assert names(world, "statistician", place(study, "files/"))[0] == "Envelopes.md"
    assert "Envelopes.md" not in names(world, "study_manager", place(study, "files/"))
    ask = asking(world.statistician, world.ours)
    answer = ask.get(here)
    assert b"".join(answer.streaming_content) == b"# Envelopes"
    blinded = asking(world.study_manager, world.ours)
    assert [shape(blinded.get(here)), shape(blinded.post(f"{here}remove/", {"reason": "No."}))] == [
        shape(blinded.get(place(study, "files/99999/"))),
        shape(blinded.post(place(study, "files/99999/remove/"), {"reason": "No."})),
    ]
    assert ask.post(f"{here}remove/", {"reason": "Counted again."}).status_code == 200
    assert ask.get(here).status_code == 404
    with scope(world.ours):
        told = AuditEvent.objects.filter(record_kind="attachments.attachment", record_id=file["id"]).order_by("pk")
        assert [(each.verb, each.lane) for each in told] == [
            ("attach", "unblinded"), ("download", "unblinded"), ("view", "unblinded"), ("remove", "unblinded"),
        ]  # fmt: skip


def test_nobody_attaches_in_a_lane_they_may_not_see_or_what_cannot_be_read(world, study):
    said = [
        upload(world, "study_manager", place(study, "files/"), lane="unblinded"),
        upload(world, "study_manager", place(study, "files/"), name="run.exe", body=b"MZ not a document"),
        upload(world, "study_manager", place(study, "files/"), body=b""),
        upload(world, "study_manager", place(study, "files/"), label="\x00"),
        upload(world, "study_manager", place(study, "files/"), colour="red"),
    ]
    assert [(each.status_code, *each.json()["error"]["fields"]) for each in said] == [
        (422, "lane"), (422, "file"), (422, "file"), (422, "label"), (422, "colour"),
    ]  # fmt: skip
    with scope(world.ours):
        assert not Attachment.objects.filter(name__in=["Envelopes.md", "run.exe"]).exists()


def test_uploads_over_the_api_are_limited(world, study, settings):
    cache.clear()
    settings.PERSON_RATES = {**settings.PERSON_RATES, "upload": "2/h"}
    answers = [upload(world, "qa", place(study, "files/"), name=f"{each}.md") for each in range(3)]
    assert [each.status_code for each in answers] == [201, 201, 429]
    assert answers[2].json()["error"]["code"] == "too_often"
    cache.clear()


def test_a_denied_upload_or_comment_leaves_nothing_but_its_refusal(world, study):
    with scope(world.ours):
        before = Attachment.objects.count(), Comment.objects.count()
    assert upload(world, "reader", place(study, "files/")).status_code == 403
    assert asking(world.reader, world.ours).post(place(study, "comments/"), {"text": "Hm."}).status_code == 403
    with scope(world.ours):
        assert (Attachment.objects.count(), Comment.objects.count()) == before
        told = AuditEvent.objects.filter(actor=world.reader, verb="refuse").order_by("pk")
        assert [each.sentence for each in told] == ["tried to attach a file: refused", "tried to comment: refused"]


def test_every_type_of_event_takes_files_at_the_same_address_and_no_comments(world):
    with scope(world.ours):
        records = [every_event(found.model).filter(lane=Lane.GENERAL).earliest("pk") for found in types()]
    for record in records:
        here = f"records/{kind_of(record)}/{record.pk}/"
        made = upload(world, "qa", f"{here}files/", name="photo.txt", body=b"What was seen.")
        assert (made.status_code, names(world, "qa", f"{here}files/")[0]) == (201, "photo.txt"), record
        refused = asking(world.qa, world.ours).post(f"{here}comments/", {"text": "Hm."})
        assert shape(refused) == (403, "denied", {}), record
    assert len(records) > 7


# Comments


def test_a_comment_is_written_told_listed_and_taken_back(world, study):
    ask = asking(world.author, world.ours)
    made = ask.post(place(study, "comments/"), {"text": " Who counts? "})
    assert (made.status_code, made.json()["text"], made.json()["lane"]) == (201, "Who counts?", "general")
    assert made.json()["author"] == {"name": str(world.author), "email": world.author.email}
    assert names(world, "reader", place(study, "comments/"))[0] == "Who counts?"
    path = place(study, f"comments/{made.json()['id']}/take-back/")
    assert shape(asking(world.qa, world.ours).post(path, {"reason": "Not mine."}))[:2] == (403, "denied")
    assert ask.post(path, {"reason": "Answered."}).status_code == 200
    assert "Who counts?" not in names(world, "author", place(study, "comments/"))
    assert ask.post(path, {"reason": "Again."}).status_code == 404


def test_a_comment_in_a_closed_lane_does_not_exist_for_others(world, study):
    ask = asking(world.statistician, world.ours)
    made = ask.post(place(study, "comments/"), {"text": "Arm B.", "lane": "unblinded"}).json()
    assert names(world, "statistician", place(study, "comments/"))[0] == "Arm B."
    assert "Arm B." not in names(world, "study_manager", place(study, "comments/"))
    path = place(study, f"comments/{made['id']}/take-back/")
    assert asking(world.study_manager, world.ours).post(path, {"reason": "No."}).status_code == 404
    refused = asking(world.study_manager, world.ours).post(
        place(study, "comments/"), {"text": "x", "lane": "unblinded"}
    )
    assert shape(refused) == (422, "invalid", {"lane": ["You may not see this lane yourself. Choose another one."]})


# Milestones and protocol versions


def test_a_milestone_is_planned_moved_with_a_reason_and_noted_when_it_came(world, study):
    here, ask = f"studies/{study.number}/milestones/", asking(world.study_manager, world.ours)
    dates = {"planned_on": "2029-05", "actual_on": ""}
    answers = [
        ask("PUT", f"{here}report/", dates),
        ask("PUT", f"{here}report/", {**dates, "revision": 0}),
        ask("PUT", f"{here}report/", {**dates, "revision": 0}),
        ask("PUT", f"{here}report/", {**dates, "planned_on": "2029-06", "revision": 1}),
        ask("PUT", f"{here}report/", {**dates, "actual_on": "soon", "revision": 1}),
        ask("PUT", f"{here}report/", {**dates, "planned_on": "2029-06", "revision": 1, "reason": "Slow."}),
        ask("PUT", f"{here}birthday/", {**dates, "revision": 0}),
    ]
    assert [shape(each)[:2] if each.status_code > 300 else each.json() for each in answers] == [
        (422, "invalid"),
        {"kind": "report", **dates, "revision": 1},
        (409, "changed"), (422, "invalid"), (422, "invalid"),
        {"kind": "report", **dates, "planned_on": "2029-06", "revision": 2},
        (404, "not_found"),
    ]  # fmt: skip
    rows = asking(world.reader, world.ours).get(here).json()["results"]
    assert [each["kind"] for each in rows] == ["report", "first_participant"]


def test_protocol_versions_are_noted_once_and_corrected_with_a_reason(world, study):
    here, ask = f"studies/{study.number}/protocol-versions/", asking(world.study_manager, world.ours)
    facts = {"label": "2.0", "dated_on": "2026-05-01", "in_force_from": "2026-06-01", "summary": "Visit 9."}
    assert ask.post(here, facts).json() == {**facts, "revision": 1}
    twice = {"label": ["There is a version 2.0 of this protocol already."]}
    assert shape(ask.post(here, facts)) == (422, "invalid", twice)
    assert shape(ask.patch(f"{here}2.0/", {"dated_on": "2026-05-02", "revision": 1}))[0] == 422
    changed = ask.patch(f"{here}2.0/", {"dated_on": "2026-05-02", "revision": 1, "reason": "Misread."})
    assert changed.json() == {**facts, "dated_on": "2026-05-02", "revision": 2}
    assert [each["label"] for each in ask.get(here).json()["results"]] == ["2.0", "1.0"]


# Participants and the randomisation scheme


def noted(world, study: Study) -> list[tuple[str, str, int, int, int]]:
    rows = asking(world.reader, world.ours).get(f"studies/{study.number}/participants/").json()["results"]
    return [(row["site"], row["month"], row["screened"], row["enrolled"], row["revision"]) for row in rows]


def test_participants_are_noted_on_the_revision_that_was_seen(world, study):
    path = f"studies/{study.number}/participants/"
    ask = asking(world.study_manager, world.ours)
    first = {"month": "2026-09", "counts": [{"site": "01", "screened": 5, "enrolled": 3}]}
    assert (ask("PUT", path, first).json(), ask("PUT", path, first).json()["error"]["code"]) == (
        {"changed": 1},
        "changed",
    )
    assert noted(world, study) == [("01", "2026-09", 5, 3, 1), ("01", "2026-03", 4, 3, 1)]
    other = {"month": "2026-09", "counts": [{"site": "01", "screened": 6, "enrolled": 3, "revision": 1}]}
    assert shape(ask("PUT", path, other))[:2] == (422, "invalid")
    assert ask("PUT", path, {**other, "reason": "One came late."}).json() == {"changed": 1}
    assert noted(world, study)[0] == ("01", "2026-09", 6, 3, 2)
    assert len(ask.get(f"{path}?month=2026-09").json()["results"]) == 1
    whole = ask.get(f"studies/{study.number}/").json()
    assert (whole["screened"], whole["enrolled"]) == (10, 6)


@pytest.mark.parametrize(("counts", "said"), [
    ([{"site": "99", "screened": 1, "enrolled": 1}], "There is no site 99 of this study that was opened."),
    ([{"site": "01", "screened": 1, "enrolled": 1}] * 2, "Site 01: Sep 2026 stands there twice."),
    ([{"site": "01", "screened": 1, "enrolled": 2}], "Site 01, Sep 2026: more were enrolled than screened."),
])  # fmt: skip
def test_wrong_participants_change_nothing(world, study, counts, said):
    with scope(world.ours):
        before = Participants.objects.count()
    ask = asking(world.study_manager, world.ours)
    answer = ask("PUT", f"studies/{study.number}/participants/", {"month": "2026-09", "counts": counts})
    assert (answer.status_code, [said]) == (
        422,
        [each for every in answer.json()["error"]["fields"].values() for each in every],
    )
    with scope(world.ours):
        assert Participants.objects.count() == before


def test_a_month_that_is_none_is_refused_beside_its_name(world, study):
    ask = asking(world.reader, world.ours)
    answer = ask.get(f"studies/{study.number}/participants/?month=2026-13")
    assert shape(answer) == (422, "invalid", {"month": ["Write the month as 2026-09."]})


def test_the_scheme_is_read_and_changed_by_the_unblinded_alone_and_each_view_is_noted(world, study):
    path = f"studies/{study.number}/allocation/"
    ask = asking(world.statistician, world.ours)
    seen = ask.get(path)
    assert (seen.status_code, seen["ETag"]) == (200, f'"{seen.json()["revision"]}"')
    changed = ask("PUT", path, {"allocation": "Blocks of 6.", "reason": "Agreed."}, **{"If-Match": seen["ETag"]})
    assert (changed.json()["allocation"], changed.json()["revision"]) == (
        "Blocks of 6.",
        seen.json()["revision"] + 1,
    )
    assert ask("PUT", path, {"allocation": "x", "reason": "y", "revision": seen.json()["revision"]}).status_code == 409
    missing = shape(asking(world.qa, world.ours).get("studies/NO-4711/allocation/"))
    assert shape(asking(world.qa, world.ours).get(path)) == missing
    with scope(world.ours):
        told = AuditEvent.objects.filter(actor=world.statistician, record_id=study.pk, lane="unblinded").order_by("pk")
        assert [each.verb for each in told if each.verb != "refuse"][-2:] == ["view", "randomise"]
