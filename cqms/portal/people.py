"""What is decided about one member: department, manager, guests, absence, proof of identity, training, leaving."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cqms.access import services as access
from cqms.access.models import RoleAssignment
from cqms.access.reach import covers
from cqms.access.roles import ROLES
from cqms.access.segregation import NO_RIGHT_FOR_ONESELF
from cqms.accounts.models import User
from cqms.api.models import ApiToken
from cqms.audit import services as audit
from cqms.audit.refusals import Blocked
from cqms.identity.factors import factors_of, remove_all
from cqms.identity.sessions import end_sessions
from cqms.identity.telling import mail
from cqms.identity.where import NOWHERE
from cqms.notifications.services import Message, notify
from cqms.organizations.models import Membership
from cqms.organizations.scope import current_organization_id, scope_cache
from cqms.organizations.selectors import belongs_elsewhere
from cqms.portal import handover
from cqms.portal.policies import may_administer
from cqms.portal.role_requests import lapse_requests_for
from cqms.portal.services import check_stay, keep_an_administrator


def change_member(
    member: Membership,
    *,
    department: str,
    manager: User | None,
    actor: User,
    revision: int,
    reason: str = "",
    source: str = "",
) -> Membership:
    """Change where a member stands, with a reason or as a `source` says that is named instead.

    Raises Stale, and ValidationError where somebody would stand above themselves or nothing says why.
    """
    may_administer.demand(actor)
    row = _locked(member, revision)
    if manager is not None and manager.pk == row.user_id:
        raise ValidationError({"manager": "Nobody is their own manager."})
    row.department, row.manager = department.strip(), manager
    said = f"changed where {row.user} stands{f', from {source}' if source else ''}"
    return audit.save(row, actor=actor, sentence=said, verb="change", reason=reason, in_step=bool(source))


def change_stay(member: Membership, ends_at: datetime | None, *, actor: User, reason: str) -> Membership:
    """Let a membership end at another moment, or at none; nobody does it for themselves.

    Roles that ended with it move along, save those that two people give when it grows longer; none outlasts it.
    Raises Stale, Blocked, and ValidationError for a stay that is over, too long for a guest, or already past.
    """
    may_administer.demand(actor)
    if actor.pk == member.user_id:
        raise ValidationError({"until": NO_RIGHT_FOR_ONESELF.sentence})
    check_stay(member.kind, ends_at)
    if ends_at is not None:
        if ends_at <= timezone.now():
            raise ValidationError({"until": "This day has passed. To end the membership now, end it on its own page."})
        keep_an_administrator(without=member.user)
    with transaction.atomic():
        row = _locked(member, member.revision)
        if not row.is_current() and row.starts_at <= timezone.now():
            raise Blocked(["The membership has ended. Invite the person again."])
        before, row.ends_at = row.ends_at, ends_at
        audit.save(row, actor=actor, verb="change stay", sentence=f"changed how long {row.user} stays", reason=reason)
        for role in RoleAssignment.objects.select_for_update().filter(user=row.user, ends_at__gt=timezone.now()):
            if _moves_along(role, before, ends_at):
                access.move_end(role, ends_at, actor=actor, reason=reason)
    scope_cache().clear()
    return row


def _moves_along(role: RoleAssignment, before: datetime | None, after: datetime | None) -> bool:
    """Whether a role that ends some day ends with the membership, and may by one person's word."""
    if role.ends_at is None:
        return False
    if after is not None and role.ends_at > after:
        return True
    about = ROLES[role.role]
    return role.ends_at == before and not about.has_weight and not (after is None and about.is_for_a_time)


def go_away(member: Membership, *, delegate: User, since: datetime, until: datetime, actor: User) -> Membership:
    """Let somebody act for a member while they are away; by the member themselves or an administrator.

    The delegate signs under their own name, and must be allowed to see everything that the member sees.
    Raises ValidationError.
    """
    if actor.pk != member.user_id:
        may_administer.demand(actor)
    if until <= since or until <= timezone.now():
        raise ValidationError({"until": "The absence ends before it begins, or has ended."})
    other = Membership.objects.filter(user=delegate).first()
    if delegate.pk == member.user_id or other is None or not other.is_current() or other.is_guest:
        raise ValidationError({"delegate": "Choose another present member."})
    if not covers(delegate, member.user):
        sentence = f"{delegate} may not see all that {member.user} sees. Choose somebody who may."
        raise ValidationError({"delegate": sentence})
    row = _locked(member, member.revision)
    row.delegate, row.away_from, row.away_until = delegate, since, until
    said = f"named {delegate} to act for {row.user} while away"
    audit.save(row, actor=actor, verb="delegate", sentence=said)
    scope_cache().clear()
    _tell_delegate(row)
    return row


def come_back(member: Membership, *, actor: User) -> Membership:
    """End the absence now. Nobody acts for the member any more."""
    if actor.pk != member.user_id:
        may_administer.demand(actor)
    row = _locked(member, member.revision)
    row.delegate = row.away_from = row.away_until = None
    audit.save(row, actor=actor, verb="return", sentence=f"ended the absence of {row.user}")
    scope_cache().clear()
    return row


