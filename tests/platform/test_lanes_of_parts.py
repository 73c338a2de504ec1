"""Files, comments and fields in a lane of their own: there for who may see it, and without a trace for who may not."""

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cqms.access.reach import hidden_fields, reach_of
from cqms.access.services import end_role, give_role
from cqms.attachments import services as attachments
from cqms.attachments.kinds import MARKDOWN
from cqms.attachments.models import Attachment
from cqms.audit.models import AuditEvent, Lane
from cqms.audit.past import neighbours, past_of
from cqms.audit.refusals import Changed, Denied, WrongState
from cqms.comments.models import Comment
from cqms.comments.services import take_back
from cqms.notifications.mailing import mail_all
from cqms.notifications.models import Notification
from cqms.organizations.scope import scope, scope_cache
from cqms.portal import lanes, parts
from cqms.records.past import past_for
from cqms.reports.selectors import reports_for
from studies.conduct.services import set_randomisation
from studies.models import Study
from tests.cast import page
from tests.platform.asking import asking
from tests.platform.browsing import browse, words
from tests.world import building as worlds


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def study(world) -> Study:
    with scope(world.ours):
        return worlds.study_of_world()


def place(world, study: Study, rest: str = "") -> str:
    return page(world.ours, f"/records/studies.study/{study.pk}/{rest}")


def close(response) -> str:
    """The words of a page without any blank, as cells and lines follow each other."""
    return words(response).replace(" ", "")


def taken(client, path: str) -> bytes:
    """The bytes of a file."""
    answer = client.get(path)
    content = b"".join(answer.streaming_content)
    for close_file in answer._resource_closers:
        close_file()
    return content


def attached(world, study: Study, lane: str, who: str) -> Attachment:
    with scope(world.ours):
        return attachments.attach(
            study, b"# Envelopes", name="Envelopes.md", actor=getattr(world, who), allowed=[MARKDOWN], lane=lane
        )


def schemed(world, study: Study, text: str = "Blocks of 4.") -> Study:
    with scope(world.ours):
        now = Study.objects.get(pk=study.pk)
        return set_randomisation(
            now, text, actor=world.statistician, revision=now.closed_revision, reason="Agreed with the statistician."
        )


# Files


def test_a_file_is_added_handed_out_and_removed_on_the_page_of_its_record(world, study):
    statistician = browse(world.statistician)
    form = statistician.get(place(world, study, "files/new/"))
    assert "Only who may see the unblinded lane" in words(form)
    assert "confidential" not in words(form), "nobody chooses a lane they may not see"
    upload = SimpleUploadedFile("Envelopes.md", b"# Envelopes")
    sent = statistician.post(place(world, study, "files/new/"), {"file": upload, "label": "Count", "lane": "unblinded"})
    assert (sent.status_code, sent["Location"]) == (302, page(world.ours, f"/studies/{study.number}/#files"))
    with scope(world.ours):
        file = Attachment.objects.get(name="Envelopes.md")
    shown = close(statistician.get(page(world.ours, f"/studies/{study.number}/")))
    assert "Envelopes.mdUnblindedCount" in shown
    assert taken(statistician, place(world, study, f"files/{file.pk}/")) == b"# Envelopes"
    gone = statistician.post(place(world, study, f"files/{file.pk}/remove/"), {"reason": "Counted again."})
    assert gone.status_code == 302
    assert "Envelopes.mdUnblinded" not in close(statistician.get(page(world.ours, f"/studies/{study.number}/")))
    assert statistician.get(place(world, study, f"files/{file.pk}/")).status_code == 404
    with scope(world.ours):
        told = AuditEvent.objects.filter(record_kind="attachments.attachment", record_id=file.pk).order_by("pk")
        assert [(each.verb, each.lane) for each in told] == [
            ("attach", "unblinded"), ("download", "unblinded"), ("remove", "unblinded"),
        ]  # fmt: skip


def test_a_file_of_a_wrong_kind_is_refused_beside_its_field(world, study):
    upload = SimpleUploadedFile("run.exe", b"MZ not a document")
    sent = browse(world.study_manager).post(place(world, study, "files/new/"), {"file": upload, "lane": "general"})
    assert sent.status_code == 422
    assert "is of a kind that cannot be used here" in words(sent)


def test_a_file_is_removed_by_who_added_it_or_quality_assurance_once(world, study):
    file = attached(world, study, Lane.GENERAL, "study_manager")
    with scope(world.ours):
        with pytest.raises(Denied, match="Only who added a file"):
            attachments.remove(file, actor=world.author, reason="Not mine.")
        with pytest.raises(ValidationError, match="Say why you remove it"):
            attachments.remove(file, actor=world.qa, reason=" ")
        attachments.remove(file, actor=world.qa, reason="Wrong study.")
        with pytest.raises(WrongState, match="removed already"):
            attachments.remove(file, actor=world.qa, reason="Again.")


