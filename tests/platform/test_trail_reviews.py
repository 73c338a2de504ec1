"""Reviews of the audit trail: planned, frozen, flagged, commented, signed by somebody independent, followed by the next."""

import datetime as dt
from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Blocked, Changed, Denied, WrongState
from cqms.deadlines.selectors import open_deadlines_about
from cqms.inbox.selectors import rows_here
from cqms.organizations.models import Membership
from cqms.organizations.scope import scope, scope_cache
from cqms.portal import handover, people
from cqms.signatures.content import signatures_of, verify
from cqms.signatures.models import Signature
from cqms.trail_reviews import leavers, services
from cqms.trail_reviews.models import Frequency, ReviewState, TrailFlag, TrailReview
from cqms.trail_reviews.selectors import entries_of, is_unchanged
from studies.models import Study
from tests.cast import page
from tests.days import today
from tests.platform.asking import asking
from tests.platform.browsing import browse, words
from tests.world.building import credentials


def plan(cast, **changes) -> services.Plan:
    facts = {
        "place": Study.objects.get(number="NW-101"), "why_critical": "The primary endpoint.", "owner": cast.qa,
        "frequency": Frequency.MONTHLY, "starts_on": today() - dt.timedelta(days=30), "ends_on": today(),
        "due_on": today() + dt.timedelta(days=10),
    }  # fmt: skip
    return services.Plan(**{**facts, **changes})


@pytest.fixture
def planned(cast, ours) -> TrailReview:
    return services.plan_review(plan(cast), actor=cast.quality_head)


@pytest.fixture
def running(cast, planned) -> TrailReview:
    return services.start(planned, actor=cast.qa)


def sign(cast, review, **changes) -> TrailReview:
    facts = {"actor": cast.qa, "conclusion": "Nothing unusual.", "credentials": credentials(cast.qa)}
    return services.sign_review(review, **{**facts, **changes})


@pytest.mark.parametrize("who", ["author", "reader", "administrator"])
def test_a_review_is_given_only_to_who_may_review_this_trail(cast, ours, who):
    person = getattr(cast, who)
    with pytest.raises(ValidationError) as refusal:
        services.plan_review(plan(cast, owner=person), actor=cast.quality_head)
    assert refusal.value.message_dict == {"owner": [f"{person} may not review this trail."]}


def test_a_period_with_very_many_entries_is_planned_shorter(cast, planned, monkeypatch):
    monkeypatch.setattr("cqms.trail_reviews.workflow.MOST_ENTRIES", 1)
    with pytest.raises(Blocked) as refusal:
        services.start(planned, actor=cast.qa)
    assert "more than 1: plan shorter periods or fewer kinds." in refusal.value.sentence


def test_a_planned_review_has_a_number_and_asks_its_reviewer(cast, planned):
    assert (planned.number, planned.state) == ("TR-0001", ReviewState.PLANNED)
    assert planned.anchors() == {"studies.study": planned.place_id}
    assert [(each.owner, each.label) for each in open_deadlines_about(planned)] == [
        (cast.qa, "Review of the trail TR-0001")
    ]
    assert f"Review of the trail {planned}" in [row.title for row in rows_here(cast.qa)]


def test_beginning_freezes_the_query_and_its_count(cast, running):
    frozen = list(entries_of(running).order_by("pk").values_list("pk", flat=True))
    assert running.state == ReviewState.RUNNING
    assert running.entry_count == len(frozen) > 0
    study = Study.objects.get(number="NW-101")
    study.title = "Later"
    audit.save(study, actor=cast.study_manager, reason="After the review began.")
    assert list(entries_of(running).order_by("pk").values_list("pk", flat=True)) == frozen
    assert is_unchanged(running)
    assert AuditEvent.objects.filter(anchor_id=study.pk, pk__gt=running.up_to).count() > 0


def test_lanes_the_reviewer_may_not_know_of_are_left_out_and_named(cast, running):
    assert running.lanes == ["general", "confidential"]


def test_who_wrote_most_of_the_entries_does_not_review_them(cast, ours):
    study = Study.objects.get(number="NW-101")
    study.manager = cast.author
    audit.save(study, actor=cast.study_manager, reason="Another manager.")
    review = services.plan_review(plan(cast, owner=cast.study_manager), actor=cast.quality_head)
    with pytest.raises(Blocked) as refusal:
        services.start(review, actor=cast.study_manager)
    assert "somebody independent must review them" in refusal.value.sentence


