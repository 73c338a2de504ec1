"""Everything that changes reviews of the audit trail."""

import datetime as dt
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from cqms.access.policies import exists_for
from cqms.access.reach import may_see_lane, people_with, reach_of
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import AuditEvent, Lane, kind_of
from cqms.audit.refusals import Blocked, Changed, WrongState, refusable
from cqms.deadlines import services as deadlines
from cqms.deadlines.selectors import open_deadlines_about
from cqms.notifications.services import Message, notify
from cqms.numbering.services import record_number
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Organization
from cqms.records.models import find
from cqms.signatures.services import Credentials
from cqms.trail_reviews.flags import flags_of
from cqms.trail_reviews.models import Frequency, ReviewState, TrailComment, TrailFlag, TrailReview
from cqms.trail_reviews.policies import is_concerned, may_plan, may_review
from cqms.trail_reviews.selectors import digest_of, entries_of
from cqms.trail_reviews.workflow import TRAIL_REVIEW, in_own_line, not_independent

TIME_TO_REVIEW = dt.timedelta(days=30)


@dataclass(frozen=True)
class Plan:
    """What is reviewed, why, how often, over which days (both included), by whom and until when."""

    place: Any
    why_critical: str
    frequency: int
    starts_on: dt.date
    ends_on: dt.date
    owner: User
    due_on: dt.date
    kinds: Sequence[str] = ()


def plan_of(review: TrailReview) -> Plan:
    """What is planned for a review, as it stands."""
    names = ("why_critical", "frequency", "starts_on", "ends_on", "owner", "due_on", "kinds")
    values = {name: getattr(review, name) for name in names}
    return Plan(place=find(review.place_kind, review.place_id), **values)


def plan_review(plan: Plan, *, actor: User) -> TrailReview:
    """Plan a review; its reviewer gets a deadline. Raises Denied or ValidationError."""
    review = TrailReview(number="")
    _fill(review, plan)
    may_plan.demand(actor, review)
    with transaction.atomic():
        return _open(review, actor=actor)


def change_plan(review: TrailReview, plan: Plan, *, actor: User, revision: int, reason: str = "") -> TrailReview:
    """Change what is planned before the review begins. Raises a Refused or ValidationError."""
    with refusable(review, actor=actor, attempt="change the plan of the review"):
        row = _lock(review)
        may_plan.demand(actor, row)
        if row.revision != revision:
            raise Changed("Somebody changed this review while you had it open. Both versions are shown below.")
        if row.state != ReviewState.PLANNED:
            raise WrongState("The review has begun: its plan cannot be changed any more.")
        _fill(row, plan)
        may_plan.demand(actor, row)
        saved = audit.save(row, actor=actor, reason=reason)
        _renew_deadline(saved, actor)
        return saved


def start(review: TrailReview, *, actor: User, revision: int | None = None) -> TrailReview:
    """Freeze the query and its count, and flag what is worth a look. Raises a Refused."""
    with refusable(review, actor=actor, attempt=TRAIL_REVIEW.attempt("start")):
        row = _lock(review)
        may_review.demand(actor, row)
        if reasons := [*not_independent(row, actor), *in_own_line(row)]:
            raise Blocked(reasons)
        row.up_to = AuditEvent.objects.aggregate(last=Max("pk"))["last"] or 0
        row.lanes = [lane.value for lane in Lane if may_see_lane(reach_of(actor), lane)]
        entries = list(entries_of(row).order_by("pk"))
        found = flags_of(entries, row.organization)
        counts: dict[str, int] = {}
        for each in found:
            counts[each.kind] = counts.get(each.kind, 0) + 1
        values = {"up_to": row.up_to, "lanes": row.lanes, "entry_count": len(entries), "flag_counts": counts}
        values["content_sha256"] = digest_of(entry.pk for entry in entries)
        done = TRAIL_REVIEW.perform(review, "start", actor=actor, revision=revision, values=values)
        TrailFlag.objects.bulk_create(TrailFlag(review=done, entry_id=each.entry, kind=each.kind) for each in found)
        return done


