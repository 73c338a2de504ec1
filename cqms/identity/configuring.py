"""Setting the provider of an organization; each change stands in the trail with its reason."""

from typing import Any

from django.core.exceptions import ValidationError

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.refusals import Changed
from cqms.identity.models import IdentityProvider
from cqms.identity.sealing import seal


def save_provider(values: dict[str, Any], *, secret: str, reason: str, actor: User) -> IdentityProvider:
    """Store the provider of the open organization. `secret` blank keeps the present one.

    Raises ValidationError for a first provider without a secret, Changed when somebody else saved meanwhile.
    """
    row = IdentityProvider.objects.select_for_update().first() or IdentityProvider()
    revision = values.pop("revision", None)
    if row.pk and revision is not None and revision != row.revision:
        raise Changed("Somebody changed the provider while you had it open. Look at it again.")
    if not (secret or row.sealed_secret):
        raise ValidationError({"secret": "Enter the client secret that the provider gave you."})
    for name, value in values.items():
        setattr(row, name, value)
    row.sealed_secret = seal(secret) if secret else row.sealed_secret
    return audit.save(row, actor=actor, verb="set provider", sentence=f"set {row}", reason=reason)