@pytest.mark.parametrize("near", ["study_manager", "quality_head"])
def test_who_answers_for_the_study_and_their_line_do_not_review_its_trail(cast, ours, near):
    with pytest.raises(ValidationError, match="their own line answers for"):
        services.plan_review(plan(cast, owner=getattr(cast, near)), actor=cast.qa)


def test_a_reviewer_who_came_into_the_line_meanwhile_does_not_begin(cast, planned):
    member = Membership.objects.get(user=cast.qa)
    member.manager = cast.study_manager
    audit.save(member, actor=cast.administrator, reason="Another manager.")
    scope_cache().clear()
    with pytest.raises(Blocked, match="their own line answers for"):
        services.start(planned, actor=cast.qa)


def test_only_the_named_reviewer_begins_and_signs(cast, planned):
    with pytest.raises(Denied):
        services.start(planned, actor=cast.quality_head)
    review = services.start(planned, actor=cast.qa)
    with pytest.raises(Denied):
        sign(cast, review, actor=cast.quality_head, credentials=credentials(cast.quality_head))


@pytest.mark.parametrize("who", ["author", "reader", "document_control", "inspector", "administrator"])
def test_who_may_not_review_plans_nothing(cast, ours, who):
    with pytest.raises(Denied):
        services.plan_review(plan(cast), actor=getattr(cast, who))


def test_a_signed_review_holds_its_signature_and_meets_its_deadline(cast, running):
    done = sign(cast, running)
    assert (done.state, done.conclusion) == (ReviewState.REVIEWED, "Nothing unusual.")
    [signature] = signatures_of(done)
    assert (signature.meaning, verify(signature, done).holds) == ("reviewed", True)
    assert open_deadlines_about(done) == []


def test_a_review_without_conclusion_is_not_signed(cast, running):
    with pytest.raises(Blocked):
        sign(cast, running, conclusion="  ")
    assert Signature.objects.count() == 0


def test_a_comment_waits_for_whom_it_concerns(cast, running):
    entry = entries_of(running).filter(actor=cast.study_manager).first()
    found = services.comment(running, entry.pk, actor=cast.qa, text="Why?", concerns=cast.study_manager)
    assert [(row.sentence, row.action) for row in rows_here(cast.study_manager)] == [
        ("Quentin Abara asks: Why?", "Answer")
    ]
    with pytest.raises(Blocked) as refusal:
        sign(cast, running)
    assert refusal.value.sentence == "1 comment waits for an answer."
    with pytest.raises(Denied):
        services.answer(found, actor=cast.author, text="I do not know.")
    done = services.answer(found, actor=cast.study_manager, text="Typed from the protocol.")
    assert (done.answer, done.waits) == ("Typed from the protocol.", False)
    told = AuditEvent.objects.get(record_kind="trail_reviews.trailcomment", record_id=done.pk, verb="answer")
    assert told.reason == "", "a reason that nobody gave would be flagged as the same in every answer"
    with pytest.raises(WrongState):
        services.answer(done, actor=cast.study_manager, text="Again.")
    scope_cache().clear()
    assert rows_here(cast.study_manager) == []
    assert sign(cast, running).state == ReviewState.REVIEWED


def test_who_stands_in_answers_for_who_is_away_and_never_their_own_question(cast, running):
    mine = entries_of(running).filter(actor=cast.study_manager).earliest("pk")
    found = services.comment(running, mine.pk, actor=cast.qa, text="Why so late?", concerns=cast.study_manager)
    away(cast.study_manager, cast.qa)
    assert [row for row in rows_here(cast.qa) if row.kind == "trail_reviews.comment"] == []
    with pytest.raises(Denied):
        services.answer(found, actor=cast.qa, text="It was not late.")
    away(cast.study_manager, cast.quality_head)
    [row] = [row for row in rows_here(cast.quality_head) if row.kind == "trail_reviews.comment"]
    assert row.sentence == f"For {cast.study_manager}, who is away: {cast.qa} asks: Why so late?"
    assert browse(cast.quality_head).get(row.path).status_code == 200
    done = services.answer(found, actor=cast.quality_head, text="The site was closed.")
    assert (done.concerns, done.answered_by, done.waits) == (cast.study_manager, cast.quality_head, False)
    told = f"{cast.quality_head}, for {cast.study_manager}: The site was closed."
    assert told in words(browse(cast.qa).get(page(cast.ours, f"/trail-reviews/{running.number}/")))
    said = AuditEvent.objects.get(record_kind="trail_reviews.trailcomment", verb="answer").sentence
    assert said == f"answered a comment on the trail, for {cast.study_manager}, who is away"


