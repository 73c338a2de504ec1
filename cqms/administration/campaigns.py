"""What becomes of a campaign of access reviews as a whole: its last day moves, or it is cancelled (EMA A3.2)."""

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import ValidationError

from cqms.access.models import AccessReview, ReviewState
from cqms.access.reach import people_with
from cqms.accounts.models import User
from cqms.administration.policies import may_decide_about_roles
from cqms.administration.reviews import DECISIONS, REVIEW, check_day
from cqms.audit import services as audit
from cqms.audit.refusals import Changed, ReasonMissing, WrongState, refusable
from cqms.notifications.services import Message, notify
from cqms.organizations.capabilities import Capability


def move_day(
    review: AccessReview, *, due_on: dt.date, reason: str, actor: User, revision: int | None = None
) -> AccessReview:
    """Give the open parts of a campaign another last day, later or earlier; each reviewer is told.

    Raises Denied, Changed, WrongState, ReasonMissing, and ValidationError for a day before tomorrow or the same day.
    """
    with refusable(review, actor=actor, attempt="move the last day of the access review"):
        may_decide_about_roles.demand(actor)
        parts = _open_parts(review, revision)
        if not reason.strip():
            raise ReasonMissing("Give the reason: it becomes part of the trail.")
        check_day(due_on)
        if due_on == review.due_on:
            raise ValidationError({"due_on": "That is its last day already."})
        for part in parts:
            said = f"moved the last day from {_day(part.due_on)} to {_day(due_on)}"
            part.due_on = due_on
            audit.save(part, actor=actor, verb="move", sentence=said, reason=reason)
            _tell_moved(part, reason)
    return _own(review, parts)


def cancel(review: AccessReview, *, reason: str, actor: User, revision: int | None = None) -> AccessReview:
    """End the open parts of a campaign: no right ends or changes by them, and what was answered is kept.

    Each reviewer is told; administrators and the heads of quality are told besides which rights should have ended or
    changed. Raises a Refused.
    """
    with refusable(review, actor=actor, attempt=REVIEW.attempt("cancel")):
        parts = _open_parts(review, revision)
        done = [REVIEW.perform(part, "cancel", actor=actor, reason=reason) for part in parts]
        for part in done:
            _tell_cancelled(part, reason)
        _tell_deciders(done, reason)
    return _own(review, done)


def _open_parts(review: AccessReview, revision: int | None) -> list[AccessReview]:
    """The parts that are still open, locked; that of the page among them, on the revision that was on the screen."""
    rows = AccessReview.objects.select_for_update(of=("self",)).filter(number=review.number, state=ReviewState.OPEN)
    parts = list(rows.select_related("reviewer", "organization").order_by("pk"))
    own = next((part for part in parts if part.pk == review.pk), None)
    if own is None:
        raise WrongState("This review is over.")
    if revision is not None and own.revision != revision:
        raise Changed("Somebody changed this review while you had it open. Look at it again before you decide.")
    return parts


def _own(review: AccessReview, parts: Sequence[AccessReview]) -> AccessReview:
    return next(part for part in parts if part.pk == review.pk)


def _day(day: dt.date) -> str:
    return f"{day:%-d %B %Y}"


def _tell_moved(part: AccessReview, reason: str) -> None:
    message = Message(
        key=f"access_review_moved:{part.pk}:{part.revision}",
        subject=f"Answer until {_day(part.due_on)}: {part.title}",
        body=f"The last day of the review was moved. {reason.strip()}",
        path=part.organization.path("administration:review", review=part.pk),
    )
    notify(part.reviewer, message)


def _tell_cancelled(part: AccessReview, reason: str) -> None:
    count = len(part.answers) - part.unanswered()
    answered = f"Your {count} {'answer is' if count == 1 else 'answers are'} kept; no right ended or changed."
    message = Message(
        key=f"access_review_cancelled:{part.pk}",
        subject=f"You need not review rights any more: {part.title}",
        body=f"{reason.strip()}\n{answered if count else 'No right ended or changed.'}",
        path=part.organization.path("administration:review", review=part.pk),
        stands_alone=True,
    )
    notify(part.reviewer, message)


def _tell_deciders(parts: Sequence[AccessReview], reason: str) -> None:
    """What reviewers had asked for does not happen by itself any more: who decides about rights is told."""
    wanted = [
        f"{DECISIONS[each['decision']]}: {each['person']}, {each['right']}. {each['comment']} ({part.reviewer})"
        for part in parts
        for each in part.answers
        if each["decision"] in ("change", "remove")
    ]
    first = parts[0]
    message = Message(
        key=f"access_reviews_cancelled:{first.number}",
        subject=f"The access review was cancelled: {first.title}",
        body="\n".join([reason.strip(), *(wanted or ["Nobody had asked to change or to remove a right."])]),
        path=first.organization.path("administration:review", review=first.pk),
        stands_alone=True,
    )
    told = {person.pk: person for who in (Capability.ADMINISTER, Capability.HEAD) for person in people_with(who)}
    for person in told.values():
        notify(person, message)