def test_a_file_that_moves_to_a_closed_lane_takes_its_past_along_and_says_who_had_seen_it(world, study):
    file = attached(world, study, Lane.GENERAL, "study_manager")
    assert taken(browse(world.blinded), place(world, study, f"files/{file.pk}/")) == b"# Envelopes"
    told = page(world.ours, f"/studies/{study.number}/")
    assert "attached Envelopes.md" in words(browse(world.blinded).get(told))
    with scope(world.ours):
        lanes.reclassify(file, Lane.UNBLINDED, actor=world.statistician, reason="Names the arms.")
    assert "Envelopes" not in words(browse(world.blinded).get(told))
    assert browse(world.blinded).get(place(world, study, f"files/{file.pk}/")).status_code == 404
    seen = browse(world.statistician).get(page(world.ours, f"/records/attachments.attachment/{file.pk}/access/"))
    assert "BlankaIdowu010" in close(seen)
    assert "Stefan TischStatistician in Northwind Therapeutics" in words(seen)
    assert "Blanka IdowuReader" not in words(seen)


def test_who_may_not_see_a_lane_is_told_whom_to_ask(world, study):
    file = attached(world, study, Lane.GENERAL, "study_manager")
    with scope(world.ours), pytest.raises(ValidationError, match=r"Ask Stefan Tisch\."):
        lanes.reclassify(file, Lane.UNBLINDED, actor=world.qa, reason="Names the arms.")


def test_a_report_made_before_a_record_moved_is_closed_with_it(world, study):
    with scope(world.ours):
        before = [report.number for report in reports_for(world.study_manager)]
        file = attached(world, study, Lane.GENERAL, "study_manager")
        lanes.reclassify(file, Lane.UNBLINDED, actor=world.statistician, reason="Names the arms.")
        scope_cache().clear()
        assert (before != [], reports_for(world.study_manager)) == (True, [])
        assert [report.number for report in reports_for(world.statistician)] == [], "who does not inspect has none"


# Comments


def test_a_comment_is_written_told_and_taken_back(world, study):
    with scope(world.ours):
        version = worlds.version_of(worlds.IN_REVIEW)
    where = page(world.ours, f"/records/documents.version/{version.pk}/comments/")
    reviewer = browse(world.reviewer)
    sent = reviewer.post(f"{where}new/", {"text": "Step 4 has no owner.", "lane": "general"})
    assert sent["Location"].endswith("#comments")
    with scope(world.ours):
        comment = Comment.objects.get(text__startswith="Step 4")
        [notice] = Notification.objects.filter(key=f"comment:{comment.pk}")
        assert (notice.person, notice.subject) == (world.author, f"Rasmus Lind commented on {version}"[:200])
    where_read = page(world.ours, f"/documents/{version.document.number}/1.0/")
    assert "RasmusLindStep4hasnoowner." in close(browse(world.reader).get(where_read))
    assert browse(world.author).post(f"{where}{comment.pk}/take-back/", {"reason": "Not mine."}).status_code == 403
    assert reviewer.post(f"{where}{comment.pk}/take-back/", {"reason": "It has one."}).status_code == 302
    after = close(browse(world.reader).get(where_read))
    assert "Nobodyhassaidanything" not in after, "whoever may not write sees no empty panel"
    assert "RasmusLindStep4" not in after
    with scope(world.ours), pytest.raises(WrongState, match="taken back already"):
        take_back(comment, actor=world.reviewer, reason="Again.")


def test_a_comment_in_a_closed_lane_tells_nobody_who_may_not_see_it(world, study):
    with scope(world.ours):
        made = parts.say(study, "Arm B loses weight.", actor=world.statistician, lane=Lane.UNBLINDED)
        assert list(Notification.objects.filter(key=f"comment:{made.pk}")) == [], "the study manager is blinded"
        give_role(world.study_manager, "statistician", actor=world.administrator)
        scope_cache().clear()
        again = parts.say(study, "Arm B gains it back.", actor=world.statistician, lane=Lane.UNBLINDED)
        assert Notification.objects.get(key=f"comment:{again.pk}").person == world.study_manager
    mail_all(world.ours)
    subjects = [each.subject for each in mail.outbox if each.to == [world.study_manager.email]]
    assert "A record waits for you" in subjects
    assert "Arm B" not in "".join(f"{each.subject} {each.body}" for each in mail.outbox)


def test_a_mail_is_not_sent_to_who_may_not_know_of_it_any_more(world, study):
    with scope(world.ours):
        role = give_role(world.study_manager, "statistician", actor=world.administrator)
        scope_cache().clear()
        parts.say(study, "Arm B loses weight.", actor=world.statistician, lane=Lane.UNBLINDED)
        end_role(role, actor=world.administrator, reason="A mistake.")
    mail_all(world.ours)
    assert "A record waits for you" not in [each.subject for each in mail.outbox]