def away(person: User, delegate: User) -> None:
    """Since yesterday, for some days; the delegate acts."""
    now, day = timezone.now(), dt.timedelta(days=1)
    member = Membership.objects.get(user=person)
    people.go_away(member, delegate=delegate, since=now - day, until=now + 5 * day, actor=person)
    scope_cache().clear()


def test_a_plan_changes_until_the_review_begins(cast, planned):
    changed = services.change_plan(
        planned, plan(cast, owner=cast.auditor), actor=cast.quality_head, revision=planned.revision
    )
    assert [each.owner for each in open_deadlines_about(changed)] == [cast.auditor]
    with pytest.raises(Changed):
        services.change_plan(changed, plan(cast), actor=cast.quality_head, revision=planned.revision)
    begun = services.start(changed, actor=cast.auditor)
    with pytest.raises(WrongState):
        services.change_plan(begun, plan(cast), actor=cast.quality_head, revision=begun.revision)


def test_what_follows_from_a_change_of_the_plan_has_no_reason_that_nobody_gave(cast, planned):
    later = replace(plan(cast), due_on=plan(cast).due_on + dt.timedelta(days=1))
    services.change_plan(planned, later, actor=cast.quality_head, revision=planned.revision)
    told = AuditEvent.objects.get(record_kind="deadlines.deadline", verb="cancel")
    said = f"cancelled the deadline Review of the trail {planned.number}, because the plan of the review changed"
    assert (told.sentence, told.reason, told.actor) == (said, "", cast.quality_head)


def test_a_plan_is_changed_over_the_api_on_the_revision_one_saw(cast):
    with scope(cast.ours):
        review = services.plan_review(plan(cast), actor=cast.quality_head)
    place, ask = f"trail-reviews/{review.number}/", asking(cast.quality_head, cast.ours)
    late = {"owner": cast.auditor.email, "due_on": str(today() + dt.timedelta(days=20)), "revision": review.revision}
    changed = ask.patch(place, {**late, "reason": "The reviewer is on leave."}).json()
    assert (changed["owner"]["email"], changed["due_on"], changed["why_critical"], changed["revision"]) == (
        cast.auditor.email, late["due_on"], "The primary endpoint.", review.revision + 1,
    )  # fmt: skip
    assert ask.patch(place, {**late, "reason": "Again."}).status_code == 409
    assert asking(cast.reader, cast.ours).patch(place, {**late, "reason": "Mine."}).status_code == 403
    wrong = ask.patch(place, {"ends_on": "2001-01-01", "revision": review.revision + 1, "reason": "Shorter."})
    assert wrong.json()["error"]["fields"] == {"ends_on": ["The period ends before it begins."]}


def test_a_cancelled_review_leaves_no_deadline(cast, planned):
    done = services.cancel(planned, actor=cast.quality_head, reason="Planned twice.")
    assert (done.state, open_deadlines_about(done)) == (ReviewState.CANCELLED, [])


def test_the_next_review_is_planned_once_when_its_period_has_ended(cast, ours):
    long_ago = plan(cast, starts_on=today() - dt.timedelta(days=120), ends_on=today() - dt.timedelta(days=60))
    done = sign(cast, services.start(services.plan_review(long_ago, actor=cast.quality_head), actor=cast.qa))
    [following] = services.open_next_reviews(ours)
    assert (following.follows, following.owner, following.state) == (done, cast.qa, ReviewState.PLANNED)
    assert following.starts_on == done.ends_on + dt.timedelta(days=1)
    assert following.ends_on == services.months_later(following.starts_on, 1) - dt.timedelta(days=1)
    assert services.open_next_reviews(ours) == []


def test_the_next_review_is_for_somebody_who_may_where_the_reviewer_left(cast, ours):
    long_ago = plan(cast, starts_on=today() - dt.timedelta(days=120), ends_on=today() - dt.timedelta(days=60))
    sign(cast, services.start(services.plan_review(long_ago, actor=cast.quality_head), actor=cast.qa))
    leaver = Membership.objects.get(user=cast.qa)
    heirs = {each.key: cast.quality_head for each in handover.held_by(cast.qa)}
    people.let_go(leaver, heirs, actor=cast.administrator, reason="Left.")
    scope_cache().clear()
    [following] = services.open_next_reviews(ours)
    [deadline] = open_deadlines_about(following)
    assert (following.owner, deadline.owner) == (cast.auditor, cast.auditor)  # the head of quality manages the line
    told = AuditEvent.objects.get(record_kind="trail_reviews.trailreview", record_id=following.pk, verb="plan")
    assert told.reason == f"{cast.qa} may not review this trail any more."