def sign_review(
    review: TrailReview, *, actor: User, conclusion: str, credentials: Credentials | None, revision: int | None = None
) -> TrailReview:
    """Write the conclusion down and sign it as Reviewed. Raises a Refused; nothing of it is kept then."""
    with refusable(review, actor=actor, attempt=TRAIL_REVIEW.attempt("sign")):
        row = _lock(review)
        if revision is not None and row.revision != revision:
            return TRAIL_REVIEW.perform(row, "sign", actor=actor, revision=revision)
        if row.state == ReviewState.RUNNING and may_review(actor, row):
            if not conclusion.strip():
                raise Blocked(["Write the conclusion first."])
            row.conclusion = conclusion.strip()
            row = audit.save(row, actor=actor, sentence="wrote the conclusion of the review", verb="conclude")
        row = TRAIL_REVIEW.perform(row, "sign", actor=actor, credentials=credentials)
        for deadline in open_deadlines_about(row):
            deadlines.meet(deadline, actor=actor)
        return row


def cancel(review: TrailReview, *, actor: User, reason: str, revision: int | None = None) -> TrailReview:
    """Leave a review undone, with the reason. Raises a Refused."""
    with refusable(review, actor=actor, attempt=TRAIL_REVIEW.attempt("cancel")):
        row = TRAIL_REVIEW.perform(review, "cancel", actor=actor, reason=reason, revision=revision)
        for deadline in open_deadlines_about(row):
            deadlines.cancel(deadline, actor=actor, reason=reason)
        return row


def comment(review: TrailReview, entry: int, *, actor: User, text: str, concerns: User | None) -> TrailComment:
    """Say something about an entry of a running review; whom it concerns is told.

    Raises Denied, WrongState, or ValidationError.
    """
    with refusable(review, actor=actor, attempt="comment on an entry"):
        row = _lock(review)
        may_review.demand(actor, row)
        if row.state != ReviewState.RUNNING:
            raise WrongState("Comments are written while the review runs.")
        found = entries_of(row).filter(pk=entry).first()
        if found is None:
            raise ValidationError({"text": "This entry is not part of the review."})
        if concerns is not None and (problem := why_not_asked(concerns, row, found)):
            raise ValidationError({"concerns": problem})
        made = TrailComment(review=row, entry=found, text=text.strip(), author=actor, concerns=concerns)
        made = audit.save(made, actor=actor, verb="comment", sentence=f"commented on entry {found.pk} of the trail")
        if concerns is not None:
            _tell(made, concerns)
        return made


def why_not_asked(person: User, review: TrailReview, entry: AuditEvent) -> str:
    """Why a comment cannot concern a person, as a sentence; blank where it can."""
    if not exists_for(person, review):
        return f"{person} may not read this review."
    return "" if may_see_lane(reach_of(person), entry.lane) else f"{person} may not know of this entry."


def hand_question_over(found: TrailComment, heir: User, *, actor: User, reason: str) -> TrailComment:
    """Let somebody else answer a comment, who is told. Raises ValidationError for who may not know of its entry."""
    if problem := why_not_asked(heir, found.review, found.entry):
        raise ValidationError(problem)
    found.concerns = heir
    said = f"handed the question over to {heir}"
    made: TrailComment = audit.save(found, actor=actor, verb="hand over", sentence=said, reason=reason)
    _tell(made, heir)
    return made


def answer(found: TrailComment, *, actor: User, text: str, revision: int | None = None) -> TrailComment:
    """Answer a comment that concerns oneself, or somebody away for whom one stands in, once.

    Raises Denied, Changed or WrongState.
    """
    with refusable(found, actor=actor, attempt="answer a comment on the trail"):
        row: TrailComment = TrailComment.objects.select_for_update(of=("self",)).get(pk=found.pk)
        is_concerned.demand(actor, row)
        if revision is not None and row.revision != revision:
            raise Changed("This comment changed while you had it open.")
        if not row.waits or row.review.state != ReviewState.RUNNING:
            raise WrongState("This comment does not wait for an answer any more.")
        row.answer, row.answered_at, row.answered_by = text.strip(), timezone.now(), actor
        meanwhile = "" if row.concerns_id == actor.pk else f", for {row.concerns}, who is away"
        return audit.save(row, actor=actor, verb="answer", sentence=f"answered a comment on the trail{meanwhile}")


