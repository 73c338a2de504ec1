"""The life of a version as services: each step of the workflow, and what follows from it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.refusals import Refused, refusable
from cqms.configuration.selectors import current_settings
from cqms.deadlines import services as deadlines
from cqms.deadlines.selectors import open_deadlines_about
from cqms.events import publish
from cqms.notifications.services import Message, notify
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from cqms.signatures.services import Credentials
from documents.awaiting import awaited_people
from documents.events import VersionApproved, VersionEffective, VersionRetired
from documents.models import Capacity, DocumentType, ReviewState, Version, VersionState
from documents.renditions import ask_for_copy
from documents.selectors import participants
from documents.workflow import PERIODIC_REVIEW, VERSION

TRAINING_WINDOW = dt.timedelta(days=14)
FARTHEST = dt.timedelta(days=3653)
REVIEW_YEARS: dict[str, int] = {DocumentType.POLICY: 3, DocumentType.MANUAL: 3, DocumentType.STUDY_PLAN: 1}
_REVIEW_YEARS_ELSE = 2
DECIDED = ("review", "approve")

_log = structlog.get_logger()


def take_step(
    version: Version,
    key: str,
    *,
    actor: User,
    revision: int | None = None,
    credentials: Credentials | None = None,
    reason: str = "",
    values: Mapping[str, Any] | None = None,
) -> Version:
    """Take one step of the workflow and do what follows from it; returns the version as it is then.

    Raises a Refused with a sentence; ValidationError for the values of `schedule`.
    """
    with refusable(version, actor=actor, attempt=VERSION.attempt(key)):
        planned = Version.objects.select_for_update(of=("self",)).get(pk=version.pk).effective_on
        row = VERSION.perform(
            version, key, actor=actor, revision=revision, credentials=credentials, reason=reason, values=values
        )
        if key == "schedule":
            _check_date(row, planned, reason)
        _follow(row, key, actor)
    return row


def _follow(row: Version, key: str, actor: User) -> None:
    _tend_deadlines(row, key, actor)
    if key in ("send_back", "reject"):
        _tell_author(row, f"{actor.name} sent {row} back to you")
    elif key == "submit":
        for named in participants(row, Capacity.REVIEWER):
            _await(row, named.person, "review", actor)
    elif row.state == VersionState.APPROVED and key == "approve":
        publish(VersionApproved(row.pk, actor.pk))
        _tell_author(row, f"{row} is approved")
        ask_for_copy(row)
    elif row.state == VersionState.RETIRED:
        publish(VersionRetired(row.pk, actor.pk))
        _settle(row)
        ask_for_copy(row)
    elif key == "schedule":
        ask_for_copy(row)
    if row.state == VersionState.IN_APPROVAL:
        for person in awaited_people(row):
            _await(row, person, "approve", actor)


def ask_to_approve(row: Version, person: User, actor: User) -> None:
    """Tell somebody that the approval waits for them, as it was told to whom it waited for before."""
    _await(row, person, "approve", actor)


def ask_to_review(row: Version, person: User, step: str, actor: User) -> None:
    """Tell somebody named in the place of a leaver that it is their turn to `review` or `approve`."""
    _await(row, person, step, actor)


def take_effect(organization: Organization) -> list[Version]:
    """Make every approved version effective whose day has begun in the organization's zone; catches up once.

    Each version and its predecessor change in a transaction of their own (B1): what cannot take effect is logged, is
    tried again by the next call, and holds up no other. What another worker has in hand is left to it.
    """
    with scope(organization):
        due = list(_due(organization).values_list("pk", flat=True))
    made = []
    for pk in due:
        try:
            with scope(organization):
                free = _due(organization).select_for_update(of=("self",), skip_locked=True).select_related("document")
                rows = free.filter(pk=pk)
                made += [_make_effective(row, row.effective_on, organization) for row in rows if row.effective_on]
        except (Refused, ValidationError, DatabaseError) as problem:
            _log.error("not_effective", organization=organization.slug, version=pk, problem=str(problem))
    return made


def _due(organization: Organization) -> QuerySet[Version]:
    today = organization.today()
    due: QuerySet[Version] = Version.objects.filter(state=VersionState.APPROVED, effective_on__lte=today)
    return due.order_by("effective_on", "pk")


def _make_effective(version: Version, day: dt.date, organization: Organization) -> Version:
    moment = first_instant(day, organization)
    with transaction.atomic():
        predecessor = version.document.versions.filter(state=VersionState.EFFECTIVE).first()
        if predecessor is not None:
            predecessor = VERSION.perform(predecessor, "supersede", actor=None, values={"ended_at": moment})
            _settle(predecessor)
            ask_for_copy(predecessor)
        values = {"effective_at": moment, "next_review_on": next_review(version, since=day)}
        row = VERSION.perform(version, "take_effect", actor=None, values=values)
        _rename_document(row)
        publish(VersionEffective(row.pk, predecessor.pk if predecessor else None))
        ask_for_copy(row)
        _tell_author(row, f"{row} is effective")
    return row


def first_instant(day: dt.date, organization: Organization) -> dt.datetime:
    """The first moment of a day in the organization's zone; where midnight does not exist, the moment after it."""
    midnight = dt.datetime.combine(day, dt.time(), tzinfo=organization.timezone)
    return midnight.astimezone(dt.UTC)


