"""Signing in with allauth, under our lock-out and with our trail."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from cqms.accounts import services as accounts
from cqms.accounts.models import User
from cqms.audit.models import SecurityEventKind
from cqms.audit.services import note_security


def address_of(request: HttpRequest) -> str | None:
    """The address the request came from, as the proxy in front of us saw it."""
    return request.META.get("REMOTE_ADDR") or None


def device_of(request: HttpRequest) -> str:
    """What the browser says it is."""
    return request.headers.get("user-agent", "")[:300]


class Adapter(DefaultAccountAdapter):
    """Accounts are made by administrators; wrong passwords lock for longer and longer; everything is noted."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)
        user = _user(credentials)
        if user is not None and user.is_locked():
            _note(SecurityEventKind.REFUSED_LOCKED, request, user, credentials)
            raise ValidationError(
                f"Too many wrong passwords. Sign-in is locked until {user.locked_until:%H:%M} UTC.", code="locked"
            )

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        user = _user(credentials)
        _note(SecurityEventKind.SIGN_IN_FAILED, request, user, credentials)
        if user is not None and accounts.note_wrong_password(user).is_locked():
            _note(SecurityEventKind.LOCKED, request, user, credentials)

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        accounts.note_right_password(user)
        _note(SecurityEventKind.SIGNED_IN, request, user, {})
        return super().post_login(request, user, **options)

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            _note(SecurityEventKind.SIGNED_OUT, request, request.user, {})
        super().logout(request)


def _user(credentials: dict[str, Any]) -> User | None:
    return User.objects.filter(email=str(credentials.get("email", "")).strip().lower()).first()


def _note(kind: SecurityEventKind, request: HttpRequest, user: User | None, credentials: dict[str, Any]) -> None:
    email = str(credentials.get("email", ""))
    note_security(kind, user=user, email=email, address=address_of(request), device=device_of(request))
