"""People with second factors, and organizations that ask for them."""

import re
import time
from dataclasses import replace

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from cqms.accounts.models import User
from cqms.administration import settings_life
from cqms.configuration.selectors import current_settings
from cqms.identity import factors
from cqms.organizations.scope import scope
from cqms.signatures.services import Credentials
from tests.cast import PASSWORD, Cast, email_of

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_now(key: str = KEY, *, later: int = 0) -> str:
    """What an authenticator app shows now, or some half minutes later."""
    return totp.format_hotp_value(totp.hotp_value(key, int(time.time()) // 30 + later))


def give_app(person: User) -> None:
    """Let a person have an authenticator app, whose last code was shown a while ago."""
    assert factors.add_app(person, KEY, code_now(later=-1))


def demand(cast: Cast, **rules: object) -> None:
    """Let the first organization decide these settings."""
    with scope(cast.ours):
        settings_life.found_settings(
            replace(current_settings(), **rules),
            proposer=cast.administrator,
            approver=cast.quality_head,
            reason="Stricter is safer.",
            credentials=Credentials(PASSWORD, email_of("quality_head"), accepts_binding=True),
        )


def confirm(browser: Client) -> None:
    """Prove with the password that it is still them."""
    assert browser.post("/account/confirm/", {"password": PASSWORD}).status_code == 302


def secret_on(response) -> str:
    """The key that the page of a new authenticator app shows."""
    return re.search(r'<p class="number">([A-Z2-7 ]+)</p>', response.content.decode())[1].replace(" ", "")


def kinds_of(person: User) -> list[str]:
    return list(Authenticator.objects.filter(user=person).order_by("type").values_list("type", flat=True))
