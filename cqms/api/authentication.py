"""Who calls the API, and for which organization: both come from the token."""

from datetime import timedelta

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from cqms.accounts.models import User
from cqms.api.models import ApiToken, digest_of

_PARTS = 2
_A_MINUTE = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer cqms_…`. An expired, ended or unknown token, and a leaver's token, get the same 401."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).decode("latin-1").split()
        if not parts or parts[0].lower() != "bearer":
            return None
        if len(parts) != _PARTS:
            raise AuthenticationFailed("Send one token: Authorization: Bearer cqms_…")
        token = _live_token(parts[1])
        if token is None:
            raise AuthenticationFailed("This token is not valid, or not any more.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _live_token(secret: str) -> ApiToken | None:
    now = timezone.now()
    token = (
        ApiToken.objects.select_related("user", "organization")
        .filter(digest=digest_of(secret), expires_at__gt=now, ended_at__isnull=True, user__is_active=True)
        .first()
    )
    if token is not None and (token.last_used_at is None or now - token.last_used_at > _A_MINUTE):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token
