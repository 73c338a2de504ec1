"""How allauth asks for second factors at sign-in: with our sealing, our lock-out and our trail."""

from allauth.core import context as current
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from django.core.exceptions import ValidationError

from cqms.accounts.models import User
from cqms.identity import factors
from cqms.identity.sealing import seal, unseal
from cqms.identity.where import where

PORTAL = "Quality portal"


class Adapter(DefaultMFAAdapter):
    """Secrets are sealed, and the portal has one name wherever devices show it."""

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        return PORTAL


class CodeForm(AuthenticateForm):
    """The code at sign-in; a wrong one counts towards the lock of the account."""

    def clean_code(self) -> str:
        """The code, with the factor it belongs to in `authenticator`."""
        code: str = self.cleaned_data["code"]
        found = factors.check_code(self.user, code, place=where(current.request))
        if found is None:
            raise ValidationError(wrong_code(self.user))
        self.authenticator = found
        return code


def wrong_code(person: User) -> str:
    """Why a code was not taken."""
    person.refresh_from_db(fields=["failed_attempts", "locked_until"])
    if person.is_locked():
        return f"Too many wrong codes. Try again after {person.locked_until:%H:%M} UTC."
    return "This code is not right, or it was used already. Wait for the next one and type it again."
