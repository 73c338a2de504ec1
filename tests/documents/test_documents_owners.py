"""Who answers for a document: somebody who can approve it, and what goes over when somebody else answers for it."""

import pytest
from django.core.exceptions import ValidationError

from cqms.audit.models import AuditEvent
from cqms.audit.refusals import Blocked, Denied
from cqms.deadlines.selectors import open_deadlines_of
from cqms.notifications.models import Notification
from documents import owners, reviews, services
from documents.models import DocumentType, VersionState
from tests.documents.players import begin, effective, following, fresh, sign
from tests.world import building as worlds
from tests.world.building import our_players

REASON = "Petra Novak leaves at the end of the month."


def give_to(cast, document, owner, **more):
    given = {"revision": None, "department": document.department, "reason": REASON} | more
    return owners.change_document(document, actor=cast.document_control, owner=owner, **given)


def told(person) -> list[str]:
    return list(Notification.objects.filter(person=person).order_by("pk").values_list("subject", flat=True))


def test_an_approval_goes_over_with_its_day_and_the_new_owner_is_told(cast, ours):
    version = worlds.carry(begin(cast), our_players(cast), steps_done=2)
    [before] = open_deadlines_of(cast.process_owner)
    give_to(cast, version.document, cast.quality_head)
    [after] = open_deadlines_of(cast.quality_head)
    assert (after.pk, after.label, after.original_due) == (before.pk, before.label, before.original_due)
    assert open_deadlines_of(cast.process_owner) == []
    assert told(cast.quality_head) == [f"Please approve {version}", f"You answer for {version.document} now"]
    event = AuditEvent.objects.get(verb="hand over")
    assert (event.actor, event.reason) == (cast.document_control, REASON)
    assert [(each["label"], each["old"], each["new"]) for each in event.changes] == [
        ("owner", "Petra Novak", "Hanna Quist")
    ]
    with pytest.raises(Denied):
        sign(version, "approve", cast.process_owner)
    sign(version, "approve", cast.quality_head)
    assert open_deadlines_of(cast.quality_head) == []
    assert sign(version, "approve", cast.qa).state == VersionState.APPROVED


def test_a_periodic_review_goes_over_too(cast, ours):
    version = effective(cast)
    day = version.effective_on
    reviews.plan_review(version, actor=cast.document_control, day=day, reason="A new law.")
    [review] = reviews.open_periodic_reviews(ours)
    give_to(cast, version.document, cast.quality_head)
    assert [each.record_id for each in open_deadlines_of(cast.quality_head)] == [review.pk]
    assert open_deadlines_of(cast.process_owner) == []


def test_what_somebody_reviews_stays_with_them(cast, ours):
    """Being named a reviewer has nothing to do with answering for the process."""
    version = begin(cast)
    document = give_to(cast, version.document, cast.quality_head)
    players = our_players(cast)
    draft = worlds.draft(players, "Archiving")
    services.change_draft(
        fresh(version),
        actor=cast.author,
        revision=None,
        draft=services.Draft(draft.content, reviewers=[cast.quality_head]),
    )
    sign(fresh(version), "submit", cast.author)
    give_to(cast, document, cast.process_owner)
    assert [each.label for each in open_deadlines_of(cast.quality_head)] == ["Review SOP-0001 version 1.0"]
    assert open_deadlines_of(cast.process_owner) == []


def test_another_department_hands_nothing_over(cast, ours):
    version = worlds.carry(begin(cast), our_players(cast), steps_done=2)
    before = told(cast.process_owner)
    give_to(cast, version.document, cast.process_owner, department="Archive")
    assert told(cast.process_owner) == before
    assert not AuditEvent.objects.filter(verb="hand over").exists()


def test_who_may_not_approve_answers_for_nothing(cast, ours):
    version = begin(cast)
    with pytest.raises(ValidationError, match="may not approve here"):
        give_to(cast, version.document, cast.reader)
    with pytest.raises(ValidationError, match="Say why you change"):
        give_to(cast, version.document, cast.quality_head, reason=" ")


def test_who_wrote_it_and_answers_for_it_is_told_before_others_spend_time(cast, ours):
    """Otherwise the version would be reviewed, and then wait for ever for an approver who may not approve."""
    made = worlds.draft(our_players(cast), "By the owner")
    version = services.open_document(
        actor=cast.process_owner, type=DocumentType.SOP, title="By the owner", owner=cast.process_owner, draft=made
    )
    with pytest.raises(Blocked) as refused:
        sign(version, "submit", cast.process_owner)
    assert refused.value.reasons == [
        "An author does not approve, and you answer for the process, too: name another process owner."
    ]
    give_to(cast, version.document, cast.quality_head)
    assert sign(version, "submit", cast.process_owner).state == VersionState.IN_REVIEW


def test_nothing_comes_back_after_it_was_retired(cast, ours):
    """The version that is approved already takes effect by itself, whatever happened to the one before."""
    first = effective(cast)
    worlds.carry(following(cast, first), our_players(cast), steps_done=3)
    with pytest.raises(Blocked, match=r"Version 2\.0 is approved and follows this one\. Retire it once it is"):
        sign(first, "retire", cast.process_owner)
    assert fresh(first).state == VersionState.EFFECTIVE
