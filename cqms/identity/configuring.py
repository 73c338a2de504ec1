"""The provider of an organization as one of its settings: what a version says of it, and putting that in force."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.refusals import Blocked
from cqms.identity.models import IdentityProvider, ProviderIdentity
from cqms.identity.sealing import seal
from cqms.identity.sessions import end_sessions_through
from cqms.organizations.scope import current_organization_id

_SAID = ("name", "issuer", "client_id", "domains", "rules", "is_open")


def present_provider() -> dict[str, Any]:
    """What holds about the provider of the open organization, as a version of the settings says it; empty without."""
    row = IdentityProvider.objects.first()
    if row is None:
        return {}
    return {**{name: getattr(row, name) for name in _SAID}, "secret": _mark(row.sealed_secret)}


def known_by_provider() -> QuerySet[ProviderIdentity, int]:
    """The ids of everybody whom a provider of the open organization ever named."""
    return ProviderIdentity.objects.values_list("user", flat=True)


def as_setting(values: Mapping[str, Any], *, secret: str) -> tuple[dict[str, Any], str]:
    """What a version of the settings says of a provider, and its secret sealed, blank for the present one.

    The version names the secret by a mark, so that whoever approves signs for this one, and nobody reads it.
    Raises ValidationError for a first provider without a secret.
    """
    present = present_provider()
    if not (secret or present):
        raise ValidationError({"secret": "Enter the client secret that the provider gave you."})
    sealed = seal(secret) if secret else ""
    said = {name: values[name] for name in _SAID}
    return {**said, "secret": _mark(sealed) if sealed else present["secret"]}, sealed


def put_in_force(said: Mapping[str, Any], sealed: str, *, actor: User, reason: str) -> list[User]:
    """Let the provider be what an approved version says; a blank `sealed` keeps the present secret.

    Once it is closed or has another issuer, the sessions that it opened end; answers whose they were, once for each.
    Raises Blocked when the secret is not the one that the version names.
    """
    row = IdentityProvider.objects.select_for_update().first() or IdentityProvider()
    before = row.issuer if row.is_open else ""
    row.sealed_secret = sealed or row.sealed_secret
    if _mark(row.sealed_secret) != said["secret"]:
        raise Blocked(["The client secret is not the one that was proposed. Propose it again."])
    for name in _SAID:
        setattr(row, name, said[name])
    goes_on = row.is_open and before in ("", row.issuer)
    ended = [] if goes_on else end_sessions_through(current_organization_id())
    audit.save(row, actor=actor, verb="set provider", sentence=f"set {row}{_ended(len(ended))}", reason=reason)
    return ended


def _ended(count: int) -> str:
    return f" and ended {count} {'session' if count == 1 else 'sessions'} that it had opened" if count else ""


def _mark(sealed: str) -> str:
    """Which sealed secret it is: sealing the same secret again gives another mark, so none can be guessed by it."""
    return hashlib.sha256(sealed.encode()).hexdigest()