def test_a_question_of_a_leaver_goes_to_who_may_know_of_its_entry(cast, running):
    entry = entries_of(running).order_by("pk")[0]
    asked = services.comment(running, entry.pk, actor=cast.qa, text="Why so late?", concerns=cast.author)
    assert list(leavers.comments_to(cast.author)) == [asked]
    with pytest.raises(ValidationError, match="may not read this review"):
        leavers.comment_on(asked, cast.administrator, cast.administrator, "Left.")
    leavers.comment_on(asked, cast.study_manager, cast.administrator, "Left.")
    assert "trail_reviews.comment" in [row.kind for row in rows_here(cast.study_manager)]
    assert list(leavers.comments_to(cast.author)) == []
    services.cancel(running, actor=cast.quality_head, reason="Planned twice.")
    assert list(leavers.comments_to(cast.study_manager)) == []


@pytest.mark.parametrize(("day", "months", "wanted"), [
    ("2026-01-31", 1, "2026-02-28"), ("2026-11-15", 3, "2027-02-15"), ("2028-02-29", 12, "2029-02-28"),
])  # fmt: skip
def test_months_end_where_there_is_no_such_day(day, months, wanted):
    assert services.months_later(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(wanted)


# Pages


@pytest.fixture
def committed(cast):
    with scope(cast.ours):
        review = services.start(services.plan_review(plan(cast), actor=cast.quality_head), actor=cast.qa)
        mine = entries_of(review).filter(actor=cast.study_manager).earliest("pk")
        found = services.comment(review, mine.pk, actor=cast.qa, text="Why so late?", concerns=cast.study_manager)
    return review, found


def test_the_page_shows_query_flags_entries_and_comments(cast, committed):
    review, _ = committed
    told = words(browse(cast.qa).get(page(cast.ours, f"/trail-reviews/{review.number}/")))
    for said in ("The primary endpoint.", "gives the same entries", "Why so late?", "Not answered yet.", "At night:"):
        assert said in told
    assert "created the study" in told
    with scope(cast.ours):
        assert TrailFlag.objects.filter(review=review).count() == sum(review.flag_counts.values())


def test_who_may_not_read_the_trail_sees_no_entries(cast, committed):
    review, _ = committed
    told = words(browse(cast.reader).get(page(cast.ours, f"/trail-reviews/{review.number}/")))
    assert "Your roles here do not allow you to read and export the audit trail." in told
    assert "Worth a look" in told
    assert browse(cast.administrator).get(page(cast.ours, f"/trail-reviews/{review.number}/")).status_code == 404


def test_the_person_concerned_answers_on_a_page(cast, committed):
    review, found = committed
    browser, place = (
        browse(cast.study_manager),
        page(cast.ours, f"/trail-reviews/{review.number}/comments/{found.pk}/answer/"),
    )
    assert "Why so late?" in words(browser.get(place))
    assert browser.post(place, {"answer": "", "revision": found.revision}).status_code == 422
    assert browser.post(place, {"answer": "It came by post.", "revision": found.revision}).status_code == 302
    assert "It came by post." in words(browser.get(page(cast.ours, f"/trail-reviews/{review.number}/")))
    assert browse(cast.author).get(place).status_code == 403


def test_a_review_is_planned_begun_and_signed_on_pages(cast):
    browser, at = browse(cast.qa), lambda path: page(cast.ours, f"/trail-reviews/{path}")
    with scope(cast.ours):
        study = Study.objects.get(number="NW-101")
    asked = {
        "place": f"studies.study:{study.pk}", "why_critical": "Endpoint", "frequency": "3", "owner": cast.qa.pk,
        "starts_on": str(today() - dt.timedelta(days=1)), "ends_on": str(today()), "due_on": str(today()),
    }  # fmt: skip
    assert browser.post(at("new/"), {**asked, "ends_on": "2020-01-01"}).status_code == 422
    assert browser.post(at("new/"), asked)["Location"] == at("TR-0001/")
    assert (
        browser.post(at("TR-0001/edit/"), {**asked, "why_critical": "The endpoint", "revision": 1}).status_code == 302
    )
    assert browser.post(at("TR-0001/steps/start/"), {"revision": 2}).status_code == 302
    proof = {"email": cast.qa.email, "password": credentials(cast.qa).password, "accepts_binding": "on"}
    signed = browser.post(at("TR-0001/steps/sign/"), {**proof, "revision": 3, "conclusion": "All is well."})
    assert signed.status_code == 302
    told = words(browser.get(at("TR-0001/")))
    assert "All is well." in told
    assert "Quentin Abara" in words(browser.get(at("?state=reviewed")))
    assert "TR-0001" in words(browser.get(page(cast.ours, "/studies/NW-101/")))
