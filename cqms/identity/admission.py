"""Who the provider of an organization let in: the account they have here, their membership and their roles by claims.

An organization's provider speaks for its own people only: for e-mails of the declared domains, and only into that
organization. Who sets it could name anybody: an account that is somebody's already is linked only while its person is
signed in to it, and a link counts for the issuer that made it. A provider can neither reopen a membership that was
ended nor make an administrator. Roles without weight are given and ended with the claims; those that two people give
are asked for.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from cqms.access import services as access
from cqms.access.anchors import ORGANIZATION
from cqms.access.models import RoleAssignment
from cqms.access.roles import ROLES
from cqms.access.services import Terms
from cqms.accounts.models import User
from cqms.accounts.services import open_account
from cqms.audit import services as audit
from cqms.audit.models import SecurityEventKind
from cqms.audit.refusals import Denied
from cqms.identity.models import IdentityProvider, ProviderIdentity
from cqms.identity.providers import Said
from cqms.identity.where import Where
from cqms.organizations.models import Membership
from cqms.organizations.selectors import belongs_elsewhere

RULE = re.compile(r"\s*([A-Za-z0-9_.:/-]+)\s*=\s*(.+?)\s*(?:→|->)\s*([a-z_]+)\s*")
_ADMINISTRATOR = "administrator"


def provider_here() -> IdentityProvider | None:
    """The provider of the open organization, if one is used."""
    found: IdentityProvider | None = IdentityProvider.objects.filter(is_open=True).first()
    return found


def still_here(asked: IdentityProvider) -> IdentityProvider:
    """The provider that was asked, if it is used still, locked: it is not closed while the person it named comes in.

    Raises Denied.
    """
    rows = IdentityProvider.objects.select_for_update().filter(pk=asked.pk, is_open=True, issuer=asked.issuer)
    found: IdentityProvider | None = rows.first()
    if found is None:
        raise Denied("Your organization does not use this sign-in any more.")
    return found


def provider_of(person: User) -> str:
    """The name of the provider that knows this person here; blank when none does."""
    provider = provider_here()
    return provider.name if provider and identities(provider).filter(user=person).exists() else ""


def identities(provider: IdentityProvider) -> QuerySet[ProviderIdentity]:
    """Whom the provider knows, as long as its issuer is the one that named them."""
    rows: QuerySet[ProviderIdentity] = ProviderIdentity.objects.filter(provider=provider, issuer=provider.issuer)
    return rows


def roles_by(provider: IdentityProvider, claims: dict[str, Any]) -> set[str]:
    """The roles that the rules give for these claims."""
    found = set()
    for line in provider.rules:
        match = RULE.fullmatch(line)
        if match and match[2] in _values(claims.get(match[1])) and match[3] in ROLES:
            found.add(match[3])
    return found - {_ADMINISTRATOR}


@dataclass(frozen=True)
class Admitted:
    """Who came in, and the roles of their claims that have weight: somebody here decides about them."""

    person: User
    to_ask: frozenset[str]


def admit(provider: IdentityProvider, said: Said, *, place: Where, present: User | None = None) -> Admitted:
    """The person the provider named, linked, a member, with the light roles of their claims. Raises Denied.

    `present` is who is signed in to the portal already in this browser.
    """
    wanted = roles_by(provider, said.claims)
    with transaction.atomic():
        person = _known(provider, said) or _link(provider, said, wanted, place, present)
        if not person.is_active:
            raise Denied("This account is closed.")
        return Admitted(person, _keep_roles(provider, person, wanted))


def is_the_same(provider: IdentityProvider, said: Said, person: User) -> bool:
    """Whether the provider named this very person."""
    return _known(provider, said) == person


def _known(provider: IdentityProvider, said: Said) -> User | None:
    row = identities(provider).filter(subject=said.claims["sub"]).select_related("user").first()
    return row.user if row else None


def _link(provider: IdentityProvider, said: Said, wanted: set[str], place: Where, present: User | None) -> User:
    email = str(said.claims.get("email", "")).strip().lower()
    if said.claims.get("email_verified") is not True or email.rpartition("@")[2] not in provider.domains:
        raise Denied("Your organization's provider may not speak for this e-mail address. Ask your administrator.")
    person = User.objects.filter(email=email).first()
    if person is not None and person != present and _is_begun(provider, person):
        raise Denied(
            f"There is an account for {email}. Sign in to it with its password first, then begin here again: "
            "only its own person links it. Who has no password sets one under “I cannot sign in”."
        )
    is_member = person is not None and Membership.objects.filter(user=person).exists()
    if not is_member and not wanted:
        raise Denied("Your organization gave you no role here. Ask your administrator.")
    if person is None:
        person = open_account(email=email, name=str(said.claims.get("name") or email)[:150])
        audit.note_security(SecurityEventKind.ACCOUNT_OPENED, user=person, detail=provider.name)
    if identities(provider).filter(user=person).exists():
        raise Denied("The provider knows you under another subject than before. Ask your administrator.")
    now = {"issuer": provider.issuer, "subject": said.claims["sub"], "linked_at": timezone.now()}
    ProviderIdentity.objects.update_or_create(provider=provider, user=person, defaults=now)
    linked = SecurityEventKind.PROVIDER_LINKED
    audit.note_security(linked, user=person, detail=provider.name, address=place.address, device=place.device)
    if not is_member:
        access.add_member(person, actor=None)
    return person


def _is_begun(provider: IdentityProvider, person: User) -> bool:
    """Whether an account is somebody's already: then its person links it, not who runs the provider (21 CFR 11.100)."""
    was_linked = ProviderIdentity.objects.filter(provider=provider, user=person).exists()
    return person.has_usable_password() or was_linked or belongs_elsewhere(person)


def _keep_roles(provider: IdentityProvider, person: User, wanted: set[str]) -> frozenset[str]:
    member = Membership.objects.filter(user=person).first()
    if member is None or not member.is_current():
        raise Denied("Your membership has ended. Ask your administrator.")
    if not provider.rules:
        return frozenset()
    held = RoleAssignment.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=timezone.now()), user=person, anchor_kind=ORGANIZATION
    )
    by_role = {row.role: row for row in held}
    for role in sorted(set(by_role) - wanted - {_ADMINISTRATOR}):
        if by_role[role].by_claim or by_role[role].given_by_id is None:  # what a person gave, a person takes away
            access.end_role(by_role[role], actor=None, reason=f"{provider.name} gives this role no longer.")
    missing = wanted - set(by_role)
    heavy = {role for role in missing if ROLES[role].has_weight or ROLES[role].is_for_a_time}
    for role in sorted(missing - heavy):
        _give(provider, member, role)
    return frozenset(heavy)


def _give(provider: IdentityProvider, member: Membership, role: str) -> None:
    try:
        with transaction.atomic():
            access.give_role(member.user, role, actor=None, terms=Terms(by_claim=True))
    except ValidationError as problem:
        said = f"was not given the role {ROLES[role].label} that {provider.name} names"
        audit.append(member, actor=None, verb="refuse", sentence=said, reason=" ".join(problem.messages))


def _values(claim: Any) -> set[str]:
    return {str(each) for each in claim} if isinstance(claim, list) else {str(claim)} if claim is not None else set()