def prove_identity(member: Membership, *, how: str, actor: User) -> Membership:
    """Write down how it was established who the person is (21 CFR 11.100(b)); nobody vouches for themselves."""
    may_administer.demand(actor)
    if actor.pk == member.user_id:
        raise ValidationError({"how": "Nobody proves their own identity. Ask another administrator."})
    row = _locked(member, member.revision)
    row.identity_proof, row.identity_proven_by, row.identity_proven_at = how.strip(), actor, timezone.now()
    audit.save(row, actor=actor, verb="prove identity", sentence=f"proved the identity of {row.user}")
    scope_cache().clear()
    return row


def note_introduction(member: Membership, *, evidence: str, actor: User) -> Membership:
    """Write down that the person was trained on the portal, and where the evidence lies (ICH E6(R3) 4.3.8)."""
    may_administer.demand(actor)
    row = _locked(member, member.revision)
    row.introduction, row.introduced_at = evidence.strip(), timezone.now()
    audit.save(row, actor=actor, verb="introduce", sentence=f"noted that {row.user} was trained on the portal")
    scope_cache().clear()
    return row


def sign_out(member: Membership, *, actor: User, reason: str, tokens: bool = False) -> Membership:
    """Shut every session of a person out until they prove anew who they are, for example after a device was lost.

    It counts for the open organization: who works in others goes on there. With `tokens` the API tokens for here end.
    """
    may_administer.demand(actor)
    with transaction.atomic():
        row = _locked(member, member.revision)
        row.signed_out_at = timezone.now()
        _end_sessions(row.user)
        said = f"signed {row.user} out{_tokens_ended(row.user) if tokens else ''}"
        audit.save(row, actor=actor, verb="sign out", sentence=said, reason=reason)
        mail(row.user, f"An administrator of {row.organization} signed you out there", NOWHERE)
    return row


def forget_factors(member: Membership, *, evidence: str, actor: User) -> Membership:
    """Take the lost factors of a member away once it was established anew who they are, as at the beginning.

    The password stays asked for, all sessions end, the person is mailed. Nobody does it for themselves, and an
    organization does it only for who belongs to no other: its word does not weaken the doors of others. Raises Denied,
    Blocked and ValidationError.
    """
    may_administer.demand(actor)
    if actor.pk == member.user_id:
        raise ValidationError({"evidence": "Nobody does this for themselves. Ask another administrator."})
    if belongs_elsewhere(member.user):
        raise Blocked([f"{member.user} signs in to other organizations, too. Who runs the portal has to do it."])
    if not factors_of(member.user):
        raise Blocked([f"{member.user} has no second factor."])
    with transaction.atomic():
        count = remove_all(member.user, detail=f"lost; {actor}")
        end_sessions(member.user, place=NOWHERE)
        said = f"took away {count} lost {'factor' if count == 1 else 'factors'} of {member.user}"
        audit.append(member, actor=actor, verb="reset factors", sentence=said, reason=evidence.strip())
        mail(member.user, f"An administrator of {member.organization} took away your lost second factors", NOWHERE)
    return member


def let_go(member: Membership, heirs: Mapping[str, User], *, actor: User, reason: str) -> Membership:
    """End a membership now: roles, sessions and tokens with it; open work goes to `heirs` by its kind.

    Raises Blocked for the last administrator, and while work would be left without an owner; ValidationError beside the
    kind of work that its heir cannot have.
    """
    may_administer.demand(actor)
    keep_an_administrator(without=member.user)
    left = [each.label for each in handover.held_by(member.user) if each.key not in heirs]
    if left:
        raise Blocked([f"Somebody must take over: {', '.join(left)}."])
    with transaction.atomic():
        lapse_requests_for(member.user)
        handover.hand_over(member.user, heirs, actor=actor, reason=reason)
        member = Membership.objects.select_related("user", "organization").get(pk=member.pk)
        row = access.end_membership(member, actor=actor, reason=reason)
        _end_sessions(member.user)
        said = f"signed {member.user} out{_tokens_ended(member.user)}"
        audit.append(row, actor=actor, verb="sign out", sentence=said, reason=reason)
    return row


def _end_sessions(person: User) -> None:
    """End the sessions of who works here alone; those of others are asked at the door here, and go on elsewhere."""
    if not belongs_elsewhere(person):
        end_sessions(person, place=NOWHERE)


def _tokens_ended(person: User) -> str:
    """End the person's API tokens for here; in words how many there were."""
    rows = ApiToken.objects.filter(user=person, organization_id=current_organization_id(), ended_at__isnull=True)
    count = rows.update(ended_at=timezone.now())
    return f" and ended {count} API {'token' if count == 1 else 'tokens'}"


def _locked(member: Membership, revision: int) -> Membership:
    row = Membership.objects.select_for_update(of=("self",)).select_related("user", "organization").get(pk=member.pk)
    if row.revision != revision:
        raise audit.Stale(row)
    return row


def _tell_delegate(row: Membership) -> None:
    delegate = User.objects.get(pk=row.delegate_id)
    message = Message(
        key=f"delegate:{row.pk}:{row.revision}",
        subject=f"You act for {row.user} while they are away",
        body="What awaits them stands in your Inbox meanwhile. You sign under your own name, for them.",
        path=row.organization.path("portal:inbox"),
        stands_alone=True,
    )
    notify(delegate, message)
