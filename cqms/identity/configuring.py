"""The provider of an organization as one of its settings: what a version says of it, and putting that in force."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.refusals import Blocked
from cqms.identity.models import IdentityProvider
from cqms.identity.sealing import seal

_SAID = ("name", "issuer", "client_id", "domains", "rules", "is_open")


def present_provider() -> dict[str, Any]:
    """What holds about the provider of the open organization, as a version of the settings says it; empty without."""
    row = IdentityProvider.objects.first()
    if row is None:
        return {}
    return {**{name: getattr(row, name) for name in _SAID}, "secret": _mark(row.sealed_secret)}


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


def put_in_force(said: Mapping[str, Any], sealed: str, *, actor: User, reason: str) -> IdentityProvider:
    """Let the provider be what an approved version says; a blank `sealed` keeps the present secret.

    Raises Blocked when the secret is not the one that the version names.
    """
    row = IdentityProvider.objects.select_for_update().first() or IdentityProvider()
    row.sealed_secret = sealed or row.sealed_secret
    if _mark(row.sealed_secret) != said["secret"]:
        raise Blocked(["The client secret is not the one that was proposed. Propose it again."])
    for name in _SAID:
        setattr(row, name, said[name])
    return audit.save(row, actor=actor, verb="set provider", sentence=f"set {row}", reason=reason)


def _mark(sealed: str) -> str:
    """Which sealed secret it is: sealing the same secret again gives another mark, so none can be guessed by it."""
    return hashlib.sha256(sealed.encode()).hexdigest()
