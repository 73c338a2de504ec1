"""Making and ending tokens. Both are in the trail of the organization, at the membership of the person."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from cqms.accounts.models import User
from cqms.api.models import ApiToken, digest_of, new_secret
from cqms.api.scopes import in_words, nouns
from cqms.audit import services as audit
from cqms.identity.throttle import TOKEN, spend
from cqms.organizations.models import Membership, Organization
from cqms.organizations.scope import scope

LONGEST = timedelta(days=366)


def make_token(
    *,
    person: User,
    organization: Organization,
    name: str,
    may_write: bool,
    expires_at: datetime,
    may_step: bool = True,
    only: Sequence[str] = (),
) -> tuple[ApiToken, str]:
    """Make a token of a member, good for a year at most; the secret is returned once and stored nowhere.

    A token can do at most what its person may do in the organization, on the kinds of records in `only` (all where it
    is empty), and takes steps if `may_step`; a step that is signed takes e-mail and password besides. Raises
    ValidationError or TooOften.
    """
    now = timezone.now()
    if not now < expires_at <= now + LONGEST:
        raise ValidationError({"until": "A token ends within a year, and not in the past."})
    spend(person, TOKEN)
    secret = new_secret()
    token = ApiToken(
        organization=organization,
        user=person,
        name=name.strip(),
        digest=digest_of(secret),
        may_write=may_write,
        may_step=may_write and may_step,
        nouns=_known(only),
        expires_at=expires_at,
    )
    token.clean_fields(exclude=["ended_at", "last_used_at"])
    with scope(organization):
        membership = _membership(person)
        token.save()
        sentence = f"made the API token {token.name}, which {_words(token)}"
        audit.append(membership, actor=person, verb="make token", sentence=sentence)
    return token, secret


def end_token(token: ApiToken, *, person: User) -> ApiToken:
    """End one's own token now, for good. Raises DoesNotExist for a token of somebody else."""
    with scope(token.organization):
        row = ApiToken.objects.select_for_update().get(pk=token.pk, user=person)
        if row.ended_at is None:
            row.ended_at = timezone.now()
            row.save(update_fields=["ended_at"])
            member = Membership.objects.get(user=person)
            audit.append(member, actor=person, verb="end token", sentence=f"ended the API token {row.name}")
    return row


def _membership(person: User) -> Membership:
    found = Membership.objects.filter(user=person).first()
    if found is None or not found.is_current():
        raise ValidationError({"organization": "Only a member makes a token for this organization."})
    return found


def _known(only: Sequence[str]) -> list[str]:
    strange = sorted(set(only) - set(nouns()))
    if strange:
        raise ValidationError({"only": f"There are no {', '.join(strange)} in the API."})
    return sorted(set(only))


def does_words(token: ApiToken) -> str:
    """What a token may do: “may change records and take steps, documents only”."""
    steps = "may change records and take steps" if token.may_step else "may change records, without steps"
    only = f", {in_words(token.nouns)} only" if token.nouns else ""
    return f"{steps if token.may_write else 'only reads'}{only}"


def _words(token: ApiToken) -> str:
    return f"{does_words(token)} and holds until {token.expires_at:%Y-%m-%d}"