def open_next_reviews(organization: Organization) -> list[TrailReview]:
    """Plan what follows each signed review once its next period has ended, once each. Run by beat in the scope.

    Where the reviewer left, or may not review this trail any more, somebody else does who may.
    """
    today = organization.today()
    done = TrailReview.objects.filter(state=ReviewState.REVIEWED, frequency__gt=0, followed_by__isnull=True)
    made = []
    for before in done.select_related("owner").order_by("pk"):
        begins = before.ends_on + dt.timedelta(days=1)
        ends = months_later(begins, before.frequency) - dt.timedelta(days=1)
        if ends < today:
            with transaction.atomic():
                following = _following(before, begins, ends, today)
                gone = "" if following.owner == before.owner else f"{before.owner} may not review this trail any more."
                made.append(_open(following, actor=None, reason=gone))
    return made


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or its last day where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _following(before: TrailReview, begins: dt.date, ends: dt.date, today: dt.date) -> TrailReview:
    review = TrailReview(
        follows=before, place_kind=before.place_kind, place_id=before.place_id, place_label=before.place_label,
        why_critical=before.why_critical, frequency=before.frequency, kinds=before.kinds, owner=before.owner,
        starts_on=begins, ends_on=ends, due_on=today + TIME_TO_REVIEW,
    )  # fmt: skip
    review.title = _title(review)
    review.owner = _reviewer_after(before, review)
    return review


def _reviewer_after(before: TrailReview, review: TrailReview) -> User:
    """Who did the review before, or else the first of quality who may; where nobody may it stays theirs, and late."""
    others = [person for who in (Capability.HEAD, Capability.REVIEW) for person in people_with(who, review)]
    for review.owner in [before.owner, *others]:
        if may_plan(review.owner, review) and not in_own_line(review):
            return review.owner
    return before.owner


def _fill(review: TrailReview, plan: Plan) -> None:
    if plan.ends_on < plan.starts_on:
        raise ValidationError({"ends_on": "The period ends before it begins."})
    if plan.frequency not in Frequency.values:
        raise ValidationError({"frequency": "Choose one of the frequencies."})
    review.place_kind, review.place_id = kind_of(plan.place), plan.place.pk
    review.place_label = str(plan.place)[:300]
    for name in ("why_critical", "frequency", "starts_on", "ends_on", "due_on", "owner"):
        setattr(review, name, getattr(plan, name))
    review.kinds = sorted(plan.kinds)
    review.title = _title(review)
    if not may_plan(plan.owner, review):
        raise ValidationError({"owner": f"{plan.owner} may not review this trail."})
    if reasons := in_own_line(review):
        raise ValidationError({"owner": reasons})


def _title(review: TrailReview) -> str:
    days = f"{review.starts_on:%-d %b %Y} to {review.ends_on:%-d %b %Y}"
    return f"Trail of {review.place_label[:200]}, {days}"


def _open(review: TrailReview, *, actor: User | None, reason: str = "") -> TrailReview:
    review.number = record_number("TR")
    saved = audit.save(review, actor=actor, verb="plan", sentence="planned a review of the trail", reason=reason)
    _open_deadline(saved, actor)
    return saved


def _open_deadline(review: TrailReview, actor: User | None) -> None:
    path = review.organization.path("trail_reviews:review", number=review.number)
    duty = deadlines.Duty("trail_review", f"Review of the trail {review.number}", path)
    deadlines.open_deadline(review, duty, due=review.due_on, owner=review.owner, actor=actor)


def _renew_deadline(review: TrailReview, actor: User) -> None:
    for deadline in open_deadlines_about(review):
        if deadline.owner_id != review.owner_id or deadline.original_due != deadlines.due_moment(review.due_on):
            deadlines.drop(deadline, actor=actor, because="the plan of the review changed")
            _open_deadline(review, actor)


def _tell(made: TrailComment, person: User) -> None:
    path = made.review.organization.path("trail_reviews:answer", number=made.review.number, comment=made.pk)
    message = Message(
        key=f"trail_comment:{made.pk}", kind="trail_reviews.comment", path=path,
        subject=f"{made.author} asks about an entry of the trail", body=made.text,
    )  # fmt: skip
    notify(person, message, record=made)


def _lock(review: TrailReview) -> TrailReview:
    found: TrailReview = TrailReview.objects.select_for_update(of=("self",)).get(pk=review.pk)
    return found
