"""Nothing typed is lost: a POST that came too late waits for the person who typed it.

Each form carries a signed token that names the person and the showing, so the input is kept for nobody else even when
the session is gone and scripts are off, and no two showings of a form are taken for one.
"""

from datetime import timedelta

from django.core import signing
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import get_random_string

from cqms.accounts.models import User
from cqms.portal.models import KeptInput

FIELD = "kept_for"
_SALT = "portal.kept.showing"
_A_DAY = 24 * 3600
_LONGEST = 1_000_000
_SECRETS = frozenset({"secret", "code", "credential"})
_FORGOTTEN_AFTER = timedelta(days=30)


def is_secret(name: str) -> bool:
    """Whether a field of a form proves who somebody is, or lets a program in: it is neither kept nor given back."""
    return "password" in name or name in _SECRETS


def token(user: User) -> str:
    """The value of the hidden field that names the person a form was shown to, and this showing of it."""
    return signing.dumps([user.pk, get_random_string(8)], salt=_SALT)


def keep(request: HttpRequest) -> None:
    """Store the typed fields of a POST, without secrets and files, for the person named in its token."""
    user_id = person_id(request)
    if user_id is None:
        return
    KeptInput.objects.filter(kept_at__lt=timezone.now() - _FORGOTTEN_AFTER).delete()
    fields = {
        name: values
        for name, values in request.POST.lists()
        if name not in (FIELD, "csrfmiddlewaretoken") and not is_secret(name)
    }
    if sum(len(value) for values in fields.values() for value in values) <= _LONGEST:
        kept = {"fields": fields, "kept_at": timezone.now()}
        KeptInput.objects.update_or_create(user_id=user_id, path=request.path[:500], defaults=kept)


def take(request: HttpRequest) -> dict[str, list[str]] | None:
    """What this person had typed on this page, once; None when nothing waits."""
    if not request.user.is_authenticated:
        return None
    row = KeptInput.objects.filter(user=request.user, path=request.path[:500]).first()
    if row is None:
        return None
    row.delete()
    fields: dict[str, list[str]] = row.fields
    return fields


def person_id(request: HttpRequest) -> int | None:
    """Whose form this POST came from, as its signed token says; None for nobody we know."""
    try:
        user_id, _showing = signing.loads(request.POST.get(FIELD, ""), salt=_SALT, max_age=_A_DAY)
    except signing.BadSignature:
        return None
    return user_id if User.objects.filter(pk=user_id, is_active=True).exists() else None
