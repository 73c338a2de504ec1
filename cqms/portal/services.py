"""What administrators do with people: invite, rename, end roles; every act stands in the trail."""

import smtplib
from dataclasses import dataclass
from datetime import datetime

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string

from cqms.access import services as access
from cqms.access.models import RoleAssignment
from cqms.access.services import Place
from cqms.accounts import services as accounts
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.models import SecurityEventKind
from cqms.audit.refusals import Blocked, Refused
from cqms.jobs.services import enqueue
from cqms.notifications.services import Message, notify
from cqms.organizations.models import MemberKind, Membership, Organization
from cqms.organizations.scope import current_organization_id, scope
from cqms.organizations.selectors import belongs_elsewhere, every_organization
from cqms.portal.role_requests import Wish, ask_for_role
from cqms.portal.selectors import current_administrators

INVITE = "portal.invite"
_ADMINISTRATOR = "administrator"


class NotMailed(Refused):
    """The mail server did not take the invitation."""


@dataclass(frozen=True)
class Invitation:
    """Who is let in, as what, with which role; a guest or an inspector until a moment, anybody perhaps from one."""

    email: str
    name: str
    role: str
    at: Place | None = None
    department: str = ""
    kind: str = MemberKind.MEMBER
    ends_at: datetime | None = None
    starts_at: datetime | None = None


def invite(wanted: Invitation, *, actor: User) -> Membership:
    """Let a person into the open organization with a role; a new one gets an account and a link to set a password.

    `name` counts for a new account only: an existing one keeps its printed name. Raises ValidationError for a
    present member and for a closed account.
    """
    place = Organization.objects.get(pk=current_organization_id())
    person = User.objects.filter(email=wanted.email.strip().lower()).first()
    _check_invitation(person)
    check_stay(wanted.kind, wanted.ends_at)
    with transaction.atomic():
        if person is None:
            person = accounts.open_account(email=wanted.email, name=wanted.name, zone=place.zone)
            audit.note_security(SecurityEventKind.ACCOUNT_OPENED, user=person)
        member = access.add_member(
            person,
            actor=actor,
            department=wanted.department,
            kind=wanted.kind,
            ends_at=wanted.ends_at if wanted.kind == MemberKind.GUEST else None,
            starts_at=wanted.starts_at,
        )
        ask_for_role(Wish(person, wanted.role, wanted.at, wanted.ends_at, starts_at=wanted.starts_at), actor=actor)
        _tell(person, member, place, actor)
    return member


def invite_again(member: Membership, *, actor: User) -> None:
    """Send the link to set a password once more. Raises Blocked for who has a password."""
    if member.user.has_usable_password():
        raise Blocked([f"{member.user} has set a password. “I cannot sign in” on the sign-in page sends a new link."])
    audit.append(member, actor=actor, verb="invite", sentence=f"sent {member.user} the invitation again")
    _mail_later(member.user, actor)


def password_address(person: User) -> str:
    """The address of the page on which a person sets a password, good for one use and a few days."""
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    return str(get_adapter().get_reset_password_from_key_url(key))


def mail_invitation(person: User, place: Organization, actor: User | None) -> None:
    """Send the mail with the link that sets the first password. Raises NotMailed."""
    words = {"person": person, "organization": place, "actor": actor, "address": password_address(person)}
    message = EmailMultiAlternatives(
        subject=f"Your account in the quality portal of {place}",
        body=render_to_string("emails/invitation.txt", words),
        to=[person.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string("emails/invitation.html", words), "text/html")
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        raise NotMailed("The mail server did not take the invitation. Try again in a few minutes.") from error


def end_role(assignment: RoleAssignment, *, actor: User | None, reason: str) -> RoleAssignment:
    """Take a role back, now. Raises Blocked for the role of the last administrator."""
    if assignment.role == _ADMINISTRATOR:
        keep_an_administrator(without=assignment.user)
    return access.end_role(assignment, actor=actor, reason=reason)


def rename(person: User, name: str, *, actor: User | None, reason: str) -> User:
    """Change the printed name of a person's future signatures; told in each organization where they are a member.

    Signatures and trail entries keep the name they were made under (21 CFR 11.50, 11.10(e)). An administrator does it
    for who belongs to no other organization: its people read that name, too; `actor` None is who runs the portal.
    Raises Blocked, and ValidationError for one's own name.
    """
    if actor is not None and actor.pk == person.pk:
        raise ValidationError({"name": "Nobody changes their own printed name. Ask another administrator."})
    if actor is not None and belongs_elsewhere(person):
        raise Blocked([f"{person} belongs to other organizations, too. Who runs the portal has to do it."])
    places = every_organization() if actor is None else [Organization.objects.get(pk=current_organization_id())]
    changes = [{"field": "name", "label": "printed name", "old": person.name, "new": name}]
    with transaction.atomic():
        for organization in places:
            with scope(organization):
                member = Membership.objects.filter(user=person).first()
                if member is not None:
                    sentence = f"changed the printed name of {person} to {name}"
                    audit.append(member, actor=actor, verb="rename", sentence=sentence, changes=changes, reason=reason)
        by = actor or "who runs the portal"
        _change(person, f"printed name {name}, by {by}", name=name)
    return person


def change_zone(person: User, zone: str) -> User:
    """Change the zone in which a person reads moments; what is stored stays in UTC."""
    return _change(person, f"time zone {zone}", zone=zone)


def _change(person: User, detail: str, **values: str) -> User:
    for name, value in values.items():
        setattr(person, name, value)
    person.full_clean(exclude=["password"])
    with transaction.atomic():
        audit.note_security(SecurityEventKind.ACCOUNT_CHANGED, user=person, detail=detail)
        person.save(update_fields=[*values])
    return person


def check_stay(kind: str, ends_at: datetime | None) -> None:
    """Whether a guest stays for a time, and no longer than the settings allow. Raises ValidationError."""
    if kind != MemberKind.GUEST:
        return
    if ends_at is None:
        raise ValidationError({"until": "A guest stays until a day. Say until when."})
    access.check_length(ends_at, of="A guest stays")


def _check_invitation(person: User | None) -> None:
    if person is None:
        return
    if not person.is_active:
        raise ValidationError({"email": "This account is closed and is not opened again."})
    member = Membership.objects.filter(user=person).first()
    if member is not None and member.is_current():
        raise ValidationError({"email": f"{person} is a member already."})


def _tell(person: User, member: Membership, place: Organization, actor: User) -> None:
    if not person.has_usable_password():
        _mail_later(person, actor)
        return
    notify(
        person,
        Message(
            key=f"admitted:{member.pk}:{member.revision}",
            subject=f"You are now a member of {place}",
            body=f"{actor} let you in. Sign in with the password you have.",
            path=place.path("portal:home"),
            stands_alone=True,
        ),
    )


def _mail_later(person: User, actor: User) -> None:
    enqueue(INVITE, actor=actor, label=f"Invitation of {person}", person=person.pk)


def keep_an_administrator(*, without: User) -> None:
    """Raise Blocked where nobody else administers the organization."""
    administrators = current_administrators(for_update=True)
    if {row.user_id for row in administrators} == {without.pk}:
        raise Blocked(["An organization keeps at least one administrator: give the role to somebody else first."])
