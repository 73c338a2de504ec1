"""Access reviews: a campaign asks for every right whether it is still needed; each reviewer signs (EMA A3.2)."""

import datetime as dt
from collections import defaultdict
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, QuerySet

from cqms.access.models import AccessReview, ReviewState, RoleAssignment
from cqms.access.policies import policy
from cqms.access.reach import people_with, reach_of
from cqms.access.roles import ROLES
from cqms.access.segregation import REVIEWER_NOT_OF_OWN_RIGHTS
from cqms.accounts.models import User
from cqms.administration.policies import may_decide_about_roles
from cqms.audit import services as audit
from cqms.audit.refusals import Blocked, Changed, WrongState, refusable
from cqms.configuration.selectors import current_settings
from cqms.notifications.services import Message, notify
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership, Organization
from cqms.organizations.scope import current_organization_id, scope, today
from cqms.portal.selectors import current
from cqms.portal.services import end_role
from cqms.signatures.models import Meaning
from cqms.signatures.services import Credentials
from cqms.workflow.engine import Step, Workflow

_S = ReviewState
DECISIONS = {"keep": "Keep", "change": "Change", "remove": "Remove"}


@policy("Only the reviewer who was named may do this.")
def is_reviewer(person: User, review: AccessReview) -> bool:
    """Being the one who answers."""
    return review.reviewer_id == person.pk


def open_answers(review: AccessReview, _actor: User | None) -> list[str]:
    """What is left to answer."""
    count = review.unanswered()
    return [f"{count} {'right has' if count == 1 else 'rights have'} no answer yet."] if count else []


REVIEW = Workflow(
    "access.accessreview",
    states=ReviewState,
    tones={_S.OPEN: "progress", _S.CONCLUDED: "good", _S.LAPSED: "warn", _S.CANCELLED: "neutral"},
    steps=(
        Step("conclude", (_S.OPEN,), _S.CONCLUDED, "Sign the review", "concluded the access review",
             "Rights to remove end now. Rights to change are brought to the administrators.",
             allowed=is_reviewer, blockers=open_answers, signature=Meaning.REVIEWED, kind="primary"),
        Step("cancel", (_S.OPEN,), _S.CANCELLED, "Cancel the campaign", "cancelled the access review",
             "Every part of the campaign that nobody has signed ends. What was answered is kept, and no right ends or "
             "changes by it. Reviewers are told. This cannot be undone; another campaign can be opened.",
             allowed=may_decide_about_roles, reason=True, kind="danger"),
        Step("lapse", (_S.OPEN,), _S.LAPSED, "Lapse", "let the access review lapse",
             "Its time has passed; what the settings say about unanswered rights is done."),
    ),
)  # fmt: skip


def check_day(due_on: dt.date) -> None:
    """A day on which reviewers can still answer. Raises ValidationError for one before tomorrow."""
    if due_on <= today():
        raise ValidationError({"due_on": "Give the reviewers at least until tomorrow."})


