"""Asking for a role: at once where nothing speaks against it, decided by a second person where it has weight."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from cqms.access import services as access
from cqms.access.anchors import ORGANIZATION, anchor_model
from cqms.access.models import RoleAssignment, RoleRequest, RoleRequestState
from cqms.access.policies import may, policy
from cqms.access.reach import people_with, reach_of
from cqms.access.roles import ROLES
from cqms.access.segregation import REQUESTER_DOES_NOT_APPROVE
from cqms.access.services import EVERYWHERE, Narrowing, Place, Terms
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import kind_of
from cqms.audit.refusals import Blocked, Denied, Refused, refusable
from cqms.configuration.selectors import current_settings
from cqms.notifications.services import Message, notify
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership, Organization
from cqms.organizations.scope import current_organization_id
from cqms.portal.policies import may_administer
from cqms.workflow.engine import Step, Workflow

_S = RoleRequestState


@dataclass(frozen=True)
class Wish:
    """Which role for whom, where (None: the whole organization), until when, why, and from when (None: from now)."""

    person: User
    role: str
    at: Place | None = None
    ends_at: datetime | None = None
    only: Narrowing = EVERYWHERE
    reason: str = ""
    by_claim: bool = False
    starts_at: datetime | None = None


@policy("Only who asked for the role may do this.", REQUESTER_DOES_NOT_APPROVE.sentence)
def is_requester(person: User, request: RoleRequest) -> bool:
    """Having asked for the role, for oneself or for somebody."""
    return request.requested_by_id == person.pk


@policy("Only who would receive the role may do this.", REQUESTER_DOES_NOT_APPROVE.sentence)
def is_receiver(person: User, request: RoleRequest) -> bool:
    """Being the person who would receive the role."""
    return request.user_id == person.pk


may_decide = (may_administer | may(Capability.HEAD)) & ~is_requester & ~is_receiver

REQUEST = Workflow(
    "access.rolerequest",
    states=RoleRequestState,
    tones={_S.REQUESTED: "progress", _S.GRANTED: "good", _S.REFUSED: "neutral", _S.WITHDRAWN: "neutral"},
    steps=(
        Step("grant", (_S.REQUESTED,), _S.GRANTED, "Give the role", "agreed to the role",
             "The person holds the role from this moment. It can be ended again.", allowed=may_decide, kind="primary"),
        Step("refuse", (_S.REQUESTED,), _S.REFUSED, "Refuse", "refused the role",
             "Nobody receives the role. It can be asked for again.", allowed=may_decide, reason=True, kind="danger"),
        Step("withdraw", (_S.REQUESTED,), _S.WITHDRAWN, "Withdraw", "withdrew the request",
             "Nobody receives the role. It can be asked for again.", allowed=is_requester),
        Step("lapse", (_S.REQUESTED,), _S.WITHDRAWN, "Lapse", "let the request lapse",
             "The person who would receive the role does not belong here any more."),
    ),
)  # fmt: skip


def ask_for_role(wish: Wish, *, actor: User) -> RoleAssignment | RoleRequest:
    """Give the role at once, or ask for it where it has weight or is for oneself and somebody else can decide.

    Raises ValidationError as giving does, and Blocked where the same role is asked for already or nobody can decide.
    """
    for_oneself = wish.person.pk == actor.pk
    needs_two = ROLES[wish.role].has_weight or for_oneself
    if not needs_two or (not for_oneself and not deciders(wish.person, actor)):
        may_administer.demand(actor)
        return _give(wish, actor=actor)
    if reach_of(actor).is_guest or not (for_oneself or may_administer(actor)):
        raise Denied("A guest asks the person who invited them." if for_oneself else may_administer.refusal)
    return _ask(wish, actor)


def ask_for_claimed(person: User, roles: Iterable[str], provider: str) -> None:
    """Ask, in the name of who signed in, for roles with weight that the provider of the organization names for them.

    Asked once: what was refused or withdrawn is not asked for again by signing in. A role for a time is asked for as
    long as guests may stay. What cannot be asked for is told in the trail of the person.
    """
    for role in sorted(roles):
        last = RoleRequest.objects.filter(user=person, role=role, anchor_kind=ORGANIZATION).order_by("-pk").first()
        if last is not None and last.state != _S.GRANTED:
            continue
        days = timedelta(days=current_settings().guest_days)
        until = timezone.now() + days if ROLES[role].is_for_a_time else None
        reason = f"{provider} names this role for {person}."
        try:
            _ask(Wish(person, role, ends_at=until, reason=reason, by_claim=True), person)
        except (Refused, ValidationError) as problem:
            why = problem.sentence if isinstance(problem, Refused) else " ".join(problem.messages)
            told = f"could not be asked the role {ROLES[role].label} that {provider} names"
            audit.append(Membership.objects.get(user=person), actor=person, verb="refuse", sentence=told, reason=why)


def deciders(receiver: User, requester: User) -> list[User]:
    """Who can decide about a role: administrators and heads of quality, except who asks and who receives."""
    found = {person.pk: person for who in (Capability.ADMINISTER, Capability.HEAD) for person in people_with(who)}
    return [person for pk, person in found.items() if pk not in (receiver.pk, requester.pk)]


def grant(request: RoleRequest, *, actor: User, revision: int) -> RoleRequest:
    """Agree, and give the role. Raises a Refused, or ValidationError when the role cannot be given any more."""
    with refusable(request, actor=actor, attempt=REQUEST.attempt("grant")):
        done = REQUEST.perform(request, "grant", actor=actor, revision=revision, values={"decided_by": actor})
        asked_by = done.requested_by if done.requested_by_id != done.user_id else actor
        _give(_wish_of(done), actor=asked_by, approved_by=actor)
    return done


def refuse(request: RoleRequest, *, actor: User, revision: int, reason: str) -> RoleRequest:
    """Do not agree; who asked is told why. Raises a Refused."""
    done = REQUEST.perform(
        request, "refuse", actor=actor, revision=revision, reason=reason, values={"decided_by": actor}
    )
    _tell(done.requested_by, done, f"{done} was refused", reason)
    return done


def withdraw(request: RoleRequest, *, actor: User, revision: int) -> RoleRequest:
    """Take the request back. Raises a Refused."""
    return REQUEST.perform(request, "withdraw", actor=actor, revision=revision)


def lapse_requests_for(person: User) -> int:
    """Let what is asked for a leaver lapse; how many requests."""
    found = list(RoleRequest.objects.filter(user=person, state=_S.REQUESTED))
    for request in found:
        REQUEST.perform(request, "lapse", actor=None)
    return len(found)


def requests() -> QuerySet[RoleRequest]:
    """Every request of the open organization."""
    rows: QuerySet[RoleRequest] = RoleRequest.objects.select_related(
        "user", "requested_by", "decided_by", "organization"
    )
    return rows


def waiting_for(person: User) -> Sequence[RoleRequest]:
    """The requests about which the person can decide."""
    if not (may_administer(person) or may(Capability.HEAD)(person)):
        return []
    return [row for row in requests().filter(state=_S.REQUESTED).order_by("pk") if may_decide(person, row)]


def _ask(wish: Wish, actor: User) -> RoleRequest:
    place = wish.at or Organization.objects.get(pk=current_organization_id())
    access.check_gift(wish.person, wish.role, place, wish.ends_at, wish.only)
    same = {"user": wish.person, "role": wish.role, "anchor_kind": kind_of(place), "anchor_id": place.pk}
    if RoleRequest.objects.filter(state=_S.REQUESTED, **same).exists():
        raise Blocked(["This role is asked for already and waits for a decision."])
    people = deciders(wish.person, actor)
    if not people:
        raise Blocked(["Nobody else can decide about it. Name a second administrator or a quality head first."])
    request = RoleRequest(
        **same,
        anchor_label=str(place)[:300],
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        countries=list(wish.only.countries),
        sites=list(wish.only.sites),
        by_claim=wish.by_claim,
        reason=wish.reason.strip() or "Given by an administrator.",
        requested_by=actor,
    )
    said = f"asked for the role {ROLES[wish.role].label} for {wish.person} in {place}"
    audit.save(request, actor=actor, verb="ask for role", sentence=said, reason=wish.reason)
    for person in people:
        _tell(person, request, f"{actor} asks for a role: {request}", request.reason)
    return request


def _give(wish: Wish, *, actor: User, approved_by: User | None = None) -> RoleAssignment:
    terms = Terms(approved_by, wish.by_claim, wish.starts_at)
    return access.give_role(
        wish.person, wish.role, actor=actor, at=wish.at, ends_at=wish.ends_at, only=wish.only, terms=terms
    )


def _wish_of(request: RoleRequest) -> Wish:
    place = anchor_model(request.anchor_kind)._default_manager.get(pk=request.anchor_id)
    only = Narrowing(tuple(request.countries), tuple(request.sites))
    return Wish(
        request.user, request.role, place, request.ends_at, only, request.reason, request.by_claim, request.starts_at
    )


def _tell(person: User, request: RoleRequest, subject: str, body: str) -> None:
    path = request.organization.path("administration:request", wish=request.pk)
    key = f"role_request:{request.pk}:{request.state}"
    notify(person, Message(key=key, subject=subject[:200], body=body, path=path), record=None)