# Fields


def test_a_change_of_a_closed_field_leaves_no_trace_in_the_open(world, study):
    with scope(world.ours):
        before = (study.revision, AuditEvent.objects.filter(lane=Lane.GENERAL).count())
    changed = schemed(world, schemed(world, study), "Blocks of 6.")
    with scope(world.ours):
        after = AuditEvent.objects.filter(lane=Lane.GENERAL).count()
        assert ((changed.revision, after), changed.closed_revision) == (before, 2)
        told = AuditEvent.objects.filter(lane=Lane.UNBLINDED, record_kind="studies.study").order_by("pk")
        assert [each.changes[0]["new"] for each in told] == ["Blocks of 4.", "Blocks of 6."]
        assert (hidden_fields(world.blinded, study), hidden_fields(world.statistician, study)) == (
            {"randomisation"}, frozenset(),
        )  # fmt: skip
    for who, is_told in (("statistician", True), ("study_manager", False)):
        person = browse(getattr(world, who))
        shown = words(person.get(page(world.ours, f"/studies/{study.number}/")))
        assert ("set the randomisation scheme" in shown) is is_told, who
        chips = words(person.get(page(world.ours, f"/studies/{study.number}/?about=studies.study")))
        assert ("Randomisation scheme" in chips) is is_told, who
    one = asking(world.blinded, world.ours).get(f"studies/{study.number}/")
    assert (one["ETag"], "andomi" in one.content.decode()) == (f'"{study.revision}"', False)


def test_the_past_of_a_record_has_no_state_that_a_closed_field_made(world, study):
    schemed(world, schemed(world, study), "Blocks of 6.")
    now = timezone.now()
    with scope(world.ours):
        open_ = past_for(world.blinded, study, now)
        assert open_ is not None
        assert "randomisation" not in {value.field for value in open_.values}
        assert open_.since == study.history.filter(revision=study.revision).earliest("history_id").history_date
        assert neighbours(study, now, {"randomisation"})[1] is None
        seen = past_for(world.statistician, study, now)
        assert {value.field: value.words for value in seen.values}["randomisation"] == "Blocks of 6."
        assert seen == past_of(study, now)
        assert neighbours(study, now)[0] == study.history.order_by("-history_id")[1].history_date
        assert neighbours(study, now, {"randomisation"})[0] is None, "in the open the study has one state"


def test_the_scheme_is_read_on_a_page_of_its_own_and_each_view_is_written_down(world, study):
    schemed(world, study)
    where = page(world.ours, f"/studies/{study.number}/randomisation/")
    assert browse(world.blinded).get(where).status_code == 404
    statistician = browse(world.statistician)
    assert "Blocks of 4." in words(statistician.get(where))
    assert "StefanTisch101" in close(statistician.get(where))
    with scope(world.ours):
        views = AuditEvent.objects.filter(verb="view").values_list("lane", "sentence")
        assert set(views) == {("unblinded", f"viewed the page “/studies/{study.number}/randomisation/”")}
    form = {"randomisation": "Blocks of 6.", "revision": "1", "reason": ""}
    assert "Say why the scheme changes" in words(statistician.post(f"{where}edit/", form))
    stale = statistician.post(f"{where}edit/", {**form, "revision": "0", "reason": "Smaller."})
    assert stale.status_code == 409
    assert statistician.post(f"{where}edit/", {**form, "reason": "Larger."}).status_code == 302


def test_a_refused_attempt_at_a_closed_field_stands_in_its_lane(world, study):
    with scope(world.ours):
        with pytest.raises(Denied):
            set_randomisation(study, "Blocks of 2.", actor=world.study_manager, revision=0)
        with pytest.raises(Changed):
            set_randomisation(study, "Blocks of 2.", actor=world.statistician, revision=7)
        refused = AuditEvent.objects.filter(verb="refuse", record_kind="studies.study")
        assert set(refused.values_list("lane", flat=True)) == {"unblinded"}


# A lane that is open in one study only


def test_a_lane_is_open_where_the_role_is_held_and_nowhere_else(world, study):
    with scope(world.ours):
        give_role(world.blinded, "statistician", actor=world.administrator, at=study)
        scope_cache().clear()
        other = Study.objects.exclude(pk=study.pk).earliest("pk")
        for where in (study, other):
            parts.say(where, f"Arms of {where.number}.", actor=world.statistician, lane=Lane.UNBLINDED)
        assert reach_of(world.blinded).anywhere("see_unblinded")
    reader = browse(world.blinded)
    for where, is_seen in ((study, True), (other, False)):
        shown = words(reader.get(page(world.ours, f"/studies/{where.number}/")))
        assert (f"Arms of {where.number}." in shown) is is_seen, where.number
        assert (reader.get(page(world.ours, f"/studies/{where.number}/randomisation/")).status_code == 200) is is_seen