@transaction.atomic
def open_campaign(title: str, *, due_on: dt.date, actor: User) -> list[AccessReview]:
    """Ask the manager of every person, or else the head of quality, about each right that is held now.

    Nobody is asked about their own rights. Raises Denied, ValidationError, and Blocked while another runs.
    """
    may_decide_about_roles.demand(actor)
    check_day(due_on)
    Organization.objects.select_for_update().get(pk=current_organization_id())
    if AccessReview.objects.filter(state=_S.OPEN).exists():
        raise Blocked(["Another campaign is still open."])
    number = (AccessReview.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    made = [
        _ask(reviewer, rows, AccessReview(number=number, title=title.strip(), due_on=due_on), actor)
        for reviewer, rows in _by_reviewer().items()
        if reviewer is not None
    ]
    if not made:
        raise Blocked(["Nobody holds a right that somebody else could review."])
    return made


def answer(review: AccessReview, given: dict[int, tuple[str, str]], *, actor: User, revision: int) -> AccessReview:
    """Keep answers, by assignment: the decision and a comment. A change or a removal says why.

    Raises Denied, Changed, and ValidationError for each decision that does not exist (at `decision:<assignment>`) or
    lacks its comment (at `comment:<assignment>`).
    """
    is_reviewer.demand(actor, review)
    row = AccessReview.objects.select_for_update().get(pk=review.pk)
    if row.revision != revision:
        raise Changed("Somebody changed this review while you had it open. Both versions are shown below.")
    if row.state != _S.OPEN:
        raise WrongState("This review is over.")
    if set(given) - {each["assignment"] for each in row.answers}:
        raise ValidationError({"answers": "This review does not ask about all of these rights."})
    problems: dict[str, str] = {}
    for each in row.answers:
        decision, comment = given.get(each["assignment"], (each["decision"], each["comment"]))
        problems |= _problem(each, decision, comment.strip())
        each["decision"], each["comment"] = decision, comment.strip()
    if problems:
        raise ValidationError(problems)
    left = row.unanswered()
    return audit.save(row, actor=actor, verb="answer", sentence=f"answered; {left} of {len(row.answers)} are left")


def conclude(review: AccessReview, *, actor: User, revision: int, credentials: Credentials | None) -> AccessReview:
    """Sign the answers; what is to be removed ends, what is to be changed is brought to the administrators.

    Raises a Refused: Blocked too where the role of the last administrator would end.
    """
    with refusable(review, actor=actor, attempt=REVIEW.attempt("conclude")):
        done = REVIEW.perform(review, "conclude", actor=actor, revision=revision, credentials=credentials)
        for each in done.answers:
            if each["decision"] == "remove":
                _end(each, done, actor)
        _bring_changes(done)
    return done


def lapse_overdue(organization: Organization) -> int:
    """End reviews whose time has passed; unanswered rights end where the settings say so. Safe to run again.

    The last administrator stays one. Administrators and the reviewer are told what ended, and what should change.
    """
    with scope(organization):
        rows = AccessReview.objects.select_for_update().filter(state=_S.OPEN, due_on__lt=today())
        overdue = list(rows.order_by("pk"))
        suspends = current_settings().suspends_unanswered
        for review in overdue:
            done = REVIEW.perform(review, "lapse", actor=None)
            over = [each for each in done.answers if suspends and each["decision"] in ("", "remove")]
            _tell_lapsed(done, [_end_unless_last(each, done) for each in over])
            _bring_changes(done)
    return len(overdue)


def reviews() -> QuerySet[AccessReview]:
    """Every review of the open organization."""
    rows: QuerySet[AccessReview] = AccessReview.objects.select_related("reviewer", "opened_by", "organization")
    return rows


def reviews_for(person: User) -> QuerySet[AccessReview]:
    """The reviews that exist for a person: all for who decides about roles, else those that they answer."""
    return reviews() if may_decide_about_roles(person) else reviews().filter(reviewer=person)


def waiting_for(person: User) -> list[AccessReview]:
    """The reviews that wait for the person's answers."""
    return list(reviews().filter(state=_S.OPEN, reviewer=person)) if reach_of(person).reviews_rights else []


def open_of(person: User) -> list[AccessReview]:
    """The reviews that a person has to answer."""
    return list(reviews().filter(state=_S.OPEN, reviewer=person))


def answer_on(review: Any, heir: User, actor: User, reason: str) -> object:
    """Let somebody else answer a review, and what it asks about rights of theirs yet another person; it lapses itself.

    Raises ValidationError where nobody else could.
    """
    asked = [each["assignment"] for each in review.answers]
    own = set(RoleAssignment.objects.filter(pk__in=asked, user=heir).values_list("pk", flat=True))
    theirs = [each for each in review.answers if each["assignment"] in own]
    _ask_too(heir, [each for each in review.answers if each not in theirs], review, actor, reason)
    if theirs:
        others = [each for each in _heads() if each.pk not in (heir.pk, review.reviewer_id)]
        if not others:
            raise ValidationError(REVIEWER_NOT_OF_OWN_RIGHTS.sentence)
        _ask_too(others[0], theirs, review, actor, reason)
    return REVIEW.perform(review, "lapse", actor=None)


def _ask_too(reviewer: User, rows: list[Any], review: AccessReview, actor: User, reason: str) -> None:
    """Add rows to the part of a campaign that a reviewer answers; a part that is signed already takes none."""
    if not rows:
        return
    part = AccessReview.objects.filter(number=review.number, reviewer=reviewer).first()
    if part is not None and part.state != _S.OPEN:
        raise ValidationError(f"{reviewer} has signed their part of this campaign. Choose somebody else.")
    part = part or AccessReview(
        number=review.number, title=review.title, due_on=review.due_on, opened_by=review.opened_by, reviewer=reviewer
    )
    part.answers = [*part.answers, *rows]
    said = f"asked {reviewer} to review {len(rows)} {'right' if len(rows) == 1 else 'rights'} instead of who leaves"
    audit.save(part, actor=actor, verb="hand over", sentence=said, reason=reason)


def _heads() -> list[User]:
    return [*people_with(Capability.HEAD), *people_with(Capability.ASSURE), *people_with(Capability.ADMINISTER)]


def without_reviewer() -> list[str]:
    """The rights that a campaign would not ask about, in words: nobody could review them but who holds them."""
    return [f"{_right(row)} of {row.user}" for row in _by_reviewer().get(None, ())]


def _by_reviewer() -> dict[User | None, list[RoleAssignment]]:
    """All rights that are held now by who is asked about them: the manager of the person, or else a head of quality."""
    managers = dict(Membership.objects.filter(manager__isnull=False).values_list("user_id", "manager_id"))
    present = set(Membership.objects.filter(current()).values_list("user_id", flat=True))
    heads = _heads()
    people = {person.pk: person for person in User.objects.filter(pk__in={*managers.values()} & present)}
    found: dict[User | None, list[RoleAssignment]] = defaultdict(list)
    for row in RoleAssignment.objects.filter(current(), user__in=present).select_related("user").order_by("user__name"):
        manager = people.get(managers.get(row.user_id, 0))
        candidates = [*([manager] if manager else []), *heads]
        found[next((each for each in candidates if each.pk != row.user_id), None)].append(row)
    return found


def _ask(reviewer: User, rows: list[RoleAssignment], review: AccessReview, actor: User) -> AccessReview:
    review.reviewer, review.opened_by = reviewer, actor
    review.answers = [
        {
            "assignment": row.pk,
            "person": row.user.name,
            "right": _right(row),
            "decision": "",
            "comment": "",
        }
        for row in rows
    ]
    said = f"asked {reviewer} to review {len(rows)} {'right' if len(rows) == 1 else 'rights'}"
    audit.save(review, actor=actor, verb="open", sentence=said)
    organization = Organization.objects.get(pk=review.organization_id)
    message = Message(
        key=f"access_review:{review.pk}",
        subject=f"Please review {len(rows)} rights: {review.title}",
        body=f"Say for each whether it is still needed, by {review.due_on:%-d %B %Y}.",
        path=organization.path("administration:review", review=review.pk),
    )
    notify(reviewer, message)
    return review


def _right(row: RoleAssignment) -> str:
    return f"{ROLES[row.role].label} in {row.place}"


def _problem(each: dict[str, object], decision: str, comment: str) -> dict[str, str]:
    """What is wrong with an answer, beside which field."""
    if decision and decision not in DECISIONS:
        return {f"decision:{each['assignment']}": "Choose keep, change or remove."}
    if decision in ("change", "remove") and not comment:
        return {f"comment:{each['assignment']}": f"Say why: {each['right']} of {each['person']}."}
    return {}


def _end(each: dict[str, object], review: AccessReview, actor: User | None) -> None:
    row = RoleAssignment.objects.filter(pk=each["assignment"]).first()
    if row is None or not row.is_current():
        return
    why = f"{review.title}: {each['comment'] or 'nobody confirmed it in time'}"
    end_role(row, actor=actor, reason=why)


def _end_unless_last(each: dict[str, object], review: AccessReview) -> str:
    """End a right that nobody confirmed, but never that of the last administrator; what was done, in words."""
    told = f"{each['person']}, {each['right']}"
    try:
        _end(each, review, None)
    except Blocked as refusal:
        said = f"left {told}, though nobody confirmed it in time"
        audit.append(review, actor=None, verb="keep", sentence=said, reason=refusal.sentence)
        return f"Stays: {told}. {refusal.sentence}"
    return f"Ended: {told}"


def _tell_lapsed(review: AccessReview, done: list[str]) -> None:
    organization = Organization.objects.get(pk=review.organization_id)
    message = Message(
        key=f"access_review_lapsed:{review.pk}",
        subject=f"Nobody signed in time: {review.title}",
        body="\n".join(done) or "Every right stays as it was.",
        path=organization.path("administration:review", review=review.pk),
        stands_alone=True,
    )
    told = {person.pk: person for person in [*people_with(Capability.ADMINISTER), review.reviewer]}
    for person in told.values():
        notify(person, message)


def _bring_changes(review: AccessReview) -> None:
    wanted = [each for each in review.answers if each["decision"] == "change"]
    if not wanted:
        return
    body = "\n".join(f"{each['person']}, {each['right']}: {each['comment']}" for each in wanted)
    organization = Organization.objects.get(pk=review.organization_id)
    for person in people_with(Capability.ADMINISTER):
        message = Message(
            key=f"access_review_changes:{review.pk}",
            subject=f"{review.reviewer} asks to change {len(wanted)} {'right' if len(wanted) == 1 else 'rights'}",
            body=body,
            path=organization.path("administration:review", review=review.pk),
            stands_alone=True,
        )
        notify(person, message)
