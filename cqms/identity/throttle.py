"""How often one person may do what costs much or could be guessed: signing, uploading, making tokens."""

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from cqms.accounts.models import User
from cqms.audit.refusals import Refused

SIGN, UPLOAD, TOKEN = "sign", "upload", "token"
_WORDS = {SIGN: "signatures", UPLOAD: "files", TOKEN: "tokens"}
_SECONDS = {"m": 60, "h": 3600}


class TooOften(Refused):
    """More than anybody does by hand."""

    status = 429


def spend(person: User, what: str) -> None:
    """Count one more of this person's. Raises TooOften above the limit of `settings.PERSON_RATES`, like "120/m"."""
    most, unit = settings.PERSON_RATES[what].split("/")
    window = _SECONDS[unit]
    now = int(timezone.now().timestamp())
    key = f"throttle:{what}:{person.pk}:{now // window}"
    cache.add(key, 0, timeout=window)
    if cache.incr(key) > int(most):
        wait = window - now % window
        raise TooOften(f"These are too many {_WORDS[what]} in a row. Go on in {wait} seconds.")
