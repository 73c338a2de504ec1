"""Periodic reviews: opened in time, concluded with a signed verdict, and what the verdict sets in motion."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.refusals import Blocked, Changed, WrongState, refusable
from cqms.configuration.selectors import current_settings
from cqms.deadlines import services as deadlines
from cqms.deadlines.selectors import open_deadlines_about
from cqms.notifications.services import Message, notify
from cqms.organizations.models import Organization
from cqms.signatures.services import Credentials
from documents.models import PeriodicReview, ReviewState, Verdict, Version, VersionState
from documents.policies import may_control, owns_the_process
from documents.steps import check_day, next_review
from documents.workflow import PERIODIC_REVIEW

OPENED_BEFORE = dt.timedelta(days=60)
FOLLOWED = {Verdict.REVISE: "documents.revise", Verdict.RETIRE: "documents.retire"}
"""The task that a verdict asks for, by which the organization's settings say how long it may take."""


def open_periodic_reviews(organization: Organization) -> list[PeriodicReview]:
    """Open the review of every effective version that is due within 60 days, once for each due date. Run by beat."""
    horizon = organization.today() + OPENED_BEFORE
    due = Version.objects.filter(state=VersionState.EFFECTIVE, next_review_on__lte=horizon)
    known = PeriodicReview.objects.filter(version=OuterRef("pk"))
    asked = known.filter(Q(state=ReviewState.OPEN) | Q(due_on=OuterRef("next_review_on")))
    due = due.exclude(Exists(asked)).select_related("document__owner").order_by("next_review_on", "pk")
    return [_open(version, version.next_review_on) for version in due if version.next_review_on]


def plan_review(version: Version, *, actor: User, day: dt.date, reason: str, revision: int | None = None) -> Version:
    """Set another date for the next review of an effective version, with the reason.

    Raises Denied where the actor does not control documents, Changed, WrongState, ValidationError.
    """
    with refusable(version, actor=actor, attempt="plan the next review"), transaction.atomic():
        row = Version.objects.select_for_update(of=("self",)).get(pk=version.pk)
        may_control.demand(actor, row)
        if revision is not None and row.revision != revision:
            raise Changed("Somebody changed this version while you had it open. Both versions are shown below.")
        if row.state != VersionState.EFFECTIVE:
            raise WrongState("Only an effective version has a next review.")
        check_day(day, row.organization, beside="next_review_on")
        row.next_review_on = day
        return audit.save(
            row, actor=actor, verb="plan review", sentence="set the date of the next review", reason=reason
        )


def change_review(review: PeriodicReview, *, actor: User, verdict: str, comment: str) -> PeriodicReview:
    """Note verdict and grounds before they are signed. Raises ValidationError for an unknown verdict."""
    if verdict not in Verdict.values:
        raise ValidationError({"verdict": "Choose one of the verdicts."})
    with transaction.atomic():
        row = PeriodicReview.objects.select_for_update(of=("self",)).get(pk=review.pk)
        row.verdict, row.comment = verdict, comment.strip()
        return audit.save(row, actor=actor)


def conclude_review(
    review: PeriodicReview,
    *,
    actor: User,
    verdict: str,
    comment: str,
    credentials: Credentials,
    revision: int | None = None,
) -> PeriodicReview:
    """Sign the verdict. “No change” sets the next review date; otherwise the owner gets a deadline for what follows.

    Raises a Refused with a sentence; nothing of the verdict is kept then.
    """
    with refusable(review, actor=actor, attempt=PERIODIC_REVIEW.attempt("conclude")):
        row = PeriodicReview.objects.select_for_update(of=("self",)).get(pk=review.pk)
        if revision is not None and row.revision != revision:
            return PERIODIC_REVIEW.perform(row, "conclude", actor=actor, revision=revision)
        if not (verdict and comment.strip()):
            raise Blocked(["Choose a verdict and give the grounds."])
        row = change_review(row, actor=actor, verdict=verdict, comment=comment) if _may(row, actor) else row
        row = PERIODIC_REVIEW.perform(row, "conclude", actor=actor, credentials=credentials)
        for deadline in open_deadlines_about(row):
            deadlines.meet(deadline, actor=actor)
        _follow(row, actor)
    return row


def _may(review: PeriodicReview, actor: User) -> bool:
    return owns_the_process(actor, review) and review.state == ReviewState.OPEN


def _open(version: Version, due_on: dt.date) -> PeriodicReview:
    document = version.document
    with transaction.atomic():
        review = audit.save(
            PeriodicReview(version=version, due_on=due_on),
            actor=None,
            verb="open review",
            sentence=f"opened the periodic review of version {version.label}",
        )
        duty = deadlines.Duty("periodic_review", f"Periodic review of {document.number}", _verdict_path(review))
        deadlines.open_deadline(review, duty, due=review.due_on, owner=document.owner, actor=None)
        notify(
            document.owner,
            Message(
                key=f"review:{review.pk}:opened",
                kind="documents.periodic_review",
                subject=f"Periodic review of {document.number} is due on {review.due_on:%d %b %Y}",
                body="Decide whether the document is still right: no change, revise, or retire.",
                path=_verdict_path(review),
            ),
            record=review,
        )
    return review


def _verdict_path(review: PeriodicReview) -> str:
    number = review.version.document.number
    return review.organization.path("documents:review", number=number, review=review.pk, step="conclude")


def _follow(review: PeriodicReview, actor: User) -> None:
    version = Version.objects.select_for_update(of=("self",)).get(pk=review.version_id)
    verdict = Verdict(review.verdict)
    if verdict == Verdict.NO_CHANGE:
        version.next_review_on = next_review(version, since=review.due_on)
        audit.save(version, actor=None, verb="plan review", sentence="set the date of the next review", in_step=True)
        return
    document = version.document
    time = dt.timedelta(days=current_settings().days_for(FOLLOWED[verdict]))
    today = review.organization.today()
    duty = deadlines.Duty(f"verdict:{review.pk}", f"{verdict.label} {document.number}", _path_after(verdict, version))
    deadlines.open_deadline(version, duty, due=today + time, owner=document.owner, actor=actor)


def _path_after(verdict: Verdict, version: Version) -> str:
    number = version.document.number
    if verdict == Verdict.REVISE:
        return version.organization.path("documents:new_version", number=number)
    return version.organization.path("documents:step", number=number, label=version.label, step="retire")
