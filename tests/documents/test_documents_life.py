"""Whole lives of documents, told by the services alone."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from cqms.access.models import RoleAssignment
from cqms.access.reach import reach_of
from cqms.access.services import end_role, give_role
from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Blocked, Changed, Denied, WrongState
from cqms.deadlines.models import Deadline
from cqms.deadlines.selectors import open_deadlines_about
from cqms.jobs.models import Job
from cqms.notifications.models import Notification
from cqms.organizations.scope import scope, scope_cache
from cqms.signatures.content import signatures_of
from documents import awaiting, renditions, services, steps
from documents.inbox import waiting_versions
from documents.models import Document, DocumentType, Participant, TrainingImpact, Version, VersionState
from documents.selectors import versions_for
from documents.services import Draft
from documents.workflow import VERSION
from studies.models import Study
from tests.documents.players import begin, effective, following, fresh, sign
from tests.world import building as worlds
from tests.world.building import our_players


def today(cast):
    return cast.ours.today()


def told(person) -> list[str]:
    return list(Notification.objects.filter(person=person).order_by("pk").values_list("subject", flat=True))


def test_a_review_is_due_years_later_to_the_day_and_after_a_leap_day_on_the_last_of_february():
    version = Version(document=Document(type=DocumentType.SOP))
    due = [steps.next_review(version, since=dt.date.fromisoformat(day)) for day in ("2026-11-29", "2028-02-29")]
    assert due == [dt.date(2028, 11, 29), dt.date(2030, 2, 28)]


def test_from_draft_to_retired(cast, ours):
    version = begin(cast)
    document = version.document
    assert (document.number, version.label, version.state) == ("SOP-0001", "1.0", VersionState.DRAFT)
    assert version.rendition == version.source
    worlds.carry(version, our_players(cast), steps_done=4)
    version = fresh(version)
    assert (version.state, version.effective_on) == (VersionState.EFFECTIVE, today(cast))
    assert version.next_review_on.timetuple()[:2] == (version.effective_on.year + 2, version.effective_on.month)
    assert [(each.signer_name, each.meaning, each.capacity) for each in signatures_of(version)] == [
        ("Amara Osei", "authored", ""),
        ("Rasmus Lind", "reviewed", "reviewer"),
        ("Petra Novak", "approved", "process owner"),
        ("Quentin Abara", "qa_approved", "quality assurance"),
    ]
    second = following(cast, version, training_impact=TrainingImpact.NONE)
    assert second.label == "2.0"
    worlds.carry(second, our_players(cast), steps_done=4)
    version, second = fresh(version), fresh(second)
    assert (version.state, second.state) == (VersionState.SUPERSEDED, VersionState.EFFECTIVE)
    assert version.ended_at == second.effective_at
    sign(second, "retire", cast.process_owner, "The process has ended.")
    assert fresh(second).state == VersionState.EFFECTIVE, "one of two signatures retires nothing"
    assert sign(second, "retire", cast.qa, "The process has ended.").state == VersionState.RETIRED
    assert open_deadlines_about(second) == []


def test_the_trail_tells_the_life_in_words(cast, ours):
    document = effective(cast).document
    rows = AuditEvent.objects.filter(subject_id=document.pk, subject_kind="documents.document").order_by("pk")
    told_ = [(row.actor_name, row.sentence) for row in rows if row.record_kind != "deadlines.deadline"]
    assert told_ == [
        ("Amara Osei", "created the document"),
        ("Amara Osei", "began version 1.0"),
        ("Amara Osei", "uploaded Archiving of essential records Juniper.pdf"),
        ("Amara Osei", "named Rasmus Lind as reviewer"),
        ("Amara Osei", "submitted for review"),
        ("Rasmus Lind", "reviewed as reviewer"),
        ("Petra Novak", "approved as process owner"),
        ("Quentin Abara", "approved as quality assurance"),
        ("Dora Castell", "set the effective date"),
        ("System", "became effective"),
    ]


def test_a_study_plan_is_approved_by_manager_leads_and_quality(cast, ours):
    study = Study.objects.get(number="NW-101")
    plan = begin(cast, kind=DocumentType.STUDY_PLAN, study=study, title="Monitoring plan")
    assert plan.document.number == "PLN-0001"
    plan = worlds.carry(plan, our_players(cast), steps_done=2)
    turns = [cast.study_manager, cast.medical_monitor, cast.statistician, cast.qa]
    for count, person in enumerate(turns):
        for other in turns[count + 1 :]:
            with pytest.raises(Denied):
                sign(plan, "approve", other)
        assert person in awaiting.awaited_people(plan)
        assert [other for other in turns if awaiting.awaiting(other)] == [person]
        plan = sign(plan, "approve", person)
    assert plan.state == VersionState.APPROVED


@pytest.mark.parametrize("many", [1, 3])
def test_many_versions_in_approval_are_asked_about_like_one(cast, ours, django_assert_num_queries, many):
    for number in range(many):
        version = worlds.carry(begin(cast, title=f"Handling {number}"), our_players(cast), steps_done=2)
        sign(version, "approve", cast.process_owner)
    reach_of(cast.qa)
    with django_assert_num_queries(4):
        assert len(waiting_versions(cast.qa)) == many


def test_the_inbox_holds_whatever_the_workflow_offers(cast, ours):
    """Narrowed to what concerns a person before the workflow is asked: nothing is lost by that."""
    study, players = Study.objects.get(number="NW-101"), our_players(cast)
    for kind, of, first in (
        (DocumentType.SOP, None, cast.process_owner),
        (DocumentType.STUDY_PLAN, study, cast.study_manager),
    ):
        drafts = [begin(cast, kind=kind, study=of) for _ in range(3)]
        versions = [worlds.carry(each, players, steps_done=done) for done, each in enumerate(drafts)]
        sign(versions[-1], "approve", first)
    worlds.carry(begin(cast), players, steps_done=3)
    for person in vars(cast.people).values():
        assert [(each.version.pk, each.step) for each in awaiting.awaiting(person)] == offered(person)


def offered(person) -> list[tuple[int, str]]:
    """The primary steps that a person can take now, one version after another."""
    return [
        (version.pk, option.step.key)
        for version in versions_for(person).exclude(effective_on__isnull=False).order_by("pk")
        for option in VERSION.available(version, person)
        if option.possible and option.step.kind == "primary"
    ]


def test_a_study_plan_needs_its_study_and_its_leads(cast, ours):
    with pytest.raises(ValidationError, match="A study plan belongs to a study"):
        begin(cast, kind=DocumentType.STUDY_PLAN)
    study = Study.objects.get(number="NW-101")
    plan = begin(cast, kind=DocumentType.STUDY_PLAN, study=study)
    services.change_draft(plan, actor=cast.author, revision=None, draft=Draft(function_leads=[]))
    with pytest.raises(Blocked, match="Name the function leads"):
        sign(plan, "submit", cast.author)


def test_a_draft_says_everything_it_lacks(cast, ours):
    version = begin(cast, audience="")
    services.change_draft(version, actor=cast.author, revision=None, draft=Draft({"markdown": "# New"}, reviewers=[]))
    with pytest.raises(Blocked) as refused:
        sign(version, "submit", cast.author)
    assert refused.value.reasons == [
        "The PDF of this version is not ready: add the text or a file, or wait until it is made.",
        "Name at least one reviewer.",
        "Say who must be trained, or choose “No training”.",
    ]


@pytest.mark.parametrize(
    ("done", "step", "who"), [(1, "send_back", "reviewer"), (2, "reject", "qa"), (2, "recall", "author")]
)
def test_a_version_that_comes_back_begins_anew(cast, ours, done, step, who):
    version = worlds.carry(begin(cast), our_players(cast), steps_done=done)
    version = sign(version, step, getattr(cast, who), "Section 4 is wrong.")
    assert version.state == VersionState.DRAFT
    assert open_deadlines_about(version) == []
    if step != "recall":
        assert told(cast.author)[-1].endswith("back to you")
    version = services.change_draft(
        version, actor=cast.author, revision=version.revision, draft=Draft({"title": "Archiving, corrected"})
    )
    assert version.document.title == "Archiving, corrected"
    version = worlds.carry(version, our_players(cast), steps_done=3)
    assert version.state == VersionState.APPROVED
    signed = signatures_of(version)
    assert [each.meaning for each in signed][-4:] == ["authored", "reviewed", "approved", "qa_approved"]
    printed = [each.digest for each in renditions.signature_page(version).signatures]
    assert printed == [each.content_hash for each in signed[-4:]], "what was signed before it came back does not count"


@pytest.mark.parametrize("done", [0, 1, 2])
def test_a_version_is_voided_before_it_is_approved(cast, ours, done):
    version = worlds.carry(begin(cast), our_players(cast), steps_done=done)
    version = sign(version, "void", cast.qa, "Opened by mistake.")
    assert version.state == VersionState.VOIDED
    assert open_deadlines_about(version) == []
    assert following(cast, version, minor=True).label == "1.1"


def test_an_approved_version_is_not_voided(cast, ours):
    version = worlds.carry(begin(cast), our_players(cast), steps_done=3)
    with pytest.raises(WrongState):
        sign(version, "void", cast.qa)


def test_one_version_is_in_work_at_a_time(cast, ours):
    version = begin(cast)
    with pytest.raises(WrongState, match=r"Version 1\.0 is still draft\. Finish or void it first\."):
        following(cast, version)
    assert AuditEvent.objects.filter(verb="refuse", sentence="tried to begin a version: refused").count() == 1
    assert Version.objects.filter(document=version.document).count() == 1


def test_minor_and_major_versions_count(cast, ours):
    version = effective(cast)
    labels = []
    for minor in (True, True, False, True):
        version = following(cast, version, minor=minor)
        worlds.carry(version, our_players(cast), steps_done=4)
        labels.append(version.label)
    assert labels == ["1.1", "1.2", "2.0", "2.1"]
    states = dict(Version.objects.filter(document=version.document).values_list("minor", "state"))
    assert list(states.values()).count(VersionState.EFFECTIVE) == 1


def test_the_next_version_takes_the_text_over(cast, ours):
    version = begin(cast)
    text = "# Purpose\n\nKeep records."
    services.change_draft(version, actor=cast.author, revision=None, draft=Draft({"markdown": text}))
    renditions.render_version(version.pk)
    worlds.carry(fresh(version), our_players(cast), steps_done=4)
    words = {"change_summary": "None", "change_reason": "Yearly", "training_impact": TrainingImpact.NONE}
    second = services.begin_version(version.document, actor=cast.reviewer, minor=True, draft=Draft(words))
    assert (second.markdown, second.title, second.author, second.rendition) == (
        text, "Archiving of essential records Juniper", cast.reviewer, None,
    )  # fmt: skip


def test_a_document_takes_the_title_of_its_effective_version(cast, ours):
    version = effective(cast)
    second = following(cast, version, title="Archiving of everything")
    assert Document.objects.get(pk=version.document_id).title == version.title
    worlds.carry(second, our_players(cast), steps_done=4)
    assert Document.objects.get(pk=version.document_id).title == "Archiving of everything Juniper"


# Who may


def test_only_who_drafts_opens_and_only_the_author_changes(cast, ours):
    with pytest.raises(Denied, match="draft records"):
        services.open_document(
            actor=cast.reader, type=DocumentType.SOP, title="Mine", owner=cast.process_owner, draft=Draft()
        )
    assert not Document.objects.exists()
    version = begin(cast)
    with pytest.raises(Denied, match="Only the author of this version"):
        services.change_draft(version, actor=cast.reviewer, revision=None, draft=Draft({"title": "Mine"}))


def test_a_draft_is_changed_on_the_revision_that_was_shown(cast, ours):
    version = begin(cast)
    shown = version.revision
    services.change_draft(version, actor=cast.author, revision=shown, draft=Draft({"title": "First"}))
    with pytest.raises(Changed):
        services.change_draft(version, actor=cast.author, revision=shown, draft=Draft({"title": "Second"}))
    assert fresh(version).title == "First"


def test_what_is_submitted_is_changed_no_more(cast, ours):
    version = worlds.carry(begin(cast), our_players(cast), steps_done=1)
    with pytest.raises(WrongState, match="only a draft can be changed"):
        services.change_draft(version, actor=cast.author, revision=None, draft=Draft({"title": "Sneaky"}))


@pytest.mark.parametrize(("field", "who"), [("reviewers", "author"), ("reviewers", "reader"), ("function_leads", "qa")])
def test_nobody_is_named_who_may_not(cast, ours, field, who):
    version = begin(cast)
    with pytest.raises(ValidationError) as refused:
        services.change_draft(version, actor=cast.author, revision=None, draft=Draft(**{field: [getattr(cast, who)]}))
    assert list(refused.value.message_dict) == [field]


def test_the_process_owner_must_be_able_to_approve(cast, ours):
    with pytest.raises(ValidationError, match="may not approve here"):
        services.open_document(actor=cast.author, type=DocumentType.SOP, title="X", owner=cast.reader, draft=Draft())
    assert not Document.objects.exists()
    assert begin(cast).document.number == "SOP-0001", "the refused one took no number"


def test_naming_others_withdraws_and_never_deletes(cast, ours):
    version = begin(cast)
    for people in ([cast.qa], [cast.reviewer, cast.qa], []):
        services.change_draft(version, actor=cast.author, revision=None, draft=Draft(reviewers=people))
    rows = Participant.objects.filter(version=version).order_by("pk")
    assert [(row.person, row.withdrawn_at is None) for row in rows] == [(cast.reviewer, False), (cast.qa, False)]


def test_an_author_who_alone_leads_the_study_is_told_before_the_plan_is_stuck(cast, ours):
    study = Study.objects.get(number="NW-101")
    give_role(cast.author, "study_manager", actor=cast.administrator, at=study)
    end_role(RoleAssignment.objects.get(user=cast.study_manager), actor=cast.administrator, reason="Left.")
    scope_cache().clear()
    plan = begin(cast, kind=DocumentType.STUDY_PLAN, study=study, title="Monitoring plan")
    with pytest.raises(Blocked) as refused:
        sign(plan, "submit", cast.author)
    said = "An author does not approve, and nobody else leads this study: let another person write it, or give one"
    assert refused.value.reasons == [f"{said} the role study manager in it."]
    give_role(cast.reader, "study_manager", actor=cast.administrator, at=study)
    scope_cache().clear()
    assert sign(plan, "submit", cast.author).state == VersionState.IN_REVIEW


def test_the_same_author_never_approves_as_owner_or_quality(cast, ours):
    made = worlds.draft(our_players(cast), "By quality")
    version = services.open_document(
        actor=cast.qa, type=DocumentType.SOP, title="By quality", owner=cast.process_owner, draft=made
    )
    sign(version, "submit", cast.qa)
    sign(version, "review", cast.reviewer)
    sign(version, "approve", cast.process_owner)
    with pytest.raises(Denied, match="four eyes see more than two"):
        sign(version, "approve", cast.qa)
    assert sign(version, "approve", cast.quality_head).state == VersionState.APPROVED


# Who is told


def test_everybody_learns_when_it_is_their_turn_and_only_then(cast, ours):
    version = begin(cast)
    name = "SOP-0001 version 1.0 Archiving of essential records Juniper"
    sign(version, "submit", cast.author)
    assert (told(cast.reviewer), told(cast.process_owner)) == ([f"Please review {name}"], [])
    sign(version, "review", cast.reviewer)
    assert (told(cast.process_owner), told(cast.qa)) == ([f"Please approve {name}"], [])
    sign(version, "approve", cast.process_owner)
    assert told(cast.qa) == told(cast.quality_head) == [f"Please approve {name}"]
    sign(version, "approve", cast.qa)
    assert told(cast.author)[-1] == f"{name} is approved"
    deadlines = Deadline.objects.filter(record_id=version.pk).order_by("pk")
    assert [(each.owner, each.met_at is not None) for each in deadlines] == [
        (cast.reviewer, True), (cast.process_owner, True),
    ]  # fmt: skip


def test_the_inbox_holds_what_waits_and_nothing_else(cast, ours):
    version = begin(cast)
    assert [row.kind for row in waiting_versions(cast.author)] == ["documents.submit"]
    sign(version, "submit", cast.author)
    assert waiting_versions(cast.author) == []
    sign(version, "review", cast.reviewer)
    sign(version, "approve", cast.process_owner)
    assert [row.kind for row in waiting_versions(cast.qa)] == ["documents.approve"]
    sign(version, "approve", cast.qa)
    assert waiting_versions(cast.quality_head)[0].kind == "documents.schedule"
    assert [waiting_versions(person) for person in (cast.qa, cast.reader, cast.outsider)] == [[], [], []]


def test_an_issued_copy_is_asked_for_once_for_each_state(cast, ours):
    version = effective(cast)
    asked = Job.objects.filter(kind="documents.issue_copy")
    assert asked.count() == 3, "approved, scheduled, effective"
    renditions.issue_copy(version.pk)
    renditions.issue_copy(version.pk)
    assert version.issued_copies.count() == 1
    assert renditions.ask_for_copy(fresh(version)) is None
    assert renditions.file_of(fresh(version)) == version.issued_copies.get().file


def test_a_step_of_the_system_is_nobodys(cast, ours):
    version = worlds.carry(begin(cast), our_players(cast), steps_done=3)
    for person in (cast.quality_head, cast.administrator):
        with pytest.raises(Denied, match="taken by the system"):
            steps.take_step(version, "take_effect", actor=person)


def test_two_organizations_count_and_title_alike(world):
    for organization in (world.ours, world.theirs):
        with scope(organization):
            assert Document.objects.filter(title__startswith=worlds.EFFECTIVE).count() == 1