def next_review(version: Version, *, since: dt.date) -> dt.date:
    """When the version must be reviewed next: one, two or three years after `since`, by its type."""
    year = since.year + REVIEW_YEARS.get(version.document.type, _REVIEW_YEARS_ELSE)
    try:
        return since.replace(year=year)
    except ValueError:
        return since.replace(year=year, day=28)


def _rename_document(row: Version) -> None:
    document = row.document
    if document.title != row.title:
        document.title = row.title
        audit.save(document, actor=None, reason=f"Version {row.label} took effect")


def check_day(day: dt.date, organization: Organization, *, beside: str) -> dt.date:
    """Today in the organization's zone. Raises ValidationError for a day before it, or too far away to be meant."""
    today = organization.today()
    if day < today:
        raise ValidationError({beside: "The day is in the past. Choose today or a later day."})
    if day > today + FARTHEST:
        raise ValidationError({beside: "The day is more than ten years away. Check the year."})
    return today


def _check_date(version: Version, planned: dt.date | None, reason: str) -> None:
    day = version.effective_on
    if day is None:
        raise ValidationError({"effective_on": "Choose the day from which people work to this version."})
    today = check_day(day, version.organization, beside="effective_on")
    if planned not in (None, day) and not reason.strip():
        raise ValidationError({"reason": f"{planned:%-d %b %Y} was set before: say why the day changes."})
    if day < today + TRAINING_WINDOW and not reason.strip():
        raise ValidationError(
            {"reason": f"Less than {TRAINING_WINDOW.days} days remain for training: say why that is enough."}
        )


def _await(row: Version, person: User, step: str, actor: User) -> None:
    """Tell a person that it is their turn, and set the day by which; whoever may do it for a role gets no deadline."""
    _tell(row, person, f"Please {step} {row}", step)
    is_theirs_alone = step == "review" or len(awaited_people(row)) == 1
    if not is_theirs_alone or any(each.owner_id == person.pk for each in open_deadlines_about(row)):
        return
    today = row.organization.today()
    label = f"{step.capitalize()} {row.document.number} version {row.label}"
    duty = deadlines.Duty(f"{step}:{person.pk}", label, _path(row, step))
    deadlines.open_deadline(row, duty, due=today + _time_for(step), owner=person, actor=actor)


def _time_for(step: str) -> dt.timedelta:
    return dt.timedelta(days=current_settings().days_for(f"documents.{step}"))


def _tend_deadlines(row: Version, key: str, actor: User) -> None:
    """A part that is done meets its deadline; a step that ends the round cancels all of them."""
    for deadline in open_deadlines_about(row):
        if key in ("review", "approve"):
            if deadline.owner_id == actor.pk:
                deadlines.meet(deadline, actor=actor)
        elif key in ("send_back", "reject", "recall", "void"):
            deadlines.drop(deadline, actor=actor, because=f"the version was {VERSION.step(key).past}")


def _settle(row: Version) -> None:
    """What a version that ended still had open: what a verdict asked for is done, another verdict is not needed."""
    for deadline in open_deadlines_about(row):
        deadlines.meet(deadline, actor=None)
    for review in row.reviews.filter(state=ReviewState.OPEN):
        PERIODIC_REVIEW.perform(review, "lapse", actor=None)
        for deadline in open_deadlines_about(review):
            deadlines.drop(deadline, actor=None, because=f"version {row.label} ended before the verdict")


def _path(row: Version, step: str = "") -> str:
    parts = {"number": row.document.number, "label": row.label}
    if step:
        return row.organization.path("documents:step", step=step, **parts)
    return row.organization.path("documents:version", **parts)


def _tell_author(row: Version, subject: str) -> None:
    _tell(row, row.author, subject, row.state)


def _tell(row: Version, person: User, subject: str, occasion: str) -> None:
    notify(
        person,
        Message(
            key=f"version:{row.pk}:{row.state_revision}:{occasion}",
            kind=f"documents.{occasion}",
            subject=subject[:200],
            body=f"{row.change_summary}\n\nReason for the version: {row.change_reason}",
            path=_path(row, occasion if occasion in DECIDED else ""),
        ),
        record=row,
    )
