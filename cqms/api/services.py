"""Making and ending tokens. Both are in the trail of the organization, at the membership of the person."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cqms.accounts.models import User
from cqms.api.models import ApiToken, digest_of, new_secret
from cqms.audit import services as audit
from cqms.audit.refusals import Denied
from cqms.organizations.models import Membership, Organization
from cqms.organizations.scope import current_organization_id

LONGEST_DAYS = 365


def make_token(person: User, *, name: str, may_write: bool, days: int) -> tuple[ApiToken, str]:
    """Make a token of this person in the open organization, good for so many days; the secret is returned once.

    A token can do at most what its person may do here. Raises ValidationError.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise ValidationError({"days": f"A token holds for 1 to {LONGEST_DAYS} days."})
    secret = new_secret()
    token = ApiToken(
        organization=Organization.objects.get(pk=current_organization_id()),
        user=person,
        name=name.strip(),
        digest=digest_of(secret),
        may_write=may_write,
        expires_at=timezone.now() + timedelta(days=days),
    )
    token.full_clean()
    with transaction.atomic():
        token.save()
        _note(token, person, "make token", f"made the API token {token.name}, which {_words(token)}")
    return token, secret


def end_token(token: ApiToken, *, actor: User) -> None:
    """End a token now, for good. Raises Denied for a token of somebody else."""
    if token.user_id != actor.pk:
        raise Denied("Only the person a token belongs to ends it.")
    with transaction.atomic():
        row = ApiToken.objects.select_for_update().get(pk=token.pk)
        if row.ended_at is None:
            row.ended_at = timezone.now()
            row.save(update_fields=["ended_at"])
            _note(row, actor, "end token", f"ended the API token {row.name}")


def tokens_of(person: User) -> list[ApiToken]:
    """The tokens of this person in the open organization that still hold, newest first."""
    rows = ApiToken.objects.filter(user=person, organization_id=current_organization_id(), ended_at__isnull=True)
    return list(rows.filter(expires_at__gt=timezone.now()).order_by("-pk"))


def _note(token: ApiToken, actor: User, verb: str, sentence: str) -> None:
    audit.append(Membership.objects.get(user=token.user), actor=actor, verb=verb, sentence=sentence)


def _words(token: ApiToken) -> str:
    does = "may change records" if token.may_write else "only reads"
    return f"{does} and holds until {token.expires_at:%Y-%m-%d}"
